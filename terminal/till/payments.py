"""The payments of the counter: an amount becomes an order, the order an outcome; one at a time."""

from collections.abc import Sequence
from dataclasses import replace

from terminal.books.journal import Attempt
from terminal.errors import JournalError
from terminal.model import Answer, Order, PaymentCode, State, Verdict
from terminal.money import Money
from terminal.payment.actions import Flow
from terminal.payment.flow import pay, recover, show, take
from terminal.routing.route import Contract, route
from terminal.steps import Phase, Step
from terminal.till.backlog import Backlog
from terminal.till.baskets import Baskets
from terminal.till.counter import Counter
from terminal.till.end_of_day import EndOfDay
from terminal.till.performer import Acquirer, Bell, cut_short
from terminal.till.receipts import Receipts
from terminal.till.sale import Sale
from terminal.till.splits import Splits
from terminal.till.station import Station

TAKE_S = 60.0  # how long a cashier is asked whether money that came by the static code is the sale's
KEEP_S = 120.0  # how old a payment found at start may be for a cashier to keep it

_PHASE = {Verdict.APPROVED: Phase.APPROVED, Verdict.DECLINED: Phase.DECLINED, Verdict.REVERSED: Phase.REVERSED}


class Payments:
    """Belongs to the till's loop."""

    def __init__(
        self,
        station: Station,
        counter: Counter,
        baskets: Baskets,
        backlog: Backlog,
        end_of_day: EndOfDay,
        receipts: Receipts,
        contracts: Sequence[Contract],
    ) -> None:
        self._station = station
        self._journal = station.journal
        self._clock = station.clock
        self._board = station.board
        self._counter = counter
        self._baskets = baskets
        self._backlog = backlog
        self._end_of_day = end_of_day
        self._receipts = receipts
        self._contracts = contracts
        self._splits = Splits(station, counter, backlog)

    def start(self) -> None:
        """Take up what an earlier run left open; what is fresh goes on at the counter, where the customer may stand."""
        self._splits.take_up()
        self._baskets.start()
        for attempt in self._journal.open_attempts():
            fresh = attempt.state is State.INTENT and self._age_s(attempt) < KEEP_S
            if not (fresh and self._counter.bell is None and self._recover(attempt)):
                self._backlog.take_up(attempt.order_id)
        if self._counter.bell is None and self._counter.part_paid:
            self._counter.clear()

    def charge_due(self) -> None:
        """Pay was pressed for all that is due: the goods, or the rest of a sale that is paid in part."""
        if (due := self._all_due()) is not None:
            self.charge(due)

    def show_due(self) -> None:
        """Show was pressed, for all that is due."""
        if (due := self._all_due()) is not None:
            self.show_code(due)

    def charge_goods(self, code: PaymentCode) -> None:
        """A payment code was shown, and goods lie here: it pays for all of them, without a key being pressed."""
        due = self._baskets.due
        assert due is not None, "goods come first"
        if self._may_charge(due, due):
            self._counter.drop_held()
            self._begin_sale(due, due)
            self.pay(code)

    def charge(self, money: Money, sale_total: Money | None = None) -> None:
        """Pay was pressed."""
        total = sale_total or self._baskets.due
        if self._counter.phase is Phase.AWAIT_CODE:
            self._board.notice("pay.already")
        elif self._may_charge(money, total):
            sale = self._begin_sale(money, total)
            code = self._counter.take_held()
            if code is None:
                self._counter.await_code(sale)
            else:
                self.pay(code)

    def show_code(self, money: Money, acquirer: str = "", sale_total: Money | None = None) -> None:
        """Show was pressed: a code of ours, from this acquirer or the first that has such, for a customer to scan."""
        acquirers = self._station.acquirers.values()
        shows = [one for one in acquirers if one.procedure.can_show and acquirer in ("", one.name)]
        total = sale_total or self._baskets.due
        if not self._may_charge(money, total):
            return
        if not shows:
            self._board.notice("show.no_contract", acquirer)
            return
        self._counter.drop_held()
        sale = self._begin_sale(money, total)
        order = self._station.numbers.order(sale.attempt_id, sale.due, shows[0].name, None)
        self._carry_on(order, show(order, shows[0].procedure, self._clock.monotonic))

    def pay(self, code: PaymentCode) -> None:
        """The code that the sale at the counter waits for."""
        sale = self._counter.sale
        assert sale is not None, "an amount comes first"
        acquirer = route(code, self._contracts).acquirer
        order = self._station.numbers.order(sale.attempt_id, sale.due, acquirer, code)
        self._carry_on(order, pay(order, self._station.acquirers[acquirer].procedure, self._clock.monotonic))

    def offer(self, order: Order, paid: Answer) -> None:
        """Money came by the shop's static code: is it what the sale at the counter waits for? The cashier says."""
        sale = self._counter.sale
        if self._counter.phase is Phase.AWAIT_CODE and sale is not None and sale.due == order.money:
            order = replace(order, sale_id=sale.attempt_id)
            self._carry_on(order, take(order, paid, self._clock.monotonic, self._clock.monotonic() + TAKE_S))

    def give_back_parts(self) -> None:
        """The customer does not pay the rest: what was paid goes back."""
        self._splits.give_back()

    # --- before ------------------------------------------------------------------------------------------

    def _all_due(self) -> Money | None:
        """What is to be paid here without an amount being typed; where there is none, that is said."""
        part_paid = self._counter.part_paid
        due = part_paid.rest if part_paid else self._baskets.due
        if due is None:
            self._board.notice("basket.empty")
        return due

    def _may_charge(self, money: Money, total: Money | None) -> bool:
        problem = self._problem(money) or self._splits.problem(money, total)
        if problem:
            self._board.notice(*problem)
        return not problem

    def _problem(self, money: Money) -> tuple[str, ...]:
        if self._end_of_day.closes_a_batch:
            return ("settle.already",)
        if self._counter.phase.is_paying:
            return ("pay.already",)
        if self._counter.phase is Phase.UNKNOWN:
            return ("pay.unknown",)
        if money.minor <= 0:
            return ("amount.zero",) if self._baskets.due is None else ("basket.free",)
        return ()

    def _begin_sale(self, due: Money, total: Money | None) -> Sale:
        """The sale that is to be paid: the rest of one, or after an attempt that failed the same one again."""
        sale, total = self._counter.sale, total or due
        again = self._counter.phase in (Phase.AWAIT_CODE, Phase.DECLINED, Phase.REVERSED)
        if not self._counter.part_paid and (sale is None or sale.total != total or not again):
            sale = Sale.of(self._station.numbers.sale_id(), total)
        assert sale is not None, "what is paid in part is a sale"
        self._counter.sale = sale.asking(due)
        return self._counter.sale

    def _recover(self, attempt: Attempt) -> bool:
        """A payment cut short by a stop, while its customer may still stand there; whether it could be taken up."""
        order = attempt.order()
        acquirer = self._backlog.acquirer_of(order)
        if acquirer is not None:
            keep_until_s = self._clock.monotonic() + KEEP_S - self._age_s(attempt)
            self._carry_on(order, recover(order, acquirer.procedure, self._clock.monotonic, keep_until_s))
        return acquirer is not None

    def _age_s(self, attempt: Attempt) -> float:
        return max(0.0, self._clock.wall() - attempt.begun_ms / 1000)

    # --- the payment and after ---------------------------------------------------------------------------

    def _carry_on(self, order: Order, flow: Flow) -> None:
        bell = self._backlog.bells[order.order_id] = self._counter.busy()
        self._station.about(Step(Phase.PROCESSING, order.money), order)
        self._station.spawn(self._carry(order, flow, self._station.acquirers[order.acquirer], bell))

    async def _carry(self, order: Order, flow: Flow, acquirer: Acquirer, bell: Bell) -> None:
        begun_s = self._clock.monotonic()
        try:
            self._splits.begun(order)
            self._baskets.begun(order)
            answer = await self._station.performer.perform(flow, acquirer, show=self._board.step, bell=bell)
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
            answer = cut_short(lambda: self._journal.attempt(order.order_id) is not None)
        finally:
            self._counter.bell = None
            del self._backlog.bells[order.order_id]
        self._outcome(order, answer)
        if answer.verdict is Verdict.APPROVED:
            self._receipts.print(order.order_id)
        else:
            self._backlog.take_up(order.order_id, begun_s)

    def _outcome(self, order: Order, answer: Answer) -> None:
        phase, money = _PHASE.get(answer.verdict, Phase.UNKNOWN), order.money
        if answer.verdict is Verdict.APPROVED:
            self._splits.paid(order)
            if sale := self._counter.part_paid:
                phase, money = Phase.PART_PAID, sale.rest
            else:
                self._baskets.paid(order)
                self._board.sold(self._counter.sale.total if self._counter.sale else order.money)
        step = Step(phase, money, reason=answer.reason, said=answer.said, settled=answer.settled)
        self._station.about(step, order)
