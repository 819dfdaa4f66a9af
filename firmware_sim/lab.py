"""The reconciliation lab: a till's journal and a real host's bill, made to differ in every way that they can.

A day is sold in virtual time, by the till's own wire against the host and written into a real journal. Then one thing
is done that must not happen, at the host, in the journal, or to the printed bill. The next morning the bill is fetched
over the wire and matched; the answer must be that one thing and nothing else. `INJECTIONS` is the list.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from firmware_sim.faults import Faults
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.every import HOSTS
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.wallets import WALLETS
from terminal.books.journal import Journal
from terminal.books.matching import Kind
from terminal.books.settlement import KIND, Settlement
from terminal.config import from_table
from terminal.model import Answer, Order, PaymentCode, Refund, RefundState, State, Verdict
from terminal.money import Money
from terminal.scheme import BEIJING, BillLine, Bills, Operation, Reply, Request, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS
from terminal.till import Acquirer
from terminal.till.settling import compared
from terminal.transport.http import HttpTransport

TERMINAL = "POS01"
DAY = date(2026, 11, 22)
NOON_S, MIDNIGHT_S = 12 * 3600.0, 24 * 3600.0  # since the day began
BILLS_READY_S = MIDNIGHT_S + 10 * 3600
FEE_RATE = Decimal("0.006")  # what these hosts take
BANKS = {"wechat": "wechat", "wechat_v2": "wechat", "alipay": "alipay"}  # hosts with bills, and whose codes they take
DONE = Answer(Verdict.APPROVED)

Tamper = Callable[[tuple[BillLine, ...]], tuple[BillLine, ...]]


class Lab:
    """One till, one host and one day. `tamper` misprints the bill on its way."""

    def __init__(self, state: Path, host: str, day: date = DAY) -> None:
        self.day = day
        self.clock = HandClock(datetime.combine(day, datetime.min.time(), BEIJING).timestamp())
        self.ledger = Ledger()
        self.host: Host = HOSTS[host](state, self.ledger, self.clock, Faults())
        table = {**self.host.merchant_config(), "base_url": "http://lab.invalid"}
        (contract,) = from_table({"acquirer": [table]}, host, state, SETTINGS).acquirer
        scheme = BY_KEY[contract.scheme]
        self.wire: Wire = scheme.connect(contract.settings, Till(TERMINAL, "http://lab.invalid/notify"))
        nowhere = HttpTransport(contract.base_url)  # requests are put to the host by hand
        self.acquirer = Acquirer(host, self.wire, scheme.procedure, nowhere, scheme.name, FEE_RATE)
        self.journal = Journal(state / "journal.db", wall=self.clock.wall, monotonic=self.clock.monotonic)
        self.tamper: Tamper = lambda lines: lines
        self._rng = random.Random(5)
        self._network = BANKS[host]
        self._numbers = count(1)

    def close(self) -> None:
        self.journal.close()
        self.ledger.close()

    def at(self, since_day_s: float) -> None:
        """It is so many seconds after the day began."""
        self.clock.now_s = since_day_s

    # What a till does.

    def order(self, minor: int = 1250, *, ours: bool = True) -> Order:
        """A customer has come with a fresh code. One that is not `ours` goes to another till of the merchant's."""
        number = next(self._numbers)
        wallet = next(wallet for wallet in WALLETS.values() if wallet.network == self._network)
        self.ledger.add_customer(Customer(f"c{number}", wallet=wallet.key), 10_000_00)
        digits = Phone(f"c{number}", self.ledger, self.clock, random.Random(number)).code()
        return Order(
            f"{TERMINAL if ours else 'POS02'}{1:05}{number:05}LAB0",
            f"S{number}",
            Money(minor),
            PaymentCode(self._network, digits),
            self.acquirer.name,
            begun_s=int(self.clock.wall()),
            trace=number,
        )

    def ask(self, operation: Operation, asked: Order | Refund) -> Answer:
        now_s, nonce = int(self.clock.wall()), f"{self._rng.getrandbits(128):032x}"
        if isinstance(asked, Refund):
            request = self.wire.refund_request(operation, asked, now_s=now_s, nonce=nonce)
        else:
            request = self.wire.request(operation, asked, now_s=now_s, nonce=nonce)
        return self.wire.answer(operation, asked, self.reply(request), now_s=now_s)

    def reply(self, request: Request) -> Reply:
        reply = self.host.answer(request)
        return replace(reply, headers={name.lower(): value for name, value in reply.headers.items()})

    def write(self, order: Order, *states: State) -> None:
        """The order in the journal, moved through these states."""
        self.journal.begin(order)
        for state in states:
            self.journal.move(order.order_id, state, DONE)

    def sale(self, minor: int = 1250) -> Order:
        """One that goes well on both sides."""
        order = self.order(minor)
        self.pay(order)
        self.write(order, State.APPROVED)
        return order

    def pay(self, order: Order) -> None:
        """At the host alone."""
        answer = self.ask(Operation.PAY, order)
        assert answer.verdict is Verdict.APPROVED, answer

    def undo(self, order: Order) -> None:
        """At the host alone."""
        self.clock.advance(20)
        answer = self.ask(Operation.REVERSE, order)
        assert answer.verdict is Verdict.REVERSED, answer

    def refund(self, order: Order, minor: int) -> Refund:
        number = next(self._numbers)
        return Refund(
            f"R{TERMINAL}{1:05}{number:05}LAB0", order, Money(minor), begun_s=int(self.clock.wall()), trace=number
        )

    def give_back(self, refund: Refund) -> None:
        """At the host alone."""
        answer = self.ask(Operation.REFUND, refund)
        assert answer.verdict in (Verdict.APPROVED, Verdict.PENDING), answer

    def write_refund(self, refund: Refund) -> None:
        """In the journal alone."""
        self.journal.begin_refund(refund)
        self.journal.move_refund(refund.refund_id, RefundState.DONE, DONE)

    # A day, and its end.

    def ordinary_day(self) -> None:
        """Sales, a reversal, refunds in parts: what both sides have in the same way."""
        self.at(NOON_S)
        for minor in (1, 999, 1250, 88_888):
            self.sale(minor)
        undone = self.order()
        self.pay(undone)
        self.undo(undone)
        self.write(undone, State.REVERSING, State.REVERSED, State.CLOSED)
        sold = self.sale(10_000)
        for minor in (3_333, 1):
            refund = self.refund(sold, minor)
            self.give_back(refund)
            self.write_refund(refund)
        self.pay(self.order(ours=False))

    def settle(self, later: int = 0) -> Settlement:
        """The morning after, or so many days later: that day's bill fetched, matched, and written down."""
        day = self.day + timedelta(days=later)
        self.at(later * MIDNIGHT_S + BILLS_READY_S)
        settlement = compared(self.acquirer, self.journal, day, TERMINAL, self.tamper(self._bill(day)))
        self.journal.note("", KIND, settlement.table())
        return settlement

    def _bill(self, day: date) -> tuple[BillLine, ...]:
        assert isinstance(self.wire, Bills), "the lab has only hosts with bills"
        nonces = (f"{self._rng.getrandbits(128):032x}" for _ in count())
        fetching = self.wire.bill(day, now_s=int(self.clock.wall()), nonces=nonces)
        try:
            request = next(fetching)
            while True:
                request = fetching.send(self.reply(request))
        except StopIteration as end:
            lines: tuple[BillLine, ...] = end.value
            return lines


# --- what must not happen ---------------------------------------------------------------------------------
#
# Each returns the key of the payment or refund that the answer must name.


def here_not_there(lab: Lab) -> str:
    """The till believed a payment that the acquirer never had."""
    order = lab.order()
    lab.write(order, State.APPROVED)
    return order.order_id


def there_not_here(lab: Lab) -> str:
    """The till's journal lost a payment, or somebody else charges in its name: the dangerous one."""
    order = lab.order()
    lab.pay(order)
    return order.order_id


def amount(lab: Lab) -> str:
    """A fen less was charged than was written."""
    order = lab.order()
    lab.pay(replace(order, money=Money(order.money.minor - 1)))
    lab.write(order, State.APPROVED)
    return order.order_id


def undone_here(lab: Lab) -> str:
    """The till believed an undoing that never happened."""
    order = lab.order()
    lab.pay(order)
    lab.write(order, State.REVERSING, State.REVERSED, State.CLOSED)
    return order.order_id


def undone_there(lab: Lab) -> str:
    """Somebody undid a payment whose goods are gone."""
    order = lab.sale()
    lab.undo(order)
    return order.order_id


def for_a_person(lab: Lab) -> str:
    """The till gave up, and the acquirer holds the money."""
    order = lab.order()
    lab.pay(order)
    lab.write(order, State.REVERSING, State.MANUAL)
    return order.order_id


def twice(lab: Lab) -> str:
    """The bill has one payment two times."""
    order = lab.sale()
    lab.tamper = lambda lines: (*lines, *(line for line in lines if line.order_id == order.order_id))
    return order.order_id


def refund_twice(lab: Lab) -> str:
    refund = _refunded(lab)
    lab.tamper = lambda lines: (*lines, *(line for line in lines if line.refund_id == refund.refund_id))
    return _key(refund)


def refund_there(lab: Lab) -> str:
    """Given back at the acquirer's page, past the till."""
    refund = lab.refund(lab.sale(), 250)
    lab.give_back(refund)
    return _key(refund)


def refund_here(lab: Lab) -> str:
    """The till believed a refund that the customer never got."""
    refund = lab.refund(lab.sale(), 250)
    lab.write_refund(refund)
    return _key(refund)


def refund_amount(lab: Lab) -> str:
    refund = lab.refund(lab.sale(), 250)
    lab.give_back(replace(refund, money=Money(205)))
    lab.write_refund(refund)
    return _key(refund)


def fee(lab: Lab) -> str:
    """Five fen too much."""
    return _dearer(lab, Decimal("0.05"))


def fee_rounding(lab: Lab) -> str:
    """A fen too little."""
    return _dearer(lab, Decimal("-0.01"))


def still_open(lab: Lab) -> str:
    """The night came before the answer did."""
    order = lab.order()
    lab.pay(order)
    lab.write(order, State.REVERSING)
    return order.order_id


def refund_open(lab: Lab) -> str:
    refund = lab.refund(lab.sale(), 250)
    lab.give_back(refund)
    lab.journal.begin_refund(refund)
    return _key(refund)


def cross_midnight(lab: Lab) -> str:
    """Begun ten seconds before midnight, paid ten seconds after it."""
    lab.at(MIDNIGHT_S - 10)
    order = lab.order()
    lab.at(MIDNIGHT_S + 10)
    lab.pay(order)
    lab.write(order, State.APPROVED)
    return order.order_id


def refund_cross_midnight(lab: Lab) -> str:
    sold = lab.sale()
    lab.at(MIDNIGHT_S - 10)
    refund = lab.refund(sold, 250)
    lab.at(MIDNIGHT_S + 10)
    lab.give_back(refund)
    lab.write_refund(refund)
    return _key(refund)


def other_day(lab: Lab) -> str:
    """The till's clock was a day behind."""
    order = replace(lab.order(), begun_s=int(lab.clock.wall() - MIDNIGHT_S))
    lab.pay(order)
    lab.write(order, State.APPROVED)
    return order.order_id


Injection = Callable[[Lab], str]

INJECTIONS: Mapping[Injection, Kind] = {
    here_not_there: Kind.HERE_NOT_THERE,
    there_not_here: Kind.THERE_NOT_HERE,
    amount: Kind.AMOUNT,
    undone_here: Kind.STATE,
    undone_there: Kind.STATE,
    for_a_person: Kind.STATE,
    twice: Kind.TWICE,
    refund_twice: Kind.TWICE,
    refund_there: Kind.REFUND_UNMATCHED,
    refund_here: Kind.REFUND_UNMATCHED,
    refund_amount: Kind.AMOUNT,
    fee: Kind.FEE,
    fee_rounding: Kind.FEE_ROUNDING,
    still_open: Kind.OPEN,
    refund_open: Kind.OPEN,
    cross_midnight: Kind.CROSS_MIDNIGHT,
    refund_cross_midnight: Kind.CROSS_MIDNIGHT,
    other_day: Kind.OTHER_DAY,
}


def _refunded(lab: Lab) -> Refund:
    refund = lab.refund(lab.sale(), 250)
    lab.give_back(refund)
    lab.write_refund(refund)
    return refund


def _dearer(lab: Lab, by: Decimal) -> str:
    order = lab.sale()

    def printed(line: BillLine) -> BillLine:
        is_it = line.order_id == order.order_id and line.fee is not None
        return replace(line, fee=(line.fee or 0) + by) if is_it else line

    lab.tamper = lambda lines: tuple(map(printed, lines))
    return order.order_id


def _key(refund: Refund) -> str:
    return f"{refund.order.order_id} {refund.refund_id}"
