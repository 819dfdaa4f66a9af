"""What every acquirer host is: a request, perhaps a fault, the ledger, a reply.

Sans-IO: `http.py` and `framed.py` carry the bytes, a simulation in virtual time calls `play` itself.
"""

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from firmware_sim.faults import HEADER, SOUND, Act, Delivery, Fault, Faults, Spoil, named
from firmware_sim.hosts.acquiring import Plate
from firmware_sim.ledger_words import Purchase, Returned
from firmware_sim.place import Place
from terminal.clock import Clock
from terminal.scheme import Line, Operation, Reply, Request

LOG = logging.getLogger("saoma.hosts")
ACCEPTED, OK = 202, 200
LATE_S = 12.0
# On a framed line: it was no request, and the caller is hung up on; or there is no answer yet, for it is the reply
# itself that waits for the customer, and the same request is to be put to `answer` again in a moment.
NOTHING = Reply(0, {})
HELD = Reply(102, {})


@dataclass(frozen=True, slots=True)
class Played:
    """A reply, where there is one, and what is to become of it on the wire."""

    reply: Reply | None
    delivery: Delivery


class Host(ABC):
    """One acquirer; a wallet's own host says which requests are its, and answers them."""

    name: str  # "wechat": for people, and for whose words a notice is in
    line: Line = Line.HTTP
    late_s: float = LATE_S  # how late a late reply is: longer than a till of this wallet listens

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults

    # What a request is.

    @abstractmethod
    def serves(self, path: str) -> bool:
        """Whether this path (query included) is one of this wallet's; a framed line has a port of its own."""

    @abstractmethod
    def operation(self, request: Request) -> Operation | None:
        """Which operation is asked for; None for those that a payment has no word for. Any bytes may come."""

    @abstractmethod
    def amount(self, request: Request) -> int | None:
        """The minor units that a PAY or SHOW asks for, as far as can be told; only for faults by amount."""

    # What is answered.

    @abstractmethod
    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        """Carry the request out and say so, spoilt as the fault wants it. Any bytes may come."""

    @abstractmethod
    def refuse(self, request: Request, why: str) -> Reply:
        """Refuse it unlooked at: `why` is a neutral Refusal, put into the host's words, or a code of its own."""

    def play(self, request: Request) -> Played:
        """Answer a request, with whatever fault waits for it."""
        fault = self._fault(request)
        if fault.act is Act.NOTHING:
            return Played(None, fault.delivery)
        reply = self.refuse(request, fault.why) if fault.act is Act.REFUSE else self.answer(request, fault)
        if fault.spoil is Spoil.ACCEPTED and reply.status == OK:
            reply = replace(reply, status=ACCEPTED)
        return Played(reply, fault.delivery)

    def _fault(self, request: Request) -> Fault:
        if (asked := request.headers.get(HEADER)) is not None:
            return self._asked(asked)
        if self.faults.is_idle:
            return SOUND
        operation = self.operation(request)
        fault = self.faults.take(operation)
        if fault is SOUND and self.faults.by_amount and operation in (Operation.PAY, Operation.SHOW):
            fault = self.faults.of_amount(self.amount(request))
        if fault is not SOUND:
            LOG.info("%s %s: %s", self.name, operation or "other", fault.says)
        return fault

    def _asked(self, text: str) -> Fault:
        try:
            return named(text)
        except ValueError as error:
            LOG.warning("%s: %s is not played: %s", self.name, HEADER, error)
            return SOUND

    def tell(self, request: Request, said: str, plain: str) -> None:
        """For who reads the log: what was refused, in the host's own word and in plain ones. Never a code's digits."""
        LOG.info("%s refused %s: %s, that is: %s", self.name, self.operation(request) or "a request", said, plain)

    # What a till or an SDK needs to be this merchant's.

    @abstractmethod
    def merchant_config(self) -> dict[str, Any]:
        """The `[[acquirer]]` table of a till, but for `base_url`, which is whoever's who serves the host."""

    @abstractmethod
    def credentials(self) -> dict[str, Any]:
        """The same for anybody's SDK, as `saoma sandbox --json` prints it: ids, and where the key files are."""


@runtime_checkable
class Tells(Protocol):
    """A host that tells shops at their own address what became of an order (`notices.py` sends it)."""

    name: str
    ladder_s: tuple[float, ...]  # the pauses after which what was not heard is told again; then no more

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        """That the order was paid, or this refund of it made: signed now. The path is the sender's to know."""
        ...

    def heard(self, reply: Reply) -> bool:
        """Whether the shop says that it has heard."""
        ...


@runtime_checkable
class HasPlate(Protocol):
    """A host whose merchant may have a static code on the counter: the customer enters the amount."""

    name: str

    def plate(self, notify_url: str, place: Place) -> Plate:
        """Its code there; whoever pays by it is told of at `notify_url`."""
        ...
