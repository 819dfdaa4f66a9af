"""Giving money back, as it is filled in: which payment, then how much of it. Pure; the money is the till's."""

from dataclasses import dataclass, replace

from terminal.books.listing import PaymentLine
from terminal.model import State
from terminal.money import CNY, Currency, Money
from terminal.tui.formats import amount
from terminal.tui.payments import state_word, wallet_name
from terminal.tui.sale import LONGEST_AMOUNT
from terminal.tui.story import LABEL_CELLS
from terminal.tui.text import fitted
from terminal.tui.wording import Texts

LONGEST_ORDER = 40  # characters of an order number


@dataclass(frozen=True, slots=True)
class GivingBack:
    """`line` is the payment once it was found; until then `typed` is its number, afterwards the amount."""

    typed: str = ""
    line: PaymentLine | None = None
    said: str = ""  # what is wrong

    @property
    def left(self) -> Money:
        assert self.line is not None, "a payment was found"
        return self.line.attempt.money - self.line.refunded

    @property
    def money(self) -> Money:
        """What was typed without a point, or all that is left."""
        return Money(int(self.typed), self.left.currency) if self.typed else self.left

    @property
    def currency(self) -> Currency:
        return self.line.attempt.money.currency if self.line else CNY

    def found(self, line: PaymentLine) -> "GivingBack":
        return GivingBack(line=line)

    def pressed(self, character: str) -> "GivingBack":
        """One character more of a number, or one digit more of an amount."""
        if self.line is None:
            typed = (self.typed + character.upper()).strip()
            return replace(self, typed=typed[:LONGEST_ORDER], said="")
        if character not in "0123456789":
            return self
        return replace(self, typed=(self.typed + character).lstrip("0")[:LONGEST_AMOUNT], said="")

    def erased(self) -> "GivingBack":
        return replace(self, typed=self.typed[:-1], said="")


def problem(giving: GivingBack, texts: Texts) -> str:
    """Why that much cannot be given back; empty where it can."""
    assert giving.line is not None, "a payment was found"
    if giving.line.attempt.state is not State.APPROVED:
        return texts("refund.not_paid", state=state_word(giving.line, texts))
    if not giving.left.minor:
        return texts("refund.nothing_left")
    if not 0 < giving.money.minor <= giving.left.minor:
        return texts("refund.too_much", left=amount(giving.left, texts.language))
    return ""


def lines(giving: GivingBack, texts: Texts) -> tuple[str, ...]:
    """What is asked for next, and what is known."""
    if giving.line is None:
        return (
            *texts.lines("refund.how"),
            "",
            f"{fitted(texts('refund.order'), LABEL_CELLS)}{giving.typed}_",
            "",
            giving.said,
        )
    one = giving.line.attempt
    known = {
        "refund.order": one.order_id,
        "refund.wallet": wallet_name(one.scheme or one.acquirer, texts),
        "refund.state": state_word(giving.line, texts),
        "refund.original": amount(one.money, texts.language),
        "refund.refunded": amount(giving.line.refunded, texts.language),
        "refund.left": amount(giving.left, texts.language),
    }
    stuck = giving.said or (problem(giving, texts) if not giving.typed else "")
    asked = "" if stuck and not giving.typed else _asked(giving, texts)
    return (*(f"{fitted(texts(key), LABEL_CELLS)}{fact}" for key, fact in known.items()), "", asked, "", stuck)


def _asked(giving: GivingBack, texts: Texts) -> str:
    typed = f"{giving.money.decimal}_" if giving.typed else texts("refund.all", left=giving.left.decimal)
    return f"{fitted(texts('refund.amount'), LABEL_CELLS)}{typed}"
