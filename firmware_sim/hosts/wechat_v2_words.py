"""What a WeChat Pay v2 host says: the refusals in v2's spelling with their texts, and its messages.

Numbers, states and what is kept of an order are those of `wechat_words.py`: it is one acquirer behind two interfaces.
"""

from collections.abc import Mapping
from datetime import datetime

from firmware_sim.hosts import wechat_words as common
from firmware_sim.ledger_words import Purchase, Refusal, Returned
from terminal.scheme import BEIJING, Operation
from terminal.schemes import beijing
from terminal.schemes.fields import Malformed
from terminal.schemes.tenpay import NATIVE_LIFE_S
from terminal.schemes.wechat_v2.replies import Accepted, Failure, Refunds, RefundState, Transaction

TEXTS = {
    "AUTH_CODE_ERROR": "请扫描微信支付被扫条码/二维码",
    "AUTH_CODE_INVALID": "101 付款码无效，请重新扫码",
    "NOTENOUGH": "余额不足",
    "NOTSUPORTCARD": "不支持卡类型",
    "USERPAYING": "需要用户输入支付密码",
    "TRADE_ERROR": "交易失败",
    "OUT_TRADE_NO_USED": "201 商户订单号重复",
    "ORDERPAID": "该订单已支付",
    "ORDERCLOSED": "该订单已关闭",
    "ORDERREVERSED": "当前订单已经被撤销",
    "ORDERNOTEXIST": "此交易订单号不存在",
    "REFUNDNOTEXIST": "退款订单查询失败",
    "REVERSE_EXPIRE": "订单无法撤销：超过7天可撤销时间",
    "TRADE_OVERDUE": "订单已经超过退款期限",
    "INVALID_TRANSACTIONID": "无效transaction_id",
    "APPID_MCHID_NOT_MATCH": "appid和mch_id不匹配",
    "MCHID_NOT_EXIST": "参数中缺少MCHID或MCHID不存在",
    "LACK_PARAMS": "缺少必要的请求参数",
    "PARAM_ERROR": "请求参数未按指引进行填写",
    "REQUIRE_POST_METHOD": "请使用post方法",
    "SYSTEMERROR": "接口返回错误，系统超时",
}
WORDS: Mapping[Refusal, str | tuple[str, str]] = {
    Refusal.CODE_INVALID: "AUTH_CODE_INVALID",
    Refusal.CODE_EXPIRED: "AUTH_CODE_INVALID",
    Refusal.CODE_SPENT: ("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试"),
    Refusal.INSUFFICIENT_FUNDS: "NOTENOUGH",
    Refusal.OVER_LIMIT: ("TRADE_ERROR", "单笔支付金额超限"),
    Refusal.OVER_DAY_LIMIT: ("TRADE_ERROR", "单日支付金额超限"),
    Refusal.BLOCKED: ("TRADE_ERROR", "用户账户已冻结"),
    Refusal.RISK: ("TRADE_ERROR", "交易存在风险"),
    Refusal.NOT_ALLOWED: "NOTSUPORTCARD",
    Refusal.WRONG_PASSWORD: ("TRADE_ERROR", "用户支付密码错误"),
    Refusal.NOT_TYPED: ("TRADE_ERROR", "用户未输入支付密码"),
    Refusal.REFUSED: "TRADE_ERROR",
    Refusal.CURRENCY: ("PARAM_ERROR", "fee_type: 境内商户号仅支持人民币"),
    Refusal.ORDER_TAKEN: "OUT_TRADE_NO_USED",
    Refusal.ORDER_PAID: "ORDERPAID",
    Refusal.ORDER_CLOSED: "ORDERCLOSED",
    Refusal.ORDER_REVERSED: "ORDERREVERSED",
    Refusal.NO_SUCH_ORDER: "ORDERNOTEXIST",
    Refusal.WRONG_KIND: ("INVALID_REQUEST", "订单的支付场景不支持该请求"),
    Refusal.TOO_SOON: ("INVALID_REQUEST", "支付后15秒内不能撤销"),
    Refusal.TOO_LATE: "TRADE_OVERDUE",
    Refusal.NOT_PAID: ("INVALID_REQUEST", "订单未支付，不能退款"),
    Refusal.TOO_MUCH: ("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"),
    Refusal.TOO_MANY: ("INVALID_REQUEST", "一笔订单最多退款50次"),
    Refusal.REFUND_TAKEN: ("INVALID_REQUEST", "退款单号已用于另一笔退款"),
    Refusal.NO_SUCH_REFUND: "REFUNDNOTEXIST",
}
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, str | tuple[str, str]]] = {
    Operation.REVERSE: {Refusal.TOO_LATE: "REVERSE_EXPIRE"},
    Operation.REFUND: {Refusal.NO_SUCH_ORDER: "INVALID_TRANSACTIONID"},
}
# A reversal that failed so is to be called again.
RECALLED = ("SYSTEMERROR", "USERPAYING", "INVALID_REQUEST")


class Refused(Exception):
    """Ends a call from wherever it was found wanting; signed, as the host knows who asked. `plain` is for the log."""

    def __init__(self, code: str, text: str = "", *, plain: str = "") -> None:
        super().__init__(plain or code)
        self.failure = Failure(code, text or TEXTS.get(code, code))


class TurnedAway(Exception):
    """Not let in: the answer is not signed. `code` is the bills' alone."""

    def __init__(self, text: str, plain: str, code: str = "") -> None:
        super().__init__(plain)
        self.text = text
        self.code = code


def refused(why: str, operation: Operation | None) -> Refused:
    """A neutral refusal in this wallet's words for the call; anything else is a code of its own already."""
    if why not in list(Refusal):
        return Refused(why)
    said = {**WORDS, **WORDS_OF.get(operation, {})}[Refusal(why)]
    return Refused(said) if isinstance(said, str) else Refused(*said)


def malformed(error: Malformed) -> Refused:
    code = "LACK_PARAMS" if error.rule == "is missing" else "PARAM_ERROR"
    return Refused(code, f"{TEXTS[code]}: {error}")


def transaction(purchase: Purchase) -> Transaction:
    """As orderquery says it, which is the most that is said; an unpaid order says little more than its state."""
    state, memo = common.trade_state(purchase), common.Memo.of(purchase)
    if purchase.paid_s is None:
        return Transaction(purchase.order_no, state, common.SAID[state], attach=memo.attach)
    return Transaction(
        out_trade_no=purchase.order_no,
        trade_state=state,
        trade_state_desc=common.SAID[state],
        transaction_id=common.transaction_id(purchase),
        trade_type=common.TRADE_TYPES[purchase.kind],
        openid=common.openid(purchase.customer),
        bank_type="OTHERS",
        total_fee=purchase.amount,
        fee_type=purchase.currency,
        attach=memo.attach,
        time_end=beijing.stamp(purchase.paid_s),
    )


def accepted(purchase: Purchase, returned: Returned) -> Accepted:
    return Accepted(
        out_trade_no=purchase.order_no,
        transaction_id=common.transaction_id(purchase),
        out_refund_no=returned.refund_no,
        refund_id=common.refund_id(returned),
        refund_fee=returned.amount,
        total_fee=purchase.amount,
    )


def refunds(purchase: Purchase, listed: list[Returned], now_s: float) -> Refunds:
    states = tuple(_refund_state(one, now_s) for one in listed)
    return Refunds(purchase.order_no, common.transaction_id(purchase), purchase.amount, states)


def _refund_state(returned: Returned, now_s: float) -> RefundState:
    is_done = now_s >= returned.done_s
    return RefundState(
        out_refund_no=returned.refund_no,
        refund_id=common.refund_id(returned),
        refund_fee=returned.amount,
        status="SUCCESS" if is_done else "PROCESSING",
        success_time=beijing.moment(returned.done_s).strftime("%Y-%m-%d %H:%M:%S") if is_done else "",
    )


def expiry(time_expire: str, now_s: float) -> float:
    """When a shown code stops being payable; raises Malformed for a time that cannot be read or is over."""
    if not time_expire:
        return now_s + NATIVE_LIFE_S
    ends_s = moment(time_expire, "time_expire", "%Y%m%d%H%M%S").timestamp()
    if ends_s <= now_s:
        raise Malformed("time_expire", "must not be over")
    return ends_s


def moment(text: str, field: str, form: str) -> datetime:
    """A time as v2 writes it, in Beijing; raises Malformed."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Malformed(field, "must be written as in 20261123101530") from error
