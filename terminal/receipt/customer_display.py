"""What the customer reads: the amount and what became of it, on a display of two lines or of eight digits.

Such displays know ASCII alone. Commands as in the manuals of XP8200 and P07303 (VFD, Epson mode) and LED8N.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from terminal.money import Money
from terminal.steps import Phase, Snapshot, Step

WIDTH = 20  # characters of each of a VFD's two lines
DIGITS = 8
TOO_LONG = "-" * DIGITS

VFD_START = b"\x1b@\x1f\x01\x1fC\x00\x0c"  # initialise, overwrite mode, no cursor, clear
VFD_UPPER, VFD_LOWER = b"\x1f$\x01\x01", b"\x1f$\x01\x02"
LED8_START = b"\x1b@\x0c"
LED8_CLEAR, LED8_SHOW, LED8_LAMP, LED8_END = b"\x0c", b"\x1bQA", b"\x1bs", b"\r"


class Lamp(Enum):
    """The word that shines beside the digits."""

    NONE = b"0"
    TOTAL = b"2"
    RECEIVED = b"3"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be read; without an amount only `word` is."""

    word: str
    amount: Money | None = None
    lamp: Lamp = Lamp.NONE
    price: str = ""  # of the thing that `word` names, of which `amount` is the sum so far


WORDS = {
    Phase.IDLE: "WELCOME",
    Phase.HELD: "PLEASE WAIT",
    Phase.AWAIT_CODE: "SHOW YOUR CODE",
    Phase.SHOWING: "SCAN OUR CODE",
    Phase.CONFIRMING: "CONFIRM ON PHONE",
    Phase.APPROVED: "PAID. THANK YOU",
    Phase.DECLINED: "NOT PAID",
    Phase.REVERSED: "NOT PAID",
    Phase.REFUNDED: "REFUNDED",
    Phase.REFUSED: "NOT REFUNDED",
    Phase.UNKNOWN: "ASK THE CASHIER",
}
WAIT, LESSON = "PLEASE WAIT", "TRAINING NO PAYMENT"


def shown(step: Step) -> Shown:
    """A step of the sale as the customer should read it."""
    paid = step.phase in (Phase.APPROVED, Phase.REFUNDED)
    lamp = Lamp.NONE if step.money is None else Lamp.RECEIVED if paid else Lamp.TOTAL
    return Shown(WORDS.get(step.phase, WAIT), step.money, lamp)


def shown_now(now: Snapshot) -> Shown:
    """Where things stand; between payments, what was laid down last and what the goods come to by now."""
    basket, touched = now.laid.basket, now.laid.touched
    if now.step.phase is not Phase.IDLE or not basket.lines:
        return shown(now.step)
    line = basket.lines[-1 if touched is None else touched]
    price = Money(line.net, basket.currency).decimal
    return Shown(line.item.name_en, basket.total, Lamp.TOTAL, price)


def vfd(what: Shown) -> bytes:
    """The amount on the upper line, the word on the lower; over whatever stood there, without a flicker."""
    if what.price:
        room = WIDTH - len(what.price) - 1
        upper, lower = f"{what.word:{room}.{room}} {what.price}", _sum("TOTAL", what.amount)
    else:
        upper = _sum(what.amount.currency.code, what.amount) if what.amount else "SAOMA".center(WIDTH)
        lower = what.word
    return VFD_UPPER + _line(upper) + VFD_LOWER + _line(lower)


def led8(what: Shown) -> bytes:
    """The amount's digits and a lamp; dashes for one that has no room, dark for none."""
    if what.amount is None:
        return LED8_CLEAR + LED8_LAMP + Lamp.NONE.value
    text = what.amount.decimal
    digits = text if len(text.replace(".", "")) <= DIGITS else TOO_LONG
    return LED8_SHOW + digits.encode("ascii") + LED8_END + LED8_LAMP + what.lamp.value


def _sum(name: str, amount: Money | None) -> str:
    """An amount to the right; whole, where there is no room for its name too."""
    digits = amount.decimal if amount else ""
    return f"{name}{digits:>{WIDTH - len(name)}}" if len(name) + len(digits) <= WIDTH else digits


def _line(text: str) -> bytes:
    return text[:WIDTH].ljust(WIDTH).encode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of display: its speed, what is said first, and how a thing to be read is said."""

    baud: int
    start: bytes
    encode: Callable[[Shown], bytes]


KINDS = {"vfd": Kind(9600, VFD_START, vfd), "led8": Kind(2400, LED8_START, led8)}


def as_lesson(kind: Kind) -> Kind:
    """The same display where somebody practises: it never says that anything was paid."""
    return replace(kind, encode=lambda what: kind.encode(replace(what, word=LESSON, lamp=Lamp.NONE)))
