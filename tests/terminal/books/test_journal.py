"""The journal keeps what it took, refuses what cannot be, and tells when it was tampered with."""

import re
import sqlite3
import stat
from pathlib import Path

import apsw
import pytest

from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.errors import IllegalMove, JournalDamaged, JournalError, JournalLocked
from terminal.model import Answer, Order, PaymentCode, Reason, State, Verdict
from terminal.money import Money

CODE = "134567890123456789"


def order(number: str = "O1", sale: str = "S1", digits: str = CODE) -> Order:
    return Order(number, sale, Money(1250), PaymentCode("wechat", digits, "WeChat Pay"), "wechat")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def opened(path: Path, wall: float = 1_700_000_000.0) -> Journal:
    return Journal(path, wall=lambda: wall, monotonic=lambda: 1.0)


def test_a_payment_is_there_after_reopening(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.move("O1", State.APPROVED, Answer(Verdict.APPROVED, transaction_id="42"))
    journal.close()
    again = opened(path)
    attempt = again.attempt("O1")
    assert attempt is not None
    assert (attempt.state, attempt.money, attempt.masked) == (State.APPROVED, Money(1250), "13************6789")
    assert [entry.kind for entry in again.entries()] == ["BOOT", "INTENT", "APPROVED", "BOOT"]
    assert again.boot == 2
    assert again.verify() == 4
    again.close()


def test_no_file_of_the_books_holds_a_payment_code(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.move("O1", State.REVERSING, Answer(Verdict.UNKNOWN, Reason.NO_ANSWER))
    for file in path.parent.iterdir():
        assert CODE.encode() not in file.read_bytes(), file
    journal.close()


def test_a_code_is_known_again_after_a_restart(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.close()
    journal = opened(path)
    assert journal.order_with_code(CODE) == "O1"
    assert journal.order_with_code("134567890123456780") is None
    journal.close()


def test_a_sale_has_one_live_attempt(path: Path) -> None:
    journal = opened(path)
    journal.begin(order("O1"))
    with pytest.raises(IllegalMove):
        journal.begin(order("O2", digits="134567890123456780"))
    journal.move("O1", State.REVERSING, Answer(Verdict.DECLINED))
    journal.begin(order("O2", digits="134567890123456780"))
    journal.move("O2", State.APPROVED, Answer(Verdict.APPROVED))
    with pytest.raises(IllegalMove):
        journal.begin(order("O3", digits="134567890123456781"))
    assert journal.verify() == len(journal.entries())
    journal.close()


@pytest.mark.parametrize(
    ("moves", "last"),
    [
        ([State.REVERSING], State.APPROVED),
        ([State.REVERSING, State.REVERSED], State.APPROVED),
        ([State.APPROVED], State.REVERSING),
        ([State.APPROVED], State.CLOSED),
        ([State.REVERSING, State.REVERSED, State.CLOSED], State.APPROVED),
    ],
)
def test_a_move_that_the_diagram_does_not_have_is_refused_and_leaves_no_entry(
    path: Path, moves: list[State], last: State
) -> None:
    journal = opened(path)
    journal.begin(order())
    for state in moves:
        journal.move("O1", state, Answer(Verdict.UNKNOWN))
    before = journal.entries()
    with pytest.raises(IllegalMove):
        journal.move("O1", last, Answer(Verdict.APPROVED))
    assert journal.entries() == before
    assert journal.verify() == len(before)
    journal.close()


def test_an_entry_that_was_changed_on_the_disk_is_named(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.close()
    outside = sqlite3.connect(path)
    outside.execute("update entry set body = replace(body, '1250', '9250') where seq = 2")
    outside.commit()
    outside.close()
    reader = JournalReader(path)
    with pytest.raises(JournalDamaged, match="entry 2 was changed"):
        reader.verify()
    with pytest.raises(JournalDamaged, match="entry 2"):
        opened(path)


def test_an_entry_that_was_taken_out_is_missed(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.note("O1", "RECEIPT", {})
    journal.close()
    outside = sqlite3.connect(path)
    outside.execute("delete from entry where seq = 2")
    outside.commit()
    outside.close()
    with pytest.raises(JournalDamaged, match="entry 3 does not follow"):
        JournalReader(path).verify()


def test_a_state_that_the_entries_do_not_lead_to_is_found(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.close()
    outside = sqlite3.connect(path)
    outside.execute("update attempt set state = 'APPROVED'")
    outside.commit()
    outside.close()
    with pytest.raises(JournalDamaged, match="order O1"):
        JournalReader(path).verify()


def test_a_second_till_is_refused_and_a_reader_is_not(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    with pytest.raises(JournalLocked):
        opened(path)
    reader = JournalReader(path)
    assert [attempt.order_id for attempt in reader.open_attempts()] == ["O1"]
    journal.move("O1", State.APPROVED, Answer(Verdict.APPROVED))
    assert reader.open_attempts() == []
    reader.close()
    journal.close()


def test_it_is_durable_and_the_owners_alone(path: Path) -> None:
    journal = opened(path)
    settings = {name: journal._one(f"pragma {name}") for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)
    for file in path.parent.iterdir():
        if file.suffix in (".db", ".key"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    journal.close()


def test_a_place_that_cannot_hold_a_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="file"):
        opened(tmp_path / "file" / "journal.db")


def test_a_clock_that_went_back_does_not_turn_the_stamps_back(path: Path) -> None:
    opened(path, wall=2000.0).close()
    journal = opened(path, wall=1000.0)
    assert [entry.wall_ms for entry in journal.entries()] == [2_000_000, 2_000_000]
    journal.close()


def test_a_newer_schema_is_refused_with_the_reason(path: Path) -> None:
    opened(path).close()
    outside = sqlite3.connect(path)
    outside.execute("pragma user_version = 99")
    outside.close()
    with pytest.raises(JournalError, match="newer Saoma"):
        opened(path)


def test_a_file_that_is_no_journal_is_called_damaged_and_left_alone(path: Path) -> None:
    path.write_bytes(b"this is not a database, it only says so" * 100)
    with pytest.raises(JournalDamaged):
        opened(path)
    assert path.read_bytes().startswith(b"this is not")


def test_a_full_disk_is_said_and_loses_nothing(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal._db.execute("pragma max_page_count = 1")  # SQLite itself then says SQLITE_FULL
    with pytest.raises(JournalError, match="disk is full"):
        journal.note("O1", "EVIDENCE", {"said": "x" * 50_000})
    journal._db.execute("pragma max_page_count = 1000000")
    journal.move("O1", State.APPROVED, Answer(Verdict.APPROVED))
    assert journal.verify() == len(journal.entries())
    journal.close()


def test_an_answer_is_kept_as_evidence_without_empty_fields(path: Path) -> None:
    journal = opened(path)
    journal.begin(order())
    journal.move("O1", State.REVERSING, Answer(Verdict.UNKNOWN, Reason.TIMED_OUT, "USERPAYING"))
    body = journal.entries()[-1].body
    assert body == {"verdict": "unknown", "reason": "timed_out", "said": "USERPAYING"}
    assert re.fullmatch(r"[0-9a-f]{64}", journal.entries()[-1].hash.hex())
    journal.close()


def test_damaged_books_are_kept_aside_and_what_can_be_read_is_taken_over(path: Path) -> None:
    journal = opened(path)
    for number in ("O1", "O2", "O3"):
        journal.begin(order(number, sale=number, digits=CODE[:-2] + number[1] + "0"))
        if number != "O3":
            journal.move(number, State.APPROVED, Answer(Verdict.APPROVED))
    journal.close()
    outside = sqlite3.connect(path)
    outside.execute("update entry set body = '{}' where seq = 5")  # the end of O2
    outside.commit()
    outside.close()
    damaged = path.read_bytes()

    books, salvage = open_books(path, wall=lambda: 1_700_000_100.0, monotonic=lambda: 1.0)
    assert salvage is not None
    assert "entry 5" in salvage.why
    assert salvage.kept_as.read_bytes() == damaged
    assert (salvage.taken_over, salvage.for_a_person) == (1, 2)
    assert {one.order_id: one.state for one in books.attempts()} == {
        "O1": State.APPROVED,
        "O2": State.MANUAL,
        "O3": State.MANUAL,
    }
    assert books.order_with_code(CODE[:-2] + "30") == "O3", "a used code stays used"
    assert books.boot > 19_000, "there may have been later ones behind the damage"
    assert [entry.kind for entry in books.entries()][:2] == ["BOOT", "DAMAGED"]
    assert books.verify() == 5
    books.close()


@pytest.mark.parametrize("garbage", [b"not a database at all " * 300, b"SQLite format 3\0" + b"\xff" * 5000])
def test_books_of_which_nothing_can_be_read_are_kept_aside_too(path: Path, garbage: bytes) -> None:
    path.write_bytes(garbage)
    books, salvage = open_books(path, wall=lambda: 1_700_000_100.0, monotonic=lambda: 1.0)
    assert salvage is not None
    assert salvage.kept_as.read_bytes() == garbage
    assert books.attempts() == []
    assert books.entries()[1].kind == "DAMAGED"
    books.close()
