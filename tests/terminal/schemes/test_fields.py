import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.fields import LARGEST, Fields, Malformed, to_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'"text"',
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
        b"[" * 50_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b" " * (LARGEST + 1),
    ],
)
def test_what_is_not_one_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Fields.parse(body)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"{}", "name is missing"),
        (b'{"name": null}', "name is missing"),
        (b'{"name": 5}', "name must be text of 1 to 4 characters"),
        (b'{"name": ""}', "name must be text of 1 to 4 characters"),
        (b'{"name": "abcde"}', "name must be text of 1 to 4 characters"),
        (b'{"name": "\\ud800"}', "name is not Unicode text"),
        (b'{"name": "12"}', "name must match [a-z]+"),
    ],
)
def test_a_text_is_there_short_enough_and_of_its_form(body: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        Fields.parse(body).text("name", 4, re.compile("[a-z]+"))
    assert str(caught.value) == rule


@pytest.mark.parametrize("value", [b"true", b"1.0", b'"1"', b"-1", b"null", b"1e2"])
def test_an_amount_is_a_whole_number_and_nothing_like_one(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"amount\.total"):
        Fields.parse(b'{"amount": {"total": ' + value + b"}}").inner("amount").integer("total")


@pytest.mark.parametrize("value", ["", "-1", "1.0", "1e2", "１", "9" * 16, " 1", "0"])
def test_an_amount_that_is_written_as_text_is_digits_and_nothing_like_them(value: str) -> None:
    with pytest.raises(Malformed, match="total"):
        Fields({"total": value}).digits("total", least=1)
    assert Fields({"total": "0100"}).digits("total", least=1) == 100


def test_a_wrong_field_is_named_with_its_path_and_never_its_value() -> None:
    fields = Fields.parse(b'{"payer": {"auth_code": "134567890123456789"}, "list": [{"a": []}]}')
    with pytest.raises(Malformed) as caught:
        fields.inner("payer").text("auth_code", 4)
    assert caught.value.field == "payer.auth_code"
    assert "1345" not in str(caught.value)
    with pytest.raises(Malformed, match=r"list\[0\]\.a must be an object"):
        fields.each("list")[0].inner("a")


def test_what_is_empty_is_left_out() -> None:
    assert to_json({"a": "", "b": {"c": None}, "d": 0, "e": "码"}) == '{"d":0,"e":"码"}'.encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    try:
        Fields.parse(body).text_or_empty("a", 10)
    except Malformed:
        return
    assert body.strip().startswith(b"{")
