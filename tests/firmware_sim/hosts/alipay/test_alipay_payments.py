"""A till's own wire against the host: payments told as stories."""

from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.hosts.alipay import HABITS
from firmware_sim.ledger import customer_account
from firmware_sim.ledger_words import Refusal
from firmware_sim.phones.phone import Shown
from terminal.model import PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Operation

BALANCE = 500_000


# --- charging ------------------------------------------------------------------------------------------


def test_a_shown_code_is_charged(either: Any) -> None:
    phone = either.customer()
    order = either.order(phone.code())
    answer = either.ask(Operation.PAY, order)
    assert either.brief(answer) == (Verdict.APPROVED, Reason.NONE, "10000")
    assert len(answer.transaction_id) == 28
    assert either.ledger.balance(customer_account(phone.customer)) == BALANCE - 1234
    assert either.net(order) == 1234
    assert either.ask(Operation.QUERY, order) == replace(answer, said="TRADE_SUCCESS")


def test_the_same_request_again_is_the_same_payment(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, order) == shop.ask(Operation.PAY, order)
    assert shop.net(order) == 1234


def test_another_request_under_the_same_number_is_refused(shop: Any) -> None:
    phone = shop.customer()
    order = shop.order(phone.code())
    shop.ask(Operation.PAY, order)
    for other in (replace(order, money=Money(1)), replace(order, code=PaymentCode("alipay", phone.code()))):
        answer = shop.ask(Operation.PAY, other)
        assert (answer.verdict, answer.said) == (Verdict.UNKNOWN, "ACQ.CONTEXT_INCONSISTENT")
    assert shop.net(order) == 1234


@pytest.mark.parametrize(
    ("why", "said", "reason"),
    [
        (Refusal.INSUFFICIENT_FUNDS, "ACQ.BUYER_BALANCE_NOT_ENOUGH", Reason.INSUFFICIENT_FUNDS),
        (Refusal.OVER_LIMIT, "ACQ.TOTAL_FEE_EXCEED", Reason.LIMIT_EXCEEDED),
        (Refusal.OVER_DAY_LIMIT, "ACQ.TOTAL_FEE_EXCEED", Reason.LIMIT_EXCEEDED),
        (Refusal.BLOCKED, "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", Reason.ACCOUNT_BLOCKED),
        (Refusal.RISK, "ACQ.PAYMENT_REQUEST_HAS_RISK", Reason.RISK),
        (Refusal.NOT_ALLOWED, "ACQ.BUYER_SELLER_EQUAL", Reason.NOT_ALLOWED),
        (Refusal.REFUSED, "ACQ.PAYMENT_FAIL", Reason.OTHER),
        ("ACQ.PULL_MOBILE_CASHIER_FAIL", "ACQ.PULL_MOBILE_CASHIER_FAIL", Reason.OTHER),
    ],
)
def test_an_issuer_that_refuses_is_heard_again_and_again(shop: Any, why: str, said: str, reason: Reason) -> None:
    order = shop.order(shop.customer(refused_as=why).code())
    for _ in range(2):
        assert shop.outcome(Operation.PAY, order) == (Verdict.DECLINED, reason, said)
    assert shop.outcome(Operation.QUERY, order) == (
        Verdict.DECLINED,
        Reason.ORDER_CLOSED,
        "TRADE_CLOSED",
    )
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.net(order) == 0


def test_a_broke_customer_is_refused(shop: Any) -> None:
    answer = shop.ask(Operation.PAY, shop.order(shop.customer(balance=1233).code()))
    assert shop.brief(answer) == (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS, "ACQ.BUYER_BALANCE_NOT_ENOUGH")


def test_a_code_is_good_once_and_for_two_minutes(shop: Any) -> None:
    phone = shop.customer()
    code = phone.code()
    shop.ask(Operation.PAY, shop.order(code))
    used = shop.ask(Operation.PAY, shop.order(code))
    old = phone.code()
    shop.clock.advance(121)
    expired = shop.ask(Operation.PAY, shop.order(old))
    nobodys = shop.ask(Operation.PAY, shop.order("289999999999999999"))
    wechats = shop.ask(Operation.PAY, shop.order("134567890123456789"))
    for answer in (used, expired, nobodys, wechats):
        assert shop.brief(answer) == (Verdict.DECLINED, Reason.CODE_INVALID, "ACQ.PAYMENT_AUTH_CODE_INVALID")


def test_a_password_is_waited_for(either: Any) -> None:
    order = either.order(either.customer(needs_password=True, types_after_s=20.0).code())
    assert either.outcome(Operation.PAY, order) == (Verdict.PENDING, Reason.NONE, "10003")
    assert either.outcome(Operation.QUERY, order) == (Verdict.PENDING, Reason.NONE, "WAIT_BUYER_PAY")
    either.clock.advance(21)
    assert either.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert either.ask(Operation.PAY, order).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("traits", "after_s"),
    [
        ({"types_after_s": None}, 181),  # "default order life for the bar-code product 3 minutes"
        ({"types_after_s": 20.0, "types_wrong": True}, 21),
    ],
)
def test_a_password_that_never_comes_closes_the_trade(shop: Any, traits: dict[str, Any], after_s: float) -> None:
    order = shop.order(shop.customer(needs_password=True, **traits).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(after_s)
    assert shop.outcome(Operation.QUERY, order) == (Verdict.DECLINED, Reason.ORDER_CLOSED, "TRADE_CLOSED")
    assert shop.net(order) == 0


# --- undoing -------------------------------------------------------------------------------------------


def test_a_paid_order_is_given_back_and_stays_so(either: Any) -> None:
    phone = either.customer()
    order = either.order(phone.code())
    either.ask(Operation.PAY, order)
    for _ in range(2):
        assert either.outcome(Operation.REVERSE, order) == (Verdict.REVERSED, Reason.NONE, "refund")
    assert either.ledger.balance(customer_account(phone.customer)) == BALANCE
    assert either.outcome(Operation.QUERY, order) == (Verdict.DECLINED, Reason.ORDER_CLOSED, "TRADE_CLOSED")
    late = either.ask(Operation.PAY, order)
    assert either.brief(late) == (Verdict.DECLINED, Reason.ORDER_CLOSED, "ACQ.TRADE_HAS_CLOSE")


def test_an_order_that_waits_for_a_password_is_closed(shop: Any) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=20.0).code())
    shop.ask(Operation.PAY, order)
    assert shop.outcome(Operation.REVERSE, order) == (Verdict.REVERSED, Reason.NONE, "close")
    shop.clock.advance(21)
    assert shop.net(order) == 0


def test_cancelling_what_never_came_succeeds_and_keeps_it_from_coming(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    assert shop.outcome(Operation.REVERSE, order) == (Verdict.REVERSED, Reason.NOT_FOUND, "10000")
    assert shop.outcome(Operation.QUERY, order)[:2] == (Verdict.UNKNOWN, Reason.NOT_FOUND)
    assert shop.ask(Operation.PAY, order).said == "ACQ.TRADE_HAS_CLOSE"
    assert shop.net(order) == 0


def test_a_host_without_tombstones_takes_a_stray_copy_for_a_sale(open_shop: Any) -> None:
    """Why "undone" is provisional until the horizon has passed."""
    shop = open_shop(replace(HABITS, tombstones=False))
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.ask(Operation.PAY, order).verdict is Verdict.APPROVED


def test_after_a_day_only_a_refund_helps(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(24 * 3600 + 1)
    answer = shop.ask(Operation.REVERSE, order)
    assert shop.brief(answer) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "ACQ.TRADE_CANCEL_TIME_OUT")
    assert shop.ask(Operation.REFUND, Refund("R1", order, order.money)).verdict is Verdict.APPROVED


def test_what_was_refunded_in_part_is_not_cancelled(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    assert shop.ask(Operation.REVERSE, order).said == "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    assert shop.net(order) == 1000


# --- giving back ---------------------------------------------------------------------------------------


def test_parts_are_refunded_each_once(either: Any) -> None:
    order = either.order(either.customer().code())
    either.ask(Operation.PAY, order)
    part, rest = Refund("R1", order, Money(234), "spilt"), Refund("R2", order, Money(1000))
    assert either.outcome(Operation.REFUND, part) == (Verdict.APPROVED, Reason.NONE, "fund_change=Y")
    assert either.outcome(Operation.REFUND, part) == (Verdict.PENDING, Reason.NONE, "fund_change=N")
    assert either.outcome(Operation.REFUND_QUERY, part) == (Verdict.APPROVED, Reason.NONE, "REFUND_SUCCESS")
    assert either.net(order) == 1000
    assert either.ask(Operation.QUERY, order).said == "TRADE_SUCCESS"
    assert either.ask(Operation.REFUND, rest).verdict is Verdict.APPROVED
    assert either.ask(Operation.REFUND, rest).verdict is Verdict.APPROVED  # everything is back, so this is
    assert either.net(order) == 0
    assert either.ask(Operation.QUERY, order).said == "TRADE_CLOSED"


def test_a_refund_that_takes_its_time_is_pending(open_shop: Any) -> None:
    shop = open_shop(replace(HABITS, refund_takes_s=60.0))
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    refund = Refund("R1", order, Money(234))
    for operation in (Operation.REFUND, Operation.REFUND_QUERY):
        assert shop.ask(operation, refund).verdict is Verdict.PENDING
    shop.clock.advance(61)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_refunds_that_cannot_be_are_refused(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    unpaid = shop.order(shop.customer(needs_password=True).code())
    never = shop.order("281234567890123456")
    for one in (order, unpaid):
        shop.ask(Operation.PAY, one)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    refused = [
        (Refund("R2", order, Money(1001)), Reason.NOT_ALLOWED, "ACQ.REASON_TRADE_REFUND_FEE_ERR"),
        (Refund("R1", order, Money(235)), Reason.NOT_ALLOWED, "ACQ.DISCORDANT_REPEAT_REQUEST"),
        (Refund("R3", unpaid, Money(1)), Reason.NOT_ALLOWED, "ACQ.REASON_TRADE_STATUS_INVALID"),
        (Refund("R4", never, Money(1)), Reason.NOT_FOUND, "ACQ.TRADE_NOT_EXIST"),
    ]
    for refund, reason, said in refused:
        assert shop.outcome(Operation.REFUND, refund) == (Verdict.DECLINED, reason, said)
    assert shop.net(order) == 1000


def test_a_refund_nobody_made_is_a_success_that_says_nothing(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    answer = shop.ask(Operation.REFUND_QUERY, Refund("R9", order, Money(1)))
    assert shop.brief(answer) == (Verdict.UNKNOWN, Reason.NOT_FOUND, "10000")


def test_a_request_number_is_one_within_its_trade_only(shop: Any) -> None:
    for _ in range(2):
        order = shop.order(shop.customer().code())
        shop.ask(Operation.PAY, order)
        assert shop.ask(Operation.REFUND, Refund("1", order, Money(34))).verdict is Verdict.APPROVED
        assert shop.net(order) == 1200


def test_without_a_request_number_only_the_whole_goes_back(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    part = {"out_trade_no": order.order_id, "refund_amount": "2.34"}
    assert shop.said("alipay.trade.refund", part)["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    assert shop.said("alipay.trade.refund", {**part, "refund_amount": "12.34"})["fund_change"] == "Y"


# --- showing a code ------------------------------------------------------------------------------------


def test_a_merchant_code_is_shown_and_paid(either: Any) -> None:
    order = either.shown()
    shown = either.ask(Operation.SHOW, order)
    assert shown.verdict is Verdict.PENDING
    assert shown.shown_code.startswith("https://qr.alipay.com/bax")
    assert either.ask(Operation.SHOW, order) == shown
    waiting = either.ask(Operation.QUERY, order)
    assert either.brief(waiting) == (Verdict.PENDING, Reason.NOT_FOUND, "ACQ.TRADE_NOT_EXIST")
    assert either.customer().scan(shown.shown_code) is Shown.PAID
    assert either.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert either.ask(Operation.SHOW, order).said == "ACQ.TRADE_HAS_SUCCESS"
    assert either.customer().scan(shown.shown_code) is Shown.OVER
    assert either.net(order) == 500


def test_the_trade_is_there_once_somebody_has_scanned(shop: Any) -> None:
    order = shop.shown()
    code = shop.ask(Operation.SHOW, order).shown_code
    assert shop.customer(needs_password=True, types_after_s=20.0).scan(code) is Shown.PASSWORD
    assert shop.outcome(Operation.QUERY, order) == (Verdict.PENDING, Reason.NONE, "WAIT_BUYER_PAY")
    shop.clock.advance(21)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_code_that_is_taken_off_the_screen_cannot_be_paid(shop: Any) -> None:
    order = shop.shown()
    code = shop.ask(Operation.SHOW, order).shown_code
    assert shop.outcome(Operation.CLOSE, order) == (Verdict.REVERSED, Reason.NOT_FOUND, "10000")
    assert shop.customer().scan(code) is Shown.OVER
    assert shop.net(order) == 0


def test_a_close_of_theirs_would_not_have_done(shop: Any) -> None:
    """Why a shown order is undone with a cancel: to `close`, what nobody has scanned is not there."""
    order = shop.shown()
    code = shop.ask(Operation.SHOW, order).shown_code
    closed = shop.said("alipay.trade.close", {"out_trade_no": order.order_id})
    assert closed["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert shop.customer().scan(code) is Shown.PAID


def test_a_code_paid_just_before_is_given_back(shop: Any) -> None:
    order = shop.shown()
    code = shop.ask(Operation.SHOW, order).shown_code
    shop.customer().scan(code)
    assert shop.outcome(Operation.CLOSE, order) == (Verdict.REVERSED, Reason.NONE, "refund")
    assert shop.net(order) == 0


def test_a_code_of_ours_lives_two_minutes(shop: Any) -> None:
    order = shop.shown()
    code = shop.ask(Operation.SHOW, order).shown_code
    shop.clock.advance(121)
    assert shop.customer().scan(code) is Shown.OVER
    assert shop.ask(Operation.QUERY, order).reason is Reason.NOT_FOUND


def test_a_code_of_no_life_of_its_own_lives_two_hours(shop: Any) -> None:
    shown = shop.said("alipay.trade.precreate", {"out_trade_no": "T1", "subject": "Milk", "total_amount": "5.00"})
    shop.clock.advance(7199)
    assert shop.customer().scan(shown["qr_code"]) is Shown.PAID
