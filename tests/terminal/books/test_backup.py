"""A copy of the books beside the till that keeps them."""

import errno
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from terminal.books.backup import back_up, back_up_into
from terminal.books.journal import Journal, JournalReader
from terminal.errors import JournalDamaged, JournalError
from terminal.model import Answer, Order, State, Verdict
from terminal.money import Money


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db", wall=lambda: 1.8e9, monotonic=lambda: 1.0)
    yield journal
    journal.close()


def sell(journal: Journal, number: int) -> None:
    order = Order(f"O{number}", f"S{number}", Money(1250), None, "wechat", shown=True)
    journal.begin(order)
    journal.move(order.order_id, State.APPROVED, Answer(Verdict.APPROVED))


def test_the_copy_is_the_books_as_they_stood_while_the_till_goes_on(journal: Journal, tmp_path: Path) -> None:
    sell(journal, 1)
    copy = tmp_path / "copy.db"
    count = back_up(journal.path, copy)
    sell(journal, 2)
    with closing(JournalReader(copy)) as books:
        assert books.verify() == count
        assert books.entries() == journal.entries()[:count]
        assert [one.order_id for one in books.attempts()] == ["O1"]
    assert (copy.stat().st_mode & 0o777, list(tmp_path.glob("copy.db?*"))) == (0o600, []), "one file, its owner's"


def test_no_file_is_written_over(journal: Journal, tmp_path: Path) -> None:
    there = tmp_path / "yesterday.db"
    there.write_bytes(b"dear")
    with pytest.raises(JournalError, match="is there already"):
        back_up(journal.path, there)
    assert there.read_bytes() == b"dear"
    assert list(tmp_path.glob("*.part")) == []


def test_a_stick_whose_files_can_have_no_second_name_takes_a_backup_too(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT, as every stick has it that was never formatted anew."""

    def refuses(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuses)
    copy = tmp_path / "copy.db"
    count = back_up(journal.path, copy)
    with closing(JournalReader(copy)) as books:
        assert books.verify() == count
    dear = copy.read_bytes()
    with pytest.raises(JournalError, match="is there already"):
        back_up(journal.path, copy)
    assert copy.read_bytes() == dear
    assert list(tmp_path.glob("*.part")) == []


def test_damaged_books_leave_no_copy(journal: Journal, tmp_path: Path) -> None:
    sell(journal, 1)
    with closing(apsw.Connection(str(journal.path))) as intruder:
        intruder.execute("update entry set body = replace(body, '1250', '1') where order_id = 'O1'")
    with pytest.raises(JournalDamaged, match="was changed after it was written"):
        back_up(journal.path, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []


def test_a_place_that_cannot_be_written_is_named(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be written"):
        back_up(journal.path, tmp_path / "nowhere" / "copy.db")


def test_a_backup_without_books_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal here"):
        back_up(tmp_path / "journal.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_the_newest_of_a_tills_backups_stay_and_nobody_elses_go(journal: Journal, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    foreign = [folder / name for name in ("journal-POS02-20200101T000000Z.db", "journal-POS01-mine.db", "notes.txt")]
    for one in foreign:
        one.write_text("dear")
    made = [back_up_into(folder, journal.path, "POS01", 1.8e9 + 60 * number, keep=2) for number in range(4)]
    assert sorted(folder.iterdir()) == sorted([*foreign, *made[-2:]])
    assert made[0].name == "journal-POS01-20270115T080000Z.db"
    with closing(JournalReader(made[-1])) as books:
        assert books.verify()


def test_a_clock_that_went_back_takes_away_no_backup_that_was_just_made(journal: Journal, tmp_path: Path) -> None:
    made = [back_up_into(tmp_path, journal.path, "POS01", wall_s, keep=1) for wall_s in (1.8e9, 0.0)]
    assert [one.exists() for one in made] == [False, True]


def test_a_backup_that_fails_takes_no_older_one_away(journal: Journal, tmp_path: Path) -> None:
    first = back_up_into(tmp_path, journal.path, "POS01", 1.8e9, keep=1)
    with closing(apsw.Connection(str(journal.path))) as intruder:
        intruder.execute("update entry set kind = 'TOOB'")
    with pytest.raises(JournalDamaged):
        back_up_into(tmp_path, journal.path, "POS01", 1.8e9 + 60, keep=1)
    assert [one.name for one in tmp_path.glob("journal-POS01*")] == [first.name]


def test_a_stick_that_is_not_plugged_in_is_named_and_no_folder_is_made_in_its_place(
    journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(JournalError, match=r"stick.*cannot be written"):
        back_up_into(tmp_path / "stick", journal.path, "POS01", 1.8e9, keep=1)
    assert not (tmp_path / "stick").exists()
