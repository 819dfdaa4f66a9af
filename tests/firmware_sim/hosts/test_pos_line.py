"""The whole line: a till's flow, wire and transport against the acquirer behind a real socket, faults and all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.framed import listen
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.hosts.unionpay_pos_keys import load_or_make
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock
from terminal.errors import NoAnswer
from terminal.model import Answer, Order, PaymentCode, Reason, State, Verdict
from terminal.money import Money
from terminal.payment.actions import Ask, Flow, Told, Wait, Woken, Write
from terminal.payment.flow import finish, pay
from terminal.scheme import Operation, Reply, Request, Till
from terminal.schemes.unionpay_pos import SCHEME
from terminal.schemes.unionpay_pos.settings import Settings, connect
from terminal.transport.framed import FramedTransport

SPEED = 150.0  # a minute of listening passes in 0.4 s


class Counter:
    """What a till's performer does on this line, and no more."""

    def __init__(self, state: Path, *, keeps_line: bool) -> None:
        self.clock = Clock(SPEED)
        self.ledger, self.faults = Ledger(), Faults()
        self.keys = load_or_make(state)
        self.host = PosHost(self.ledger, self.keys, self.clock, self.faults, rng=Random(1))
        settings = Settings(
            self.keys.terminal_no, self.keys.merchant_no, self.keys.files.master_key, keeps_line=keeps_line
        )
        self.wire = connect(settings, Till("POS01", ""))
        self.carrier = FramedTransport("tcp://127.0.0.1:9")  # replaced once the host listens
        self._numbers = count(2)

    def order(self, **traits: Any) -> Order:
        trace = next(self._numbers)
        customer = Customer(f"c{trace}", wallet="unionpay", **traits)
        self.ledger.add_customer(customer, 500_000)
        code = Phone(customer.id, self.ledger, self.clock, Random(trace)).code()
        return Order(f"POS01{trace}", "S1", Money(1234), PaymentCode("unionpay", code), trace=trace)

    async def ask(self, operation: Operation, order: Order) -> Answer:
        now_s = int(self.clock.wall())
        if opening := self.wire.opening(now_s=now_s):
            assert self.wire.opened(await self.exchange(opening)).verdict is Verdict.APPROVED
        try:
            reply = await self.exchange(self.wire.request(operation, order, now_s=now_s, nonce=""))
        except NoAnswer:
            return Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
        return self.wire.answer(operation, order, reply, now_s=now_s)

    async def exchange(self, request: Request) -> Reply:
        return await self.carrier.exchange(request, timeout_s=self.clock.real(SCHEME.procedure.answer_within_s))

    async def perform(self, flow: Flow) -> tuple[list[State], Answer]:
        """The states that a flow writes down, and what it tells the cashier."""
        written: list[State] = []
        told: Told = None
        try:
            while True:
                action = flow.send(told)
                told = None
                if isinstance(action, Write):
                    written.append(action.state)
                elif isinstance(action, Wait):
                    await self.clock.sleep(action.until_s - self.clock.monotonic())
                    told = Woken.ELAPSED
                elif isinstance(action, Ask):
                    told = await self.ask(action.operation, action.order)
        except StopIteration as end:
            return written, end.value

    def net(self, order: Order) -> int:
        number = f"{self.keys.terminal_no}{self.wire.desk.batch}{order.trace:06}"
        return {line.order_no: line.net for line in self.ledger.books(self.keys.merchant_no)}.get(number, 0)


@pytest.fixture(params=[False, True], ids=["dials", "keeps the line"])
async def counter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Counter]:
    counter = Counter(tmp_path, keeps_line=request.param)
    line = await listen(counter.host)
    counter.carrier = FramedTransport(line.url, counter.wire.is_reply)
    yield counter
    await counter.carrier.close()
    await line.close()
    assert counter.ledger.check() == []


async def test_sales_are_paid_one_after_the_other(counter: Counter) -> None:
    for _ in range(3):
        order = counter.order()
        assert (await counter.ask(Operation.PAY, order)).verdict is Verdict.APPROVED
        assert counter.net(order) == 1234


@pytest.mark.parametrize("fault", ["split", "twice"])
async def test_a_reply_in_pieces_or_twice_is_one_reply(fault: str, counter: Counter) -> None:
    first, second = counter.order(), counter.order()
    counter.faults.arm(fault, Operation.PAY)
    assert (await counter.ask(Operation.PAY, first)).verdict is Verdict.APPROVED
    answer = await counter.ask(Operation.PAY, second)
    assert answer.verdict is Verdict.APPROVED
    assert (counter.net(first), counter.net(second)) == (1234, 1234)


@pytest.mark.parametrize("fault", ["lost_reply", "half_open", "late_reply", "truncated", "lost_request", "close"])
async def test_a_reply_that_does_not_come_is_taken_back_at_once(fault: str, counter: Counter) -> None:
    order, following = counter.order(), counter.order()
    counter.faults.arm(fault, Operation.PAY)
    assert await counter.ask(Operation.PAY, order) == Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
    assert (await counter.ask(Operation.REVERSE, replace(order, code=None))).verdict is Verdict.REVERSED
    assert (await counter.ask(Operation.PAY, following)).verdict is Verdict.APPROVED
    assert (counter.net(order), counter.net(following)) == (0, 1234)


@pytest.mark.parametrize(
    ("fault", "written", "verdict", "net"),
    [
        ("split", [State.INTENT, State.APPROVED], Verdict.APPROVED, 1234),
        ("refuse=risk", [State.INTENT, State.CLOSED], Verdict.DECLINED, 0),
        ("lost_reply", [State.INTENT, State.REVERSING, State.REVERSED], Verdict.REVERSED, 0),
        ("bad_signature", [State.INTENT, State.REVERSING, State.REVERSED], Verdict.REVERSED, 0),
        ("lost_request", [State.INTENT, State.REVERSING, State.REVERSED], Verdict.REVERSED, 0),
    ],
)
async def test_the_flow_of_every_wallet_carries_a_pos_sale_to_its_end(
    fault: str, written: list[State], verdict: Verdict, net: int, counter: Counter
) -> None:
    order = counter.order()
    counter.faults.arm(fault, Operation.PAY)
    states, answer = await counter.perform(pay(order, SCHEME.procedure, counter.clock.monotonic))
    assert (states, answer.verdict, counter.net(order)) == (written, verdict, net)


async def test_what_a_power_cut_left_open_is_reversed_and_closed_after_the_horizon(counter: Counter) -> None:
    order = counter.order()
    assert (await counter.ask(Operation.PAY, order)).verdict is Verdict.APPROVED
    now_s = counter.clock.monotonic()
    left = finish(replace(order, code=None), State.INTENT, SCHEME.procedure, counter.clock.monotonic, now_s)
    states, answer = await counter.perform(left)
    assert states == [State.REVERSING, State.REVERSED, State.CLOSED]
    assert counter.clock.monotonic() >= now_s + SCHEME.procedure.horizon_s
    assert (answer.verdict, counter.net(order)) == (Verdict.REVERSED, 0)


async def test_a_customer_may_type_a_password_while_the_line_waits(counter: Counter) -> None:
    typed, never = counter.order(needs_password=True), counter.order(needs_password=True, types_after_s=None)
    assert (await counter.ask(Operation.PAY, typed)).verdict is Verdict.APPROVED
    assert await counter.ask(Operation.PAY, never) == Answer(Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP, "55")
    assert (counter.net(typed), counter.net(never)) == (1234, 0)


async def test_who_speaks_no_frames_is_hung_up_on_and_nobody_else_notices(counter: Counter) -> None:
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0", b"\xff\xff" + bytes(70000), b"\0\x02ab"):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(counter.carrier.base_url.rpartition(":")[2]))
        writer.write(noise)
        writer.write_eof()
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    assert (await counter.ask(Operation.PAY, counter.order())).verdict is Verdict.APPROVED
