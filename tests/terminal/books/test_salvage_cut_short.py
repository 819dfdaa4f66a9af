"""Damaged books that are being set aside and taken over from when the power fails: nothing of them is forgotten."""

import os
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from terminal.books.files import code_key, sync_directory
from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.errors import JournalError
from terminal.model import Answer, Order, PaymentCode, Refund, State, Verdict
from terminal.money import Money

WALL_S = 1_700_000_000.0
LEFT = {"1": State.APPROVED, "2": State.MANUAL, "3": State.MANUAL}  # of which the third is behind the damage


class PowerCutError(BaseException):
    """Nobody catches it."""


def order(number: str) -> Order:
    return Order(number, f"S{number}", Money(1250), PaymentCode("wechat", f"1345678901234{number:0>5}"), "wechat")


def kept(path: Path) -> Journal:
    return Journal(path, wall=lambda: WALL_S, monotonic=lambda: 1.0)


def started(path: Path, wall_s: float = WALL_S, kind: Any = Journal) -> tuple[Journal, Any]:
    return open_books(path, wall=lambda: wall_s, monotonic=lambda: 1.0, kind=kind)


def states(books: JournalReader) -> dict[str, State]:
    return {one.order_id: one.state for one in books.attempts()}


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Books of three attempts, the last of which was changed; their newest pages are in the log beside them."""
    path = tmp_path / "journal.db"
    journal = kept(path)
    journal.begin(order("1"))
    journal.move("1", State.APPROVED, Answer(Verdict.APPROVED))
    journal.begin_refund(Refund("1R", order("1"), Money(50)))
    journal.begin(order("2"))
    journal.begin(order("3"))
    journal._db.execute("update entry set body = replace(body, 'S3', 'S4') where order_id = '3'")
    aside = tmp_path / "copy"
    aside.mkdir()
    for ending in ("", "-wal"):  # as a power cut leaves them
        (aside / f"journal.db{ending}").write_bytes((tmp_path / f"journal.db{ending}").read_bytes())
    journal.close()
    for ending in ("", "-wal"):
        (aside / f"journal.db{ending}").rename(tmp_path / f"journal.db{ending}")
    return path


def cut_at(patch: pytest.MonkeyPatch, at: int) -> None:
    """The power fails at the `at`-th place: before or behind a rename, a sync of the folder, a file begun, an entry."""
    steps = count()

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if next(steps) == at:
                raise PowerCutError
            done = real(*given, **named)
            if next(steps) == at:
                raise PowerCutError
            return done

        return call

    patch.setattr(Path, "rename", counted(Path.rename))
    patch.setattr("terminal.books.salvage.sync_directory", counted(sync_directory))
    patch.setattr(Journal, "_set_up", counted(Journal._set_up))
    patch.setattr(Journal, "_append", counted(Journal._append))
    patch.setattr(Journal, "take_over", counted(Journal.take_over))


def is_cut_short(path: Path, patch: pytest.MonkeyPatch, at: int) -> bool:
    cut_at(patch, at)
    try:
        started(path)[0].close()
    except PowerCutError:
        return True
    return False


def test_whenever_the_power_fails_the_next_start_takes_over_what_was_there(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {one.name: one.read_bytes() for one in damaged.parent.iterdir() if one.is_file()}
    for at in count():
        for one in damaged.parent.glob("journal*"):
            one.unlink()
        for name, content in files.items():
            (damaged.parent / name).write_bytes(content)
        with monkeypatch.context() as patch:
            was_cut = is_cut_short(damaged, patch, at)
        for later_s in (5, 10):
            with closing(started(damaged, WALL_S + later_s)[0]) as journal:
                assert states(journal) == LEFT
                assert [(one.refund_id, one.money) for one in journal.refunds()] == [("1R", Money(50))]
                assert len(journal.entries_of("DAMAGED")) == 1
                journal.verify()
        if not was_cut:
            break
    assert at > 10


def test_books_that_are_damaged_twice_within_a_second_are_both_kept(damaged: Path) -> None:
    first, one = started(damaged)
    first._db.execute("update entry set body = replace(body, 'S2', 'S5') where order_id = '2'")
    first.close()
    second, two = started(damaged)
    second.close()
    assert one.kept_as != two.kept_as
    assert one.kept_as.exists()
    assert two.kept_as.exists()


def test_what_a_person_put_beside_damaged_books_keeps_no_till_from_starting(damaged: Path) -> None:
    beside = damaged.with_name("journal-damaged-by coffee.db")
    beside.write_bytes(b"")
    for later_s in (1, 2):
        with closing(started(damaged, WALL_S + later_s)[0]) as journal:
            assert states(journal) == LEFT
    assert beside.read_bytes() == b""


def test_one_attempt_that_cannot_be_made_out_does_not_cost_those_behind_it(damaged: Path) -> None:
    with closing(kept(damaged.with_name("other.db"))) as journal:
        for number in ("1", "2", "3"):
            journal.begin(order(number))
        journal._db.execute("update attempt set currency = '???' where order_id = '1'")
        journal._db.execute("update entry set body = replace(body, 'S3', 'S4') where order_id = '3'")
    journal, salvage = started(damaged.with_name("other.db"))
    with closing(journal):
        assert states(journal) == {"2": State.MANUAL, "3": State.MANUAL}
        assert salvage.for_a_person == 2


def test_a_key_is_in_its_place_only_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.key"

    def fails(_: int) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(PowerCutError):
            code_key(path)
    assert not path.exists()
    assert len(code_key(path)) == 32
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_hides_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    kept(path).close()
    path.with_suffix(".key").write_bytes(b"")
    with pytest.raises(JournalError, match="no key of 32 bytes"):
        kept(path)
