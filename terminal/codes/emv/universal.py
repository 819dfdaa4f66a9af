"""One dynamic merchant code that every wallet can pay: an account of each scheme in one EMVCo payload.

The central bank wants such a code; its form is not published, so this one is ours and says so: UnionPay's account
stands where the standard puts it (id 15), the other wallets each in a template that names them. The order's number
is the bill number (id 62, 01): whoever scans it, one order is paid, once. Capitals throughout keep the QR code
in its alphanumeric mode, two versions smaller: that is what lets a screen show it.
"""

from collections.abc import Mapping

from terminal.codes.emv.merchant import (
    OWNER,
    UNIONPAY_ACCOUNTS,
    Account,
    MerchantPayload,
    Point,
    UnionPayAccount,
    build,
)
from terminal.money import Money

OWNERS: Mapping[str, str] = {"COM.WECHAT": "wechat", "COM.ALIPAY": "alipay"}  # [U] names of our choosing
FIRST_TEMPLATE = 26
BILL = "01"  # within the additional data
COUNTRY = "CN"


def universal_code(order_id: str, money: Money, *, unionpay: UnionPayAccount, name: str, city: str, mcc: str) -> str:
    """The text of a code for one order; raises Malformed for a number, name or city that does not fit."""
    templates = (Account(f"{FIRST_TEMPLATE + place}", parts={OWNER: owner}) for place, owner in enumerate(OWNERS))
    return build(
        MerchantPayload(
            accounts=(unionpay.account(), *templates),
            mcc=mcc,
            currency=money.currency.numeric,
            amount=money.decimal,
            country=COUNTRY,
            name=name.upper(),
            city=city.upper(),
            point=Point.DYNAMIC,
            additional={BILL: order_id},
        )
    )


def schemes_of(payload: MerchantPayload) -> tuple[str, ...]:
    """Whose account the code has, in the order it has them."""
    found = (_scheme(account) for account in payload.accounts)
    return tuple(dict.fromkeys(scheme for scheme in found if scheme))


def order_of(payload: MerchantPayload) -> str:
    """The order's number, where the code carries one."""
    return payload.additional.get(BILL, "")


def _scheme(account: Account) -> str:
    return "unionpay" if account.id in UNIONPAY_ACCOUNTS else OWNERS.get(account.owner.upper(), "")
