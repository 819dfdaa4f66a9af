"""The disk that loses power, and the journal and the till on it at every step."""

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from firmware_sim.simulation.disk import Disk, Fate, drives
from firmware_sim.simulation.run import stage
from firmware_sim.simulation.shop import Scenario
from firmware_sim.simulation.visit import Visit


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


crash = _beside("crash_points")


@pytest.mark.parametrize("fate", [None, Fate.TORN])
def test_a_power_cut_at_any_step_loses_nothing_that_was_written(tmp_path: Path, fate: Fate | None) -> None:
    points = sum(1 for _ in crash.journal_points(tmp_path, "1", fate))
    assert points > 50


def test_a_till_carries_on_from_a_power_cut_at_any_step(tmp_path: Path) -> None:
    scenario = Scenario("points", ("wechat",), ((Visit("wechat", 800, refunds=(300,)),),))
    with stage(tmp_path) as play:
        points = sum(1 for _ in crash.shop_points(scenario, play))
    assert points > 50


def test_what_was_not_synced_may_be_lost(tmp_path: Path) -> None:
    with drives() as disks:
        disk = disks[str(tmp_path)] = Disk()
        journal = crash.opened(tmp_path)
        journal._db.execute("pragma synchronous = off")
        journal.note("", "NOTE", {"said": "hello"})
        assert disk.unsynced
        disks[str(tmp_path)] = Disk(disk.survivors(random.Random(1), lambda _: Fate.LOST))
        journal.close()
        again = crash.opened(tmp_path)
        assert "NOTE" not in [entry.kind for entry in again.entries()]
        again.close()


def test_a_torn_write_keeps_whole_sectors(tmp_path: Path) -> None:
    torn = set()
    for seed in range(20):
        with drives() as disks:
            disk = disks[str(tmp_path)] = Disk()
            journal = crash.opened(tmp_path)
            before = disk.survivors(random.Random(seed), lambda _: Fate.LOST)
            journal._db.execute("pragma synchronous = off")
            journal.note("", "NOTE", {"said": "x" * 3000})
            after = disk.survivors(random.Random(seed), lambda _: Fate.TORN)
            torn |= {len(after[name]) - len(before[name]) for name in before}
            journal.close()
    assert len(torn) > 2
