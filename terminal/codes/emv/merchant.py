"""A merchant-presented code (EMVCo MPM v1.1): built, read, and explained.

A static code leaves the amount to the customer, a dynamic one is for one order. Who may be paid stands in the
accounts: primitive ids 02 to 25 belong to card schemes (15 and 16 are UnionPay's), templates 26 to 51 to whoever
names himself in them, so one code can be payable by many wallets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from terminal.codes.emv.tlv import Item, Malformed, closed, item, items, opened
from terminal.money import BY_NUMBER, Currency, Money

PRIMITIVE_ACCOUNTS, TEMPLATE_ACCOUNTS = range(2, 26), range(26, 52)
UNIONPAY_ACCOUNTS = ("15", "16")
OWN_TEMPLATES = range(80, 100)  # unreserved
OWNER = "00"  # within a template: whose it is
ASK = "***"  # in an additional field: the wallet asks the customer

_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]*)?|\.[0-9]+")
_LONGEST_AMOUNT = 13
_UNIONPAY_ACCOUNT = re.compile(r"[0-9]{16}[0-9A-Za-z ]{15}")


class Point(StrEnum):
    """How often a code is meant to be shown (id 01)."""

    STATIC = "11"
    DYNAMIC = "12"


class Tip(StrEnum):
    """What the wallet does about a tip (id 55)."""

    ASK = "01"
    FIXED = "02"
    PERCENTAGE = "03"


@dataclass(frozen=True, slots=True)
class Account:
    """Where money may go: a primitive value, or the parts of a template (`parts["00"]` says whose)."""

    id: str
    value: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.parts.get(OWNER, "")

    def text(self) -> str:
        return item(self.id, self.value or _joined(self.parts))


@dataclass(frozen=True, slots=True)
class MerchantPayload:
    """What such a code says. `amount` is decimal text as the standard writes it; empty: the customer enters it."""

    accounts: tuple[Account, ...]
    mcc: str
    currency: str  # ISO 4217, three digits
    country: str
    name: str
    city: str
    amount: str = ""
    point: Point | None = None
    tip: Tip | None = None
    fee: str = ""  # with Tip.FIXED an amount, with Tip.PERCENTAGE percent
    postal_code: str = ""
    additional: Mapping[str, str] = field(default_factory=dict)  # id 62: 01 bill, 05 reference, 07 terminal…
    language: Mapping[str, str] = field(default_factory=dict)  # id 64: 00 language, 01 name, 02 city
    others: Mapping[str, str] = field(default_factory=dict)  # what is reserved or somebody's own, as it stands

    @property
    def money(self) -> Money | None:
        """The amount as money; None where there is none, or in a currency that we do not count in."""
        currency = BY_NUMBER.get(self.currency)
        return _money(self.amount, currency) if currency and self.amount else None

    def account(self, owner: str) -> Account | None:
        """The template that names `owner`, capitals or not."""
        return next((one for one in self.accounts if one.owner.lower() == owner.lower()), None)


# --- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    shape: re.Pattern[str]
    needed: bool = False


def _ans(longest: int) -> re.Pattern[str]:
    return re.compile(rf"[\x20-\x7e]{{1,{longest}}}")


def _any(longest: int) -> re.Pattern[str]:
    return re.compile(rf"[^\x00-\x1f\x7f]{{1,{longest}}}")


_RULES: Mapping[str, _Rule] = {
    "01": _Rule("point of initiation", re.compile("11|12")),
    "52": _Rule("merchant category code", re.compile(r"[0-9]{4}"), needed=True),
    "53": _Rule("transaction currency", re.compile(r"[0-9]{3}"), needed=True),
    "54": _Rule("transaction amount", _AMOUNT),
    "55": _Rule("tip indicator", re.compile("01|02|03")),
    "56": _Rule("fixed fee", _AMOUNT),
    "57": _Rule("percentage", re.compile(r"[0-9]{1,2}(?:\.[0-9]{0,2})?")),
    "58": _Rule("country code", re.compile(r"[A-Za-z]{2}"), needed=True),
    "59": _Rule("merchant name", _any(25), needed=True),  # ans by the standard; shops write what they are called
    "60": _Rule("merchant city", _any(15), needed=True),
    "61": _Rule("postal code", _ans(10)),
}
_ADDITIONAL: Mapping[str, _Rule] = {
    **{f"{number:02}": _Rule("additional data", _any(25)) for number in range(1, 9)},
    "09": _Rule("consumer data wanted", re.compile(r"[AME]{1,3}")),
}
_LANGUAGE: Mapping[str, _Rule] = {
    "00": _Rule("language", re.compile(r"[A-Za-z]{2}"), needed=True),
    "01": _Rule("merchant name in another language", _any(25), needed=True),
    "02": _Rule("city in another language", _any(15)),
}


def parse(text: str) -> MerchantPayload:
    """What the code says; raises Malformed with the offset and the rule, and nothing else, whatever `text` is."""
    found = opened(text)
    _check(found, _RULES)
    accounts = tuple(_account(one) for one in found.values() if _is_account(one.id))
    if not accounts:
        raise Malformed(len(text), "there is no account to pay to: one of ids 02 to 51 is wanted")
    _check_amounts(found)
    known = {*_RULES, "00", "62", "64", *(account.id for account in accounts)}
    return MerchantPayload(
        accounts=accounts,
        mcc=found["52"].value,
        currency=found["53"].value,
        country=found["58"].value,
        name=found["59"].value,
        city=found["60"].value,
        amount=_value(found, "54"),
        point=Point(found["01"].value) if "01" in found else None,
        tip=Tip(found["55"].value) if "55" in found else None,
        fee=_value(found, "56") or _value(found, "57"),
        postal_code=_value(found, "61"),
        additional=_template(found, "62", _ADDITIONAL),
        language=_template(found, "64", _LANGUAGE),
        others={id_: one.value for id_, one in found.items() if id_ not in known},
    )


def _is_account(id_: str) -> bool:
    return int(id_) in PRIMITIVE_ACCOUNTS or int(id_) in TEMPLATE_ACCOUNTS


def _account(one: Item) -> Account:
    if int(one.id) in PRIMITIVE_ACCOUNTS:
        return Account(one.id, one.value)
    parts = items(one.value, one.at)
    if OWNER not in parts:
        raise Malformed(one.at, f"template {one.id} does not say whose it is (its id {OWNER})")
    return Account(one.id, parts=_values(parts))


def _check(found: Mapping[str, Item], rules: Mapping[str, _Rule], at: int = 0) -> None:
    for id_, rule in rules.items():
        one = found.get(id_)
        if one is None and rule.needed:
            raise Malformed(at, f"id {id_} ({rule.name}) is missing")
        if one is not None and not rule.shape.fullmatch(one.value):
            raise Malformed(one.at, f"id {id_} ({rule.name}) is not as it must be")


def _check_amounts(found: Mapping[str, Item]) -> None:
    currency = BY_NUMBER.get(found["53"].value)
    for id_ in ("54", "56"):
        if id_ in found:
            _check_amount(found[id_], currency)
    tip = _value(found, "55")
    for id_, wanted in (("56", Tip.FIXED), ("57", Tip.PERCENTAGE)):
        if (id_ in found) != (tip == wanted):
            raise Malformed(found["55"].at if tip else found[id_].at, f"id {id_} goes with tip indicator {wanted}")
    if "57" in found and float(found["57"].value) == 0:
        raise Malformed(found["57"].at, "id 57 (percentage) must be between 00.01 and 99.99")


def _check_amount(one: Item, currency: Currency | None) -> None:
    if len(one.value) > _LONGEST_AMOUNT or not one.value.strip("0."):
        raise Malformed(one.at, f"id {one.id} must be an amount above nought of at most {_LONGEST_AMOUNT} characters")
    if currency and len(one.value.partition(".")[2]) > currency.exponent:
        raise Malformed(one.at, f"id {one.id} has more decimals than {currency.code} has")


def _money(amount: str, currency: Currency) -> Money:
    whole, _, decimals = amount.partition(".")
    return Money(int((whole or "0") + decimals.ljust(currency.exponent, "0")), currency)


def _template(found: Mapping[str, Item], id_: str, rules: Mapping[str, _Rule]) -> Mapping[str, str]:
    if id_ not in found:
        return {}
    parts = items(found[id_].value, found[id_].at)
    _check(parts, rules, found[id_].at)
    return _values(parts)


def _values(found: Mapping[str, Item]) -> dict[str, str]:
    return {id_: one.value for id_, one in found.items()}


def _value(found: Mapping[str, Item], id_: str) -> str:
    return found[id_].value if id_ in found else ""


# --- writing ------------------------------------------------------------------------------------------------


def build(payload: MerchantPayload) -> str:
    """The code's text; raises Malformed for what could not be read back."""
    fee = "56" if payload.tip is Tip.FIXED else "57"
    content = [
        item("00", "01"),
        item("01", payload.point or ""),
        *(account.text() for account in sorted(payload.accounts, key=lambda account: account.id)),
        item("52", payload.mcc),
        item("53", payload.currency),
        item("54", payload.amount),
        item("55", payload.tip or ""),
        item(fee, payload.fee),
        item("58", payload.country),
        item("59", payload.name),
        item("60", payload.city),
        item("61", payload.postal_code),
        item("62", _joined(payload.additional)),
        item("64", _joined(payload.language)),
        *(item(id_, value) for id_, value in sorted(payload.others.items())),
    ]
    text = closed("".join(content))
    parse(text)
    return text


def _joined(parts: Mapping[str, str]) -> str:
    return "".join(item(id_, value) for id_, value in parts.items())


# --- whose ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnionPayAccount:
    """Ids 15 and 16: who acquires, who forwards, which merchant. By UPI wallets' source for 15; 16 is alike, unsure."""

    acquirer: str  # IIN, 8 digits
    forwarder: str  # IIN, 8 digits
    merchant: str  # 15 characters

    @classmethod
    def of(cls, payload: MerchantPayload) -> "UnionPayAccount | None":
        """The payload's UnionPay account, where it has one of that shape."""
        for account in payload.accounts:
            if account.id in UNIONPAY_ACCOUNTS and _UNIONPAY_ACCOUNT.fullmatch(account.value):
                return cls(account.value[:8], account.value[8:16], account.value[16:])
        return None

    def account(self) -> Account:
        return Account(UNIONPAY_ACCOUNTS[0], f"{self.acquirer}{self.forwarder}{self.merchant}")
