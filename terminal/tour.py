"""The demo's guided tour: who comes, in which order, and what somebody sees who looks over everybody's shoulder."""

import os
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from terminal.books.conversation import beside, conversation
from terminal.demo import Cashier, Wanted
from terminal.errors import SaomaError
from terminal.money import Money
from terminal.steps import Notice, Phase, Step
from terminal.till import TillThread
from terminal.tui.tour import Customer, Line, Scene
from terminal.world import SCREEN, World

PAUSE_S = 4.0  # between customers that somebody watches
LOOKS_S = 0.25
KILLED_AFTER_S = 2.5  # of the money: so that it can be seen that it has moved and the till does not know
# Its first minute: every way to pay, a reply that is lost, a refusal, and one code for all wallets.
TOUR = (
    Wanted("camera", "wechat", "straight", 1250),
    Wanted("scanner", "ccb", "straight", 880),
    Wanted(SCREEN, "alipay", "straight", 2600, "alipay"),
    Wanted("camera", "alipay", "lost_reply", 4990),
    Wanted("scanner", "wechat", "broke", 12800),
    Wanted(SCREEN, "boc", "straight", 1990, "universal"),
)
UNPLUGGED = Wanted("camera", "wechat", "late_reply", 3650)  # whose payment the plug is pulled in
_UNDER_WAY = frozenset({Phase.PROCESSING, Phase.CONFIRMING, Phase.CHECKING})


class Queue:
    """Customers who come by themselves while somebody watches: those of the tour, then whoever the seed brings.

    `kills` is how many tills were killed here before this one.
    """

    def __init__(
        self,
        cashier: Cashier,
        world: World,
        till: TillThread,
        *,
        kills: int = 0,
        tour: Sequence[Wanted] = TOUR,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.cashier = cashier
        self.tour = tour
        self.plug = False
        self.is_recovering = kills > 0
        self._till = till
        self._pause_s = pause_s
        self._legs = tour[max(0, _customers(world) - kills) :]  # whoever a kill cut short comes again
        self.leg = self.next_leg
        self._next = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="customers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self.cashier.stop()
        self._next.set()
        self._thread.join()

    def hurry(self) -> None:
        """The next customer comes now."""
        self._next.set()

    def pause(self) -> None:
        """Customers stop coming by themselves, or begin to again."""
        if self._open.is_set():
            self._open.clear()
        else:
            self._open.set()
            self._next.set()

    def pull_the_plug(self) -> None:
        """This very process is to be killed in the middle of the payment that is under way, or of the next."""
        self.plug = True
        self._next.set()

    @property
    def next_leg(self) -> int:
        """Where the tour goes on, from 1; 0 when it is over."""
        return len(self.tour) - len(self._legs) + 1 if self._legs else 0

    def _serve(self) -> None:
        try:
            if self.is_recovering:
                self.cashier.take_over()
            while not self._ended.is_set():
                is_hurried = self._next.wait(self._pause_s if self._open.is_set() else None)
                self._next.clear()
                if (is_hurried or self._open.is_set()) and not self._ended.is_set():
                    self._serve_one()
        except SaomaError as error:  # the world is gone; the till goes on without it
            self._till.say(Notice("demo.world", str(error)))

    def _serve_one(self) -> None:
        self.is_recovering = False
        self.cashier.clear()
        if self.plug:
            self.leg = 0
            self.cashier.serve(UNPLUGGED)
        elif self._legs:
            self.leg = self.next_leg
            self.cashier.serve(self._legs[0])
            self._legs = self._legs[1:]
        else:
            self.leg = 0
            self.cashier.serve()


class Onlooker:
    """Looks at the world four times a second, for whoever draws it, and passes on what is wished of it.

    It also pulls the plug, for it alone sees when the acquirer has the money and the till does not know yet.
    """

    def __init__(self, world: World, till: TillThread, customers: Queue, journal: Path) -> None:
        self._world = world
        self._till = till
        self._customers = customers
        self._wire = beside(journal)
        self._order_id = ""
        self._served = 0  # the number of the last customer who was done with
        self._newest = Scene(Step(Phase.IDLE))
        self._wishes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="onlooker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def scene(self) -> Scene:
        """How things stand now; takes no time."""
        customers, step = self._customers, self._till.snapshot().step
        return replace(
            self._newest,
            step=step,
            leg=customers.next_leg if step.phase is Phase.IDLE else customers.leg,
            legs=len(customers.tour),
            shows=customers.cashier.shows,
            plug=customers.plug,
            is_recovering=customers.is_recovering,
        )

    def coming(self, story: str) -> None:
        """The next customer is to be like this."""
        self._wishes.put(lambda: self._world.coming(story))

    def cut(self) -> None:
        """The line to the acquirers is cut, or mended."""
        self._wishes.put(lambda: self._world.cut(is_cut=not self._newest.is_cut))

    def _look_on(self) -> None:
        is_well = True
        while not self._ended.wait(LOOKS_S):
            try:
                while not self._wishes.empty():
                    self._wishes.get_nowait()()
                self._newest = self._look()
                is_well = True
                if self._customers.plug and _has_moved(self._newest) and not self._ended.wait(KILLED_AFTER_S):
                    os.kill(os.getpid(), signal.SIGKILL)
            except SaomaError as error:  # the world is gone, or busy: look again, and say so once
                if is_well:
                    self._till.say(Notice("demo.world", str(error)))
                is_well = False

    def _look(self) -> Scene:
        seen, step, was = self._world.watch(), self._till.snapshot().step, self._newest.customer
        customer = seen["customer"] and _customer(seen["customer"])
        if customer and step.phase is Phase.IDLE:
            self._served = customer.number
        if customer and step.phase is Phase.AWAIT_CODE and customer.number == self._served:
            self._order_id = ""
            return Scene(step, coming=seen["coming"] or "", is_cut=seen["cut"])  # whoever is to pay has not come yet
        if customer and was and customer.number != was.number:
            self._order_id = ""
        line = seen["order"] and _line(seen["order"])
        # A payment may begin and end between two looks: then only the acquirer's books still name it.
        self._order_id = step.order_id or self._order_id or (line.order_no if line else "")
        wire = tuple(conversation(self._wire, self._order_id)) if self._order_id else ()
        return Scene(step, customer, line, wire, seen["coming"] or "", seen["cut"])


def _has_moved(scene: Scene) -> bool:
    """Money that the till does not know of yet."""
    return scene.step.phase in _UNDER_WAY and scene.line is not None and scene.line.state == "paid"


def _customers(world: World) -> int:
    """How many have come so far."""
    customer = world.watch()["customer"]
    return customer["number"] if customer else 0


def _customer(told: dict[str, Any]) -> Customer:
    return Customer(
        number=told["number"],
        wallet=told["wallet"],
        story=told["story"],
        way=told["way"],
        money=Money(told["amount_fen"]),
        code=told["code"],
        face=told["face"],
        why=told["why"],
    )


def _line(told: dict[str, Any]) -> Line:
    return Line(
        host=told["host"],
        order_no=told["order_no"],
        money=Money(told["amount_fen"]),
        state=told["state"],
        refunded=Money(told["refunded_fen"]),
    )
