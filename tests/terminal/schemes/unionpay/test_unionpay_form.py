"""UnionPay's two spellings of a flat message, and what is no message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay import form

NAMES = st.text("abcXYZ019_", min_size=1, max_size=12)
PLAIN_VALUES = st.text(st.characters(exclude_characters="&{}", exclude_categories=["Cs"]), max_size=30)


def test_a_request_is_percent_encoded() -> None:
    body = form.write_form({"backUrl": "http://127.0.0.1/n?a=b&c=d", "signature": "a+b/c==", "respMsg": "成功"})
    assert body == (
        b"backUrl=http%3A%2F%2F127.0.0.1%2Fn%3Fa%3Db%26c%3Dd&signature=a%2Bb%2Fc%3D%3D&respMsg=%E6%88%90%E5%8A%9F"
    )
    assert form.read_form(body)["signature"] == "a+b/c=="


def test_a_reply_is_not() -> None:
    body = "respCode=00&respMsg=成功[0000000]&signature=a+b/c==&payerInfo={cardType=1&last=42}&x=".encode()
    fields = form.read_plain(body)
    assert fields["signature"] == "a+b/c=="
    assert fields["payerInfo"] == "{cardType=1&last=42}"
    assert fields["x"] == ""
    assert form.write_plain(fields) == body


@given(st.dictionaries(NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1))
def test_what_is_written_as_a_form_is_read_again(fields: dict[str, str]) -> None:
    assert form.read_form(form.write_form(fields)) == fields


@given(st.dictionaries(NAMES, PLAIN_VALUES, min_size=1))
def test_what_is_written_plainly_is_read_again(fields: dict[str, str]) -> None:
    assert form.read_plain(form.write_plain(fields)) == fields


@pytest.mark.parametrize(
    "body",
    [b"=1", b"a", b"a=1&&b=2", b"a=1&a=2", b"a b=1", b"\xff=1", b"a=\xff", b"a=" + b"1" * 70_000, b"a=1&" * 200],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        form.read_plain(body)
    with pytest.raises(Malformed):
        form.read_form(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed(body: bytes) -> None:
    for read in (form.read_plain, form.read_form):
        try:
            assert isinstance(read(body), dict)
        except Malformed as error:
            assert str(error)  # noqa: PT017 - either is as it should be


def test_a_hostile_reply_is_read_in_its_own_length() -> None:
    """No backtracking: braces that never close, as many as fit."""
    with pytest.raises(Malformed):
        form.read_plain(b"a=" + b"{" * 30_000 + b"&" + b"{" * 30_000)
