"""What is still owed an ending, and is nobody's sale any more: undoings, refunds, orders reported paid too late.

Everything here is taken up from the journal and can be left at any moment: it stands there until it is done. Each
attempt that is being carried on, here or at the counter, has its bell, which a notification rings.
"""

from collections.abc import Callable, Mapping

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.errors import JournalError
from terminal.model import Answer, Order, Reason, Refund, RefundState, State, Verdict
from terminal.money import Money
from terminal.payment.actions import Flow, Woken
from terminal.payment.flow import confirm, finish, finish_refund, look_again
from terminal.scheme import Notified
from terminal.till.board import Board
from terminal.till.performer import Acquirer, Bell, Performer
from terminal.till.tasks import Spawn

RECEIVED = "RECEIVED"  # an entry of the journal: money that came, and no sale asked for
AGAIN_S = 60.0  # after a fault of the journal, what is open is taken up again


class Backlog:
    """Belongs to the till's loop."""

    def __init__(
        self,
        journal: Journal,
        acquirers: Mapping[str, Acquirer],
        clock: Clock,
        performer: Performer,
        board: Board,
        spawn: Spawn,
        offer: Callable[[Order, Answer], None],
    ) -> None:
        """`offer` is told of money that came by the shop's static code."""
        self._journal = journal
        self._acquirers = acquirers
        self._clock = clock
        self._performer = performer
        self._board = board
        self._spawn = spawn
        self._offer = offer
        self.bells: dict[str, Bell] = {}  # by order number

    def take_up(self, order_id: str, sent_s: float | None = None) -> None:
        """Go on with an attempt from where the books say it stands; `sent_s` is when it was sent, if we know."""
        try:
            attempt = self._journal.attempt(order_id)
        except JournalError as error:
            self._spawn(self._take_up_later(order_id, error))
            return
        if attempt is None or not attempt.state.is_open:
            return
        order, now_s = attempt.order(), self._clock.monotonic()
        if acquirer := self.acquirer_of(order):
            begun_s = now_s if sent_s is None else sent_s
            self._carry(
                order, acquirer, finish(order, attempt.state, acquirer.procedure, self._clock.monotonic, begun_s)
            )

    def take_up_refunds(self) -> None:
        for line in self._journal.refunds():
            if line.state is RefundState.ASKED:
                self.finish_refund(line.refund(self._journal.transaction_id(line.attempt.order_id)))

    def give_back(self, refund: Refund) -> None:
        """Queue a refund: once this returns it is in the books, and goes on for as long as it takes."""
        self._journal.begin_refund(refund)
        self.finish_refund(refund)

    def finish_refund(self, refund: Refund) -> None:
        if acquirer := self.acquirer_of(refund.order):
            self._spawn(self._refund(refund, acquirer))

    def heard(self, notified: Notified, acquirer: Acquirer) -> None:
        """An acquirer speaks of an order: whoever carries it asks now; where nobody does, it is looked into."""
        order_id = notified.order_id
        self._hold_against_books(notified, acquirer)
        if bell := self.bells.get(order_id):
            bell.ring(Woken.NUDGED)
            return
        attempt = self._journal.attempt(order_id)
        state = attempt.state if attempt else None
        self._journal.note(order_id, "NOTIFIED", {"acquirer": acquirer.name, "state": state or ""})
        if attempt is None and notified.may_be_static and notified.paid is not None:
            self._hear_of_a_stranger(notified, notified.paid, acquirer)
        elif attempt is None:
            self._board.notice("notified.unknown", f"{acquirer.name} {order_id}")
        elif state is State.CLOSED:  # undone for good, and yet paid, they say
            order = attempt.order()
            self._carry(order, acquirer, look_again(order, acquirer.procedure, self._clock.monotonic))

    def _hold_against_books(self, notified: Notified, acquirer: Acquirer) -> None:
        """Another amount than ours changes nothing, as the acquirer is asked; but somebody should look into it."""
        attempt = self._journal.attempt(notified.order_id) if notified.paid else None
        if attempt is not None and notified.paid != attempt.money:
            evidence = {"operation": "notification", "reason": Reason.MISMATCH, "said": str(notified.paid)}
            self._journal.note(notified.order_id, "EVIDENCE", {"acquirer": acquirer.name, **evidence})

    def _hear_of_a_stranger(self, notified: Notified, paid: Money, acquirer: Acquirer) -> None:
        """Somebody paid by the shop's static code, they say; once it is known, telling it again says nothing new."""
        if not any(entry.kind == RECEIVED for entry in self._journal.entries(order_id=notified.order_id)):
            trace = self._journal.next_trace()
            order = Order(
                notified.order_id, "", paid, acquirer=acquirer.name, shown=True, begun_s=notified.begun_s, trace=trace
            )
            bell = self.bells[order.order_id] = Bell()
            self._spawn(self._receive(order, acquirer, bell))

    async def _receive(self, order: Order, acquirer: Acquirer, bell: Bell) -> None:
        """Money that no sale of ours asked for: evidence, once the acquirer has confirmed it."""
        try:
            flow = confirm(order, acquirer.procedure, self._clock.monotonic)
            answer = await self._performer.perform(flow, acquirer, bell=bell)
        finally:
            del self.bells[order.order_id]
        if answer.verdict is not Verdict.APPROVED:
            self._board.notice("notified.unknown", f"{acquirer.name} {order.order_id}")
            return
        evidence = {"acquirer": acquirer.name, "amount_minor": order.money.minor, "currency": order.money.currency.code}
        self._journal.note(order.order_id, RECEIVED, {**evidence, "transaction_id": answer.transaction_id})
        self._board.notice("received.static", f"{order.money} {acquirer.title}")
        self._offer(order, answer)

    def acquirer_of(self, order: Order) -> Acquirer | None:
        """Whose order it is; said where the configuration does not have them any more."""
        acquirer = self._acquirers.get(order.acquirer)
        if acquirer is None:
            self._board.notice("open.no_acquirer", f"{order.order_id} {order.acquirer}")
        return acquirer

    def _carry(self, order: Order, acquirer: Acquirer, flow: Flow) -> None:
        """From now on, and not only once the task runs: what is heard twice at once must not be begun twice."""
        bell = self.bells[order.order_id] = Bell()
        self._spawn(self._finish(order, acquirer, flow, bell))

    async def _finish(self, order: Order, acquirer: Acquirer, flow: Flow, bell: Bell) -> None:
        try:
            answer = await self._performer.perform(flow, acquirer, bell=bell)
        except JournalError as error:
            await self._take_up_later(order.order_id, error)
            return
        finally:
            if self.bells.get(order.order_id) is bell:  # else it has been taken up anew
                del self.bells[order.order_id]
        if answer.verdict not in (Verdict.REVERSED, Verdict.DECLINED):
            self._board.notice("open.manual", f"{order.order_id} {order.money}")

    async def _refund(self, refund: Refund, acquirer: Acquirer) -> None:
        try:
            flow = finish_refund(refund, acquirer.procedure, self._clock.monotonic)
            answer = await self._performer.perform(flow, acquirer)
        except JournalError as error:
            await self._wait_for_books(error)
            self.finish_refund(refund)
        else:
            is_done = answer.verdict is Verdict.APPROVED
            self._board.notice(
                "refund.done" if is_done else "refund.refused", f"{refund.order.order_id} {refund.money}"
            )

    async def _take_up_later(self, order_id: str, error: JournalError) -> None:
        await self._wait_for_books(error)
        self.take_up(order_id)

    async def _wait_for_books(self, error: JournalError) -> None:
        self._board.notice("journal.trouble", str(error))
        await self._clock.sleep(AGAIN_S)
