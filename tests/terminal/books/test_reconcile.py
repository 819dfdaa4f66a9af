"""Two books are held against each other, order by order."""

from terminal.books.journal import Attempt
from terminal.books.reconcile import compare
from terminal.model import State
from terminal.money import Money


def attempt(order_id: str, state: State, minor: int = 1250) -> Attempt:
    return Attempt(order_id, f"S{order_id}", "wechat", Money(minor), "wechat", "13****6789", state, 0)


def kinds(*ours: Attempt, **theirs: int) -> dict[str, str]:
    return {one.order_id: one.kind for one in compare(ours, theirs)}


def test_books_that_say_the_same_have_no_difference() -> None:
    ours = attempt("A", State.APPROVED), attempt("B", State.CLOSED), attempt("C", State.REVERSED)
    assert kinds(*ours, A=1250, B=0) == {}


def test_each_kind_of_difference_is_named() -> None:
    ours = attempt("A", State.APPROVED), attempt("B", State.APPROVED), attempt("C", State.CLOSED)
    found = kinds(*ours, attempt("D", State.MANUAL), B=1200, C=1250, D=1250, E=500, F=0)
    assert found == {
        "A": "here_not_there",
        "B": "amount",
        "C": "amount",
        "D": "for_a_person",
        "E": "there_not_here",
    }
