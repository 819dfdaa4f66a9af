"""Named faults: what goes wrong in the world, as data. docs/sandbox.md prints this table.

A fault says what the host does with the request, what is spoilt in its reply, and what becomes of that reply on the
wire. A host plays the first two, whoever carries the bytes the third. Which request suffers one is decided by a header
of its own, by what was armed for its kind, or by the last two digits of its amount, in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from terminal.scheme import Operation

HEADER = "x-saoma-fault"


class Act(Enum):
    """What the host does with the request."""

    CARRY_OUT = auto()
    NOTHING = auto()
    REFUSE = auto()  # without looking at it
    ASK_PASSWORD = auto()  # of the customer, whatever the amount


class Spoil(Enum):
    """What is wrong with a reply before it is sent."""

    NOTHING = auto()
    SIGNATURE = auto()
    AMOUNT = auto()  # signed all the same
    WORD = auto()  # a state or code that no manual has, signed all the same
    FAULT = auto()  # the host's own words for a fault of its own, whatever was done
    ACCEPTED = auto()  # status 202 instead of 200 (nothing on a line that has no status)


class Delivery(Enum):
    """What becomes of a reply on the wire."""

    WHOLE = auto()
    NONE = auto()  # the connection closes without a word
    SILENCE = auto()  # the connection stays, and nothing comes
    LATE = auto()
    CUT = auto()  # half of it, then the connection closes
    TWICE = auto()
    SPLIT = auto()  # a byte at a time


@dataclass(frozen=True, slots=True)
class Fault:
    """`why` is what a refusal says: a neutral word (`ledger_words.Refusal`), or a code of the host's own."""

    says: str
    act: Act = Act.CARRY_OUT
    spoil: Spoil = Spoil.NOTHING
    delivery: Delivery = Delivery.WHOLE
    why: str = ""


SOUND = Fault("nothing is wrong")

FAULTS: Mapping[str, Fault] = {
    "refuse": Fault("refused without being carried out, with the reason or code that is asked for", Act.REFUSE),
    "password": Fault("the customer is asked for the password", Act.ASK_PASSWORD),
    "lost_request": Fault("the request never arrives, and nothing answers", Act.NOTHING, delivery=Delivery.SILENCE),
    "close": Fault("the connection closes before the request is looked at", Act.NOTHING, delivery=Delivery.NONE),
    "lost_reply": Fault("carried out, and the connection closes without an answer", delivery=Delivery.NONE),
    "half_open": Fault("carried out, and the connection stays open with no answer", delivery=Delivery.SILENCE),
    "late_reply": Fault("carried out, and answered when nobody listens any more", delivery=Delivery.LATE),
    "truncated": Fault("carried out, and half an answer comes", delivery=Delivery.CUT),
    "twice": Fault("carried out, and answered twice on one connection", delivery=Delivery.TWICE),
    "split": Fault("carried out, and the answer comes a byte at a time", delivery=Delivery.SPLIT),
    "error_500": Fault("carried out, and answered with a fault of the host's own", spoil=Spoil.FAULT),
    "accepted_202": Fault("carried out, and answered with status 202", spoil=Spoil.ACCEPTED),
    "bad_signature": Fault("carried out, and the answer is signed wrongly", spoil=Spoil.SIGNATURE),
    "wrong_amount": Fault("carried out, and the answer names another amount", spoil=Spoil.AMOUNT),
    "odd_word": Fault("carried out, and the answer names a state that no manual has", spoil=Spoil.WORD),
}

# What may be done with a notice that an acquirer is about to send; the last three spoil it as they do a reply.
NOTICE_FAULTS: Mapping[str, str] = {
    "drop": "not sent this time: the next rung of the ladder brings it",
    "delay": "sent so many seconds later (delay=300)",
    "duplicate": "sent twice, one after the other",
    "reorder": "sent after the next one",
    "bad_signature": "signed wrongly",
    "wrong_amount": "names another amount",
    "odd_word": "names a state that no manual has",
}

# Faults by the last two digits of an amount in minor units, for who can change nothing else. Where ISO 8583 has an
# answer code that says the same, the digits are that code's.
BY_AMOUNT: Mapping[str, str] = {
    "05": "refuse=refused",
    "06": "odd_word",
    "38": "password",
    "51": "refuse=insufficient_funds",
    "54": "refuse=code_expired",
    "57": "refuse=not_allowed",
    "59": "refuse=risk",
    "61": "refuse=over_limit",
    "62": "refuse=blocked",
    "63": "bad_signature",
    "64": "wrong_amount",
    "65": "refuse=over_day_limit",
    "68": "late_reply",
    "91": "lost_request",
    "92": "close",
    "94": "twice",
    "96": "error_500",
    "97": "half_open",
    "98": "lost_reply",
}


def named(text: str) -> Fault:
    """A fault as it is asked for: `lost_reply`, or `refuse=risk`; raises ValueError with the names there are."""
    name, _, why = text.partition("=")
    if name not in FAULTS:
        raise ValueError(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
    fault = FAULTS[name]
    if (fault.act is Act.REFUSE) != bool(why):
        raise ValueError("say what a refusal is to say, as in refuse=risk; other faults take nothing after a =")
    return replace(fault, why=why) if why else fault


class Faults:
    """The faults that wait for their call, first armed first played."""

    def __init__(self, *, by_amount: bool = False) -> None:
        self.by_amount = by_amount
        self.line_is_cut = False  # nothing arrives, whatever is armed
        self._armed: list[tuple[str, Operation | None]] = []

    def arm(self, name: str, operation: Operation | None = None) -> None:
        """The next call of this kind (None: of any kind) goes wrong so; raises ValueError for an unknown name."""
        named(name)
        self._armed.append((name, operation))

    @property
    def is_idle(self) -> bool:
        """Nothing is armed, and amounts ask for nothing: no need to know what a call is."""
        return not (self._armed or self.by_amount or self.line_is_cut)

    def take(self, operation: Operation | None) -> Fault:
        """The fault that this call is to suffer, taken off the list; `SOUND` where there is none."""
        if self.line_is_cut:
            return named("close")
        for index, (name, wanted) in enumerate(self._armed):
            if wanted in (None, operation):
                del self._armed[index]
                return named(name)
        return SOUND

    def of_amount(self, amount: int | None) -> Fault:
        """What the ending of an amount asks for."""
        name = BY_AMOUNT.get(f"{(amount or 0) % 100:02}")
        return named(name) if name else SOUND

    def arm_as_told(self, question: Mapping[str, object]) -> dict[str, object]:
        """As over a control address: `{"name": "lost_reply", "operation": "pay", "times": 3}`; what is armed now."""
        operation, times = question.get("operation"), question.get("times", 1)
        if not isinstance(times, int):
            raise TypeError("times is a whole number")
        for _ in range(times):
            self.arm(str(question.get("name")), Operation(str(operation)) if operation else None)
        return {"armed": [name for name, _ in self.waiting]}

    def disarm(self) -> None:
        """Forget what was armed and not played."""
        self._armed.clear()

    @property
    def waiting(self) -> tuple[tuple[str, Operation | None], ...]:
        """What is armed and has not been played."""
        return tuple(self._armed)
