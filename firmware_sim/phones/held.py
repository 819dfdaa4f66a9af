"""A phone that a person holds: what its wallet shows at any moment, and what happens when its owner touches it.

The customers of `phone.py` behave as they were told when they came; this one's owner is asked. Whoever draws it, a page
or a terminal, looks at `face()` now and again, and needs to remember nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_sim.issuing import needs_password
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Purchase, Refusal, State
from firmware_sim.phones.phone import SHOWN_S, Phone
from firmware_sim.place import Place
from firmware_sim.switch import Inquiry, NotPayable, Switch, Taken
from terminal.clock import Clock

PASSWORD = "123456"  # noqa: S105 - of every wallet here, and shown to everybody: the money is fictional
TRIES = 3
# Beside the issuer's refusals: this app may not pay such a code; somebody else did, or the shop closed the order.
NOT_OURS, OVER = "not_ours", "over"


class Happened(StrEnum):
    """The news that a phone tells its owner."""

    PAID = "paid"
    REFUSED = "refused"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, slots=True)
class News:
    """What became of a payment. `number` grows with each; `reason` is a Refusal or one of ours, where it was refused.

    `why` is the switch's own account of an app that may not pay a code.
    """

    number: int
    happened: Happened
    reason: str = ""
    amount: int = 0  # minor units
    currency: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What the wallet wants of its owner before it pays. `amount` is None where the owner is to enter it."""

    shop: str
    amount: int | None
    currency: str
    password: bool
    tries: int


@dataclass(frozen=True, slots=True)
class Face:
    """The screen. `left_s` are the world's seconds that the code stays."""

    wallet: str
    network: str
    code: str = field(repr=False)  # spends money
    left_s: float
    balance: int
    currency: str
    asks: Ask | None
    news: News | None


@dataclass(slots=True)
class _Scanned:
    """A shop's code on the screen, its owner not having said yes yet."""

    inquiry: Inquiry
    amount: int | None


class HeldPhone:
    """One customer's wallet in somebody's hand."""

    def __init__(self, phone: Phone, ledger: Ledger, clock: Clock, switch: Switch, place: Place) -> None:
        self.phone = phone
        self._ledger = ledger
        self._clock = clock
        self._switch = switch
        self._place = place
        self._scanned: _Scanned | None = None
        self._tries = TRIES
        self._news: News | None = None
        self._known: dict[int, Purchase] = {}

    def face(self) -> Face:
        """What is on the screen now."""
        self._look()
        code = self.phone.code()
        return Face(
            wallet=self.phone.wallet.key,
            network=self.phone.wallet.network,
            code=code,
            left_s=max(0.0, self.phone.shown_s + SHOWN_S - self._clock.wall()),
            balance=self._ledger.balance(customer_account(self.phone.customer), self._place.currency),
            currency=self._place.currency,
            asks=self._asks(),
            news=self._news,
        )

    def scan(self, text: str) -> None:
        """The owner points the phone at a shop's code."""
        self._look()
        self._scanned, self._tries = None, TRIES
        try:
            inquiry = self.phone.inquire(text)
        except NotPayable as error:
            self._tell(Happened.REFUSED, NOT_OURS, why=(str(error), *error.turns_on))
        except Taken:
            self._tell(Happened.REFUSED, OVER)
        else:
            self._scanned = _Scanned(inquiry, inquiry.amount)

    def agree(self, password: str, amount: int | None = None) -> None:
        """The owner says yes to what is asked, with the amount where that was left open."""
        self._look()
        if self._scanned and self._scanned.amount is None:
            self._scanned.amount = amount
        asks = self._asks()
        if asks is None or asks.amount is None:
            return
        if asks.password and not self._is_right(password):
            return
        if self._scanned:
            self._pay(self._scanned.inquiry, asks.amount)
        else:
            self.phone.type_password()

    def say_no(self, reason: str = Refusal.NOT_TYPED) -> None:
        """The owner does not want to. A shop's code stays as it was, for somebody else."""
        self._look()
        if self._scanned:
            self._scanned = None
            if reason != Refusal.NOT_TYPED:
                self._tell(Happened.REFUSED, reason)
        for order in self._ledger.begun_by(self.phone.customer):
            self._ledger.end(order, State.FAILED, reason)

    # Within.

    def _asks(self) -> Ask | None:
        if self._scanned:
            told, amount = self._scanned.inquiry, self._scanned.amount
            password = needs_password(self.phone.owner, amount or 0)
            return Ask(told.shop, amount, told.currency, password, self._tries)
        for order in self._ledger.begun_by(self.phone.customer):
            return Ask(self._place.shop, order.amount, order.currency, True, self._tries)
        return None

    def _is_right(self, password: str) -> bool:
        """Whether it is the password. An empty one was not typed yet; after too many wrong ones the wallet gives up."""
        if password and password != PASSWORD:
            self._tries -= 1
            if not self._tries:
                self.say_no(Refusal.WRONG_PASSWORD)
        return password == PASSWORD

    def _pay(self, inquiry: Inquiry, amount: int) -> None:
        self._scanned = None
        if refused := self.phone.refuses(amount, inquiry.currency):
            self._tell(Happened.REFUSED, refused, amount, inquiry.currency)
            return
        try:
            self._switch.pay(inquiry.handle, self.phone.owner, amount=amount)
        except NotPayable as error:
            self._tell(Happened.REFUSED, NOT_OURS, amount, inquiry.currency, (str(error), *error.turns_on))
        except Taken:
            self._tell(Happened.REFUSED, OVER, amount, inquiry.currency)

    def _look(self) -> None:
        """Take notice of what has become of the owner's orders."""
        self._ledger.advance(self._clock.wall())
        for now in self._ledger.orders_of(self.phone.customer):
            was = self._known.get(now.number)
            for happened, amount in _became(was, now):
                self._tell(happened, now.refusal if happened is Happened.REFUSED else "", amount, now.currency)
            if was is None:
                self._tries = TRIES
            self._known[now.number] = now

    def _tell(
        self, happened: Happened, reason: str = "", amount: int = 0, currency: str = "", why: tuple[str, ...] = ()
    ) -> None:
        number = self._news.number + 1 if self._news else 1
        self._news = News(number, happened, reason, amount, currency, why)


def _became(was: Purchase | None, now: Purchase) -> Iterator[tuple[Happened, int]]:
    """What a customer is told when an order moves, and of how much."""
    before = was.state if was else State.OPEN
    if before is State.OPEN and now.state is State.PAID:
        yield Happened.PAID, now.amount
    if before is State.OPEN and now.state in (State.FAILED, State.CLOSED, State.REVERSED):
        yield Happened.REFUSED, now.amount
    returned = now.refunded - (was.refunded if was else 0)
    if returned:
        yield Happened.GIVEN_BACK, returned
