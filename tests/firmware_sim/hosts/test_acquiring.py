"""What every acquirer does, whatever its wire says: told without one, on a clock that moves when it is told to."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest

from firmware_sim.hosts.acquiring import PLAIN, Acquirer, Asked, Habits, Refused, plain
from firmware_sim.ledger import Ledger, customer_account, merchant_account
from firmware_sim.ledger_schema import WORLD
from firmware_sim.ledger_words import Customer, Purchase, Refusal, State
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.wallets import WALLETS

SHOP = "898110012340001"
BALANCE = 90_000_000
URL = "https://qr.95516.com/00010000/01116734936470044423094034227630"


class World:
    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.ledger = Ledger()
        self.at = self.acquirer()
        self._numbers = count(1)

    def acquirer(self, merchant: str = SHOP, takes: tuple[str, ...] = (), **habits: Any) -> Acquirer:
        return Acquirer(
            self.ledger,
            self.clock,
            merchant,
            institution="unionpay",
            host="unionpay",
            takes=takes,
            habits=Habits(**habits),
        )

    def phone(self, balance: int = BALANCE, wallet: str = "unionpay", **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet=wallet, **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def asked(self, amount: int = 1234, **more: Any) -> Asked:
        return Asked(f"N{next(self._numbers):05}", amount, f"content of {amount}", **more)

    def paid(self, amount: int = 1234) -> Purchase:
        return self.at.charge(self.asked(amount), self.phone().code())

    def has(self, phone: Phone) -> int:
        return self.ledger.balance(customer_account(phone.customer))


@pytest.fixture
def world(hand_clock: Any) -> Iterator[World]:
    world = World(hand_clock)
    yield world
    assert world.ledger.check() == []


def _why(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.why


# --- charging --------------------------------------------------------------------------------------------


def test_a_shown_code_is_charged_once(world: World) -> None:
    phone = world.phone()
    code, asked = phone.code(), world.asked()
    paid = world.at.charge(asked, code)
    assert (paid.state, paid.acquirer, paid.host) == (State.PAID, "unionpay", "unionpay")
    assert world.at.charge(asked, code) == paid == world.at.query(asked.order_no)
    assert world.has(phone) == BALANCE - 1234
    with pytest.raises(Refused) as refused:
        world.at.charge(world.asked(), code)
    assert _why(refused) == Refusal.CODE_SPENT


def test_the_same_number_with_another_content_is_another_order_and_refused(world: World) -> None:
    asked, code = world.asked(), world.phone().code()
    world.at.charge(asked, code)
    for other in (replace(asked, content="another"), replace(asked, amount=1, content="1 fen")):
        with pytest.raises(Refused) as refused:
            world.at.charge(other, code)
        assert _why(refused) == Refusal.ORDER_TAKEN
    with pytest.raises(Refused) as refused:
        world.at.show(asked, URL, world.at.now() + 60)
    assert _why(refused) == Refusal.ORDER_TAKEN


def test_where_a_repeat_is_not_the_same_charge_it_is_refused_by_what_became_of_the_first(world: World) -> None:
    once = world.acquirer(same_order_again=False)
    asked, code = world.asked(), world.phone().code()
    once.charge(asked, code)
    with pytest.raises(Refused) as refused:
        once.charge(asked, code)
    assert _why(refused) == Refusal.ORDER_PAID
    waiting, slow = world.asked(), world.phone(needs_password=True).code()
    once.charge(waiting, slow)
    with pytest.raises(Refused) as refused:
        once.charge(waiting, slow)
    assert _why(refused) == Refusal.ORDER_TAKEN


@pytest.mark.parametrize(("age_s", "why"), [(120, ""), (121, Refusal.CODE_EXPIRED)])
def test_a_code_has_its_minute_and_its_grace(world: World, age_s: float, why: str) -> None:
    code = world.phone().code()
    world.clock.advance(age_s)
    if not why:
        assert world.at.charge(world.asked(), code).state is State.PAID
        return
    with pytest.raises(Refused) as refused:
        world.at.charge(world.asked(), code)
    assert _why(refused) == why


def test_a_code_that_no_phone_shows_is_refused_and_leaves_no_order(world: World) -> None:
    asked = world.asked()
    with pytest.raises(Refused) as refused:
        world.at.charge(asked, "6225735053201615202")
    assert _why(refused) == Refusal.CODE_INVALID
    with pytest.raises(Refused) as refused:
        world.at.query(asked.order_no)
    assert _why(refused) == Refusal.NO_SUCH_ORDER


def test_an_acquirer_takes_the_networks_it_has_contracts_with(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.at.charge(world.asked(), world.phone(wallet="wechat").code())
    assert _why(refused) == Refusal.NOT_ALLOWED
    front = world.acquirer(takes=("wechat", "alipay", "unionpay"))
    for wallet in ("wechat", "alipay", "unionpay", "ccb", "citic"):
        assert front.charge(world.asked(), world.phone(wallet=wallet).code()).state is State.PAID


def test_other_currencies_are_taken_where_the_merchant_takes_them(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.at.charge(world.asked(currency="JPY"), world.phone().code())
    assert _why(refused) == Refusal.CURRENCY
    abroad = world.acquirer("TOKYO", currencies=("JPY",))
    world.ledger.add_customer(Customer("taro", wallet="unionpay"), 2000, "JPY")
    phone = Phone("taro", world.ledger, world.clock, Random(1))
    assert abroad.charge(world.asked(1980, currency="JPY"), phone.code()).state is State.PAID
    assert world.ledger.balance(merchant_account("TOKYO"), "JPY") == 1980
    assert world.ledger.balance(merchant_account("TOKYO")) == 0


# --- what issuers think ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "amount", "why"),
    [
        ({"balance": 1233}, 1234, Refusal.INSUFFICIENT_FUNDS),
        ({"refused_as": "blocked"}, 1, Refusal.BLOCKED),
        ({"refused_as": "risk"}, 1, Refusal.RISK),
        ({"refused_as": "NOTSUPORTCARD"}, 1, "NOTSUPORTCARD"),
        ({}, WALLETS["unionpay"].most_once + 1, Refusal.OVER_LIMIT),
    ],
)
def test_what_an_issuer_refuses_is_kept_and_refused_alike(
    world: World, traits: dict[str, Any], amount: int, why: str
) -> None:
    asked, code = world.asked(amount), world.phone(**traits).code()
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            world.at.charge(asked, code)
        assert _why(refused) == why
    order = world.at.query(asked.order_no)
    assert (order.state, order.refusal) == (State.FAILED, why)


def test_where_a_decline_is_not_final_a_copy_of_the_request_may_succeed(world: World) -> None:
    lenient = world.acquirer(decline_is_final=False)
    phone = world.phone(balance=1000)
    asked, code = world.asked(), phone.code()
    with pytest.raises(Refused):
        lenient.charge(asked, code)
    world.ledger._move(WORLD, customer_account(phone.customer), 500, "CNY", None, "pocket money")
    assert lenient.charge(asked, code).state is State.PAID


def test_a_day_has_a_limit_and_ends_at_midnight_in_beijing(world: World) -> None:
    wallet = WALLETS["citic"]
    phone = world.phone(wallet="citic")
    spent = 0
    while spent + wallet.most_once <= wallet.most_a_day:
        order = world.at.charge(world.asked(wallet.most_once), phone.code())
        world.clock.advance(8)
        assert world.at.query(order.order_no).state is State.PAID
        spent += wallet.most_once
    with pytest.raises(Refused) as refused:
        world.at.charge(world.asked(wallet.most_once), phone.code())
    assert _why(refused) == Refusal.OVER_DAY_LIMIT
    world.clock.advance(86_400 - (world.clock.wall() + 8 * 3600) % 86_400)
    assert world.at.charge(world.asked(100), phone.code()).state is State.PAID


# --- passwords -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "traits", "habits"),
    [
        (1, {"needs_password": True}, {}),
        (WALLETS["citic"].no_password_up_to + 1, {"wallet": "citic"}, {}),
        (101, {}, {"password_above": 100}),
    ],
)
def test_a_password_is_waited_for(world: World, amount: int, traits: dict[str, Any], habits: dict[str, Any]) -> None:
    at = world.acquirer(**habits)
    asked = world.asked(amount)
    assert at.charge(asked, world.phone(types_after_s=8.0, **traits).code()).state is State.OPEN
    world.clock.advance(7.9)
    assert at.query(asked.order_no).state is State.OPEN
    world.clock.advance(0.1)
    assert at.query(asked.order_no).state is State.PAID


def test_a_fault_can_ask_for_the_password(world: World) -> None:
    assert world.at.charge(world.asked(1), world.phone().code(), wants_password=True).state is State.OPEN


@pytest.mark.parametrize(
    ("traits", "ends_s", "why"),
    [
        ({"types_after_s": None}, 120, Refusal.NOT_TYPED),
        ({"types_after_s": 500}, 120, Refusal.NOT_TYPED),
        ({"types_after_s": 8, "types_wrong": True}, 8, Refusal.WRONG_PASSWORD),
        ({"types_after_s": 8, "balance": 0}, 8, Refusal.INSUFFICIENT_FUNDS),
    ],
)
def test_a_dialog_that_ends_badly_says_why(world: World, traits: dict[str, Any], ends_s: float, why: str) -> None:
    asked, code = world.asked(), world.phone(needs_password=True, **traits).code()
    world.at.charge(asked, code)
    world.clock.advance(ends_s)
    order = world.at.query(asked.order_no)
    assert (order.state, order.refusal) == (State.FAILED, why)
    with pytest.raises(Refused) as refused:
        world.at.charge(asked, code)
    assert _why(refused) == why


# --- showing ---------------------------------------------------------------------------------------------


def test_a_shown_order_is_paid_by_whoever_scans_it_first(world: World) -> None:
    asked = world.asked()
    shown = world.at.show(asked, URL, world.at.now() + 300)
    assert world.at.show(asked, "another text", world.at.now() + 900) == shown
    first, second = world.phone(), world.phone(wallet="boc")
    assert (first.scan(URL), second.scan(URL)) == (Shown.PAID, Shown.OVER)
    assert world.at.query(asked.order_no).customer == first.customer
    assert (world.has(first), world.has(second)) == (BALANCE - 1234, BALANCE)


def test_who_is_typing_a_password_keeps_others_out_and_pays_when_done(world: World) -> None:
    asked = world.asked()
    world.at.show(asked, URL, world.at.now() + 300)
    slow, quick = world.phone(needs_password=True, types_after_s=8.0), world.phone()
    assert (slow.scan(URL), quick.scan(URL)) == (Shown.PASSWORD, Shown.OVER)
    world.clock.advance(8)
    assert world.at.query(asked.order_no).customer == slow.customer


@pytest.mark.parametrize(
    ("traits", "shown"),
    [
        ({"balance": 5}, Shown.NOT_ENOUGH),
        ({"refused_as": "risk"}, Shown.REFUSED),
        ({"needs_password": True, "types_after_s": None}, Shown.NOT_TYPED),
        ({"needs_password": True, "types_wrong": True}, Shown.NOT_TYPED),
        ({"wallet": "alipay"}, Shown.NOT_OURS),
    ],
)
def test_who_cannot_pay_leaves_the_order_to_somebody_else(world: World, traits: dict[str, Any], shown: Shown) -> None:
    asked = world.asked()
    world.at.show(asked, URL, world.at.now() + 300)
    assert world.phone(**traits).scan(URL) is shown
    assert world.at.query(asked.order_no).state is State.OPEN
    assert world.phone().scan(URL) is Shown.PAID


def test_a_shown_order_runs_out(world: World) -> None:
    asked = world.asked()
    world.at.show(asked, URL, world.at.now() + 300)
    world.clock.advance(300)
    assert world.phone().scan(URL) is Shown.OVER
    assert world.at.query(asked.order_no).state is State.CLOSED
    with pytest.raises(Refused) as refused:
        world.at.show(asked, URL, world.at.now() + 300)
    assert _why(refused) == Refusal.ORDER_CLOSED


# --- asking ----------------------------------------------------------------------------------------------


def test_a_query_may_lag_behind(world: World) -> None:
    lagging = world.acquirer(stale_s=3.0)
    asked = world.asked()
    lagging.charge(asked, world.phone(needs_password=True, types_after_s=5.0).code())
    with pytest.raises(Refused) as refused:
        lagging.query(asked.order_no)
    assert _why(refused) == Refusal.NO_SUCH_ORDER
    world.clock.advance(6)
    assert lagging.query(asked.order_no).state is State.OPEN
    world.clock.advance(2)
    assert lagging.query(asked.order_no).state is State.PAID


def test_an_order_of_another_merchants_is_not_there(world: World) -> None:
    paid = world.paid()
    assert world.at.numbered(paid.number) == paid
    other = world.acquirer("OTHER")
    for ask in (lambda: other.find(paid.order_no), lambda: other.numbered(paid.number)):
        with pytest.raises(Refused) as refused:
            ask()
        assert _why(refused) == Refusal.NO_SUCH_ORDER


def test_one_merchant_may_come_by_two_doors(world: World) -> None:
    other_door = world.at.at("unionpay-old")
    paid = other_door.charge(world.asked(), world.phone().code())
    assert paid.host == "unionpay-old"
    assert world.at.find(paid.order_no) == paid


# --- undoing ---------------------------------------------------------------------------------------------


def test_a_paid_order_is_given_back_once(world: World) -> None:
    phone = world.phone()
    paid = world.at.charge(world.asked(), phone.code())
    for _ in range(2):
        assert world.at.reverse(paid.order_no).state is State.REVERSED
    assert world.has(phone) == BALANCE


def test_a_password_typed_after_the_reversal_pays_nothing(world: World) -> None:
    asked = world.asked()
    world.at.charge(asked, world.phone(needs_password=True).code())
    assert world.at.reverse(asked.order_no).state is State.REVERSED
    world.clock.advance(60)
    assert world.at.query(asked.order_no).paid_s is None


@pytest.mark.parametrize(("tombstones", "state"), [(True, None), (False, State.PAID)])
def test_what_was_undone_before_it_came_stays_undone_where_there_are_tombstones(
    world: World, tombstones: bool, state: State | None
) -> None:
    at = world.acquirer(tombstones=tombstones)
    asked, code = world.asked(), world.phone().code()
    assert at.reverse(asked.order_no).state is State.REVERSED
    if state:
        assert at.charge(asked, code).state is state
        return
    with pytest.raises(Refused) as refused:
        at.charge(asked, code)
    assert _why(refused) == Refusal.ORDER_REVERSED


def test_each_kind_of_order_has_its_own_way_of_undoing_and_cancelling_takes_both(world: World) -> None:
    charged, shown = world.paid(), world.at.show(world.asked(), URL, world.at.now() + 60)
    for undo in (lambda: world.at.reverse(shown.order_no), lambda: world.at.close(charged.order_no)):
        with pytest.raises(Refused) as refused:
            undo()
        assert _why(refused) == Refusal.WRONG_KIND
    assert world.at.cancel(charged.order_no).paid_s is not None
    assert world.at.cancel(shown.order_no).paid_s is None
    assert world.at.cancel("never came").state is State.REVERSED


def test_a_shown_order_is_closed_unless_it_is_paid(world: World) -> None:
    open_ = world.at.show(world.asked(), URL, world.at.now() + 60)
    for _ in range(2):
        assert world.at.close(open_.order_no).state is State.CLOSED
    paid = world.at.show(world.asked(), URL + "1", world.at.now() + 60)
    world.phone().scan(URL + "1")
    with pytest.raises(Refused) as refused:
        world.at.close(paid.order_no)
    assert _why(refused) == Refusal.ORDER_PAID


@pytest.mark.parametrize(
    ("habits", "age_s", "why"),
    [
        ({"reverse_not_before_s": 15.0}, 14, Refusal.TOO_SOON),
        ({"reverse_within_s": 600.0}, 601, Refusal.TOO_LATE),
        ({"reverse_pays_back": False}, 1, Refusal.ORDER_PAID),
    ],
)
def test_an_acquirer_undoes_in_its_own_time_and_way(
    world: World, habits: dict[str, Any], age_s: float, why: Refusal
) -> None:
    paid = world.paid()
    world.clock.advance(age_s)
    with pytest.raises(Refused) as refused:
        world.acquirer(**habits).reverse(paid.order_no)
    assert _why(refused) == why
    assert world.at.query(paid.order_no).state is State.PAID


# --- giving back -----------------------------------------------------------------------------------------


def test_a_refund_number_gives_back_once(world: World) -> None:
    paid = world.paid()
    returned = world.at.refund(paid, "R1", 234, total=1234)
    assert world.at.refund(world.at.find(paid.order_no), "R1", 234) == returned
    order, found = world.at.find_refund("R1")
    assert (order.refunded, found) == (234, returned)
    assert world.at.refunds(order) == [returned]
    with pytest.raises(Refused) as refused:
        world.at.refund(order, "R1", 235)
    assert _why(refused) == Refusal.REFUND_TAKEN


@pytest.mark.parametrize(
    ("amount", "total", "habits", "why"),
    [
        (1235, None, {}, Refusal.TOO_MUCH),
        (1, 1235, {}, Refusal.TOO_MUCH),
        (1, None, {"most_refunds": 0}, Refusal.TOO_MANY),
        (1, None, {"refund_within_s": -1.0}, Refusal.TOO_LATE),
    ],
)
def test_a_refund_has_its_bounds(
    world: World, amount: int, total: int | None, habits: dict[str, Any], why: Refusal
) -> None:
    paid = world.paid()
    with pytest.raises(Refused) as refused:
        world.acquirer(**habits).refund(paid, "R1", amount, total=total)
    assert _why(refused) == why


def test_nothing_is_given_back_of_what_holds_no_money(world: World) -> None:
    undone = world.at.reverse(world.paid().order_no)
    with pytest.raises(Refused) as refused:
        world.at.refund(undone, "R1", 1)
    assert _why(refused) == Refusal.NOT_PAID
    with pytest.raises(Refused) as refused:
        world.at.find_refund("R1")
    assert _why(refused) == Refusal.NO_SUCH_REFUND


def test_a_refund_takes_its_time(world: World) -> None:
    returned = world.acquirer(refund_takes_s=60.0).refund(world.paid(), "R1", 5)
    assert returned.done_s == world.clock.wall() + 60


# --- words -----------------------------------------------------------------------------------------------


def test_every_refusal_has_a_plain_sentence_and_a_hosts_own_code_needs_none() -> None:
    assert set(PLAIN) == set(Refusal)
    assert plain("risk") == PLAIN[Refusal.RISK]
    assert plain("ACQ.SYSTEM_ERROR") == "as it was told to"
    assert str(Refused(Refusal.RISK)) == PLAIN[Refusal.RISK]


def test_an_order_keeps_no_secret(world: World) -> None:
    code = world.phone().code()
    asked = Asked("N1", 5, f"auth_code={code}")
    assert code not in repr(asked)
    assert code not in repr(world.at.charge(asked, code))
