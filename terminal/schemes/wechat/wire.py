"""The conversation with WeChat Pay v3: what the till asks and believes. `paths.py` has the calls, for both ends.

Sans-IO. A reply is believed only when the platform signed it, just now, and when it speaks of the order, the merchant
and the amount that were asked about; a notice likewise, and it must be sealed with the key that only the two ends hold.
"""

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote, urlsplit

from terminal import crypto
from terminal.errors import NoBill
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import BillLine, Fetching, Notified, Operation, Reply, Request
from terminal.schemes.fields import Fields, Malformed, money_told, to_json
from terminal.schemes.gzipped import GZIP
from terminal.schemes.tenpay import ASK_AGAIN, NATIVE_URL, ORDER_NUMBER, SHOWN_LIFE_S, of_state, rfc3339
from terminal.schemes.tenpay_bills import read_bill
from terminal.schemes.wechat import outcomes, signing
from terminal.schemes.wechat.bill_offer import Offer
from terminal.schemes.wechat.calls import AskRefund, CodePay, Native, Undo
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.merchant import Merchant
from terminal.schemes.wechat.notices import Notice
from terminal.schemes.wechat.paths import BILL_FILE, FLOW_BILL, OWN, PARTNERS, PATHS, TRADE_BILL, Endpoint
from terminal.schemes.wechat.replies import CodeUrl, Failure, RefundState, Transaction

# Not documented as required of a terminal, and demanded by the gateway all the same.
USER_AGENT = "saoma/1"
LONGEST_DESCRIPTION = 127
UNPROCESSED = 500  # from here on, and for TOO_MANY, a status promises nothing whoever sent it
TOO_MANY = 429
NOTHING_SOLD = "NO_STATEMENT_EXIST"  # no money moved that day (bill pages of v3)


class WechatWire:
    """`terminal.scheme.Wire` and `Hears` for one merchant, by its own contract or its service provider's."""

    def __init__(
        self, credentials: Credentials, *, store_id: str = "1", notify_url: str = "https://till.invalid/wechat"
    ) -> None:
        """`store_id` is the shop's own; `notify_url` hears of shown codes (a `.invalid` one never does)."""
        self._credentials = credentials
        self._store_id = store_id
        self._notify_url = notify_url

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        query = self._credentials.merchant.query() if operation is Operation.QUERY else ""
        path = self._path(PATHS[operation], query, out_trade_no=quote(order.order_id))
        return self._signed(PATHS[operation], path, self._order_body(operation, order, now_s), now_s, nonce)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        sub_mchid = self._credentials.merchant.sub_mchid
        is_query = operation is Operation.REFUND_QUERY
        query = f"sub_mchid={quote(sub_mchid)}" if is_query and sub_mchid else ""
        path = self._path(PATHS[operation], query, out_refund_no=quote(refund.refund_id))
        return self._signed(PATHS[operation], path, b"" if is_query else self._refund_body(refund), now_s, nonce)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        if reply.status >= UNPROCESSED or reply.status == TOO_MANY:
            return _refusal(operation, reply, believed=False)
        if doubt := signing.doubt(reply.headers, reply.body, self._credentials.platform_keys, now_s):
            return _unbelieved(operation, reply, doubt)
        if reply.status // 100 != 2:  # noqa: PLR2004 - HTTP's own classes
            return _refusal(operation, reply, believed=True)
        try:
            return self._believed(operation, order, reply)
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))

    def notified(self, request: Request, *, now_s: int) -> Notified:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if doubt := signing.doubt(headers, request.body, self._credentials.platform_keys, now_s):
            return Notified("", _not_heard(401, doubt))
        try:
            order_id, paid = self._told_of(request.body)
        except Malformed as error:
            return Notified("", _not_heard(400, str(error)))
        return Notified(order_id, Reply(204, {}), paid)

    def _told_of(self, body: bytes) -> tuple[str, Money | None]:
        """The order that a notice is about, and its amount; one of a refund names no currency. Raises Malformed."""
        told = Fields.parse(Notice.parse(body, self._credentials.apiv3_key).plain)
        if Merchant.parse(told).query() != self._credentials.merchant.query():
            raise Malformed("mchid", "is another merchant's")
        amount = told.inner_or_empty("amount")
        paid = money_told(amount.integer("total"), amount.text("currency", 16)) if "currency" in amount else None
        return told.text("out_trade_no", 32, ORDER_NUMBER), paid

    # What the request says.

    def _order_body(self, operation: Operation, order: Order, now_s: int) -> bytes:
        mine = self._credentials.merchant
        description = (order.description or "Sale")[:LONGEST_DESCRIPTION]
        total, currency = order.money.minor, order.money.currency.code
        match operation:
            case Operation.PAY:
                assert order.code, "a code is charged once, by the attempt that scanned it"
                code = order.code.digits
                return CodePay(mine, description, order.order_id, code, total, currency, self._store_id).body()
            case Operation.SHOW:
                ends = rfc3339(now_s + SHOWN_LIFE_S)
                return Native(mine, description, order.order_id, self._notify_url, total, currency, ends).body()
            case Operation.REVERSE:
                return Undo(mine).body()
            case Operation.CLOSE:
                return Undo(Merchant(mine.mchid, sub_mchid=mine.sub_mchid)).body()
            case _:
                return b""

    def _refund_body(self, refund: Refund) -> bytes:
        total, currency = refund.order.money.minor, refund.order.money.currency.code
        return AskRefund(
            refund.refund_id,
            refund.money.minor,
            total,
            currency,
            refund.order.order_id,
            reason=refund.reason,
            sub_mchid=self._credentials.merchant.sub_mchid,
        ).body()

    def _path(self, endpoint: Endpoint, query: str, **named: str) -> str:
        orders = PARTNERS if self._credentials.merchant.sub_mchid else OWN
        path = endpoint[1].format(orders=orders, **named)
        return f"{path}?{query}" if query else path

    def _signed(self, endpoint: Endpoint, path: str, body: bytes, now_s: int, nonce: str) -> Request:
        mine, method = self._credentials, endpoint[0]
        message = signing.request_message(method, path, now_s, nonce, body)
        signature = crypto.rsa_sign(mine.private_key, message)
        authorization = signing.Authorization(mine.merchant.mchid, mine.serial_no, nonce, now_s, signature)
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

    # A day's bills: an offer first, then the file.

    def trade_bill_request(self, day: str, *, now_s: int, nonce: str) -> Request:
        """Of all orders of a day (yyyy-MM-dd in Beijing), which is over and whose bill is ready after nine."""
        return self._bill_request(TRADE_BILL, f"bill_date={day}&bill_type=ALL", now_s, nonce)

    def flow_bill_request(self, day: str, *, now_s: int, nonce: str) -> Request:
        """Of all that came into the merchant's account that day or left it."""
        return self._bill_request(FLOW_BILL, f"bill_date={day}&account_type=BASIC", now_s, nonce)

    def bill_offer(self, reply: Reply, *, now_s: int) -> Offer | Failure:
        """Where the bill is, or why there is none; raises Malformed for a reply that cannot be believed."""
        if doubt := signing.doubt(reply.headers, reply.body, self._credentials.platform_keys, now_s):
            raise Malformed("", f"is not WeChat Pay's: {doubt}")
        return Offer.parse(reply.body) if reply.status == 200 else Failure.parse(reply.body)  # noqa: PLR2004

    def bill_file_request(self, offer: Offer, *, now_s: int, nonce: str) -> Request:
        """The reply is the file, unsigned: `Offer.checked` says whether it is the one that was offered."""
        path = f"{BILL_FILE[1]}?{urlsplit(offer.download_url).query}"  # from our own acquirer, whatever the URL says
        return self._signed(BILL_FILE, path, b"", now_s, nonce)

    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:
        """`terminal.scheme.Bills`: the day's trade bill, its hash checked."""
        try:
            asked = yield self.trade_bill_request(day.isoformat(), now_s=now_s, nonce=next(nonces))
            offer = self.bill_offer(asked, now_s=now_s)
            if isinstance(offer, Failure):
                if offer.code == NOTHING_SOLD:
                    return ()
                raise NoBill(f"WeChat Pay has no bill of {day}: {offer.code} {offer.message}")
            reply = yield self.bill_file_request(offer, now_s=now_s, nonce=next(nonces))
            return self.read_bill(offer.checked(reply.body))
        except ValueError as error:  # Malformed, or an offer whose URL is no address at all
            raise NoBill(f"WeChat Pay's bill of {day} cannot be believed: {error}") from error

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        return read_bill(content)

    def _bill_request(self, endpoint: Endpoint, query: str, now_s: int, nonce: str) -> Request:
        sub_mchid = self._credentials.merchant.sub_mchid
        whose = f"&sub_mchid={quote(sub_mchid)}" if sub_mchid else ""
        return self._signed(endpoint, f"{endpoint[1]}?{query}&tar_type={GZIP}{whose}", b"", now_s, nonce)

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
        verdict, reason = of_state(transaction.trade_state)
        if self._differs(order, transaction, verdict):
            verdict, reason = Verdict.UNKNOWN, Reason.MISMATCH
        elif operation is Operation.REVERSE and verdict not in (Verdict.REVERSED, Verdict.UNKNOWN):
            # "Closed" is undone; anything else means that the undoing has not happened yet.
            undone = transaction.trade_state == "CLOSED"
            verdict, reason = (Verdict.REVERSED, Reason.NONE) if undone else ASK_AGAIN
        return Answer(verdict, reason, transaction.trade_state, transaction.transaction_id)

    def _differs(self, order: Order, transaction: Transaction, verdict: Verdict) -> bool:
        """Whether it speaks of another order; what decides must name its order, a success its amount too."""
        asked = _facts(self._credentials.merchant, order.order_id, order.money.minor, order.money.currency.code)
        said = _facts(transaction.merchant, transaction.out_trade_no, transaction.total, transaction.currency)
        needed = set() if verdict.in_doubt else {"mchid", "sub_mchid", "out_trade_no"}
        if verdict is Verdict.APPROVED:
            needed = {name for name, value in asked.items() if value}
        return any(said[name] != asked[name] for name in asked if name in needed or said[name] not in ("", None))


def _facts(merchant: Merchant, number: str, total: int | None, currency: str) -> dict[str, str | int | None]:
    ids = {"mchid": merchant.mchid, "appid": merchant.appid}
    ids |= {"sub_mchid": merchant.sub_mchid, "sub_appid": merchant.sub_appid}
    return {**ids, "out_trade_no": number, "total": total, "currency": currency}


def _not_heard(status: int, why: str) -> Reply:
    """What a notice that is not believed is answered with: it will come again."""
    return Reply(status, {"content-type": signing.CONTENT_TYPE}, to_json({"code": "FAIL", "message": why}))


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
        verdict, reason = ASK_AGAIN
    return Answer(verdict, reason, code)


def _unbelieved(operation: Operation, reply: Reply, doubt: str) -> Answer:
    """A reply nobody vouches for is no reply, with one exception, which ends a till's confusion on its first day.

    Whoever signs with a wrong key is turned away by the gateway before an order is looked at: nothing can have
    moved. Were the 401 forged, a declined order is still closed by a reverse that only a signed reply ends.
    """
    if operation in (Operation.PAY, Operation.SHOW) and reply.status == 401:  # noqa: PLR2004 - HTTP's "unauthorized"
        answer = _refusal(operation, reply, believed=True)
        if answer.said == "SIGN_ERROR":
            return answer
    return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, doubt)
