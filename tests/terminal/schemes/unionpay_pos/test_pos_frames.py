"""How messages are spelt: the published and captured frames, byte for byte, both ways, and anything else refused."""

from types import SimpleNamespace

import iso8583
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import PaymentCode
from terminal.money import Money
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import dialect
from terminal.schemes.unionpay_pos.calls import Call, Desk, batch_of, call_of
from terminal.schemes.unionpay_pos.dialect import Dialect, Message
from terminal.schemes.unionpay_pos.elements import Item, Original, Totals, upload_elements
from terminal.schemes.unionpay_pos.mac import Method

CODE = PaymentCode("unionpay", "6225735053201615202")
MONEY = Money(1234)
MAK = bytes.fromhex("1020304050607080")
ROUTING = "6000030000603100311004"
NAMES = ["sign_in", "signed_in", "sale", "sold", "reversal", "settlement", "captured"]


@pytest.mark.parametrize("name", NAMES)
def test_a_published_frame_is_read_and_written_again_byte_for_byte(name: str, frames: SimpleNamespace) -> None:
    frame = getattr(frames, name)
    received = dialect.read(frame)
    assert dialect.write(received.message, received.routing) == frame


def test_the_desk_writes_the_published_requests(desk: Desk, frames: SimpleNamespace) -> None:
    sealed = (Method.CUP_ECB, MAK)
    assert dialect.write(desk.sign_in(1), ROUTING) == frames.sign_in
    assert dialect.write(desk.sale(2, MONEY, CODE), ROUTING, *sealed) == frames.sale
    assert dialect.write(desk.reversal(2, MONEY, CODE), ROUTING, *sealed) == frames.reversal
    assert dialect.write(desk.settlement(9, Totals.of([Item(2, 1234)])), ROUTING) == frames.settlement


@pytest.mark.parametrize(("name", "size"), [("sale", 86), ("sold", 145), ("reversal", 88)])
def test_published_seals_are_right_and_cover_the_message_from_its_type_on(
    name: str, size: int, frames: SimpleNamespace
) -> None:
    received = dialect.read(getattr(frames, name))
    assert len(received.raw) - 8 == size
    assert received.is_sealed_by(Method.CUP_ECB, MAK)
    assert not received.is_sealed_by(Method.CUP_ECB, bytes(8))
    assert not received.is_sealed_by(Method.X9_9, MAK)


def test_a_seal_covers_every_byte_of_the_message(frames: SimpleNamespace) -> None:
    for at in range(13, len(frames.sale)):
        flipped = bytearray(frames.sale)
        flipped[at] ^= 1
        try:
            assert not dialect.read(bytes(flipped)).is_sealed_by(Method.CUP_ECB, MAK)
        except Malformed:
            continue  # it did not even stay a message


def test_the_captured_reply_says_what_its_terminal_was_told(frames: SimpleNamespace) -> None:
    received = dialect.read(frames.captured)
    message = received.message
    assert (received.routing, message.mti) == ("600000000260310031110E", "0810")
    assert (message[11], message[12], message[13]) == ("000021", "214648", "0311")
    assert (message[37], message[39], message[41], message[42]) == (
        "214648593401",
        "00",
        "51435790",
        "425441954110135",
    )
    assert (message[60], len(message[62])) == ("00000006003", 80)


# The specification as section 5.2 of the facts gives it, written a second time and by hand.
def _facts_spec() -> dict[str, dict[str, object]]:
    digits = {"data_enc": "b", "len_enc": "bcd", "len_count": "nibbles"}
    text = {"data_enc": "latin-1", "len_enc": "bcd"}
    fixed = {3: 6, 4: 12, 11: 6, 12: 6, 13: 4, 15: 4, 25: 2}
    spec: dict[str, dict[str, object]] = {
        "h": {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 11},
        "t": {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 2},
        "p": {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 8},
        **{str(de): {**digits, "len_type": 0, "max_len": size} for de, size in fixed.items()},
        "22": {**digits, "len_type": 0, "max_len": 3, "right_pad": "0"},
        "32": {**digits, "len_type": 1, "max_len": 11, "right_pad": "0"},
        "37": {**text, "len_type": 0, "max_len": 12},
        "38": {**text, "len_type": 0, "max_len": 6},
        "39": {**text, "len_type": 0, "max_len": 2},
        "41": {**text, "len_type": 0, "max_len": 8},
        "42": {**text, "len_type": 0, "max_len": 15},
        "44": {**text, "len_type": 1, "max_len": 25},
        "48": {**digits, "len_type": 2, "max_len": 322, "right_pad": "0"},
        "49": {**text, "len_type": 0, "max_len": 3},
        "59": {**text, "len_type": 2, "max_len": 600},
        "60": {**digits, "len_type": 2, "max_len": 17, "right_pad": "0"},
        "61": {**digits, "len_type": 2, "max_len": 29, "right_pad": "0"},
        "62": {"data_enc": "b", "len_enc": "bcd", "len_type": 2, "max_len": 200},
        "63": {"data_enc": "gbk", "len_enc": "bcd", "len_type": 2, "max_len": 163},
        "64": {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 8},
    }
    return spec


ORIGINAL = Original("000001", "0901", "20210901000000123456", "210901000002")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call.SIGN_IN, lambda desk: desk.sign_in(1)),
        (Call.SALE, lambda desk: desk.sale(2, MONEY, CODE)),
        (Call.VOID, lambda desk: desk.void(3, MONEY, ORIGINAL, 2)),
        (Call.REFUND, lambda desk: desk.refund(4, Money(100), ORIGINAL, 2)),
        (Call.REVERSAL, lambda desk: desk.reversal(2, MONEY, None)),
        (Call.SETTLEMENT, lambda desk: desk.settlement(5, Totals(1234, 1))),
        (Call.UPLOAD, lambda desk: desk.upload(6, upload_elements([Item(2, 1234, voucher="2" * 20)])[0])),
        (Call.UPLOAD_END, lambda desk: desk.upload_end(7, 1)),
        (Call.SIGN_OFF, lambda desk: desk.sign_off(8)),
        (Call.ECHO, lambda desk: desk.echo(9)),
    ],
)
def test_every_call_is_known_by_what_is_written_and_a_second_decoder_reads_the_same(call, message, desk) -> None:
    written = message(desk)
    frame = dialect.write(written, ROUTING, Method.CUP_ECB if call.value.is_payment else None, MAK)
    read = dialect.read(frame).message
    assert (call_of(read), batch_of(read)) == (call, "000001")
    decoded, _ = iso8583.decode(frame[2:], _facts_spec())
    assert {name: decoded[name] for name in decoded if name.isdecimal() and name != "64"} == {
        str(number): value for number, value in written.elements.items()
    }


def test_a_reversal_without_its_code_names_the_sale_by_all_the_rest(desk: Desk) -> None:
    with_code, without = desk.reversal(2, MONEY, CODE).elements, desk.reversal(2, MONEY, None).elements
    assert set(with_code) - set(without) == {59}
    assert all(with_code[number] == without[number] for number in without)


def test_an_acquirer_that_wants_the_code_elsewhere_gets_it_there() -> None:
    other = Desk("12345678", "898110012340001", "000001", Dialect(code_element=57, de60_suffix="501"))
    message = other.sale(2, MONEY, CODE)
    assert (message[57], message[59], message[60]) == ("A30196225735053201615202", "", "22000001000501")


def test_a_message_shows_no_code_when_it_is_printed(desk: Desk, frames: SimpleNamespace) -> None:
    assert CODE.digits not in repr(desk.sale(2, MONEY, CODE))
    assert CODE.digits not in repr(dialect.read(frames.sale))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda frame: frame[:-1], "the frame"),
        (lambda frame: frame + b"\0", "the frame"),
        (lambda frame: b"\xff\xff" + bytes(65535), "the frame"),
        (lambda frame: b"", "the header"),
        (lambda frame: b"\0\0", "the header"),
        (lambda frame: frame[:2] + b"\x61" + frame[3:], "the header"),
        (lambda frame: frame[:13] + b"\x02\x0a" + frame[15:], "the header"),
        (lambda frame: frame[:15] + b"\xb0" + frame[16:], "DE 1"),
        (lambda frame: frame[:15] + b"\x34" + frame[16:], "DE 6"),
        (lambda frame: frame[:23] + b"\x0a" + frame[24:], "DE 3"),
    ],
)
def test_what_is_no_message_is_refused_by_element_and_rule(change, field: str, frames: SimpleNamespace) -> None:
    with pytest.raises(Malformed) as refused:
        dialect.read(change(frames.sale))
    assert refused.value.field == field


def test_a_name_that_was_cut_inside_a_character_costs_no_message() -> None:
    cut = Message("0210", {63: "CUP" + "中国".encode("gbk")[:-1].decode("latin-1")})
    assert dialect.read(dialect.write(cut, ROUTING)).message[63] == cut[63]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    for frame in (data, len(data).to_bytes(2, "big") + data):
        try:
            received = dialect.read(frame)
        except Malformed:
            continue
        assert received.message.mti.isdecimal()


@given(st.data())
def test_a_frame_with_any_byte_changed_is_a_message_or_malformed(data: st.DataObject) -> None:
    frame = bytearray.fromhex("".join(data.draw(st.sampled_from(_sources())).split()))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        received = dialect.read(bytes(frame))
    except Malformed:
        return
    assert received.raw == bytes(frame)[13:]


def _sources() -> list[str]:
    return [
        "0069600003000060310031100402003020048000C0803100000000000000123400000203200031323334353637383839383131303031"
        "3233343030303131353600244133303139363232353733353035333230313631353230320014220000010006003444463739443835",
        "0060600003000060310031100405000020000000C1801200000931323334353637383839383131303031323334303030310062000000"
        "0012340010000000000000000000000000000000000000000000000031353600110000000120100003303120",
    ]
