"""What a text means to a till: a customer's payment code, goods, a shop's own code, or none of ours.

The rules are data (`prefixes.toml`); the order they are tried in is the rule of the house: damage first, then
payment codes, then goods, then what shops show, then everything else by name. Length and prefix are tested
together, so that a product number, always shorter than sixteen digits, can never be charged.

Scanned text is hostile: whatever it holds, the answer is a value, and the text itself is never part of a hint.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from terminal.codes import gtin
from terminal.codes.emv import customer, merchant
from terminal.codes.emv.tlv import Malformed
from terminal.model import Channel, Goods, Meaning, MerchantCode, NotOurs, PaymentCode, Symbology

LONGEST = 2953  # bytes in the largest QR code; nothing a counter means is longer

# Cc, Cf, Cs, Co, Cn: escape sequences, direction overrides, halves of characters. None is part of any code.
UNPRINTABLE = "C"

ALPHABETS = {
    "digits": re.compile(r"[0-9]+"),  # ASCII: str.isdigit would take other scripts' digits too
    "alphanumeric": re.compile(r"[0-9A-Za-z]+"),
    "base64": re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"),
}
GTIN_LENGTHS = {
    None: gtin.LENGTHS,  # a scanner that does not say what it read
    Symbology.EAN13: (13,),
    Symbology.EAN8: (8,),
    Symbology.UPCA: (12, 13),  # some readers write UPC-A as an EAN-13 with a leading nought
    Symbology.UPCE: (12, 13),  # once expanded
    Symbology.ITF: (14,),
}
WRONG_SYMBOLOGY = NotOurs(
    "wrong_symbology", "No wallet shows its payment code in this kind of bar code: ask for the payment code."
)


@dataclass(frozen=True, slots=True)
class PaymentRule:
    """One row of payment codes: fits by alphabet, prefix and length, and only by the ways it may come in."""

    scheme: str
    name: str
    form: str
    alphabet: str
    prefixes: tuple[str, ...]
    shortest: int
    longest: int
    channels: tuple[Channel, ...]
    symbologies: tuple[Symbology, ...]
    otherwise: NotOurs | None  # what a text is that came in by another channel
    grade: str
    source: str

    @property
    def title(self) -> str:
        return f"{self.name} {self.form}"

    def fits(self, text: str) -> bool:
        return self.begins(text) and self.shortest <= len(text) <= self.longest and self.spells(text)

    def begins(self, text: str) -> bool:
        return text.startswith(self.prefixes)

    def spells(self, text: str) -> bool:
        return ALPHABETS[self.alphabet].fullmatch(text) is not None

    def refusal(self, channel: Channel, symbology: Symbology | None) -> NotOurs | None:
        if channel not in self.channels:
            return self.otherwise
        # What was typed, or came from a scanner that does not say, has no symbology to compare.
        return None if symbology is None or symbology in self.symbologies else WRONG_SYMBOLOGY


@dataclass(frozen=True, slots=True)
class TextRule:
    """One row of texts known by how they begin."""

    title: str
    begins: re.Pattern[str]
    meaning: MerchantCode | NotOurs
    grade: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was held against a text: the one that decided, or one that nearly did."""

    rule: str
    decided: bool
    why: str
    grade: str = ""
    source: str = ""


def classify(text: str, *, channel: Channel, symbology: Symbology | None = None) -> Meaning:
    """What `text` is; never raises, whatever it holds."""
    text = text.strip()
    return (
        _unreadable(text)
        or _payment(text, channel, symbology)
        or _goods(text, symbology)
        or _by_beginning(text)
        or _named(text)
    )


def explain(text: str, *, channel: Channel, symbology: Symbology | None = None) -> list[Considered]:
    """The rules that nearly decided what `text` is, and last the one that did."""
    meaning = classify(text, channel=channel, symbology=symbology)
    text = text.strip()
    if isinstance(unreadable := _unreadable(text), NotOurs):
        return [Considered(unreadable.kind, decided=True, why=unreadable.hint)]
    return [*_near_misses(text), _decision(text, meaning)]


# --- the rules in their order ----------------------------------------------------------------------------


def _unreadable(text: str) -> NotOurs | None:
    if not text:
        return NotOurs("empty", "Nothing was read: show the code again.")
    if len(text) > LONGEST:
        return NotOurs("too_long", "This is far longer than any payment code: ask for the payment code.")
    if not text.isprintable() and any(unicodedata.category(character).startswith(UNPRINTABLE) for character in text):
        return NotOurs("control_characters", "This holds characters that no code has: ask for the payment code.")
    return None


def _payment(text: str, channel: Channel, symbology: Symbology | None) -> PaymentCode | NotOurs | None:
    rule = _payment_rule_for(text)
    if rule is None:
        return None
    refusal = rule.refusal(channel, symbology) or (_emv_refusal(text) if rule.alphabet == "base64" else None)
    return refusal or PaymentCode(rule.scheme, text, rule.name)


def _emv_refusal(text: str) -> NotOurs | None:
    """Why a customer's EMV code cannot be charged, where it cannot."""
    try:
        payload = customer.parse(text)
    except Malformed as error:
        return NotOurs("broken_code", f"This payment code is damaged ({error}): ask the customer for a fresh one.")
    if payload.application(customer.UNIONPAY) is None:
        return NotOurs("foreign_code", "This is a payment code of a card scheme that is not taken here.")
    return None


def _goods(text: str, symbology: Symbology | None) -> Goods | NotOurs | None:
    if gtin.is_sscc(text):
        return NotOurs("shipping_label", "This is a shipping label: ask the customer for the payment code.")
    if symbology is Symbology.UPCE and gtin.UPC_E.fullmatch(text):
        text = gtin.expand_upc_e(text)
    if not ALPHABETS["digits"].fullmatch(text) or len(text) not in GTIN_LENGTHS.get(symbology, ()):
        return None
    if not gtin.is_gtin(text):
        return NotOurs("bad_check_digit", "The product number does not add up: scan it again.")
    return Goods(gtin.gtin14(text))


def _by_beginning(text: str) -> MerchantCode | NotOurs | None:
    rule = _text_rule_for(text)
    if rule is None:
        return None
    if isinstance(rule.meaning, MerchantCode) and rule.meaning.kind == "emv":
        return _emv_merchant(text, rule.meaning)
    return rule.meaning


def _emv_merchant(text: str, meaning: MerchantCode) -> MerchantCode | NotOurs:
    """A shop's EMV code under the shop's own name, or what is wrong with it."""
    try:
        return replace(meaning, name=merchant.parse(text).name)
    except Malformed as error:
        return NotOurs("broken_code", f"This shop's code is damaged ({error}).")


def _named(text: str) -> NotOurs:
    if ALPHABETS["digits"].fullmatch(text):
        return NotOurs("unknown_digits", "No wallet we know has a code like this: ask for the payment code.")
    return NotOurs("text", "This is plain text: ask the customer for the payment code.")


def _payment_rule_for(text: str) -> PaymentRule | None:
    return next((rule for rule in payment_rules() if rule.fits(text)), None)


def _text_rule_for(text: str) -> TextRule | None:
    return next((rule for rule in text_rules() if rule.begins.match(text)), None)


# --- saying why ------------------------------------------------------------------------------------------


def _near_misses(text: str) -> Iterator[Considered]:
    """The payment codes that this is not, though it begins as they do."""
    for rule in payment_rules():
        if rule.begins(text) and not rule.fits(text):
            yield Considered(rule.title, decided=False, why=_miss(rule, text), grade=rule.grade, source=rule.source)


def _miss(rule: PaymentRule, text: str) -> str:
    lengths = f"{rule.shortest}" if rule.shortest == rule.longest else f"{rule.shortest} to {rule.longest}"
    if not rule.spells(text):
        return f"begins like one, but is not all {rule.alphabet}"
    return f"begins like one, but has {len(text)} characters where {lengths} are wanted"


def _decision(text: str, meaning: Meaning) -> Considered:
    if rule := _payment_rule_for(text):
        prefix = next(prefix for prefix in rule.prefixes if text.startswith(prefix))
        why = f"{len(text)} {rule.alphabet} beginning {prefix}"
        if isinstance(meaning, NotOurs):
            why += f", but refused: {meaning.hint}"
        return Considered(rule.title, decided=True, why=why, grade=rule.grade, source=rule.source)
    if isinstance(meaning, Goods):
        why = f"{len(text)} digits with the right check digit"
        return Considered("product number", decided=True, why=why, grade="D", source="GS1 General Specifications")
    if isinstance(meaning, MerchantCode | NotOurs) and (text_rule := _text_rule_for(text)):
        if isinstance(meaning, NotOurs):
            return Considered(text_rule.title, decided=True, why=meaning.hint, grade=text_rule.grade)
        why = "a code that shops show; there is nothing here for a till to charge"
        return Considered(text_rule.title, decided=True, why=why, grade=text_rule.grade, source=text_rule.source)
    assert isinstance(meaning, NotOurs), "every other meaning has a rule of its own"
    return Considered(meaning.kind, decided=True, why=meaning.hint)


# --- the table -------------------------------------------------------------------------------------------


@cache
def payment_rules() -> tuple[PaymentRule, ...]:
    return tuple(_payment_rule(row) for row in _table()["payment"])


@cache
def text_rules() -> tuple[TextRule, ...]:
    table = _table()
    return (*map(_merchant_rule, table["merchant"]), *map(_other_rule, table["other"]))


def _table() -> dict[str, Any]:
    return tomllib.loads((files("terminal.codes") / "prefixes.toml").read_text("utf-8"))


def _payment_rule(row: dict[str, Any]) -> PaymentRule:
    shortest, longest = row["length"]
    return PaymentRule(
        scheme=row["scheme"],
        name=row["name"],
        form=row["form"],
        alphabet=row["alphabet"],
        prefixes=tuple(row["prefixes"]),
        shortest=shortest,
        longest=longest,
        channels=tuple(Channel(channel) for channel in row.get("channels", Channel)),
        symbologies=tuple(Symbology(name) for name in row.get("symbologies", ("QR", "Code128"))),
        otherwise=NotOurs(**row["otherwise"]) if "otherwise" in row else None,
        grade=row["grade"],
        source=row["source"],
    )


def _merchant_rule(row: dict[str, Any]) -> TextRule:
    meaning = MerchantCode(row["scheme"], row["kind"], row["name"])
    return TextRule(f"{row['name']}, {row['kind']}", _beginning(row), meaning, row["grade"], row["source"])


def _other_rule(row: dict[str, Any]) -> TextRule:
    return TextRule(row["kind"], _beginning(row), NotOurs(row["kind"], row["hint"]))


def _beginning(row: dict[str, Any]) -> re.Pattern[str]:
    return re.compile(row["pattern"], re.IGNORECASE | re.ASCII)
