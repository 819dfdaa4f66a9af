"""What an Alipay host says and holds to: trade states, refusals with their texts, its own numbers and times.

Codes are those of the open platform's pages, where found; the texts are short ones of ours in its language.
"""

import re
from collections.abc import Mapping

from firmware_sim.ledger_words import Kind, Purchase, Refusal, Returned, State
from terminal.scheme import Operation
from terminal.schemes.alipay.codes import LIFE, beijing
from terminal.schemes.alipay.outcomes import BUSINESS
from terminal.schemes.alipay.replies import IN_PROGRESS, Failure, RefundState, TradeState

TRADE_NO = re.compile(r"[0-9]{8}22001(?P<number>[0-9]{15})")
DAY_S = 24 * 3600.0
REFUNDABLE_S = 365 * DAY_S  # then a trade is finished
SHOWN_LIFE_S = 7200.0  # of a precreated code that names no life of its own
UNITS_S = {"m": 60.0, "h": 3600.0, "d": DAY_S}
ODD = "19999"  # a code that no page has, for the fault of that name

# How far a request got, by the beginning of its sub-code.
GATEWAY_CODES = {
    "isv.missing": ("40001", "Missing Required Arguments"),
    "isv.invalid": ("40002", "Invalid Arguments"),
    "isv.insufficient": ("40006", "Insufficient Permissions"),
    "isp.": ("20000", "Service Currently Unavailable"),
    "aop.": ("20000", "Service Currently Unavailable"),
}
FAILED = (BUSINESS, "Business Failed")

TEXTS = {
    "isv.missing-app-id": "缺少AppID参数",
    "isv.invalid-app-id": "无效的AppID参数",
    "isv.missing-signature": "缺少签名参数",
    "isv.missing-signature-type": "缺少签名类型参数",
    "isv.invalid-signature-type": "无效的签名类型，仅支持RSA2",
    "isv.missing-version": "缺少版本参数",
    "isv.invalid-version": "无效的版本参数，应为1.0",
    "isv.missing-charset": "缺少字符集参数",
    "isv.invalid-charset": "无效的字符集参数，仅支持utf-8",
    "isv.invalid-format": "无效的数据格式，应为JSON",
    "isv.missing-timestamp": "缺少时间戳参数",
    "isv.invalid-timestamp": "非法的时间戳参数，应为yyyy-MM-dd HH:mm:ss",
    "isv.missing-method": "缺少方法名参数",
    "isv.invalid-method": "不存在的方法名",
    "isp.unknow-error": "系统繁忙",
    "ACQ.SYSTEM_ERROR": "系统错误",
    "ACQ.INVALID_PARAMETER": "参数无效",
    "ACQ.ACCESS_FORBIDDEN": "无权限使用接口",
    "ACQ.PAYMENT_AUTH_CODE_INVALID": "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款",
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": "买家余额不足",
    "ACQ.TOTAL_FEE_EXCEED": "订单金额超过限额",
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE": "余额支付功能关闭",
    "ACQ.PAYMENT_REQUEST_HAS_RISK": "支付有风险",
    "ACQ.BUYER_SELLER_EQUAL": "买家不能在此商户付款",
    "ACQ.PAYMENT_FAIL": "支付失败",
    "ACQ.TRADE_HAS_SUCCESS": "交易已被支付",
    "ACQ.TRADE_HAS_CLOSE": "交易已经关闭",
    "ACQ.CONTEXT_INCONSISTENT": "交易信息被篡改：商户订单号相同而内容不同",
    "ACQ.TRADE_NOT_EXIST": "交易不存在",
    "ACQ.TRADE_STATUS_ERROR": "交易状态不合法",
    "ACQ.CANCEL_NOT_ALLOWED": "交易不允许撤销",
    "ACQ.TRADE_CANCEL_TIME_OUT": "超过撤销时间范围，请使用退款接口",
    "ACQ.REASON_TRADE_REFUND_FEE_ERR": "退款金额无效",
    "ACQ.REASON_TRADE_STATUS_INVALID": "交易状态异常，不能退款",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "部分退款须传退款请求号",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "退款请求号已用于另一笔退款",
    "BILL_NOT_EXIST": "账单尚未生成",
    "NO_BILL_DATA": "该日期没有账单数据",
}

# The neutral refusals in Alipay's words; where a method has another word for one, that follows below.
WORDS: Mapping[Refusal, str] = {
    Refusal.CODE_INVALID: "ACQ.PAYMENT_AUTH_CODE_INVALID",
    Refusal.CODE_EXPIRED: "ACQ.PAYMENT_AUTH_CODE_INVALID",
    Refusal.CODE_SPENT: "ACQ.PAYMENT_AUTH_CODE_INVALID",
    Refusal.INSUFFICIENT_FUNDS: "ACQ.BUYER_BALANCE_NOT_ENOUGH",
    Refusal.OVER_LIMIT: "ACQ.TOTAL_FEE_EXCEED",
    Refusal.OVER_DAY_LIMIT: "ACQ.TOTAL_FEE_EXCEED",
    Refusal.BLOCKED: "ACQ.ERROR_BALANCE_PAYMENT_DISABLE",
    Refusal.RISK: "ACQ.PAYMENT_REQUEST_HAS_RISK",
    Refusal.NOT_ALLOWED: "ACQ.BUYER_SELLER_EQUAL",
    Refusal.WRONG_PASSWORD: "ACQ.PAYMENT_FAIL",
    Refusal.NOT_TYPED: "ACQ.PAYMENT_FAIL",
    Refusal.REFUSED: "ACQ.PAYMENT_FAIL",
    Refusal.CURRENCY: "ACQ.INVALID_PARAMETER",
    Refusal.ORDER_TAKEN: "ACQ.CONTEXT_INCONSISTENT",
    Refusal.ORDER_PAID: "ACQ.TRADE_HAS_SUCCESS",
    Refusal.ORDER_CLOSED: "ACQ.TRADE_HAS_CLOSE",
    Refusal.ORDER_REVERSED: "ACQ.TRADE_HAS_CLOSE",
    Refusal.NO_SUCH_ORDER: "ACQ.TRADE_NOT_EXIST",
    Refusal.WRONG_KIND: "ACQ.TRADE_STATUS_ERROR",
    Refusal.TOO_SOON: "ACQ.CANCEL_NOT_ALLOWED",
    Refusal.TOO_LATE: "ACQ.TRADE_CANCEL_TIME_OUT",
    Refusal.NOT_PAID: "ACQ.REASON_TRADE_STATUS_INVALID",
    Refusal.TOO_MUCH: "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    Refusal.TOO_MANY: "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    Refusal.REFUND_TAKEN: "ACQ.DISCORDANT_REPEAT_REQUEST",
    Refusal.NO_SUCH_REFUND: "ACQ.TRADE_NOT_EXIST",
}
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, str]] = {
    Operation.REFUND: {Refusal.TOO_LATE: "ACQ.REASON_TRADE_STATUS_INVALID"}
}


class Refused(Exception):
    """Ends a call from wherever it was found wanting. A stranger is told so without a signature."""

    def __init__(self, sub_code: str, text: str = "", *, is_stranger: bool = False) -> None:
        super().__init__(sub_code)
        code, msg = next((said for begins, said in GATEWAY_CODES.items() if sub_code.startswith(begins)), FAILED)
        self.failure = Failure(code, msg, sub_code, text or TEXTS.get(sub_code, ""))
        self.is_stranger = is_stranger


def refused(why: str, operation: Operation | None) -> Refused:
    """A neutral refusal in this wallet's words for the call; anything else is a sub-code of its own already."""
    if why not in list(Refusal):
        return Refused(why)
    return Refused({**WORDS, **WORDS_OF.get(operation, {})}[Refusal(why)])


# Trades.


def has_trade(purchase: Purchase) -> bool:
    """A shown order becomes a trade when somebody scans it, and what was cancelled before it came never does."""
    return bool(purchase.customer) if purchase.kind is Kind.SHOWN else purchase.amount > 0


def trade_no(purchase: Purchase) -> str:
    """Twenty-eight digits: the day, five that say no more than that it is one, the ledger's own number."""
    return f"{beijing(purchase.created_s)[:10].replace('-', '')}22001{purchase.number:015}"


def trade_status(purchase: Purchase, now_s: float) -> str:
    if purchase.state is State.OPEN:
        return "WAIT_BUYER_PAY"
    if purchase.state is not State.PAID or purchase.refunded == purchase.amount:
        return "TRADE_CLOSED"
    return "TRADE_FINISHED" if now_s - purchase.created_s > REFUNDABLE_S else "TRADE_SUCCESS"


def paid(purchase: Purchase) -> TradeState:
    """As trade.pay answers: paid, or waiting for the payer."""
    if purchase.paid_s is None:
        return _trade(purchase, code=IN_PROGRESS)
    return _trade(purchase, gmt_payment=beijing(purchase.paid_s))


def queried(purchase: Purchase, now_s: float) -> TradeState:
    """As trade.query answers."""
    when = beijing(purchase.paid_s) if purchase.paid_s is not None else ""
    return _trade(purchase, trade_status=trade_status(purchase, now_s), send_pay_date=when)


def _trade(purchase: Purchase, **more: str) -> TradeState:
    return TradeState(
        out_trade_no=purchase.order_no,
        trade_no=trade_no(purchase),
        total=purchase.amount,
        buyer_user_id=buyer_id(purchase.customer),
        buyer_logon_id=logon_id(purchase.customer),
        **more,
    )


def refund_state(purchase: Purchase, returned: Returned, now_s: float) -> RefundState:
    return RefundState(
        out_trade_no=purchase.order_no,
        trade_no=trade_no(purchase),
        out_request_no=request_no(returned),
        refund_amount=returned.amount,
        total=purchase.amount,
        refund_status="REFUND_SUCCESS" if now_s >= returned.done_s else "",
    )


def refund_no(purchase: Purchase, out_request_no: str) -> str:
    """A request number is one only within its trade: the ledger's must be one for the merchant."""
    return f"{purchase.order_no}/{out_request_no}"


def request_no(returned: Returned) -> str:
    """What `refund_no` was made of."""
    return returned.refund_no.rpartition("/")[2]


def buyer_id(customer: str) -> str:
    """Sixteen digits beginning 2088, always the same for a customer."""
    return f"2088{int.from_bytes(customer.encode()[-6:]) % 10**12:012}" if customer else ""


def logon_id(customer: str) -> str:
    return f"{customer[:3]}***@sandbox.invalid" if customer else ""


def life_s(text: str) -> float:
    """The seconds of a life such as `5m`; the default's for none."""
    match = LIFE.fullmatch(text)
    return int(match[1]) * UNITS_S[match[2]] if match else SHOWN_LIFE_S
