"""A customer's phone: a wallet that shows a fresh payment code each minute, and can scan a shop's code.

It talks to its issuer by calling the ledger: what goes on between a wallet app and its own servers is nobody
else's wire.
"""

from enum import StrEnum
from random import Random

from firmware_sim.ledger import Ledger, State, customer_account
from terminal.clock import Clock
from terminal.schemes.wechat.codes import NATIVE_URL, PAYMENT_CODE_LENGTH, PREFIXES, SHOWN_S


class Shown(StrEnum):
    """What the phone tells its owner after scanning a shop's code."""

    PAID = "paid"
    NOT_ENOUGH = "not enough money"
    OVER = "this order is paid or closed"
    NOT_OURS = "not a code of this wallet"


class Phone:
    """One customer's wallet. The customer must have an account in the ledger."""

    def __init__(self, customer: str, ledger: Ledger, clock: Clock, rng: Random) -> None:
        self.customer = customer
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._code = ""
        self._shown_s = 0.0

    def code(self) -> str:
        """The payment code on the screen: a new one when a minute has passed or the last one was spent."""
        now_s = self._clock.wall()
        shown = self._ledger.shown(self._code)
        if shown is None or shown.spent or now_s - self._shown_s >= SHOWN_S:
            self._code, self._shown_s = self._fresh(now_s), now_s
        return self._code

    def pay_shown(self, code_url: str) -> Shown:
        """Scan a merchant code and pay what it asks."""
        if not code_url.startswith(NATIVE_URL):
            return Shown.NOT_OURS
        now_s = self._clock.wall()
        self._ledger.advance(now_s)
        purchase = self._ledger.find_shown(code_url.removeprefix(NATIVE_URL))
        if purchase is None:
            return Shown.NOT_OURS
        if purchase.state is not State.OPEN:
            return Shown.OVER
        if self._ledger.balance(customer_account(self.customer)) < purchase.amount:
            return Shown.NOT_ENOUGH
        self._ledger.pay(purchase, self.customer, now_s)
        return Shown.PAID

    def _fresh(self, now_s: float) -> str:
        while True:
            tail = self._rng.randrange(10 ** (PAYMENT_CODE_LENGTH - 2))
            code = f"{self._rng.choice(PREFIXES)}{tail:0{PAYMENT_CODE_LENGTH - 2}}"
            if self._ledger.show_code(code, self.customer, now_s):
                return code
