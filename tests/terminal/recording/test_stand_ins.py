"""Stand-ins: alike in all that a till looks at, and worth nothing."""

import base64

import pytest

from terminal.codes.classify import classify
from terminal.codes.emv import customer
from terminal.model import Channel, MerchantCode, NotOurs, PaymentCode, masked
from terminal.recording.stand_ins import StandIns

TOKEN = bytes.fromhex("6221234567890123456D2512101000000000")
EMV = customer.build(
    customer.CustomerPayload(
        (
            customer.application(
                {"4F": bytes.fromhex("A000000333010101"), "57": TOKEN, "63": bytes.fromhex("9F26081122334455667788")}
            ),
        ),
        {},
    )
)
CODES = {
    "wechat": "134567890123456789",
    "alipay": "283456789012345678",
    "alipay, short": "2512345678901234",
    "alipayplus": "281234567890123456789012",
    "unionpay": "6212345678901234567",
    "CCB": "6220105678901234567",
    "e-CNY": "0112345678901234567",
    "EMV": EMV,
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_a_code_is_replaced_by_one_of_the_same_wallet_length_and_mask(code: str) -> None:
    stand_in = StandIns().of(code, Channel.SCANNER)
    real, other = (classify(one, channel=Channel.SCANNER) for one in (code, stand_in))
    assert isinstance(real, PaymentCode)
    assert isinstance(other, PaymentCode)
    assert (other.scheme, other.name, masked(other.digits)) == (real.scheme, real.name, masked(real.digits))
    assert len(stand_in) == len(code)
    kept = sum(one == other for one, other in zip(code, stand_in, strict=True))
    assert kept <= len(code) - 8, "eight characters or more are others: beyond guessing within a code's minute"


def test_what_pays_in_an_emv_code_is_gone() -> None:
    for _ in range(50):  # each tape has a secret of its own
        stand_in = StandIns().of(EMV, Channel.CAMERA)
        (application,) = customer.parse(stand_in).applications
        assert application.aid.startswith(customer.UNIONPAY)
        real, other = base64.b64decode(EMV), base64.b64decode(stand_in)
        begins = real.index(TOKEN)
        same = sum(real[at] == other[at] for at in range(begins, begins + len(TOKEN)))
        assert same < len(TOKEN) / 2


def test_a_tape_knows_a_code_again_and_another_tape_calls_it_otherwise() -> None:
    one, other = StandIns(), StandIns()
    code = CODES["wechat"]
    assert one.of(code, Channel.CAMERA) == one.of(code, Channel.SCANNER)
    assert one.of(code, Channel.CAMERA) != other.of(code, Channel.CAMERA)


@pytest.mark.parametrize("text", ["6901234567892", "4006381333931", "", "12", "\x1b[2J"])
def test_goods_and_scraps_stay_as_they_are(text: str) -> None:
    assert StandIns().of(text, Channel.SCANNER) == text


@pytest.mark.parametrize(
    "text",
    [
        "6222021234567890123",
        "https://example.com/pay?me=1234567",
        "wxp://f2f0abcdefghijk",
        "12345678901234567890123456",
    ],
)
def test_what_is_no_payment_code_stays_the_same_kind_of_text(text: str) -> None:
    meant = classify(text, channel=Channel.KEYBOARD)
    stand_in = StandIns().of(text, Channel.KEYBOARD)
    other = classify(stand_in, channel=Channel.KEYBOARD)
    assert stand_in != text
    assert isinstance(meant, (MerchantCode, NotOurs))
    assert isinstance(other, (MerchantCode, NotOurs))
    assert (type(other), other.kind) == (type(meant), meant.kind)


def test_a_code_is_hidden_wherever_somebody_wrote_it() -> None:
    stand_ins = StandIns()
    code = CODES["alipay"]
    stand_in = stand_ins.of(code, Channel.SCANNER)
    assert (
        stand_ins.hide(f'{{"said":"auth code {code} is not valid"}}')
        == f'{{"said":"auth code {stand_in} is not valid"}}'
    )


def test_an_address_keeps_its_login_to_itself() -> None:
    line = '{"name":"http://admin:s3cret@camera.lan/mjpg","detail":"https://example.com/a@b"}'
    assert StandIns().hide(line) == '{"name":"http://***@camera.lan/mjpg","detail":"https://example.com/a@b"}'


def test_a_huge_text_costs_little_and_stays_huge() -> None:
    text = "9" * 10_000
    stand_in = StandIns().of(text, Channel.SCANNER)
    assert len(stand_in) == len(text)
    assert stand_in != text
