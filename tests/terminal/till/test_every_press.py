"""A real till in every state of a payment, against every press made twice: one payment at most, whatever is pressed."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.basket.basket import Item
from terminal.basket.catalogue import Catalogue
from terminal.clock import Clock
from terminal.model import Answer, Order, Reason, Refund, State, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Phase

GOODS, CODE, OTHER = "6903148091449", "134567890123456789", "134567890123456780"
MONEY, PART = Money(1000), Money(400)
CATALOGUE = Catalogue((Item("06903148091449", "矿泉水", "Water", MONEY),))
PROCEDURE = Procedure(30, 1, 1, 6, 1, (1,), 99, 604800, 5, decline_is_final=False, can_show=True)  # a quick wallet


class Words:
    """A wire whose replies say the verdict outright."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, order.code.digits.encode() if order.code else b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, b"")

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        verdict, _, reason = reply.body.decode().partition(" ")
        shown = "weixin://1" if operation is Operation.SHOW else ""
        return Answer(Verdict(verdict), Reason(reason), shown_code=shown)


class Wallet:
    """Says what it is told to, once it may; remembers who was charged, and whether two were at a time."""

    def __init__(self) -> None:
        self.says = {"pay": "approved", "query": "approved", "reverse": "reversed", "show": "pending"}
        self.says |= {"close": "reversed", "refund": "approved"}
        self.is_held: set[str] = set()
        self.charged: list[str] = []
        self.asked: list[str] = []
        self._let_go = asyncio.Event()

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.asked.append(request.path)
        if request.path == "pay":
            self.charged.append(request.body.decode())
        if request.path in self.is_held:
            await self._let_go.wait()
        return Reply(200, {}, self.says[request.path].encode())

    def let_go(self) -> None:
        self.says |= {"query": "approved"}
        self.is_held.clear()
        self._let_go.set()

    async def close(self) -> None:
        pass


Opens = Callable[[str], Any]  # a counter with books of that name


@pytest.fixture
def opened(open_counter: Callable[..., Any], tmp_path: Path) -> Opens:
    own = {"wire": Words, "line": Wallet, "procedure": PROCEDURE, "catalogue": CATALOGUE}
    return lambda name: open_counter(tmp_path / f"{name}.db", clock=Clock(speed=10), **own)


async def pays(at: Any, phase: Phase) -> None:
    at.scan(GOODS, CODE)
    await at.ends(phase)


async def held(at: Any) -> None:
    at.scan(CODE)
    at.scan(GOODS)


async def await_code(at: Any) -> None:
    at.scan(GOODS)
    at.till.charge_due()


async def processing(at: Any) -> None:
    at.line.is_held = {"pay"}
    await pays(at, Phase.PROCESSING)
    await at.until(lambda: "pay" in at.line.asked)


async def showing(at: Any) -> None:
    at.line.says["query"] = "pending"
    at.scan(GOODS)
    at.till.show_due()
    await at.ends(Phase.SHOWING)


async def confirming(at: Any) -> None:
    at.line.says |= {"pay": "pending", "query": "pending"}
    await pays(at, Phase.CONFIRMING)


async def checking(at: Any) -> None:
    at.line.says["pay"] = "unknown"
    at.line.is_held = {"query"}
    await pays(at, Phase.CHECKING)


async def reversing(at: Any) -> None:
    await confirming(at)
    at.line.is_held = {"reverse"}
    at.till.cancel()
    await at.until(lambda: at.step.phase is Phase.REVERSING and "reverse" in at.line.asked)


async def part_paid(at: Any) -> None:
    at.scan(GOODS)
    at.till.charge(PART)
    at.scan(CODE)
    await at.ends(Phase.PART_PAID)


async def approved(at: Any) -> None:
    await pays(at, Phase.APPROVED)


async def declined(at: Any) -> None:
    at.line.says |= {"pay": "declined insufficient_funds", "query": "unknown not_found"}
    await pays(at, Phase.DECLINED)


async def reversed_(at: Any) -> None:
    await confirming(at)
    at.till.cancel()
    await at.ends(Phase.REVERSED)


STATES: list[Callable[[Any], Awaitable[None]]] = [
    *(held, await_code, processing, showing, confirming, checking, reversing, part_paid, approved, declined, reversed_)
]
MAY_BE_CHARGED = (held, await_code, declined, reversed_)  # goods lie there and nothing is paid or under way
PRESSES: dict[str, Callable[[Any], None]] = {
    "pay": lambda at: at.till.charge(MONEY if at.step.phase is not Phase.PART_PAID else MONEY - PART),
    "pay all that is due": lambda at: at.till.charge_due(),
    "cancel": lambda at: at.till.cancel(),
    "keep": lambda at: at.till.keep(),
    "ask now": lambda at: at.till.query_now(),
    "go on": lambda at: at.till.dismiss(),
    "the same code": lambda at: at.scan(CODE),
    "another code": lambda at: at.scan(OTHER),
}


@pytest.mark.parametrize("press", PRESSES)
async def test_pressed_twice_it_is_one_payment_and_every_code_is_charged_once(opened: Opens, press: str) -> None:
    found = await asyncio.gather(*(_pressed(opened(state.__name__), state, press) for state in STATES))
    assert {name: wrong for name, wrong in found if wrong} == {}


async def _pressed(at: Any, state: Callable[[Any], Awaitable[None]], press: str) -> tuple[str, list[str]]:
    """The state's name, and what was wrong after two such presses in it."""
    await state(at)
    before = len(at.line.charged)
    for _ in range(2):
        PRESSES[press](at)
    at.line.let_go()
    await at.until(lambda: not at.step.phase.is_paying and not at.till.snapshot.open_attempts)
    charged, attempts = at.line.charged, at.journal.attempts()
    rules = {
        "a code was charged twice": len(charged) == len(set(charged)),
        "charged beside another payment": len(charged) - before <= (state in MAY_BE_CHARGED),
        "paid twice": [one.state for one in attempts].count(State.APPROVED) <= 1,
        "charged without an attempt in the books": len(attempts) >= len(charged),
    }
    return state.__name__, [wrong for wrong, holds in rules.items() if not holds]
