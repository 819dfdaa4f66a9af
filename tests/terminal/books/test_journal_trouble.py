"""What can go wrong with the medium, row by row: nothing that was promised is lost, and no payment starts unwritten."""

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw
import pytest

from firmware_sim.simulation.disk import Disk, Fate, drives, hold_place
from terminal.books import journal as room
from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.errors import JournalDamaged, JournalError
from terminal.model import Answer, Order, PaymentCode, State, Verdict
from terminal.money import Money

PAID = Answer(Verdict.APPROVED, transaction_id="42")
TROUBLES = {"full": apsw.FullError, "read-only": apsw.ReadOnlyError, "i/o error": apsw.IOError}
SAYS = {"full": "the disk is full", "read-only": "read-only", "i/o error": "journal.db"}


def order(number: str) -> Order:
    return Order(number, f"S{number}", Money(1250), PaymentCode("wechat", f"1345678901234{number:0>5}"), "wechat")


def opened(path: Path) -> Journal:
    return Journal(path, wall=lambda: 1_700_000_000.0, monotonic=lambda: 1.0)


def states(books: JournalReader) -> dict[str, State]:
    return {one.order_id: one.state for one in books.attempts()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


class Trouble:
    """A disk whose writes, syncs and removals fail from the `after`-th on, while there is an `error`."""

    def __init__(self) -> None:
        self.error: type[apsw.Error] | None = None
        self.after = 0
        self.disk = Disk(on_step=self._step)

    def _step(self, _: int) -> None:
        if self.error is not None:
            self.after -= 1
            if self.after < 0:
                raise self.error("as it was told to")


@pytest.fixture
def trouble(path: Path) -> Iterator[Trouble]:
    """The journal's file is on this disk, its key and lock on the real one."""
    trouble = Trouble()
    hold_place(path)
    with drives() as disks:
        disks[str(path.parent)] = trouble.disk
        yield trouble


@pytest.mark.parametrize("after", range(8))  # more steps than one entry takes
@pytest.mark.parametrize("what", TROUBLES)
def test_a_disk_that_fails_at_any_step_of_an_entry_loses_nothing(
    path: Path, trouble: Trouble, what: str, after: int
) -> None:
    journal = opened(path)
    journal.begin(order("1"))
    trouble.error, trouble.after, refused = TROUBLES[what], after, ""
    try:
        journal.move("1", State.APPROVED, PAID)
    except JournalError as error:
        refused = str(error)
    assert SAYS[what] in refused or (after > 0 and not refused)
    trouble.error = None
    journal.note("", "LOOK", {})  # whatever was believed: from here on it is what the disk has
    if states(journal)["1"] is State.INTENT:
        assert refused
        journal.move("1", State.APPROVED, PAID)
    image = trouble.disk.survivors(random.Random(1), lambda _: Fate.LOST)
    assert journal.verify() == len(journal.entries())
    journal.close()
    with on(image, path) as again:
        assert states(again) == {"1": State.APPROVED}


@pytest.mark.parametrize("what", TROUBLES)
def test_while_the_disk_fails_no_payment_is_begun(path: Path, trouble: Trouble, what: str) -> None:
    with closing(opened(path)) as journal:
        trouble.error = TROUBLES[what]
        for number in ("1", "2"):
            with pytest.raises(JournalError, match=SAYS[what]):
                journal.begin(order(number))
        trouble.error = None
        journal.begin(order("3"))
        assert states(journal) == {"3": State.INTENT}
        assert journal.verify() == 2


@pytest.mark.parametrize("fate", Fate)
def test_after_a_power_cut_at_any_step_every_promised_entry_is_there(path: Path, fate: Fate) -> None:
    hold_place(path)
    steps = 0
    while (left := cut_off(path, steps + 1, fate)) is not None:
        steps += 1
        image, promised = left
        with on(image, path) as again:
            assert again.verify() == len(again.entries())
            assert states(again).keys() >= promised
    assert steps > 10


def cut_off(path: Path, cut_at: int, fate: Fate) -> tuple[dict[str, bytes], set[str]] | None:
    """What a power cut at that step leaves, and what was promised by then; None where there is no such step."""
    promised: set[str] = set()
    left = []

    def step(number: int) -> None:
        if number == cut_at:
            left.append((disk.survivors(random.Random(cut_at), lambda _: fate), set(promised)))

    disk = Disk(on_step=step)
    with drives() as disks:
        disks[str(path.parent)] = disk
        with closing(opened(path)) as journal:
            for number in ("1", "2", "3"):
                journal.begin(order(number))
                promised.add(number)
    return left[0] if left else None


def test_what_a_start_found_is_there_after_a_power_cut_too(path: Path) -> None:
    """Killed at any step, so that the kernel alone may have the last entry; started again; and then the power fails."""
    hold_place(path)
    for killed_at in range(1, 60):
        trouble = Trouble()
        with drives() as disks:
            disks[str(path.parent)] = trouble.disk
            journal = opened(path)
            trouble.error, trouble.after = apsw.IOError, killed_at
            with suppress(JournalError):
                for number in ("1", "2", "3"):
                    journal.begin(order(number))
            with suppress(apsw.Error):
                journal.close()
            trouble.error = None
            with closing(opened(path)) as again:
                found = states(again)
                image = trouble.disk.survivors(random.Random(killed_at), lambda _: Fate.LOST)
        with on(image, path) as after:
            assert states(after) == found
            assert after.verify() == len(after.entries())


# --- files that somebody, or something, has damaged -------------------------------------------------------


def kept(path: Path, count: int = 40) -> None:
    """Closed books of so many payments: several pages."""
    with closing(opened(path)) as journal:
        for number in range(count):
            journal.begin(order(str(number)))
            journal.move(str(number), State.APPROVED, PAID)


def test_a_damaged_page_is_found_at_start_and_the_file_is_kept(path: Path) -> None:
    kept(path)
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 2 + 512] = b"\xa5" * 512
    path.write_bytes(content)
    books, salvage = open_books(path, wall=lambda: 1_700_000_100.0, monotonic=lambda: 1.0)
    assert salvage is not None
    assert salvage.kept_as.read_bytes() == bytes(content)
    assert books.entries()[1].kind == "DAMAGED"
    assert all(one.state in (State.APPROVED, State.MANUAL) for one in books.attempts())
    assert books.verify() == len(books.entries())
    books.close()


@pytest.mark.parametrize("size", [1, 512, 4096 * 3 + 1, -512, -4096])
def test_a_file_that_was_cut_off_is_damaged_and_not_a_shorter_day(path: Path, size: int) -> None:
    kept(path)
    os.truncate(path, size if size > 0 else path.stat().st_size + size)
    with pytest.raises(JournalDamaged):
        opened(path)


def test_a_log_that_was_torn_off_leaves_the_entries_before_the_tear(path: Path, tmp_path: Path) -> None:
    """The WAL of a killed till, cut at every sector: what is left is a beginning, with its chain whole."""
    torn = tmp_path / "torn"
    torn.mkdir()
    with closing(opened(path)) as journal:
        for number in range(6):
            journal.begin(order(str(number)))
        wal = Path(f"{path}-wal").read_bytes()
        shutil.copy(path, torn / "journal.db")
    counts = set()
    for size in (*range(0, len(wal), 512), len(wal)):
        (torn / "journal.db-wal").write_bytes(wal[:size])
        try:
            books = JournalReader(torn / "journal.db")
        except JournalError:
            assert counts == set(), "what was once there stays"
            continue
        with closing(books):
            counts.add(books.verify())
            assert list(states(books)) == [str(number) for number in range(len(states(books)))]
    assert {2, 3, 4, 5, 6, 7} <= counts


def test_books_whose_log_was_deleted_are_whole_up_to_the_last_checkpoint(path: Path, tmp_path: Path) -> None:
    """Nothing in the file tells that there was more; the acquirer's bill does, as `there_not_here`."""
    kept(path)
    with closing(opened(path)) as journal:
        journal.begin(order("late"))
        shutil.copy(path, tmp_path / "left.db")
    with closing(JournalReader(tmp_path / "left.db")) as books:
        assert books.verify() == 81
        assert "late" not in states(books)


@pytest.mark.parametrize("size", [None, 0, 511])
def test_books_that_are_gone_while_their_key_is_there_do_not_begin_again_in_silence(
    path: Path, size: int | None
) -> None:
    kept(path, count=1)
    if size is None:
        path.unlink()
    else:
        os.truncate(path, size)
    with pytest.raises(JournalDamaged, match="gone"):
        opened(path)
    books, salvage = open_books(path, wall=lambda: 1_700_000_100.0, monotonic=lambda: 1.0)
    assert salvage is not None
    assert "gone" in salvage.why
    assert books.boot > 19_000, "no order number of the lost books comes again"
    books.close()


def test_on_a_disk_with_little_room_nothing_new_begins_and_what_was_begun_ends(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(path)) as journal:
        journal.begin(order("1"))
        monkeypatch.setattr(room, "RESERVE_BYTES", 1 << 60)
        with pytest.raises(JournalError, match="nearly full"):
            journal.begin(order("2"))
        journal.move("1", State.REVERSING, PAID)
        assert states(journal) == {"1": State.REVERSING}


DAMAGE = {
    "a changed body": ("update entry set body = replace(body, '1250', '9250') where seq = 4", "entry 4"),
    "a changed time": ("update entry set wall_ms = wall_ms + 1 where seq = 4", "entry 4"),
    "a changed order": ("update entry set order_id = '9' where seq = 4", "entry 4"),
    "a changed kind": ("update entry set kind = 'CLOSED' where seq = 5", "entry 5"),
    "a hash made to fit": ("update entry set body = '{}', hash = zeroblob(32) where seq = 4", "entry 4"),
    "a changed link": ("update entry set prev = zeroblob(32) where seq = 4", "entry 4"),
    "one taken out": ("delete from entry where seq = 4", "entry 5"),
    "the first taken out": ("delete from entry where seq = 1", "entry 2"),
    "two exchanged": (
        "update entry set seq = 1000 where seq = 4; update entry set seq = 4 where seq = 5;"
        "update entry set seq = 5 where seq = 1000",
        "entry 4",
    ),
    "one put in between": (
        "update entry set seq = seq + 1000 where seq > 4; update entry set seq = seq - 999 where seq > 1000;"
        "insert into entry select 5, boot, mono_ns, wall_ms, order_id, kind, body, prev, hash from entry where seq = 4",
        "entry 5",
    ),
    "an attempt's state": ("update attempt set state = 'CLOSED' where order_id = '1'", "order 1"),
    "an attempt taken out": ("delete from attempt where order_id = '1'", "order 1"),
    "an attempt's amount": ("update attempt set minor = 9250 where order_id = '1'", "order 1"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_verify_names_the_first_place_that_is_wrong(path: Path, damage: str) -> None:
    kept(path, count=3)
    change, named = DAMAGE[damage]
    with closing(sqlite3.connect(path)) as db:
        db.executescript(change)
    with closing(JournalReader(path)) as books, pytest.raises(JournalDamaged, match=rf"{named}\b"):
        books.verify()


@contextmanager
def on(image: Mapping[str, bytes], path: Path) -> Iterator[Journal]:
    """The journal as it is opened on what was left on the medium."""
    with drives() as disks:
        disks[str(path.parent)] = Disk(image)
        with closing(opened(path)) as journal:
            yield journal
