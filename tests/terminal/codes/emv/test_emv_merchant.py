"""Merchant-presented codes: published ones read and written to the character, broken ones refused by place and rule."""

from contextlib import suppress
from dataclasses import replace

import cemacqr
import crcmod
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.codes.emv.merchant import Account, MerchantPayload, Point, Tip, UnionPayAccount, build, parse
from terminal.codes.emv.tlv import Malformed, closed, crc, item
from terminal.money import CURRENCIES, Money

STATIC = "000201010211153148021000480210008981100123400015204541153031565802CN5909TEST MART6008SHANGHAI6304BBD1"
DYNAMIC = (
    "00020101021215314802100048021000898110012340001520454115303156540512.345802CN5909TEST MART6008SHANGHAI"
    "610620000062380107INV00010511REF20210901070812345678630420F4"
)
CHINESE = (
    "0002010102121531480210004802100089811001234000152045812530315654038.85802CN5912NOODLE HOUSE6007CHENGDU"
    "621207081234567864200002ZH0104成都面馆0202成都630498E2"
)
YEN = (
    "0002010102121531480203924802039200000000000000126500018COM.EXAMPLE.WALLET0124281012020262460000000001520453115"
    "303392540419805502015802JP5913SHIBUYA STORE6005TOKYO6304A6FD"
)
FIXED_FEE = (
    "00020101021215314802070248020702000000000000003520458125303702540523.7255020256031.55802SG5911HAWKER DEMO"
    "6009SINGAPORE630427A4"
)
ANNEX = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME9132"
    "0016A0112233449988770708123456786304A13A"
)
BAD_CRC = (
    "0002010102121531250003440002034410000000000000652045972530334454031005802HK5913Test Merchant6002HK6260012"
    "00000000000000000000005200000000000000000000007080000001063045855"
)
PUBLISHED = {
    "static": STATIC,
    "dynamic": DYNAMIC,
    "Chinese": CHINESE,
    "yen": YEN,
    "fixed fee": FIXED_FEE,
    "annex": ANNEX,
}
SHOP = MerchantPayload(
    accounts=(UnionPayAccount("48021000", "48021000", "898110012340001").account(),),
    mcc="5411",
    currency="156",
    country="CN",
    name="TEST MART",
    city="SHANGHAI",
    point=Point.STATIC,
)


def signed(content: str) -> str:
    """A code with these objects and the right checksum, whatever else is wrong."""
    return closed("000201" + content)


@pytest.mark.parametrize("text", PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_code_is_read_by_us_and_by_an_independent_parser(text: str) -> None:
    payload, theirs = parse(text), cemacqr.parse_payload(text)
    said = (theirs.merchant_name, theirs.merchant_city, theirs.merchant_category_code)
    assert (payload.name, payload.city, payload.mcc) == said


@pytest.mark.parametrize("text", [STATIC, DYNAMIC, CHINESE, FIXED_FEE], ids=["static", "dynamic", "Chinese", "fee"])
def test_a_published_code_is_written_back_to_the_character(text: str) -> None:
    assert build(parse(text)) == text


def test_what_a_code_says_is_read_field_by_field() -> None:
    payload = parse(DYNAMIC)
    assert payload.point is Point.DYNAMIC
    assert payload.money == Money(1234)
    assert payload.additional == {"01": "INV0001", "05": "REF20210901", "07": "12345678"}
    assert payload.postal_code == "200000"
    assert UnionPayAccount.of(payload) == UnionPayAccount("48021000", "48021000", "898110012340001")


def test_the_annex_comes_in_any_order_with_chinese_counted_in_characters() -> None:
    payload = parse(ANNEX)
    assert payload.language == {"00": "ZH", "01": "最佳运输", "02": "北京"}
    assert (payload.money, payload.tip) == (Money(2372), Tip.ASK)
    assert payload.additional["06"] == "***"
    assert [account.owner for account in payload.accounts] == ["D15600000000", "D15600000001"]
    assert payload.others == {"91": "0016A011223344998877070812345678"}


def test_a_currency_without_decimals_has_none() -> None:
    payload = parse(YEN)
    assert payload.money == Money(1980, CURRENCIES["JPY"])
    assert payload.account("com.example.wallet") is not None


def test_a_fixed_fee_stands_beside_the_amount() -> None:
    payload = parse(FIXED_FEE)
    assert (payload.money, payload.tip, payload.fee) == (Money(2372, CURRENCIES["SGD"]), Tip.FIXED, "1.5")


def test_the_checksum_is_the_standards() -> None:
    reference = crcmod.mkCrcFun(0x11021, initCrc=0xFFFF, rev=False, xorOut=0)
    assert crc("123456789") == "29B1" == f"{reference(b'123456789'):04X}"
    assert crc(ANNEX[:-4]) == "A13A"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_the_checksum_agrees_with_another_implementation(text: str) -> None:
    assert crc(text) == f"{crcmod.mkCrcFun(0x11021, initCrc=0xFFFF, rev=False, xorOut=0)(text.encode()):04X}"


def test_a_payload_found_in_the_wild_with_a_wrong_checksum_is_refused_with_the_right_one() -> None:
    with pytest.raises(Malformed, match="65E0"):
        parse(BAD_CRC)


def test_half_a_character_is_refused_like_any_other_damage() -> None:
    with pytest.raises(Malformed, match="checksum"):
        parse("0002015901\ud80063041234")


def test_a_lower_case_checksum_is_accepted() -> None:
    assert parse(STATIC[:-4] + STATIC[-4:].lower()) == parse(STATIC)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must begin 000201"),
        ("000202" + STATIC[6:], "must begin 000201"),
        (STATIC[:-8], "must end in the checksum"),
        (STATIC + "6102AB", "must end in the checksum"),
        (STATIC[:-1], "says 4 characters, and 3 are left"),
        (signed("0102115802CN5802CN"), "id 58 comes twice"),
        (signed("15AB48"), "two digits of id"),
        (signed("1500"), "says 0 characters"),
        (signed("1599123"), "says 99 characters"),
        (signed("52045411530315658" + "02CN5909TEST MART6008SHANGHAI"), "no account"),
        (signed(build(SHOP)[6:-8].replace("5204", "5203").replace("5411", "541")), "id 52"),
        (signed(build(SHOP)[6:-8].replace("5802CN", "")), "id 58 (country code) is missing"),
        (signed(build(SHOP)[6:-8] + "540612.3.4"), "id 54"),
        (signed(build(SHOP)[6:-8] + "54010"), "above nought"),
        (signed(build(SHOP)[6:-8] + "540612.345"), "more decimals than CNY"),
        (signed(build(SHOP)[6:-8] + "56031.5"), "tip indicator 02"),
        (signed(build(SHOP)[6:-8] + "550203"), "tip indicator 03"),
        (signed(build(SHOP)[6:-8] + "550203570400.0"), "says 4 characters|percentage"),
        (signed(build(SHOP)[6:-8] + "2604" + "0102"), "says 2 characters"),
        (signed(build(SHOP)[6:-8] + "26060102AB"), "does not say whose"),
        (signed(build(SHOP)[6:-8] + "6210" + "0102AB0102"), "says 2 characters"),
        (signed(build(SHOP)[6:-8] + "64060002ZH"), "id 01 (merchant name in another language) is missing"),
        ("0" * 600, "longer than 512"),
    ],
)
def test_a_broken_code_is_refused_with_the_place_and_the_rule(text: str, rule: str) -> None:
    with pytest.raises(Malformed, match=rule.replace("(", r"\(").replace(")", r"\)")) as caught:
        parse(text)
    assert 0 <= caught.value.at <= max(len(text), 512)


def test_a_trailing_point_in_an_amount_is_legal() -> None:
    assert parse(build(replace(SHOP, amount="12."))).money == Money(1200)


@pytest.mark.parametrize("text", [STATIC, DYNAMIC, YEN, FIXED_FEE], ids=["static", "dynamic", "yen", "fee"])
def test_an_independent_validator_finds_nothing_wrong_with_what_we_write(text: str) -> None:
    report = cemacqr.validate(cemacqr.parse_payload(build(parse(text))), cemacqr.EMVCO)
    assert report.ok, report


def test_what_cannot_be_read_back_is_not_written() -> None:
    with pytest.raises(Malformed, match="merchant name"):
        build(replace(SHOP, name="X" * 26))


names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=25)


@given(
    st.builds(
        MerchantPayload,
        accounts=st.lists(
            st.builds(Account, st.integers(26, 51).map(str), parts=names.map(lambda name: {"00": name})),
            min_size=1,
            max_size=3,
            unique_by=lambda account: account.id,
        ).map(lambda accounts: tuple(sorted(accounts, key=lambda account: account.id))),
        mcc=st.integers(0, 9999).map("{:04}".format),
        currency=st.sampled_from([currency.numeric for currency in CURRENCIES.values()]),
        country=st.sampled_from(["CN", "JP", "SG"]),
        name=names,
        city=names.map(lambda name: name[:15]),
        amount=st.integers(1, 10**9).map(str),
        point=st.sampled_from([None, *Point]),
        additional=st.dictionaries(st.sampled_from(["01", "05", "07"]), names, max_size=3),
    )
)
def test_whatever_is_written_is_read_back_as_it_was(payload: MerchantPayload) -> None:
    assert parse(build(payload)) == payload


@given(st.text(max_size=600))
def test_any_text_is_refused_or_read_and_nothing_else(text: str) -> None:
    with suppress(Malformed):
        assert parse(text).accounts


@given(st.sampled_from([DYNAMIC, ANNEX, YEN]), st.integers(6, 200), st.text(max_size=6))
def test_a_damaged_code_with_a_right_checksum_is_refused_or_read_and_nothing_else(
    text: str, place: int, damage: str
) -> None:
    content = (text[:place] + damage + text[place + len(damage) :])[:-8]
    damaged = content + "6304" + crc(content + "6304")
    with suppress(Malformed):
        assert parse(damaged).accounts


def test_an_object_of_over_99_characters_cannot_be_written() -> None:
    with pytest.raises(Malformed, match="99"):
        item("26", "x" * 100)
