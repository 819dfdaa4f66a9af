"""What an aggregated front end says and holds to: error codes, trade states, its own numbers and times.

It passes on what the wallet behind a code said, in that wallet's own word: an insufficient balance is NOTENOUGH of a
WeChat Pay customer, ACQ.BUYER_BALANCE_NOT_ENOUGH of an Alipay one, and 64 of most banks'.
"""

import re
from collections.abc import Mapping

from firmware_sim.hosts import unionpay_words
from firmware_sim.ledger_words import Purchase, Refusal, Returned, State
from firmware_sim.wallets import WALLETS
from terminal.scheme import Operation
from terminal.schemes.beijing import read_stamp, stamp
from terminal.schemes.fields import Malformed
from terminal.schemes.qra.calls import Ask

TRANSACTION_ID = re.compile(r"95516000(?P<number>[0-9]{24})")
MERCHANT_CODE = "https://qr.95516.com/03095810/unifiedNative?mchNo={mch_id}&token={token}"
SHOWN_LIFE_S = 7200.0  # ours: an order without time_expire
ODD = "SAOMA_ODD_STATE"  # a state that no notes have, for the fault of that name

# How a network is called in the middle of a trade_type.
NETWORKS = {"wechat": "weixin", "alipay": "alipay", "unionpay": "unionpay"}

STATES = {
    State.OPEN: "NOTPAY",
    State.PAID: "SUCCESS",
    State.FAILED: "PAYERROR",
    State.CLOSED: "CLOSED",
    State.REVERSED: "REVOKED",
}
TEXTS = {
    "USERPAYING": "用户支付中，需要输入密码",
    "SYSTEMERROR": "系统错误",
    "PARAM_ERROR": "参数错误",
    "MCHID_NOT_EXIST": "商户号不存在",
    "AUTH_CODE_INVALID": "授权码无效",
    "AUTHCODEEXPIRE": "授权码已过期，请刷新再试",
    "NOTENOUGH": "余额不足",
    "RULE_LIMIT": "支付金额超限",
    "ACCOUNT_ERROR": "账户异常",
    "TRADE_ERROR": "交易失败",
    "BUYER_MISMATCH": "支付帐号错误",
    "OUT_TRADE_NO_USED": "商户订单号重复",
    "ORDERPAID": "订单已支付",
    "ORDERCLOSED": "订单已关闭",
    "ORDERREVERSED": "订单已撤销",
    "ORDERNOTEXIST": "订单不存在",
    "REVERSE_EXPIRE": "订单撤销过期",
    "REFUNDNOTEXIST": "退款单不存在",
    "INVALID_REQUEST": "不符合业务规则",
    "TRADE_OVERDUE": "订单已超过退款期限",
}

WORDS: Mapping[Refusal, str] = {
    Refusal.CODE_INVALID: "AUTH_CODE_INVALID",
    Refusal.CODE_EXPIRED: "AUTHCODEEXPIRE",
    Refusal.CODE_SPENT: "AUTH_CODE_INVALID",
    Refusal.INSUFFICIENT_FUNDS: "NOTENOUGH",
    Refusal.OVER_LIMIT: "RULE_LIMIT",
    Refusal.OVER_DAY_LIMIT: "RULE_LIMIT",
    Refusal.BLOCKED: "ACCOUNT_ERROR",
    Refusal.RISK: "TRADE_ERROR",
    Refusal.NOT_ALLOWED: "BUYER_MISMATCH",
    Refusal.WRONG_PASSWORD: "TRADE_ERROR",
    Refusal.NOT_TYPED: "TRADE_ERROR",
    Refusal.REFUSED: "TRADE_ERROR",
    Refusal.CURRENCY: "PARAM_ERROR",
    Refusal.ORDER_TAKEN: "OUT_TRADE_NO_USED",
    Refusal.ORDER_PAID: "ORDERPAID",
    Refusal.ORDER_CLOSED: "ORDERCLOSED",
    Refusal.ORDER_REVERSED: "ORDERREVERSED",
    Refusal.NO_SUCH_ORDER: "ORDERNOTEXIST",
    Refusal.WRONG_KIND: "INVALID_REQUEST",
    Refusal.TOO_SOON: "INVALID_REQUEST",
    Refusal.TOO_LATE: "TRADE_OVERDUE",
    Refusal.NOT_PAID: "INVALID_REQUEST",
    Refusal.TOO_MUCH: "INVALID_REQUEST",
    Refusal.TOO_MANY: "INVALID_REQUEST",
    Refusal.REFUND_TAKEN: "INVALID_REQUEST",
    Refusal.NO_SUCH_REFUND: "REFUNDNOTEXIST",
}
ALIPAYS: Mapping[Refusal, str] = {
    Refusal.INSUFFICIENT_FUNDS: "ACQ.BUYER_BALANCE_NOT_ENOUGH",
    Refusal.OVER_DAY_LIMIT: "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
    Refusal.BLOCKED: "ACQ.BUYER_ENABLE_STATUS_FORBID",
    Refusal.RISK: "ACQ.PAYMENT_REQUEST_HAS_RISK",
    Refusal.NOT_ALLOWED: "ACQ.TRADE_BUYER_NOT_MATCH",
}
ISSUERS = frozenset(
    {
        Refusal.INSUFFICIENT_FUNDS,
        Refusal.OVER_LIMIT,
        Refusal.OVER_DAY_LIMIT,
        Refusal.BLOCKED,
        Refusal.RISK,
        Refusal.NOT_ALLOWED,
        Refusal.WRONG_PASSWORD,
        Refusal.NOT_TYPED,
        Refusal.REFUSED,
    }
)
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, str]] = {Operation.REVERSE: {Refusal.TOO_LATE: "REVERSE_EXPIRE"}}


class Refused(Exception):
    """Ends a call from wherever it was found wanting; `plain` is for the log."""

    def __init__(self, code: str, plain: str, text: str = "") -> None:
        super().__init__(plain)
        self.code = code
        self.text = text or TEXTS.get(code, plain)


def refused(why: str, operation: Operation | None, plain: str, wallet: str = "") -> Refused:
    """A neutral refusal in the front end's words, or in those of the wallet that refused; else a code already."""
    if why not in list(Refusal):
        return Refused(why, plain)
    refusal = Refusal(why)
    if wallet and refusal in ISSUERS and WALLETS[wallet].network == "unionpay":
        said = unionpay_words.decline(why, wallet)
        return Refused(said.code, plain, said.text)
    if wallet and WALLETS[wallet].network == "alipay" and refusal in ALIPAYS:
        return Refused(ALIPAYS[refusal], plain)
    return Refused({**WORDS, **WORDS_OF.get(operation, {})}[refusal], plain)


def trade_type(wallet: str, *, shown: bool) -> str:
    """Which wallet paid, and which way."""
    network = NETWORKS[WALLETS[wallet].network]
    return f"pay.{network}.{'native' if shown else 'micropay'}"


def transaction_id(purchase: Purchase) -> str:
    """Thirty-two digits beginning 95516; the last twenty-four are the ledger's own number."""
    return f"95516000{purchase.number:024}"


def refund_id(returned: Returned) -> str:
    return f"95516900{returned.number:024}"


def state(purchase: Purchase, *, waits_for_password: bool) -> str:
    if waits_for_password:
        return "USERPAYING"
    if purchase.state is State.PAID and purchase.refunded:
        return "REFUND"
    return STATES[purchase.state]


def refund_state(returned: Returned, now_s: float) -> str:
    return "SUCCESS" if now_s >= returned.done_s else "PROCESSING"


def time_end(unix_s: float | None) -> str:
    return "" if unix_s is None else stamp(unix_s)


def expiry(ask: Ask, now_s: float) -> float:
    """When a shown code stops being payable; raises Malformed for a time that is none or over."""
    if not ask.time_expire:
        return now_s + SHOWN_LIFE_S
    try:
        ends_s = float(read_stamp(ask.time_expire))
    except ValueError as error:
        raise Malformed("time_expire", "must be a time in Beijing, yyyyMMddHHmmss") from error
    if ends_s <= now_s:
        raise Malformed("time_expire", "is over")
    return ends_s
