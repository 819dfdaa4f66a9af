"""Refunds in the books: written before they are asked for, never more than was paid, each number once."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.errors import IllegalMove, JournalDamaged
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, RefundState, State, Verdict
from terminal.money import Money

ORDER = Order("O1", "S1", Money(1250), PaymentCode("wechat", "134567890123456789", "WeChat Pay"), "wechat")
PAID = Answer(Verdict.APPROVED, transaction_id="4200001")
DONE = Answer(Verdict.APPROVED)


def opened(path: Path) -> Journal:
    return Journal(path, wall=lambda: 1_700_000_000.0, monotonic=lambda: 1.0)


def paid(path: Path) -> Journal:
    journal = opened(path)
    journal.begin(ORDER)
    journal.move("O1", State.APPROVED, PAID)
    return journal


def some(number: str, minor: int) -> Refund:
    return Refund(number, ORDER, Money(minor), "broken", begun_s=1_700_000_100, trace=7)


def test_a_refund_is_there_after_reopening_with_all_that_its_wire_needs(tmp_path: Path) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        journal.begin_refund(some("R1", 500))
    with closing(opened(tmp_path / "j.db")) as journal:
        (line,) = journal.refunds()
        assert line.state is RefundState.ASKED
        again = line.refund(journal.transaction_id("O1"))
        assert (again.refund_id, again.money, again.begun_s, again.trace) == ("R1", Money(500), 1_700_000_100, 7)
        assert (again.order.order_id, again.order.transaction_id) == ("O1", "4200001")
        assert journal.verify() == 5


def test_partial_refunds_add_up_to_what_was_paid_and_no_further(tmp_path: Path) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        journal.begin_refund(some("R1", 500))
        journal.begin_refund(some("R2", 750))
        with pytest.raises(IllegalMove, match="left to give back"):
            journal.begin_refund(some("R3", 1))


def test_a_refused_refund_frees_what_it_held(tmp_path: Path) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        journal.begin_refund(some("R1", 1250))
        journal.move_refund("R1", RefundState.REFUSED, Answer(Verdict.DECLINED, Reason.NOT_ALLOWED))
        journal.begin_refund(some("R2", 1250))
        assert [line.state for line in journal.refunds("O1")] == [RefundState.REFUSED, RefundState.ASKED]


@pytest.mark.parametrize("minor", [0, -1, 1251])
def test_nothing_and_too_much_are_no_refunds(tmp_path: Path, minor: int) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        before = journal.entries()
        with pytest.raises(IllegalMove):
            journal.begin_refund(some("R1", minor))
        assert journal.entries() == before


def test_an_order_that_was_not_approved_has_nothing_to_give_back(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "j.db")) as journal:
        journal.begin(ORDER)
        with pytest.raises(IllegalMove):
            journal.begin_refund(some("R1", 1))


def test_a_number_is_one_refund(tmp_path: Path) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        journal.begin_refund(some("R1", 100))
        with pytest.raises(IllegalMove):
            journal.begin_refund(some("R1", 100))


def test_a_refund_that_has_ended_stays_as_it_is(tmp_path: Path) -> None:
    with closing(paid(tmp_path / "j.db")) as journal:
        journal.begin_refund(some("R1", 100))
        journal.move_refund("R1", RefundState.DONE, DONE)
        with pytest.raises(IllegalMove, match="not open"):
            journal.move_refund("R1", RefundState.REFUSED, Answer(Verdict.DECLINED))


def test_a_refund_changed_behind_the_journals_back_is_found(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(paid(path)) as journal:
        journal.begin_refund(some("R1", 100))
    with closing(sqlite3.connect(path)) as db:
        db.execute("update refund set state = 'REFUND_DONE'")
        db.commit()
    with closing(JournalReader(path)) as reader, pytest.raises(JournalDamaged, match="refund"):
        reader.verify()


def test_refunds_are_taken_over_from_damaged_books_and_open_ones_are_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(paid(path)) as journal:
        journal.begin_refund(some("R1", 100))
        journal.move_refund("R1", RefundState.DONE, DONE)
        journal.begin_refund(some("R2", 200))
        journal.begin(Order("O2", "S2", Money(1), PaymentCode("wechat", "134567890123456780"), "wechat"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("update entry set body = '{}' where seq = (select max(seq) from entry)")
        db.commit()
    journal, salvage = open_books(path, wall=lambda: 1_700_000_001.0, monotonic=lambda: 2.0)
    with closing(journal):
        assert salvage is not None
        assert [(line.refund_id, line.state) for line in journal.refunds()] == [
            ("R1", RefundState.DONE),
            ("R2", RefundState.MANUAL),
        ]
        assert journal.verify()


@pytest.mark.parametrize(
    "damage",
    [
        "update refund set minor = 1 where refund_id = 'R1'",
        "update refund set state = 'REFUND_DUNE' where refund_id = 'R1'",
        "delete from refund where refund_id = 'R1'",
        "drop table refund",
    ],
)
def test_a_payment_is_for_a_person_where_a_refund_of_it_cannot_be_made_out(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "j.db"
    with closing(paid(path)) as journal:
        journal.begin_refund(some("R1", 1000))
        journal.move_refund("R1", RefundState.DONE, DONE)
        journal.begin_refund(some("R2", 200))
        journal.move_refund("R2", RefundState.DONE, DONE)
        journal.begin(Order("O2", "S2", Money(1), PaymentCode("wechat", "134567890123456780"), "wechat"))
        journal.move("O2", State.APPROVED, PAID)
        journal.note("", "REMARK", {"text": "the last"})
    with closing(sqlite3.connect(path)) as db:
        db.execute("update entry set body = '{}' where kind = 'REMARK'")
        db.execute(damage)
        db.commit()
    journal, salvage = open_books(path, wall=lambda: 1_700_000_001.0, monotonic=lambda: 2.0)
    with closing(journal):
        assert salvage is not None
        assert (salvage.taken_over, salvage.for_a_person) == (1, 1)
        assert {one.order_id: one.state for one in journal.attempts()} == {"O1": State.MANUAL, "O2": State.APPROVED}
        assert [line.refund_id for line in journal.refunds()] == ([] if "drop" in damage else ["R2"])
        with pytest.raises(IllegalMove):
            journal.begin_refund(some("R3", 1000))
        assert journal.verify()


def test_a_payment_whose_amount_is_not_what_its_entry_says_is_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(paid(path)) as journal:
        journal.note("", "REMARK", {"text": "the last"})
    with closing(sqlite3.connect(path)) as db:
        db.execute("update entry set body = '{}' where kind = 'REMARK'")
        db.execute("update attempt set minor = 1251")
        db.commit()
    journal, _ = open_books(path, wall=lambda: 1_700_000_001.0, monotonic=lambda: 2.0)
    with closing(journal):
        assert [one.state for one in journal.attempts()] == [State.MANUAL]


def test_books_of_the_first_schema_are_taken_on_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    paid(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "drop table refund; alter table attempt drop column shown; alter table attempt drop column trace;"
            "pragma user_version = 1;"
        )
    with closing(JournalReader(path)) as reader:  # looked at before a till took them on
        assert [one.state for one in reader.attempts()] == [State.APPROVED]
        assert reader.refunds() == []
    with closing(opened(path)) as journal:
        journal.begin_refund(some("R1", 100))
        assert journal.verify() == 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 700), st.sampled_from([RefundState.DONE, RefundState.REFUSED, None])), max_size=8)
)
def test_whatever_is_asked_never_more_is_given_back_than_was_paid(asked: list[tuple[int, RefundState | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(paid(Path(folder) / "j.db")) as journal:
        _ask_all(journal, asked)


def _ask_all(journal: Journal, asked: list[tuple[int, RefundState | None]]) -> None:
    for number, (minor, ends) in enumerate(asked):
        try:
            journal.begin_refund(some(f"R{number}", minor))
        except IllegalMove:
            continue
        if ends is not None:
            journal.move_refund(f"R{number}", ends, DONE)
    held = sum(line.money.minor for line in journal.refunds() if line.state.holds_money)
    assert held <= ORDER.money.minor
