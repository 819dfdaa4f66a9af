"""A customer's phone: a wallet that shows a fresh payment code each minute, and pays merchant codes that it scans.

It talks to its issuer by calling the ledger: what goes on between a wallet app and its own servers is nobody
else's wire. Whose a merchant code is, and whether this wallet may pay it, is for the switch to say.
"""

from enum import StrEnum
from random import Random

from firmware_sim.issuing import dialog, issuer_refuses, needs_password
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Refusal, State
from firmware_sim.switch import Inquiry, NotPayable, Switch, Taken
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock
from terminal.routing.agreements import Presence

SHOWN_S = 60.0  # a wallet shows a fresh code each minute (common knowledge; no manual says so)
TYPING_S = 120.0  # how long a wallet waits for its owner's password


class Shown(StrEnum):
    """What the phone tells its owner after scanning a shop's code."""

    PAID = "paid"
    PASSWORD = "password"  # noqa: S105 - it asks for one; the order is paid once it is typed
    NOT_TYPED = "not_typed"  # it asked in vain
    REFUSED = "refused"  # by the issuer
    NOT_ENOUGH = "not enough money"
    OVER = "this order is paid, being paid, or closed"
    NOT_OURS = "not a code that this wallet can pay"


class Phone:
    """One customer's wallet. The customer must have an account in the ledger.

    `why` is what the last scan was refused for, with what would have made it otherwise; nothing where it was not.
    """

    def __init__(self, customer: str, ledger: Ledger, clock: Clock, rng: Random, switch: Switch | None = None) -> None:
        found = ledger.customer(customer)
        assert found, "a phone is a customer's"
        self.customer = customer
        self.owner = found
        self.wallet = WALLETS[found.wallet]
        self.why: tuple[str, ...] = ()
        self.shown_s = 0.0  # when the code on the screen was fresh
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._switch = switch or Switch(ledger, clock)
        self._code = ""

    def code(self) -> str:
        """The payment code on the screen: a new one when a minute has passed or the last one was spent."""
        now_s = self._clock.wall()
        shown = self._ledger.shown(self._code)
        if shown is None or shown.spent or now_s - self.shown_s >= SHOWN_S:
            self._code, self.shown_s = self._fresh(now_s), now_s
        return self._code

    def inquire(self, text: str, presence: Presence = Presence.OFFLINE) -> Inquiry:
        """What the app shows of a shop's code before paying; raises NotPayable, or Taken."""
        return self._switch.inquire(text, self.owner, presence)

    def scan(self, text: str, amount: int | None = None, presence: Presence = Presence.OFFLINE) -> Shown:
        """Scan a shop's code and pay what it asks, or `amount` in minor units where it leaves that to the customer.

        Online nothing is scanned: a page has opened the app with the code's text.
        """
        self.why = ()
        try:
            inquiry = self.inquire(text, presence)
            return self._pay(inquiry, inquiry.amount if inquiry.amount is not None else amount or 0)
        except NotPayable as error:
            self.why = (str(error), *error.turns_on)
            return Shown.NOT_OURS
        except Taken:
            return Shown.OVER

    def refuses(self, amount: int, currency: str) -> str:
        """Why this wallet will not pay that, before it asks for any password; empty where it would."""
        if why := issuer_refuses(self._ledger, self.owner, amount, self._clock.wall()):
            return why
        short = self._ledger.balance(customer_account(self.customer), currency) < amount
        return Refusal.INSUFFICIENT_FUNDS if short else ""

    def type_password(self) -> int:
        """The owner types it now, rightly or wrongly as they are: for how many orders it was asked."""
        now_s, typed = self._clock.wall(), State.FAILED if self.owner.types_wrong else State.PAID
        waiting = self._ledger.begun_by(self.customer)
        for order in waiting:
            self._ledger.expect(order, self.customer, now_s, typed)
        self._ledger.advance(now_s)
        return len(waiting)

    def _pay(self, inquiry: Inquiry, amount: int) -> Shown:
        if why := self.refuses(amount, inquiry.currency):
            return Shown.NOT_ENOUGH if why == Refusal.INSUFFICIENT_FUNDS else Shown.REFUSED
        after_s = 0.0
        if needs_password(self.owner, amount):
            after_s, ends = dialog(self.owner, TYPING_S)
            if ends is not State.PAID:  # the order stays as it was, for somebody else
                return Shown.NOT_TYPED
        self._switch.pay(inquiry.handle, self.owner, amount=amount, after_s=after_s)
        return Shown.PASSWORD if after_s else Shown.PAID

    def _fresh(self, now_s: float) -> str:
        while True:
            code = self.wallet.code(self._rng)
            if self._ledger.show_code(code, self.customer, now_s):
                return code
