"""The till: one counter, one sale at a time, and the open ends of earlier ones in the background.

Everything here runs on the till's own loop. Commands and scans come in, `Event`s go out; the screen holds no money
state and may come and go. A payment under way is a task of the till's and of nobody else.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from terminal.books.journal import Attempt, Journal
from terminal.books.settlement import Settlement
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.errors import JournalError
from terminal.model import (
    Answer,
    Channel,
    Goods,
    MerchantCode,
    NotOurs,
    Order,
    PaymentCode,
    Reason,
    Refund,
    RefundState,
    Scan,
    State,
    Verdict,
)
from terminal.money import CURRENCIES, Money
from terminal.payment.actions import Flow, Woken
from terminal.payment.flow import pay, recover, refund, show, take
from terminal.routing.route import Contract, route
from terminal.scheme import Hears, Reply, Request
from terminal.steps import DeviceState, Event, Moved, Notice, Phase, Snapshot, Step
from terminal.till.backlog import Backlog
from terminal.till.board import Board
from terminal.till.paper import Paper
from terminal.till.performer import Acquirer, Bell, Performer
from terminal.till.printing import PrintQueue
from terminal.till.settling import Desk, Settler, can_settle, closes_batches
from terminal.transport.listener import Listener

AWAIT_CODE_S = 60.0  # how long a cashier waits for a phone before the till gives the amount back
HELD_CODE_S = 30.0  # how long a code that was shown too early is kept; it lives for about a minute
TAKE_S = 60.0  # how long a cashier is asked whether money that came by the static code is the sale's
KEEP_S = 120.0  # how old a payment found at start may be for a cashier to keep it

log = logging.getLogger(__name__)

_PHASE = {Verdict.APPROVED: Phase.APPROVED, Verdict.DECLINED: Phase.DECLINED, Verdict.REVERSED: Phase.REVERSED}
_REFUND_PHASE = {Verdict.APPROVED: Phase.REFUNDED, Verdict.DECLINED: Phase.REFUSED}


@dataclass(frozen=True, slots=True)
class Sale:
    """What is to be paid; an attempt that failed may be followed by another for the same sale."""

    sale_id: str
    money: Money


class Till:
    """Belongs to the loop it is started on."""

    def __init__(
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
    ) -> None:
        self._terminal_id = terminal_id
        self._journal = journal
        self._acquirers = acquirers
        self._contracts = contracts
        self._clock = clock
        self._rng = rng
        self._paper = paper
        self._listener = listener
        self._board = Board(clock, CURRENCIES[paper.till.currency])
        self._printing = PrintQueue(self._board.device)
        self._performer = Performer(journal, clock, rng, self._board.device, self._moved)
        self._backlog = Backlog(journal, acquirers, clock, self._performer, self._board, self._spawn, self._offer)
        self._settler = Settler(acquirers, journal, self._board, Desk(terminal_id, clock, rng))
        self._settling: Sequence[Acquirer] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sequence = 0
        self._sale: Sale | None = None
        self._held: PaymentCode | None = None
        self._held_until_s = 0.0
        self._bell: Bell | None = None  # of what goes on at the counter
        self._last_paid = ""

    # --- commands ----------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """Where things stand."""
        return self._board.snapshot

    def start(self) -> None:
        """Take up what an earlier run left open, before the first customer."""
        self._settler.begin()
        for attempt in self._journal.open_attempts():
            fresh = attempt.state is State.INTENT and self._age_s(attempt) < KEEP_S
            if not (fresh and self._bell is None and self._recover(attempt)):
                self._backlog.take_up(attempt.order_id)
        self._backlog.take_up_refunds()
        if self._listener is not None:
            self._spawn(self._listener.start(self.heard))
        self._board.open_attempts(self._journal.open_attempts())

    async def stop(self) -> None:
        """End cleanly: what is under way stays open in the journal and is taken up at the next start."""
        self._board.no_timer()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener is not None:
            await self._listener.close()
        for acquirer in self._acquirers.values():
            await acquirer.carrier.close()
        self._journal.close()

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tell `listener` every event; returns how to stop that."""
        return self._board.subscribe(listener)

    def say(self, notice: Notice) -> None:
        """Something the cashier should know."""
        self._board.say(notice)

    def device(self, state: DeviceState) -> None:
        """A device came, went, or has something to say."""
        self._board.device(state)

    def charge(self, money: Money) -> None:
        """Pay was pressed."""
        if self._board.phase is Phase.AWAIT_CODE:
            self._board.notice("pay.already")
        elif self._may_charge(money):
            self._begin_sale(money)
            code, self._held = self._held, None
            if code is None:
                self._board.for_a_while(Step(Phase.AWAIT_CODE, money), AWAIT_CODE_S, self._time_is_up)
            else:
                self._pay(code)

    def show_code(self, money: Money, acquirer: str = "") -> None:
        """Show was pressed: a code of ours, from this acquirer or the first that has such, for a customer to scan."""
        shows = [one for one in self._acquirers.values() if one.procedure.can_show and acquirer in ("", one.name)]
        if not self._may_charge(money):
            return
        if not shows:
            self._board.notice("show.no_contract", acquirer)
            return
        self._held = None
        order = self._order(self._begin_sale(money), shows[0].name, None)
        self._carry_on(order, show(order, shows[0].procedure, self._clock.monotonic))

    def refund(self, order_id: str, money: Money, reason: str = "") -> None:
        """Give back all or part of an earlier, approved payment."""
        attempt = self._journal.attempt(order_id)
        if any(map(closes_batches, self._settling)):
            self._board.notice("settle.already")
        elif self._board.phase.is_paying or self._board.phase in (Phase.AWAIT_CODE, Phase.UNKNOWN):
            self._board.notice("pay.already")
        elif attempt is None or attempt.state is not State.APPROVED:
            self._board.notice("refund.no_order", order_id)
        elif not 0 < money.minor <= self._left_of(attempt):
            self._board.notice("refund.too_much", str(Money(self._left_of(attempt), attempt.money.currency)))
        elif acquirer := self._backlog.acquirer_of(attempt.order()):
            self._idle()
            asked = self._refund_of(attempt, money, reason)
            self._bell = Bell()
            self._about(Step(Phase.REFUNDING, money), asked.order)
            self._spawn(self._give_back(asked, acquirer, self._bell))

    def settle(self, acquirer: str = "", day: date | None = None) -> None:
        """End the day of one acquirer, or of all that can be settled: the newest day, or this one."""
        asked = [one for one in self._acquirers.values() if acquirer in ("", one.name) and can_settle(one)]
        if self._board.phase.is_paying or self._board.phase is Phase.AWAIT_CODE:
            self._board.notice("pay.already")
        elif self._settling:
            self._board.notice("settle.already")
        elif not asked:
            self._board.notice("settle.no_contract", acquirer)
        else:
            self._settling = asked
            self._spawn(self._settle(asked, day))

    async def settled(self, acquirer: str, day: date | None = None) -> Settlement:
        """The same for whoever waits for it, with nobody at the counter; raises NoBill, NotSent, NoAnswer."""
        return await self._settler.settle(self._acquirers[acquirer], day)

    def cancel(self) -> None:
        """Before anything was sent: gone. After: the flow asks once more and undoes it."""
        if self._bell is not None:
            self._bell.ring(Woken.CANCELLED)
            self._board.notice("pay.cancelling")
        elif self._board.phase in (Phase.AWAIT_CODE, Phase.HELD):
            self._idle()

    def keep(self) -> None:
        """The payment that was found, or came by the static code, is this sale's: its goods are handed over."""
        if self._bell is not None and self._board.phase in (Phase.FOUND, Phase.RECEIVED):
            self._bell.ring(Woken.KEPT)

    def query_now(self) -> None:
        if self._bell is not None:
            self._bell.ring(Woken.NUDGED)

    def dismiss(self) -> None:
        """Leave an outcome, also one that is not known: the till goes on with it by itself.

        A code that was shown meanwhile by the next customer is kept.
        """
        if self._board.phase.is_outcome:
            held, self._sale = self._held, None
            if held is None:
                self._idle()
            else:
                self._show_held(held)

    def reprint(self) -> None:
        """The last receipt again, marked as a copy."""
        if self._last_paid:
            self._print_later(self._last_paid, is_copy=True)

    def scanned(self, scans: Sequence[Scan]) -> None:
        """What one look of the camera, or one line of a scanner, brought: several codes are one moment."""
        meanings = {scan: classify(scan.text, channel=scan.channel, symbology=scan.symbology) for scan in scans}
        codes = {meaning for meaning in meanings.values() if isinstance(meaning, PaymentCode)}
        if len(codes) > 1:
            self._board.notice("code.two")
        elif codes:
            self._code(codes.pop())
        else:
            for scan, meaning in meanings.items():
                self._not_a_payment(scan, meaning)

    def heard(self, name: str, request: Request) -> Reply:
        """An acquirer called. Whatever it says, the till asks it what is so; the call only says when to ask."""
        acquirer = self._acquirers.get(name)
        if acquirer is None or not isinstance(acquirer.wire, Hears):
            return Reply(404, {})
        notified = acquirer.wire.notified(request, now_s=int(self._clock.wall()))
        if notified.order_id:
            self._backlog.heard(notified, acquirer)
        return notified.reply

    # --- a code ------------------------------------------------------------------------------------------

    def _code(self, code: PaymentCode) -> None:
        phase = self._board.phase
        if phase.is_paying or code == self._held:
            return
        if self._journal.order_with_code(code.digits) is not None:
            if phase is Phase.AWAIT_CODE:  # at other times it is the phone that just paid, still in view
                self._board.notice("code.used", code.masked)
        elif not route(code, self._contracts).acquirer:
            self._board.notice("code.no_contract", code.name or code.scheme)
        elif phase is Phase.AWAIT_CODE:
            self._pay(code)
        elif phase is not Phase.UNKNOWN:
            self._hold(code)

    def _hold(self, code: PaymentCode) -> None:
        self._held = code
        self._held_until_s = self._clock.monotonic() + HELD_CODE_S
        if self._board.phase.is_outcome:  # it stays on the screen; the next Pay finds the code
            self._board.later(HELD_CODE_S, self._forget_held)
        else:
            self._show_held(code)

    def _show_held(self, code: PaymentCode) -> None:
        left_s = self._held_until_s - self._clock.monotonic()
        self._board.for_a_while(Step(Phase.HELD, wallet=code.name, code=code.masked), left_s, self._time_is_up)

    def _forget_held(self) -> None:
        self._held = None

    def _not_a_payment(self, scan: Scan, meaning: Goods | MerchantCode | NotOurs | PaymentCode) -> None:
        match meaning:
            case Goods(gtin):
                self._board.notice("code.goods", gtin)
            case MerchantCode(kind=kind, name=name):
                self._board.notice(f"code.merchant_{kind}", name)
            case NotOurs(kind=kind):
                self._board.notice(f"code.{kind}", str(len(scan.text)) if scan.channel is Channel.KEYBOARD else "")

    # --- a payment ---------------------------------------------------------------------------------------

    def _may_charge(self, money: Money) -> bool:
        if any(map(closes_batches, self._settling)):
            self._board.notice("settle.already")
        elif self._board.phase.is_paying:
            self._board.notice("pay.already")
        elif self._board.phase is Phase.UNKNOWN:
            self._board.notice("pay.unknown")
        elif money.minor <= 0:
            self._board.notice("amount.zero")
        else:
            return True
        return False

    def _begin_sale(self, money: Money) -> Sale:
        """The sale that is to be paid: after an attempt that failed, the same one again."""
        again = self._board.phase in (Phase.AWAIT_CODE, Phase.DECLINED, Phase.REVERSED)
        if self._sale is None or self._sale.money != money or not again:
            self._sale = Sale(self._number("S"), money)
        return self._sale

    def _pay(self, code: PaymentCode) -> None:
        assert self._sale is not None
        order = self._order(self._sale, route(code, self._contracts).acquirer, code)
        self._carry_on(order, pay(order, self._acquirers[order.acquirer].procedure, self._clock.monotonic))

    def _order(self, sale: Sale, acquirer: str, code: PaymentCode | None) -> Order:
        return Order(
            self._number(""),
            sale.sale_id,
            sale.money,
            code,
            acquirer,
            shown=code is None,
            begun_s=int(self._clock.wall()),
            trace=self._journal.next_trace(),
        )

    def _recover(self, attempt: Attempt) -> bool:
        """A payment cut short by a stop, while its customer may still stand there; whether it could be taken up."""
        order = attempt.order()
        acquirer = self._backlog.acquirer_of(order)
        if acquirer is not None:
            keep_until_s = self._clock.monotonic() + KEEP_S - self._age_s(attempt)
            self._carry_on(order, recover(order, acquirer.procedure, self._clock.monotonic, keep_until_s))
        return acquirer is not None

    def _offer(self, order: Order, paid: Answer) -> None:
        """Money came by the shop's static code: is it what the sale at the counter waits for? The cashier says."""
        if self._board.phase is Phase.AWAIT_CODE and self._sale is not None and self._sale.money == order.money:
            order = replace(order, sale_id=self._sale.sale_id)
            self._carry_on(order, take(order, paid, self._clock.monotonic, self._clock.monotonic() + TAKE_S))

    def _carry_on(self, order: Order, flow: Flow) -> None:
        self._board.no_timer()
        self._bell = self._backlog.bells[order.order_id] = Bell()
        self._about(Step(Phase.PROCESSING, order.money), order)
        self._spawn(self._carry(order, flow, self._acquirers[order.acquirer], self._bell))

    async def _carry(self, order: Order, flow: Flow, acquirer: Acquirer, bell: Bell) -> None:
        begun_s = self._clock.monotonic()
        try:
            answer = await self._performer.perform(flow, acquirer, show=self._board.step, bell=bell)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            written = self._journal.attempt(order.order_id) is not None
            answer = Answer(Verdict.UNKNOWN if written else Verdict.DECLINED, Reason.NOT_SENT)
        finally:
            self._bell = None
            del self._backlog.bells[order.order_id]
        self._outcome(order, answer)
        if answer.verdict is Verdict.APPROVED:
            self._print_later(order.order_id, is_copy=False)
        else:
            self._backlog.take_up(order.order_id, begun_s)

    def _outcome(self, order: Order, answer: Answer) -> None:
        if answer.verdict is Verdict.APPROVED:
            self._board.sold(order.money)
        phase = _PHASE.get(answer.verdict, Phase.UNKNOWN)
        self._about(Step(phase, order.money, reason=answer.reason, said=answer.said, settled=answer.settled), order)

    def _moved(self, order: Order, state: State | RefundState, why: Answer) -> None:
        """Told by the performer after each durable move."""
        self._board.open_attempts(self._journal.open_attempts())
        self._board.tell(Moved(order.order_id, state))
        step = self._board.snapshot.step
        if state is State.REVERSED and step.phase is Phase.UNKNOWN and step.order_id == order.order_id:
            self._board.step(replace(step, phase=Phase.REVERSED, reason=why.reason or step.reason))

    # --- giving back -------------------------------------------------------------------------------------

    def _refund_of(self, attempt: Attempt, money: Money, reason: str) -> Refund:
        order = replace(attempt.order(), transaction_id=self._journal.transaction_id(attempt.order_id))
        now_s, trace = int(self._clock.wall()), self._journal.next_trace()
        return Refund(self._number("R"), order, money, reason, begun_s=now_s, trace=trace)

    async def _give_back(self, asked: Refund, acquirer: Acquirer, bell: Bell) -> None:
        try:
            flow = refund(asked, acquirer.procedure, self._clock.monotonic)
            answer = await self._performer.perform(flow, acquirer, show=self._board.step, bell=bell)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            answer = Answer(Verdict.DECLINED, Reason.NOT_SENT)
        finally:
            self._bell = None
        phase = _REFUND_PHASE.get(answer.verdict, Phase.UNKNOWN)
        self._about(Step(phase, asked.money, reason=answer.reason, said=answer.said), asked.order)
        if phase is Phase.UNKNOWN:
            self._backlog.finish_refund(asked)

    def _left_of(self, attempt: Attempt) -> int:
        """Minor units that have not been given back, or perhaps."""
        given = (line.money.minor for line in self._journal.refunds(attempt.order_id) if line.state.holds_money)
        return attempt.money.minor - sum(given)

    # --- the end of a day --------------------------------------------------------------------------------

    async def _settle(self, acquirers: Sequence[Acquirer], day: date | None) -> None:
        try:
            for acquirer in acquirers:
                settlement = await self._settler.told(acquirer, day)
                if settlement is not None and self._paper.printer.url:
                    self._spawn(self._print_slip(settlement, acquirer.title))
        finally:
            self._settling = ()

    # --- paper -------------------------------------------------------------------------------------------

    def _print_later(self, order_id: str, *, is_copy: bool) -> None:
        self._last_paid = order_id
        if self._paper.printer.url:
            self._spawn(self._print(order_id, is_copy=is_copy))

    async def _print_slip(self, settlement: Settlement, title: str) -> None:
        await self._printing.print(lambda: self._paper.print_slip(self._journal, settlement, title))

    async def _print(self, order_id: str, *, is_copy: bool) -> None:
        await self._printing.print(lambda: self._paper.print(self._journal, order_id, is_copy=is_copy))
        self._journal.note(order_id, "RECEIPT", {"copy": is_copy})

    # --- within ------------------------------------------------------------------------------------------

    def _about(self, step: Step, order: Order) -> None:
        self._board.about(step, order, self._acquirers[order.acquirer].wallet_of(order))

    def _time_is_up(self) -> None:
        self._board.notice("await.timeout" if self._board.phase is Phase.AWAIT_CODE else "held.timeout")
        self._idle()

    def _idle(self) -> None:
        self._board.no_timer()
        self._held = None
        self._sale = None
        self._board.step(Step(Phase.IDLE, since_s=self._clock.monotonic()))

    def _age_s(self, attempt: Attempt) -> float:
        return max(0.0, self._clock.wall() - attempt.begun_ms / 1000)

    def _number(self, kind: str) -> str:
        """Ours for ever: terminal, boot, sequence, and four random characters against a restored journal."""
        self._sequence += 1
        tail = "".join(self._rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=4))
        return f"{kind}{self._terminal_id}{self._journal.boot:05d}{self._sequence:05d}{tail}"

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A payment that ended by a fault of ours is not an answer: it stays open, and is said to be."""
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        log.error("a payment stopped; it stays open in the journal", exc_info=task.exception())
        self._board.notice("till.fault")
        step = self._board.snapshot.step
        if step.phase.is_paying:
            self._board.step(replace(step, phase=Phase.UNKNOWN, reason=Reason.OTHER, deadline_s=None))
