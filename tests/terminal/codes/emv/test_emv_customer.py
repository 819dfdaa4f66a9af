"""Customer-presented codes: the published ones to the byte, and nothing that pays in any error or `repr`."""

import base64
import traceback
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.codes.emv.customer import UNIONPAY, CustomerPayload, application, build, parse
from terminal.codes.emv.tlv import Malformed

ANNEX = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
TWO_PRODUCTS = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0I"
    "cnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
UPI_TEST_WALLET = (
    "hQVDUFYwMWFYTwigAAADMwEBAVcTYpJhA1hEQzVkHSIQIBAAABiAH180AQBjM58mCFaLEtnaC9l/nycBgJ8QEQcAAQOgAAABCDM5OTk5OTk5"
    "nzYCAAGCAgAAnzcE6gZYyA=="
)
OURS = (
    "hQVDUFYwMWFZTwigAAADMwEBAVcRYgAAAAAAAAXTASIBAAAAAA9fNAEBYzafJggBAgMEBQYHCJ8nAYCfEBQHAQEDoAAAAQoBAAAAAAARIjNE"
    "VZ82AgABggIAAJ83BKGyw9Q="
)


def code(*objects: bytes) -> str:
    return base64.b64encode(b"\x85\x05CPV01" + b"".join(objects)).decode()


def test_the_annex_code_is_read() -> None:
    (one,) = parse(ANNEX).applications
    assert one.aid == bytes.fromhex("A0000000555555")
    assert one.objects["57"] == bytes.fromhex("1234567890123458D191220112345F")


def test_unionpays_test_wallet_is_read_down_to_its_cryptogram() -> None:
    one = parse(UPI_TEST_WALLET).application(UNIONPAY)
    assert one is not None
    assert one.aid == bytes.fromhex("A000000333010101")
    assert one.objects["57"].hex().startswith("6292610358444335641d2210")
    assert one.objects["63"].hex().startswith("9f2608568b12d9da0bd97f")


def test_two_products_may_share_one_account() -> None:
    payload = parse(TWO_PRODUCTS)
    assert [one.label for one in payload.applications] == ["Product1", "Product2"]
    assert payload.common["5A"] == bytes.fromhex("1234567890123458")
    assert payload.application(UNIONPAY) is None


@pytest.mark.parametrize("text", [ANNEX, TWO_PRODUCTS, UPI_TEST_WALLET, OURS], ids=["annex", "two", "wallet", "ours"])
def test_a_code_is_written_back_to_the_character(text: str) -> None:
    assert build(parse(text)) == text


def test_our_own_vector_is_what_its_parts_say() -> None:
    parts = {
        "4F": bytes.fromhex("A000000333010101"),
        "57": bytes.fromhex("6200000000000005D3012201000000000F"),
        "5F34": b"\x01",
        "63": parse(OURS).applications[0].objects["63"],
    }
    assert build(CustomerPayload((application(parts),), {})) == OURS


def test_what_pays_is_not_shown() -> None:
    shown = repr(parse(UPI_TEST_WALLET))
    assert "6292610358444335641" not in shown
    assert "b'b\\x92" not in shown


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must begin with object 85"),
        ("hQVDUFYwMWE!", "not base64"),
        ("hQVDUFYwMW", "not base64"),
        (base64.b64encode(b"\x85\x05CPV02").decode(), "must begin"),
        (base64.b64encode(b"\x61\x00\x85\x05CPV01").decode(), "must begin"),
        (code(), "one or two objects 61"),
        (code(*[b"\x61\x09\x4f\x05ABCDE\x5a\x00"] * 3), "object 5A has 0 bytes|not 3"),
        (code(b"\x61\x03\x5a\x01\x11"), "no identifier"),
        (code(b"\x61\x07\x4f\x05ABCDE"), "neither"),
        (code(b"\x61\x0a\x4f\x05ABCDE\x4f\x01A"), "twice"),
        (code(b"\x61\x7f\x4f\x05ABCDE"), "says 127 bytes"),
        (code(b"\x61\x84\x00\x00\x00\x01"), "longer than two bytes"),
        (code(b"\x9f"), "a tag breaks off"),
        (code(b"\x61"), "a length is missing"),
        ("A" * 2000, "longer than 1024"),
    ],
)
def test_a_broken_code_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(Malformed, match=rule):
        parse(text)


@given(st.binary(max_size=300).map(code) | st.text(max_size=300))
def test_anything_is_refused_or_read_and_nothing_else(text: str) -> None:
    with suppress(Malformed):
        assert parse(text).applications


@given(st.integers(0, 150), st.integers(0, 255))
def test_a_flipped_byte_is_refused_or_read_and_nothing_else(place: int, byte: int) -> None:
    content = bytearray(base64.b64decode(UPI_TEST_WALLET))
    content[place % len(content)] = byte
    with suppress(Malformed):
        assert parse(base64.b64encode(content).decode()).applications


def test_an_error_quotes_nothing_of_the_code() -> None:
    with pytest.raises(Malformed) as caught:
        parse(UPI_TEST_WALLET[:-1])
    told = "".join(traceback.format_exception(caught.value))
    assert UPI_TEST_WALLET[20:60] not in told
