"""Attempts at cheating, made at a real till: its own wire, carrier and listener, a real host, and somebody in between.

Whatever is tried, the till's books say what the host's ledger says, and the attempt stands in the journal.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from firmware_sim.faults import SOUND, Faults, Spoil
from firmware_sim.hosts.pki import new_key
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Channel, Entry, Scan, State
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Reply, Request
from terminal.schemes.wechat import SCHEME, signing
from terminal.schemes.wechat.wire import WechatWire
from terminal.steps import Event, Notice, Phase
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper
from terminal.transport.http import HttpTransport
from terminal.transport.listener import Listener, path_of

AMOUNT = Money(1234)

Between = Callable[[Request, Reply], Reply]


def honest(_: Request, reply: Reply) -> Reply:
    return reply


def body_with(old: bytes, new: bytes) -> Between:
    """Whoever is on the line changes the words, and cannot sign them."""
    return lambda _, reply: replace(reply, body=reply.body.replace(old, new))


class Street:
    """A till, the line it asks on, the host at its end, and the port on which the till is called."""

    def __init__(self, state: Path, keys: Keys) -> None:
        self.clock = Clock(speed=100)
        self.keys = keys
        self.ledger = Ledger()
        self.host = WechatHost(self.ledger, self.keys, self.clock, Faults(), rng=random.Random(1))
        self.between: Between = honest
        self.asked: list[Request] = []  # of the host
        self.knocked: list[str] = []  # at another address
        self.listener = Listener("127.0.0.1:0")
        self.journal = Journal(state / "journal.db", wall=self.clock.wall, monotonic=self.clock.monotonic)
        self.events: list[Event] = []
        self._servers: list[web.ServerRunner] = []

    async def open(self) -> None:
        self.elsewhere = await self._serve(self._knock)
        self.carrier = HttpTransport(await self._serve(self._pass_on))
        notify_url = self.listener.url + path_of("wechat")
        wire = WechatWire(self.keys.credentials(), notify_url=notify_url)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"wechat": Acquirer("wechat", wire, SCHEME.procedure, self.carrier, "WeChat Pay")},
            contracts=[Contract("wechat", ("wechat",))],
            clock=self.clock,
            rng=random.Random(2),
            paper=Paper(PrinterConfig(), TillConfig()),
            listener=self.listener,
        )
        self.till.subscribe(self.events.append)
        self.till.start()

    async def close(self) -> None:
        await self.till.stop()
        for server in self._servers:
            await server.cleanup()

    async def _serve(self, handle: Callable[[web.BaseRequest], Awaitable[web.Response]]) -> str:
        runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
        await runner.setup()
        self._servers.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _pass_on(self, incoming: web.BaseRequest) -> web.Response:
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        request = Request(incoming.method, incoming.raw_path, headers, await incoming.read())
        self.asked.append(request)
        reply = self.between(request, self.host.answer(request))
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)

    async def _knock(self, incoming: web.BaseRequest) -> web.Response:
        self.knocked.append(incoming.path)
        return web.Response(status=200)

    # What happens at the counter.

    def customer(self) -> Phone:
        name = f"ann{len(self.events)}"
        self.ledger.add_customer(Customer(name, wallet="wechat"), 500_000)
        return Phone(name, self.ledger, self.clock, random.Random(name))

    async def sell(self, *ends: Phase) -> str:
        """Charge a code; the order."""
        self.till.dismiss()
        self.till.charge(AMOUNT)
        self.till.scanned([Scan(self.customer().code(), Channel.SCANNER, 0.0)])
        await self.until(lambda: self.till.snapshot.step.phase in (ends or (Phase.APPROVED,)))
        return self.till.snapshot.step.order_id

    async def show(self) -> str:
        """Show a code of ours; the order."""
        self.till.dismiss()
        self.till.show_code(AMOUNT)
        await self.until(lambda: self.till.snapshot.step.phase is Phase.SHOWING)
        return self.till.snapshot.step.order_id

    async def calls(self, notice: Request) -> int:
        """Somebody calls the till; the status it answers."""
        async with aiohttp.ClientSession() as session:
            address = self.listener.url + path_of("wechat")
            async with session.post(address, data=notice.body, headers=notice.headers) as response:
                return response.status

    def notice(self, order_id: str, spoil: Spoil = Spoil.NOTHING) -> Request:
        """What the host would tell of it."""
        return self.host.notice(self.host.acquirer.find(order_id), None, replace(SOUND, spoil=spoil))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.002)

    # What is left of it.

    def entries(self, kind: str) -> list[Entry]:
        return self.journal.entries_of(kind)

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    async def books_agree(self) -> None:
        """Once it is ended or undone, what stands approved is what the host has taken, and the chain is whole."""
        self.between = honest
        undone = State.REVERSED  # all but for the last look, minutes later
        await self.until(lambda: all(one.state is undone for one in self.journal.open_attempts()))
        stands = {one.order_id: one.money.minor for one in self.journal.attempts() if one.state is State.APPROVED}
        for attempt in self.journal.attempts():
            purchase = self.ledger.find(self.keys.mchid, attempt.order_id)
            is_paid = purchase is not None and purchase.state == "paid"
            held = purchase.amount - purchase.refunded if purchase is not None and is_paid else 0
            assert stands.get(attempt.order_id, 0) == held, attempt.order_id
        self.journal.verify()


@pytest.fixture
async def street(tmp_path: Path, wechat_keys: Keys) -> AsyncIterator[Street]:
    street = Street(tmp_path, wechat_keys)
    await street.open()
    yield street
    await street.close()


# --- on the line: replies that are not what was asked for ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """Signs what it is given: with the platform's key or one of its own, as of a time of its own choice."""

    street: Street
    serial: str = ""
    key: RSAPrivateKey | None = None
    ago_s: int = 0

    def reply(self, reply: Reply, body: bytes) -> Reply:
        keys, now_s = self.street.keys, int(self.street.clock.wall()) - self.ago_s
        key = self.key or keys.platform_key
        headers = signing.signed_headers(
            body, serial=self.serial or keys.platform_serial, key=key, now_s=now_s, nonce="N" * 32
        )
        return Reply(reply.status, {**reply.headers, **headers}, body)


def changed(street: Street, old: str, new: str) -> Between:
    """The acquirer itself says something else: signed by its own key."""
    return lambda _, reply: Signed(street).reply(reply, reply.body.replace(old.encode(), new.encode()))


@pytest.mark.parametrize(
    "cheat",
    [body_with(b"1234", b"1"), lambda _, reply: replace(reply, headers={})],
    ids=["another amount", "without a signature"],
)
async def test_a_reply_that_was_touched_on_its_way_is_no_answer(street: Street, cheat: Between) -> None:
    street.between = cheat
    order_id = await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    await street.books_agree()
    assert {entry.body["reason"] for entry in street.entries("EVIDENCE")} == {"bad_signature"}
    attempt = street.journal.attempt(order_id)
    assert attempt is not None
    assert attempt.state in (State.REVERSED, State.CLOSED)


async def test_a_reply_signed_by_another_key_is_no_answer(street: Street) -> None:
    forger = Signed(street, key=new_key())
    street.between = lambda _, reply: forger.reply(reply, reply.body)
    await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert street.entries("EVIDENCE")[0].body["said"] == "wrong signature"
    await street.books_agree()


async def test_a_reply_signed_by_nobody_we_know_is_no_answer(street: Street) -> None:
    forger = Signed(street, serial="PUB_KEY_ID_0000000000000000000000000000", key=new_key())
    street.between = lambda _, reply: forger.reply(reply, reply.body)
    await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert street.entries("EVIDENCE")[0].body["said"] == "signed with a key we do not know"
    await street.books_agree()


@pytest.mark.parametrize(("old", "new"), [('"total":1234', '"total":1'), ('"CNY"', '"HKD"')])
async def test_a_signed_reply_of_another_amount_or_currency_approves_nothing(
    street: Street, old: str, new: str
) -> None:
    street.between = changed(street, old, new)
    await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert "mismatch" in {entry.body["reason"] for entry in street.entries("EVIDENCE")}
    await street.books_agree()


async def test_a_signed_reply_about_another_order_approves_nothing(street: Street) -> None:
    def cheat(request: Request, reply: Reply) -> Reply:
        number = street.journal.attempts()[-1].order_id
        return changed(street, number, number.replace("POS01", "POS02"))(request, reply)

    street.between = cheat
    await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert "mismatch" in {entry.body["reason"] for entry in street.entries("EVIDENCE")}
    await street.books_agree()


async def test_the_reply_to_an_earlier_payment_does_not_pay_this_one(street: Street) -> None:
    kept: list[Reply] = []

    def keeping(_: Request, reply: Reply) -> Reply:
        kept.append(reply)
        return reply

    street.between = keeping
    first = await street.sell()
    street.between = lambda _, reply: kept[0]
    second = await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert street.entries("EVIDENCE")[0].order_id == second
    await street.books_agree()
    assert [one.order_id for one in street.journal.attempts() if one.state is State.APPROVED] == [first]


async def test_a_reply_of_long_ago_is_no_answer(street: Street) -> None:
    old = Signed(street, ago_s=signing.WINDOW_S + 60)
    street.between = lambda _, reply: old.reply(reply, reply.body)
    await street.sell(Phase.REVERSED, Phase.UNKNOWN)
    assert street.entries("EVIDENCE")[0].body["said"] == "signed at another time"
    await street.books_agree()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_sends_the_payment_nowhere_and_not_twice(street: Street, status: int) -> None:
    def away(request: Request, reply: Reply) -> Reply:
        is_payment = request.path == street.asked[0].path
        return Reply(status, {"location": f"{street.elsewhere}{request.path}"}) if is_payment else reply

    street.between = away
    await street.sell(Phase.APPROVED)  # the host did carry it out, and says so when it is asked
    assert [request.path for request in street.asked].count(street.asked[0].path) == 1
    assert street.knocked == []
    assert street.entries("EVIDENCE")[0].body["status"] == status
    await street.books_agree()


async def test_a_redirect_to_the_same_host_is_not_followed_either(street: Street) -> None:
    street.between = lambda request, reply: (
        Reply(307, {"location": request.path}) if request.path == street.asked[0].path else reply
    )
    await street.sell()
    assert [request.path for request in street.asked].count(street.asked[0].path) == 1
    await street.books_agree()


# --- at the door: notifications --------------------------------------------------------------------------


async def nobody_paid(street: Street, order_id: str) -> None:
    """The till goes on showing its code; no word of an approval."""
    assert street.till.snapshot.step.phase is Phase.SHOWING
    assert street.till.snapshot.step.order_id == order_id
    street.till.cancel()
    await street.until(lambda: street.till.snapshot.step.phase is Phase.REVERSED)
    await street.books_agree()


async def test_a_forged_notification_is_refused_and_kept(street: Street) -> None:
    order_id = await street.show()
    assert await street.calls(street.notice(order_id, Spoil.SIGNATURE)) == 401
    (entry,) = street.entries("REFUSED")
    assert (entry.body["acquirer"], entry.body["status"]) == ("wechat", 401)
    assert "notified.refused" in street.notices
    await nobody_paid(street, order_id)


async def test_a_notification_whose_words_were_changed_is_refused_and_kept(street: Street) -> None:
    order_id = await street.show()
    notice = street.notice(order_id)
    assert await street.calls(replace(notice, body=notice.body.replace(b'ciphertext":"', b'ciphertext":"AAAA'))) == 401
    assert len(street.entries("REFUSED")) == 1
    await nobody_paid(street, order_id)


async def test_a_stale_notification_is_refused_and_kept(street: Street) -> None:
    order_id = await street.show()
    keys, body = street.keys, street.notice(order_id).body
    long_ago_s = int(street.clock.wall()) - signing.WINDOW_S - 60
    headers = signing.signed_headers(
        body, serial=keys.platform_serial, key=keys.platform_key, now_s=long_ago_s, nonce="N" * 32
    )
    assert await street.calls(Request("POST", "", headers, body)) == 401
    assert "another time" in str(street.entries("REFUSED")[0].body["why"])
    await nobody_paid(street, order_id)


async def test_a_notification_for_another_merchant_is_refused_and_kept(street: Street) -> None:
    order_id = await street.show()
    theirs = replace(street.keys, mchid="1900000999")
    host = WechatHost(street.ledger, theirs, street.clock, Faults(), rng=random.Random(3))
    notice = host.notice(street.host.acquirer.find(order_id), None)
    assert await street.calls(notice) == 400
    assert len(street.entries("REFUSED")) == 1
    await nobody_paid(street, order_id)


async def test_a_true_notification_of_nothing_paid_is_asked_about_and_approves_nothing(street: Street) -> None:
    order_id = await street.show()
    asked = len(street.asked)
    assert await street.calls(street.notice(order_id)) == 204
    await street.until(lambda: len(street.asked) > asked)
    await nobody_paid(street, order_id)


async def test_a_signed_notification_of_another_amount_leaves_the_books_with_what_was_paid(street: Street) -> None:
    order_id = await street.show()
    street.customer().scan(street.till.snapshot.step.shown_code)
    assert await street.calls(street.notice(order_id, Spoil.AMOUNT)) == 204
    await street.until(lambda: street.till.snapshot.step.phase is Phase.APPROVED)
    attempt = street.journal.attempt(order_id)
    assert attempt is not None
    assert attempt.money == AMOUNT
    (evidence,) = street.entries("EVIDENCE")
    assert (evidence.order_id, evidence.body["reason"]) == (order_id, "mismatch")
    await street.books_agree()


async def test_a_notification_that_comes_ten_times_is_one_payment(street: Street) -> None:
    order_id = await street.show()
    street.customer().scan(street.till.snapshot.step.shown_code)
    notice = street.notice(order_id)
    for _ in range(10):
        assert await street.calls(notice) == 204
    await street.until(lambda: street.till.snapshot.step.phase is Phase.APPROVED)
    for _ in range(3):
        assert await street.calls(notice) == 204
    assert [entry.kind for entry in street.journal.entries(order_id=order_id)].count("APPROVED") == 1
    assert len(street.entries("NOTIFIED")) >= 3, "what came after the end is kept"
    await street.books_agree()


async def test_an_old_notification_of_a_payment_that_was_taken_back_is_asked_about_and_pays_nothing(
    street: Street,
) -> None:
    order_id = await street.show()
    notice = street.notice(order_id)
    street.till.cancel()
    await street.until(lambda: street.till.snapshot.step.phase is Phase.REVERSED)
    await street.until(lambda: not street.journal.open_attempts())
    await street.calls(notice)  # stale by now, or not: asked about at most
    assert await street.calls(street.notice(order_id)) == 204
    assert street.entries("NOTIFIED")[-1].order_id == order_id
    await street.books_agree()


async def test_a_flood_of_forgeries_is_one_entry_a_minute_that_counts_them(street: Street) -> None:
    order_id = await street.show()
    forged = street.notice(order_id, Spoil.SIGNATURE)
    ends_s = street.clock.monotonic() + 60
    calls = 0
    while street.clock.monotonic() < ends_s and calls < 20:
        assert await street.calls(forged) == 401
        calls += 1
    assert len(street.entries("REFUSED")) <= 2
    street.till.cancel()  # unless its time has run out meanwhile
    await street.books_agree()
    (attempt,) = street.journal.attempts()
    assert attempt.state in (State.REVERSED, State.CLOSED)
