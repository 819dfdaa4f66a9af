"""The rules of docs/money.md, checked from outside: by what stands in the journals and what moved in the ledger.

Nothing here knows the flow. A till's entries are read as any auditor could read them, the acquirers' money is taken
from their moves, and what a customer has left from the account. I6 is held after every event, power cuts included;
what can only be said at the end is said once nothing is under way any more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from firmware_sim.hosts.acquiring import STATIC_ORDER
from firmware_sim.ledger import Earned, Ledger, customer_account
from firmware_sim.simulation.rules_of_parts import PartsRules
from firmware_sim.simulation.rules_of_settling import SettlingRules
from terminal.books.journal import JournalReader
from terminal.errors import JournalError
from terminal.model import Entry, RefundState, State

# The edges of the diagram: from which states an entry may follow; None: the attempt's first.
_MAY_FOLLOW: dict[State, frozenset[State | None]] = {
    State.INTENT: frozenset({None}),
    State.APPROVED: frozenset({State.INTENT}),
    State.REVERSING: frozenset({State.INTENT, State.REVERSED, State.CLOSED}),
    State.REVERSED: frozenset({State.REVERSING}),
    State.CLOSED: frozenset({State.INTENT, State.REVERSED, State.MANUAL}),
    State.MANUAL: frozenset({State.INTENT, State.REVERSING, State.REVERSED}),
}
_STATES = {state.value: state for state in State}
_REFUND_STATES = {state.value: state for state in RefundState}
TRACE_DIGITS = 6
AT_ONCE_S = 0.001  # from a reply to what is written on account of it


@dataclass(slots=True)
class OrderBook:
    """What one journal says of one order."""

    sale_id: str
    minor: int
    code_mac: str
    states: list[State] = field(default_factory=list)
    refunds: dict[str, tuple[int, RefundState]] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def given_back(self) -> int:
        return sum(minor for minor, state in self.refunds.values() if state is RefundState.DONE)

    @property
    def may_be_given_back(self) -> int:
        return sum(minor for minor, state in self.refunds.values() if state.holds_money)


@dataclass(slots=True)
class Witness:
    """One till: how far its journal has been read, and what it was last told."""

    name: str
    seq: int = 0
    hash: bytes = b""
    sound_reply_s: float = -1.0  # when a reply last came that nobody had tampered with
    spoilt_reply_s: float = -1.0
    dark_s: float = -1.0  # when its power last failed: what is found at the next start was written before
    kept_s: float = -1.0  # when the cashier last said that a payment found at start is wanted
    sells_fen: int = 0  # to a customer who is at the static code, and may type what they like
    orders: list[str] = field(default_factory=list)  # that stand in it


class Rules:
    """Every rule that is found broken is told once, with the order that breaks it."""

    def __init__(self, ledger: Ledger, tell: Callable[[str], None], *, by_trace: bool = False) -> None:
        self._ledger = ledger
        self._tell = tell
        self._move = 0
        self._net: defaultdict[str, int] = defaultdict(int)
        self._codes: dict[str, str] = {}
        self._by_trace = by_trace
        self._traced: dict[str, str] = {}
        self._parts = PartsRules(tell)
        self._settling = SettlingRules(tell)
        self._noted: set[str] = set()  # orders of the static code that some books speak of
        self._strays: set[str] = set()  # that money moved for, and that customers made
        self._heard: set[str] = set()  # that a till was told of, and said that it had heard
        self.orders: dict[str, OrderBook] = {}

    # After every event.

    def money_moved(self) -> None:
        """The acquirers did something."""
        for earned in self._ledger.earned_since(self._move):
            self._move = earned.move
            order_id = self._whose(earned.order_no)
            self._net[order_id] += earned.amount
            if is_theirs(order_id):
                self._strays.add(order_id)
            self._decided_first(order_id, earned)
            self._no_silent_loss(order_id)

    def _whose(self, order_no: str) -> str:
        """An acquirer at the end of a POS line knows terminal, batch and trace: the last is what a till numbers by."""
        return self._traced.get(order_no[-TRACE_DIGITS:], order_no) if self._by_trace else order_no

    def _decided_first(self, order_id: str, earned: Earned) -> None:
        """Write before you send: what gives money back was asked for by a till that had written so."""
        book = self.orders.get(order_id)
        if book is None or earned.amount >= 0:
            return  # an order that is in no books is told of already
        if State.REVERSING not in book.states and not book.refunds:
            self._tell(f"I2 order: {order_id} was given back before that stood in the books")

    def written(self, till: Witness, journal: JournalReader, now_s: float) -> None:
        """A till says that something is in its books, on the disk."""
        try:
            for entry in journal.sound_entries(after=till.seq):
                till.seq, till.hash = entry.seq, entry.hash
                self._fold(till, entry, now_s)
        except JournalError as error:
            self._tell(f"I11 chain: {error}")

    def started(self, till: Witness, journal: JournalReader) -> None:
        """A till came back: what had been on the disk must be there still."""
        if till.seq and journal.hash_of(till.seq) != till.hash:
            self._tell(f"I2 durable: {till.name} has lost entry {till.seq}, which it had acted upon")
            till.seq, till.hash = 0, b""
            self._forget(till)
        self.written(till, journal, till.dark_s)

    def released(self, till: Witness, order_id: str) -> None:
        """Goods were handed over for this order."""
        book = self.orders.get(order_id)
        if book is None or book.state is not State.APPROVED:
            self._tell(f"I4 goods: {till.name} let goods go for {order_id}, which is not APPROVED in its books")
        elif is_theirs(order_id) and book.minor != till.sells_fen:
            self._tell(f"I4 goods: {order_id} of {book.minor} fen paid for goods of {till.sells_fen} at {till.name}")
        else:
            self._parts.released(book.sale_id)

    def _forget(self, till: Witness) -> None:
        for order_id in till.orders:
            self._parts.forget(self.orders.pop(order_id))
        till.orders.clear()
        self._codes = {mac: order_id for mac, order_id in self._codes.items() if order_id in self.orders}

    def _fold(self, till: Witness, entry: Entry, now_s: float) -> None:
        if state := _STATES.get(entry.kind):
            self._move_order(till, entry, state, now_s)
            self._no_silent_loss(entry.order_id)
        elif refund_state := _REFUND_STATES.get(entry.kind):
            self._move_refund(entry, refund_state, now_s)
            self._no_silent_loss(entry.order_id)
        elif is_theirs(entry.order_id):
            self._noted.add(entry.order_id)
        elif entry.kind == "SPLIT":
            self._parts.said(str(entry.body["sale_id"]), int(str(entry.body["minor"])))
        elif entry.kind == "SETTLED":
            self._settling.settled(till.name, entry.body, self.orders)

    def _move_order(self, till: Witness, entry: Entry, state: State, now_s: float) -> None:
        book = self.orders.get(entry.order_id)
        before = book.state if book else None
        if before not in _MAY_FOLLOW[state]:
            self._tell(f"I11 edges: {entry.order_id} went from {before} to {state}")
        if book is None:
            body = entry.body
            book = OrderBook(str(body.get("sale_id")), int(str(body.get("minor", 0))), str(body.get("code_mac", "")))
            self.orders[entry.order_id] = book
            till.orders.append(entry.order_id)
            self._settling.begun(entry.order_id, int(str(body["begun_ms"])), now_s)
            self._traced[f"{body.get('trace', 0):0{TRACE_DIGITS}}"] = entry.order_id
            self._code_once(entry.order_id, book)
            self._parts.begun(book.sale_id, book)
        if state is State.APPROVED:
            self._approval(till, entry.order_id, book, now_s)
        book.states.append(state)
        if state is State.APPROVED:
            self._parts.approved(book.sale_id)

    def _code_once(self, order_id: str, book: OrderBook) -> None:
        if book.code_mac and self._codes.setdefault(book.code_mac, order_id) != order_id:
            self._tell(f"I3 once: {order_id} charges the code of {self._codes[book.code_mac]} again")

    def _approval(self, till: Witness, order_id: str, book: OrderBook, now_s: float) -> None:
        if State.REVERSING in book.states:
            self._tell(f"I5 no return: {order_id} was approved after its reversal had begun")
        paid = [other for other, one in self.orders.items() if one.sale_id == book.sale_id and one is not book]
        if any(self.orders[other].state is State.APPROVED for other in paid):
            self._tell(f"I3 once: sale {book.sale_id} was paid twice")
        if now_s - till.spoilt_reply_s < AT_ONCE_S:
            self._tell(f"I14 amount: {order_id} was approved on a reply that nobody should believe")
        elif now_s - max(till.sound_reply_s, till.kept_s) > AT_ONCE_S:
            self._tell(f"I14 evidence: {order_id} was approved without a reply that says so")

    def _move_refund(self, entry: Entry, state: RefundState, now_s: float) -> None:
        book = self.orders.get(entry.order_id)
        if book is None:
            self._tell(f"I9 refunds: {entry.order_id} is given back and was never in the books")
            return
        refund_id = str(entry.body["refund_id"])
        minor = book.refunds[refund_id][0] if refund_id in book.refunds else int(str(entry.body.get("minor", 0)))
        if refund_id not in book.refunds:
            self._settling.begun(refund_id, int(str(entry.body.get("begun_ms", 0))), now_s)
        book.refunds[refund_id] = minor, state
        if book.may_be_given_back > book.minor:
            self._tell(f"I9 refunds: more of {entry.order_id} is given back than was paid")

    def _no_silent_loss(self, order_id: str) -> None:
        """I6: money at an acquirer has somebody who acts for it, and an approved order has its money."""
        net, book = self._net[order_id], self.orders.get(order_id)
        if book is None:
            if net and not is_theirs(order_id):
                self._tell(f"I2 orphan: {net} fen moved for {order_id}, which is not in the books")
        elif net > 0 and book.state is State.CLOSED:
            self._tell(f"I6 silent loss: {net} fen are held for {order_id}, which is CLOSED")
        elif book.state is State.APPROVED and net < book.minor - book.may_be_given_back:
            self._tell(f"I6 silent loss: {order_id} is APPROVED and the shop has {net} fen of it")

    # At the end.

    def at_rest(self) -> None:
        """Nothing is under way any more, and nothing goes wrong: every order is where it must be."""
        for order_id, book in self.orders.items():
            self._one_at_rest(order_id, book)
        self._parts.at_rest()
        paid = sum(book.minor - book.given_back for book in self.orders.values() if book.state is State.APPROVED)
        held = sum(net for order_id, net in self._net.items() if self._counts(order_id))
        if paid != held:
            self._tell(f"I13 settlement: the journals come to {paid} fen, the acquirers to {held}")
        for order_id in sorted(self._heard - self._noted - self.orders.keys()):
            self._tell(f"I2 orphan: a till was told that {order_id} was paid at its static code, and wrote nothing")
        for broken in self._ledger.check():
            self._tell(f"L ledger: {broken}")

    def _one_at_rest(self, order_id: str, book: OrderBook) -> None:
        net = self._net[order_id]
        due = book.minor - book.given_back if book.state is State.APPROVED else 0
        if book.state.is_open or any(state.is_open for _, state in book.refunds.values()):
            self._tell(f"I7 progress: {order_id} is {book.state} still, with {net} fen")
        elif book.state is State.MANUAL:
            self._tell(f"I7 progress: {order_id} was left to a person, with {net} fen, and the acquirer could undo it")
        elif net != due:
            self._tell(f"I1 books: {order_id} is {book.state}, due {due} fen, and the acquirer has {net}")

    def settled_at_rest(self, till: Witness) -> None:
        """Its last settlement was made when nothing was under way any more."""
        self._settling.at_rest(till.name, {order_id: self.orders[order_id] for order_id in till.orders})

    def told(self, order_no: str) -> None:
        """An acquirer told a till of this order, and the till said that it had heard."""
        if is_theirs(order_no):
            self._heard.add(order_no)

    def customer(self, customer_id: str, had: int, owes: int, about: str) -> None:
        """I8: a customer has paid for what was handed over, less what was given back, and for nothing else.

        What was paid at the static code and not taken for a sale is theirs to ask a person for.
        """
        if self._strays:
            own = {one.order_no for one in self._ledger.orders_of(customer_id)}
            owes += sum(self._net[stray] for stray in (self._strays & own) - self.orders.keys())
        paid = had - self._ledger.balance(customer_account(customer_id))
        if paid != owes:
            self._tell(f"I8 phone: {about} paid {paid} fen and owes {owes}")

    def secrets(self, name: str, image: Iterable[bytes], codes: Iterable[str]) -> None:
        """I12: no payment code is anywhere on the medium."""
        secrets = [code.encode() for code in codes]
        if any(secret in data for data in image for secret in secrets):
            self._tell(f"I12 secrets: a payment code is on the disk of {name}")

    def _counts(self, order_id: str) -> bool:
        """Whether a till answers for it: not where a person does, nor for what nobody took up at the static code."""
        book = self.orders.get(order_id)
        return not is_theirs(order_id) if book is None else book.state is not State.MANUAL


def is_theirs(order_no: str) -> bool:
    """An order of the acquirer's own making: a customer paid at the static code, and no till could write it down."""
    return order_no.startswith(STATIC_ORDER)
