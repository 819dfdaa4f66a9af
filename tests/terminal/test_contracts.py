"""The contracts of a configuration as a till takes them: what would lead money astray is refused at the start."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal.compose import acquirers_of
from terminal.config import Config, from_table
from terminal.errors import ConfigError
from terminal.schemes import SETTINGS

Configured = Callable[..., Config]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Contracts with an aggregated front end, each with some keys of its own."""
    key = tmp_path / "key"
    key.write_text("k" * 32)
    key.chmod(0o600)
    usual = {"scheme": "qra", "base_url": "http://127.0.0.1:1", "mch_id": "M1", "key": str(key)}

    def config(*contracts: dict[str, Any]) -> Config:
        return from_table({"acquirer": [{**usual, **one} for one in contracts]}, "till.toml", tmp_path, SETTINGS)

    return config


def test_two_contracts_that_are_called_alike_are_refused(configured: Configured) -> None:
    """Payments of both would go to the last one."""
    with pytest.raises(ConfigError, match="acquirer qra: two contracts are called so"):
        acquirers_of(configured({}, {"mch_id": "M2"}))
    assert list(acquirers_of(configured({}, {"mch_id": "M2", "name": "second"}))) == ["qra", "second"]


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -0.1, 100.0])
def test_a_fee_that_is_none_is_refused(configured: Configured, percent: float) -> None:
    with pytest.raises(ConfigError, match="fee_percent"):
        acquirers_of(configured({"fee_percent": percent}))


def test_a_fee_is_exact(configured: Configured) -> None:
    assert acquirers_of(configured({"fee_percent": 0.6}))["qra"].fee_rate == Decimal("0.006")


@pytest.mark.parametrize("url", ["http://", "https://:443", "http://[::1", "http://host:port", "http://host:99999"])
def test_an_address_without_a_host_is_refused_before_a_payment_is_asked_of_it(configured: Configured, url: str) -> None:
    with pytest.raises(ConfigError, match="an address is https://host"):
        acquirers_of(configured({"base_url": url}))
