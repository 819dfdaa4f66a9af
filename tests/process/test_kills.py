"""Tills that are killed start again, and their books agree with the acquirers'. `make prove` kills two thousand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kills
import pytest


@pytest.fixture
def town(tmp_path: Path, luck: str) -> Iterator[Any]:
    with kills.Town(tmp_path, luck) as town:
        yield town


@pytest.mark.parametrize(("shop", "visit"), [("wechat", "paid"), ("unionpay_pos", "given back")])
def test_a_till_may_be_killed_at_every_step_of_a_sale(town: Any, shop: str, visit: str) -> None:
    assert sum(1 for _ in kills.every_step(town, shop, visit)) > 15
    assert "journal" in town.deaths.at
    assert len(town.deaths.at) > 1, "on the line too"


def test_a_till_may_be_killed_anywhere_on_a_rough_network(town: Any, luck: str) -> None:
    assert sum(1 for _ in kills.any_step(town, luck)) > 0
    assert town.deaths.ends
