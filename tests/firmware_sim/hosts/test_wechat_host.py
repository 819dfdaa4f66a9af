"""A till's own wire against the host, told as stories on a clock that moves when it is told to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from asking import Asks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import SOUND, Faults, named
from firmware_sim.hosts.acquiring import Habits
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer, State
from firmware_sim.phones.phone import Phone, Shown
from terminal import crypto
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import tenpay_bills as bills
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import replies, signing
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.wire import WechatWire

BALANCE = 500_000


class Shop(Asks):
    """A till's questions, asked of the host without a network."""

    def __init__(self, keys: Keys, credentials: Credentials, clock: Any, habits: Habits | None = None) -> None:
        self.keys = keys
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.host = WechatHost(self.ledger, keys, clock, self.faults, habits, Random(1))
        self.wire = WechatWire(credentials)
        self._numbers: Iterator[int] = count(1)

    def customer(self, balance: int = BALANCE, **traits: Any) -> Phone:
        customer = Customer(f"c{next(self._numbers)}", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str, amount: int = 1234) -> Order:
        return Order(f"POS01{next(self._numbers):05}", "S1", Money(amount), PaymentCode("wechat", code))

    def net(self, order: Order) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mchid)}.get(order.order_id, 0)

    def signed(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        """Any request at all, rightly signed, and the answer as JSON."""
        key = crypto.read_private_key(self.keys.files.merchant_key)
        now_s, nonce = int(self.clock.wall()), f"nonce{next(self._numbers)}"
        signature = crypto.rsa_sign(key, signing.request_message(method, path, now_s, nonce, body))
        claim = signing.Authorization(self.keys.mchid, self.keys.merchant_serial, nonce, now_s, signature)
        reply = self.host.answer(Request(method, path, {"Authorization": claim.render()}, body))
        return reply.status, json.loads(reply.body or b"{}")


@pytest.fixture
def shop(wechat_keys: Keys, wechat_credentials: Credentials, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(wechat_keys, wechat_credentials, hand_clock)
    yield shop
    assert shop.ledger.check() == []


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- charging --------------------------------------------------------------------------------------------


def test_a_shown_code_is_charged(shop: Shop) -> None:
    phone = shop.customer()
    order = shop.order(phone.code())
    answer = shop.ask(Operation.PAY, order)
    assert _verdict(answer) == (Verdict.APPROVED, Reason.NONE)
    assert len(answer.transaction_id) == 28
    assert answer.transaction_id.startswith("42")
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE - 1234
    assert shop.net(order) == 1234
    assert shop.ask(Operation.QUERY, order) == answer


def test_the_same_request_again_is_the_same_payment(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, order) == shop.ask(Operation.PAY, order)
    assert shop.net(order) == 1234


def test_another_request_under_the_same_number_is_refused(shop: Shop) -> None:
    phone = shop.customer()
    order = shop.order(phone.code())
    shop.ask(Operation.PAY, order)
    for other in (replace(order, money=Money(1)), replace(order, code=PaymentCode("wechat", phone.code()))):
        answer = shop.ask(Operation.PAY, other)
        assert answer.said == "OUT_TRADE_NO_USED"
        assert answer.verdict is Verdict.UNKNOWN
    assert shop.net(order) == 1234


def test_a_broke_customer_is_refused_again_and_again(shop: Shop) -> None:
    phone = shop.customer(balance=1233)
    order = shop.order(phone.code())
    for _ in range(2):
        assert _verdict(shop.ask(Operation.PAY, order)) == (Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS)
    assert shop.net(order) == 0
    assert shop.ask(Operation.QUERY, order).said == "PAYERROR"
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED


def test_a_code_is_charged_once(shop: Shop) -> None:
    phone = shop.customer()
    code = phone.code()
    shop.ask(Operation.PAY, shop.order(code))
    again = shop.order(code)
    assert _verdict(shop.ask(Operation.PAY, again)) == (Verdict.DECLINED, Reason.CODE_INVALID)
    assert shop.ask(Operation.QUERY, again).reason is Reason.NOT_FOUND
    reply = shop.host.answer(shop.request(Operation.PAY, shop.order(code)))
    assert replies.Failure.parse(reply.body).message == "101 每个二维码仅限使用一次，请刷新再试"


@pytest.mark.parametrize(
    ("age_s", "verdict"), [(0, Verdict.APPROVED), (119, Verdict.APPROVED), (121, Verdict.DECLINED)]
)
def test_a_code_lives_for_its_minute_and_a_little_grace(shop: Shop, age_s: float, verdict: Verdict) -> None:
    order = shop.order(shop.customer().code())
    shop.clock.advance(age_s)
    assert shop.ask(Operation.PAY, order).verdict is verdict


@pytest.mark.parametrize("code", ["134567890123456789", "999999999999999999", "abc", "1"])
def test_a_code_nobody_showed_is_refused(shop: Shop, code: str) -> None:
    assert _verdict(shop.ask(Operation.PAY, shop.order(code))) == (Verdict.DECLINED, Reason.CODE_INVALID)


def test_only_yuan_are_taken(shop: Shop) -> None:
    order = replace(shop.order(shop.customer().code()), money=Money(1234, CURRENCIES["HKD"]))
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, Reason.CONFIGURATION, "PARAM_ERROR")


# --- passwords -------------------------------------------------------------------------------------------


def test_a_password_is_waited_for(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=8).code())
    assert _verdict(shop.ask(Operation.PAY, order)) == (Verdict.PENDING, Reason.NONE)
    shop.clock.advance(7)
    assert shop.ask(Operation.QUERY, order).said == "USERPAYING"
    assert shop.net(order) == 0
    shop.clock.advance(1)
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert shop.net(order) == 1234


@pytest.mark.parametrize(("amount", "verdict"), [(100_000, Verdict.APPROVED), (100_001, Verdict.PENDING)])
def test_over_a_thousand_yuan_a_password_is_always_wanted(shop: Shop, amount: int, verdict: Verdict) -> None:
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code(), amount)).verdict is verdict


@pytest.mark.parametrize(
    ("traits", "ends_s"),
    [
        ({"types_after_s": None}, 120),
        ({"types_after_s": 500}, 120),
        ({"types_after_s": 8, "types_wrong": True}, 8),
        ({"types_after_s": 8, "balance": 0}, 8),
    ],
)
def test_a_dialog_that_ends_badly_is_a_payment_error(shop: Shop, traits: dict[str, Any], ends_s: float) -> None:
    order = shop.order(shop.customer(needs_password=True, **traits).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(ends_s - 1)
    assert shop.ask(Operation.QUERY, order).said == "USERPAYING"
    shop.clock.advance(1)
    answer = shop.ask(Operation.QUERY, order)
    assert answer == Answer(Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, "PAYERROR")
    assert shop.net(order) == 0


# --- undoing ---------------------------------------------------------------------------------------------


def test_a_paid_order_is_given_back_once(shop: Shop) -> None:
    phone = shop.customer()
    order = shop.order(phone.code())
    shop.ask(Operation.PAY, order)
    for _ in range(2):
        assert _verdict(shop.ask(Operation.REVERSE, order)) == (Verdict.REVERSED, Reason.NONE)
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE
    assert shop.ask(Operation.QUERY, order).said == "REVOKED"


def test_a_password_typed_after_the_reversal_pays_nothing(shop: Shop) -> None:
    order = shop.order(shop.customer(needs_password=True, types_after_s=20).code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(15)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    shop.clock.advance(60)
    assert shop.ask(Operation.QUERY, order).said == "REVOKED"
    assert shop.net(order) == 0


def test_a_password_typed_before_the_reversal_is_given_back(shop: Shop) -> None:
    phone = shop.customer(needs_password=True, types_after_s=10)
    order = shop.order(phone.code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(15)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE


def test_a_charge_that_arrives_after_its_reversal_finds_a_tombstone(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, Reason.ORDER_CLOSED, "ORDER_REVERSED")
    assert shop.net(order) == 0


def test_without_tombstones_a_stray_charge_is_carried_out_within_the_horizon_only(
    wechat_keys: Keys, wechat_credentials: Credentials, hand_clock: Any
) -> None:
    shop = Shop(wechat_keys, wechat_credentials, hand_clock, Habits(tombstones=False))
    soon, late = shop.order(shop.customer().code()), shop.order(shop.customer().code())
    strays = [shop.request(Operation.PAY, order) for order in (soon, late)]
    for order in (soon, late):
        assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    shop.clock.advance(60)
    shop.host.play(strays[0])
    shop.clock.advance(240)
    shop.host.play(strays[1])
    assert (shop.net(soon), shop.net(late)) == (1234, 0)
    assert shop.ask(Operation.QUERY, late).reason is Reason.NOT_FOUND


def test_after_seven_days_an_order_can_no_longer_be_reversed(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.clock.advance(7 * 86400 + 1)
    assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "REVERSE_EXPIRE")
    assert shop.net(order) == 1234


# --- showing ---------------------------------------------------------------------------------------------


def test_a_merchant_code_is_shown_scanned_and_paid(shop: Shop) -> None:
    phone, order = shop.customer(), replace(shop.order(""), code=None)
    shown = shop.ask(Operation.SHOW, order)
    assert shown.shown_code.startswith("weixin://wxpay/bizpayurl?pr=")
    shop.clock.advance(3)
    assert shop.ask(Operation.SHOW, order) == shown
    assert shop.ask(Operation.QUERY, order).said == "NOTPAY"
    assert phone.scan(shown.shown_code) is Shown.PAID
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert shop.ask(Operation.CLOSE, order).said == "ORDER_PAID"
    assert shop.ask(Operation.SHOW, order).said == "ORDER_PAID"


def test_a_closed_merchant_code_cannot_be_paid(shop: Shop) -> None:
    order = replace(shop.order(""), code=None)
    shown = shop.ask(Operation.SHOW, order)
    for _ in range(2):
        assert shop.ask(Operation.CLOSE, order).verdict is Verdict.REVERSED
    assert shop.customer().scan(shown.shown_code) is Shown.OVER
    assert shop.ask(Operation.QUERY, order).said == "CLOSED"


def test_a_merchant_code_runs_out_by_itself(shop: Shop) -> None:
    order = replace(shop.order(""), code=None)
    shown = shop.ask(Operation.SHOW, order)
    shop.clock.advance(300)
    assert shop.customer().scan(shown.shown_code) is Shown.OVER
    assert shop.ask(Operation.QUERY, order).said == "CLOSED"


def test_each_way_of_paying_has_its_own_way_of_undoing(shop: Shop) -> None:
    shown, charged = replace(shop.order(""), code=None), shop.order(shop.customer().code())
    shop.ask(Operation.SHOW, shown)
    shop.ask(Operation.PAY, charged)
    assert shop.ask(Operation.REVERSE, shown).said == "INVALID_REQUEST"
    assert shop.ask(Operation.CLOSE, charged).said == "INVALID_REQUEST"


# --- giving back -----------------------------------------------------------------------------------------


def _paid(shop: Shop) -> Order:
    order = shop.order(shop.customer().code())
    assert shop.ask(Operation.PAY, order).verdict is Verdict.APPROVED
    return order


def test_a_refund_number_gives_back_once(shop: Shop) -> None:
    order = _paid(shop)
    refund = Refund("R1", order, Money(234))
    first = shop.ask(Operation.REFUND, refund)
    assert _verdict(first) == (Verdict.APPROVED, Reason.NONE)
    assert shop.ask(Operation.REFUND, refund) == first == shop.ask(Operation.REFUND_QUERY, refund)
    assert shop.net(order) == 1000
    assert shop.ask(Operation.QUERY, order).said == "REFUND"
    assert shop.ask(Operation.REFUND, replace(refund, money=Money(1))).verdict is Verdict.DECLINED


def test_more_than_was_paid_is_never_given_back(shop: Shop) -> None:
    order = _paid(shop)
    assert shop.ask(Operation.REFUND, Refund("R1", order, Money(1000))).verdict is Verdict.APPROVED
    assert shop.ask(Operation.REFUND, Refund("R2", order, Money(235))).verdict is Verdict.DECLINED
    assert shop.ask(Operation.REFUND, Refund("R3", order, Money(234))).verdict is Verdict.APPROVED
    assert shop.net(order) == 0


def test_a_refund_of_nothing_is_refused(shop: Shop) -> None:
    unpaid = shop.order(shop.customer(balance=0).code())
    shop.ask(Operation.PAY, unpaid)
    assert shop.ask(Operation.REFUND, Refund("R1", unpaid, Money(1))).said == "INVALID_REQUEST"
    unknown = Refund("R2", shop.order(""), Money(1))
    assert shop.ask(Operation.REFUND, unknown) == Answer(Verdict.DECLINED, Reason.NOT_FOUND, "RESOURCE_NOT_EXISTS")
    assert shop.ask(Operation.REFUND_QUERY, unknown).reason is Reason.NOT_FOUND


def test_an_accepted_refund_is_not_finished_before_its_time(
    wechat_keys: Keys, wechat_credentials: Credentials, hand_clock: Any
) -> None:
    shop = Shop(wechat_keys, wechat_credentials, hand_clock, Habits(refund_takes_s=60))
    refund = Refund("R1", _paid(shop), Money(234))
    assert shop.ask(Operation.REFUND, refund).said == "PROCESSING"
    shop.clock.advance(60)
    assert shop.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED


def test_an_order_has_at_most_fifty_refunds(shop: Shop) -> None:
    order = _paid(shop)
    answers = [shop.ask(Operation.REFUND, Refund(f"R{index}", order, Money(1))) for index in range(51)]
    assert [answer.verdict for answer in answers] == [Verdict.APPROVED] * 50 + [Verdict.DECLINED]
    assert shop.net(order) == 1234 - 50


# --- who asks --------------------------------------------------------------------------------------------


def _status(reply: Reply) -> tuple[int, str]:
    return reply.status, replies.Failure.parse(reply.body).code


@pytest.mark.parametrize(
    "spoil",
    [
        lambda request: replace(request, body=request.body.replace(b"1234", b"1235")),
        lambda request: replace(request, path=f"{request.path}?a=1"),
        lambda request: replace(request, method="PUT"),
        lambda request: replace(request, headers={}),
        lambda request: replace(request, headers={"authorization": "Basic abc"}),
        lambda request: replace(
            request, headers={"Authorization": request.headers["Authorization"].replace('nonce_str="n', 'nonce_str="m')}
        ),
        lambda request: replace(
            request, headers={"Authorization": request.headers["Authorization"].replace('serial_no="', 'serial_no="0')}
        ),
    ],
)
def test_a_request_that_is_not_as_it_was_signed_is_refused(shop: Shop, spoil: Any) -> None:
    order = shop.order(shop.customer().code())
    assert _status(shop.host.answer(spoil(shop.request(Operation.PAY, order)))) == (401, "SIGN_ERROR")
    assert shop.net(order) == 0


def test_a_request_is_taken_once_and_for_five_minutes(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    request, kept = shop.request(Operation.PAY, order), shop.request(Operation.QUERY, order)
    assert shop.host.answer(request).status == 200
    assert _status(shop.host.answer(request)) == (401, "SIGN_ERROR")
    shop.clock.advance(301)
    assert _status(shop.host.answer(kept)) == (401, "SIGN_ERROR")
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_the_nonces_of_yesterday_are_forgotten(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    for _ in range(5):
        shop.ask(Operation.QUERY, order)
        shop.clock.advance(601)
    shop.ask(Operation.QUERY, order)
    assert len(shop.host._gate._nonces) == 1


def test_another_appid_or_merchant_in_the_body_is_refused(shop: Shop) -> None:
    body = json.loads(shop.request(Operation.PAY, shop.order(shop.customer().code())).body)
    for change in ({"appid": "wx0000000000000000"}, {"mchid": "1900000001"}):
        status, said = shop.signed("POST", "/v3/pay/transactions/codepay", json.dumps(body | change).encode())
        assert (status, said["code"]) == (400, "APPID_MCHID_NOT_MATCH")


def test_a_wrong_field_is_named(shop: Shop) -> None:
    body = json.loads(shop.request(Operation.PAY, shop.order(shop.customer().code())).body)
    del body["scene_info"]
    status, said = shop.signed("POST", "/v3/pay/transactions/codepay", json.dumps(body).encode())
    assert (status, said["code"]) == (400, "PARAM_ERROR")
    assert said["detail"] == {"field": "scene_info", "issue": "scene_info is missing", "location": "body"}


def test_an_order_can_be_asked_for_by_the_wallets_own_number(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    number = shop.ask(Operation.PAY, order).transaction_id
    path = "/v3/pay/transactions/id/{}?mchid={}"
    status, said = shop.signed("GET", path.format(number, shop.keys.mchid))
    assert (status, said["out_trade_no"], said["amount"]["total"]) == (200, order.order_id, 1234)
    assert said["success_time"].endswith("+08:00")
    for other in (number[:-1] + "9", "4200", "0" * 28):
        status, said = shop.signed("GET", path.format(other, shop.keys.mchid))
        assert (status, said["code"]) == (404, "ORDER_NOT_EXIST")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v3/nothing", 404, "NOT_FOUND"),
        ("DELETE", "/v3/pay/transactions/codepay", 404, "NOT_FOUND"),
        ("GET", "/v3/pay/transactions/out-trade-no/POS0100001", 400, "PARAM_ERROR"),
        ("GET", "/v3/pay/transactions/out-trade-no/POS0100001?mchid=1", 400, "PARAM_ERROR"),
        ("POST", "/v3/pay/transactions/codepay", 400, "PARAM_ERROR"),
    ],
)
def test_other_requests_get_an_answer_that_says_why(shop: Shop, method: str, path: str, status: int, code: str) -> None:
    got, said = shop.signed(method, path)
    assert (got, said["code"]) == (status, code)


def test_refusals_are_signed_too(shop: Shop, wechat_credentials: Credentials) -> None:
    reply = shop.host.answer(Request("GET", "/v3/nothing", {}))
    assert reply.status == 401
    assert signing.doubt(reply.headers, reply.body, wechat_credentials.platform_keys, int(shop.clock.wall())) == ""
    assert reply.headers["request-id"]


def test_the_platform_certificate_comes_sealed(shop: Shop) -> None:
    _, said = shop.signed("GET", "/v3/certificates")
    keys = replies.platform_keys(json.dumps(said).encode(), shop.keys.apiv3_key)
    assert list(keys) == [shop.keys.platform_serial]


def test_a_reply_is_signed_with_the_key_that_the_merchant_asks_for(shop: Shop) -> None:
    request = shop.request(Operation.QUERY, shop.order(""))
    assert shop.host.answer(request).headers["wechatpay-serial"] == shop.keys.public_key_id
    plain = {"Authorization": shop.request(Operation.QUERY, shop.order("")).headers["Authorization"]}
    reply = shop.host.answer(replace(request, headers=plain))
    assert reply.headers["wechatpay-serial"] == shop.keys.platform_serial


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.sampled_from(
        ["/v3/pay/transactions/codepay", "/v3/pay/transactions/native", "/v3/refund/domestic/refunds", "/v3/%ED%A0%80"]
    ),
    st.one_of(
        st.binary(max_size=100),
        st.dictionaries(
            st.sampled_from(["appid", "mchid", "amount", "payer", "scene_info", "out_trade_no", "description"]),
            st.one_of(
                st.none(), st.text(max_size=5), st.integers(), st.dictionaries(st.text(max_size=3), st.integers())
            ),
        ).map(lambda body: json.dumps(body).encode()),
    ),
    st.booleans(),
)
def test_no_request_makes_the_host_stumble(shop: Shop, method: str, path: str, body: bytes, is_signed: bool) -> None:
    if is_signed:
        status, _ = shop.signed(method, path, body)
    else:
        status = shop.host.answer(Request(method, f"{path}\udcff", {"Authorization": "码\udcff"}, body)).status
    assert status in (400, 401, 404)


# --- faults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad_signature", Reason.BAD_SIGNATURE),
        ("wrong_amount", Reason.MISMATCH),
        ("error_500", Reason.OTHER),
    ],
)
def test_a_spoilt_reply_leaves_the_till_in_doubt_about_a_payment_that_was_made(
    shop: Shop, name: str, reason: Reason
) -> None:
    order = shop.order(shop.customer().code())
    shop.faults.arm(name, Operation.PAY)
    assert _verdict(shop.ask(Operation.PAY, order)) == (Verdict.UNKNOWN, reason)
    assert shop.net(order) == 1234
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


@pytest.mark.parametrize("name", ["lost_request", "close"])
def test_a_request_that_is_lost_is_not_carried_out(shop: Shop, name: str) -> None:
    order = shop.order(shop.customer().code())
    shop.faults.arm(name, Operation.PAY)
    assert shop.host.play(shop.request(Operation.PAY, order)).reply is None
    assert shop.ask(Operation.QUERY, order).reason is Reason.NOT_FOUND


def test_the_ledger_says_what_the_till_should_have_heard(shop: Shop) -> None:
    orders = [shop.order(shop.customer(balance=balance).code()) for balance in (BALANCE, 0, BALANCE)]
    for order in orders:
        shop.ask(Operation.PAY, order)
    shop.ask(Operation.REVERSE, orders[2])
    lines = shop.ledger.books(shop.keys.mchid)
    assert [(line.net, line.state) for line in lines] == [(1234, State.PAID), (0, State.FAILED), (0, State.REVERSED)]


# --- bills -----------------------------------------------------------------------------------------------

DAY_S = 86400


def _offer(shop: Shop, request: Request) -> Any:
    return shop.wire.bill_offer(shop.host.answer(request), now_s=int(shop.clock.wall()))


def _bill(shop: Shop, request: Request) -> bytes:
    offer = _offer(shop, request)
    file = shop.wire.bill_file_request(offer, now_s=int(shop.clock.wall()), nonce=f"file{next(shop._numbers)}")
    reply = shop.host.answer(file)
    assert "wechatpay-signature" not in reply.headers
    return bytes(offer.checked(reply.body))


def _asked(shop: Shop, day: str = "2026-11-23") -> dict[str, Any]:
    return {"day": day, "now_s": int(shop.clock.wall()), "nonce": f"bill{next(shop._numbers)}"}


def _day_of_business(shop: Shop) -> list[Order]:
    orders = [shop.order(shop.customer().code()) for _ in range(3)]
    for order in orders:
        shop.ask(Operation.PAY, order)
    shop.ask(Operation.REFUND, Refund("R1", orders[0], Money(234)))
    shop.ask(Operation.REVERSE, orders[1])
    shop.ask(Operation.PAY, shop.order(shop.customer(balance=0).code()))
    return orders


def test_a_days_bill_is_what_the_books_say(shop: Shop) -> None:
    orders = _day_of_business(shop)
    shop.clock.advance(DAY_S)
    rows = bills.read_trades(_bill(shop, shop.wire.trade_bill_request(**_asked(shop))))
    net: dict[str, int] = {}
    for row in rows:
        net[row.order_id] = net.get(row.order_id, 0) + row.money.minor - row.refunded.minor
    assert net == {line.order_no: line.net for line in shop.ledger.books(shop.keys.mchid) if line.paid_s}
    assert sorted(row.state for row in rows) == ["REFUND", "REVOKED", "SUCCESS", "SUCCESS", "SUCCESS"]
    assert {row.order_id for row in rows} == {order.order_id for order in orders}


def test_a_fund_flow_bill_adds_up_to_the_books_less_the_fees(shop: Shop) -> None:
    _day_of_business(shop)
    shop.clock.advance(DAY_S)
    trades = bills.read_trades(_bill(shop, shop.wire.trade_bill_request(**_asked(shop))))
    flows = bills.read_flows(_bill(shop, shop.wire.flow_bill_request(**_asked(shop))))
    fees = sum(int(row.fee * 100) for row in trades)
    assert sum(row.money.minor for row in flows) == sum(line.net for line in shop.ledger.books(shop.keys.mchid)) - fees


def test_bills_of_one_kind_leave_out_what_is_not_theirs(shop: Shop) -> None:
    _day_of_business(shop)
    shop.clock.advance(DAY_S)
    for kind, columns, states in (("SUCCESS", 20, {"SUCCESS"}), ("REFUND", 29, {"REFUND", "REVOKED"})):
        path = f"/v3/bill/tradebill?bill_date=2026-11-23&bill_type={kind}"
        status, offer = shop.signed("GET", path)
        assert status == 200
        content = shop.host._bills.fetch(offer["download_url"].partition("token=")[2], shop.clock.wall())
        assert content
        assert len(bills.Table.parse(content).columns) == columns
        assert {row.state for row in bills.read_trades(content)} == states


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("bill_date=2026-11-22", "NO_STATEMENT_EXIST", ""),
        ("bill_date=2026-11-24", "STATEMENT_CREATING", ""),
        ("bill_date=2026-01-01", "INVALID_REQUEST", ""),
        ("bill_date=20261123x", "PARAM_ERROR", "bill_date"),
        ("bill_date=20261122", "PARAM_ERROR", "bill_date"),
        ("bill_date=9999-12-31", "STATEMENT_CREATING", ""),
        ("bill_date=2026-11-22&bill_type=SOME", "PARAM_ERROR", "bill_type"),
        ("bill_date=2026-11-23&tar_type=ZIP", "PARAM_ERROR", "tar_type"),
        ("bill_date=2026-11-23&sub_mchid=1", "PARAM_ERROR", "sub_mchid"),
    ],
)
def test_a_bill_that_is_not_there_says_why(shop: Shop, query: str, code: str, field: str) -> None:
    shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    shop.clock.advance(DAY_S)
    status, said = shop.signed("GET", f"/v3/bill/tradebill?{query}")
    assert (status, said["code"], said.get("detail", {}).get("field", "")) == (400, code, field)
    assert isinstance(_offer(shop, shop.wire.trade_bill_request(**_asked(shop, "2026-11-22"))), replies.Failure)


def test_a_bill_is_ready_at_nine_and_its_address_lives_five_minutes(shop: Shop) -> None:
    shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    shop.clock.advance(DAY_S - 4401)  # 08:59:59 of the next day
    assert _offer(shop, shop.wire.trade_bill_request(**_asked(shop))).code == "STATEMENT_CREATING"
    shop.clock.advance(1)
    offer = _offer(shop, shop.wire.trade_bill_request(**_asked(shop)))
    shop.clock.advance(301)
    late = shop.wire.bill_file_request(offer, now_s=int(shop.clock.wall()), nonce="late")
    assert shop.host.answer(late).status == 400


def test_an_offer_that_is_not_wechats_is_not_believed(shop: Shop) -> None:
    reply = shop.host.answer(shop.wire.trade_bill_request(**_asked(shop, "2026-11-22")))
    with pytest.raises(Malformed, match="wrong signature"):
        shop.wire.bill_offer(replace(reply, body=reply.body + b" "), now_s=int(shop.clock.wall()))


# --- notices ---------------------------------------------------------------------------------------------


def _notified(shop: Shop, order: Order, fault: str = "", refund_no: str = "") -> tuple[str, bool]:
    """Whose order a till hears of, and whether the host takes its answer for an answer."""
    merchant = shop.wire._credentials.merchant
    whose = merchant.sub_mchid or merchant.mchid
    purchase = shop.ledger.find(whose, order.order_id)
    assert purchase
    returned = shop.ledger.find_refund(whose, refund_no) if refund_no else None
    request = shop.host.notice(purchase, returned, named(fault) if fault else SOUND)
    heard = shop.wire.notified(request, now_s=int(shop.clock.wall()))
    return heard.order_id, shop.host.heard(heard.reply)


def test_a_payment_and_a_refund_are_told_and_heard(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    assert _notified(shop, order) == (order.order_id, True)
    assert _notified(shop, order, refund_no="R1") == (order.order_id, True)
    assert _notified(shop, order, "bad_signature") == ("", False)
    assert _notified(shop, order, "wrong_amount") == (order.order_id, True)  # evidence at most: the till asks


def test_a_till_of_certificates_is_told_by_the_certificate(shop: Shop, wechat_credentials: Credentials) -> None:
    keys = {shop.keys.platform_serial: wechat_credentials.platform_keys[shop.keys.platform_serial]}
    shop.wire = WechatWire(replace(wechat_credentials, platform_keys=keys))
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    assert _notified(shop, order) == (order.order_id, True)


def test_only_who_named_an_address_is_told(shop: Shop) -> None:
    scanned = shop.order(shop.customer().code())
    shown = replace(shop.order("134567890123456789"), shown=True)
    shop.ask(Operation.PAY, scanned)
    assert shop.customer().scan(shop.ask(Operation.SHOW, shown).shown_code) is Shown.PAID
    assert shop.ledger.notices_of(scanned.order_id) == []
    (notice,) = shop.ledger.notices_of(shown.order_id)
    assert notice.url == "https://till.invalid/wechat"
    amount = {"refund": 1, "total": 1234, "currency": "CNY"}
    refund = {"out_trade_no": scanned.order_id, "out_refund_no": "R1", "amount": amount}
    shop.signed("POST", "/v3/refund/domestic/refunds", json.dumps({**refund, "notify_url": "http://x/"}).encode())
    assert [one.url for one in shop.ledger.notices_of(scanned.order_id)] == ["http://x/"]


# --- service providers -----------------------------------------------------------------------------------


@pytest.fixture
def provider(shop: Shop) -> Shop:
    shop.wire = WechatWire(shop.keys.credentials(shop.keys.partners))
    return shop


def test_a_service_provider_does_everything_for_its_merchant(provider: Shop) -> None:
    order = provider.order(provider.customer().code())
    request = provider.request(Operation.PAY, order)
    assert request.path == "/v3/pay/partner/transactions/codepay"
    whose = {name: json.loads(request.body)[name] for name in ("sp_appid", "sp_mchid", "sub_appid", "sub_mchid")}
    keys = provider.keys
    assert list(whose.values()) == [keys.appid, keys.mchid, keys.sub_appid, keys.sub_mchid]
    assert provider.ask(Operation.PAY, order).verdict is Verdict.APPROVED
    assert provider.ask(Operation.QUERY, order).verdict is Verdict.APPROVED
    assert [line.net for line in provider.ledger.books(keys.sub_mchid)] == [1234]
    assert provider.net(order) == 0
    refund = Refund("R1", order, Money(234))
    assert provider.ask(Operation.REFUND, refund).verdict is Verdict.APPROVED
    assert provider.ask(Operation.REFUND_QUERY, refund).verdict is Verdict.APPROVED
    assert _notified(provider, order) == (order.order_id, True)
    assert provider.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    shown = provider.order("134567890123456789")
    assert provider.ask(Operation.SHOW, shown).shown_code
    assert provider.ask(Operation.CLOSE, shown).verdict is Verdict.REVERSED
    provider.clock.advance(DAY_S)
    rows = bills.read_trades(_bill(provider, provider.wire.trade_bill_request(**_asked(provider))))
    assert {row.order_id for row in rows} == {order.order_id}


def test_orders_of_its_own_and_of_its_merchant_are_kept_apart(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    own = shop.wire
    shop.ask(Operation.PAY, order)
    shop.wire = WechatWire(shop.keys.credentials(shop.keys.partners))
    assert shop.ask(Operation.QUERY, order).reason is Reason.NOT_FOUND
    assert shop.ask(Operation.REFUND, Refund("R1", order, Money(1))).reason is Reason.NOT_FOUND
    shop.wire = own
    assert shop.ask(Operation.QUERY, order).verdict is Verdict.APPROVED


def test_another_sub_merchant_is_refused(shop: Shop) -> None:
    query = f"sp_mchid={shop.keys.mchid}&sub_mchid=1900000001"
    status, said = shop.signed("GET", f"/v3/pay/partner/transactions/out-trade-no/POS0100001?{query}")
    assert (status, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "mchid")
    status, said = shop.signed("GET", "/v3/pay/partner/transactions/out-trade-no/POS0100001?mchid=1")
    assert (status, said["code"]) == (400, "PARAM_ERROR")


def test_a_shown_order_that_is_paid_is_said_to_be_so_when_it_is_closed(shop: Shop) -> None:
    order = shop.order("134567890123456789")
    assert shop.customer().scan(shop.ask(Operation.SHOW, order).shown_code) is Shown.PAID
    assert shop.ask(Operation.CLOSE, order) == Answer(Verdict.APPROVED, said="ORDER_PAID")
