"""What a WeChat Pay host says and holds to: trade states, refusals with their texts, its own numbers and times.

Statuses and codes are those of the v3 pages; where these are silent, those of v2 in v3's spelling.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from firmware_sim.hosts import acquiring
from firmware_sim.hosts.acquiring import Acquirer
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Kind, Purchase, Refusal, Returned, State
from terminal.scheme import Operation
from terminal.schemes.beijing import moment
from terminal.schemes.fields import Malformed
from terminal.schemes.gzipped import GZIP
from terminal.schemes.tenpay import NATIVE_LIFE_S, NATIVE_URL, rfc3339
from terminal.schemes.tenpay_bills import BILL_TYPES
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat.replies import Failure, RefundState, Transaction

TRANSACTION_ID = re.compile(r"4200[0-9]{8}(?P<number>[0-9]{16})")
REFUND_ID = re.compile(r"503[0-9]{8}(?P<number>[0-9]{18})")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python would take a day of a week too
TRADE_TYPES = {Kind.CHARGED: "MICROPAY", Kind.SHOWN: "NATIVE"}
ODD = "SAOMA_ODD_STATE"  # a state that no page has, for the fault of that name

# Trade states by what the ledger says; an open order is another thing to each kind.
STATES = {State.PAID: "SUCCESS", State.FAILED: "PAYERROR", State.CLOSED: "CLOSED", State.REVERSED: "REVOKED"}
OPEN_STATES = {Kind.CHARGED: "USERPAYING", Kind.SHOWN: "NOTPAY"}
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
    "INVALID_REQUEST": (400, "请求参数符合参数格式，但不符合业务规则"),
    "PARAM_ERROR": (400, "参数错误"),
    "RULE_LIMIT": (403, "业务规则限制"),
    "ACCOUNT_ERROR": (403, "账号异常"),
    "TRADE_ERROR": (403, "交易失败"),
    "NO_AUTH": (403, "商户无此接口权限"),
    "BANK_ERROR": (500, "银行系统异常"),
    "FREQUENCY_LIMITED": (429, "频率超限"),
    "NO_STATEMENT_EXIST": (400, "账单文件不存在"),
    "STATEMENT_CREATING": (400, "账单生成中"),
}

# How often a shop is told that does not say it has heard (unsure: recalled, no page at hand).
LADDER_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)

# The neutral refusals in WeChat Pay's words; where a call has another word for one, that follows below.
WORDS: Mapping[Refusal, str | tuple[str, str]] = {
    Refusal.CODE_INVALID: "AUTH_CODE_INVALID",
    Refusal.CODE_EXPIRED: "AUTH_CODE_INVALID",
    Refusal.CODE_SPENT: ("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试"),
    Refusal.INSUFFICIENT_FUNDS: "NOT_ENOUGH",
    Refusal.OVER_LIMIT: ("RULE_LIMIT", "单笔支付金额超限"),
    Refusal.OVER_DAY_LIMIT: ("RULE_LIMIT", "单日支付金额超限"),
    Refusal.BLOCKED: ("ACCOUNT_ERROR", "用户账户已冻结"),
    Refusal.RISK: ("TRADE_ERROR", "交易存在风险"),
    Refusal.NOT_ALLOWED: ("RULE_LIMIT", "用户不能在此商户付款"),
    Refusal.WRONG_PASSWORD: ("TRADE_ERROR", "用户支付密码错误"),
    Refusal.NOT_TYPED: ("TRADE_ERROR", "用户未输入支付密码"),
    Refusal.REFUSED: "TRADE_ERROR",
    Refusal.CURRENCY: ("PARAM_ERROR", "境内商户号仅支持人民币"),
    Refusal.ORDER_TAKEN: "OUT_TRADE_NO_USED",
    Refusal.ORDER_PAID: "ORDER_PAID",
    Refusal.ORDER_CLOSED: "ORDER_CLOSED",
    Refusal.ORDER_REVERSED: "ORDER_REVERSED",
    Refusal.NO_SUCH_ORDER: "ORDER_NOT_EXIST",
    Refusal.WRONG_KIND: ("INVALID_REQUEST", "订单的支付场景不支持该请求"),
    Refusal.TOO_SOON: ("INVALID_REQUEST", "支付后15秒内不能撤销"),
    Refusal.TOO_LATE: ("INVALID_REQUEST", "订单已超过可退款的期限"),
    Refusal.NOT_PAID: ("INVALID_REQUEST", "订单未支付，不能退款"),
    Refusal.TOO_MUCH: ("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"),
    Refusal.TOO_MANY: ("INVALID_REQUEST", "一笔订单最多退款50次"),
    Refusal.REFUND_TAKEN: ("INVALID_REQUEST", "退款单号已用于另一笔退款"),
    Refusal.NO_SUCH_REFUND: "RESOURCE_NOT_EXISTS",
}
WORDS_OF: Mapping[Operation | None, Mapping[Refusal, str | tuple[str, str]]] = {
    Operation.REVERSE: {Refusal.TOO_LATE: "REVERSE_EXPIRE"},
    Operation.REFUND: {Refusal.NO_SUCH_ORDER: ("RESOURCE_NOT_EXISTS", "订单不存在")},
}
FIELDS = {Refusal.CURRENCY: "amount.currency"}


class Refused(Exception):
    """Ends a call from wherever it was found wanting; `plain` is why, for who reads the log."""

    def __init__(self, code: str, message: str = "", *, plain: str = "", field: str = "") -> None:
        super().__init__(plain or code)
        self.status, known = REFUSALS.get(code, (400, ""))
        self.failure = Failure(code, message or known, field)


def refused(why: str, operation: Operation | None) -> Refused:
    """A neutral refusal in this wallet's words for the call; anything else is a code of its own already."""
    if why not in list(Refusal):
        return Refused(why)
    said = {**WORDS, **WORDS_OF.get(operation, {})}[Refusal(why)]
    code, message = (said, "") if isinstance(said, str) else said
    return Refused(code, message, field=FIELDS.get(Refusal(why), ""))


@dataclass(frozen=True, slots=True)
class Memo:
    """What only these hosts keep of an order."""

    goods: str = ""
    attach: str = ""
    device: str = ""
    sign_type: str = ""  # how v2 was asked: its notice is signed alike

    def text(self) -> str:
        said = {"goods": self.goods, "attach": self.attach, "device": self.device, "sign_type": self.sign_type}
        return json.dumps(said)

    @classmethod
    def of(cls, purchase: Purchase) -> "Memo":
        """Nothing of an order that was undone before it came."""
        return cls(**json.loads(purchase.memo or "{}"))


def trade_state(purchase: Purchase) -> str:
    if purchase.state is State.OPEN:
        return OPEN_STATES[purchase.kind]
    return "REFUND" if purchase.state is State.PAID and purchase.refunded else STATES[purchase.state]


def transaction(purchase: Purchase, merchant: Merchant) -> Transaction:
    """An unpaid order says little more than its state."""
    state = trade_state(purchase)
    paid: dict[str, Any] = {}
    if purchase.paid_s is not None:
        paid = {
            "transaction_id": transaction_id(purchase),
            "bank_type": "OTHERS",
            "success_time": rfc3339(purchase.paid_s),
            "openid": openid(purchase.customer),
            "total": purchase.amount,
            "currency": purchase.currency,
        }
    return Transaction(
        trade_state=state,
        merchant=merchant,
        out_trade_no=purchase.order_no,
        trade_type=TRADE_TYPES[purchase.kind],
        trade_state_desc=SAID[state],
        attach=Memo.of(purchase).attach,
        **paid,
    )


def transaction_id(purchase: Purchase) -> str:
    """Twenty-eight digits beginning 42; the last sixteen are the ledger's own number."""
    return f"4200{_day(purchase.created_s)}{purchase.number:016}"


def refund_id(returned: Returned) -> str:
    return f"503{_day(returned.created_s)}{returned.number:018}"


def openid(customer: str) -> str:
    """What this merchant knows a customer by."""
    return f"oSim{customer}"


def _day(unix_s: float) -> str:
    return moment(unix_s).date().isoformat().replace("-", "")


def refund_state(purchase: Purchase, returned: Returned, now_s: float) -> RefundState:
    is_done = now_s >= returned.done_s
    return RefundState(
        status="SUCCESS" if is_done else "PROCESSING",
        refund_id=refund_id(returned),
        out_refund_no=returned.refund_no,
        transaction_id=transaction_id(purchase),
        out_trade_no=purchase.order_no,
        refund=returned.amount,
        total=purchase.amount,
        currency=purchase.currency,
        create_time=rfc3339(returned.created_s),
        success_time=rfc3339(returned.done_s) if is_done else "",
    )


def code_url(ledger: Ledger, merchant: str, order_no: str) -> str:
    """The text of a Native order's code: the same for a repeat, and nobody's guess."""
    return NATIVE_URL + ledger.hash(f"{merchant} {order_no}")[:24]


def numbered(acquirer: Acquirer, number: str) -> Purchase:
    """The order of a transaction id; raises acquiring.Refused where there is none."""
    match = TRANSACTION_ID.fullmatch(number)
    purchase = acquirer.numbered(int(match["number"]) if match else 0)
    if transaction_id(purchase) != number:
        raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
    return purchase


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


def bill_day(text: str) -> date:
    """A day as v3 asks for it; raises Malformed."""
    try:
        return date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError as error:
        raise Malformed("bill_date", "must be a day as in 2026-11-23") from error


def bill_type(named: Mapping[str, str]) -> str:
    """Which orders a trade bill is to be of; raises Malformed."""
    if (asked := named.get("bill_type") or "ALL") not in BILL_TYPES:
        raise Malformed("bill_type", f"must be one of {', '.join(BILL_TYPES)}")
    return asked


def wants_gzip(named: Mapping[str, str]) -> bool:
    """Raises Malformed for any other way to pack."""
    if (asked := named.get("tar_type", "")) not in ("", GZIP):
        raise Malformed("tar_type", f"must be {GZIP}, or left out")
    return bool(asked)
