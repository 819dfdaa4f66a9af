"""The till's end of the line, with published replies and with what must not be believed."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Line, Operation, Reply, SignsIn, Till
from terminal.schemes import unionpay_pos
from terminal.schemes.unionpay_pos import dialect
from terminal.schemes.unionpay_pos.calls import Call, Desk, call_of
from terminal.schemes.unionpay_pos.dialect import Message
from terminal.schemes.unionpay_pos.mac import Method
from terminal.schemes.unionpay_pos.settings import Settings, connect
from terminal.schemes.unionpay_pos.wire import PosWire, is_reply_to

CODE = PaymentCode("unionpay", "6225735053201615202")
ORDER = Order("POS01-1", "S1", Money(1234), CODE, "pos", begun_s=1630462530, trace=2)  # 2021-09-01 10:15:30
SALE_ID = "20210901000000123456-210901000002-000001-0901"
PAID = replace(ORDER, transaction_id=SALE_ID)
MAK = bytes.fromhex("1020304050607080")
ROUTING = "6000000003603100311004"
TILL = Till("POS01", "https://till.invalid/")
NEVER = {"now_s": 0, "nonce": ""}


@pytest.fixture
def open_wire(wire: PosWire, frames: SimpleNamespace) -> PosWire:
    assert wire.opened(Reply(0, {}, frames.signed_in)).verdict is Verdict.APPROVED
    return wire


def said(wire: PosWire, changes: dict[int, str | None], frames: SimpleNamespace, key: bytes = MAK) -> Answer:
    """What the wire makes of the published reply to the sale with these elements changed, sealed."""
    message = dialect.read(frames.sold).message
    elements = {number: value for number, value in (dict(message.elements) | changes).items() if value is not None}
    frame = dialect.write(Message(message.mti, elements), ROUTING, Method.CUP_ECB, key)
    return wire.answer(Operation.PAY, ORDER, Reply(0, {}, frame), now_s=0)


def test_a_line_is_opened_with_the_published_sign_in_and_closed_again_by_bad_keys(
    wire: PosWire, frames: SimpleNamespace
) -> None:
    assert isinstance(wire, SignsIn)
    opening = wire.opening(now_s=0)
    assert opening is not None
    assert opening.body == frames.sign_in
    assert wire.opened(Reply(0, {}, frames.signed_in)) == Answer(Verdict.APPROVED, said="00")
    assert wire.opening(now_s=0) is None


def test_a_sign_in_with_keys_under_another_master_key_opens_nothing(desk: Desk, frames: SimpleNamespace) -> None:
    wire = PosWire(desk, bytes(range(16)))
    assert wire.opened(Reply(0, {}, frames.signed_in)).reason is Reason.BAD_REPLY
    assert wire.opening(now_s=7) is not None


def test_a_refused_or_foreign_sign_in_opens_nothing(wire: PosWire, frames: SimpleNamespace) -> None:
    assert wire.opened(Reply(0, {}, frames.captured)).reason is Reason.MISMATCH  # another terminal's
    assert wire.opened(Reply(0, {}, frames.sold)).reason is Reason.MISMATCH
    assert wire.opened(Reply(0, {}, b"nothing of the kind")).reason is Reason.BAD_REPLY
    refused = Message("0810", {39: "97", 41: "12345678", 42: "898110012340001", 11: "000001"})
    answer = wire.opened(Reply(0, {}, dialect.write(refused, ROUTING)))
    assert answer == Answer(Verdict.DECLINED, Reason.CONFIGURATION, "97")
    assert wire.opening(now_s=0) is not None


@pytest.mark.parametrize(("element", "batch"), [("00000007003", "000007"), ("0000007", "000001"), (None, "000001")])
def test_a_sign_in_may_begin_another_batch(
    element: str | None, batch: str, wire: PosWire, frames: SimpleNamespace
) -> None:
    message = dialect.read(frames.signed_in).message
    elements = {number: value for number, value in {**message.elements, 60: element}.items() if value}
    wire.opened(Reply(0, {}, dialect.write(Message(message.mti, elements), ROUTING)))
    assert wire.desk.batch == batch


def test_a_sale_is_asked_for_and_believed_as_published(open_wire: PosWire, frames: SimpleNamespace) -> None:
    assert open_wire.request(Operation.PAY, ORDER, **NEVER).body == frames.sale
    answer = open_wire.answer(Operation.PAY, ORDER, Reply(0, {}, frames.sold), now_s=0)
    assert answer == Answer(Verdict.APPROVED, said="00", transaction_id=SALE_ID)


def test_a_reversal_repeats_the_sale_as_published(open_wire: PosWire, frames: SimpleNamespace) -> None:
    assert open_wire.request(Operation.REVERSE, ORDER, **NEVER).body == frames.reversal


def test_a_reversal_after_a_restart_has_no_code(open_wire: PosWire) -> None:
    message = dialect.read(open_wire.request(Operation.REVERSE, replace(ORDER, code=None), **NEVER).body).message
    assert call_of(message) is Call.REVERSAL
    assert (message[11], message[4], message[39], message[59]) == ("000002", "000000001234", "98", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({4: "000000001235"}, Reason.MISMATCH),
        ({4: None}, Reason.MISMATCH),
        ({3: "200000"}, Reason.MISMATCH),
        ({49: "344"}, Reason.MISMATCH),
        ({11: "000003"}, Reason.MISMATCH),
        ({41: "12345679"}, Reason.MISMATCH),
        ({42: "898110012340002"}, Reason.MISMATCH),
        ({39: None}, Reason.BAD_REPLY),
        ({39: "ZZ"}, Reason.BAD_REPLY),
        ({39: "\x1b["}, Reason.BAD_REPLY),
    ],
)
def test_a_reply_about_something_else_or_in_no_known_word_is_unknown(
    changes: dict[int, str | None], reason: Reason, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    answer = said(open_wire, changes, frames)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, reason)
    assert "\x1b" not in answer.said


def test_a_partial_approval_is_taken_back(open_wire: PosWire, frames: SimpleNamespace) -> None:
    assert said(open_wire, {39: "10", 4: "000000000500"}, frames).reason is Reason.MISMATCH


@pytest.mark.parametrize(
    ("response", "verdict", "reason"),
    [
        ("51", Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS),
        ("96", Verdict.UNKNOWN, Reason.OTHER),
        ("A2", Verdict.APPROVED, Reason.NONE),
    ],
)
def test_a_sealed_answer_is_believed(
    response: str, verdict: Verdict, reason: Reason, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    answer = said(open_wire, {39: response}, frames)
    assert (answer.verdict, answer.reason, answer.said) == (verdict, reason, response)


@pytest.mark.parametrize("response", ["00", "51"])
def test_an_answer_with_a_wrong_seal_or_none_is_unknown(
    response: str, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    assert said(open_wire, {39: response}, frames, key=bytes(8)).reason is Reason.BAD_SIGNATURE
    elements = dict(dialect.read(frames.sold).message.elements) | {39: response}
    del elements[64]
    unsealed = Reply(0, {}, dialect.write(Message("0210", elements), ROUTING))
    assert open_wire.answer(Operation.PAY, ORDER, unsealed, now_s=0).reason is Reason.BAD_SIGNATURE
    assert open_wire.opening(now_s=0) is None


@pytest.mark.parametrize(
    ("changes", "key", "why"),
    [({}, bytes(8), "A0"), ({39: "96"}, MAK, "96"), ({39: "68"}, MAK, "06"), ({4: "000000000001"}, MAK, "06")],
)
def test_a_reversal_says_why_as_long_as_the_till_remembers(
    changes: dict[int, str | None], key: bytes, why: str, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    said(open_wire, changes, frames, key)
    for order, expected in ((ORDER, why), (replace(ORDER, trace=3), "98")):
        frame = open_wire.request(Operation.REVERSE, order, **NEVER).body
        assert dialect.read(frame).message[39] == expected


@pytest.mark.parametrize("response", ["A0", "99", "97"])
def test_an_acquirer_that_does_not_know_the_keys_makes_the_till_sign_in_again(
    response: str, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    answer = said(open_wire, {39: response}, frames, key=bytes(8))
    assert (answer.verdict, answer.reason, answer.said) == (Verdict.UNKNOWN, Reason.OTHER, response)
    assert open_wire.opening(now_s=0) is not None


def test_a_stray_refusal_of_the_keys_leaves_the_line_open(open_wire: PosWire, frames: SimpleNamespace) -> None:
    assert said(open_wire, {39: "A0", 11: "000003"}, frames).reason is Reason.MISMATCH
    assert open_wire.opening(now_s=0) is None


@pytest.mark.parametrize("tags", ["", "A4", "A4020short", "A4003abc"])
def test_money_that_moved_has_moved_even_if_the_voucher_cannot_be_read(
    tags: str, open_wire: PosWire, frames: SimpleNamespace
) -> None:
    answer = said(open_wire, {59: tags or None}, frames)
    assert answer.verdict is Verdict.APPROVED
    assert "abc" not in answer.transaction_id


def test_a_reply_without_a_reversal_answer_is_asked_for_again(open_wire: PosWire, frames: SimpleNamespace) -> None:
    answer = open_wire.answer(Operation.REVERSE, ORDER, Reply(0, {}, frames.sold), now_s=0)
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, Reason.MISMATCH)  # 0210 is no answer to 0400


@pytest.mark.parametrize(
    ("order", "minor", "call"),
    [
        (PAID, 1234, Call.VOID),
        (PAID, 1000, Call.REFUND),
        (replace(PAID, transaction_id=SALE_ID.replace("-000001-", "-000009-")), 1234, Call.REFUND),
        (replace(ORDER, code=None), 1234, Call.VOID),
    ],
)
def test_the_whole_of_a_sale_of_this_batch_is_voided_and_anything_else_refunded(
    order: Order, minor: int, call: Call, open_wire: PosWire
) -> None:
    request = open_wire.refund_request(Operation.REFUND, Refund("R1", order, Money(minor), trace=5), **NEVER)
    message = dialect.read(request.body).message
    original = order.transaction_id.split("-")
    assert call_of(message) is call
    assert (message[11], message[4]) == ("000005", f"{minor:012}")
    if order.transaction_id:
        assert message[59] == f"A4020{original[0]}"
        assert message[37] == original[1]
        assert message[61] == f"{original[2]}000002{original[3]}"
    else:
        assert (message[59], message[37], message[61]) == ("", "", "0000010000020901")


def test_a_refund_is_asked_about_by_sending_it_again(open_wire: PosWire) -> None:
    refund = Refund("R1", PAID, Money(1234), trace=5)
    first, again = (
        open_wire.refund_request(one, refund, **NEVER) for one in (Operation.REFUND, Operation.REFUND_QUERY)
    )
    assert first == again


def test_only_its_own_reply_answers_a_request(desk: Desk, frames: SimpleNamespace) -> None:
    assert is_reply_to(frames.sale, frames.sold)
    assert is_reply_to(frames.sign_in, frames.signed_in)
    assert not is_reply_to(frames.reversal, frames.sold)  # the same trace, and late
    assert not is_reply_to(frames.sign_in, frames.captured)  # another terminal
    assert not is_reply_to(frames.sale, frames.sale)
    assert not is_reply_to(frames.sale, b"")
    other = dialect.write(desk.sale(3, Money(1234), CODE), ROUTING)
    assert not is_reply_to(other, frames.sold)


@given(st.binary(max_size=200))
def test_whatever_comes_back_is_an_answer(data: bytes) -> None:
    wire = PosWire(Desk("12345678", "898110012340001", "000001"), bytes(16))
    for body in (data, len(data).to_bytes(2, "big") + data):
        for operation in (Operation.PAY, Operation.REVERSE):
            assert wire.answer(operation, ORDER, Reply(0, {}, body), now_s=0).verdict is Verdict.UNKNOWN
        assert wire.opened(Reply(0, {}, body)).verdict is Verdict.UNKNOWN


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    key = tmp_path / "tmk"
    key.write_text("1" * 16 + "2" * 16)
    key.chmod(0o600)
    return Settings("12345678", "898110012340001", key)


def test_a_contract_makes_a_wire_that_speaks_as_published(settings: Settings, frames: SimpleNamespace) -> None:
    wire = connect(settings, TILL)
    opening = wire.opening(now_s=0)
    assert opening is not None
    assert opening.body == frames.sign_in
    assert wire.opened(Reply(0, {}, frames.signed_in)).verdict is Verdict.APPROVED
    assert wire.is_reply is None
    assert connect(replace(settings, keeps_line=True), TILL).is_reply is is_reply_to


def test_an_acquirer_may_want_its_messages_otherwise(settings: Settings, frames: SimpleNamespace) -> None:
    wire = connect(replace(settings, tpdu="6000120000", header="612100311000", mac="x9.9"), TILL)
    wire.opened(Reply(0, {}, frames.signed_in))
    received = dialect.read(wire.request(Operation.PAY, ORDER, **NEVER).body)
    assert received.routing == "6000120000612100311000"
    assert received.is_sealed_by(Method.X9_9, MAK)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terminal_no", "1234567"),
        ("merchant_no", "89811001234000!"),
        ("batch", "1"),
        ("operator", "1"),
        ("tpdu", "6100030000"),
        ("header", "6031"),
        ("de60_suffix", "6000000"),
    ],
)
def test_a_setting_that_no_message_can_hold_is_named(name: str, value: str, settings: Settings) -> None:
    with pytest.raises(ConfigError, match=f"{name} = '{value}'"):
        connect(replace(settings, **{name: value}), TILL)


def test_the_scheme_is_a_framed_line_for_unionpay_codes_without_questions() -> None:
    scheme = unionpay_pos.SCHEME
    assert (scheme.key, scheme.line, scheme.takes) == ("unionpay_pos", Line.FRAMED, ("unionpay",))
    assert not scheme.procedure.can_query
    assert not scheme.procedure.can_show
