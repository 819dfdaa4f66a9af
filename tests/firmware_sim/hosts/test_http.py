"""The hosts on a real socket of this machine, and what faults do to the bytes on it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

import pytest

from firmware_sim.faults import FAULTS, Delivery, Faults
from firmware_sim.hosts.http import Running, serve
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock
from terminal.model import Order, PaymentCode, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.wire import WechatWire

DEADLINE_S = 60.0
SPEED = 50.0  # a late reply is twelve seconds late by the world's clock


@dataclass
class Counter:
    running: Running
    faults: Faults
    ledger: Ledger
    clock: Clock
    wire: WechatWire
    mchid: str

    @property
    def address(self) -> tuple[str, int]:
        url = urlsplit(self.running.url)
        assert url.hostname
        assert url.port
        return url.hostname, url.port

    def order(self, number: str) -> Order:
        self.ledger.add_customer(Customer(number), 5000)
        code = Phone(number, self.ledger, self.clock, Random(number)).code()
        return Order(number, "S1", Money(1234), PaymentCode("wechat", code))

    def request(self, operation: Operation, order: Order) -> Request:
        return self.wire.request(operation, order, now_s=int(self.clock.wall()), nonce=f"{operation}{order.order_id}")

    @property
    def paid(self) -> list[str]:
        return [line.order_no for line in self.ledger.books(self.mchid) if line.net]


@pytest.fixture
async def counter(wechat_keys: Keys, wechat_credentials: Credentials) -> AsyncIterator[Counter]:
    clock, ledger, faults = Clock(speed=SPEED), Ledger(), Faults()
    running = await serve([WechatHost(ledger, wechat_keys, clock, faults)])
    yield Counter(running, faults, ledger, clock, WechatWire(wechat_credentials), wechat_keys.mchid)
    await running.close()


def _bytes(request: Request, *, target: str = "") -> bytes:
    headers = {"Host": "127.0.0.1", **request.headers, "Content-Length": len(request.body)}
    lines = [f"{request.method} {target or request.path} HTTP/1.1", *(f"{key}: {headers[key]}" for key in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


async def _exchange(counter: Counter, sent: bytes) -> bytes:
    """Everything that comes back before the host closes the connection, which it is asked to do."""
    reader, writer = await asyncio.open_connection(*counter.address)
    writer.write(sent.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    try:
        return await asyncio.wait_for(reader.read(), DEADLINE_S)
    finally:
        writer.close()


def _reply(received: bytes) -> Reply:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert int(headers["content-length"]) == len(body)
    return Reply(int(status.split()[1]), headers, body)


async def test_a_charge_goes_over_the_wire(counter: Counter) -> None:
    order = counter.order("POS0100001")
    reply = _reply(await _exchange(counter, _bytes(counter.request(Operation.PAY, order))))
    answer = counter.wire.answer(Operation.PAY, order, reply, now_s=int(counter.clock.wall()))
    assert answer.verdict is Verdict.APPROVED
    assert counter.paid == ["POS0100001"]


async def test_a_whole_url_as_target_is_taken_as_its_path(counter: Counter) -> None:
    order = counter.order("POS0100001")
    request = counter.request(Operation.QUERY, order)
    reply = _reply(await _exchange(counter, _bytes(request, target=counter.running.url + request.path)))
    assert reply.status == 404
    assert b"ORDER_NOT_EXIST" in reply.body


async def test_a_path_of_nobodys_and_a_body_of_any_size_are_refused(counter: Counter) -> None:
    assert _reply(await _exchange(counter, b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n")).status == 404
    huge = b"POST /v3/pay/transactions/codepay HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2000000
    assert (await _exchange(counter, huge)).startswith(b"HTTP/1.1 413")
    assert (await _exchange(counter, b"\x00\xff\r\n\r\n")).startswith(b"HTTP/1.0 400")


async def test_only_loopback_is_served_and_the_port_may_be_chosen(counter: Counter) -> None:
    assert counter.address[0] == "127.0.0.1"
    with pytest.raises(OSError, match="address already in use"):
        await serve([], counter.address[1])


@pytest.mark.parametrize("name", ["lost_reply", "truncated", "twice", "late_reply", "bad_signature", "error_500"])
async def test_what_is_carried_out_stays_carried_out_whatever_becomes_of_the_reply(counter: Counter, name: str) -> None:
    order = counter.order("POS0100001")
    counter.faults.arm(name, Operation.PAY)
    await _exchange(counter, _bytes(counter.request(Operation.PAY, order)))
    assert counter.paid == ["POS0100001"]


async def test_a_lost_reply_is_a_closed_connection_and_no_bytes(counter: Counter) -> None:
    for name in ("lost_reply", "close"):
        counter.faults.arm(name)
        sent = _bytes(counter.request(Operation.PAY, counter.order(f"POS-{name}")))
        assert await _exchange(counter, sent) == b""
    assert counter.paid == ["POS-lost_reply"]


async def test_a_lost_request_is_answered_by_nothing_at_all(counter: Counter) -> None:
    counter.faults.arm("lost_request")
    reader, writer = await asyncio.open_connection(*counter.address)
    writer.write(_bytes(counter.request(Operation.PAY, counter.order("POS0100001"))))
    other = _reply(await _exchange(counter, _bytes(counter.request(Operation.QUERY, counter.order("POS0100002")))))
    assert other.status == 404  # the host is there for others, and has read what came before
    assert counter.faults.waiting == ()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.05)
    assert counter.paid == []
    writer.close()


async def test_a_late_reply_comes_when_it_is_no_use_any_more(counter: Counter) -> None:
    counter.faults.arm("late_reply")
    sent = _bytes(counter.request(Operation.PAY, counter.order("POS0100001")))
    asked_s = counter.clock.monotonic()
    reply = _reply(await _exchange(counter, sent))
    assert reply.status == 200
    assert counter.clock.monotonic() - asked_s >= 12


async def test_half_a_reply_promises_more_than_comes(counter: Counter) -> None:
    counter.faults.arm("truncated")
    received = await _exchange(counter, _bytes(counter.request(Operation.PAY, counter.order("POS0100001"))))
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < length


async def test_a_reply_that_comes_twice_is_the_same_reply(counter: Counter) -> None:
    counter.faults.arm("twice")
    received = await _exchange(counter, _bytes(counter.request(Operation.PAY, counter.order("POS0100001"))))
    half = len(received) // 2
    assert received[:half] == received[half:]
    assert _reply(received[:half]).status == 200
    assert counter.paid == ["POS0100001"]


async def test_a_reply_that_comes_a_byte_at_a_time_is_the_same_reply(counter: Counter) -> None:
    counter.faults.arm("split")
    reply = _reply(await _exchange(counter, _bytes(counter.request(Operation.PAY, counter.order("POS0100001")))))
    assert (reply.status, reply.headers["wechatpay-signature-type"]) == (200, "WECHATPAY2-SHA256-RSA2048")


async def test_a_line_that_stays_open_and_silent_may_have_carried_the_payment_out(counter: Counter) -> None:
    counter.faults.arm("half_open", Operation.PAY)
    reader, writer = await asyncio.open_connection(*counter.address)
    writer.write(_bytes(counter.request(Operation.PAY, counter.order("POS0100001"))))
    await _exchange(counter, _bytes(counter.request(Operation.QUERY, counter.order("POS0100002"))))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.05)
    assert counter.paid == ["POS0100001"]
    writer.close()


async def test_a_request_asks_for_a_fault_of_its_own_in_a_header(counter: Counter) -> None:
    sent = _bytes(counter.request(Operation.PAY, counter.order("POS0100001")))
    asking = sent.replace(b"\r\n", b"\r\nX-Saoma-Fault: refuse=BANKERROR\r\n", 1)
    assert b"BANKERROR" in _reply(await _exchange(counter, asking)).body
    assert counter.paid == []


def test_every_way_of_delivery_is_played_by_some_fault() -> None:
    assert {fault.delivery for fault in FAULTS.values()} == set(Delivery)
