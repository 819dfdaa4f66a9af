"""A host on a framed line of this machine, and what faults do to the bytes on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.framed import Line, listen
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, State
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock

DEADLINE_S = 60.0
SPEED = 50.0  # a late reply is twelve seconds late by the world's clock


@dataclass
class Counter:
    line: Line
    faults: Faults
    ledger: Ledger
    clock: Clock
    phone: Phone

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        url = urlsplit(self.line.url)
        assert url.scheme == "tcp"
        assert url.hostname == "127.0.0.1"
        return await asyncio.open_connection(url.hostname, url.port)

    def frame(self, text: str) -> bytes:
        return len(text).to_bytes(2) + text.encode()

    def sale(self, number: str) -> bytes:
        return self.frame(f"pay {number} 1200 {self.phone.code()}")

    def state(self, number: str) -> State | None:
        found = self.ledger.find("shop", number)
        return found.state if found else None


@pytest.fixture
async def counter(plain_host: Callable[..., Host]) -> AsyncIterator[Counter]:
    clock, ledger, faults = Clock(speed=SPEED), Ledger(), Faults()
    ledger.add_customer(Customer("ann"), 1_000_000)
    line = await listen(plain_host(ledger, clock, faults))
    yield Counter(line, faults, ledger, clock, Phone("ann", ledger, clock, Random(7)))
    await line.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))


async def _rest(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        return await reader.read()


async def test_frames_are_answered_one_after_another_on_one_line(counter: Counter) -> None:
    reader, writer = await counter.connect()
    for number in ("N1", "N2"):
        writer.write(counter.sale(number))
        assert await _frame(reader) == f"pay {number} paid 1200".encode()
    writer.close()


async def test_a_frame_may_come_in_any_pieces_and_with_more_behind_it(counter: Counter) -> None:
    reader, writer = await counter.connect()
    both = counter.sale("N1") + counter.frame("query N1")
    for index in range(len(both)):
        writer.write(both[index : index + 1])
        await writer.drain()
    assert await _frame(reader) == b"pay N1 paid 1200"
    assert await _frame(reader) == b"query N1 paid 1200"
    writer.close()


async def test_a_line_that_breaks_off_in_a_frame_leaves_the_host_to_others(counter: Counter) -> None:
    _, writer = await counter.connect()
    writer.write(counter.sale("N1")[:-1])
    writer.close()
    reader, writer = await counter.connect()
    writer.write(counter.sale("N2"))
    assert await _frame(reader) == b"pay N2 paid 1200"
    assert counter.state("N1") is None
    writer.close()


@pytest.mark.parametrize(
    ("fault", "received", "state"),
    [
        ("close", b"", None),
        ("lost_reply", b"", State.PAID),
        ("truncated", b"\x00\x10pay N1", State.PAID),
    ],
)
async def test_a_fault_that_hangs_up(counter: Counter, fault: str, received: bytes, state: State | None) -> None:
    counter.faults.arm(fault)
    reader, writer = await counter.connect()
    writer.write(counter.sale("N1"))
    assert await _rest(reader) == received
    assert counter.state("N1") is state
    writer.close()


@pytest.mark.parametrize(("fault", "state"), [("lost_request", None), ("half_open", State.PAID)])
async def test_a_fault_that_stays_silent(counter: Counter, fault: str, state: State | None) -> None:
    counter.faults.arm(fault)
    reader, writer = await counter.connect()
    writer.write(counter.sale("N1") + counter.frame("query N1"))
    other_reader, other = await counter.connect()
    other.write(counter.sale("N2"))
    assert await _frame(other_reader) == b"pay N2 paid 1200"  # the host is there, and has read what came before
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.05)
    assert counter.state("N1") is state
    for one in (writer, other):
        one.close()


async def test_an_answer_that_comes_twice_or_in_drops_or_late_is_the_same_answer(counter: Counter) -> None:
    reader, writer = await counter.connect()
    for fault, times in (("twice", 2), ("split", 1), ("late_reply", 1)):
        counter.faults.arm(fault)
        asked_s = counter.clock.monotonic()
        writer.write(counter.sale(fault))
        for _ in range(times):
            assert await _frame(reader) == f"pay {fault} paid 1200".encode()
    assert counter.clock.monotonic() - asked_s >= 12
    writer.close()


async def test_a_port_that_is_taken_is_told(counter: Counter, plain_host: Callable[..., Host]) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await listen(plain_host(counter.ledger, counter.clock, counter.faults), urlsplit(counter.line.url).port or 0)
