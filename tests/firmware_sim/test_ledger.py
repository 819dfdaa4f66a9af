"""Money is conserved whatever happens, and the books survive their process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from firmware_sim.ledger import Ledger, Transfer, customer_account, merchant_account
from firmware_sim.ledger_schema import WORLD
from firmware_sim.ledger_words import Customer, Kind, Line, Purchase, Refusal, State
from terminal.errors import PlaceError

SHOP = "1600000001"


def _order(order_no: str, amount: int, **more: object) -> Purchase:
    return Purchase(0, SHOP, order_no, Kind.CHARGED, "what was asked", amount, "CNY", 10.0, "wechat", **more)  # type: ignore[arg-type]


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.add_customer(Customer("ann"), 1000)
    return ledger


def test_a_payment_moves_money_from_the_customer_to_the_shop(ledger: Ledger) -> None:
    paid = ledger.pay(ledger.add(_order("A00001", 300)), "ann", 11.0)
    assert paid == ledger.find(SHOP, "A00001") == ledger.purchase(paid.number)
    assert paid.state is State.PAID
    assert ledger.balance(customer_account("ann")) == 700
    assert ledger.balance(merchant_account(SHOP)) == 300
    assert ledger.balance(WORLD) == -1000
    assert ledger.books(SHOP) == [Line("A00001", 300, State.PAID, 300, 0, 11.0)]
    assert ledger.check() == []


def test_who_has_too_little_pays_nothing(ledger: Ledger) -> None:
    order = ledger.pay(ledger.add(_order("A00001", 1001)), "ann", 11.0)
    assert order.state is State.FAILED
    assert ledger.balance(customer_account("ann")) == 1000
    assert ledger.books(SHOP)[0].net == 0


def test_an_order_is_paid_once(ledger: Ledger) -> None:
    order = ledger.add(_order("A00001", 300))
    ledger.pay(order, "ann", 11.0)
    with pytest.raises(AssertionError, match="the order has moved on"):
        ledger.pay(order, "ann", 12.0)
    assert ledger.balance(customer_account("ann")) == 700
    assert ledger.check() == []


def test_an_order_number_is_taken_once(ledger: Ledger) -> None:
    ledger.add(_order("A00001", 300))
    with pytest.raises(apsw.ConstraintError):
        ledger.add(_order("A00001", 300))


def test_refunds_never_exceed_what_was_paid(ledger: Ledger) -> None:
    order = ledger.pay(ledger.add(_order("A00001", 300)), "ann", 11.0)
    ledger.refund(order, "R1", 200, 12.0, 12.0)
    with pytest.raises(apsw.ConstraintError):
        ledger.refund(order, "R2", 101, 13.0, 13.0)
    assert ledger.balance(customer_account("ann")) == 900
    assert [refund.refund_no for refund in ledger.refunds_of(order)] == ["R1"]
    assert ledger.check() == []


def test_reversing_gives_back_what_is_left(ledger: Ledger) -> None:
    order = ledger.pay(ledger.add(_order("A00001", 300)), "ann", 11.0)
    ledger.refund(order, "R1", 200, 12.0, 12.0)
    refunded = ledger.find(SHOP, "A00001")
    assert refunded
    undone = ledger.reverse(refunded)
    assert undone == ledger.find(SHOP, "A00001")
    assert ledger.balance(customer_account("ann")) == 1000
    assert ledger.check() == []


def test_what_is_due_happens_in_its_order_and_no_sooner(ledger: Ledger) -> None:
    typed = ledger.add(_order("A00001", 600, customer="ann", due_s=20.0, due_state=State.PAID))
    late = ledger.add(_order("A00002", 600, customer="ann", due_s=30.0, due_state=State.PAID))
    given_up = ledger.add(_order("A00003", 600, customer="ann", due_s=25.0, due_state=State.FAILED))
    ledger.advance(19.9)
    assert [line.state for line in ledger.books(SHOP)] == [State.OPEN] * 3
    ledger.advance(100.0)
    states = [ledger.purchase(order.number) for order in (typed, late, given_up)]
    assert [order.state for order in states if order] == [State.PAID, State.FAILED, State.FAILED]
    assert ledger.books(SHOP)[0].paid_s == 20.0


def _pay_and_stumble(ledger: Ledger, **more: object) -> None:
    ledger.pay(ledger.add(_order("A00001", 300, **more)), "ann", 11.0)
    ledger.add(_order("A00001", 300))


def test_what_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(apsw.ConstraintError), ledger.together():
        _pay_and_stumble(ledger)
    assert ledger.books(SHOP) == []
    assert ledger.balance(customer_account("ann")) == 1000


def test_a_code_is_kept_as_a_hash(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.add_customer(Customer("ann"), 1000)
    assert ledger.show_code("134567890123456789", "ann", 10.0)
    assert not ledger.show_code("134567890123456789", "ann", 11.0)
    ledger.close()
    assert b"134567890123456789" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    shown = Ledger(tmp_path / "ledger.db").shown("134567890123456789")
    assert shown
    assert (shown.customer, shown.shown_s, shown.spent) == ("ann", 10.0, False)


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        ("UPDATE entry SET amount = amount + 1 WHERE account = 'customer:ann' AND why = 'pay'", "does not balance"),
        ("UPDATE account SET balance = balance + 1 WHERE name = 'customer:ann'", "do not add up"),
        ("UPDATE purchase SET state = 'open'", "not where its state says"),
        ("UPDATE purchase SET refunded = 1", "refunds that are not"),
        ("UPDATE purchase SET state = 'reversed'", "kept money"),
    ],
)
def test_the_check_finds_harm_done_to_the_books(ledger: Ledger, harm: str, rule: str) -> None:
    ledger.pay(ledger.add(_order("A00001", 300)), "ann", 11.0)
    assert ledger.check() == []
    ledger._db.execute(harm)
    assert any(rule in broken for broken in ledger.check())


DIES = """
import os, signal, sys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Kind, Purchase
ledger = Ledger(sys.argv[1])
ledger.add_customer(Customer("ann"), 1000)
ledger.pay(ledger.add(Purchase(0, "shop", "A00001", Kind.CHARGED, "", 300, "CNY", 1.0, "wechat")), "ann", 2.0)
with ledger.together():
    ledger.add(Purchase(0, "shop", "A00002", Kind.CHARGED, "", 300, "CNY", 1.0, "wechat"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_world_remembers_what_it_had_answered_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    root = Path(__file__).parents[2]
    died = subprocess.run([sys.executable, "-c", DIES, str(path)], cwd=root, env=os.environ, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    assert [line.order_no for line in ledger.books("shop")] == ["A00001"]
    assert ledger.balance(customer_account("ann")) == 700
    assert ledger.check() == []


class AnySequence(RuleBasedStateMachine):
    """Customers, orders, passwords, refunds and reversals in any order; the books hold after each."""

    customers = Bundle("customers")
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.now_s = 0.0
        self.brought_in = 0
        self.count = 0

    def _number(self) -> str:
        self.count += 1
        return f"N{self.count:05}"

    @rule(target=customers, balance=st.integers(0, 5000), wallet=st.sampled_from(["wechat", "ccb", "alipay"]))
    def arrive(self, balance: int, wallet: str) -> str:
        customer = Customer(self._number(), wallet=wallet)
        self.ledger.add_customer(customer, balance)
        self.brought_in += balance
        return customer.id

    @rule(target=orders, amount=st.integers(1, 3000), customer=customers, state=st.sampled_from(State))
    def order_with_dialog(self, amount: int, customer: str, state: State) -> str:
        ends = State.PAID if state is State.PAID else State.FAILED
        order = _order(self._number(), amount, customer=customer, due_s=self.now_s + 10, due_state=ends)
        return self.ledger.add(order).order_no

    @rule(target=orders, amount=st.integers(1, 3000), customer=customers)
    def pay_at_once(self, amount: int, customer: str) -> str:
        order = self.ledger.add(_order(self._number(), amount))
        return self.ledger.pay(order, customer, self.now_s).order_no

    @rule(target=orders, order=consumes(orders), amount=st.integers(1, 3000))
    def give_back(self, order: str, amount: int) -> object:
        purchase = self._find(order)
        if purchase.state is State.PAID and amount <= purchase.amount - purchase.refunded:
            self.ledger.refund(purchase, self._number(), amount, self.now_s, self.now_s)
        return multiple(order)

    @rule(order=orders)
    def undo(self, order: str) -> None:
        self.ledger.reverse(self._find(order))

    @rule()
    def settle(self) -> None:
        self.ledger.settle()
        assert not any(self.ledger.positions().values())

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.ledger.advance(self.now_s)

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.ledger.check() == []
        assert self.ledger.balance(WORLD) == -self.brought_in
        lines = self.ledger.books(SHOP)
        assert self.ledger.balance(merchant_account(SHOP)) == sum(line.net for line in lines)
        assert all(0 <= line.net <= line.amount for line in lines)

    def teardown(self) -> None:
        self.ledger.close()

    def _find(self, order_no: str) -> Purchase:
        purchase = self.ledger.find(SHOP, order_no)
        assert purchase
        return purchase


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


# --- institutions ----------------------------------------------------------------------------------------


def _paid_at(ledger: Ledger, acquirer: str, customer: str, amount: int, order_no: str) -> Purchase:
    order = Purchase(0, f"shop at {acquirer}", order_no, Kind.CHARGED, "", amount, "CNY", 10.0, acquirer)
    return ledger.pay(ledger.add(order), customer, 11.0)


def test_a_payment_at_another_institution_leaves_a_debt_until_they_settle(ledger: Ledger) -> None:
    ledger.add_customer(Customer("bob", wallet="ccb"), 1000)
    _paid_at(ledger, "unionpay", "bob", 300, "A00001")
    _paid_at(ledger, "unionpay", "ann", 200, "A00002")  # a WeChat customer at UnionPay's merchant
    _paid_at(ledger, "wechat", "ann", 100, "A00003")  # at home: nobody owes anybody
    assert ledger.positions() == {"ccb": 300, "unionpay": -500, "wechat": 200}
    assert ledger.balance(merchant_account("shop at unionpay")) == 500
    assert ledger.settle() == [Transfer("ccb", "unionpay", "CNY", 300), Transfer("wechat", "unionpay", "CNY", 200)]
    assert set(ledger.positions().values()) == {0}
    assert ledger.settle() == []
    assert ledger.check() == []


def test_what_is_given_back_goes_the_way_it_came(ledger: Ledger) -> None:
    ledger.add_customer(Customer("bob", wallet="ccb"), 1000)
    order = _paid_at(ledger, "unionpay", "bob", 300, "A00001")
    ledger.refund(order, "R1", 100, 12.0, 12.0)
    assert ledger.positions() == {"ccb": 200, "unionpay": -200}
    found = ledger.find("shop at unionpay", "A00001")
    assert found
    ledger.reverse(found)
    assert set(ledger.positions().values()) == {0}
    assert ledger.balance(customer_account("bob")) == 1000
    assert ledger.check() == []


def test_money_of_two_currencies_never_meets(ledger: Ledger) -> None:
    ledger.add_customer(Customer("taro"), 2000, "JPY")
    order = Purchase(0, SHOP, "A00001", Kind.CHARGED, "", 300, "JPY", 10.0, "alipay")
    assert ledger.pay(ledger.add(order), "ann", 11.0).state is State.FAILED  # she has yuan
    again = ledger.add(Purchase(0, SHOP, "A00002", Kind.CHARGED, "", 300, "JPY", 10.0, "alipay"))
    assert ledger.pay(again, "taro", 11.0).state is State.PAID
    assert (ledger.positions(), ledger.positions("JPY")) == ({}, {"alipay": -300, "wechat": 300})
    assert ledger.settle("JPY") == [Transfer("wechat", "alipay", "JPY", 300)]
    assert ledger.check() == []


def test_the_check_finds_institutions_that_do_not_add_up_and_moves_in_two_currencies(ledger: Ledger) -> None:
    _paid_at(ledger, "unionpay", "ann", 200, "A00001")
    ledger._db.execute("UPDATE account SET balance = balance + 1 WHERE name = 'institution:unionpay'")
    ledger._db.pragma("foreign_keys", False)
    ledger._db.execute("UPDATE entry SET currency = 'JPY' WHERE account = 'customer:ann' AND why = 'pay'")
    broken = " ".join(ledger.check())
    assert "institutions that owe" in broken
    assert "two currencies" in broken


def test_a_ledger_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db").close()
    other = apsw.Connection(str(tmp_path / "ledger.db"))
    other.pragma("user_version", 1)
    other.close()
    with pytest.raises(PlaceError, match="delete it, or choose another --state"):
        Ledger(tmp_path / "ledger.db")


# --- dialogs and notices ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "due", "why"),
    [
        ({"types_wrong": True}, State.FAILED, Refusal.WRONG_PASSWORD),
        ({}, State.FAILED, Refusal.NOT_TYPED),
        ({}, State.PAID, Refusal.INSUFFICIENT_FUNDS),
    ],
)
def test_a_dialog_that_ends_badly_is_kept_with_its_reason(
    ledger: Ledger, traits: dict[str, bool], due: State, why: Refusal
) -> None:
    ledger.add_customer(Customer("bob", **traits), 0)
    order = ledger.expect(ledger.add(_order("A00001", 300)), "bob", 20.0, due)
    ledger.advance(20.0)
    ended = ledger.purchase(order.number)
    assert ended
    assert (ended.state, ended.refusal) == (State.FAILED, why)


def test_an_order_that_runs_out_has_no_reason(ledger: Ledger) -> None:
    order = ledger.add(_order("A00001", 300, due_s=20.0, due_state=State.CLOSED))
    ledger.advance(20.0)
    ended = ledger.purchase(order.number)
    assert ended
    assert (ended.state, ended.refusal) == (State.CLOSED, "")


def test_what_is_to_be_told_is_kept_with_the_payment_itself(ledger: Ledger) -> None:
    changes: list[float | None] = []
    ledger.on_change = lambda: changes.append(ledger.next_due_s())
    quiet = ledger.pay(ledger.add(_order("A00001", 100)), "ann", 11.0)
    assert ledger.notices_due(99.0) == []
    order = ledger.pay(ledger.add(_order("A00002", 100, notify_url="http://127.0.0.1/")), "ann", 12.0)
    ledger.refund(order, "R1", 50, 13.0, 60.0, "http://127.0.0.1/refund")
    ledger.refund(quiet, "R2", 50, 13.0, 13.0)
    paid, refunded = ledger.notices_of("A00002")
    assert (paid.refund, paid.due_s, refunded.due_s) == (None, 12.0, 60.0)
    assert ledger.notices_due(59.0) == [paid]
    ledger.postpone(paid, None, 1)
    assert ledger.next_due_s() == 60.0
    assert changes[-1] == 60.0


def test_a_payment_that_is_rolled_back_tells_nobody(ledger: Ledger) -> None:
    with pytest.raises(apsw.ConstraintError), ledger.together():
        _pay_and_stumble(ledger, notify_url="http://127.0.0.1/")
    assert ledger.notices_due(99.0) == []


def test_a_day_is_added_up_without_what_was_given_back(ledger: Ledger) -> None:
    order = ledger.pay(ledger.add(_order("A00001", 300)), "ann", 100.0)
    ledger.pay(ledger.add(_order("A00002", 50)), "ann", 50.0)
    ledger.refund(order, "R1", 100, 101.0, 101.0)
    assert (ledger.spent_since("ann", 60.0), ledger.spent_since("ann", 0.0), ledger.spent_since("bob", 0.0)) == (
        200,
        250,
        0,
    )
