"""What the acquirer behind a POS line says: answer codes, its own numbers, and whose customer it was."""

from collections.abc import Mapping
from datetime import datetime

from firmware_sim.issuers import issuers
from firmware_sim.ledger_words import Purchase, Refusal
from terminal.schemes import beijing
from terminal.schemes.unionpay_pos.elements import issuer_element

ACQUIRER = "48021000"  # the institution in the published messages
TRACE_DIGITS = AUTHORIZATION_DIGITS = 6

# DE 39 for each refusal. Where the table of codes has no word for something scanned, the nearest about cards is ours.
# A terminal takes a 12 or a 25 to a reversal for "done", so neither may stand for an order that still holds money.
RESPONSES: Mapping[Refusal, str] = {
    Refusal.CODE_INVALID: "14",
    Refusal.CODE_EXPIRED: "54",
    Refusal.CODE_SPENT: "14",
    Refusal.INSUFFICIENT_FUNDS: "51",
    Refusal.OVER_LIMIT: "61",
    Refusal.OVER_DAY_LIMIT: "65",
    Refusal.BLOCKED: "62",
    Refusal.RISK: "59",
    Refusal.NOT_ALLOWED: "57",
    Refusal.WRONG_PASSWORD: "55",
    Refusal.NOT_TYPED: "55",
    Refusal.REFUSED: "05",
    Refusal.CURRENCY: "A1",
    Refusal.ORDER_TAKEN: "94",
    Refusal.ORDER_PAID: "94",
    Refusal.ORDER_CLOSED: "12",
    Refusal.ORDER_REVERSED: "12",
    Refusal.NO_SUCH_ORDER: "25",
    Refusal.WRONG_KIND: "40",
    Refusal.TOO_SOON: "96",
    Refusal.TOO_LATE: "58",
    Refusal.NOT_PAID: "12",
    Refusal.TOO_MUCH: "64",
    Refusal.TOO_MANY: "65",
    Refusal.REFUND_TAKEN: "94",
    Refusal.NO_SUCH_REFUND: "25",
}
APPROVED, INVALID_AMOUNT, WRONG_ORIGINAL, NO_ORIGINAL = "00", "13", "64", "25"
FORMAT, NOT_SUPPORTED, CENTRE_FAULT, ODD = "30", "40", "96", "Z9"
UNKNOWN_TERMINAL, BAD_MAC = "97", "A0"
UNSEALED = (UNKNOWN_TERMINAL, BAD_MAC)  # there is no key that both would know

PLAIN = {
    INVALID_AMOUNT: "an amount of nothing",
    WRONG_ORIGINAL: "the original was for another amount",
    NO_ORIGINAL: "there is no such original",
    NOT_SUPPORTED: "not a call of this line's",
    UNKNOWN_TERMINAL: "another terminal or merchant, not signed in, or in a batch that is closed",
    BAD_MAC: "the MAC is not this terminal's",
}


def response(why: str) -> str:
    """A refusal in two characters; what is none of ours is taken as a code that was asked for."""
    return RESPONSES[Refusal(why)] if why in list(Refusal) else why


def order_no(terminal_no: str, batch: str, trace: str) -> str:
    """The number of a payment in the books: what a POS message has instead of a shop's own."""
    return f"{terminal_no}{batch}{trace}"


def trace(number: str) -> int:
    """The trace in what `order_no` wrote."""
    return int(number[-TRACE_DIGITS:])


def reference(now: datetime, trace_: str) -> str:
    """DE 37, of twelve characters."""
    return f"{now:%y%m%d}{trace_:0>6}"


def voucher(purchase: Purchase) -> str:
    """Twenty digits: the day, and the ledger's own number."""
    return f"{beijing.moment(purchase.created_s):%Y%m%d}{purchase.number:012}"


def paid(purchase: Purchase, issuer: str) -> dict[int, str]:
    """What an approval says of who paid; `issuer` is a wallet's key."""
    bank = issuers()[issuer]
    return {
        38: f"{purchase.number % 10**AUTHORIZATION_DIGITS:06}",
        44: f"{bank.institution:11}{ACQUIRER:11}",
        63: issuer_element(bank.label),
    }
