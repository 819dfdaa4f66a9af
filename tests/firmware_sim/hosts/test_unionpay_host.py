"""A till's own wire against the UnionPay host, told as stories on a clock that moves when it is told to."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from asking import Asks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.host import Tells
from firmware_sim.hosts.unionpay import HABITS, UnionpayHost
from firmware_sim.hosts.unionpay_keys import Keys
from firmware_sim.hosts.unionpay_words import Manners
from firmware_sim.issuers import issuers
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.unionpay import form, signing
from terminal.schemes.unionpay.calls import BACK, QUERIES
from terminal.schemes.unionpay.credentials import Credentials
from terminal.schemes.unionpay.replies import Said
from terminal.schemes.unionpay.wire import UnionpayWire

BALANCE = 500_000
TEN_AM_S = 1_795_399_200.0  # 2026-11-23T10:00:00+08:00
NOTIFY = "http://127.0.0.1:9/notify"


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, clock: Any, habits: Habits = HABITS, manners: Manners | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = UnionpayHost(self.ledger, keys, clock, self.faults, habits, manners)
        self.wire = UnionpayWire(keys.credentials(), terminal_id="000POS01", notify_url=NOTIFY)
        self._numbers: Iterator[int] = count(1)

    def customer(self, balance: int = BALANCE, wallet: str = "unionpay", **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet=wallet, **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str = "", amount: int = 1234) -> Order:
        payment = PaymentCode("unionpay", code) if code else None
        number = f"POS01{next(self._numbers):05}"
        return Order(number, "S1", Money(amount), payment, shown=not code, begun_s=int(self.clock.wall()))

    def refund(self, order: Order, amount: int) -> Refund:
        return Refund(f"R{next(self._numbers):08}", order, Money(amount), begun_s=int(self.clock.wall()))

    def paid(self, wallet: str = "unionpay", amount: int = 1234) -> Order:
        """An order that was charged, and found to be paid."""
        order = self.order(self.customer(wallet=wallet).code(), amount)
        assert self.ask(Operation.PAY, order).verdict is Verdict.PENDING
        answer = self.ask(Operation.QUERY, order)
        assert answer.verdict is Verdict.APPROVED
        return replace(order, transaction_id=answer.transaction_id)

    def shown(self) -> tuple[Order, str]:
        order = self.order()
        return order, self.ask(Operation.SHOW, order).shown_code

    def said(self, path: str, **fields: str) -> Said:
        """Any request at all, rightly signed, and what is answered."""
        fields = {"certId": self.keys.cert_id} | fields
        signed = signing.signed(fields, self.keys.credentials().private_key)
        reply = self.host.answer(Request("POST", path, {}, form.write_form(signed)))
        return Said.parse(form.read_plain(reply.body))

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mer_id)}.get(order.order_id, 0)


@pytest.fixture
def shop(unionpay_keys: Keys, hand_clock: Any) -> Iterator[Shop]:
    hand_clock.start_wall_s = TEN_AM_S
    shop = Shop(unionpay_keys, hand_clock)
    yield shop
    assert shop.ledger.check() == []


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- charging --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wallet", issuers())
def test_every_issuers_code_is_accepted_and_then_found_paid(shop: Shop, wallet: str) -> None:
    phone = shop.customer(wallet=wallet)
    order = shop.order(phone.code())
    accepted = shop.ask(Operation.PAY, order)
    assert _verdict(accepted) == (Verdict.PENDING, Reason.NONE)
    answer = shop.ask(Operation.QUERY, order)
    assert _verdict(answer) == (Verdict.APPROVED, Reason.NONE)
    assert len(answer.transaction_id) == 21
    assert answer.transaction_id == accepted.transaction_id
    assert answer.payer == issuers()[wallet].label
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE - 1234
    assert shop.net(order) == 1234


def test_a_repeated_sale_is_a_duplicate_and_charged_once(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    again = shop.ask(Operation.PAY, order)
    assert (again.verdict, again.said) == (Verdict.UNKNOWN, "12")
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert shop.net(order) == 1234


@pytest.mark.parametrize(
    ("wallet", "refused_as", "said", "reason"),
    [
        ("unionpay", "insufficient_funds", "64", Reason.INSUFFICIENT_FUNDS),
        ("unionpay", "over_day_limit", "81", Reason.LIMIT_EXCEEDED),
        ("unionpay", "wrong_password", "65", Reason.CUSTOMER_GAVE_UP),
        ("unionpay", "not_allowed", "62", Reason.NOT_ALLOWED),
        ("unionpay", "refused", "60", Reason.OTHER),
        ("ccb", "over_limit", "33", Reason.LIMIT_EXCEEDED),
        ("boc", "blocked", "60", Reason.OTHER),
        ("bocom", "over_day_limit", "87", Reason.LIMIT_EXCEEDED),
        ("pab", "insufficient_funds", "90", Reason.INSUFFICIENT_FUNDS),
        ("citic", "risk", "60", Reason.OTHER),
        ("citic", "46", "46", Reason.NONE),
    ],
)
def test_what_the_issuer_refuses_is_accepted_and_told_by_a_query(
    shop: Shop, wallet: str, refused_as: str, said: str, reason: Reason
) -> None:
    order = shop.order(shop.customer(wallet=wallet, refused_as=refused_as).code())
    assert shop.ask(Operation.PAY, order).verdict is Verdict.PENDING
    answer = shop.ask(Operation.QUERY, order)
    assert answer.verdict is (Verdict.REVERSED if said == "46" else Verdict.DECLINED)
    assert (answer.said, answer.reason) == (said, reason)
    assert shop.net(order) == 0


def test_each_bank_says_no_in_its_own_words(shop: Shop) -> None:
    texts = {}
    for wallet in ("unionpay", "ccb", "pab"):
        order = shop.order(shop.customer(balance=0, wallet=wallet).code())
        shop.ask(Operation.PAY, order)
        reply = shop.host.answer(shop.request(Operation.QUERY, order))
        texts[wallet] = Said.parse(form.read_plain(reply.body)).orig_resp_msg
    assert texts == {"unionpay": "卡上的余额不足", "ccb": "龙支付账户余额不足", "pab": "账户余额不足"}


@pytest.mark.parametrize(("wallet", "most_fen"), [(one.key, one.single_limit_fen) for one in issuers().values()])
def test_each_bank_has_its_own_limit(shop: Shop, wallet: str, most_fen: int) -> None:
    phone = shop.customer(balance=2 * most_fen, wallet=wallet)
    for amount, verdict in ((most_fen, Verdict.PENDING), (most_fen + 1, Verdict.DECLINED)):
        order = shop.order(phone.code(), amount)
        shop.ask(Operation.PAY, order)
        assert shop.ask(Operation.QUERY, order).verdict is verdict, amount


@pytest.mark.parametrize(("wallet", "free_fen"), [(one.key, one.free_password_fen) for one in issuers().values()])
def test_each_bank_has_its_own_limit_without_a_password(shop: Shop, wallet: str, free_fen: int) -> None:
    phone = shop.customer(balance=3 * free_fen, wallet=wallet)
    for amount, verdict in ((free_fen, Verdict.APPROVED), (free_fen + 1, Verdict.PENDING)):
        order = shop.order(phone.code(), amount)
        shop.ask(Operation.PAY, order)
        assert shop.ask(Operation.QUERY, order).verdict is verdict, amount


def test_a_code_is_charged_once(shop: Shop) -> None:
    code = shop.customer().code()
    shop.ask(Operation.PAY, shop.order(code))
    again = shop.order(code)
    answer = shop.ask(Operation.PAY, again)
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.CODE_INVALID, "86")
    assert shop.ask(Operation.QUERY, again).reason is Reason.NOT_FOUND


@pytest.mark.parametrize(("age_s", "verdict"), [(0, Verdict.PENDING), (119, Verdict.PENDING), (121, Verdict.DECLINED)])
def test_a_code_lives_for_its_minute_and_a_little_grace(shop: Shop, age_s: float, verdict: Verdict) -> None:
    code = shop.customer().code()
    shop.clock.advance(age_s)
    assert shop.ask(Operation.PAY, shop.order(code)).verdict is verdict


def test_a_code_nobody_showed_is_refused(shop: Shop) -> None:
    answer = shop.ask(Operation.PAY, shop.order("6225735053201615202"))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.CODE_INVALID, "88")


def test_a_code_of_another_network_is_not_taken(shop: Shop) -> None:
    answer = shop.ask(Operation.PAY, shop.order(shop.customer(wallet="wechat").code()))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "62")


def test_a_password_is_waited_for(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=8).code())
    shop.ask(Operation.PAY, order)
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.said) == (Verdict.PENDING, "05")
    shop.clock.advance(8)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


@pytest.mark.parametrize(("traits", "said"), [({"types_after_s": None}, "69"), ({"types_wrong": True}, "65")])
def test_a_password_that_does_not_come_ends_the_order(shop: Shop, traits: dict[str, Any], said: str) -> None:
    order = shop.order(shop.customer(needs_password=True, **traits).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(121)
    answer = shop.ask(Operation.QUERY, order)
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, said)


def test_an_order_is_named_by_its_time_too(shop: Shop) -> None:
    order = shop.paid()
    answer = shop.ask(Operation.QUERY, replace(order, begun_s=order.begun_s + 1))
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.NOT_FOUND)


# --- showing a code --------------------------------------------------------------------------------------


def test_a_shown_code_is_paid_by_scanning_it(shop: Shop) -> None:
    order, code = shop.shown()
    assert code.startswith("https://qr.95516.com/00010000/01")
    assert shop.ask(Operation.QUERY, order).reason is Reason.NOT_FOUND
    assert shop.customer(wallet="boc").scan(code) is Shown.PAID
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.payer) == (Verdict.APPROVED, "中国银行")
    assert shop.ask(Operation.CLOSE, order).verdict is Verdict.APPROVED
    assert shop.net(order) == 1234


def test_a_shown_code_cannot_be_taken_down_but_runs_out(shop: Shop) -> None:
    order, code = shop.shown()
    assert shop.ask(Operation.CLOSE, order).verdict is Verdict.UNKNOWN
    shop.clock.advance(121)
    assert shop.customer().scan(code) is Shown.OVER
    assert shop.ask(Operation.CLOSE, order).verdict is Verdict.UNKNOWN
    shop.clock.advance(60)
    assert _verdict(shop.ask(Operation.CLOSE, order)) == (Verdict.REVERSED, Reason.NOT_FOUND)


def test_a_host_may_tell_of_a_code_that_nobody_has_paid(unionpay_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(unionpay_keys, hand_clock, manners=Manners(tells_unpaid=True))
    order, _ = shop.shown()
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.PENDING
    assert shop.ask(Operation.CLOSE, order).verdict is Verdict.UNKNOWN


# --- undoing ---------------------------------------------------------------------------------------------


def test_a_reversal_gives_a_payment_back_again_and_again(shop: Shop) -> None:
    phone = shop.customer()
    order = shop.order(phone.code())
    shop.ask(Operation.PAY, order)
    for _ in range(2):
        assert _verdict(shop.ask(Operation.REVERSE, order)) == (Verdict.REVERSED, Reason.NONE)
    assert shop.net(order) == 0
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.said) == (Verdict.REVERSED, "46")


def test_a_reversed_order_is_never_paid_after_all(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=8).code())
    shop.ask(Operation.PAY, order)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    shop.clock.advance(8)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.REVERSED
    assert shop.ask(Operation.PAY, order).said == "12"
    assert shop.net(order) == 0


def test_an_order_that_never_came_is_not_found_and_may_come_later(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    answer = shop.ask(Operation.REVERSE, order)
    assert (*_verdict(answer), answer.said) == (Verdict.REVERSED, Reason.NOT_FOUND, "35[2040004]")
    shop.ask(Operation.PAY, order)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_host_may_keep_an_undone_order_from_coming(unionpay_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(unionpay_keys, hand_clock, replace(HABITS, tombstones=True))
    order = shop.order(shop.customer().code())
    assert _verdict(shop.ask(Operation.REVERSE, order)) == (Verdict.REVERSED, Reason.NONE)
    assert shop.ask(Operation.PAY, order).said == "12"


def test_the_settlement_day_ends_at_eleven(shop: Shop) -> None:
    shop.clock.advance(13 * 3600 - 60)  # 22:59
    late, early = shop.paid(), shop.paid()
    assert shop.ask(Operation.REVERSE, early).verdict is Verdict.REVERSED
    reversal = shop.request(Operation.REVERSE, late)
    shop.clock.advance(60)
    reply = shop.host.answer(reversal)
    answer = shop.wire.answer(Operation.REVERSE, late, reply, now_s=int(shop.clock.wall()))
    assert (*_verdict(answer), answer.said) == (Verdict.UNKNOWN, Reason.NOT_ALLOWED, "39")
    # From now on the same question is a query, and what is paid is for a refund.
    assert shop.ask(Operation.REVERSE, late).verdict is Verdict.APPROVED
    assert shop.net(late) == 1234


def test_what_has_been_given_back_is_not_reversed_on_top(shop: Shop) -> None:
    order = shop.paid()
    shop.ask(Operation.REFUND, shop.refund(order, 200))
    answer = shop.ask(Operation.REVERSE, order)
    assert (answer.verdict, answer.said) == (Verdict.REVERSED, "45")
    assert shop.net(order) == 1034


# --- giving back -----------------------------------------------------------------------------------------


def _call(shop: Shop, refund: Refund) -> str:
    return form.read_form(shop.request(Operation.REFUND, refund).body)["txnType"]


def test_the_whole_is_voided_on_the_same_day(shop: Shop) -> None:
    order = shop.paid("ccb")
    refund = shop.refund(order, 1234)
    assert form.read_form(shop.request(Operation.VOID, refund).body)["txnType"] == "31"
    accepted = shop.ask(Operation.VOID, refund)
    assert _verdict(accepted) == (Verdict.PENDING, Reason.NONE)
    assert _verdict(shop.ask(Operation.REFUND_QUERY, refund)) == (Verdict.APPROVED, Reason.NONE)
    assert shop.net(order) == 0
    assert _verdict(shop.ask(Operation.QUERY, order)) == (Verdict.UNKNOWN, Reason.REFUNDED)


def test_parts_are_refunds_until_nothing_is_left(shop: Shop) -> None:
    order = shop.paid()
    for amount in (200, 1034):
        refund = shop.refund(order, amount)
        assert _call(shop, refund) == "04"
        shop.ask(Operation.REFUND, refund)
        assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED
    answer = shop.ask(Operation.REFUND, shop.refund(order, 1))
    assert (answer.verdict, answer.said) == (Verdict.UNKNOWN, "45")
    assert shop.net(order) == 0


def test_the_day_after_the_whole_is_a_refund(shop: Shop) -> None:
    order = shop.paid()
    shop.clock.advance(24 * 3600)
    refund = shop.refund(order, 1234)
    assert _call(shop, refund) == "04"
    shop.ask(Operation.REFUND, refund)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_a_void_that_comes_after_eleven_is_asked_for_again_as_a_refund(shop: Shop) -> None:
    shop.clock.advance(13 * 3600 - 1)
    order = shop.paid()
    refund = shop.refund(order, 1234)
    void = shop.request(Operation.VOID, refund)
    shop.clock.advance(2)
    answer = shop.wire.answer(Operation.VOID, refund, shop.host.answer(void), now_s=int(shop.clock.wall()))
    assert (answer.verdict, answer.said) == (Verdict.DECLINED, "39")
    assert shop.ask(Operation.REFUND, refund).verdict is Verdict.PENDING
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED
    assert shop.net(order) == 0


def test_a_refund_can_name_its_order_without_the_acquirers_number(shop: Shop) -> None:
    order = replace(shop.paid(), transaction_id="")
    refund = shop.refund(order, 100)
    assert shop.ask(Operation.REFUND, refund).verdict is Verdict.PENDING
    assert shop.net(order) == 1134


def test_a_refund_is_made_once_however_often_it_is_asked_for(shop: Shop) -> None:
    order = shop.paid()
    refund = shop.refund(order, 100)
    shop.ask(Operation.REFUND, refund)
    again = shop.ask(Operation.REFUND, refund)
    assert (again.verdict, again.said) == (Verdict.UNKNOWN, "12")
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED
    assert shop.net(order) == 1134


def test_more_than_was_paid_is_not_given_back(shop: Shop) -> None:
    order = shop.paid()
    answer = shop.ask(Operation.REFUND, shop.refund(order, 1235))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.LIMIT_EXCEEDED, "33")


def test_thirty_days_are_the_end_of_it(shop: Shop) -> None:
    order = shop.paid()
    shop.clock.advance(31 * 24 * 3600)
    answer = shop.ask(Operation.REFUND, shop.refund(order, 100))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "35[2011000]")


def test_a_refund_takes_its_time(unionpay_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(unionpay_keys, hand_clock, replace(HABITS, refund_takes_s=60))
    refund = shop.refund(shop.paid(), 100)
    shop.ask(Operation.REFUND, refund)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.PENDING
    shop.clock.advance(60)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_a_refund_of_nothing_that_was_paid_is_refused(shop: Shop) -> None:
    nowhere = shop.order("6225735053201615202")
    answer = shop.ask(Operation.REFUND, shop.refund(nowhere, 100))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.NOT_FOUND, "35[2040004]")
    declined = shop.order(shop.customer(balance=0).code())
    shop.ask(Operation.PAY, declined)
    answer = shop.ask(Operation.REFUND, shop.refund(declined, 100))
    assert (answer.verdict, answer.said) == (Verdict.DECLINED, "35[2050002]")
    assert shop.ask(Operation.REFUND_QUERY, shop.refund(declined, 100)).reason is Reason.NOT_FOUND


def test_a_host_may_keep_silent_about_what_was_given_back(unionpay_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(unionpay_keys, hand_clock, manners=Manners(tells_returned=False))
    order = shop.paid()
    shop.ask(Operation.REFUND, shop.refund(order, 1234))
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


# --- the gate --------------------------------------------------------------------------------------------


def _asked(shop: Shop) -> dict[str, str]:
    return form.read_form(shop.request(Operation.PAY, shop.order(shop.customer().code())).body)


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"version": "5.0.0"}, "10", "报文格式错误[version]"),
        ({"txnAmt": "0"}, "10", "报文格式错误[txnAmt]"),
        ({"txnAmt": "12.34"}, "10", "报文格式错误[txnAmt]"),
        ({"txnAmt": ""}, "13", "报文交易要素缺失[txnAmt]"),
        ({"orderId": "with-hyphen"}, "10", "报文格式错误[orderId]"),
        ({"txnTime": "20261323101320"}, "10", "报文格式错误[txnTime]"),
        ({"txnTime": "20250101000000"}, "10", "报文格式错误[txnTime]"),
        ({"txnSubType": "99"}, "10", "报文格式错误[txnType]"),
        ({"channelType": "99"}, "10", "报文格式错误[channelType]"),
        ({"currencyCode": "840"}, "10", "报文格式错误"),
        ({"qrNo": "hQVDUFYwMWEaTweg"}, "10", "报文格式错误[qrNo]"),
        ({"merId": "777290058199999"}, "31", "商户状态不正确"),
        ({"certId": "1"}, "11", "验证签名失败"),
    ],
)
def test_a_refusal_names_the_field_or_the_rule(shop: Shop, change: dict[str, str], code: str, text: str) -> None:
    fields = {name: value for name, value in (_asked(shop) | change).items() if name != "signature"}
    said = shop.said(BACK, **fields)
    assert (said.resp_code, said.resp_msg) == (code, text)
    assert shop.ledger.books(shop.keys.mer_id) == []


def test_a_merchants_wrong_signature_is_a_declined_payment(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    request = shop.request(Operation.PAY, order)
    changed = form.write_form(form.read_form(request.body) | {"txnAmt": "1"})
    reply = shop.host.answer(replace(request, body=changed))
    answer = shop.wire.answer(Operation.PAY, order, reply, now_s=int(shop.clock.wall()))
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.CONFIGURATION, "11")
    assert shop.net(order) == 0


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [(BACK, True), (QUERIES, True), (f"{BACK}?x=1", True), ("/gateway.do", False), ("/v3/certificates", False)],
)
def test_the_host_knows_its_paths(shop: Shop, path: str, is_ours: bool) -> None:
    assert shop.host.serves(path) is is_ours


def test_a_query_is_not_taken_at_the_other_door(shop: Shop) -> None:
    request = shop.request(Operation.QUERY, shop.paid())
    reply = shop.host.answer(replace(request, path=BACK))
    assert Said.parse(form.read_plain(reply.body)).resp_msg == "报文格式错误[txnType]"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=400) | st.text("txnAmt=&%0123456789{}", max_size=80).map(str.encode))
def test_any_bytes_get_a_signed_answer(shop: Shop, body: bytes) -> None:
    request = Request("POST", BACK, {}, body)
    assert shop.host.operation(request) is None
    assert shop.host.amount(request) is None
    reply = shop.host.answer(request)
    message = form.read_plain(reply.body)
    assert Said.parse(message).resp_code in ("10", "11")
    key = shop.keys.unionpay_key.public_key()
    assert signing.is_signed(message, key)


# --- faults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("bad_signature", Verdict.UNKNOWN, Reason.BAD_SIGNATURE),
        ("wrong_amount", Verdict.UNKNOWN, Reason.MISMATCH),
        ("odd_word", Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("error_500", Verdict.UNKNOWN, Reason.OTHER),
        ("accepted_202", Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("refuse=37", Verdict.UNKNOWN, Reason.TOO_OFTEN),
    ],
)
def test_a_spoilt_answer_is_not_believed(shop: Shop, fault: str, verdict: Verdict, reason: Reason) -> None:
    order = shop.paid()
    shop.faults.arm(fault, Operation.QUERY)
    assert _verdict(shop.ask(Operation.QUERY, order)) == (verdict, reason)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refuse=insufficient_funds", Reason.INSUFFICIENT_FUNDS),
        ("refuse=risk", Reason.RISK),
        ("refuse=code_expired", Reason.CODE_INVALID),
        ("refuse=67", Reason.ACCOUNT_BLOCKED),
    ],
)
def test_a_refusal_can_be_asked_for(shop: Shop, fault: str, reason: Reason) -> None:
    shop.faults.arm(fault, Operation.PAY)
    order = shop.order(shop.customer().code())
    assert _verdict(shop.ask(Operation.PAY, order)) == (Verdict.DECLINED, reason)
    assert shop.net(order) == 0


def test_a_password_can_be_asked_for(shop: Shop) -> None:
    shop.faults.arm("password", Operation.PAY)
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    assert shop.ask(Operation.QUERY, order).said == "05"


def test_the_amount_is_told_for_faults_by_amount(shop: Shop) -> None:
    assert shop.host.amount(shop.request(Operation.PAY, shop.order(shop.customer().code(), 1298))) == 1298
    assert shop.host.amount(shop.request(Operation.QUERY, shop.order())) is None


# --- notices ---------------------------------------------------------------------------------------------


def _notice(shop: Shop, order: Order, **fault: Any) -> Request:
    purchase = shop.ledger.find(shop.keys.mer_id, order.order_id)
    assert purchase
    return shop.host.notice(purchase, None)


def test_a_payment_is_told_and_heard(shop: Shop) -> None:
    assert isinstance(shop.host, Tells)
    order = shop.paid("citic")
    notified = shop.wire.notified(_notice(shop, order), now_s=int(shop.clock.wall()))
    assert notified.order_id == order.order_id
    assert shop.host.heard(notified.reply)
    assert shop.host.heard(Reply(302, {}))
    assert shop.ledger.notices_due(shop.clock.wall())[0].url == NOTIFY


def test_a_notice_says_what_was_paid_and_by_whom(shop: Shop) -> None:
    fields = form.read_form(_notice(shop, shop.paid("citic")).body)
    names = ("respCode", "txnType", "txnSubType", "txnAmt", "settleAmt", "settleDate", "payCardIssueName")
    assert [fields[name] for name in names] == ["00", "01", "06", "1234", "1234", "1123", "中信银行"]


def test_after_eleven_the_settlement_date_is_tomorrows(shop: Shop) -> None:
    shop.clock.advance(13 * 3600 + 1)
    assert form.read_form(_notice(shop, shop.paid()).body)["settleDate"] == "1124"


def test_a_refunds_notice_is_heard_and_names_no_order(shop: Shop) -> None:
    order = shop.paid()
    refund = shop.refund(order, 100)
    shop.ask(Operation.REFUND, refund)
    purchase, returned = shop.host.acquirer.find_refund(refund.refund_id)
    notified = shop.wire.notified(shop.host.notice(purchase, returned), now_s=int(shop.clock.wall()))
    assert notified.order_id == ""
    assert shop.host.heard(notified.reply)


def test_a_notice_that_was_changed_is_not_heard(shop: Shop) -> None:
    request = _notice(shop, shop.paid())
    changed = form.write_form(form.read_form(request.body) | {"txnAmt": "1"})
    notified = shop.wire.notified(replace(request, body=changed), now_s=int(shop.clock.wall()))
    assert notified.order_id == ""
    assert not shop.host.heard(notified.reply)


# --- what a shop is given --------------------------------------------------------------------------------


def test_the_credentials_and_the_config_are_the_merchants(shop: Shop) -> None:
    config = shop.host.merchant_config()
    assert config["scheme"] == "unionpay"
    made = Credentials.from_files(
        config["mer_id"],
        private_key=shop.keys.files.merchant_key,
        certificate=shop.keys.files.merchant_certificate,
        authorities=[shop.keys.files.authority_certificate],
    )
    assert made.cert_id == shop.host.credentials()["certId"]


def test_a_merchant_abroad_is_paid_in_its_own_money(unionpay_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(unionpay_keys, hand_clock, replace(HABITS, currencies=("HKD",)))
    customer = Customer("abroad", wallet="unionpay")
    shop.ledger.add_customer(customer, BALANCE, "HKD")
    code = Phone("abroad", shop.ledger, shop.clock, Random(1)).code()
    order = replace(shop.order(code), money=Money(222, CURRENCIES["HKD"]))
    shop.ask(Operation.PAY, order)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert form.read_form(shop.request(Operation.PAY, order).body)["currencyCode"] == "344"
