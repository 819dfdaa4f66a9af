"""What every acquirer does, in neutral words: charge a code, show one, say what became of it, undo it, give it back.

A wallet's host puts its wire into these and what they say back into its wire. Nothing here knows a wallet's spelling;
where wallets differ, or their manuals are silent, `Habits` says which way it is played.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware_sim.issuing import DAY_S, dialog, issuer_refuses, needs_password
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Kind, Purchase, Refusal, Returned, State
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock
from terminal.schemes.beijing import stamp

STATIC_ORDER, STATIC_LIFE_S = "ST", 120.0  # how orders begin that a customer makes, and how long they can be paid

PLAIN: Mapping[str, str] = {
    Refusal.CODE_INVALID: "no phone shows this code",
    Refusal.CODE_EXPIRED: "the code is older than it may be",
    Refusal.CODE_SPENT: "the code has been used",
    Refusal.INSUFFICIENT_FUNDS: "there is less on the account than asked for",
    Refusal.OVER_LIMIT: "over the issuer's limit for one payment",
    Refusal.OVER_DAY_LIMIT: "over the issuer's limit for a day",
    Refusal.BLOCKED: "the customer's account is blocked",
    Refusal.RISK: "the issuer's risk control refuses it",
    Refusal.NOT_ALLOWED: "the issuer does not allow this payment, or this acquirer does not take this wallet",
    Refusal.WRONG_PASSWORD: "the customer typed a wrong password",
    Refusal.NOT_TYPED: "the customer typed no password",
    Refusal.REFUSED: "the issuer refuses it and does not say why",
    Refusal.CURRENCY: "this merchant does not take that currency",
    Refusal.ORDER_TAKEN: "there is an order of this number with another content",
    Refusal.ORDER_PAID: "the order is paid",
    Refusal.ORDER_CLOSED: "the order is closed",
    Refusal.ORDER_REVERSED: "the order has been undone",
    Refusal.NO_SUCH_ORDER: "there is no such order",
    Refusal.WRONG_KIND: "an order of this kind is not undone by this call",
    Refusal.TOO_SOON: "sooner after the payment than allowed",
    Refusal.TOO_LATE: "longer after the payment than allowed",
    Refusal.NOT_PAID: "the order holds no money",
    Refusal.TOO_MUCH: "more than is left of the order, or not the order's own total",
    Refusal.TOO_MANY: "the order has had as many refunds as it may have",
    Refusal.REFUND_TAKEN: "there is another refund of this number",
    Refusal.NO_SUCH_REFUND: "there is no such refund",
}


class Refused(Exception):
    """Ends a call; `why` is a Refusal, or a code of the host's own where a customer or a fault was told to say so."""

    def __init__(self, why: str) -> None:
        super().__init__(plain(why))
        self.why = why


def plain(why: str) -> str:
    """A refusal as a person says it."""
    return PLAIN.get(why, "as it was told to")


@dataclass(frozen=True, slots=True)
class Habits:
    """Where acquirers differ, or their manuals are silent: each can be played the other way."""

    code_life_s: float = 120.0  # a minute on the screen, and one of grace
    dialog_s: float = 120.0  # an unanswered password dialog closes by itself
    password_above: int = 100_000  # minor units; the issuer may want one from less
    same_order_again: bool = True  # a repeat of a charge is the same charge; else it is refused
    decline_is_final: bool = True  # a copy of a refused charge is refused alike; else it is tried afresh
    reverse_pays_back: bool = True  # else what is paid must be refunded
    tombstones: bool = True  # undoing an order that never came keeps it from coming later
    reverse_not_before_s: float = 0.0
    reverse_within_s: float = 7 * DAY_S
    refund_within_s: float = 365 * DAY_S
    refund_takes_s: float = 0.0
    most_refunds: int = 50  # of one order
    stale_s: float = 0.0  # queries see the books as they were so long ago
    notifies: bool = True
    currencies: tuple[str, ...] = ("CNY",)


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as a shop asks for it. `content` is what a repeat must repeat, beside the code: it is kept hashed."""

    order_no: str
    amount: int  # minor units
    content: str = field(repr=False)
    currency: str = "CNY"
    notify_url: str = ""
    memo: str = ""  # what the host alone needs to know of it later


@dataclass(frozen=True, slots=True)
class Plate:
    """A static code that lies on a counter: whoever scans it enters the amount, and `open` makes an order of that."""

    text: str
    payee: str  # the institution whose merchant it is
    currency: str
    open: Callable[[int], Purchase]


class Acquirer:
    """One merchant's orders at one institution. Every method raises Refused for what it will not do.

    `takes` are the networks whose codes may be charged here; `host` is whose words the notices will be in.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        merchant: str,
        *,
        institution: str,
        host: str,
        takes: tuple[str, ...] = (),
        habits: Habits | None = None,
    ) -> None:
        self.merchant = merchant
        self.habits = habits or Habits()
        self.below: Callable[[int], int] = secrets.randbelow  # draws order numbers of its own
        self._ledger = ledger
        self._clock = clock
        self._institution = institution
        self._host = host
        self._takes = takes or (institution,)

    def now(self) -> float:
        """Unix seconds on the world's clock; what was due by then has happened."""
        now_s = self._clock.wall()
        self._ledger.advance(now_s)
        return now_s

    def at(self, host: str) -> "Acquirer":
        """The same merchant behind another host: the orders are shared, the notices are in that one's words."""
        return Acquirer(
            self._ledger,
            self._clock,
            self.merchant,
            institution=self._institution,
            host=host,
            takes=self._takes,
            habits=self.habits,
        )

    # Asking for money.

    def charge(self, asked: Asked, code: str, *, wants_password: bool = False) -> Purchase:
        """Charge a customer's code: paid, or open while a password is wanted."""
        now_s = self.now()
        content = self._content(asked, code)
        if known := self._known(asked.order_no, Kind.CHARGED, content):
            return known if known.state is not State.FAILED else self._refused_before(known, code, now_s)
        customer = self._showing(code, now_s)
        with self._ledger.together():
            self._ledger.spend(code)
            order = self._order(asked, Kind.CHARGED, content, now_s, customer.id)
            order = self._pay(order, customer, now_s, wants_password=wants_password)
        return _or_refused(order)

    def show(self, asked: Asked, shown_as: str, expires_s: float) -> Purchase:
        """Open an order that a phone may pay by scanning `shown_as`, until `expires_s` (Unix seconds).

        A repeat gets the order that is being shown already, with that one's text and time.
        """
        now_s, content = self.now(), self._content(asked)
        if known := self._known(asked.order_no, Kind.SHOWN, content):
            return known
        order = self._order(asked, Kind.SHOWN, content, now_s)
        return self._ledger.add(order._replace(shown_as=shown_as, due_s=expires_s, due_state=State.CLOSED))

    def plate(self, text: str, notify_url: str, memo: Callable[[float], str]) -> Plate:
        """A static code of this merchant's. `memo` is what the host will need of an order made at that time."""
        currency = self.habits.currencies[0]

        def open_order(amount: int) -> Purchase:
            now_s = self.now()
            number = f"{STATIC_ORDER}{stamp(now_s)}{self.below(10**8):08}"
            asked = Asked(number, amount, number, currency, notify_url, memo(now_s))
            return self.show(asked, number, now_s + STATIC_LIFE_S)

        return Plate(text, self._institution, currency, open_order)

    # Asking what became of it.

    def find(self, order_no: str) -> Purchase:
        """The order as it is."""
        self.now()
        return self._existing(self._ledger.find(self.merchant, order_no))

    def numbered(self, number: int) -> Purchase:
        """The order by the acquirer's own number."""
        self.now()
        return self._existing(self._ledger.purchase(number))

    def query(self, order_no: str) -> Purchase:
        """The order as a query sees it, which may be behind by `stale_s`."""
        return self.as_queried(self.find(order_no))

    def as_queried(self, purchase: Purchase) -> Purchase:
        """An order as it was `stale_s` ago: perhaps not paid yet, perhaps not there yet."""
        then_s = self._clock.wall() - self.habits.stale_s
        if purchase.created_s > then_s:
            raise Refused(Refusal.NO_SUCH_ORDER)
        if purchase.state is State.PAID and (purchase.paid_s or 0) > then_s:
            return purchase._replace(state=State.OPEN, paid_s=None)
        return purchase

    # Undoing it.

    def reverse(self, order_no: str) -> Purchase:
        """Undo a charge: an unpaid one is closed, a paid one paid back, one that never came kept from coming."""
        now_s = self.now()
        purchase = self._ledger.find(self.merchant, order_no)
        if purchase is None:
            return self._bury(order_no, now_s)
        if purchase.kind is not Kind.CHARGED:
            raise Refused(Refusal.WRONG_KIND)
        return self._undo(purchase, now_s)

    def close(self, order_no: str) -> Purchase:
        """Close a shown order that nobody has paid; one that has ended unpaid stays as it is."""
        purchase = self.find(order_no)
        if purchase.kind is not Kind.SHOWN:
            raise Refused(Refusal.WRONG_KIND)
        if purchase.state is State.PAID:
            raise Refused(Refusal.ORDER_PAID)
        return self._ledger.end(purchase, State.CLOSED) if purchase.state is State.OPEN else purchase

    def cancel(self, order_no: str) -> Purchase:
        """Undo an order of either kind; `paid_s` says whether there was money to pay back."""
        now_s = self.now()
        purchase = self._ledger.find(self.merchant, order_no)
        return self._bury(order_no, now_s) if purchase is None else self._undo(purchase, now_s)

    # Giving back.

    def refund(
        self, purchase: Purchase, refund_no: str, amount: int, *, total: int | None = None, notify_url: str = ""
    ) -> Returned:
        """Give part of an order back; a repeat is the same refund. `total` is what the shop says the order was of."""
        known = self._ledger.find_refund(self.merchant, refund_no)
        if known and (known.purchase, known.amount) != (purchase.number, amount):
            raise Refused(Refusal.REFUND_TAKEN)
        return known or self._give_back(purchase, refund_no, amount, total, notify_url)

    def find_refund(self, refund_no: str) -> tuple[Purchase, Returned]:
        self.now()
        returned = self._ledger.find_refund(self.merchant, refund_no)
        if returned is None:
            raise Refused(Refusal.NO_SUCH_REFUND)
        return self._existing(self._ledger.purchase(returned.purchase)), returned

    def refunds(self, purchase: Purchase) -> list[Returned]:
        """Oldest first."""
        return self._ledger.refunds_of(purchase)

    # Within.

    def _content(self, asked: Asked, code: str = "") -> str:
        if asked.currency not in self.habits.currencies:
            raise Refused(Refusal.CURRENCY)
        return self._ledger.hash(f"{asked.content} {code}")

    def _order(self, asked: Asked, kind: Kind, content: str, now_s: float, customer: str = "") -> Purchase:
        return Purchase(
            number=0,
            merchant=self.merchant,
            order_no=asked.order_no,
            kind=kind,
            content=content,
            amount=asked.amount,
            currency=asked.currency,
            created_s=now_s,
            acquirer=self._institution,
            host=self._host,
            notify_url=asked.notify_url if self.habits.notifies else "",
            memo=asked.memo,
            customer=customer,
        )

    def _known(self, order_no: str, kind: Kind, content: str) -> Purchase | None:
        """An order of that number, which this request may only repeat."""
        known = self._ledger.find(self.merchant, order_no)
        if known is None:
            return None
        if known.state is State.REVERSED:
            raise Refused(Refusal.ORDER_REVERSED)
        if known.state is State.CLOSED:
            raise Refused(Refusal.ORDER_CLOSED)
        if (known.kind, known.content) != (kind, content):
            raise Refused(Refusal.ORDER_TAKEN)
        if not self.habits.same_order_again:
            raise Refused(Refusal.ORDER_PAID if known.state is State.PAID else Refusal.ORDER_TAKEN)
        return known

    def _refused_before(self, order: Purchase, code: str, now_s: float) -> Purchase:
        """A copy of a charge that failed."""
        shown = self._ledger.shown(code)
        if shown and not self.habits.decline_is_final:
            with self._ledger.together():
                order = self._pay(self._ledger.end(order, State.OPEN), self._customer(shown.customer), now_s)
        return _or_refused(order)

    def _showing(self, code: str, now_s: float) -> Customer:
        """Whose phone shows this code."""
        shown = self._ledger.shown(code)
        if shown is None:
            raise Refused(Refusal.CODE_INVALID)
        if shown.spent:
            raise Refused(Refusal.CODE_SPENT)
        if now_s - shown.shown_s > self.habits.code_life_s:
            raise Refused(Refusal.CODE_EXPIRED)
        customer = self._customer(shown.customer)
        if WALLETS[customer.wallet].network not in self._takes:
            raise Refused(Refusal.NOT_ALLOWED)
        return customer

    def _customer(self, customer_id: str) -> Customer:
        customer = self._ledger.customer(customer_id)
        assert customer, "a code is shown by a customer of the ledger's"
        return customer

    def _pay(self, order: Purchase, customer: Customer, now_s: float, *, wants_password: bool = False) -> Purchase:
        """The issuer refuses, asks for a password, or pays. What it refuses is kept, and refused again."""
        if why := issuer_refuses(self._ledger, customer, order.amount, now_s):
            return self._ledger.end(order, State.FAILED, why)
        if wants_password or order.amount > self.habits.password_above or needs_password(customer, order.amount):
            ends_s, ends = dialog(customer, self.habits.dialog_s)
            return self._ledger.expect(order, customer.id, now_s + ends_s, ends)
        return self._ledger.pay(order, customer.id, now_s)

    def _existing(self, purchase: Purchase | None) -> Purchase:
        if purchase is None or purchase.merchant != self.merchant:
            raise Refused(Refusal.NO_SUCH_ORDER)
        return purchase

    def _bury(self, order_no: str, now_s: float) -> Purchase:
        """An order that never came is undone all the same; with a tombstone it cannot come any more."""
        order = self._order(Asked(order_no, 0, ""), Kind.CHARGED, "", now_s)._replace(state=State.REVERSED)
        return self._ledger.add(order) if self.habits.tombstones else order

    def _undo(self, purchase: Purchase, now_s: float) -> Purchase:
        if purchase.state is State.REVERSED:
            return purchase
        age_s = now_s - purchase.created_s
        if age_s < self.habits.reverse_not_before_s:
            raise Refused(Refusal.TOO_SOON)
        if age_s > self.habits.reverse_within_s:
            raise Refused(Refusal.TOO_LATE)
        if purchase.state is State.PAID and not self.habits.reverse_pays_back:
            raise Refused(Refusal.ORDER_PAID)
        return self._ledger.reverse(purchase)

    def _give_back(
        self, purchase: Purchase, refund_no: str, amount: int, total: int | None, notify_url: str
    ) -> Returned:
        if purchase.state is not State.PAID:
            raise Refused(Refusal.NOT_PAID)
        if total not in (None, purchase.amount) or amount > purchase.amount - purchase.refunded:
            raise Refused(Refusal.TOO_MUCH)
        if len(self.refunds(purchase)) >= self.habits.most_refunds:
            raise Refused(Refusal.TOO_MANY)
        now_s = self._clock.wall()
        if now_s - purchase.created_s > self.habits.refund_within_s:
            raise Refused(Refusal.TOO_LATE)
        url = notify_url if self.habits.notifies else ""
        return self._ledger.refund(purchase, refund_no, amount, now_s, now_s + self.habits.refund_takes_s, url)


def _or_refused(order: Purchase) -> Purchase:
    if order.state is State.FAILED:
        raise Refused(order.refusal)
    return order
