"""A message as it may be kept and shown: its fields by the scheme's own names, and nothing in it that could be spent.

For people who ask what was said. What it reads is told apart by its first bytes, as a conversation may be with anybody;
bytes that nobody can read are told by their length. Never raises.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from urllib.parse import parse_qsl

from terminal.codes.classify import classify
from terminal.model import Channel, PaymentCode, masked
from terminal.schemes import flat_xml
from terminal.schemes.fields import LARGEST, Malformed
from terminal.schemes.unionpay.form import read_form, read_plain
from terminal.schemes.unionpay_pos import dialect, elements

MOST_FIELDS, LONGEST = 60, 160  # of one message, and of one value: a bill is not copied here
_DEEPEST = 6  # objects in objects; the deepest of these wires has four

# Payment codes, under whatever name; people and their accounts; and what proves who somebody is.
_CODES = re.compile(r"auth_?code|qr_?no|pay(ment)?_?code|bar_?code", re.IGNORECASE)
_PEOPLE = re.compile(r"open_?id|buyer|logon|user_?id|acc_?no|phone|mobile|mail", re.IGNORECASE)
_SECRETS = re.compile(
    r"sign$|signature|signing|token|secret|cipher|nonce|password|passwd|\bpin\b|cert|(^|[._])key$|(public|api|mac)_?key",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9]{16,24}(?![0-9])")

# ISO 8583's own names, of the elements that this line has; those without one are keys, cards, tracks and PINs.
_ELEMENTS: Mapping[int, str] = {
    3: "processing code",
    4: "amount",
    11: "trace",
    12: "time",
    13: "date",
    15: "settlement date",
    22: "entry mode",
    25: "condition",
    32: "acquirer",
    37: "reference",
    38: "authorisation",
    39: "response",
    41: "terminal",
    42: "merchant",
    44: "additional",
    48: "totals",
    49: "currency",
    54: "amounts",
    60: "type, batch, network",
    61: "original",
}
_TAGGED = (57, 59)
_ISSUER = 63


def told(path: str, body: bytes, code: str = "") -> dict[str, str]:
    """What a request's query and a message's body say, masked. `code` is the payment code, where it is known."""
    query = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    fields = {name: text for pair in query for name, text in _opened(*pair)} | _read(body)
    return {_cut(name): _shown(name, text, code) for name, text in islice(fields.items(), MOST_FIELDS)}


def _read(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    for reader in _readers(body):
        try:
            return {name: text for pair in reader(body) for name, text in _opened(*pair)}
        except (Malformed, ValueError, RecursionError):
            continue
    return {"bytes": str(len(body))}


Reader = Callable[[bytes], Iterator[tuple[str, str]]]


def _readers(body: bytes) -> Iterator[Reader]:
    """Who may be able to read it."""
    if len(body) > LARGEST:
        return
    match body[:1]:
        case b"{":
            yield _json
        case b"<":
            yield partial(_form, flat_xml.read)
        case _:
            yield _frame
            ways = (read_plain, read_form) if b"{" in body else (read_form, read_plain)
            yield from (partial(_form, way) for way in ways)


def _form(way: Callable[[bytes], Mapping[str, str]], body: bytes) -> Iterator[tuple[str, str]]:
    return iter(way(body).items())


def _json(body: bytes) -> Iterator[tuple[str, str]]:
    return iter(list(_flat("", json.loads(body), 0)))


def _flat(path: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    """Each value by the way to it: `amount.total`, `promotions[0].name`."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), inner, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, inner in enumerate(value):
            yield from _flat(f"{path}[{index}]", inner, depth + 1)
    elif isinstance(value, dict | list):
        yield path, "..."
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _opened(name: str, text: str) -> Iterator[tuple[str, str]]:
    """A field that holds an object of its own, such as Alipay's `biz_content`."""
    if text.startswith("{") and text.endswith("}"):
        try:
            yield from list(_flat(name, json.loads(text), 0))
        except (ValueError, RecursionError):
            pass
        else:
            return
    yield name, text


def _frame(body: bytes) -> Iterator[tuple[str, str]]:
    message = dialect.read(body).message
    yield "message type", message.mti
    for number, text in sorted(message.elements.items()):
        if number in _TAGGED:
            tags = elements.parse_tagged(number, text)
            yield from ((f"DE {number} {tag}", value) for tag, value in tags.items())
        elif number == _ISSUER:
            yield f"DE {number} issuer", elements.parse_issuer(text)
        else:
            known = _ELEMENTS.get(number)
            yield f"DE {number} {known or 'secret'}", text


# --- what is not told ---------------------------------------------------------------------------------------


def _shown(name: str, text: str, code: str) -> str:
    if code:
        text = text.replace(code, masked(code))
    if _SECRETS.search(name) or name.endswith(" secret"):
        return f"({len(text)})"
    if _CODES.search(name) or _PEOPLE.search(name):
        return _cut(masked(text)) if len(text) > len("123456") else "*" * len(text)
    return _cut(_LONG_NUMBER.sub(_not_a_code, text))


def _not_a_code(number: re.Match[str]) -> str:
    digits = number[0]
    return masked(digits) if isinstance(classify(digits, channel=Channel.CAMERA), PaymentCode) else digits


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)})"
