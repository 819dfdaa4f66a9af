"""A till's own v2 wire against the host, told as stories on a clock that moves when it is told to."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from asking import Asks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import Faults, Spoil, named
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_v2 import WechatV2Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Refusal
from firmware_sim.phones.phone import Phone, Shown
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request, Till
from terminal.schemes import flat_xml, wechat_v2
from terminal.schemes.flat_xml import SignType
from terminal.schemes.gzipped import unpacked
from terminal.schemes.tenpay_bills import read_trades
from terminal.schemes.wechat_v2.calls import AskBill
from terminal.schemes.wechat_v2.credentials import Credentials, Merchant
from terminal.schemes.wechat_v2.wire import WechatV2Wire, pack

DAY_S = 86400


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, clock: Any, kind: SignType = SignType.MD5, habits: Habits | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = WechatV2Host(self.ledger, keys, clock, self.faults, habits, Random(1))
        self.wire = self.speaking(Merchant(keys.mchid, keys.appid), kind)
        self._numbers: Iterator[int] = count(1)

    def speaking(self, merchant: Merchant, kind: SignType, key: str = "") -> WechatV2Wire:
        credentials = Credentials(merchant, key or self.keys.api_key, kind)
        return WechatV2Wire(credentials, device="POS01", ip="127.0.0.1", notify_url="http://127.0.0.1:1/notify")

    def customer(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str = "", amount: int = 1234) -> Order:
        shown = PaymentCode("wechat", code) if code else None
        return Order(f"POS01{next(self._numbers):05}", "S1", Money(amount), shown, description="牛奶", shown=not code)

    def signed(self, path: str, **said: str) -> dict[str, str]:
        """Any request at all, rightly signed, and the answer's fields."""
        fields = {"appid": self.keys.appid, "mch_id": self.keys.mchid, "nonce_str": "n", **said}
        reply = self.host.answer(Request("POST", path, {}, pack(fields, self.keys.api_key, SignType.MD5)))
        return flat_xml.read(reply.body)

    def net(self, order: Order, merchant: str = "") -> int:
        books = self.ledger.books(merchant or self.keys.mchid)
        return {line.order_no: line.net for line in books}.get(order.order_id, 0)


@pytest.fixture(params=SignType)
def shop(request: pytest.FixtureRequest, wechat_keys: Keys, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(wechat_keys, hand_clock, request.param)
    yield shop
    assert shop.ledger.check() == []


@pytest.fixture
def md5_shop(wechat_keys: Keys, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(wechat_keys, hand_clock)
    yield shop
    assert shop.ledger.check() == []


# --- charging --------------------------------------------------------------------------------------------


def test_a_shown_code_is_charged_and_the_query_says_the_same(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    answer = shop.ask(Operation.PAY, order)
    assert (answer.verdict, answer.said) == (Verdict.APPROVED, "SUCCESS")
    assert answer.transaction_id.startswith("42")
    assert shop.net(order) == 1234
    assert shop.ask(Operation.QUERY, order) == answer
    assert shop.ask(Operation.PAY, order) == answer
    assert shop.net(order) == 1234


def test_a_password_is_waited_for(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=8.0).code())
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.PENDING, said="USERPAYING")
    assert shop.ask(Operation.QUERY, order) == Answer(Verdict.PENDING, said="USERPAYING")
    shop.clock.advance(10)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_wrong_password_ends_as_payerror(md5_shop: Shop) -> None:
    shop = md5_shop
    order = shop.order(shop.customer(needs_password=True, types_wrong=True, types_after_s=8.0).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(10)
    answer = shop.ask(Operation.QUERY, order)
    assert (answer.verdict, answer.reason, answer.said) == (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, "PAYERROR")


REFUSED_AS = {
    Refusal.INSUFFICIENT_FUNDS: ("NOTENOUGH", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
    Refusal.BLOCKED: ("TRADE_ERROR", Verdict.DECLINED, Reason.OTHER),
    Refusal.RISK: ("TRADE_ERROR", Verdict.DECLINED, Reason.OTHER),
    Refusal.NOT_ALLOWED: ("NOTSUPORTCARD", Verdict.DECLINED, Reason.NOT_ALLOWED),
    Refusal.OVER_LIMIT: ("TRADE_ERROR", Verdict.DECLINED, Reason.OTHER),
    Refusal.OVER_DAY_LIMIT: ("TRADE_ERROR", Verdict.DECLINED, Reason.OTHER),
    Refusal.REFUSED: ("TRADE_ERROR", Verdict.DECLINED, Reason.OTHER),
    "BUYER_MISMATCH": ("BUYER_MISMATCH", Verdict.DECLINED, Reason.NOT_ALLOWED),
    "AUTHCODEEXPIRE": ("AUTHCODEEXPIRE", Verdict.DECLINED, Reason.CODE_EXPIRED),
    "BANKERROR": ("BANKERROR", Verdict.UNKNOWN, Reason.OTHER),
    "NOAUTH": ("NOAUTH", Verdict.DECLINED, Reason.CONFIGURATION),
    "NEW_IN_2027": ("NEW_IN_2027", Verdict.UNKNOWN, Reason.BAD_REPLY),
}


@pytest.mark.parametrize(("why", "said"), REFUSED_AS.items())
def test_an_issuer_that_refuses_is_told_in_v2s_words(
    md5_shop: Shop, why: str, said: tuple[str, Verdict, Reason]
) -> None:
    order = md5_shop.order(md5_shop.customer(refused_as=why).code())
    answer = md5_shop.ask(Operation.PAY, order)
    assert (answer.said, answer.verdict, answer.reason) == said
    assert md5_shop.net(order) == 0


def test_codes_that_are_no_good_are_told_apart_by_their_texts(md5_shop: Shop) -> None:
    shop = md5_shop
    fresh, broke = shop.customer().code(), shop.customer(balance=1)
    assert shop.ask(Operation.PAY, shop.order(fresh)).verdict is Verdict.APPROVED
    assert shop.ask(Operation.PAY, shop.order(fresh)).reason is Reason.CODE_INVALID
    assert shop.ask(Operation.PAY, shop.order("134567890123456789")).said == "AUTH_CODE_INVALID"
    assert shop.ask(Operation.PAY, shop.order("284567890123456789")).said == "AUTH_CODE_ERROR"
    assert shop.ask(Operation.PAY, shop.order(broke.code())).reason is Reason.INSUFFICIENT_FUNDS
    old = shop.order(shop.customer().code())
    shop.clock.advance(121)
    assert shop.ask(Operation.PAY, old).said == "AUTH_CODE_INVALID"


def test_another_currency_is_refused_by_its_field(md5_shop: Shop) -> None:
    order = Order("POS0100099", "S1", Money(100, CURRENCIES["HKD"]), PaymentCode("wechat", md5_shop.customer().code()))
    assert md5_shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, Reason.CONFIGURATION, "PARAM_ERROR")


def test_a_number_is_used_once(md5_shop: Shop) -> None:
    order = md5_shop.order(md5_shop.customer().code())
    md5_shop.ask(Operation.PAY, order)
    other = Order(order.order_id, "S2", Money(999), PaymentCode("wechat", md5_shop.customer().code()))
    assert md5_shop.ask(Operation.PAY, other).said == "OUT_TRADE_NO_USED"


# --- undoing ---------------------------------------------------------------------------------------------


def test_a_reversal_gives_back_closes_and_keeps_out(shop: Shop) -> None:
    paid, waiting, never = (
        shop.order(shop.customer().code()),
        shop.order(shop.customer(needs_password=True).code()),
        shop.order(shop.customer().code()),
    )
    for order in (paid, waiting):
        shop.ask(Operation.PAY, order)
    for order in (paid, waiting, never):
        assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.REVERSED, said="SUCCESS")
        assert shop.ask(Operation.QUERY, order).verdict is Verdict.REVERSED
        assert shop.ask(Operation.PAY, order).said == "ORDERREVERSED"
        assert shop.net(order) == 0


def test_a_reversal_after_seven_days_needs_a_person(md5_shop: Shop) -> None:
    order = md5_shop.order(md5_shop.customer().code())
    md5_shop.ask(Operation.PAY, order)
    md5_shop.clock.advance(7 * DAY_S + 1)
    expired = Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "REVERSE_EXPIRE")
    assert md5_shop.ask(Operation.REVERSE, order) == expired


def test_a_reversal_that_fails_asks_to_be_called_again(md5_shop: Shop) -> None:
    order = md5_shop.order(md5_shop.customer().code())
    md5_shop.ask(Operation.PAY, order)
    md5_shop.faults.arm("refuse=SYSTEMERROR", Operation.REVERSE)
    again = md5_shop.ask(Operation.REVERSE, order)
    assert (again.verdict, again.again) == (Verdict.UNKNOWN, True)
    assert md5_shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED


# --- showing ---------------------------------------------------------------------------------------------


def test_a_code_is_shown_paid_and_too_late_to_close(shop: Shop) -> None:
    order = shop.order()
    shown = shop.ask(Operation.SHOW, order)
    assert shown.shown_code.startswith("weixin://wxpay/bizpayurl?pr=")
    assert shop.ask(Operation.SHOW, order) == shown
    assert shop.ask(Operation.QUERY, order) == Answer(Verdict.PENDING, said="NOTPAY")
    assert shop.customer().scan(shown.shown_code) is Shown.PAID
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert shop.ask(Operation.CLOSE, order) == Answer(Verdict.APPROVED, said="ORDERPAID")


def test_a_code_that_nobody_pays_is_closed_once(md5_shop: Shop) -> None:
    order = md5_shop.order()
    shown = md5_shop.ask(Operation.SHOW, order)
    assert md5_shop.ask(Operation.CLOSE, order) == Answer(Verdict.REVERSED, said="SUCCESS")
    assert md5_shop.ask(Operation.CLOSE, order) == Answer(Verdict.REVERSED, said="ORDERCLOSED")
    assert md5_shop.customer().scan(shown.shown_code) is Shown.OVER
    assert md5_shop.ask(Operation.QUERY, order).said == "CLOSED"


def test_a_shown_code_runs_out(md5_shop: Shop) -> None:
    order = md5_shop.order()
    shown = md5_shop.ask(Operation.SHOW, order)
    md5_shop.clock.advance(301)
    assert md5_shop.customer().scan(shown.shown_code) is Shown.OVER


# --- giving back -----------------------------------------------------------------------------------------


def test_a_part_is_given_back_once_and_asked_about(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    refund = Refund("R1", order, Money(234), "spilt")
    for _ in range(2):
        accepted = shop.ask(Operation.REFUND, refund)
        assert (accepted.verdict, accepted.said) == (Verdict.PENDING, "ACCEPTED")
    assert shop.net(order) == 1000
    done = shop.ask(Operation.REFUND_QUERY, refund)
    assert (done.verdict, done.said, done.transaction_id) == (Verdict.APPROVED, "SUCCESS", accepted.transaction_id)
    assert shop.ask(Operation.QUERY, order).reason is Reason.REFUNDED


def test_refunds_are_on_their_way_for_a_while(wechat_keys: Keys, hand_clock: Any) -> None:
    shop = Shop(wechat_keys, hand_clock, habits=Habits(refund_takes_s=60))
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    refund = Refund("R1", order, Money(234))
    shop.ask(Operation.REFUND, refund)
    assert shop.ask(Operation.REFUND_QUERY, refund) == Answer(
        Verdict.PENDING, said="PROCESSING", transaction_id="503202611230" + "1".rjust(17, "0")
    )
    hand_clock.advance(60)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_refunds_that_cannot_be_are_refused(md5_shop: Shop) -> None:
    shop = md5_shop
    order, unpaid = shop.order(shop.customer().code()), shop.order(shop.customer(needs_password=True).code())
    for one in (order, unpaid):
        shop.ask(Operation.PAY, one)
    for refund in (Refund("R1", order, Money(1235)), Refund("R2", unpaid, Money(1))):
        assert shop.ask(Operation.REFUND, refund) == Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "INVALID_REQUEST")
        assert shop.ask(Operation.REFUND_QUERY, refund).reason is Reason.NOT_FOUND
    nowhere = Refund("R3", shop.order("134567890123456789"), Money(1))
    assert shop.ask(Operation.REFUND, nowhere).said == "INVALID_TRANSACTIONID"
    shop.clock.advance(366 * DAY_S)
    assert shop.ask(Operation.REFUND, Refund("R4", order, Money(1))).said == "TRADE_OVERDUE"


def test_all_refunds_of_an_order_are_listed_by_index(md5_shop: Shop) -> None:
    shop = md5_shop
    order = shop.order(shop.customer().code())
    transaction_id = shop.ask(Operation.PAY, order).transaction_id
    refund_ids = [shop.ask(Operation.REFUND, Refund(f"R{n}", order, Money(n))).transaction_id for n in (1, 2)]
    said = shop.signed("/pay/refundquery", transaction_id=transaction_id)
    assert (said["refund_count"], said["refund_fee"]) == ("2", "3")
    assert [said[f"out_refund_no_{n}"] for n in (0, 1)] == ["R1", "R2"]
    by_theirs = shop.signed("/pay/refundquery", refund_id=refund_ids[1])
    assert (by_theirs["refund_count"], by_theirs["out_refund_no_0"]) == ("1", "R2")
    for wrong in ({"refund_id": "503"}, {"refund_id": refund_ids[1][:-1] + "9"}):
        assert shop.signed("/pay/refundquery", **wrong)["err_code"] == "REFUNDNOTEXIST"


# --- at the door -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"<xml>", b"<xml></xml>", b"<!DOCTYPE x><xml></xml>", b"\xff"])
def test_what_is_not_signed_is_turned_away_unsigned(md5_shop: Shop, body: bytes) -> None:
    said = flat_xml.read(md5_shop.host.answer(Request("POST", "/pay/micropay", {}, body)).body)
    assert said["return_code"] == "FAIL"
    assert "sign" not in said


def test_a_wrong_key_and_a_changed_byte_are_turned_away(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    right = shop.wire
    shop.wire = shop.speaking(Merchant(shop.keys.mchid, shop.keys.appid), SignType.MD5, "0" * 32)
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, Reason.CONFIGURATION, "SIGNERROR")
    shop.wire = right
    body = shop.request(Operation.PAY, order).body
    changed = shop.host.answer(Request("POST", "/pay/micropay", {}, body.replace(b">1234<", b">1235<")))
    assert "签名错误" in changed.body.decode()
    assert shop.net(order) == 0


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"mch_id": "1"}, "MCHID_NOT_EXIST", ""),
        ({"appid": "wx1"}, "APPID_MCHID_NOT_MATCH", ""),
        ({"sub_mch_id": "1"}, "MCHID_NOT_EXIST", ""),
        ({"appid": ""}, "LACK_PARAMS", "appid"),
        ({"nonce_str": "n" * 33}, "PARAM_ERROR", "nonce_str"),
        ({"out_trade_no": "x"}, "PARAM_ERROR", "out_trade_no"),
        ({}, "LACK_PARAMS", "out_trade_no"),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(
    md5_shop: Shop, change: dict[str, str], code: str, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    said = md5_shop.signed("/pay/orderquery", **change)
    assert (said["result_code"], said["err_code"]) == ("FAIL", code)
    assert field in said["err_code_des"]
    assert flat_xml.is_signed(said, md5_shop.keys.api_key)
    assert code in caplog.text


def test_no_log_and_no_reply_holds_a_code(md5_shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    code = md5_shop.customer(balance=0).code()
    reply = md5_shop.host.answer(md5_shop.request(Operation.PAY, md5_shop.order(code)))
    assert code not in reply.body.decode()
    assert code not in caplog.text


def test_only_its_own_paths_are_served(md5_shop: Shop) -> None:
    assert md5_shop.host.serves("/secapi/pay/reverse")
    assert not md5_shop.host.serves("/pay/gateway")  # UnionPay's front end, behind the same prefix
    assert md5_shop.host.operation(Request("POST", "/tools/authcodetoopenid", {})) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the clock stands still throughout
@given(body=st.binary(max_size=200))
def test_any_bytes_get_an_answer(body: bytes, wechat_keys: Keys, hand_clock: Any) -> None:
    host = WechatV2Host(Ledger(), wechat_keys, hand_clock, Faults())
    assert b"FAIL" in host.answer(Request("POST", "/pay/micropay", {}, body)).body


# --- faults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("bad_signature", Reason.BAD_SIGNATURE),
        ("wrong_amount", Reason.MISMATCH),
        ("odd_word", Reason.BAD_REPLY),
        ("error_500", Reason.OTHER),
        ("accepted_202", Reason.BAD_REPLY),
    ],
)
@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
def test_a_spoilt_answer_is_never_believed(md5_shop: Shop, operation: Operation, fault: str, reason: Reason) -> None:
    order = md5_shop.order(md5_shop.customer().code())
    if operation is Operation.QUERY:
        md5_shop.ask(Operation.PAY, order)
    md5_shop.faults.arm(fault, operation)
    answer = md5_shop.ask(operation, order)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, reason)
    assert md5_shop.net(order) == 1234
    assert md5_shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_a_password_can_be_asked_for_and_a_refusal_ordered(md5_shop: Shop) -> None:
    md5_shop.faults.arm("password", Operation.PAY)
    assert md5_shop.ask(Operation.PAY, md5_shop.order(md5_shop.customer().code())).verdict is Verdict.PENDING
    md5_shop.faults.arm("refuse=insufficient_funds", Operation.PAY)
    assert md5_shop.ask(Operation.PAY, md5_shop.order(md5_shop.customer().code())).said == "NOTENOUGH"
    assert md5_shop.host.amount(md5_shop.request(Operation.PAY, md5_shop.order("134567890123456789"))) == 1234


# --- notices ---------------------------------------------------------------------------------------------


def _noticed(shop: Shop, fault: str = "") -> tuple[Order, Request]:
    order = shop.order()
    shown = shop.ask(Operation.SHOW, order).shown_code
    assert shop.customer().scan(shown) is Shown.PAID
    purchase = shop.ledger.find(shop.keys.mchid, order.order_id)
    assert purchase
    (notice,) = shop.ledger.notices_of(order.order_id)
    assert notice.url == "http://127.0.0.1:1/notify"
    return order, shop.host.notice(purchase, None, *([named(fault)] if fault else []))


def test_a_payment_is_told_signed_as_it_was_asked(shop: Shop) -> None:
    order, request = _noticed(shop)
    heard = shop.wire.notified(request, now_s=int(shop.clock.wall()))
    assert heard.order_id == order.order_id
    assert shop.host.heard(heard.reply)
    assert flat_xml.read(request.body)["total_fee"] == "1234"


def test_a_notice_signed_wrongly_is_not_heard(shop: Shop) -> None:
    _, request = _noticed(shop, "bad_signature")
    heard = shop.wire.notified(request, now_s=int(shop.clock.wall()))
    assert heard.order_id == ""
    assert not shop.host.heard(heard.reply)
    assert not shop.host.heard(Reply(200, {}, b"success"))
    assert named("bad_signature").spoil is Spoil.SIGNATURE


# --- the bill, the openid, the other interface, service providers ----------------------------------------


def _bill(shop: Shop, **changes: str) -> Reply:
    ask = AskBill(**{"bill_date": "20261123", **changes})
    return shop.host.answer(shop.wire.bill_request(ask, nonce="N"))


def test_a_day_is_downloaded_plain_or_packed(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    transaction_id = shop.ask(Operation.PAY, order).transaction_id
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    shop.clock.advance(DAY_S)
    plain, zipped = _bill(shop), _bill(shop, tar_type="GZIP")
    assert zipped.body != plain.body == unpacked(zipped.body)
    paid, refunded = read_trades(plain.body)
    assert (paid.order_id, paid.state, paid.money, str(paid.fee)) == (order.order_id, "SUCCESS", Money(1234), "0.07000")
    assert (refunded.refund_id, refunded.state, refunded.refunded) == ("R1", "REFUND", Money(234))
    assert paid.transaction_id == refunded.transaction_id == transaction_id


@pytest.mark.parametrize(
    ("changes", "message", "code"),
    [
        ({}, "No Bill Exist", "20002"),
        ({"bill_date": "20261124"}, "Bill Creating", "20003"),
        ({"bill_date": "99991231"}, "Bill Creating", "20003"),
        ({"bill_date": "20260101"}, "invalid bill_date", "20001"),
        ({"bill_type": "SOME"}, "invalid bill_type", "20001"),
        ({"bill_date": "2026-1-1"}, "data format error", "20001"),
    ],
)
def test_a_bill_that_is_not_there_says_why(md5_shop: Shop, changes: dict[str, str], message: str, code: str) -> None:
    md5_shop.clock.advance(DAY_S)
    said = flat_xml.read(_bill(md5_shop, **changes).body)
    assert said == {"return_code": "FAIL", "return_msg": message, "error_code": code}


def test_a_codes_owner_is_named_without_spending_it(md5_shop: Shop) -> None:
    phone = md5_shop.customer()
    code = phone.code()
    assert md5_shop.signed("/tools/authcodetoopenid", auth_code=code)["openid"].endswith(phone.customer)
    assert md5_shop.ask(Operation.PAY, md5_shop.order(code)).verdict is Verdict.APPROVED
    unknown = md5_shop.signed("/tools/authcodetoopenid", auth_code="134567890123456789")
    assert unknown["err_code"] == "AUTH_CODE_INVALID"


def test_both_interfaces_are_one_acquirer(md5_shop: Shop) -> None:
    order = md5_shop.order(md5_shop.customer().code())
    md5_shop.ask(Operation.PAY, order)
    v3 = WechatHost(md5_shop.ledger, md5_shop.keys, md5_shop.clock, md5_shop.faults)
    assert v3.acquirer.find(order.order_id).amount == 1234


def test_a_service_provider_charges_for_its_merchant(shop: Shop) -> None:
    whose = shop.keys.partners
    merchant = Merchant(whose.mchid, whose.appid, whose.sub_mchid, whose.sub_appid)
    shop.wire = shop.speaking(merchant, SignType.HMAC_SHA256)
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, order).verdict is Verdict.APPROVED
    assert (shop.net(order), shop.net(order, whose.sub_mchid)) == (0, 1234)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    order, request = _noticed_for(shop, whose.sub_mchid)
    assert shop.wire.notified(request, now_s=int(shop.clock.wall())).order_id == order.order_id


def _noticed_for(shop: Shop, merchant: str) -> tuple[Order, Request]:
    order = shop.order()
    assert shop.customer().scan(shop.ask(Operation.SHOW, order).shown_code) is Shown.PAID
    purchase = shop.ledger.find(merchant, order.order_id)
    assert purchase
    return order, shop.host.notice(purchase, None)


def test_a_till_is_configured_by_what_the_host_says(md5_shop: Shop) -> None:
    table = md5_shop.host.merchant_config()
    assert table.pop("scheme") == wechat_v2.SCHEME.key
    contract = wechat_v2.SCHEME.settings(**{**table, "api_key": Path(table["api_key"])})
    md5_shop.wire = wechat_v2.SCHEME.connect(contract, Till("POS01", "https://till.invalid/notify"))
    order = md5_shop.order(md5_shop.customer().code())
    assert md5_shop.ask(Operation.PAY, order).verdict is Verdict.APPROVED
    assert md5_shop.host.credentials()["api_key"] == md5_shop.keys.api_key
