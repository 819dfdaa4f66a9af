"""Giving back at the counter: all or part of an earlier payment, or the whole of the last one."""

from collections.abc import Sequence

from terminal.books.journal import Attempt
from terminal.errors import JournalError
from terminal.model import Refund, State, Verdict
from terminal.money import Money
from terminal.payment.flow import refund
from terminal.steps import Phase, Step
from terminal.till.backlog import Backlog
from terminal.till.counter import Counter
from terminal.till.end_of_day import EndOfDay
from terminal.till.performer import Acquirer, Bell, cut_short
from terminal.till.sale import whole_of
from terminal.till.station import Station

TAKEN_BACK = "taken back"  # the reason that the books give

_PHASE = {Verdict.APPROVED: Phase.REFUNDED, Verdict.DECLINED: Phase.REFUSED}


class Refunds:
    """Belongs to the till's loop."""

    def __init__(self, station: Station, counter: Counter, backlog: Backlog, end_of_day: EndOfDay) -> None:
        self._station = station
        self._journal = station.journal
        self._board = station.board
        self._counter = counter
        self._backlog = backlog
        self._end_of_day = end_of_day

    def refund(self, order_id: str, money: Money, reason: str = "") -> None:
        """Give back all or part of an earlier, approved payment."""
        attempt = self._journal.attempt(order_id)
        if self._may_refund():
            if attempt is None or attempt.state is not State.APPROVED:
                self._board.notice("refund.no_order", order_id)
            elif not 0 < money.minor <= self._journal.left_of(attempt).minor:
                self._board.notice("refund.too_much", str(self._journal.left_of(attempt)))
            else:
                self._begin(attempt, money, reason)

    def take_back_last(self) -> None:
        """The last sale was a mistake: all that is left of it goes back, by a void where there is one for it."""
        if not self._may_refund():
            return
        paid = (one for one in self._last_sale() if one.state is State.APPROVED)
        parts = [one for one in paid if self._journal.left_of(one).minor]
        if len(parts) == 1:
            self._begin(parts[0], self._journal.left_of(parts[0]), TAKEN_BACK)
        elif parts:
            self._give_back_parts(parts)
        else:
            self._board.notice("refund.nothing_left")

    def _last_sale(self) -> Sequence[Attempt]:
        last = self._journal.last_paid()
        if last is None:
            return ()
        whole = whole_of(last.sale_id)
        return [last] if whole == last.sale_id else self._journal.parts(whole)

    def _give_back_parts(self, parts: Sequence[Attempt]) -> None:
        """Several orders cannot be watched at one counter: the backlog carries them, and says how each went."""
        self._counter.clear()
        try:
            for one in parts:
                self._backlog.give_back(self._station.numbers.refund(one, self._journal.left_of(one), TAKEN_BACK))
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
        else:
            self._board.notice("split.given_back", str(sum((one.money for one in parts[1:]), parts[0].money)))

    def _may_refund(self) -> bool:
        if self._end_of_day.closes_a_batch:
            self._board.notice("settle.already")
        elif self._counter.part_paid:
            self._board.notice("split.open", str(self._counter.part_paid.rest))
        elif self._board.phase.is_paying or self._board.phase in (Phase.AWAIT_CODE, Phase.UNKNOWN):
            self._board.notice("pay.already")
        else:
            return True
        return False

    def _begin(self, attempt: Attempt, money: Money, reason: str) -> None:
        acquirer = self._backlog.acquirer_of(attempt.order())
        if acquirer is not None:
            self._counter.clear()
            asked = self._station.numbers.refund(attempt, money, reason)
            bell = self._counter.busy()
            self._station.about(Step(Phase.REFUNDING, money), asked.order)
            self._station.spawn(self._give_back(asked, acquirer, bell))

    async def _give_back(self, asked: Refund, acquirer: Acquirer, bell: Bell) -> None:
        try:
            flow = refund(asked, acquirer.procedure, self._station.clock.monotonic)
            answer = await self._station.performer.perform(flow, acquirer, show=self._board.step, bell=bell)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            refunds = self._journal.refunds
            answer = cut_short(lambda: any(one.refund_id == asked.refund_id for one in refunds(asked.order.order_id)))
        finally:
            self._counter.bell = None
        phase = _PHASE.get(answer.verdict, Phase.UNKNOWN)
        self._station.about(Step(phase, asked.money, reason=answer.reason, said=answer.said), asked.order)
        if phase is Phase.UNKNOWN:
            self._backlog.finish_refund(asked)
