"""The conversation with WeChat Pay v3: what the till asks and believes, and how a host finds out what is asked.

Sans-IO. One table of paths serves both ends. A reply is believed only when the platform signed it, just now, and
when it speaks of the order, the merchant and the amount that were asked about.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote

from terminal import crypto
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import outcomes, signing
from terminal.schemes.wechat.calls import AskRefund, CodePay, Native, Undo
from terminal.schemes.wechat.codes import NATIVE_URL
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.replies import CodeUrl, Failure, RefundState, Transaction

BEIJING = timezone(timedelta(hours=8))
ORDERS = "/v3/pay/transactions/out-trade-no/{out_trade_no}"
REFUNDS = "/v3/refund/domestic/refunds"
PATHS: Mapping[Operation, tuple[str, str]] = {
    Operation.PAY: ("POST", "/v3/pay/transactions/codepay"),
    Operation.SHOW: ("POST", "/v3/pay/transactions/native"),
    Operation.QUERY: ("GET", ORDERS),
    Operation.REVERSE: ("POST", f"{ORDERS}/reverse"),
    Operation.CLOSE: ("POST", f"{ORDERS}/close"),
    Operation.REFUND: ("POST", REFUNDS),
    Operation.REFUND_QUERY: ("GET", f"{REFUNDS}/{{out_refund_no}}"),
}
QUERY_BY_ID = ("GET", "/v3/pay/transactions/id/{transaction_id}")
CERTIFICATES = ("GET", "/v3/certificates")

# Not documented as required of a terminal, and demanded by the gateway all the same.
USER_AGENT = "saoma/1"
LONGEST_DESCRIPTION = 127
SHOWN_LIFE_S = 300  # how long a merchant code of ours can be paid: the shorter, the less there is to undo
UNPROCESSED = 500  # from here on, and for TOO_MANY, a status promises nothing whoever sent it
TOO_MANY = 429


def rfc3339(unix_s: float) -> str:
    """As WeChat Pay writes times: `2026-11-23T10:15:30+08:00`."""
    return datetime.fromtimestamp(int(unix_s), BEIJING).isoformat()


# --- the till's end --------------------------------------------------------------------------------------


class WechatWire:
    """`terminal.scheme.Wire` for one merchant."""

    def __init__(
        self, credentials: Credentials, *, store_id: str = "1", notify_url: str = "https://till.invalid/wechat"
    ) -> None:
        """`store_id` is the shop's own; `notify_url` hears of shown codes (a `.invalid` one never does)."""
        self._credentials = credentials
        self._store_id = store_id
        self._notify_url = notify_url

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return self._signed(operation, order.order_id, self._order_body(operation, order, now_s), now_s, nonce)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        body = b"" if operation is Operation.REFUND_QUERY else self._refund_body(refund)
        return self._signed(operation, refund.refund_id, body, now_s, nonce)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        if reply.status >= UNPROCESSED or reply.status == TOO_MANY:
            return _refusal(operation, reply, believed=False)
        if doubt := signing.doubt(reply, self._credentials.platform_keys, now_s):
            return _unbelieved(operation, reply, doubt)
        if reply.status // 100 != 2:  # noqa: PLR2004 - HTTP's own classes
            return _refusal(operation, reply, believed=True)
        try:
            return self._believed(operation, order, reply)
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))

    # What the request says.

    def _order_body(self, operation: Operation, order: Order, now_s: int) -> bytes:
        mine = self._credentials
        description = (order.description or "Sale")[:LONGEST_DESCRIPTION]
        total, currency = order.money.minor, order.money.currency.code
        match operation:
            case Operation.PAY:
                assert order.code, "a code is charged once, by the attempt that scanned it"
                code = order.code.digits
                return CodePay(
                    mine.appid, mine.mchid, description, order.order_id, code, total, currency, self._store_id
                ).body()
            case Operation.SHOW:
                return Native(
                    mine.appid,
                    mine.mchid,
                    description,
                    order.order_id,
                    self._notify_url,
                    total,
                    currency,
                    rfc3339(now_s + SHOWN_LIFE_S),
                ).body()
            case Operation.REVERSE:
                return Undo(mine.mchid, mine.appid).body()
            case Operation.CLOSE:
                return Undo(mine.mchid).body()
            case _:
                return b""

    @staticmethod
    def _refund_body(refund: Refund) -> bytes:
        total, currency = refund.order.money.minor, refund.order.money.currency.code
        order_id, reason = refund.order.order_id, refund.reason
        return AskRefund(refund.refund_id, refund.money.minor, total, currency, order_id, reason=reason).body()

    def _signed(self, operation: Operation, number: str, body: bytes, now_s: int, nonce: str) -> Request:
        mine = self._credentials
        method, template = PATHS[operation]
        path = template.format(out_trade_no=quote(number), out_refund_no=quote(number))
        if operation is Operation.QUERY:
            path += f"?mchid={quote(mine.mchid)}"
        message = signing.request_message(method, path, now_s, nonce, body)
        signature = crypto.rsa_sign(mine.private_key, message)
        authorization = signing.Authorization(mine.mchid, mine.serial_no, nonce, now_s, signature)
        headers = {
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
            "Authorization": authorization.render(),
        }
        if body:
            headers["Content-Type"] = "application/json"
        if mine.preferred_key:
            headers["Wechatpay-Serial"] = mine.preferred_key
        return Request(method, path, headers, body)

    # What a signed 2xx says.

    def _believed(self, operation: Operation, order: Order | Refund, reply: Reply) -> Answer:
        if isinstance(order, Refund):
            return _refund_answer(order, RefundState.parse(reply.body))
        if operation is Operation.CLOSE:
            return Answer(Verdict.REVERSED, said=f"HTTP {reply.status}")
        if operation is Operation.SHOW:
            return _shown(CodeUrl.parse(reply.body))
        if reply.status == 202:  # noqa: PLR2004 - "accepted": how the overseas pages say USERPAYING
            return Answer(Verdict.PENDING, said="HTTP 202")
        return self._order_answer(operation, order, Transaction.parse(reply.body))

    def _order_answer(self, operation: Operation, order: Order, transaction: Transaction) -> Answer:
        verdict, reason = outcomes.of_state(transaction.trade_state)
        if self._differs(order, transaction, verdict):
            verdict, reason = Verdict.UNKNOWN, Reason.MISMATCH
        elif operation is Operation.REVERSE and verdict not in (Verdict.REVERSED, Verdict.UNKNOWN):
            # "Closed" is undone; anything else means that the undoing has not happened yet.
            undone = transaction.trade_state == "CLOSED"
            verdict, reason = (Verdict.REVERSED, Reason.NONE) if undone else outcomes.ASK_AGAIN
        return Answer(verdict, reason, transaction.trade_state, transaction.transaction_id)

    def _differs(self, order: Order, transaction: Transaction, verdict: Verdict) -> bool:
        """Whether it speaks of another order; what decides must name its order, a success its amount too."""
        asked = {
            "mchid": self._credentials.mchid,
            "out_trade_no": order.order_id,
            "appid": self._credentials.appid,
            "total": order.money.minor,
            "currency": order.money.currency.code,
        }
        needed = {"mchid", "out_trade_no"} if not verdict.in_doubt else set()
        if verdict is Verdict.APPROVED:
            needed = set(asked)
        said = {name: getattr(transaction, name) for name in asked}
        return any(said[name] != asked[name] for name in asked if name in needed or said[name] not in ("", None))


def _shown(answer: CodeUrl) -> Answer:
    if not answer.code_url.startswith(NATIVE_URL):
        return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, "code_url of an unknown form")
    return Answer(Verdict.PENDING, said="NOTPAY", shown_code=answer.code_url)


def _refund_answer(refund: Refund, state: RefundState) -> Answer:
    said = (state.out_refund_no, state.out_trade_no, state.refund, state.currency)
    money = refund.money
    if said != (refund.refund_id, refund.order.order_id, money.minor, money.currency.code):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, state.status, state.refund_id)
    verdict, reason = outcomes.of_refund(state.status)
    return Answer(verdict, reason, state.status, state.refund_id)


def _refusal(operation: Operation, reply: Reply, *, believed: bool) -> Answer:
    try:
        code = Failure.parse(reply.body).code
    except Malformed:
        return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
    verdict, reason = outcomes.of_refusal(operation, code)
    if not believed and verdict is not Verdict.UNKNOWN:
        verdict, reason = outcomes.ASK_AGAIN
    return Answer(verdict, reason, code)


def _unbelieved(operation: Operation, reply: Reply, doubt: str) -> Answer:
    """A reply nobody vouches for is no reply, with one exception, which ends a till's confusion on its first day.

    Whoever signs with a wrong key is turned away by the gateway before an order is looked at: nothing can have
    moved. Were the 401 forged, a declined order is still closed by a reverse that only a signed reply ends.
    """
    if operation is Operation.PAY and reply.status == 401:  # noqa: PLR2004 - HTTP's "unauthorized"
        answer = _refusal(operation, reply, believed=True)
        if answer.said == "SIGN_ERROR":
            return answer
    return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, doubt)


# --- the host's end --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """Which call a request is, and the numbers in its path and query."""

    endpoint: tuple[str, str]
    operation: Operation | None
    numbers: Mapping[str, str]

    @property
    def out_trade_no(self) -> str:
        return self.numbers.get("out_trade_no", "")


def read_call(request: Request) -> Call | None:
    """What is asked by method and path, or None for a path that is none of ours."""
    path, _, query = request.path.partition("?")
    for (method, pattern), (endpoint, operation) in _ROUTES.items():
        if method == request.method and (match := pattern.fullmatch(path)):
            asked = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
            numbers = asked | match.groupdict()
            return Call(endpoint, operation, {name: unquote(value) for name, value in numbers.items()})
    return None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/?]+)", re.escape(template)))


_ROUTES: Mapping[tuple[str, re.Pattern[str]], tuple[tuple[str, str], Operation | None]] = {
    **{(method, _pattern(path)): ((method, path), operation) for operation, (method, path) in PATHS.items()},
    (QUERY_BY_ID[0], _pattern(QUERY_BY_ID[1])): (QUERY_BY_ID, Operation.QUERY),
    (CERTIFICATES[0], _pattern(CERTIFICATES[1])): (CERTIFICATES, None),
}
