"""What the till gave up is ended by a person's word, which is kept; and by nobody's where there is nothing to end."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from terminal.books.journal import Journal
from terminal.books.resolving import resolve
from terminal.cli import main
from terminal.errors import IllegalMove
from terminal.model import Answer, Order, PaymentCode, Refund, RefundState, State, Verdict
from terminal.money import Money

SAID = "Li: WeChat's hotline says it was never paid"


def order(number: int) -> Order:
    code = PaymentCode("wechat", f"13456789012345678{number}", "WeChat Pay")
    return Order(f"O{number}", f"S{number}", Money(1250), code, "wechat")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """O1 is left to a person, O2 is paid, and of its refunds R1 is left to a person and R2 is open."""
    with closing(Journal(tmp_path / "journal.db", wall=lambda: 1.7e9, monotonic=lambda: 1.0)) as books:
        books.begin(order(1))
        books.move("O1", State.REVERSING, Answer(Verdict.UNKNOWN))
        books.move("O1", State.MANUAL, Answer(Verdict.UNKNOWN))
        books.begin(order(2))
        books.move("O2", State.APPROVED, Answer(Verdict.APPROVED))
        for number in ("R1", "R2"):
            books.begin_refund(Refund(number, order(2), Money(100)))
        books.move_refund("R1", RefundState.MANUAL, Answer(Verdict.UNKNOWN))
        yield books


def test_a_payment_left_to_a_person_is_closed_and_the_reason_kept(journal: Journal) -> None:
    assert resolve(journal, "O1", SAID) == f"order O1 is closed: {SAID}"

    found = journal.attempt("O1")
    assert found
    assert found.state is State.CLOSED
    assert journal.entries(order_id="O1")[-1].body["said"] == SAID
    journal.verify()


@pytest.mark.parametrize(
    ("word", "state"), [("done", RefundState.DONE), ("refused", RefundState.REFUSED)], ids=["done", "refused"]
)
def test_a_refund_left_to_a_person_ends_as_that_person_says(journal: Journal, word: str, state: RefundState) -> None:
    resolve(journal, "R1", SAID, refund_is=word)

    assert [line.state for line in journal.refunds() if line.refund_id == "R1"] == [state]
    journal.verify()


@pytest.mark.parametrize(
    ("number", "refund_is", "told"),
    [
        ("O2", "", "order O2 is APPROVED"),
        ("O9", "", "no order and no refund O9"),
        ("R2", "done", "refund R2 is REFUND_ASKED"),
        ("R1", "", "was the money given back"),
    ],
)
def test_nothing_else_is_ended_by_hand(journal: Journal, number: str, refund_is: str, told: str) -> None:
    before = len(journal.entries())

    with pytest.raises(IllegalMove, match=told):
        resolve(journal, number, SAID, refund_is=refund_is)

    assert len(journal.entries()) == before


def test_the_command_resolves_once_and_tells_what_it_did(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["journal", "resolve", "--state", str(tmp_path), "--because", SAID, "O1", "--json"]
    assert main(words) == 3  # a till runs: its books are its own
    assert "saoma" in capsys.readouterr().err
    journal.close()

    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(words) == 3
    assert "order O1 is CLOSED" in capsys.readouterr().err


@pytest.mark.parametrize("because", [[], ["--because", " "]])
def test_the_command_wants_a_reason(because: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["journal", "resolve", "O1", "--state", str(tmp_path), *because])

    assert ended.value.code == 2
    assert "--because" in capsys.readouterr().err


def test_the_command_makes_no_books_where_there_are_none(tmp_path: Path) -> None:
    assert main(["journal", "resolve", "O1", "--state", str(tmp_path), "--because", SAID]) == 3
    assert not list(tmp_path.iterdir())
