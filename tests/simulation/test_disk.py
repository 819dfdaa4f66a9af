"""The disk that loses power, and the journal and the till on it at every step."""

import itertools
import random
from pathlib import Path

import prove_crash_points as prove
import pytest

from firmware_sim.simulation import disk as disk_module
from firmware_sim.simulation.disk import Disk, Fate, drives, hold_place
from terminal.books.journal import Journal
from terminal.errors import JournalError

crash = prove.crash
QUICK = 400  # points of a plot that is drawn anew with each run; `make prove` does all of them


def opened(folder: Path) -> Journal:
    """The journal of a disk of the simulation's."""
    hold_place(folder / "journal.db")
    return Journal(folder / "journal.db", wall=lambda: 1.8e9, monotonic=lambda: 0.0)


def test_a_power_cut_at_any_step_loses_nothing_that_was_promised(tmp_path: Path, luck: str) -> None:
    tally = crash.Tally()
    for _ in itertools.islice(prove.rounds(luck, tmp_path, tally), QUICK):
        pass
    assert tally.points >= QUICK
    assert tally.images > QUICK / 4, "most tears leave another disk"


def test_a_till_carries_on_with_whatever_a_power_cut_left(tmp_path: Path, luck: str) -> None:
    tally = crash.Tally()
    for _ in prove.fail("found paid, and kept", "wechat", luck, tmp_path, tally):
        pass
    assert tally.tills >= 4, "the books end in so many ways"


def test_commits_that_are_not_synced_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module._OpenFile, "xSync", lambda _self, _flags: None)
    with pytest.raises((AssertionError, JournalError)):
        for _ in prove.fail("approved", "wechat", "1", tmp_path, crash.Tally()):
            pass


def test_what_was_not_synced_may_be_lost(tmp_path: Path) -> None:
    with drives() as disks:
        disk = disks[str(tmp_path)] = Disk()
        journal = opened(tmp_path)
        journal._db.execute("pragma synchronous = off")
        journal.note("", "NOTE", {"said": "hello"})
        assert disk.unsynced
        disks[str(tmp_path)] = Disk(disk.survivors(random.Random(1), lambda _: Fate.LOST))
        journal.close()
        again = opened(tmp_path)
        assert "NOTE" not in [entry.kind for entry in again.entries()]
        again.close()


def test_a_torn_write_keeps_whole_sectors(tmp_path: Path) -> None:
    torn = set()
    for seed in range(20):
        with drives() as disks:
            disk = disks[str(tmp_path)] = Disk()
            journal = opened(tmp_path)
            before = disk.survivors(random.Random(seed), lambda _: Fate.LOST)
            journal._db.execute("pragma synchronous = off")
            journal.note("", "NOTE", {"said": "x" * 3000})
            after = disk.survivors(random.Random(seed), lambda _: Fate.TORN)
            torn |= {len(after[name]) - len(before[name]) for name in before}
            journal.close()
    assert len(torn) > 2
