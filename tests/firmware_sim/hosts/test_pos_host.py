"""A till's POS wire against the acquirer, told as stories on a clock that moves when it is told to."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import iso8583
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.faults import FAULTS, Faults
from firmware_sim.hosts import unionpay_pos_words as words
from firmware_sim.hosts.host import HELD, NOTHING
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.hosts.unionpay_pos_keys import Keys, load_or_make
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer, Refusal
from firmware_sim.phones.phone import Phone
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request, Till
from terminal.schemes.unionpay_pos import SCHEME, dialect, outcomes
from terminal.schemes.unionpay_pos.closing import Closed, close_batch
from terminal.schemes.unionpay_pos.dialect import Dialect, Message
from terminal.schemes.unionpay_pos.elements import Balance, Item, Original, Totals
from terminal.schemes.unionpay_pos.mac import Method
from terminal.schemes.unionpay_pos.settings import Settings
from terminal.schemes.unionpay_pos.wire import PosWire, response

BALANCE = 500_000
LATER = {"now_s": 0, "nonce": ""}


class Shop:
    """A till's questions, asked of the host without a network; it signs in when it has to."""

    def __init__(self, state: Path, clock: Any, spoken: Dialect | None = None) -> None:
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults()
        self.keys: Keys = load_or_make(state)
        self.host = PosHost(self.ledger, self.keys, clock, self.faults, rng=Random(1), spoken=spoken)
        self.wire: PosWire = self.new_wire()
        self.traces: Iterator[int] = count(2)

    def new_wire(self) -> PosWire:
        table = {name: value for name, value in self.host.merchant_config().items() if name != "scheme"}
        made = SCHEME.connect(Settings(**table | {"master_key": Path(table["master_key"])}), Till("POS01", ""))
        assert isinstance(made, PosWire)
        return made

    def customer(self, balance: int = BALANCE, wallet: str = "unionpay", **traits: Any) -> Phone:
        customer = Customer(f"c{next(self.traces)}", wallet=wallet, **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def order(self, code: str, amount: int = 1234) -> Order:
        trace = next(self.traces)
        begun_s = int(self.clock.wall())
        return Order(f"POS01{trace}", "S1", Money(amount), PaymentCode("unionpay", code), begun_s=begun_s, trace=trace)

    def refund(self, order: Order, amount: int) -> Refund:
        trace = next(self.traces)
        return Refund(f"{order.order_id}R{trace}", order, Money(amount), trace=trace)

    def sign_in(self) -> None:
        if opening := self.wire.opening(now_s=int(self.clock.wall())):
            assert self.wire.opened(self.host.answer(opening)).verdict is Verdict.APPROVED

    def request(self, operation: Operation, about: Order | Refund) -> Request:
        if isinstance(about, Refund):
            return self.wire.refund_request(operation, about, **LATER)
        return self.wire.request(operation, about, **LATER)

    def ask(self, operation: Operation, about: Order | Refund) -> Answer:
        self.sign_in()
        reply = self.host.play(self.request(operation, about)).reply
        assert reply
        return self.wire.answer(operation, about, reply, now_s=0)

    def sold(self, amount: int = 1234, phone: Phone | None = None) -> Order:
        order = self.order((phone or self.customer()).code(), amount)
        answer = self.ask(Operation.PAY, order)
        assert answer.verdict is Verdict.APPROVED
        return replace(order, transaction_id=answer.transaction_id)

    def say(self, message: Message) -> Message:
        """Any message at all, not sealed, and the reply."""
        return dialect.read(self.host.answer(self.wire.plain(message)).body).message

    def close(self, items: list[Item]) -> Closed:
        closing = close_batch(self.wire, items, self.traces)
        try:
            request = next(closing)
            while True:
                request = closing.send(self.host.answer(request))
        except StopIteration as end:
            closed: Closed = end.value
            return closed

    def net(self) -> dict[str, int]:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.merchant_no)}

    def earned(self) -> int:
        return sum(self.net().values())


@pytest.fixture
def shop(tmp_path: Path, hand_clock: Any) -> Iterator[Shop]:
    shop = Shop(tmp_path, hand_clock)
    yield shop
    assert shop.ledger.check() == []


def _item(order: Order) -> Item:
    original = Original.of_transaction(order.transaction_id)
    assert original
    return Item(order.trace, order.money.minor, voucher=original.voucher)


def _verdict(answer: Answer) -> tuple[Verdict, Reason]:
    return answer.verdict, answer.reason


# --- a whole day -----------------------------------------------------------------------------------------


def test_a_day_at_the_counter(shop: Shop) -> None:
    shop.sign_in()
    first, second, third = shop.sold(1000), shop.sold(2000), shop.sold(3000)

    void = shop.refund(first, 1000)
    assert shop.ask(Operation.REFUND, void).verdict is Verdict.APPROVED
    part = shop.refund(third, 500)
    assert shop.ask(Operation.REFUND, part).verdict is Verdict.APPROVED

    lost = shop.order(shop.customer().code(), 4000)
    shop.host.play(shop.request(Operation.PAY, lost))  # the reply never came
    assert shop.earned() == 2000 + 2500 + 4000
    assert shop.ask(Operation.REVERSE, lost) == Answer(Verdict.REVERSED, said="00")
    assert shop.earned() == 2000 + 2500

    backs = [Item(void.trace, 1000, is_credit=True), Item(part.trace, 500, is_credit=True)]
    assert shop.close([_item(first), _item(second), _item(third), *backs]) == Closed(Balance.EQUAL, "00")
    assert (shop.wire.desk.batch, shop.keys.batch) == ("000002", "000002")

    fourth = shop.sold(5000)
    late = shop.refund(second, 2000)  # of the batch before: a refund, no void
    assert shop.ask(Operation.REFUND, late).verdict is Verdict.APPROVED
    assert shop.close([_item(fourth)]) == Closed(Balance.UNEQUAL, "00")  # the till forgot the refund
    assert shop.keys.batch == "000003"

    assert response(shop.say(shop.wire.desk.sign_off(next(shop.traces)))) == "00"
    unsigned = shop.order(shop.customer().code())
    reply = shop.host.answer(shop.request(Operation.PAY, unsigned))
    assert _verdict(shop.wire.answer(Operation.PAY, unsigned, reply, now_s=0)) == (Verdict.UNKNOWN, Reason.OTHER)
    assert shop.ask(Operation.PAY, unsigned).verdict is Verdict.APPROVED  # signed in again
    assert shop.earned() == 2500 + 5000 + 1234


# --- published frames ------------------------------------------------------------------------------------


SIGN_IN = """
    003C600003000060310031100408000020000000C0001200000131323334353637383839383131303031323334303030310011000000
    0100300003303120"""
SIGNED_IN = """
    007960000000036031003110040810003800010AC0001400000110150009010848021000323130393031303030303031303031323334
    3536373838393831313030313233343030303100110000000100300040CB4AB541CD5AD4FC256A882726936A5A08D7B4FB1735509EA3
    62EDDE0000000000000000B1670FBB"""
SALE = """
    0069600003000060310031100402003020048000C0803100000000000000123400000203200031323334353637383839383131303031
    3233343030303131353600244133303139363232353733353035333230313631353230320014220000010006003444463739443835"""
REVERSAL = """
    006B600003000060310031100404003020048002C0803100000000000000123400000203200039383132333435363738383938313130
    303132333430303031313536002441333031393632323537333530353332303136313532303200142200000100060041354245444430
    34"""


class PublishedKeys(Random):
    """The working keys of the published sign-in."""

    def randbytes(self, n: int) -> bytes:
        return bytes.fromhex({16: "0123456789ABCDEFFEDCBA9876543210", 8: "1020304050607080"}[n])


def _bytes(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


def test_the_published_frames_are_answered_as_published(tmp_path: Path, hand_clock: Any) -> None:
    hand_clock.start_wall_s = 1_630_462_500.0  # 2021-09-01 10:15:00 in Beijing
    made = load_or_make(tmp_path)
    tmk = bytes.fromhex("11111111111111112222222222222222")
    keys = replace(made, terminal_no="12345678", merchant_no="898110012340001", master_key=tmk)
    ledger = Ledger()
    ledger.add_customer(Customer("c", wallet="unionpay"), BALANCE)
    ledger.show_code("6225735053201615202", "c", hand_clock.wall())
    host = PosHost(ledger, keys, hand_clock, Faults(), rng=PublishedKeys())

    assert host.answer(Request("", "", {}, _bytes(SIGN_IN))).body == _bytes(SIGNED_IN)
    hand_clock.advance(30)
    sold = dialect.read(host.answer(Request("", "", {}, _bytes(SALE))).body)
    assert sold.is_sealed_by(Method.CUP_ECB, PublishedKeys().randbytes(8))
    assert (sold.routing, sold.message.mti) == ("6000000003603100311004", "0210")
    published = {3: "000000", 4: "000000001234", 11: "000002", 12: "101530", 13: "0901", 15: "0901", 25: "00"}
    published |= {32: "48021000", 37: "210901000002", 39: "00", 49: "156", 59: "A402020210901000000000001"}
    assert {number: sold.message[number] for number in published} == published
    assert dialect.read(host.answer(Request("", "", {}, _bytes(REVERSAL))).body).message[39] == "00"
    assert {line.net for line in ledger.books("898110012340001")} == {0}


# --- sales -----------------------------------------------------------------------------------------------


def test_a_sale_takes_the_money_and_says_whose(shop: Shop) -> None:
    phone = shop.customer(wallet="ccb")
    order = shop.order(phone.code())
    shop.sign_in()
    message = dialect.read(shop.host.answer(shop.request(Operation.PAY, order)).body).message
    assert message[63].encode("latin-1").decode("gbk").rstrip() == "CUP建设银行"
    assert shop.ask(Operation.PAY, order).payer == "建设银行"
    assert message[44] == "01050000   48021000   "
    assert (message[39], message[15], len(message[37]), len(message[38])) == ("00", message[13], 12, 6)
    assert message[59].startswith("A4020")
    assert shop.ledger.balance(customer_account(phone.customer)) == BALANCE - 1234


def test_the_same_sale_again_is_the_same_payment(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    first = shop.ask(Operation.PAY, order)
    assert shop.ask(Operation.PAY, order) == first
    assert shop.earned() == 1234


def test_a_trace_used_for_another_sale_is_a_duplicate(shop: Shop) -> None:
    order = shop.sold()
    other = replace(order, money=Money(1))
    assert shop.ask(Operation.PAY, other) == Answer(Verdict.UNKNOWN, Reason.OTHER, "94")
    assert shop.earned() == 1234


@pytest.mark.parametrize(
    ("traits", "amount", "said", "reason"),
    [
        ({"balance": 1000}, 1234, "51", Reason.INSUFFICIENT_FUNDS),
        ({"refused_as": Refusal.RISK}, 1234, "59", Reason.RISK),
        ({"refused_as": Refusal.BLOCKED}, 1234, "62", Reason.ACCOUNT_BLOCKED),
        ({"refused_as": Refusal.NOT_ALLOWED}, 1234, "57", Reason.NOT_ALLOWED),
        ({"refused_as": Refusal.REFUSED}, 1234, "05", Reason.OTHER),
        ({"refused_as": "41"}, 1234, "41", Reason.ACCOUNT_BLOCKED),
        ({"wallet": "citic"}, 500_001, "61", Reason.LIMIT_EXCEEDED),
    ],
)
def test_what_the_issuer_refuses_is_said_in_a_code_and_moves_nothing(
    traits: dict[str, Any], amount: int, said: str, reason: Reason, shop: Shop
) -> None:
    order = shop.order(shop.customer(**traits).code(), amount)
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, reason, said)
    assert shop.earned() == 0


def test_a_code_that_nobody_shows_or_that_is_old_or_used_is_refused(shop: Shop) -> None:
    phone = shop.customer()
    code = phone.code()
    invalid = Answer(Verdict.DECLINED, Reason.CODE_INVALID, "14")
    assert shop.ask(Operation.PAY, shop.order("6222222222222222222")) == invalid
    assert shop.ask(Operation.PAY, shop.order("134567890123456789")) == invalid  # another wallet's
    shop.ask(Operation.PAY, shop.order(code))
    assert shop.ask(Operation.PAY, shop.order(code)) == invalid
    old = shop.order(phone.code())
    shop.clock.advance(200)
    assert shop.ask(Operation.PAY, old) == Answer(Verdict.DECLINED, Reason.CODE_EXPIRED, "54")


def test_only_yuan_and_more_than_nothing_is_taken(shop: Shop) -> None:
    code = shop.customer().code()
    dollars = replace(shop.order(code), money=Money(1234, CURRENCIES["HKD"]))
    assert shop.ask(Operation.PAY, dollars).said == "A1"
    assert shop.ask(Operation.PAY, shop.order(code, 0)).said == "13"
    assert shop.ask(Operation.PAY, shop.order(code)).verdict is Verdict.APPROVED


# --- a password -------------------------------------------------------------------------------------------


def _held(shop: Shop, **traits: Any) -> tuple[Order, Request]:
    order = shop.order(shop.customer(needs_password=True, **traits).code())
    shop.sign_in()
    request = shop.request(Operation.PAY, order)
    assert shop.host.answer(request) == HELD
    return order, request


def test_the_reply_waits_until_the_password_is_typed(shop: Shop) -> None:
    order, request = _held(shop, types_after_s=20.0)
    shop.clock.advance(19)
    assert shop.host.answer(request) == HELD
    shop.clock.advance(2)
    answer = shop.wire.answer(Operation.PAY, order, shop.host.answer(request), now_s=0)
    assert answer.verdict is Verdict.APPROVED


@pytest.mark.parametrize("traits", [{"types_wrong": True}, {"types_after_s": None}])
def test_a_wrong_password_or_none_is_refused_while_the_till_still_listens(traits: dict[str, Any], shop: Shop) -> None:
    order, request = _held(shop, **traits)
    shop.clock.advance(SCHEME.procedure.answer_within_s - 1)
    answer = shop.wire.answer(Operation.PAY, order, shop.host.answer(request), now_s=0)
    assert answer == Answer(Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, "55")
    assert shop.earned() == 0


def test_a_sale_that_is_reversed_while_the_customer_types_is_never_paid(shop: Shop) -> None:
    order, request = _held(shop)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    shop.clock.advance(30)
    answer = shop.wire.answer(Operation.PAY, order, shop.host.answer(request), now_s=0)
    assert answer == Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "12")
    assert shop.earned() == 0


# --- undoing ----------------------------------------------------------------------------------------------


def test_a_reversal_gives_back_once_and_says_so_again(shop: Shop) -> None:
    order = shop.sold()
    for _ in range(2):
        assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.REVERSED, said="00")
    assert shop.earned() == 0


def test_a_sale_that_comes_after_its_reversal_is_not_carried_out(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    for _ in range(2):
        assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.REVERSED, Reason.NOT_FOUND, "25")
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "12")
    assert shop.earned() == 0


def test_after_a_restart_a_sale_is_reversed_without_its_code(shop: Shop) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.wire = shop.new_wire()  # no keys, and no code: the journal keeps none
    assert shop.ask(Operation.REVERSE, replace(order, code=None)) == Answer(Verdict.REVERSED, said="00")
    assert shop.earned() == 0


def test_a_reversal_of_another_amount_or_of_yesterday_is_for_a_person(shop: Shop) -> None:
    order = shop.sold()
    assert shop.ask(Operation.REVERSE, replace(order, money=Money(1))).verdict is Verdict.DECLINED
    shop.clock.advance(25 * 3600)
    assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.DECLINED, Reason.NOT_ALLOWED, "58")
    assert shop.earned() == 1234


def test_a_restarted_host_is_signed_in_to_again_and_the_sale_taken_back(shop: Shop) -> None:
    shop.sign_in()
    order = shop.order(shop.customer().code())
    shop.host = PosHost(shop.ledger, shop.keys, shop.clock, shop.faults, rng=Random(2))
    assert shop.ask(Operation.PAY, order) == Answer(Verdict.UNKNOWN, Reason.OTHER, "97")
    assert shop.ask(Operation.REVERSE, order) == Answer(Verdict.REVERSED, Reason.NOT_FOUND, "25")


# --- giving back ------------------------------------------------------------------------------------------


def test_a_void_is_of_the_whole_and_is_one_however_often_it_is_sent(shop: Shop) -> None:
    order = shop.sold()
    void = shop.refund(order, 1234)
    assert shop.ask(Operation.REFUND, void).verdict is Verdict.APPROVED
    assert shop.ask(Operation.REFUND_QUERY, void).verdict is Verdict.APPROVED
    assert shop.earned() == 0
    assert shop.ask(Operation.REFUND, shop.refund(order, 1234)) == Answer(Verdict.DECLINED, Reason.MISMATCH, "64")


def test_parts_are_refunded_until_nothing_is_left(shop: Shop) -> None:
    order = shop.sold(1000)
    assert [shop.ask(Operation.REFUND, shop.refund(order, part)).said for part in (400, 600, 1)] == ["00", "00", "64"]
    assert shop.earned() == 0


def test_what_was_never_paid_or_goes_by_another_voucher_is_not_given_back(shop: Shop) -> None:
    order = shop.sold()
    unpaid = replace(shop.order(shop.customer().code()), transaction_id="")
    assert shop.ask(Operation.REFUND, shop.refund(unpaid, 1234)) == Answer(Verdict.DECLINED, Reason.NOT_FOUND, "25")
    foreign = replace(order, transaction_id=shop.sold().transaction_id)
    assert shop.ask(Operation.REFUND, shop.refund(foreign, 1234)).said == "25"
    assert shop.earned() == 2 * 1234


def test_a_refund_after_a_restart_finds_its_sale_by_batch_and_trace(shop: Shop) -> None:
    order = replace(shop.sold(), transaction_id="", code=None)
    assert shop.ask(Operation.REFUND, shop.refund(order, 1234)).verdict is Verdict.APPROVED
    assert shop.earned() == 0


def test_a_sale_of_a_closed_batch_is_not_voided(shop: Shop) -> None:
    order = shop.sold()
    shop.close([_item(order)])
    shop.wire.begin("000001")  # a till that thinks it is still yesterday
    assert shop.ask(Operation.REFUND, shop.refund(order, 1234)) == Answer(Verdict.UNKNOWN, Reason.OTHER, "97")
    assert shop.ask(Operation.REFUND, shop.refund(order, 1234)).verdict is Verdict.APPROVED  # which is a refund now
    assert shop.earned() == 0


# --- closing ----------------------------------------------------------------------------------------------


def test_a_batch_that_differs_is_uploaded_and_the_difference_told(shop: Shop, caplog: Any) -> None:
    orders = [shop.sold(100 + number) for number in range(10)]
    with caplog.at_level(logging.INFO, "saoma.hosts"):
        assert shop.close([_item(order) for order in orders[1:]]).balance is Balance.UNEQUAL
    assert f"trace {orders[0].trace:06}: 100 here, None there" in caplog.text
    assert shop.keys.batch == "000002"


def test_a_batch_whose_closing_was_not_heard_of_is_closed_again_to_the_same_end(shop: Shop) -> None:
    items = [_item(shop.sold())]
    settlement = close_batch(shop.wire, items, shop.traces)
    shop.host.answer(next(settlement))  # and the reply is lost
    assert shop.keys.batch == "000002"
    assert shop.close(items) == Closed(Balance.EQUAL, "00")
    assert (shop.wire.desk.batch, shop.keys.batch) == ("000002", "000002")


def test_an_upload_sent_twice_counts_once(shop: Shop) -> None:
    order = shop.sold()
    closing = close_batch(shop.wire, [_item(order), Item(99, 1)], shop.traces)
    request = closing.send(shop.host.answer(next(closing)))
    shop.host.answer(request)
    request = closing.send(shop.host.answer(request))
    with pytest.raises(StopIteration) as end:
        closing.send(shop.host.answer(request))
    assert end.value.value == Closed(Balance.UNEQUAL, "00")


@pytest.mark.parametrize("fault", ["refuse=30", "error_500", "odd_word"])
def test_a_batch_stays_open_where_the_host_does_not_take_its_totals(fault: str, shop: Shop) -> None:
    item = _item(shop.sold())
    shop.faults.arm(fault)
    closing = close_batch(shop.wire, [item], shop.traces)
    reply = shop.host.play(next(closing)).reply
    assert reply
    with pytest.raises(StopIteration) as end:
        closing.send(reply)
    assert end.value.value.balance is Balance.ERROR
    assert shop.wire.desk.batch == "000001"
    assert shop.close([item]).balance is Balance.EQUAL


def test_a_reply_to_something_else_closes_no_batch(shop: Shop) -> None:
    closing = close_batch(shop.wire, [], shop.traces)
    next(closing)
    with pytest.raises(StopIteration) as end:
        closing.send(shop.host.answer(shop.wire.plain(shop.wire.desk.echo(77))))
    assert end.value.value == Closed(Balance.ERROR, "a reply to something else")


def test_an_end_that_counts_otherwise_is_refused(shop: Shop) -> None:
    assert response(shop.say(shop.wire.desk.upload_end(5, 3))) == "30"
    assert shop.keys.batch == "000001"


def test_the_batch_is_remembered_by_a_host_that_was_restarted(shop: Shop, tmp_path: Path) -> None:
    shop.close([])
    assert load_or_make(tmp_path) == shop.keys
    shop.host = PosHost(shop.ledger, load_or_make(tmp_path), shop.clock, shop.faults, rng=Random(3))
    shop.wire = shop.new_wire()
    shop.sign_in()
    assert shop.wire.desk.batch == "000002"


# --- who is listened to -----------------------------------------------------------------------------------


def test_an_echo_needs_no_sign_in(shop: Shop) -> None:
    reply = shop.say(shop.wire.desk.echo(9))
    assert (reply.mti, reply[11], response(reply)) == ("0830", "000009", "00")


def test_another_terminal_is_unknown_and_learns_no_keys(shop: Shop) -> None:
    stranger = replace(shop.wire.desk, terminal_id="99999999")
    reply = shop.say(stranger.sign_in(1))
    assert (response(reply), reply[62]) == ("97", "")


def test_a_payment_with_a_wrong_seal_is_told_so_unsealed_and_moves_nothing(shop: Shop) -> None:
    shop.sign_in()
    request = shop.request(Operation.PAY, shop.order(shop.customer().code()))
    forged = replace(request, body=request.body[:-1] + b"!")
    message = dialect.read(shop.host.answer(forged).body).message
    assert (message[39], 64 in message.elements) == ("A0", False)
    assert shop.earned() == 0


def test_what_is_no_call_or_lacks_something_is_told_in_a_code_and_in_plain_words(shop: Shop, caplog: Any) -> None:
    desk = shop.wire.desk
    with caplog.at_level(logging.INFO, "saoma.hosts"):
        assert response(shop.say(replace(desk.echo(1), mti="0100"))) == "40"
        assert response(shop.say(Message("0500", {**desk.settlement(1, Totals()).elements, 48: "1"}))) == "30"
        assert response(shop.say(Message("0820", {41: desk.terminal_id, 42: desk.merchant_id}))) == "30"
    for plain in ("not a call of this line's", "DE 48 must be the totals", "DE 11 is missing"):
        assert plain in caplog.text


def test_the_log_of_a_refusal_holds_no_code(shop: Shop, caplog: Any) -> None:
    code = shop.customer(balance=1).code()
    with caplog.at_level(logging.INFO, "saoma.hosts"):
        shop.ask(Operation.PAY, shop.order(code))
    assert "51" in caplog.text
    assert code not in caplog.text


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("element", [57, 59])
def test_every_dialect_pays_and_gives_back(method: Method, element: Any, tmp_path: Path, hand_clock: Any) -> None:
    spoken = Dialect("6000120000", "612100311000", element, method, "")
    shop = Shop(tmp_path, hand_clock, spoken)
    order = shop.sold()
    assert shop.ask(Operation.REFUND, shop.refund(order, 234)).verdict is Verdict.APPROVED
    assert shop.earned() == 1000


# --- faults -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("bad_signature", Verdict.UNKNOWN, Reason.BAD_SIGNATURE),
        ("wrong_amount", Verdict.UNKNOWN, Reason.MISMATCH),
        ("odd_word", Verdict.UNKNOWN, Reason.BAD_REPLY),
        ("error_500", Verdict.UNKNOWN, Reason.OTHER),
        ("accepted_202", Verdict.APPROVED, Reason.NONE),
        ("twice", Verdict.APPROVED, Reason.NONE),
        ("refuse=insufficient_funds", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("refuse=A7", Verdict.DECLINED, Reason.CONFIGURATION),
    ],
)
def test_a_spoilt_answer_is_met_as_it_deserves_and_can_be_taken_back(
    fault: str, verdict: Verdict, reason: Reason, shop: Shop
) -> None:
    shop.sign_in()
    order = shop.order(shop.customer().code())
    shop.faults.arm(fault, Operation.PAY)
    assert _verdict(shop.ask(Operation.PAY, order)) == (verdict, reason)
    assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.earned() == 0


def test_a_fault_can_ask_for_the_password(shop: Shop) -> None:
    shop.sign_in()
    shop.faults.arm("password", Operation.PAY)
    order = shop.order(shop.customer().code())
    assert shop.host.play(shop.request(Operation.PAY, order)).reply == HELD
    shop.clock.advance(9)
    assert shop.ask(Operation.PAY, order).verdict is Verdict.APPROVED


def test_keys_with_a_wrong_check_value_make_the_till_sign_in_once_more(shop: Shop) -> None:
    shop.faults.arm("bad_signature")
    opening = shop.wire.opening(now_s=1)
    assert opening
    reply = shop.host.play(opening).reply
    assert reply
    assert shop.wire.opened(reply).reason is Reason.BAD_REPLY
    assert shop.wire.opening(now_s=2) is not None


def test_faults_come_by_amount_where_that_was_wished(shop: Shop) -> None:
    shop.sign_in()
    shop.faults.by_amount = True
    assert shop.ask(Operation.PAY, shop.order(shop.customer().code(), 1051)).said == "51"


def test_every_fault_has_a_meaning_here(shop: Shop) -> None:
    shop.sign_in()
    for name in FAULTS:
        shop.faults.arm("refuse=risk" if name == "refuse" else name, Operation.PAY)
        order = shop.order(shop.customer().code())
        assert shop.host.play(shop.request(Operation.PAY, order)).delivery
        assert shop.ask(Operation.REVERSE, order).verdict is Verdict.REVERSED
    assert shop.earned() == 0


# --- words ------------------------------------------------------------------------------------------------


def test_every_refusal_has_a_code_that_a_till_knows() -> None:
    assert set(words.RESPONSES) == set(Refusal)
    assert set(words.RESPONSES.values()) <= set(outcomes.PAY)


def test_a_second_decoder_reads_the_host(shop: Shop) -> None:
    shop.sign_in()
    frame = shop.host.answer(shop.request(Operation.PAY, shop.order(shop.customer().code()))).body
    gbk = {**dialect.SPEC, "63": {**dialect.SPEC["63"], "data_enc": "gbk"}}
    decoded, _ = iso8583.decode(frame[2:], gbk)
    assert decoded["h"].startswith("6000000003")
    assert (decoded["t"], decoded["39"], decoded["63"].rstrip()) == ("0210", "00", "CUP云闪付")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_gets_a_reply_or_nothing(data: st.DataObject, shop: Shop) -> None:
    shop.sign_in()
    order = shop.order("6225735053201615202")
    sources = [
        shop.request(Operation.PAY, order).body,
        shop.request(Operation.REVERSE, order).body,
        shop.wire.plain(shop.wire.desk.sign_in(1)).body,
        shop.wire.plain(shop.wire.desk.settlement(1, Totals())).body,
        shop.wire.plain(shop.wire.desk.upload_end(1, 0)).body,
    ]
    frame = bytearray(data.draw(st.one_of(st.sampled_from(sources), st.binary(max_size=80))))
    for _ in range(data.draw(st.integers(0, 3)) if frame else 0):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    reply = shop.host.play(Request("", "", {}, bytes(frame))).reply
    assert reply == NOTHING or (isinstance(reply, Reply) and dialect.read(reply.body).message[39])
