"""Shops on this machine that are told of payments: heard, not heard, and by command otherwise than they expect."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from aiohttp import web

from firmware_sim.faults import NOTICE_FAULTS, Faults
from firmware_sim.hosts.acquiring import Asked
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.notices import Notifier
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock

DEADLINE_S = 60.0
SPEED = 300.0  # a minute of the ladder passes in a fifth of a second


@dataclass
class Shop:
    """Answers as it is told, and remembers what it was told when (seconds of the world's clock)."""

    clock: Clock
    url: str = ""
    answers: list[str] = field(default_factory=list)  # then "success"
    told: list[str] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, request: web.BaseRequest) -> web.Response:
        self.told.append((await request.read()).decode())
        self.at_s.append(self.clock.wall())
        self.changed.set()
        return web.Response(text=self.answers.pop(0) if self.answers else "success")

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(DEADLINE_S):
            while len(self.told) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.told


@dataclass
class World:
    ledger: Ledger
    clock: Clock
    acquirer: object
    notifier: Notifier
    shop: Shop
    phone: Phone

    def pay(self, number: str, url: str = "") -> None:
        asked = Asked(number, 1200, number, notify_url=url or self.shop.url)
        self.acquirer.charge(asked, self.phone.code())  # type: ignore[attr-defined]

    async def until_quiet(self) -> None:
        """Until nothing is due any more."""
        async with asyncio.timeout(DEADLINE_S):
            while self.ledger.next_due_s() is not None:
                await asyncio.sleep(0.01)


@pytest.fixture
async def world(plain_host: Callable[..., Host]) -> AsyncIterator[World]:
    clock, ledger = Clock(speed=SPEED), Ledger()
    host = plain_host(ledger, clock, Faults())
    ledger.add_customer(Customer("ann"), 1_000_000)
    shop = Shop(clock)
    runner = web.ServerRunner(web.Server(shop.hear))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}/notify"
    notifier = Notifier(ledger, [host], clock)
    async with notifier.running():
        yield World(ledger, clock, host.acquirer, notifier, shop, Phone("ann", ledger, clock, Random(7)))  # type: ignore[attr-defined]
    await runner.cleanup()


async def test_a_shop_is_told_of_a_payment_and_of_a_refund_until_it_has_heard(world: World) -> None:
    world.pay("N1")
    assert await world.shop.until(1) == ["paid N1 1200 true"]
    order = world.acquirer.find("N1")  # type: ignore[attr-defined]
    world.acquirer.refund(order, "R1", 200, notify_url=world.shop.url)  # type: ignore[attr-defined]
    assert (await world.shop.until(2))[1] == "refunded R1 1200 true"
    await world.until_quiet()
    assert [(one["of"], one["tries"], one["due_s"]) for one in world.notifier.told("N1")] == [
        ("payment", 1, None),
        ("refund", 1, None),
    ]


async def test_a_shop_that_does_not_hear_is_told_again_by_the_ladder_and_then_no_more(world: World) -> None:
    world.shop.answers = ["fail", "busy", "", "SUCCESS"]
    due_s = world.clock.wall()
    world.pay("N1")
    for count, rung_s in enumerate((15, 15, 30), start=1):
        await world.shop.until(count)
        (told,) = world.notifier.told("N1")
        if told["tries"] == count:  # else the next rung has been reached since
            assert told["due_s"] >= due_s + rung_s
            due_s = told["due_s"]
    assert await world.shop.until(4) == ["paid N1 1200 true"] * 4
    await world.until_quiet()
    assert world.notifier.told("N1")[0]["tries"] == 4


async def test_a_customer_who_types_later_pays_and_is_told_of_then(world: World) -> None:
    world.ledger.add_customer(Customer("bob", needs_password=True, types_after_s=8.0), 5000)
    world.phone = Phone("bob", world.ledger, world.clock, Random(1))
    world.pay("N1")
    assert world.shop.told == []
    await world.shop.until(1)  # nobody asked in between: the world's own time brought it about


@pytest.mark.parametrize("url", ["https://till.invalid/notify", "http://192.0.2.1/notify", "ftp://127.0.0.1/", "junk"])
async def test_an_address_that_cannot_be_called_is_given_up_without_harm(world: World, url: str) -> None:
    world.pay("N1", url)
    world.pay("N2")
    assert await world.shop.until(1) == ["paid N2 1200 true"]


async def test_a_shop_that_is_away_is_told_when_it_is_back(world: World) -> None:
    port = world.shop.url.split(":")[2].split("/")[0]
    closed = world.shop.url.replace(port, "1")  # nobody listens there
    world.pay("N1", closed)
    await world.until_quiet()
    assert world.notifier.told("N1")[0]["tries"] == 4
    assert world.shop.told == []


# --- by command ------------------------------------------------------------------------------------------


async def test_a_dropped_notice_comes_with_the_next_rung(world: World) -> None:
    world.notifier.arm("drop")
    began_s = world.clock.wall()
    world.pay("N1")
    await world.shop.until(1)
    assert world.shop.at_s[0] - began_s >= 15


async def test_a_delayed_notice_comes_that_much_later(world: World) -> None:
    world.notifier.arm("delay=60")
    began_s = world.clock.wall()
    world.pay("N1")
    await world.shop.until(1)
    assert world.shop.at_s[0] - began_s >= 60


async def test_a_doubled_notice_comes_twice(world: World) -> None:
    world.notifier.arm("duplicate")
    world.pay("N1")
    assert await world.shop.until(2) == ["paid N1 1200 true"] * 2


async def test_notices_come_out_of_order(world: World) -> None:
    world.notifier.arm("reorder")
    world.pay("N1")
    world.pay("N2")
    assert [text.split()[1] for text in await world.shop.until(2)] == ["N2", "N1"]


async def test_a_notice_is_spoilt_as_a_reply_is(world: World) -> None:
    for name in ("bad_signature", "wrong_amount"):
        world.notifier.arm(name)
        world.pay(name)
    told = await world.shop.until(2)
    assert set(told) == {"paid bad_signature 1200 forged", "paid wrong_amount 1201 true"}


async def test_what_was_heard_is_told_again_on_demand(world: World) -> None:
    world.pay("N1")
    await world.until_quiet()
    assert world.notifier.resend("N1") == 1
    assert await world.shop.until(2) == ["paid N1 1200 true"] * 2
    assert world.notifier.resend("N9") == 0


@pytest.mark.parametrize("command", ["gremlin", "delay", "delay=soon", "drop=5"])
async def test_a_command_that_is_none_is_refused_with_the_way_out(world: World, command: str) -> None:
    with pytest.raises(ValueError, match=r"nothing is called 'gremlin' here; there are drop|say how many seconds"):
        world.notifier.arm(command)
    assert all(world.notifier.arm(name) for name in NOTICE_FAULTS if name != "delay")
