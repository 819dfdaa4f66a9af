"""Named faults, armed for the next call of a kind: what goes wrong in the world, as data.

A fault says three things: whether the host acts on the request, what is spoilt in its reply, and what becomes of
that reply on the wire. A host plays the first two, whoever carries the bytes the third.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from terminal.scheme import Operation


class Spoil(Enum):
    """What is wrong with a reply before it is sent."""

    NOTHING = auto()
    SIGNATURE = auto()
    AMOUNT = auto()  # signed all the same
    STATUS = auto()  # a system error, whatever was done


class Delivery(Enum):
    """What becomes of a reply on the wire."""

    WHOLE = auto()
    NONE = auto()  # the connection closes without a word
    SILENCE = auto()  # the connection stays, and nothing comes
    LATE = auto()
    CUT = auto()  # half of it, then the connection closes
    TWICE = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    says: str
    acts: bool = True
    spoil: Spoil = Spoil.NOTHING
    delivery: Delivery = Delivery.WHOLE


SOUND = Fault("nothing is wrong")
LATE_S = 12.0  # longer than any till listens, shorter than it goes on asking

FAULTS: Mapping[str, Fault] = {
    "lost_request": Fault("the request never arrives, and nothing answers", acts=False, delivery=Delivery.SILENCE),
    "close": Fault("the connection closes before the request is looked at", acts=False, delivery=Delivery.NONE),
    "lost_reply": Fault("carried out, and the connection closes without an answer", delivery=Delivery.NONE),
    "late_reply": Fault("carried out, and answered when nobody listens any more", delivery=Delivery.LATE),
    "truncated": Fault("carried out, and half an answer comes", delivery=Delivery.CUT),
    "twice": Fault("carried out, and answered twice on one connection", delivery=Delivery.TWICE),
    "error_500": Fault("carried out, and answered with a system error", spoil=Spoil.STATUS),
    "bad_signature": Fault("carried out, and the answer is signed wrongly", spoil=Spoil.SIGNATURE),
    "wrong_amount": Fault("carried out, and the answer names another amount", spoil=Spoil.AMOUNT),
}


class Faults:
    """The faults that wait for their call, first armed first played."""

    def __init__(self) -> None:
        self._armed: list[tuple[str, Operation | None]] = []

    def arm(self, name: str, operation: Operation | None = None) -> None:
        """The next call of this kind (None: of any kind) goes wrong so; raises ValueError for an unknown name."""
        if name not in FAULTS:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
        self._armed.append((name, operation))

    def take(self, operation: Operation | None) -> Fault:
        """The fault that this call is to suffer, taken off the list; `SOUND` where there is none."""
        for index, (name, wanted) in enumerate(self._armed):
            if wanted in (None, operation):
                del self._armed[index]
                return FAULTS[name]
        return SOUND

    def arm_as_told(self, question: Mapping[str, object]) -> dict[str, object]:
        """As over a control address: `{"name": "lost_reply", "operation": "pay"}`; what is armed now."""
        operation = question.get("operation")
        self.arm(str(question.get("name")), Operation(str(operation)) if operation else None)
        return {"armed": [name for name, _ in self.waiting]}

    def disarm(self) -> None:
        """Forget what was armed and not played."""
        self._armed.clear()

    @property
    def waiting(self) -> tuple[tuple[str, Operation | None], ...]:
        """What is armed and has not been played."""
        return tuple(self._armed)
