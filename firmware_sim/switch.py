"""The interconnection, as a model: whose code is it, may this app pay it here today, and which order is it of.

An app that sees a code asks by its text, is told the shop, the amount and a handle, and pays by that handle; the
institution that shop belongs to then tells the shop. The order has one number at both ends. What the real switch
speaks is not published: this is the shape that the protocols which were found have in common (docs/interconnection.md).
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from firmware_sim.hosts.acquiring import Plate
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Kind, Purchase, State
from firmware_sim.place import Place
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.codes.emv.merchant import UnionPayAccount, parse
from terminal.codes.emv.tlv import Malformed
from terminal.codes.emv.universal import order_of, schemes_of
from terminal.model import Channel, MerchantCode
from terminal.money import CURRENCIES, Money
from terminal.routing.agreements import App, Decision, Direction, Interop, Presence, Question, decide_first, offered
from terminal.schemes.beijing import moment

LOG = logging.getLogger("saoma.switch")
APP_OF = {"unionpay": "quickpass"}  # wallets of the world that the agreements call otherwise


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What an app is told of a code. `amount` is in minor units, None where the customer is to enter it."""

    handle: str
    order_no: str  # empty where there is an order only once somebody pays
    shop: str
    mcc: str
    amount: int | None
    currency: str
    payee: str  # the institution whose merchant this is
    rule: str  # by which this app may pay it


class NotPayable(Exception):
    """This app cannot pay this code: the sentence says why, `turns_on` what would make it otherwise."""

    def __init__(self, why: str, turns_on: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.turns_on = tuple(turns_on)


class Taken(Exception):
    """The order is paid, being paid by somebody else, or closed."""


def nothing_agreed() -> Interop:
    """Every app pays the codes of its own scheme, and nobody else's."""
    apps = (App(app_of(wallet.key), wallet.name, wallet.network) for wallet in WALLETS.values())
    return Interop(app=tuple(apps), region=(), agreement=())


def app_of(wallet: str) -> str:
    return APP_OF.get(wallet, wallet)


class Switch:
    """Between the apps and the institutions of one world. `plates` are the static codes that lie on its counters."""

    def __init__(
        self, ledger: Ledger, clock: Clock, interop: Interop | None = None, place: Place | None = None
    ) -> None:
        self.place = place or Place()
        self.plates: dict[str, Plate] = {}
        self._ledger = ledger
        self._clock = clock
        self._interop = interop or nothing_agreed()
        self._apps = {app.key for app in self._interop.app}
        self._inquired: dict[str, tuple[str, Purchase | Plate]] = {}  # by customer: the last handle, and what it pays

    @property
    def wallets(self) -> list[str]:
        """Whose customers there are at home: the wallets that the agreements know."""
        return [wallet for wallet in WALLETS if app_of(wallet) in self._apps]

    def offers(self, service: str) -> dict[str, Decision]:
        """Which apps the page of an online service names, and whether each may pay there; raises ValueError."""
        found = next((one for one in self._interop.service if one.key == service), None)
        if found is None:
            raise ValueError(f"no such service; there are {', '.join(one.key for one in self._interop.service)}")
        return {app.key: decision for app, decision in offered(found, self._interop, self._today())}

    def inquire(self, text: str, customer: Customer, presence: Presence = Presence.OFFLINE) -> Inquiry:
        """Whose code this is and what it asks; raises NotPayable, or Taken.

        `presence` says whether the code is at a counter, or behind a page that opens the app.
        """
        self._ledger.advance(self._clock.wall())
        order = self.plates.get(text) or self._order(text)
        rule = self._rule(text, customer, order.amount if isinstance(order, Purchase) else 0, presence)
        if order is None:
            raise NotPayable("no shop's order, or one of another shop or amount, is behind this code")
        if isinstance(order, Purchase):
            _is_free(order, customer)
        handle = secrets.token_hex(16)
        self._inquired[customer.id] = (handle, order)
        if isinstance(order, Plate):
            return self._told(handle, "", None, order.currency, order.payee, rule)
        return self._told(handle, order.order_no, order.amount, order.currency, order.acquirer, rule)

    def pay(self, handle: str, customer: Customer, *, amount: int | None = None, after_s: float = 0.0) -> Purchase:
        """Pay what was inquired, once, now or when `after_s` seconds have passed with a password.

        `amount` is what a customer entered where the code does not say. Raises NotPayable, or Taken where somebody
        else was quicker.
        """
        known, order = self._inquired.get(customer.id, ("", None))
        if order is None or known != handle:
            raise NotPayable("this handle is another's, or was used")
        del self._inquired[customer.id]
        now_s = self._clock.wall()
        self._ledger.advance(now_s)
        if isinstance(order, Plate):
            if not amount:
                raise NotPayable("this code is static: the customer enters the amount")
            self._rule(order.text, customer, amount, Presence.OFFLINE)
            order = order.open(amount)
        fresh = self._ledger.purchase(order.number)
        assert fresh, "an order is never forgotten"
        _is_free(fresh, customer)
        if after_s:
            if fresh.due_s is not None and now_s + after_s > fresh.due_s:
                raise Taken
            return self._ledger.expect(fresh, customer.id, now_s + after_s, State.PAID)
        return self._ledger.pay(fresh, customer.id, now_s)

    # Within.

    def _told(self, handle: str, order_no: str, amount: int | None, currency: str, payee: str, rule: str) -> Inquiry:
        return Inquiry(handle, order_no, self.place.shop, self.place.mcc, amount, currency, payee, rule)

    def _rule(self, text: str, customer: Customer, amount: int, presence: Presence) -> str:
        """The rule by which this app may pay such a code here today; raises NotPayable."""
        schemes = tuple(_schemes(text))
        if not schemes:
            raise NotPayable("this is no shop's code")
        app = app_of(customer.wallet)
        if app not in self._apps:
            raise NotPayable(f"the agreements know no app called {app}")
        decisions = decide_first(self._question(app, amount, presence), schemes, self._interop)
        for scheme, decision in decisions:
            verdict = "may" if decision.allowed else "may not"
            LOG.info("%s %s pay %s codes, by %s: %s", app, verdict, scheme, decision.rule or "no rule", decision.why)
        last = decisions[-1][1]
        if not last.allowed:
            raise NotPayable(
                "; ".join(one.why for _, one in decisions), [what for _, one in decisions for what in one.turns_on]
            )
        return last.rule

    def _question(self, app: str, amount: int, presence: Presence) -> Question:
        return Question(
            app,
            "",
            Direction.APP_SCANS,
            self._today(),
            presence,
            city=self.place.city,
            country=self.place.country,
            amount=amount,
            trials=self.place.trials,
        )

    def _today(self) -> date:
        return moment(self._clock.wall()).date()

    def _order(self, text: str) -> Purchase | None:
        """The order behind a code: by the text that its host made, or by the number in a universal one."""
        return self._ledger.find_shown(text) or self._numbered(text)

    def _numbered(self, text: str) -> Purchase | None:
        try:
            payload = parse(text)
        except Malformed:
            return None
        account = UnionPayAccount.of(payload)
        order = self._ledger.find(account.merchant, order_of(payload)) if account else None
        if order is None or order.kind is not Kind.SHOWN:
            return None
        asked = Money(order.amount, CURRENCIES[order.currency])
        return order if payload.money == asked else None


def _is_free(order: Purchase, customer: Customer) -> None:
    if order.state is not State.OPEN or order.customer not in ("", customer.id):
        raise Taken


def _schemes(text: str) -> Iterator[str]:
    """Whose accounts a shop's code has; none where it is no shop's code."""
    meaning = classify(text, channel=Channel.CAMERA)
    if isinstance(meaning, MerchantCode):
        yield from schemes_of(parse(text)) if meaning.kind == "emv" else (meaning.scheme,)
