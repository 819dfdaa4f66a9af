"""What a WeChat Pay host says and holds to: trade states, refusals with their texts, its own numbers and times.

Statuses and codes are those of the v3 pages; where these are silent, those of v2 in v3's spelling.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from firmware_sim.ledger import Purchase, Returned, State
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat.codes import GRACE_S, NATIVE_LIFE_S, SHOWN_S
from terminal.schemes.wechat.replies import Failure, RefundState, Transaction
from terminal.schemes.wechat.wire import rfc3339

TRANSACTION_ID = re.compile(r"4200[0-9]{8}(?P<number>[0-9]{16})")
CODEPAY, NATIVE = "codepay", "native"
TRADE_TYPES = {CODEPAY: "MICROPAY", NATIVE: "NATIVE"}

# Trade states by what the ledger says; an open order is another thing to each kind.
STATES = {State.PAID: "SUCCESS", State.FAILED: "PAYERROR", State.CLOSED: "CLOSED", State.REVERSED: "REVOKED"}
OPEN_STATES = {CODEPAY: "USERPAYING", NATIVE: "NOTPAY"}
SAID = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "USERPAYING": "需要用户输入支付密码",
    "PAYERROR": "支付失败，请撤销订单",
    "CLOSED": "订单已关闭",
    "REVOKED": "订单已撤销",
}
# Refusals: status and text. A second use and an old code are told apart by the text alone, as the real host does.
REFUSALS = {
    "AUTH_CODE_ERROR": (400, "请扫描微信支付授权码（以10/11/12/13/14/15为前缀的18位数字）"),
    "AUTH_CODE_INVALID": (403, "101 付款码无效，请重新扫码"),
    "NOT_ENOUGH": (403, "用户余额不足"),
    "OUT_TRADE_NO_USED": (403, "201 商户订单号重复"),
    "ORDER_CLOSED": (403, "订单已关闭，请重新下单"),
    "ORDER_REVERSED": (403, "订单已撤销，请重新下单支付"),
    "ORDER_PAID": (400, "该订单已支付"),
    "ORDER_NOT_EXIST": (404, "订单不存在"),
    "RESOURCE_NOT_EXISTS": (404, "退款单查询失败，请检查单号"),
    "REVERSE_EXPIRE": (403, "订单已超过7天，无法撤销"),
    "SIGN_ERROR": (401, "错误的签名，验签失败"),
    "APPID_MCHID_NOT_MATCH": (400, "appid和mchid不匹配"),
    "NOT_FOUND": (404, "接口不存在"),
    "SYSTEM_ERROR": (500, "系统异常，请稍后重试"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Where hosts differ or their manuals are silent."""

    code_life_s: float = SHOWN_S + GRACE_S
    dialog_s: float = 120.0  # an unanswered password dialog closes by itself
    password_above_fen: int = 100_000  # "over 1000 yuan always"
    refund_takes_s: float = 0.0  # PROCESSING until then
    # Whether undoing an order that never came keeps it from coming later; else it is said to be undone, and forgotten.
    tombstones: bool = True


class Refused(Exception):
    """Ends a call from wherever it was found wanting."""

    def __init__(self, code: str, message: str = "", *, status: int = 400, field: str = "") -> None:
        super().__init__(code)
        self.status, known = REFUSALS.get(code, (status, ""))
        self.failure = Failure(code, message or known, field)


def transaction(purchase: Purchase, appid: str) -> Transaction:
    """An unpaid order says little more than its state."""
    state = OPEN_STATES[purchase.kind] if purchase.state is State.OPEN else STATES[purchase.state]
    if purchase.state is State.PAID and purchase.refunded:
        state = "REFUND"
    said = Transaction(
        trade_state=state,
        mchid=purchase.merchant,
        out_trade_no=purchase.order_no,
        appid=appid,
        trade_type=TRADE_TYPES[purchase.kind],
        trade_state_desc=SAID[state],
        attach=purchase.attach,
    )
    if purchase.paid_s is None:
        return said
    return replace(
        said,
        transaction_id=transaction_id(purchase),
        bank_type="OTHERS",
        success_time=rfc3339(purchase.paid_s),
        openid=f"oSim{purchase.customer}",
        total=purchase.amount,
        currency=purchase.currency,
    )


def transaction_id(purchase: Purchase) -> str:
    """Twenty-eight digits beginning 42; the last sixteen are the ledger's own number."""
    return f"4200{_day(purchase.created_s)}{purchase.number:016}"


def _day(unix_s: float) -> str:
    return rfc3339(unix_s)[:10].replace("-", "")


def refund_state(purchase: Purchase, returned: Returned, now_s: float) -> RefundState:
    is_done = now_s >= returned.done_s
    return RefundState(
        status="SUCCESS" if is_done else "PROCESSING",
        refund_id=f"503{_day(returned.created_s)}{returned.number:018}",
        out_refund_no=returned.refund_no,
        transaction_id=transaction_id(purchase),
        out_trade_no=purchase.order_no,
        refund=returned.amount,
        total=purchase.amount,
        currency=purchase.currency,
        create_time=rfc3339(returned.created_s),
        success_time=rfc3339(returned.done_s) if is_done else "",
    )


def only_cny(currency: str) -> None:
    if currency != "CNY":
        raise Refused("PARAM_ERROR", "境内商户号仅支持人民币", field="amount.currency")


def expiry(time_expire: str, now_s: float) -> float:
    """When a shown code stops being payable; raises Malformed for a time that cannot be read or is over."""
    if not time_expire:
        return now_s + NATIVE_LIFE_S
    try:
        ends = datetime.fromisoformat(time_expire)
    except ValueError as error:
        raise Malformed("time_expire", "must be RFC 3339") from error
    if ends.tzinfo is None or ends.timestamp() <= now_s:
        raise Malformed("time_expire", "must be RFC 3339 with an offset, and not be over")
    return ends.timestamp()
