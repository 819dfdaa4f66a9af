"""The XML dialect and its signature, held to published and recorded messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.fields import LARGEST, Malformed
from terminal.schemes.flat_xml import SignType, holdable, is_signed, read, signature, signed, write

# The worked example of WeChat Pay's signing page.
EXAMPLE = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "10000100",
    "device_info": "1000",
    "body": "test",
    "nonce_str": "ibuaiVcKdpRxkhJA",
}
EXAMPLE_KEY = "192006250b4c09247ec02edce69f6a2d"
# UnionPay's qra front end signs by the same rule.
QRA = {
    "auth_code": "6225735053201615202",
    "mch_id": "QRA290454114PAE",
    "nonce_str": "abc123",
    "out_trade_no": "T1",
    "service": "unified.trade.micropay",
    "sign_type": "MD5",
    "total_fee": "100",
}


def test_a_document_is_read_as_its_fields_in_order() -> None:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<xml>\n<return_code><![CDATA[SUCCESS]]></return_code>\r\n'
        "<total_fee>100</total_fee><attach/><body>&lt;牛奶&gt; &#x26;<![CDATA[<b>]]></body>\n</xml>\n"
    )
    fields = read(body.encode())
    assert fields == {"return_code": "SUCCESS", "total_fee": "100", "attach": "", "body": "<牛奶> &<b>"}
    assert list(fields) == ["return_code", "total_fee", "attach", "body"]


def test_a_document_is_written_as_these_bytes() -> None:
    fields = {"body": "<牛奶> & ]]>", "attach": "", "total_fee": "100", "detail": "a\r\nb"}
    expected = "<xml><body>&lt;牛奶&gt; &amp; ]]&gt;</body><total_fee>100</total_fee><detail>a&#13;\nb</detail></xml>"
    assert write(fields) == expected.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"xml",
        b"<xml>",
        b"<XML></XML>",
        b"<html></html>",
        b"<xml><a>1</b></xml>",
        b"<xml><a>1</a></xml><xml></xml>",
        b"<xml>text</xml>",
        b"<xml><a><b>1</b></a></xml>",
        b"<xml><a>1</a><a>1</a></xml>",
        b'<xml><a type="x">1</a></xml>',
        b"<xml><a>&unknown;</a></xml>",
        b"<xml><a>\xff\xfe</a></xml>",
        b"<xml><a>\x01</a></xml>",
        b"<xml><a>&#0;</a></xml>",
        "<?xml version='1.0' encoding='gbk'?><xml><a>牛奶</a></xml>".encode("gbk"),
        b"<xml><" + b"a" * 65 + b">1</" + b"a" * 65 + b"></xml>",
        b"<a>" * 20_000,
        b"<xml>" + b" " * LARGEST + b"</xml>",
    ],
)
def test_what_is_not_one_flat_document_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
        b'<!DOCTYPE xml [<!ENTITY e "ha"><!ENTITY f "&e;&e;">]><xml><a>&f;</a></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml><a>1</a></xml>',
        b"<!DOCTYPE xml><xml><a>1</a></xml>",
    ],
)
def test_nothing_is_declared_and_so_nothing_is_fetched_or_multiplied(declared: bytes) -> None:
    with pytest.raises(Malformed, match="declares a document type"):
        read(declared)


def test_a_secret_in_a_broken_document_is_not_repeated() -> None:
    with pytest.raises(Malformed) as caught:
        read(b"<xml><auth_code>134567890123456789</auth_code><auth_code>2</auth_code></xml>")
    assert str(caught.value) == "auth_code occurs twice"


@given(st.binary(max_size=200) | st.text(alphabet="<>/!?[]xmlCDATA&#;= \"'", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        fields = read(body)
    except Malformed:
        return
    assert all(isinstance(text, str) for text in fields.values())


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), st.text(max_size=40), max_size=6))
def test_what_is_written_is_read_again(fields: dict[str, str]) -> None:
    said = {name: text for name, value in fields.items() if (text := holdable(value))}
    assert read(write(said)) == said


def test_a_character_that_xml_cannot_spell_is_not_written() -> None:
    with pytest.raises(ValueError, match="cannot spell"):
        write({"body": "a\x00b"})
    assert holdable("a\x00b\ud800\ufffe牛\n") == "ab牛\n"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SignType.MD5, "9A0A8659F005D6984697E2CA0A9CF3B7"),
        (SignType.HMAC_SHA256, "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
    ],
)
def test_the_published_example_has_the_published_signatures(kind: SignType, expected: str) -> None:
    assert signature(EXAMPLE, EXAMPLE_KEY, kind) == expected


def test_the_qra_example_has_its_signature() -> None:
    assert signature(QRA, "11f4aca52cf400263fdd8faf7a69e007") == "9666FBC4F39A5DFB36D2403C22C0BE8F"


def test_empty_fields_and_the_signature_itself_are_not_signed() -> None:
    padded = {**EXAMPLE, "attach": "", "sign": "whatever"}
    assert signature(padded, EXAMPLE_KEY) == signature(EXAMPLE, EXAMPLE_KEY)


@pytest.mark.parametrize("kind", SignType)
def test_a_signature_holds_for_these_fields_this_key_and_this_kind_only(kind: SignType) -> None:
    fields = signed(EXAMPLE, EXAMPLE_KEY, kind)
    other = SignType.MD5 if kind is SignType.HMAC_SHA256 else SignType.HMAC_SHA256
    assert is_signed(fields, EXAMPLE_KEY, kind)
    assert not is_signed(fields, EXAMPLE_KEY, other)
    assert not is_signed(fields, "another", kind)
    assert not is_signed({**fields, "body": "tesu"}, EXAMPLE_KEY, kind)
    assert not is_signed(EXAMPLE, EXAMPLE_KEY, kind)
    assert not is_signed({**fields, "sign": "\ud800é"}, EXAMPLE_KEY, kind)
