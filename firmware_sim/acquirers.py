"""All acquirers of a world behind their addresses, over one ledger, with the faults and the notices they play.

What a sandbox and a counter's world share, and what both are told over their control address about it.
"""

import base64
import binascii
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware_sim.control import Handler, SlowHandler
from firmware_sim.crowd import Crowd
from firmware_sim.faults import Faults
from firmware_sim.hosts import framed, http
from firmware_sim.hosts.every import every_host
from firmware_sim.hosts.host import HasPlate, Host
from firmware_sim.hosts.notices import Notifier
from firmware_sim.hosts.unionpay import UnionpayHost
from firmware_sim.ledger import Ledger
from firmware_sim.phones.desk import Desk, HoldUp
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.place import Place
from firmware_sim.switch import NotPayable, Switch, Taken
from terminal.clock import Clock
from terminal.places import AGREEMENTS
from terminal.routing.agreements import Interop, Presence, load
from terminal.scheme import Line

if TYPE_CHECKING:
    from firmware_sim.phones.web.server import Page

LEDGER = "ledger.db"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a host is served: what a till's contract and what anybody's SDK need to know."""

    name: str
    contract: Mapping[str, Any]  # an `[[acquirer]]` table
    credentials: Mapping[str, Any]


class Acquirers:
    """The ledger, the hosts, the switch between them, and everybody who comes to pay.

    `place` is where the shops are, which decides what the agreements allow.
    """

    def __init__(
        self,
        state: Path,
        clock: Clock,
        rng: random.Random,
        *,
        by_amount: bool = False,
        place: Place | None = None,
        interop: Interop | None = None,
        hold_up: HoldUp | None = None,
    ) -> None:
        self.clock = clock
        self.ledger = Ledger(state / LEDGER)
        self.faults = Faults(by_amount=by_amount)
        self.hosts = every_host(state, self.ledger, clock, self.faults, place)
        self.switch = Switch(self.ledger, clock, interop or load(AGREEMENTS), place)
        self.crowd = Crowd(self.ledger, clock, rng, self.switch)
        self._phones = Desk(self.crowd, self.ledger, clock, self.switch, hold_up)
        self._page: Page | None = None
        self._notifier = Notifier(self.ledger, self.hosts, clock)

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[tuple[Address, ...]]:
        """All hosts listening on 127.0.0.1: the HTTP ones together on `port`, each framed line on a port of its own."""
        async with AsyncExitStack() as stack:
            stack.callback(self.ledger.close)
            together = await http.serve([host for host in self.hosts if host.line is Line.HTTP], port)
            stack.push_async_callback(together.close)
            addresses = []
            for host in self.hosts:
                url = together.url
                if host.line is Line.FRAMED:
                    line = await framed.listen(host)
                    stack.push_async_callback(line.close)
                    url = line.url
                addresses += [_address(host, contract, url) for contract in self._contracts(host)]
            await stack.enter_async_context(self._notifier.running())
            stack.push_async_callback(self._close_page)
            yield tuple(addresses)

    def _contracts(self, host: Host) -> list[dict[str, Any]]:
        """The `[[acquirer]]` tables of its merchant: UnionPay's may show its own code, or the universal one."""
        universal = [host.universal_config(self.switch.place)] if isinstance(host, UnionpayHost) else []
        return [host.merchant_config(), *universal]

    # What is told over a control address.

    @property
    def commands(self) -> dict[str, Handler | SlowHandler]:
        asked = ("code", "inquire", "scan", "type", "offers", "plate", "books", "positions", "settle")
        armed = ("fault", "disarm", "line", "notice", "notices", "resend")
        own = {name: getattr(self, name) for name in (*asked, *armed)}
        return {**own, **self._phones.commands, "phone/page": self.page}

    def code(self, question: dict[str, Any]) -> dict[str, Any]:
        """A fresh payment code of a customer who is as told (`Crowd.arrive`), or of one who came before."""
        phone = self._phone(question)
        return {"auth_code": phone.code(), "customer": phone.customer}

    def inquire(self, question: dict[str, Any]) -> dict[str, Any]:
        """What somebody's app is told of a merchant code, without paying it; `why` not, where it cannot be paid."""
        text = _scanned(question)
        phone = self._phone(question)
        try:
            told = asdict(phone.inquire(text))
        except NotPayable as error:
            told = {"why": [str(error), *error.turns_on]}
        except Taken:
            told = {"why": [Shown.OVER.value]}
        return {**told, "customer": phone.customer}

    def scan(self, question: dict[str, Any]) -> dict[str, Any]:
        """Somebody scans a merchant code, given as `text` or as the pixels of a base64 `png`, and pays it.

        `amount_fen` is what the customer enters where the code leaves that open. With `online` true the app was opened
        by a page, at which other agreements hold than at a counter.
        """
        text, amount = _scanned(question), question.pop("amount_fen", None)
        presence = Presence.ONLINE if question.pop("online", False) else Presence.OFFLINE
        phone = self._phone(question)
        return {"shown": phone.scan(text, amount, presence), "why": list(phone.why), "customer": phone.customer}

    def type(self, question: dict[str, Any]) -> dict[str, Any]:
        """A customer who came before types the password now that their wallet asks for; for how many orders it did."""
        return {"typed": self.crowd.phone(str(question.get("customer"))).type_password()}

    def offers(self, question: dict[str, Any]) -> dict[str, Any]:
        """Which apps the page of a `service` names, whether each may pay there today, and why."""
        offers = self.switch.offers(str(question.get("service")))
        return {app: {"may": one.allowed, "rule": one.rule, "why": one.why} for app, one in offers.items()}

    def plate(self, question: dict[str, Any]) -> dict[str, Any]:
        """A static code of a `host`'s merchant for the counter; who is paid by it is told at `notify_url`."""
        hosts = {host.name: host for host in self.hosts if isinstance(host, HasPlate)}
        if question.get("host") not in hosts:
            raise ValueError(f"say whose: host is one of {', '.join(hosts)}")
        plate = hosts[question["host"]].plate(str(question.get("notify_url", "")), self.switch.place)
        self.switch.plates[plate.text] = plate
        return {"text": plate.text}

    def fault(self, question: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault by name for the next call of an operation, or of any."""
        return self.faults.arm_as_told(question)

    def disarm(self, _question: dict[str, Any]) -> dict[str, Any]:
        """Whatever fault waits will not happen."""
        self.faults.disarm()
        return {}

    def line(self, question: dict[str, Any]) -> dict[str, Any]:
        """Cut the line between shops and acquirers (`cut` true), both ways, or mend it (false)."""
        self.faults.line_is_cut = self._notifier.line_is_cut = question["cut"] is True
        return {"cut": self.faults.line_is_cut}

    def notice(self, question: dict[str, Any]) -> dict[str, Any]:
        """What becomes of the next notice: drop, delay=300, duplicate, reorder, bad_signature…"""
        return {"armed": self._notifier.arm(str(question.get("name")))}

    def notices(self, question: dict[str, Any]) -> dict[str, Any]:
        """What was, and is to be, told of an order."""
        return {"notices": self._notifier.told(str(question.get("order_no")))}

    def resend(self, question: dict[str, Any]) -> dict[str, Any]:
        """Tell all that was ever told of an order once more."""
        return {"notices": self._notifier.resend(str(question.get("order_no")))}

    def books(self, _question: dict[str, Any]) -> dict[str, Any]:
        """What the merchant has of each order, and whether the acquirers' own books add up."""
        return self.ledger.statement(self.clock.wall())

    def positions(self, question: dict[str, Any]) -> dict[str, Any]:
        """What each institution holds of the others' money; all together nought."""
        return dict(self.ledger.positions(str(question.get("currency", "CNY"))))

    def settle(self, question: dict[str, Any]) -> dict[str, Any]:
        """Institutions pay each other what they owe; what they paid."""
        transfers = self.ledger.settle(str(question.get("currency", "CNY")))
        return {"transfers": [[one.payer, one.payee, one.amount] for one in transfers]}

    async def page(self, question: dict[str, Any]) -> dict[str, Any]:
        """A link to the page on which a browser is one of the wallets (`phones/web`)."""
        from firmware_sim.phones.web.server import Page  # noqa: PLC0415 - loads numpy, which few need

        self._page = self._page or Page(self._phones)
        return await self._page.link(question)

    async def _close_page(self) -> None:
        if self._page:
            await self._page.close()

    def _phone(self, question: dict[str, Any]) -> Phone:
        known = question.get("customer")
        return self.crowd.arrive(question) if known is None else self.crowd.phone(str(known))


def _address(host: Host, contract: dict[str, Any], url: str) -> Address:
    name = contract.get("name", host.name)
    return Address(name, {**contract, "base_url": url}, {**host.credentials(), "url": url})


def _scanned(question: dict[str, Any]) -> str:
    """The code that a question is about, taken out of it."""
    text, png = question.pop("text", None), question.pop("png", None)
    if (text is None) == (png is None):
        raise ValueError("say what is scanned: text, or png in base64")
    return str(text) if png is None else seen(str(png))


def seen(png: str) -> str:
    """The text of the code in a picture that came as base64."""
    from firmware_sim.phones.eye import read_code  # noqa: PLC0415 - loads numpy, which few need

    try:
        return read_code(base64.b64decode(png, validate=True))
    except binascii.Error as error:
        raise ValueError("png is not base64") from error
