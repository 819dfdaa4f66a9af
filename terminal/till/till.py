"""The till: one counter, one sale at a time, and the open ends of earlier ones in the background.

Everything here runs on the till's own loop. Commands and scans come in, `Event`s go out; the screen holds no money
state and may come and go. A payment under way is a task of the till's and of nobody else.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.errors import DeviceError, JournalError
from terminal.model import (
    Answer,
    Channel,
    Goods,
    MerchantCode,
    NotOurs,
    Order,
    PaymentCode,
    Reason,
    Scan,
    State,
    Verdict,
)
from terminal.money import Money
from terminal.payment.actions import Flow, Woken
from terminal.payment.flow import finish, pay, show
from terminal.routing.route import Contract, route
from terminal.scheme import Hears, Reply, Request
from terminal.steps import DeviceKind, DeviceState, Event, Moved, Notice, OpenAttempt, Phase, Snapshot, Step
from terminal.till.paper import Paper
from terminal.till.performer import Acquirer, Bell, Performer
from terminal.transport.listener import Listener

AWAIT_CODE_S = 60.0  # how long a cashier waits for a phone before the till gives the amount back
HELD_CODE_S = 30.0  # how long a code that was shown too early is kept; it lives for about a minute
SAME_NOTICE_S = 2.0  # a code that stays in view is mentioned once

log = logging.getLogger(__name__)

_PHASE = {Verdict.APPROVED: Phase.APPROVED, Verdict.DECLINED: Phase.DECLINED, Verdict.REVERSED: Phase.REVERSED}


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
        self._performer = Performer(journal, clock, rng, self.device, self._moved)
        self._listeners: list[Callable[[Event], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sequence = 0
        self._sale: Sale | None = None
        self._held: PaymentCode | None = None
        self._held_until_s = 0.0
        self._bell: Bell | None = None  # of the payment at the counter
        self._bells: dict[str, Bell] = {}  # of every attempt that is being carried on, by its order number
        self._timer: asyncio.TimerHandle | None = None
        self._last_notice = (Notice(""), 0.0)
        self._last_paid = ""
        self.snapshot = Snapshot(Step(Phase.IDLE))

    # --- commands ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take up what an earlier run left open, before the first customer."""
        for attempt in self._journal.open_attempts():
            self._finish_later(attempt.order(), attempt.state, self._clock.monotonic())
        if self._listener is not None:
            self._spawn(self._listener.start(self.heard))
        self._refresh()

    async def stop(self) -> None:
        """End cleanly: what is under way stays open in the journal and is taken up at the next start."""
        self._stop_timer()
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
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def charge(self, money: Money) -> None:
        """Pay was pressed."""
        if self.snapshot.step.phase is Phase.AWAIT_CODE:
            self._notice("pay.already")
        elif self._may_charge(money):
            self._begin_sale(money)
            code, self._held = self._held, None
            if code is None:
                self._show(Phase.AWAIT_CODE, money=money, lasts_s=AWAIT_CODE_S)
            else:
                self._pay(code)

    def show_code(self, money: Money, acquirer: str = "") -> None:
        """Show was pressed: a code of ours, from this acquirer or the first that has such, for a customer to scan."""
        shows = [one for one in self._acquirers.values() if one.procedure.can_show and acquirer in ("", one.name)]
        if not self._may_charge(money):
            return
        if not shows:
            self._notice("show.no_contract", acquirer)
            return
        self._held = None
        sale = self._begin_sale(money)
        order = Order(
            self._number(""),
            sale.sale_id,
            money,
            acquirer=shows[0].name,
            shown=True,
            begun_s=int(self._clock.wall()),
            trace=self._journal.next_trace(),
        )
        self._carry_on(order, show(order, shows[0].procedure, self._clock.monotonic))

    def cancel(self) -> None:
        """Before anything was sent: gone. After: the flow asks once more and undoes it."""
        step = self.snapshot.step
        if self._bell is not None:
            self._bell.ring(Woken.CANCELLED)
            self._notice("pay.cancelling")
        elif step.phase in (Phase.AWAIT_CODE, Phase.HELD):
            self._idle()

    def query_now(self) -> None:
        if self._bell is not None:
            self._bell.ring(Woken.NUDGED)

    def dismiss(self) -> None:
        """Leave an outcome, also one that is not known: the till goes on with it by itself.

        A code that was shown meanwhile by the next customer is kept.
        """
        if self.snapshot.step.phase.is_outcome:
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
            self._notice("code.two")
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
        if bell := self._bells.get(notified.order_id):
            bell.ring(Woken.NUDGED)
        elif notified.order_id:
            known = self._journal.attempt(notified.order_id)
            self._journal.note(notified.order_id, "NOTIFIED", {"acquirer": name, "state": known.state if known else ""})
            if known is None:
                self._notice("notified.unknown", f"{name} {notified.order_id}")
        return notified.reply

    def device(self, state: DeviceState) -> None:
        """A device came, went, or has something to say."""
        others = tuple(one for one in self.snapshot.devices if (one.kind, one.name) != (state.kind, state.name))
        self.snapshot = replace(self.snapshot, devices=(*others, state))
        self._tell(state)

    # --- a code ------------------------------------------------------------------------------------------

    def _code(self, code: PaymentCode) -> None:
        phase = self.snapshot.step.phase
        if phase.is_paying or code == self._held:
            return
        if self._journal.order_with_code(code.digits) is not None:
            if phase is Phase.AWAIT_CODE:  # at other times it is the phone that just paid, still in view
                self._notice("code.used", code.masked)
        elif not route(code, self._contracts).acquirer:
            self._notice("code.no_contract", code.name or code.scheme)
        elif phase is Phase.AWAIT_CODE:
            self._pay(code)
        elif phase is not Phase.UNKNOWN:
            self._hold(code)

    def _hold(self, code: PaymentCode) -> None:
        self._held = code
        self._held_until_s = self._clock.monotonic() + HELD_CODE_S
        if self.snapshot.step.phase.is_outcome:  # it stays on the screen; the next Pay finds the code
            self._set_timer(HELD_CODE_S, self._forget_held)
        else:
            self._show_held(code)

    def _show_held(self, code: PaymentCode) -> None:
        left_s = self._held_until_s - self._clock.monotonic()
        self._show(Phase.HELD, wallet=code.name, code=code.masked, lasts_s=left_s)

    def _not_a_payment(self, scan: Scan, meaning: Goods | MerchantCode | NotOurs | PaymentCode) -> None:
        match meaning:
            case Goods(gtin):
                self._notice("code.goods", gtin)
            case MerchantCode(kind=kind, name=name):
                self._notice(f"code.merchant_{kind}", name)
            case NotOurs(kind=kind):
                self._notice(f"code.{kind}", str(len(scan.text)) if scan.channel is Channel.KEYBOARD else "")

    # --- a payment ---------------------------------------------------------------------------------------

    def _pay(self, code: PaymentCode) -> None:
        assert self._sale is not None
        way = route(code, self._contracts)
        order = Order(
            self._number(""),
            self._sale.sale_id,
            self._sale.money,
            code,
            way.acquirer,
            begun_s=int(self._clock.wall()),
            trace=self._journal.next_trace(),
        )
        self._carry_on(order, pay(order, self._acquirers[way.acquirer].procedure, self._clock.monotonic))

    def _may_charge(self, money: Money) -> bool:
        phase = self.snapshot.step.phase
        if phase.is_paying:
            self._notice("pay.already")
        elif phase is Phase.UNKNOWN:
            self._notice("pay.unknown")
        elif money.minor <= 0:
            self._notice("amount.zero")
        else:
            return True
        return False

    def _begin_sale(self, money: Money) -> Sale:
        """The sale that is to be paid: after an attempt that failed, the same one again."""
        again = self.snapshot.step.phase in (Phase.AWAIT_CODE, Phase.DECLINED, Phase.REVERSED)
        if self._sale is None or self._sale.money != money or not again:
            self._sale = Sale(self._number("S"), money)
        return self._sale

    def _carry_on(self, order: Order, flow: Flow) -> None:
        self._stop_timer()
        self._bell = Bell()
        self._show(Phase.PROCESSING, money=order.money, order=order)
        self._spawn(self._carry(order, flow, self._acquirers[order.acquirer], self._bell))

    async def _carry(self, order: Order, flow: Flow, acquirer: Acquirer, bell: Bell) -> None:
        begun_s = self._clock.monotonic()
        self._bells[order.order_id] = bell
        try:
            answer = await self._performer.perform(flow, acquirer, show=self._step, bell=bell)
        except JournalError as error:
            self._notice("journal.trouble", str(error))
            written = self._journal.attempt(order.order_id) is not None
            answer = Answer(Verdict.UNKNOWN if written else Verdict.DECLINED, Reason.NOT_SENT)
        finally:
            self._bell = None
            del self._bells[order.order_id]
        attempt = self._journal.attempt(order.order_id)
        self._outcome(order, answer)
        if attempt is None:
            return
        if answer.verdict is Verdict.APPROVED:
            self._print_later(order.order_id, is_copy=False)
        elif attempt.state.is_open:
            self._finish_later(attempt.order(), attempt.state, begun_s)

    def _outcome(self, order: Order, answer: Answer) -> None:
        if answer.verdict is Verdict.APPROVED:
            total = self.snapshot.approved_total or Money(0, order.money.currency)
            self.snapshot = replace(
                self.snapshot, approved_count=self.snapshot.approved_count + 1, approved_total=total + order.money
            )
        phase = _PHASE.get(answer.verdict, Phase.UNKNOWN)
        self._show(phase, money=order.money, order=order, reason=answer.reason, said=answer.said)

    def _finish_later(self, order: Order, state: State, sent_s: float) -> None:
        acquirer = self._acquirers.get(order.acquirer)
        if acquirer is None:
            self._notice("open.no_acquirer", f"{order.order_id} {order.acquirer}")
            return
        self._spawn(self._finish(order, state, acquirer, sent_s))

    async def _finish(self, order: Order, state: State, acquirer: Acquirer, sent_s: float) -> None:
        flow = finish(order, state, acquirer.procedure, self._clock.monotonic, sent_s)
        bell = self._bells[order.order_id] = Bell()
        try:
            answer = await self._performer.perform(flow, acquirer, bell=bell)
        except JournalError as error:
            self._notice("journal.trouble", str(error))
            return
        finally:
            del self._bells[order.order_id]
        if answer.verdict not in (Verdict.REVERSED, Verdict.DECLINED):
            self._notice("open.manual", f"{order.order_id} {order.money}")

    def _moved(self, order: Order, state: State, why: Answer) -> None:
        """Told by the performer after each durable move."""
        self._refresh()
        self._tell(Moved(order.order_id, state))
        step = self.snapshot.step
        if state is State.REVERSED and step.phase is Phase.UNKNOWN and step.order_id == order.order_id:
            self._step(replace(step, phase=Phase.REVERSED, reason=why.reason or step.reason))

    # --- paper -------------------------------------------------------------------------------------------

    def _print_later(self, order_id: str, *, is_copy: bool) -> None:
        self._last_paid = order_id
        if self._paper.printer.url:
            self._spawn(self._print(order_id, is_copy=is_copy))

    async def _print(self, order_id: str, *, is_copy: bool) -> None:
        try:
            await self._paper.print(self._journal, order_id, is_copy=is_copy)
        except DeviceError as error:
            self.device(DeviceState(DeviceKind.PRINTER, "printer", up=False, detail=str(error)))
            return
        self.device(DeviceState(DeviceKind.PRINTER, "printer", up=True))
        self._journal.note(order_id, "RECEIPT", {"copy": is_copy})

    # --- telling -----------------------------------------------------------------------------------------

    def _show(
        self,
        phase: Phase,
        *,
        money: Money | None = None,
        order: Order | None = None,
        wallet: str = "",
        code: str = "",
        reason: Reason = Reason.NONE,
        said: str = "",
        lasts_s: float | None = None,
    ) -> None:
        now_s = self._clock.monotonic()
        if order is not None:
            wallet, code = (order.code.name, order.code.masked) if order.code else (order.acquirer, "")
        deadline_s = None if lasts_s is None else now_s + lasts_s
        self._step(Step(phase, money, order.order_id if order else "", wallet, code, reason, said, deadline_s, now_s))
        if lasts_s is not None:
            self._set_timer(lasts_s, self._time_is_up)

    def _step(self, step: Step) -> None:
        self.snapshot = replace(self.snapshot, step=step)
        self._tell(step)

    def _time_is_up(self) -> None:
        self._notice("await.timeout" if self.snapshot.step.phase is Phase.AWAIT_CODE else "held.timeout")
        self._idle()

    def _forget_held(self) -> None:
        self._held = None

    def _idle(self) -> None:
        self._stop_timer()
        self._held = None
        self._sale = None
        self._show(Phase.IDLE)

    def _set_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._clock.real(seconds), then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _notice(self, key: str, detail: str = "") -> None:
        self.say(Notice(key, detail))

    def say(self, notice: Notice) -> None:
        """Say it, unless it was the last thing said and its cause has been there ever since."""
        now_s = self._clock.monotonic()
        last, last_s = self._last_notice
        self._last_notice = (notice, now_s)
        if notice != last or self._clock.real(now_s - last_s) > SAME_NOTICE_S:
            self._tell(notice)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def _refresh(self) -> None:
        now_ms = self._clock.wall() * 1000
        attempts = tuple(
            OpenAttempt(one.order_id, one.money, one.state, max(0.0, (now_ms - one.begun_ms) / 1000))
            for one in self._journal.open_attempts()
        )
        self.snapshot = replace(self.snapshot, open_attempts=attempts)

    def _number(self, kind: str) -> str:
        """Ours for ever: terminal, boot, sequence, and two random characters against a restored journal."""
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
        self._notice("till.fault")
        if self.snapshot.step.phase.is_paying:
            self._step(replace(self.snapshot.step, phase=Phase.UNKNOWN, reason=Reason.OTHER, deadline_s=None))
