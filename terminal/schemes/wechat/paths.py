"""The calls of WeChat Pay v3 by method and path: one table, by which a till asks and a host sees what is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from terminal.scheme import Operation, Request

Endpoint = tuple[str, str]

# Where orders lie: a merchant's own, and those a service provider keeps for its merchants.
OWN = "/v3/pay/transactions"
PARTNERS = "/v3/pay/partner/transactions"

REFUNDS = "/v3/refund/domestic/refunds"
PATHS: Mapping[Operation, Endpoint] = {
    Operation.PAY: ("POST", "{orders}/codepay"),
    Operation.SHOW: ("POST", "{orders}/native"),
    Operation.QUERY: ("GET", "{orders}/out-trade-no/{out_trade_no}"),
    Operation.REVERSE: ("POST", "{orders}/out-trade-no/{out_trade_no}/reverse"),
    Operation.CLOSE: ("POST", "{orders}/out-trade-no/{out_trade_no}/close"),
    Operation.REFUND: ("POST", REFUNDS),
    Operation.REFUND_QUERY: ("GET", f"{REFUNDS}/{{out_refund_no}}"),
}
QUERY_BY_ID: Endpoint = ("GET", "{orders}/id/{transaction_id}")
CERTIFICATES: Endpoint = ("GET", "/v3/certificates")
TRADE_BILL: Endpoint = ("GET", "/v3/bill/tradebill")
FLOW_BILL: Endpoint = ("GET", "/v3/bill/fundflowbill")
BILL_FILE: Endpoint = ("GET", "/v3/billdownload/file")


@dataclass(frozen=True, slots=True)
class Call:
    """Which call a request is, and what its path and query name."""

    endpoint: Endpoint
    operation: Operation | None
    is_partners: bool
    named: Mapping[str, str]

    @property
    def out_trade_no(self) -> str:
        return self.named.get("out_trade_no", "")


def read_call(request: Request) -> Call | None:
    """What is asked by method and path, or None for a path that is none of ours."""
    path, _, query = request.path.partition("?")
    for (method, pattern), call in _ROUTES.items():
        if method == request.method and (match := pattern.fullmatch(path)):
            asked = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
            named = {name: unquote(value) for name, value in (asked | match.groupdict()).items()}
            return Call(call.endpoint, call.operation, call.is_partners, named)
    return None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/?]+)", re.escape(template)))


def _routes() -> dict[tuple[str, re.Pattern[str]], Call]:
    endpoints: dict[Endpoint, Operation | None] = {
        **{endpoint: operation for operation, endpoint in PATHS.items()},
        QUERY_BY_ID: Operation.QUERY,
        **dict.fromkeys((CERTIFICATES, TRADE_BILL, FLOW_BILL, BILL_FILE)),
    }
    return {
        (method, _pattern(template.replace("{orders}", orders))): Call((method, template), operation, is_partners, {})
        for (method, template), operation in endpoints.items()
        for orders, is_partners in (((OWN, False), (PARTNERS, True)) if "{orders}" in template else ((OWN, False),))
    }


_ROUTES: Mapping[tuple[str, re.Pattern[str]], Call] = _routes()
