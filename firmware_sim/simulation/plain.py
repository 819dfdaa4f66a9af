"""Acquirers that speak in plain words: for runs of so many payments that JSON, XML and RSA would be most of the work.

What is asked, of whom, when, and what is done with it is as it is with a wallet's own wire: the till's flow by the
wallet's own procedure at one end, `hosts/acquiring.py` and the ledger at the other. In between a message is a line of
words under a checksum, so that it can be corrupted, replayed, or say another amount, and be found out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts.acquiring import Acquirer, Asked, Refused
from firmware_sim.hosts.host import Host
from firmware_sim.ledger_words import Purchase, Refusal, Returned, State
from terminal.clock import Clock
from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import Notified, Operation, Reply, Request, Till
from terminal.schemes.tenpay import NATIVE_URL

ORDER_LIFE_S = 300.0  # how long a shown code can be paid, as wallets are told it by us
STALE_S = 120  # a reply that is older was meant for somebody else
LADDER_S = (15.0, 15.0, 30.0, 180.0, 600.0)
OK, FAULT = 200, 500
DONE, WORKING, REFUNDED, ODD = "done", "working", "refunded", "???"
SHOWN_AS: Mapping[str, str] = {  # by the institution, and so that its customers' phones know it
    "wechat": NATIVE_URL,
    "alipay": "https://qr.alipay.com/bax",
    "unionpay": "https://qr.95516.com/00010000/",
    "qra": "https://qr.95516.com/qra/",
}

Outcome = tuple[Verdict, Reason]
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)
UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
GONE: Outcome = (Verdict.REVERSED, Reason.NONE)
NEVER_CAME: Outcome = (Verdict.REVERSED, Reason.NOT_FOUND)

_STATES: Mapping[str, Outcome] = {
    State.OPEN: (Verdict.PENDING, Reason.NONE),
    State.PAID: (Verdict.APPROVED, Reason.NONE),
    State.FAILED: (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),
    State.CLOSED: (Verdict.DECLINED, Reason.ORDER_CLOSED),
    State.REVERSED: GONE,
    REFUNDED: (Verdict.UNKNOWN, Reason.REFUNDED),
}
_REFUSED: Mapping[str, Outcome] = dict.fromkeys(map(str, Refusal), (Verdict.DECLINED, Reason.OTHER))
_CHARGED: Mapping[str, Outcome] = {**_STATES, **_REFUSED, Refusal.ORDER_PAID: ASK_AGAIN, Refusal.ORDER_TAKEN: ASK_AGAIN}
_UNDONE: Mapping[str, Outcome] = {State.REVERSED: GONE, Refusal.NO_SUCH_ORDER: NEVER_CAME, Refusal.TOO_SOON: ASK_AGAIN}
_GIVEN: Mapping[str, Outcome] = {DONE: (Verdict.APPROVED, Reason.NONE), WORKING: (Verdict.PENDING, Reason.NONE)}
_MEANS: Mapping[Operation, Mapping[str, Outcome]] = {
    Operation.PAY: _CHARGED,
    Operation.SHOW: _CHARGED,
    Operation.QUERY: {**_STATES, Refusal.NO_SUCH_ORDER: (Verdict.UNKNOWN, Reason.NOT_FOUND)},
    Operation.REVERSE: {**_UNDONE, Refusal.TOO_LATE: (Verdict.DECLINED, Reason.NOT_ALLOWED)},
    Operation.CLOSE: {
        **_UNDONE,
        State.CLOSED: GONE,
        State.FAILED: GONE,
        Refusal.ORDER_PAID: (Verdict.APPROVED, Reason.NONE),
    },
    Operation.VOID: {**_REFUSED, **_GIVEN},
    Operation.REFUND: {**_REFUSED, **_GIVEN},
    Operation.REFUND_QUERY: {**_GIVEN, Refusal.NO_SUCH_REFUND: (Verdict.UNKNOWN, Reason.NOT_FOUND)},
}


def sealed(*words: str) -> bytes:
    text = "|".join(words).encode()
    return b"%08x|%s" % (crc32(text), text)


def unsealed(body: bytes) -> list[str]:
    """The words; raises ValueError where they are not those that were sealed."""
    seal, _, text = body.partition(b"|")
    if int(seal, 16) != crc32(text):
        raise ValueError("not what was sealed")
    return text.decode().split("|")


@dataclass(frozen=True, slots=True)
class PlainWire:
    """`terminal.scheme.Wire` and `Hears`."""

    till: Till

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        code = order.code.digits if order.code else ""
        body = sealed(operation, order.order_id, str(order.money.minor), "", code, self.till.notify_url)
        return Request("PLAIN", operation, {}, body)

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        body = sealed(operation, refund.order.order_id, str(refund.money.minor), refund.refund_id, "", "")
        return Request("PLAIN", operation, {}, body)

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        if reply.status != OK:
            return Answer(*(ASK_AGAIN if reply.status == FAULT else UNFAMILIAR), f"status {reply.status}")
        try:
            asked, number, minor, word, transaction_id, shown_code, at_s = unsealed(reply.body)
        except ValueError:
            return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE)
        if abs(int(at_s) - now_s) > STALE_S:
            return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "stale")
        mine = order.refund_id if isinstance(order, Refund) else order.order_id
        if (asked, number, minor) != (operation, mine, str(order.money.minor)):
            return Answer(Verdict.UNKNOWN, Reason.MISMATCH, word)
        verdict, reason = _MEANS[operation].get(word, UNFAMILIAR if word == ODD else ASK_AGAIN)
        return Answer(verdict, reason, word, transaction_id, shown_code=shown_code)

    def notified(self, request: Request, *, now_s: int) -> Notified:  # noqa: ARG002 - a late notice is a notice
        try:
            order_id, word = unsealed(request.body)
        except ValueError:
            return Notified("", Reply(FAULT, {}))
        return Notified(order_id if word in (State.PAID, DONE) else "", Reply(OK, {}))


class PlainHost(Host):
    """A merchant's acquirer behind such a wire. `acquirer` does what is asked."""

    ladder_s = LADDER_S

    def __init__(self, name: str, acquirer: Acquirer, institution: str, clock: Clock, faults: Faults) -> None:
        super().__init__(clock, faults)
        self.name = name
        self.acquirer = acquirer
        self._shown_as = SHOWN_AS[institution]
        self._calls: Mapping[str, Callable[[list[str], Fault], tuple[str, str, str]]] = {
            Operation.PAY: self._pay,
            Operation.SHOW: self._show,
            Operation.QUERY: self._query,
            Operation.REVERSE: lambda words, _: _of_order(self.acquirer.reverse(words[1])),
            Operation.CLOSE: lambda words, _: _of_order(self.acquirer.close(words[1])),
            Operation.VOID: self._refund,
            Operation.REFUND: self._refund,
            Operation.REFUND_QUERY: lambda words, _: self._of_refund(self.acquirer.find_refund(words[3])[1]),
        }

    def serves(self, path: str) -> bool:
        return path in self._calls

    def operation(self, request: Request) -> Operation | None:
        return Operation(request.path)

    def amount(self, request: Request) -> int | None:
        return int(unsealed(request.body)[2])

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        if fault.spoil is Spoil.FAULT:
            self._said(request, fault)
            return Reply(FAULT, {})
        return Reply(OK, {}, self._said(request, fault))

    def refuse(self, request: Request, why: str) -> Reply:
        return Reply(OK, {}, self._reply(unsealed(request.body), (why, "", ""), SOUND))

    def merchant_config(self) -> dict[str, Any]:
        return {}

    def credentials(self) -> dict[str, Any]:
        return {}

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        body = sealed(purchase.order_no, DONE if returned else State.PAID)
        return Request("PLAIN", "", {}, _forged(body) if fault.spoil is Spoil.SIGNATURE else body)

    def heard(self, reply: Reply) -> bool:
        return reply.status == OK

    def _said(self, request: Request, fault: Fault) -> bytes:
        words = unsealed(request.body)
        try:
            said = self._calls[request.path](words, fault)
        except Refused as refused:
            said = refused.why, "", ""
        return self._reply(words, said, fault)

    def _reply(self, words: list[str], said: tuple[str, str, str], fault: Fault) -> bytes:
        operation, order_no, minor, refund_no, _, _ = words
        word, transaction_id, shown_as = said
        number = refund_no if operation in (Operation.VOID, Operation.REFUND, Operation.REFUND_QUERY) else order_no
        if fault.spoil is Spoil.AMOUNT:
            minor = str(int(minor) + 1)
        if fault.spoil is Spoil.WORD:
            word = ODD
        body = sealed(operation, number, minor, word, transaction_id, shown_as, str(int(self.clock.wall())))
        return _forged(body) if fault.spoil is Spoil.SIGNATURE else body

    def _pay(self, words: list[str], fault: Fault) -> tuple[str, str, str]:
        _, order_no, minor, _, code, _ = words
        asked = Asked(order_no, int(minor), f"{minor} {code}")
        return _of_order(self.acquirer.charge(asked, code, wants_password=fault.act is Act.ASK_PASSWORD))

    def _show(self, words: list[str], _fault: Fault) -> tuple[str, str, str]:
        _, order_no, minor, _, _, notify_url = words
        asked = Asked(order_no, int(minor), minor, notify_url=notify_url)
        shown = self.acquirer.show(asked, self._shown_as + order_no, self.clock.wall() + ORDER_LIFE_S)
        return shown.state, "", shown.shown_as or ""

    def _query(self, words: list[str], _: Fault) -> tuple[str, str, str]:
        return _of_order(self.acquirer.query(words[1]))

    def _refund(self, words: list[str], _fault: Fault) -> tuple[str, str, str]:
        _, order_no, minor, refund_no, _, _ = words
        return self._of_refund(self.acquirer.refund(self.acquirer.find(order_no), refund_no, int(minor)))

    def _of_refund(self, returned: Returned) -> tuple[str, str, str]:
        return DONE if returned.done_s <= self.clock.wall() else WORKING, f"R{returned.number}", ""


def _of_order(purchase: Purchase) -> tuple[str, str, str]:
    state = REFUNDED if purchase.state is State.PAID and purchase.refunded else purchase.state
    return state, f"P{purchase.number}", ""


def _forged(body: bytes) -> bytes:
    return b"0" * 8 + body[8:]
