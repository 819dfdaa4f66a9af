"""What somebody sees who looks over everybody's shoulder at a counter: the customer's phone, and the acquirer's books.

For a panel beside a till. Nothing here moves anything, and codes are masked.
"""

from enum import StrEnum
from typing import Any

from firmware_sim.ledger_words import Kind, Purchase, State
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.shop import Visit
from terminal.model import masked


class Face(StrEnum):
    """What is on the phone's screen."""

    POCKET = "pocket"  # nothing: it was not taken out yet
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - it is asked for
    PAID = "paid"
    REFUSED = "refused"
    GIVEN_BACK = "given_back"


def customer(visit: Visit, phone: Phone, code: str, told: Shown | None, order: Purchase | None) -> dict[str, Any]:
    """Who stands there. `code` is what was shown to the till, `told` what the phone said of the till's code."""
    return {
        "number": visit.number,
        "wallet": phone.wallet.name,
        "network": phone.wallet.network,
        "story": visit.story,
        "way": visit.way,
        "amount_fen": visit.amount_fen,
        "code": masked(code),
        "face": _face(code, told, order),
        "why": order.refusal if order else "",
    }


def line(order: Purchase | None) -> dict[str, Any] | None:
    """An order as it stands in the acquirer's books."""
    if order is None:
        return None
    return {
        "host": order.host,
        "order_no": order.order_no,
        "amount_fen": order.amount,
        "state": order.state,
        "refunded_fen": order.refunded,
    }


def _face(code: str, told: Shown | None, order: Purchase | None) -> Face:
    if order is None:
        return Face.CODE if code else Face.POCKET
    if told not in (None, Shown.PAID, Shown.PASSWORD):
        return Face.REFUSED
    waits = Face.POCKET if order.kind is Kind.SHOWN and told is None else Face.PASSWORD
    ended = Face.REFUSED if order.paid_s is None else Face.GIVEN_BACK
    return {State.OPEN: waits, State.PAID: Face.PAID}.get(order.state, ended)
