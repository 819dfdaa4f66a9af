"""The table of codes row by row, its borders, and any text at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.codes import gtin
from terminal.codes.classify import classify, explain, payment_rules, text_rules
from terminal.model import Channel, Goods, MerchantCode, NotOurs, PaymentCode, Symbology
from terminal.schemes import tenpay

SCAN = Channel.SCANNER
digits = st.text("0123456789", min_size=1, max_size=40)
RETAIL = (Symbology.EAN13, Symbology.EAN8, Symbology.UPCA, Symbology.UPCE, Symbology.ITF)


@pytest.mark.parametrize(
    ("text", "scheme", "name"),
    [
        # UPI test wallet, and the EMVCo annex.
        (
            "hQVDUFYwMWFYTwigAAADMwEBAVcTYpJhA1hEQzVkHSIQIBAAABiAH180AQBjM58mCFaLEtnaC9l/nycBgJ8QEQcAAQOgAAABCDM5OTk5OTk5nzYC"
            "AAGCAgAAnzcE6gZYyA==",
            "unionpay",
            "UnionPay QuickPass",
        ),
        ("100000000000000000", "wechat", "WeChat Pay"),
        ("134567890123456789", "wechat", "WeChat Pay"),
        ("159999999999999999", "wechat", "WeChat Pay"),
        ("28763443825664394", "alipay", "Alipay"),
        ("287634438256643941", "alipay", "Alipay"),
        ("2500000000000000", "alipay", "Alipay"),
        ("30000000000000000000000", "alipay", "Alipay"),
        ("251001021234567890123456", "alipayplus", "Alipay+"),
        ("28" + "0" * 30, "alipayplus", "Alipay+"),
        ("6225735053201615202", "unionpay", "UnionPay QuickPass"),
        ("6226359577513731196", "unionpay", "UnionPay QuickPass"),
        ("6236098835899996543", "unionpay", "UnionPay QuickPass"),
        ("6230105123456789012", "unionpay", "CCB Long Pay"),
        ("0112345678901234567", "ecny", "e-CNY"),
        ("511234567890123456", "bestpay", "BestPay"),
        ("181234567890123456", "jd", "JD Pay"),
        ("911234567890123456", "qq", "QQ Wallet"),
    ],
)
def test_every_wallet_is_known_by_its_code(text: str, scheme: str, name: str) -> None:
    for channel, symbology in ((Channel.CAMERA, Symbology.QR), (SCAN, None), (SCAN, Symbology.QR)):
        meaning = classify(f" {text}\r\n", channel=channel, symbology=symbology)
        assert meaning == PaymentCode(scheme, text, name)
    assert text not in repr(meaning)


@pytest.mark.parametrize(
    ("text", "scheme", "kind"),
    [
        ("weixin://wxpay/bizpayurl?pr=8YuKzWs", "wechat", "order"),
        ("wxp://f2f0abcdef", "wechat", "personal"),
        ("https://qr.alipay.com/bax01234abcd", "alipay", "order"),
        ("https://qr.alipay.com/fkx01234abcd", "alipay", "personal"),
        ("HTTPS://QR.ALIPAY.COM/FKX01234ABCD", "alipay", "personal"),
        ("https://qr.alipay.com/tsx01234", "alipay", "static"),
        ("https://qr.95516.com/00010000/01116734936470044423094034227630", "unionpay", "static"),
        ("https://qr.95516.com/03095810/unifiedNative?mchNo=1&token=2", "unionpay", "static"),
        ("HTTPS://QR.EXAMPLE.COM/MPM/3/R1BMRDA5NVBMVlMw", "alipayplus", "static"),
        ("https://i.qianbao.qq.com/wallet/sqrcode.htm?m=tenpay&f=wallet", "qq", "personal"),
        (
            "000201010211153148021000480210008981100123400015204541153031565802CN5909TEST MART6008SHANGHAI6304BBD1",
            "emvco",
            "emv",
        ),
    ],
)
def test_what_a_shop_shows_is_no_payment_code(text: str, scheme: str, kind: str) -> None:
    meaning = classify(text, channel=Channel.CAMERA, symbology=Symbology.QR)
    assert isinstance(meaning, MerchantCode)
    assert (meaning.scheme, meaning.kind) == (scheme, kind)


@pytest.mark.parametrize(
    ("text", "symbology", "kind"),
    [
        ("", None, "empty"),
        (" \t\r\n", None, "empty"),
        ("1" * 2954, None, "too_long"),
        ("13456789\x1b]52;c;aGk=\x07", None, "control_characters"),
        ("134567890\x00123456789", None, "control_characters"),
        ("\u202e134567890123456789", None, "control_characters"),
        ("\ud800", None, "control_characters"),
        ("WIFI:T:WPA;S:shop;P:secret;;", Symbology.QR, "wifi"),
        ("https://u.wechat.com/kABC", Symbology.QR, "contact"),
        ("tel:+8613800138000", Symbology.QR, "contact"),
        ("https://example.com/", Symbology.QR, "web_link"),
        ("https://qr.alipay.com.example.com/bax1", Symbology.QR, "web_link"),
        ("javascript://alert(1)", Symbology.QR, "web_link"),
        ("hello", Symbology.QR, "text"),
        ("[bold]hello[/bold]", Symbology.QR, "text"),
        ("1345678901234567890", None, "unknown_digits"),  # WeChat's prefix, a digit too many
        ("13456789012345678", None, "unknown_digits"),  # and one too few
        ("163456789012345678", None, "unknown_digits"),
        ("620000000000000000", None, "unknown_digits"),
        ("hQVDUFYwMWE", None, "text"),  # cut base64
        ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=", Symbology.QR, "foreign_code"),  # the EMVCo annex
        ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8A", Symbology.QR, "broken_code"),
        (
            "000201010211153148021000480210008981100123400015204541153031565802CN5909TEST MART6008SHANGHAI6304BBD2",
            Symbology.QR,
            "broken_code",
        ),
        ("00106141412345678908", Symbology.CODE128, "shipping_label"),
        ("4006381333930", Symbology.EAN13, "bad_check_digit"),
        ("4006381333931", Symbology.CODE128, "unknown_digits"),  # goods carry retail bar codes
        ("134567890123456789", Symbology.DATA_MATRIX, "wrong_symbology"),
        ("134567890123456789", Symbology.ITF, "wrong_symbology"),
        ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=", Symbology.CODE128, "wrong_symbology"),
        ("fp" + "a1" * 16 + "b", Symbology.QR, "face_token"),
        # Digits of other scripts are digits to Python and to nobody's wallet.
        ("١٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩", None, "text"),
        ("１３４５６７８９０１２３４５６７８９", None, "text"),
        ("13456789012345678²", None, "text"),
    ],
)
def test_what_is_none_of_ours_is_named(text: str, symbology: Symbology | None, kind: str) -> None:
    meaning = classify(text, channel=SCAN, symbology=symbology)
    assert isinstance(meaning, NotOurs)
    assert meaning.kind == kind
    assert meaning.hint


@pytest.mark.parametrize("text", ["6225735053201615202", "6230105123456789012"])
def test_nineteen_typed_digits_may_be_a_card(text: str) -> None:
    meaning = classify(text, channel=Channel.KEYBOARD)
    assert isinstance(meaning, NotOurs)
    assert meaning.kind == "typed_card"
    assert "scan" in meaning.hint
    assert isinstance(classify("134567890123456789", channel=Channel.KEYBOARD), PaymentCode)


@pytest.mark.parametrize(
    ("text", "symbology", "number"),
    [
        ("4006381333931", Symbology.EAN13, "04006381333931"),
        ("4006381333931", None, "04006381333931"),
        ("036000291452", Symbology.UPCA, "00036000291452"),
        ("0036000291452", Symbology.UPCA, "00036000291452"),
        ("04252614", Symbology.UPCE, "00042100005264"),
        ("96385074", Symbology.EAN8, "00000096385074"),
        ("15400141288763", Symbology.ITF, "15400141288763"),
    ],
)
def test_goods_compare_by_one_length(text: str, symbology: Symbology | None, number: str) -> None:
    assert classify(text, channel=SCAN, symbology=symbology) == Goods(number)


@given(st.text("0123456789", min_size=7, max_size=13), st.sampled_from(Channel), st.sampled_from([None, *Symbology]))
def test_a_product_number_is_never_a_payment_code(body: str, channel: Channel, symbology: Symbology | None) -> None:
    text = body + gtin.check_digit(body)
    assert not isinstance(classify(text, channel=channel, symbology=symbology), PaymentCode)


@given(digits, st.sampled_from(Channel), st.sampled_from(RETAIL))
def test_no_retail_bar_code_is_ever_charged(text: str, channel: Channel, symbology: Symbology) -> None:
    assert not isinstance(classify(text, channel=channel, symbology=symbology), PaymentCode)


@given(digits, st.sampled_from([None, *Symbology]))
def test_a_payment_code_is_never_goods(text: str, symbology: Symbology | None) -> None:
    if isinstance(classify(text, channel=SCAN), PaymentCode):
        assert not isinstance(classify(text, channel=SCAN, symbology=symbology), Goods)


@given(st.from_regex(tenpay.PAYMENT_CODE, fullmatch=True), st.sampled_from(Channel))
def test_every_code_that_wechat_issues_is_wechats(text: str, channel: Channel) -> None:
    assert classify(text, channel=channel) == PaymentCode("wechat", text, "WeChat Pay")


@given(digits)
def test_at_most_one_scheme_claims_a_code(text: str) -> None:
    # UnionPay's rows overlap on purpose: a bank's own name comes before the family's.
    assert len({rule.scheme for rule in payment_rules() if rule.fits(text)}) <= 1


@given(
    st.one_of(
        st.text(max_size=60),
        digits,
        st.sampled_from(["hQVDUFY", "000201", "wxp://", "62"]).flatmap(
            lambda start: st.text(max_size=60).map(lambda rest: start + rest)
        ),
    ),
    st.sampled_from(Channel),
    st.sampled_from([None, *Symbology]),
)
@example("hQVDUFY" + "A" * 2946, Channel.CAMERA, Symbology.QR)
@example("0" * 2953, Channel.CAMERA, Symbology.QR)
def test_any_text_at_all_has_a_meaning_and_an_explanation(
    text: str, channel: Channel, symbology: Symbology | None
) -> None:
    meaning = classify(text, channel=channel, symbology=symbology)
    assert isinstance(meaning, PaymentCode | Goods | MerchantCode | NotOurs)
    steps = explain(text, channel=channel, symbology=symbology)
    assert [step.decided for step in steps] == [False] * (len(steps) - 1) + [True]


def test_an_explanation_says_which_rule_decided_and_where_it_is_from() -> None:
    (decided,) = explain("134567890123456789", channel=SCAN)
    assert decided.rule == "WeChat Pay payment code"
    assert decided.why == "18 digits beginning 13"
    assert (decided.grade, decided.source) == ("D", "WeChat Pay micropay, chapter 5_1")


def test_an_explanation_says_what_it_nearly_was() -> None:
    near, decided = explain("13456789012345678", channel=SCAN)
    assert near.rule == "WeChat Pay payment code"
    assert "17 characters where 18 are wanted" in near.why
    assert decided.rule == "unknown_digits"


def test_a_refused_code_says_both_what_it_is_and_why_not() -> None:
    decided = explain("6225735053201615202", channel=Channel.KEYBOARD)[-1]
    assert decided.rule == "UnionPay QuickPass payment code"
    assert "refused: Nineteen typed digits" in decided.why
    other = explain("134567890123456789", channel=SCAN, symbology=Symbology.ITF)[-1]
    assert "refused: No wallet shows" in other.why


@pytest.mark.parametrize("text", ["134567890123456789", "6225735053201615202", "28763443825664394", "1345678901234567"])
def test_an_explanation_never_holds_the_code(text: str) -> None:
    assert text[4:] not in repr(explain(text, channel=Channel.KEYBOARD))


def test_every_row_says_where_it_is_from() -> None:
    assert all(rule.grade in "DS2U" and rule.source for rule in payment_rules())
    assert all(rule.grade for rule in text_rules() if isinstance(rule.meaning, MerchantCode))
    assert {rule.scheme for rule in payment_rules()} == {
        "unionpay", "wechat", "alipay", "alipayplus", "ecny", "bestpay", "jd", "qq"
    }  # fmt: skip
