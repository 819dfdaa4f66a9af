"""What a UnionPay host says and holds to: answer codes with their texts, its own numbers and times.

The codes and texts are those of UnionPay's own list; where it is silent (which of them a query has for an order that
was undone, say) the choice is ours and `Manners` plays it the other way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from firmware_sim.issuers import Decline, issuers
from firmware_sim.ledger_words import Kind, Purchase, Refusal, Returned, State
from terminal.exchange import Rate
from terminal.money import Money
from terminal.scheme import Operation, Request
from terminal.schemes.beijing import read_stamp, stamp
from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.spelling import Spelling
from terminal.schemes.unionpay import calls, form
from terminal.schemes.unionpay.calls import Ask
from terminal.schemes.unionpay.replies import Said

QUERY_ID = re.compile(r"51[0-9]{12}(?P<number>[0-9]{7})")
INSTITUTION = "00010000"  # whose merchant codes these are, as captured ones have it
MERCHANT_CODE = f"https://qr.95516.com/{INSTITUTION}/01{{digits:030}}"
SHOWN_LIFE_S = 7200.0  # ours: an order without payTimeout
ODD = "ZZ"  # a code that no list has, for the fault of that name
BUSY = "06"
ACCEPTED = ("00", "成功[0000000]")

# Refusals of a call, in UnionPay's own texts.
TEXTS: Mapping[str, str] = {
    "00": ACCEPTED[1],
    "05": "交易已受理，请稍后查询交易结果",
    BUSY: "系统繁忙，请稍后再试",
    "10": "报文格式错误",
    "11": "验证签名失败",
    "12": "重复交易",
    "13": "报文交易要素缺失",
    "31": "商户状态不正确",
    "32": "无此交易权限",
    "34": "查无此交易",
    "35": "原交易不存在或状态不正确",
    "36": "与原交易信息不符",
    "37": "已超过最大查询次数或操作过于频繁",
    "39": "交易不在受理时间范围内",
    "45": "原交易已被成功退货或已被成功撤销",
    "46": "交易已被成功冲正",
    "86": "二维码状态错误",
    "88": "无此二维码",
    "99": "通用错误",
}
NOT_THERE = ("35", "原交易不存在[2040004]")
WRONG_AMOUNT = ("36", "与原交易信息不符[2050001]")
WRONG_STATE = ("35", "原交易状态不正确[2050002]")
TOO_OLD = ("35", "原交易不存在或状态不正确[2011000]")

# The neutral refusals in UnionPay's words; what an issuer thinks of a payment is said in the issuer's (`issuers.toml`).
WORDS: Mapping[Refusal, tuple[str, str]] = {
    Refusal.CODE_INVALID: ("88", TEXTS["88"]),
    Refusal.CODE_EXPIRED: ("86", TEXTS["86"]),
    Refusal.CODE_SPENT: ("86", TEXTS["86"]),
    Refusal.CURRENCY: ("10", "报文格式错误"),
    Refusal.ORDER_TAKEN: ("12", TEXTS["12"]),
    Refusal.ORDER_PAID: ("12", TEXTS["12"]),
    Refusal.ORDER_CLOSED: ("12", TEXTS["12"]),
    Refusal.ORDER_REVERSED: ("12", TEXTS["12"]),
    Refusal.REFUND_TAKEN: ("12", TEXTS["12"]),
    Refusal.NO_SUCH_ORDER: ("34", TEXTS["34"]),
    Refusal.NO_SUCH_REFUND: ("34", TEXTS["34"]),
    Refusal.WRONG_KIND: WRONG_STATE,
    Refusal.TOO_SOON: ("37", TEXTS["37"]),
    Refusal.TOO_LATE: ("39", TEXTS["39"]),
    Refusal.NOT_PAID: WRONG_STATE,
    Refusal.TOO_MUCH: ("33", "交易金额超限"),
    Refusal.TOO_MANY: ("37", TEXTS["37"]),
}
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, tuple[str, str]]] = {
    Operation.REVERSE: {Refusal.NO_SUCH_ORDER: NOT_THERE},
    Operation.VOID: {Refusal.NO_SUCH_ORDER: NOT_THERE},
    Operation.REFUND: {Refusal.NO_SUCH_ORDER: NOT_THERE, Refusal.TOO_LATE: TOO_OLD},
}


@dataclass(frozen=True, slots=True)
class Manners:
    """What of UnionPay's is documented nowhere that was found: played so, or the other way."""

    tells_returned: bool = True  # a query of a voided or wholly refunded order says so (45); else still 00
    tells_unpaid: bool = False  # one of a shown order that nobody has paid says 05; else there is no such transaction
    settles_in: str = ""  # a shop abroad may be paid in another currency than it asks for; empty: in that one
    txn_time_within_s: float = 24 * 3600.0  # "txnTime must be now": how far it may be off


class Refused(Exception):
    """Ends a call from wherever it was found wanting; `plain` is for the log."""

    def __init__(self, code: str, plain: str, text: str = "") -> None:
        super().__init__(plain)
        self.code = code
        self.text = text or TEXTS.get(code, TEXTS["99"])


def refused(why: str, operation: Operation | None, plain: str) -> Refused:
    """A neutral refusal in UnionPay's words for the call; anything else is an answer code already."""
    if why not in list(Refusal):
        return Refused(why, plain)
    said = WORDS_OF.get(operation, {}).get(Refusal(why)) or WORDS.get(Refusal(why))
    code, text = said or _in_words(decline(why, ""))
    return Refused(code, plain, text)


def malformed(error: Malformed) -> Refused:
    """What is wrong with a message, with the field's name in the reply, as UnionPay has it."""
    code = "13" if error.rule == "is missing" else "10"
    return Refused(code, str(error), f"{TEXTS[code]}[{error.field}]")


def decline(why: str, wallet: str) -> Decline:
    """What the issuer says to a payment that it refused, in its own words; UnionPay's app where it is not known."""
    declines = issuers().get(wallet, issuers()["unionpay"]).declines
    if why in declines:
        return declines[why]
    return Decline(why, TEXTS[why]) if why in TEXTS else declines["refused"]


def _in_words(said: Decline) -> tuple[str, str]:
    return said.code, said.text


# --- what became of an order -----------------------------------------------------------------------------


def state(purchase: Purchase, wallet: str, manners: Manners) -> tuple[str, str]:
    """origRespCode and its text. Raises Refused where there is no transaction to tell of."""
    match purchase.state:
        case State.PAID if purchase.refunded == purchase.amount and manners.tells_returned:
            return "45", TEXTS["45"]
        case State.PAID:
            return ACCEPTED
        case State.REVERSED:
            return "46", TEXTS["46"]
        case State.FAILED:
            return _in_words(decline(purchase.refusal, wallet))
        case State.OPEN if purchase.kind is Kind.CHARGED or manners.tells_unpaid:
            return "05", TEXTS["05"]
    raise Refused("34", "nobody has paid this code, so there is no transaction")


def query_id(purchase: Purchase) -> str:
    """Twenty-one digits as the test gateway's: 51, the time, and a running number, which is the ledger's."""
    return f"51{stamp(purchase.created_s)[2:]}{purchase.number:07}"


def refund_query_id(returned: Returned) -> str:
    return f"52{stamp(returned.created_s)[2:]}{returned.number:07}"


def settled(money: Money, number: int, unix_s: float, settle_date: str, rate: Rate | None = None) -> dict[str, str]:
    """What is told of money that has moved, beside the order's own fields. `money` is what the shop is paid."""
    told = {
        "trace_no": f"{number % 10**6:06}",
        "trace_time": stamp(unix_s)[4:],
        "settle_amount": str(money.minor),
        "settle_currency": money.currency.numeric,
        "settle_date": settle_date,
    }
    return told if rate is None else {**told, "exchange_rate": rate.iso8583, "exchange_date": settle_date}


def echo(ask: Ask, **more: str) -> Said:
    """The reply that says what was asked, and little more."""
    txn_type, sub_type = ask.kind.value
    return Said(
        resp_code=ACCEPTED[0],
        resp_msg=ACCEPTED[1],
        txn_type=txn_type,
        txn_sub_type=sub_type,
        mer_id=ask.mer_id,
        order_id=ask.order_id,
        txn_time=ask.txn_time,
        amount=ask.amount,
        currency=ask.currency,
        **more,
    )


def naming(request: Request) -> Said:
    """A reply to a request that may be wrong in any way: it names the order as far as the request did."""
    try:
        fields = Fields(form.read_form(request.body))
    except Malformed:
        return Said(BUSY)
    said = {name: _fitting(fields, calls.ASKED[name]) for name in ("mer_id", "order_id", "txn_time")}
    return Said(BUSY, **said)


def _fitting(fields: Fields, spelling: Spelling) -> str:
    try:
        return fields.text(spelling.name, spelling.longest, spelling.pattern)
    except Malformed:
        return ""


def expiry(ask: Ask, now_s: float) -> float:
    """When a shown code stops being payable; raises Malformed for a time that is none or over."""
    if not ask.pay_timeout:
        return now_s + SHOWN_LIFE_S
    ends_s = time_of(ask.pay_timeout, "pay_timeout")
    if ends_s <= now_s:
        raise Malformed("payTimeout", "is over")
    return ends_s


def time_of(text: str, name: str) -> float:
    """Unix seconds; raises Malformed for what is no time."""
    try:
        return read_stamp(text)
    except ValueError as error:
        raise Malformed(calls.ASKED[name].name, "must be a time in Beijing, yyyyMMddHHmmss") from error
