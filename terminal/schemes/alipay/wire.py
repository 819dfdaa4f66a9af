"""The conversation with Alipay's gateway: what the till asks and believes, and how a host finds out what is asked.

Sans-IO. One table of methods serves both ends. A reply is believed only when the platform signed it, when it answers
the method that was asked, and when it speaks of the order and the amount that were asked about. It carries no time
and no nonce: that the platform signed the same words earlier cannot be told, so a state is only ever one that was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from terminal.errors import NoBill
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.money import CNY, Money
from terminal.scheme import BillLine, Fetching, Notified, Operation, Reply, Request
from terminal.schemes.alipay import bills, outcomes, signing
from terminal.schemes.alipay.calls import AskBill, AskRefund, AskRefundState, Pay, Precreate, Trade
from terminal.schemes.alipay.codes import WORD, beijing
from terminal.schemes.alipay.credentials import Credentials
from terminal.schemes.alipay.meanings import meaning
from terminal.schemes.alipay.notices import TradeNotice
from terminal.schemes.alipay.replies import SUCCESS, BillUrl, Failure
from terminal.schemes.alipay.signing import ERROR, SIGN_TYPE, Envelope
from terminal.schemes.fields import Malformed

PATH = "/gateway.do"
CANCEL, CLOSE = "alipay.trade.cancel", "alipay.trade.close"
BILL = "alipay.data.dataservice.bill.downloadurl.query"
NOTHING_SOLD = "NO_BILL_DATA"  # its word for a day on which no money moved
METHODS: Mapping[Operation, str] = {
    Operation.PAY: "alipay.trade.pay",
    Operation.SHOW: "alipay.trade.precreate",
    Operation.QUERY: "alipay.trade.query",
    Operation.REVERSE: CANCEL,
    # Not `close`, which knows only trades, and there is none until somebody scans: a code on the screen would stay
    # payable behind a "no such trade". Cancel kills the number in every case, and gives back what was paid meanwhile.
    Operation.CLOSE: CANCEL,
    Operation.REFUND: "alipay.trade.refund",
    Operation.REFUND_QUERY: "alipay.trade.fastpay.refund.query",
}

# Lives of our orders. All of it together is the procedure's horizon: after that no stray copy can be paid.
CODE_LIFE = "2m"  # of a code on our screen
ORDER_LIFE = "3m"  # of an order that waits for a password (the bar-code product's default)
LONGEST_SUBJECT = 256

HEARD = Reply(200, {"content-type": "text/plain"}, b"success")
NOT_HEARD = Reply(200, {"content-type": "text/plain"}, b"failure")  # any other text than `success`: it comes again


def node_name(method: str) -> str:
    return f"{method.replace('.', '_')}_response"


# --- the till's end --------------------------------------------------------------------------------------


class AlipayWire:
    """`terminal.scheme.Wire` for one merchant's app; it also `Hears`."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        terminal_id: str = "",
        store_id: str = "",
        notify_url: str = "https://till.invalid/alipay",
    ) -> None:
        """`store_id` is the shop's own; `notify_url` hears of payments (a `.invalid` one never does)."""
        self._credentials = credentials
        self._terminal_id = terminal_id
        self._store_id = store_id
        self._notify_url = notify_url

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        notify_url = self._notify_url if operation in (Operation.PAY, Operation.SHOW) else ""
        return self._signed(METHODS[operation], self._order_content(operation, order), now_s, notify_url)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        trade = Trade(refund.order.order_id)
        if operation is Operation.REFUND_QUERY:
            content = AskRefundState(trade, refund.refund_id).body()
        else:
            content = AskRefund(trade, refund.money.minor, refund.refund_id, refund.reason).body()
        return self._signed(METHODS[operation], content, now_s)

    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:  # noqa: ARG002
        """`terminal.scheme.Bills`. The link is signed; the file behind it is not, and carries no hash either."""
        try:
            asked = yield self._signed(BILL, AskBill(day.isoformat()).body(), now_s)
            envelope = self._believed(BILL, asked)
            said = Failure.parse(envelope.fields)
            if said.sub_code == NOTHING_SOLD:
                return ()
            if said.code != SUCCESS:
                raise NoBill(f"Alipay has no bill of {day}: {said.sub_code or said.code}")
            link = urlsplit(BillUrl.parse(envelope.fields).bill_download_url)
            if not link.path.startswith("/"):
                raise Malformed("bill_download_url", "has no path")
            # From our own acquirer, whatever the link says.
            file = yield Request("GET", f"{link.path}?{link.query}", {})
        except ValueError as error:  # Malformed, or a link that is no address at all
            raise NoBill(f"Alipay's bill of {day}: {error}") from error
        return self.read_bill(file.body)

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        try:
            return tuple(bills.line(row) for row in bills.read(content))
        except Malformed as error:
            raise NoBill(f"Alipay's bill cannot be believed: {error}") from error

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:  # noqa: ARG002
        if reply.status != 200:  # noqa: PLR2004 - HTTP's "OK", with which this gateway says everything
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, f"HTTP {reply.status}")
        try:
            envelope = Envelope.parse(reply.body)
            if doubt := self._doubt(METHODS[operation], envelope):
                return _unbelieved(operation, envelope, doubt)
            return meaning(operation, order, envelope.fields)
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))

    def notified(self, request: Request, *, now_s: int) -> Notified:  # noqa: ARG002
        mine = self._credentials
        try:
            notice = TradeNotice.read(request.body, mine.platform_keys)
        except Malformed:
            return Notified("", NOT_HEARD)
        is_ours = notice.app_id == mine.app_id and mine.seller_id in ("", notice.seller_id)
        if not is_ours:
            return Notified("", NOT_HEARD)
        return Notified(notice.out_trade_no, HEARD, Money(notice.total), may_be_static=True)

    # What the request says.

    def _order_content(self, operation: Operation, order: Order) -> bytes:
        assert order.money.currency == CNY, "this wire counts in yuan: a yen must not become one"
        subject = (order.description or "Sale")[:LONGEST_SUBJECT]
        shop = {"terminal_id": self._terminal_id, "store_id": self._store_id}
        match operation:
            case Operation.PAY:
                assert order.code, "a code is charged once, by the attempt that scanned it"
                code, total = order.code.digits, order.money.minor
                return Pay(order.order_id, code, subject, total, ORDER_LIFE, **shop).body()
            case Operation.SHOW:
                return Precreate(order.order_id, subject, order.money.minor, CODE_LIFE, ORDER_LIFE, **shop).body()
            case _:
                return Trade(order.order_id).body()

    def _signed(self, method: str, content: bytes, now_s: int, notify_url: str = "") -> Request:
        """Common parameters in the query; the content, which may hold a payment code, in the body, out of every log."""
        mine = self._credentials
        common = {
            "app_id": mine.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": SIGN_TYPE,
            "timestamp": beijing(now_s),
            "version": "1.0",
            "notify_url": notify_url,
            "app_cert_sn": mine.app_cert_sn,
            "alipay_root_cert_sn": mine.root_cert_sn,
        }
        common = {name: value for name, value in common.items() if value}
        sign = signing.signed({**common, "biz_content": content.decode()}, mine.private_key)["sign"]
        query = signing.form({**common, "sign": sign}).decode()
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return Request("POST", f"{PATH}?{query}", headers, signing.form({"biz_content": content.decode()}))

    # Who says it.

    def _doubt(self, method: str, envelope: Envelope) -> str:
        if envelope.name not in (node_name(method), ERROR):
            return "an answer to another question"
        return envelope.doubt(self._credentials.platform_keys)

    def _believed(self, method: str, reply: Reply) -> Envelope:
        envelope = Envelope.parse(reply.body)
        if doubt := self._doubt(method, envelope):
            raise Malformed("", doubt)
        return envelope


def _unbelieved(operation: Operation, envelope: Envelope, doubt: str) -> Answer:
    """A reply nobody vouches for is no reply, with one exception, which ends a till's confusion on its first day.

    Whoever signs with a wrong key, or for an app that there is not, is turned away before an order is looked at:
    nothing can have moved. Were it forged, a declined order is still cancelled, which only a signed reply ends.
    """
    if operation in (Operation.PAY, Operation.SHOW) and not envelope.sign:
        said = Failure.parse(envelope.fields)
        if said.sub_code in outcomes.STRANGER:
            return Answer(*outcomes.TURNED_AWAY, said.sub_code)
    return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, doubt)


# --- the host's end --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A request taken apart: its parameters, from query and body alike."""

    parameters: Mapping[str, str]

    @property
    def method(self) -> str:
        return self.parameters.get("method", "")

    @property
    def content(self) -> bytes:
        """The `biz_content`, an empty object where there is none."""
        return self.parameters.get("biz_content", "{}").encode("utf-8", "surrogatepass")

    @property
    def operation(self) -> Operation | None:
        """What the method is to a payment; a cancel may undo either kind of order."""
        return next((operation for operation, method in METHODS.items() if method == self.method), None)


def read_call(request: Request) -> Call | None:
    """What is asked, or None for a path that is not the gateway's; raises Malformed for unreadable parameters."""
    path, _, query = request.path.partition("?")
    if path != PATH or request.method.upper() not in ("GET", "POST"):
        return None
    return Call(signing.read_form(query, request.body))


def answer_name(method: str) -> str:
    """The name of the node that answers `method`; an unreadable one has no node of its own."""
    return node_name(method) if WORD.fullmatch(method) else ERROR
