"""Tills that are killed start again, and their books agree with the acquirers'. `make prove` kills two thousand."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


kills = _beside("kills")


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
