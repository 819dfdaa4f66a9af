"""One merchant code that every wallet can pay: an account of each scheme in one EMVCo payload.

The central bank wants such a code; its form is not published, so this one is ours and says so: UnionPay's account
stands where the standard puts it (id 15), the other wallets each in a template that names them. The order's number
is the bill number (id 62, 01): whoever scans it, one order is paid, once. A static one, printed for the counter, has
neither order nor amount. Capitals throughout keep the QR code in its alphanumeric mode, two versions smaller: that is
what lets a screen show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from terminal.codes.emv.merchant import (
    OWNER,
    UNIONPAY_ACCOUNTS,
    Account,
    MerchantPayload,
    Point,
    UnionPayAccount,
    build,
)
from terminal.money import Currency, Money

OWNERS: Mapping[str, str] = {"COM.WECHAT": "wechat", "COM.ALIPAY": "alipay"}  # [U] names of our choosing
FIRST_TEMPLATE = 26
BILL = "01"  # within the additional data
COUNTRY = "CN"


@dataclass(frozen=True, slots=True)
class Shop:
    """What every code of a shop says. Its name has at most 25 characters, its city 15; `mcc` is ISO 18245's."""

    unionpay: UnionPayAccount
    name: str
    city: str
    mcc: str
    country: str = COUNTRY


def universal_code(order_id: str, money: Money, shop: Shop) -> str:
    """The text of a code for one order; raises Malformed for a number, name or city that does not fit."""
    return build(replace(_card(shop, money.currency, Point.DYNAMIC), amount=money.decimal, additional={BILL: order_id}))


def static_code(shop: Shop, currency: Currency) -> str:
    """The text of a code for a counter, where customers enter the amount; raises Malformed likewise."""
    return build(_card(shop, currency, Point.STATIC))


def schemes_of(payload: MerchantPayload) -> tuple[str, ...]:
    """Whose account the code has, in the order it has them."""
    found = (_scheme(account) for account in payload.accounts)
    return tuple(dict.fromkeys(scheme for scheme in found if scheme))


def order_of(payload: MerchantPayload) -> str:
    """The order's number, where the code carries one."""
    return payload.additional.get(BILL, "")


def _card(shop: Shop, currency: Currency, point: Point) -> MerchantPayload:
    templates = (Account(f"{FIRST_TEMPLATE + place}", parts={OWNER: owner}) for place, owner in enumerate(OWNERS))
    return MerchantPayload(
        accounts=(shop.unionpay.account(), *templates),
        mcc=shop.mcc,
        currency=currency.numeric,
        country=shop.country,
        name=shop.name.upper(),
        city=shop.city.upper(),
        point=point,
    )


def _scheme(account: Account) -> str:
    return "unionpay" if account.id in UNIONPAY_ACCOUNTS else OWNERS.get(account.owner.upper(), "")
