"""What every acquirer host is: a request, perhaps a fault, the ledger, a reply.

Sans-IO: `http.py` carries the bytes, a simulation in virtual time calls `play` itself.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from firmware_sim.faults import Delivery, Faults, Spoil
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request


@dataclass(frozen=True, slots=True)
class Played:
    """A reply, where there is one, and what is to become of it on the wire."""

    reply: Reply | None
    delivery: Delivery


class Host(ABC):
    """One acquirer; a wallet's own host says which paths are its, and answers."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults

    @abstractmethod
    def serves(self, path: str) -> bool:
        """Whether this path is one of this wallet's."""

    @abstractmethod
    def operation(self, request: Request) -> Operation | None:
        """Which operation is asked for; None for those that a payment has no word for."""

    @abstractmethod
    def answer(self, request: Request, spoil: Spoil) -> Reply:
        """Carry the request out and say so, spoilt as wished. Any bytes may come."""

    def play(self, request: Request) -> Played:
        """Answer a request, with whatever fault waits for its kind."""
        fault = self.faults.take(self.operation(request))
        reply = self.answer(request, fault.spoil) if fault.acts else None
        return Played(reply, fault.delivery)
