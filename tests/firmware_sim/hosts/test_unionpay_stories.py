"""The till's own flow over UnionPay's wire and over the aggregated front end's, in virtual time: how payments end."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.faults import Delivery, Faults
from firmware_sim.hosts import qra_keys
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.qra import QraHost
from firmware_sim.hosts.unionpay import UnionpayHost
from firmware_sim.hosts.unionpay_keys import Keys
from firmware_sim.hosts.unionpay_words import Manners
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, RefundState, State, Verdict
from terminal.money import Money
from terminal.payment import flow
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write, WriteRefund
from terminal.scheme import Operation, Procedure, Wire
from terminal.schemes import qra, unionpay
from terminal.schemes.qra.wire import QraWire
from terminal.schemes.unionpay.wire import UnionpayWire

TEN_AM_S = 1_795_399_200.0  # 2026-11-23T10:00:00+08:00
DEAF = 40  # more questions than any story asks


@dataclass
class Counter:
    """A till's flows performed against a host: no network, and a clock that only waits move."""

    host: Host
    wire: Wire
    procedure: Procedure
    ledger: Ledger
    clock: Any
    merchant: str

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.asked: list[Operation] = []
        self.states: list[State | RefundState] = []
        self.shown_code = ""
        self.customer: Phone | None = None  # who scans what is shown
        self.scans_after_s = 0.0
        self.cancels_after_s: float | None = None

    def phone(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet="unionpay", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(1))

    def order(self, code: str = "") -> Order:
        payment = PaymentCode("unionpay", code) if code else None
        number = f"POS01{next(self._numbers):05}"
        return Order(number, "S1", Money(1234), payment, shown=not code, begun_s=int(self.clock.wall()))

    def perform(self, payment: Flow) -> Answer:
        told: Told = None
        while True:
            try:
                action = payment.send(told)
            except StopIteration as ended:
                answer = ended.value
                assert isinstance(answer, Answer)
                return answer
            match action:
                case Write(state=state) | WriteRefund(state=state):
                    self.states.append(state)
                    told = None
                case Ask() | AskRefund():
                    told = self._ask(action)
                case Wait():
                    told = self._wait(action)

    def pay(self, order: Order) -> Answer:
        """From the scan to the books: what is left to undo is undone."""
        return self._ended(order, flow.pay(order, self.procedure, self.clock.monotonic))

    def show(self, order: Order) -> Answer:
        return self._ended(order, flow.show(order, self.procedure, self.clock.monotonic))

    def _ended(self, order: Order, payment: Flow) -> Answer:
        began_s = self.clock.monotonic()
        answer = self.perform(payment)
        last = self.states[-1]
        if isinstance(last, State) and last.is_open:
            self.perform(flow.finish(order, last, self.procedure, self.clock.monotonic, began_s))
        return answer

    def _ask(self, action: Ask | AskRefund) -> Answer:
        self.asked.append(action.operation)
        about: Order | Refund = action.refund if isinstance(action, AskRefund) else action.order
        now_s = int(self.clock.wall())
        if isinstance(about, Refund):
            request = self.wire.refund_request(action.operation, about, now_s=now_s, nonce="n")
        else:
            request = self.wire.request(action.operation, about, now_s=now_s, nonce="n")
        played = self.host.play(request)
        if played.reply is None or played.delivery is not Delivery.WHOLE:
            self.clock.advance(self.procedure.answer_within_s)
            return Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
        answer = self.wire.answer(action.operation, about, played.reply, now_s=int(self.clock.wall()))
        self.shown_code = answer.shown_code or self.shown_code
        return answer

    def _wait(self, action: Wait) -> Woken:
        until_s = action.until_s
        if self.customer and self.shown_code and until_s >= self.scans_after_s:
            self.clock.advance(max(0.0, self.scans_after_s - self.clock.monotonic()))
            assert self.customer.scan(self.shown_code) is Shown.PAID
            self.customer = None
        if self.cancels_after_s is not None and until_s >= self.cancels_after_s:
            self.clock.advance(max(0.0, self.cancels_after_s - self.clock.monotonic()))
            self.cancels_after_s = None
            return Woken.CANCELLED
        self.clock.advance(max(0.0, until_s - self.clock.monotonic()))
        return Woken.ELAPSED

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.merchant)}.get(order.order_id, 0)


@pytest.fixture(scope="module")
def shared_key(tmp_path_factory: pytest.TempPathFactory) -> qra_keys.Keys:
    return qra_keys.load_or_make(Path(tmp_path_factory.mktemp("keys")))


def _unionpay(keys: Keys, clock: Any, manners: Manners | None = None) -> Counter:
    ledger = Ledger()
    host = UnionpayHost(ledger, keys, clock, Faults(), manners=manners)
    wire = UnionpayWire(keys.credentials(), terminal_id="000POS01", notify_url="https://till.invalid/n")
    return Counter(host, wire, unionpay.PROCEDURE, ledger, clock, keys.mer_id)


def _qra(keys: qra_keys.Keys, clock: Any) -> Counter:
    ledger = Ledger()
    wire = QraWire(keys.credentials(), address="::1", terminal_id="POS01", notify_url="https://till.invalid/n")
    return Counter(QraHost(ledger, keys, clock, Faults()), wire, qra.PROCEDURE, ledger, clock, keys.mch_id)


@pytest.fixture(params=["unionpay", "qra"])
def counter(request: pytest.FixtureRequest, unionpay_keys: Keys, shared_key: qra_keys.Keys, hand_clock: Any) -> Counter:
    hand_clock.start_wall_s = TEN_AM_S
    return _unionpay(unionpay_keys, hand_clock) if request.param == "unionpay" else _qra(shared_key, hand_clock)


# --- both wires ------------------------------------------------------------------------------------------


def test_a_scanned_code_is_paid(counter: Counter) -> None:
    order = counter.order(counter.phone().code())
    assert counter.pay(order).verdict is Verdict.APPROVED
    assert counter.states == [State.INTENT, State.APPROVED]
    assert counter.net(order) == 1234


def test_a_password_is_waited_for(counter: Counter) -> None:
    order = counter.order(counter.phone(needs_password=True, types_after_s=12).code())
    assert counter.pay(order).verdict is Verdict.APPROVED
    assert counter.net(order) == 1234


def test_a_password_that_never_comes_leaves_nothing_charged(counter: Counter) -> None:
    order = counter.order(counter.phone(needs_password=True, types_after_s=None).code())
    answer = counter.pay(order)
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.TIMED_OUT)
    assert counter.states[-1] is State.CLOSED
    assert counter.net(order) == 0


def test_a_customer_without_money_is_told_so(counter: Counter) -> None:
    order = counter.order(counter.phone(balance=0).code())
    answer = counter.pay(order)
    assert (answer.verdict, answer.reason) == (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS)
    assert counter.states[-1] is State.CLOSED
    assert counter.net(order) == 0


def test_a_lost_reply_is_asked_about(counter: Counter) -> None:
    counter.host.faults.arm("lost_reply", Operation.PAY)
    order = counter.order(counter.phone().code())
    assert counter.pay(order).verdict is Verdict.APPROVED
    assert counter.net(order) == 1234


@pytest.mark.parametrize("fault", ["lost_reply", "bad_signature", "wrong_amount", "error_500", "odd_word"])
def test_a_payment_that_nobody_can_confirm_is_given_back(counter: Counter, fault: str) -> None:
    counter.host.faults.arm("lost_reply", Operation.PAY)
    for _ in range(DEAF):
        counter.host.faults.arm(fault, Operation.QUERY)
    order = counter.order(counter.phone().code())
    began_s = counter.clock.monotonic()
    answer = counter.perform(flow.pay(order, counter.procedure, counter.clock.monotonic))
    assert answer.verdict is Verdict.REVERSED
    assert counter.net(order) == 0
    counter.host.faults.disarm()
    last = counter.states[-1]
    assert last is State.REVERSED
    counter.perform(flow.finish(order, last, counter.procedure, counter.clock.monotonic, began_s))
    assert counter.states[-1] is State.CLOSED
    assert counter.net(order) == 0


def test_a_cancelled_payment_is_given_back(counter: Counter) -> None:
    counter.cancels_after_s = 20.0
    order = counter.order(counter.phone(needs_password=True, types_after_s=None).code())
    answer = counter.pay(order)
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.CANCELLED)
    assert counter.states[-1] is State.CLOSED


def test_a_shown_code_is_paid(counter: Counter) -> None:
    counter.customer, counter.scans_after_s = counter.phone(), 30.0
    order = counter.order()
    assert counter.show(order).verdict is Verdict.APPROVED
    assert counter.net(order) == 1234


def test_a_shown_code_that_nobody_scans_ends_unpaid(counter: Counter) -> None:
    order = counter.order()
    assert counter.show(order).verdict is not Verdict.APPROVED
    assert counter.states[-1] is State.CLOSED
    assert counter.phone().scan(counter.shown_code) is Shown.OVER


def test_a_customer_who_pays_what_the_cashier_has_cancelled_gets_it_back(counter: Counter) -> None:
    """The last question is not answered, and the code is paid just before it could be taken down."""
    order = counter.order()
    counter.cancels_after_s = 10.0
    counter.customer, counter.scans_after_s = counter.phone(), 10.0
    for _ in range(3):
        counter.host.faults.arm("lost_reply", Operation.QUERY)
    assert counter.show(order).verdict is not Verdict.APPROVED
    assert counter.states[-1] is State.CLOSED
    way_back = Operation.VOID if counter.procedure.can_void else Operation.REFUND
    assert way_back in counter.asked
    assert counter.net(order) == 0


def test_a_refund_is_accepted_and_then_found_done(counter: Counter) -> None:
    order = counter.order(counter.phone().code())
    counter.pay(order)
    refund = Refund("R00000001", order, Money(200), begun_s=int(counter.clock.wall()))
    answer = counter.perform(flow.refund(refund, counter.procedure, counter.clock.monotonic))
    assert answer.verdict is Verdict.APPROVED
    assert counter.states[-2:] == [RefundState.ASKED, RefundState.DONE]
    assert counter.net(order) == 1034


def test_a_refund_whose_answer_is_lost_is_made_once(counter: Counter) -> None:
    order = counter.order(counter.phone().code())
    counter.pay(order)
    counter.host.faults.arm("lost_reply", Operation.REFUND)
    refund = Refund("R00000001", order, Money(1234), begun_s=int(counter.clock.wall()))
    answer = counter.perform(flow.refund(refund, counter.procedure, counter.clock.monotonic))
    assert answer.verdict is Verdict.APPROVED
    assert counter.net(order) == 0


# --- UnionPay's own --------------------------------------------------------------------------------------


@pytest.fixture
def quickpass(unionpay_keys: Keys, hand_clock: Any) -> Counter:
    hand_clock.start_wall_s = TEN_AM_S
    return _unionpay(unionpay_keys, hand_clock)


def test_questions_are_asked_by_the_manuals_ladder_and_six_times_at_most(quickpass: Counter) -> None:
    order = quickpass.order(quickpass.phone(needs_password=True, types_after_s=None).code())
    asked_at_s: list[float] = []
    payment = flow.pay(order, quickpass.procedure, quickpass.clock.monotonic)
    told: Told = None
    while not isinstance(action := payment.send(told), Ask) or action.operation is not Operation.REVERSE:
        if isinstance(action, Ask) and action.operation is Operation.QUERY:
            asked_at_s.append(quickpass.clock.monotonic())
        told = quickpass._ask(action) if isinstance(action, Ask | AskRefund) else None
        told = quickpass._wait(action) if isinstance(action, Wait) else told
    assert asked_at_s == [1, 3, 7, 15, 31, 63]


def test_a_sale_is_found_paid_after_a_second(quickpass: Counter) -> None:
    quickpass.pay(quickpass.order(quickpass.phone().code()))
    assert quickpass.clock.monotonic() == 1


def test_a_payment_that_crosses_eleven_at_night_is_refunded_instead_of_reversed(quickpass: Counter) -> None:
    quickpass.clock.advance(13 * 3600 - 30)  # 22:59:30: the settlement day changes before the till gives up
    quickpass.host.faults.arm("lost_reply", Operation.PAY)
    for _ in range(4):  # as many as fit, each being listened for
        quickpass.host.faults.arm("lost_reply", Operation.QUERY)
    order = quickpass.order(quickpass.phone().code())
    assert quickpass.pay(order).verdict is Verdict.REVERSED
    # An undoing is of the payment's own day, so a void is tried: the host says that the day is over.
    assert quickpass.asked[-5:-3] == [Operation.REVERSE, Operation.VOID]
    assert quickpass.asked[-3:-1] == [Operation.REFUND, Operation.REFUND_QUERY]
    assert quickpass.states[-1] is State.CLOSED
    assert quickpass.net(order) == 0


def test_a_password_that_never_comes_across_eleven_leaves_nothing_charged(quickpass: Counter) -> None:
    quickpass.clock.advance(13 * 3600 - 30)
    order = quickpass.order(quickpass.phone(needs_password=True, types_after_s=None).code())
    quickpass.pay(order)
    assert quickpass.states[-1] is State.CLOSED
    assert Operation.REFUND not in quickpass.asked


def test_the_flow_ends_where_the_acquirer_keeps_silent_about_refunds(unionpay_keys: Keys, hand_clock: Any) -> None:
    """A query that still says 00 of an order that was given back must not make the till go round for ever."""
    hand_clock.start_wall_s = TEN_AM_S
    counter = _unionpay(unionpay_keys, hand_clock, Manners(tells_returned=False))
    order = counter.order()
    counter.cancels_after_s = 10.0
    counter.customer, counter.scans_after_s = counter.phone(), 10.0
    for _ in range(3):
        counter.host.faults.arm("lost_reply", Operation.QUERY)
    counter.show(order)
    assert counter.states[-1] is State.CLOSED
    assert counter.net(order) == 0
    assert counter.asked.count(Operation.REFUND) <= 2
