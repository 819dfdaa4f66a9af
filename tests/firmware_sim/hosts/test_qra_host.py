"""A till's own wire against the aggregated front end, and three wallets' customers before it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from asking import Asks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.host import Tells
from firmware_sim.hosts.qra import HABITS, QraHost
from firmware_sim.hosts.qra_keys import Keys, load_or_make
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.qra.calls import PATH
from terminal.schemes.qra.replies import Said
from terminal.schemes.qra.wire import QraWire

BALANCE = 500_000
NOTIFY = "http://127.0.0.1:9/notify"
WALLETS = [("wechat", "微信支付"), ("alipay", "支付宝"), ("unionpay", "云闪付"), ("ccb", "云闪付"), ("pab", "云闪付")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return load_or_make(Path(tmp_path_factory.mktemp("keys")))


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, clock: Any, habits: Habits = HABITS) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = QraHost(self.ledger, keys, clock, self.faults, habits, Random(1))
        self.wire = QraWire(keys.credentials(), address="192.0.2.7", terminal_id="POS01", notify_url=NOTIFY)
        self._numbers: Iterator[int] = count(1)

    def customer(self, balance: int = BALANCE, wallet: str = "unionpay", **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", wallet=wallet, **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str = "", amount: int = 1234) -> Order:
        payment = PaymentCode("unionpay", code) if code else None
        number = f"POS01{next(self._numbers):05}"
        return Order(number, "S1", Money(amount), payment, shown=not code, begun_s=int(self.clock.wall()))

    def paid(self, wallet: str = "unionpay") -> Order:
        order = self.order(self.customer(wallet=wallet).code())
        assert self.ask(Operation.PAY, order).verdict is Verdict.APPROVED
        return order

    def said(self, **fields: str) -> Said:
        """Any request at all, rightly signed, and what is answered."""
        reply = self.host.answer(Request("POST", PATH, {}, flat_xml.write(flat_xml.signed(fields, self.keys.key))))
        return Said.parse(flat_xml.read(reply.body))

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mch_id)}.get(order.order_id, 0)


@pytest.fixture
def shop(keys: Keys, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(keys, hand_clock)
    yield shop
    assert shop.ledger.check() == []


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- three wallets, one interface ------------------------------------------------------------------------


@pytest.mark.parametrize(("wallet", "payer"), WALLETS)
def test_every_wallets_code_is_charged_and_the_reply_says_whose_it_was(shop: Shop, wallet: str, payer: str) -> None:
    phone = shop.customer(wallet=wallet)
    order = shop.order(phone.code())
    answer = shop.ask(Operation.PAY, order)
    assert (*_verdict(answer), answer.payer) == (Verdict.APPROVED, Reason.NONE, payer)
    assert len(answer.transaction_id) == 32
    assert replace(shop.ask(Operation.QUERY, order), said="") == replace(answer, said="")
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE - 1234
    assert shop.net(order) == 1234


def test_a_wallet_that_the_front_end_does_not_know_is_refused(shop: Shop) -> None:
    answer = shop.ask(Operation.PAY, shop.order(shop.customer(wallet="alipayplus").code()))
    assert _verdict(answer) == (Verdict.DECLINED, Reason.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("wallet", "refused_as", "said", "reason"),
    [
        ("wechat", "insufficient_funds", "NOTENOUGH", Reason.INSUFFICIENT_FUNDS),
        ("alipay", "insufficient_funds", "ACQ.BUYER_BALANCE_NOT_ENOUGH", Reason.INSUFFICIENT_FUNDS),
        ("unionpay", "insufficient_funds", "64", Reason.INSUFFICIENT_FUNDS),
        ("pab", "insufficient_funds", "90", Reason.INSUFFICIENT_FUNDS),
        ("wechat", "over_day_limit", "RULE_LIMIT", Reason.LIMIT_EXCEEDED),
        ("alipay", "over_day_limit", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", Reason.LIMIT_EXCEEDED),
        ("bocom", "over_day_limit", "87", Reason.LIMIT_EXCEEDED),
        ("wechat", "blocked", "ACCOUNT_ERROR", Reason.ACCOUNT_BLOCKED),
        ("alipay", "blocked", "ACQ.BUYER_ENABLE_STATUS_FORBID", Reason.ACCOUNT_BLOCKED),
        ("unionpay", "blocked", "63", Reason.ACCOUNT_BLOCKED),
        ("alipay", "risk", "ACQ.PAYMENT_REQUEST_HAS_RISK", Reason.RISK),
    ],
)
def test_a_refusal_is_in_the_words_of_the_wallet_that_refused(
    shop: Shop, wallet: str, refused_as: str, said: str, reason: Reason
) -> None:
    order = shop.order(shop.customer(wallet=wallet, refused_as=refused_as).code())
    answer = shop.ask(Operation.PAY, order)
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, reason, said)
    assert shop.ask(Operation.QUERY, order).said == "PAYERROR"
    assert shop.net(order) == 0


@pytest.mark.parametrize("wallet", ["wechat", "alipay", "citic"])
def test_a_password_is_waited_for(shop: Shop, wallet: str) -> None:
    order = shop.order(shop.customer(wallet=wallet, needs_password=True, types_after_s=8).code())
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.said) == (Verdict.PENDING, "USERPAYING")
    assert shop.ask(Operation.QUERY, order).said == "USERPAYING"
    shop.clock.advance(8)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_password_that_does_not_come_ends_the_order(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=None).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(121)
    assert _verdict(shop.ask(Operation.QUERY, order)) == (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP)


def test_the_same_request_again_is_the_same_payment(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, order) == shop.ask(Operation.PAY, order)
    assert shop.net(order) == 1234


def test_another_request_under_the_same_number_is_refused(shop: Shop) -> None:
    order = shop.paid()
    answer = shop.ask(Operation.PAY, replace(order, money=Money(1)))
    assert (answer.verdict, answer.said) == (Verdict.UNKNOWN, "OUT_TRADE_NO_USED")
    assert shop.net(order) == 1234


def test_a_code_is_charged_once_and_lives_two_minutes(shop: Shop) -> None:
    phone = shop.customer()
    code = phone.code()
    shop.ask(Operation.PAY, shop.order(code))
    assert _verdict(shop.ask(Operation.PAY, shop.order(code))) == (Verdict.DECLINED, Reason.CODE_INVALID)
    old = phone.code()
    shop.clock.advance(121)
    assert _verdict(shop.ask(Operation.PAY, shop.order(old))) == (Verdict.DECLINED, Reason.CODE_EXPIRED)


# --- showing, undoing, giving back -----------------------------------------------------------------------


def test_a_shown_code_is_paid_by_scanning_it(shop: Shop) -> None:
    order = shop.order()
    code = shop.ask(Operation.SHOW, order).shown_code
    assert code.startswith("https://qr.95516.com/03095810/unifiedNative?mchNo=QRA")
    assert shop.ask(Operation.SHOW, order).shown_code == code
    assert shop.ask(Operation.QUERY, order).said == "NOTPAY"
    assert shop.customer(wallet="boc").scan(code) is Shown.PAID
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.payer) == (Verdict.APPROVED, "云闪付")
    answer = shop.ask(Operation.CLOSE, order)
    assert (answer.verdict, answer.said) == (Verdict.APPROVED, "ORDERPAID")


def test_a_shown_code_can_be_taken_down(shop: Shop) -> None:
    order = shop.order()
    code = shop.ask(Operation.SHOW, order).shown_code
    for _ in range(2):
        assert shop.ask(Operation.CLOSE, order).verdict is Verdict.REVERSED
    assert shop.customer().scan(code) is Shown.OVER


@pytest.mark.parametrize("wallet", ["wechat", "alipay", "unionpay"])
def test_a_reversal_gives_a_payment_back_again_and_again(shop: Shop, wallet: str) -> None:
    order = shop.paid(wallet)
    for _ in range(2):
        assert _verdict(shop.ask(Operation.REVERSE, order)) == (Verdict.REVERSED, Reason.NONE)
    assert shop.net(order) == 0
    assert shop.ask(Operation.QUERY, order).said == "REVOKED"
    assert shop.ask(Operation.PAY, order).said == "ORDERREVERSED"


def test_after_a_day_only_a_refund_helps(shop: Shop) -> None:
    order = shop.paid()
    shop.clock.advance(24 * 3600 + 1)
    answer = shop.ask(Operation.REVERSE, order)
    assert (*_verdict(answer), answer.said) == (Verdict.DECLINED, Reason.NOT_ALLOWED, "REVERSE_EXPIRE")


@pytest.mark.parametrize("wallet", ["wechat", "alipay", "unionpay"])
def test_parts_are_refunded_once_each(shop: Shop, wallet: str) -> None:
    order = shop.paid(wallet)
    refund = Refund("R00000001", order, Money(200))
    for _ in range(2):
        assert shop.ask(Operation.REFUND, refund).verdict is Verdict.PENDING
        assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED
    assert shop.net(order) == 1034
    assert shop.ask(Operation.QUERY, order).reason is Reason.REFUNDED
    answer = shop.ask(Operation.REFUND, Refund("R00000002", order, Money(1035)))
    assert (answer.verdict, answer.said) == (Verdict.DECLINED, "INVALID_REQUEST")


def test_a_refund_takes_its_time(keys: Keys, hand_clock: Any) -> None:
    shop = Shop(keys, hand_clock, replace(HABITS, refund_takes_s=60))
    refund = Refund("R00000001", shop.paid(), Money(200))
    shop.ask(Operation.REFUND, refund)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.PENDING
    shop.clock.advance(60)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    order = shop.order("6225735053201615202")
    assert shop.ask(Operation.QUERY, order).reason is Reason.NOT_FOUND
    assert shop.ask(Operation.REFUND_QUERY, Refund("R00000001", order, Money(1))).reason is Reason.NOT_FOUND


# --- the gate --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"service": "unified.trade.nonsense"}, "PARAM_ERROR", "参数错误[service]"),
        ({"total_fee": "0"}, "PARAM_ERROR", "参数错误[total_fee]"),
        ({"total_fee": "12.34"}, "PARAM_ERROR", "参数错误[total_fee]"),
        ({"auth_code": "hQVDUFYwMWEaTweg"}, "PARAM_ERROR", "参数错误[auth_code]"),
        ({"sign_type": "RSA_1_1"}, "PARAM_ERROR", "参数错误[sign_type]"),
        ({"out_trade_no": ""}, "PARAM_ERROR", "参数错误[out_trade_no]"),
        ({"mch_id": "QRA000000000000"}, "MCHID_NOT_EXIST", "商户号不存在"),
    ],
)
def test_a_refusal_names_the_field_or_the_rule(shop: Shop, change: dict[str, str], code: str, text: str) -> None:
    asked = flat_xml.read(shop.request(Operation.PAY, shop.order(shop.customer().code())).body)
    said = shop.said(**{name: value for name, value in (asked | change).items() if name != "sign"})
    assert (said.err_code, said.err_msg, said.need_query) == (code, text, "N")
    assert shop.ledger.books(shop.keys.mch_id) == []


def test_a_wrong_signature_gets_an_unsigned_answer(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    request = shop.request(Operation.PAY, order)
    changed = replace(request, body=request.body.replace(b"1234", b"1235"))
    reply = shop.host.answer(changed)
    assert "sign" not in flat_xml.read(reply.body)
    answer = shop.wire.answer(Operation.PAY, order, reply, now_s=int(shop.clock.wall()))
    assert _verdict(answer) == (Verdict.UNKNOWN, Reason.BAD_SIGNATURE)
    assert shop.net(order) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=300) | st.text("<xml>&;/", max_size=60).map(str.encode))
def test_any_bytes_get_an_answer(shop: Shop, body: bytes) -> None:
    request = Request("POST", PATH, {}, body)
    assert shop.host.operation(request) is None
    assert shop.host.amount(request) is None
    assert Said.parse(flat_xml.read(shop.host.answer(request).body)).status == "400"


@pytest.mark.parametrize(
    ("fault", "operation", "verdict", "reason"),
    [
        ("bad_signature", Operation.QUERY, Verdict.UNKNOWN, Reason.BAD_SIGNATURE),
        ("wrong_amount", Operation.QUERY, Verdict.UNKNOWN, Reason.MISMATCH),
        ("odd_word", Operation.QUERY, Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("error_500", Operation.QUERY, Verdict.UNKNOWN, Reason.OTHER),
        ("refuse=order_reversed", Operation.REVERSE, Verdict.REVERSED, Reason.NONE),
    ],
)
def test_a_spoilt_answer_is_not_believed(
    shop: Shop, fault: str, operation: Operation, verdict: Verdict, reason: Reason
) -> None:
    order = shop.paid()
    shop.faults.arm(fault, operation)
    assert _verdict(shop.ask(operation, order)) == (verdict, reason)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("fault", "verdict", "said"),
    [
        ("odd_word", Verdict.UNKNOWN, "pay_result 99"),
        ("wrong_amount", Verdict.UNKNOWN, "pay_result 0"),
        ("password", Verdict.PENDING, "USERPAYING"),
        ("refuse=code_expired", Verdict.DECLINED, "AUTHCODEEXPIRE"),
        ("refuse=risk", Verdict.DECLINED, "38"),
        ("error_500", Verdict.UNKNOWN, "SYSTEMERROR"),
    ],
)
def test_a_charge_goes_wrong_as_it_is_told(shop: Shop, fault: str, verdict: Verdict, said: str) -> None:
    shop.faults.arm(fault, Operation.PAY)
    answer = shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    assert (answer.verdict, answer.said) == (verdict, said)


def test_the_amount_is_told_for_faults_by_amount(shop: Shop) -> None:
    assert shop.host.amount(shop.request(Operation.PAY, shop.order(shop.customer().code(), 1298))) == 1298
    assert shop.host.amount(shop.request(Operation.QUERY, shop.order())) is None
    assert shop.host.serves("/pay/gateway?x=1")
    assert not shop.host.serves("/pay/micropay")


# --- notices and credentials -----------------------------------------------------------------------------


def test_a_payment_of_a_shown_code_is_told_and_heard(shop: Shop) -> None:
    assert isinstance(shop.host, Tells)
    order = shop.order()
    shop.customer().scan(shop.ask(Operation.SHOW, order).shown_code)
    purchase = shop.ledger.find(shop.keys.mch_id, order.order_id)
    assert purchase
    assert purchase.notify_url == NOTIFY
    request = shop.host.notice(purchase, None)
    notified = shop.wire.notified(request, now_s=int(shop.clock.wall()))
    assert notified.order_id == order.order_id
    assert shop.host.heard(notified.reply)
    assert not shop.host.heard(Reply(200, {}, b"fail"))
    changed = shop.wire.notified(replace(request, body=request.body.replace(b"1234", b"1")), now_s=0)
    assert not shop.host.heard(changed.reply)


def test_a_refunds_notice_names_no_order(shop: Shop) -> None:
    refund = Refund("R00000001", shop.paid(), Money(200))
    shop.ask(Operation.REFUND, refund)
    notified = shop.wire.notified(shop.host.notice(*shop.host.acquirer.find_refund("R00000001")), now_s=0)
    assert (notified.order_id, shop.host.heard(notified.reply)) == ("", True)


def test_the_credentials_and_the_config_are_the_merchants(shop: Shop, keys: Keys) -> None:
    config = shop.host.merchant_config()
    assert (config["scheme"], config["takes"]) == ("qra", ["wechat", "alipay", "unionpay"])
    assert keys.credentials().key == shop.host.credentials()["key"]
    assert keys.key not in repr(keys)
    assert load_or_make(keys.key_file.parent.parent) == keys
