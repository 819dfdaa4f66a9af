"""The till: one counter, one sale at a time, and the open ends of earlier ones in the background.

Everything here runs on the till's own loop. Commands and scans come in, `Event`s go out; the screen holds no money
state and may come and go. A payment under way is a task of the till's and of nobody else.

This is its front: what it can be asked for, and who does it.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Handling
from terminal.books.journal import Journal
from terminal.books.settlement import Settlement
from terminal.clock import Clock
from terminal.model import Answer, Order, Reason, RefundState, Scan, State
from terminal.money import CURRENCIES, Money
from terminal.operators import Act, Role
from terminal.routing.route import Contract
from terminal.scheme import Reply, Request
from terminal.steps import DeviceKind, DeviceState, Event, Moved, Notice, Phase, Snapshot
from terminal.till.backlog import Backlog
from terminal.till.baskets import Baskets
from terminal.till.board import Board
from terminal.till.callers import Callers
from terminal.till.checks import Checks, acquirer_check
from terminal.till.counter import Counter
from terminal.till.end_of_day import EndOfDay
from terminal.till.guard import Guard, guarded
from terminal.till.numbers import Numbers
from terminal.till.paper import Paper
from terminal.till.payments import Payments
from terminal.till.performer import Acquirer, Performer
from terminal.till.printing import PRINTER
from terminal.till.receipts import Receipts
from terminal.till.refunds import Refunds
from terminal.till.scans import Scans
from terminal.till.settling import Desk
from terminal.till.station import Station
from terminal.till.strangers import Strangers
from terminal.till.tasks import Tasks
from terminal.transport.listener import Listener


class Till:
    """Belongs to the loop it is started on."""

    def __init__(  # noqa: PLR0913 - by name: all that a till is made of
        self,
        *,
        terminal_id: str,
        journal: Journal,
        acquirers: Mapping[str, Acquirer],
        contracts: Sequence[Contract],
        clock: Clock,
        rng: random.Random,
        paper: Paper,
        listener: Listener | None = None,
        catalogue: Catalogue | None = None,
        operators: Mapping[str, Role] | None = None,
    ) -> None:
        """`operators` may sell here, by their numbers; without any, everybody may do everything."""
        self._journal = journal
        self.acquirers = acquirers  # by name; never changed
        self._clock = clock
        self._listener = listener
        self._tasks = Tasks(self._fault)
        self._board = board = Board(clock, CURRENCIES[paper.till.currency])
        self.guard = Guard(operators or {}, journal, board, clock)
        performer = Performer(journal, clock, rng, board.device, self._moved)
        numbers = Numbers(terminal_id, journal, clock, rng)
        station = Station(journal, acquirers, clock, board, numbers, performer, self._tasks.spawn)
        self._counter = Counter(board, clock)
        self._receipts = Receipts(paper, station)
        self._end_of_day = EndOfDay(station, self._receipts, Desk(terminal_id, clock, rng))
        self._backlog = Backlog(journal, acquirers, clock, performer, board, self._tasks.spawn, self._offer)
        self._callers = Callers(acquirers, clock, self._backlog, Strangers(journal, clock, board))
        self.catalogue = catalogue or Catalogue(())
        self._baskets = Baskets(board, self._counter, journal, clock, self.catalogue, self.guard)
        self._payments = Payments(
            station, self._counter, self._baskets, self._backlog, self._end_of_day, self._receipts, contracts
        )
        self._refunds = Refunds(station, self._counter, self._backlog, self._end_of_day)
        self._scans = Scans(station, self._counter, self._baskets, self._payments, contracts, self.guard)
        self.checks = Checks(board, self._tasks.spawn)
        for one in acquirers.values():
            self.checks.add(DeviceKind.ACQUIRER, one.name, acquirer_check(performer, one, terminal_id, clock))
        if paper.printer.url:
            self.checks.add(DeviceKind.PRINTER, PRINTER, self._receipts.test)

    # --- its day -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take up what an earlier run left open, before the first customer."""
        self._receipts.start()
        self._end_of_day.start()
        self._payments.start()
        self._backlog.take_up_refunds()
        if self._listener is not None:
            self._tasks.spawn(self._listener.start(self.heard))
        self._board.open_attempts(self._journal.open_attempts())

    async def stop(self) -> None:
        """End cleanly: what is under way stays open in the journal and is taken up at the next start."""
        self._board.no_timer()
        await self._tasks.stop()
        if self._listener is not None:
            await self._listener.close()
        for acquirer in self.acquirers.values():
            await acquirer.carrier.close()
            if acquirer.witness is not None:
                acquirer.witness.close()
        self._journal.close()

    # --- what it says ------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """Where things stand."""
        return self._board.snapshot

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tell `listener` every event; returns how to stop that."""
        return self._board.subscribe(listener)

    def say(self, notice: Notice) -> None:
        """Something the cashier should know."""
        self._board.say(notice)

    def device(self, state: DeviceState) -> None:
        """A device came, went, or has something to say."""
        self._board.device(state)

    # --- what a cashier does -----------------------------------------------------------------------------

    @guarded()
    def charge(self, money: Money, sale_total: Money | None = None) -> None:
        """Pay was pressed: for the whole of a sale, or for a part of one that comes to `sale_total`.

        Where goods are laid down, the sale is theirs. Once a part is paid the rest is due: the next charges are further
        parts, and may leave `sale_total` out.
        """
        self._payments.charge(money, sale_total)

    @guarded()
    def charge_due(self) -> None:
        """Pay was pressed for all that is due: the goods, or the rest of a sale that is paid in part."""
        self._payments.charge_due()

    @guarded()
    def show_code(self, money: Money, acquirer: str = "", sale_total: Money | None = None) -> None:
        """Show was pressed: a code of ours, from this acquirer or the first that has such, for a customer to scan."""
        self._payments.show_code(money, acquirer, sale_total)

    @guarded()
    def show_due(self) -> None:
        """Show was pressed, for all that is due."""
        self._payments.show_due()

    @guarded()
    def give_back_parts(self) -> None:
        """The rest of a sale will not be paid: every part of it goes back, for as long as that takes."""
        self._payments.give_back_parts()

    @guarded()
    def handle(self, handling: Handling) -> None:
        """Goods are laid down by hand, counted, taken away, discounted, held."""
        self._baskets.handle(handling)

    @guarded()
    def cancel(self) -> None:
        """Before anything was sent: gone. After: the flow asks once more and undoes it. A part that is paid stays."""
        self._counter.cancel()

    @guarded()
    def keep(self) -> None:
        """The payment that was found, or came by the static code, is this sale's: its goods are handed over."""
        self._counter.keep()

    def query_now(self) -> None:
        self._counter.query_now()

    def dismiss(self) -> None:
        """Leave an outcome, also one that is not known: the till goes on with it by itself, and the goods wait."""
        if self._board.phase is Phase.UNKNOWN:
            self._baskets.park(self._board.snapshot.step.order_id)
        self._counter.dismiss()

    @guarded(Act.REFUND)
    def refund(self, order_id: str, money: Money, reason: str = "") -> None:
        """Give back all or part of an earlier, approved payment."""
        self._refunds.refund(order_id, money, reason)

    @guarded(Act.REFUND)
    def take_back_last(self) -> None:
        """The last payment was a mistake: undo it, by a void where its acquirer has one for it, else by a refund."""
        self._refunds.take_back_last()

    @guarded(Act.SETTLE)
    def settle(self, acquirer: str = "", day: date | None = None) -> None:
        """End the day of one acquirer, or of all that can be settled: the newest day, or this one."""
        self._end_of_day.settle(acquirer, day)

    async def settled(self, acquirer: str, day: date | None = None) -> Settlement:
        """The same for whoever waits for it, with nobody at the counter; raises NoBill, NotSent, NoAnswer."""
        return await self._end_of_day.settled(self.acquirers[acquirer], day)

    @guarded()
    def reprint(self, order_id: str = "") -> None:
        """A receipt again, the last one where it does not say which, marked as a copy."""
        self._receipts.again(order_id)

    @guarded()
    def open_drawer(self) -> None:
        """The drawer that hangs on the printer."""
        if not self._receipts.open_drawer():
            self._board.notice("drawer.none")

    def sign_on(self, operator: str) -> None:
        """Who sells from now on; nobody, and the till is locked, if there are operators and this is none of them."""
        self.guard.sign_on(operator)
        if self.guard.is_locked:
            self._counter.leave()

    def permitted(self, act: str, by: str) -> None:
        """Somebody lets the cashier do one thing, which is asked for next."""
        self.guard.permit(Act(act), by)

    def test_device(self, kind: DeviceKind, name: str) -> None:
        """Try a device out; the answer comes as `Tried`. Refused while paying."""
        self.checks.run(kind, name)

    # --- what comes in -----------------------------------------------------------------------------------

    def scanned(self, scans: Sequence[Scan]) -> None:
        """What one look of the camera, or one line of a scanner, brought."""
        self._scans.scanned(scans)

    def heard(self, name: str, request: Request) -> Reply:
        """An acquirer called, or somebody in its name."""
        return self._callers.heard(name, request)

    # --- what its parts tell -----------------------------------------------------------------------------

    def _offer(self, order: Order, paid: Answer) -> None:
        self._payments.offer(order, paid)

    def _moved(self, order: Order, state: State | RefundState, why: Answer) -> None:
        """Told by the performer after each durable move."""
        if isinstance(state, State):
            self._board.moved(order, state)
        self._board.tell(Moved(order.order_id, state))
        if state is RefundState.DONE:
            self._receipts.refunded()
        step = self._board.snapshot.step
        if state is State.REVERSED and step.phase is Phase.UNKNOWN and step.order_id == order.order_id:
            self._board.step(replace(step, phase=Phase.REVERSED, reason=why.reason or step.reason))

    def _fault(self) -> None:
        """A payment that ended by a fault of ours is not an answer: it stays open, and is said to be."""
        self._board.notice("till.fault")
        step = self._board.snapshot.step
        if step.phase.is_paying and self._counter.bell is None:  # else it goes on: the fault was somebody else's
            self._board.step(replace(step, phase=Phase.UNKNOWN, reason=Reason.OTHER, deadline_s=None))
