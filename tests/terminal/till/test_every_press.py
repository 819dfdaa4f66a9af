"""A real till in every state of a payment, against every press made twice: one payment at most, whatever is pressed."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from terminal.basket.basket import Item
from terminal.basket.catalogue import Catalogue
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, Reason, Refund, Scan, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Operation, Procedure, Reply, Request
from terminal.steps import Phase
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

GOODS, CODE, OTHER = "6903148091449", "134567890123456789", "134567890123456780"
MONEY, PART = Money(1000), Money(400)
CATALOGUE = Catalogue((Item("06903148091449", "矿泉水", "Water", MONEY),))
PROCEDURE = Procedure(30, 1, 1, 6, 1, (1,), 99, 604800, 5, decline_is_final=False, can_show=True)  # a quick wallet
WITHIN_S = 60.0


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


class Counter:
    def __init__(self, path: Path) -> None:
        clock = Clock(speed=10)
        self.wallet = Wallet()
        self.journal = Journal(path, wall=clock.wall, monotonic=clock.monotonic)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={"wechat": Acquirer("wechat", Words(), PROCEDURE, self.wallet)},
            contracts=[Contract("wechat", ("wechat",))],
            clock=clock,
            rng=random.Random(1),
            paper=Paper(PrinterConfig(), TillConfig()),
            catalogue=CATALOGUE,
        )
        self.till.start()

    @property
    def phase(self) -> Phase:
        return self.till.snapshot.step.phase

    def scan(self, code: str = CODE) -> None:
        self.till.scanned([Scan(code, Channel.SCANNER, 0.0)])

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not holds():
                await asyncio.sleep(0.001)

    async def pays(self, phase: Phase) -> None:
        self.scan(GOODS)
        self.scan()
        await self.until(lambda: self.phase is phase)


async def held(at: Counter) -> None:
    at.scan()
    at.scan(GOODS)


async def await_code(at: Counter) -> None:
    at.scan(GOODS)
    at.till.charge_due()


async def processing(at: Counter) -> None:
    at.wallet.is_held = {"pay"}
    await at.pays(Phase.PROCESSING)
    await at.until(lambda: "pay" in at.wallet.asked)


async def showing(at: Counter) -> None:
    at.wallet.says["query"] = "pending"
    at.scan(GOODS)
    at.till.show_due()
    await at.until(lambda: at.phase is Phase.SHOWING)


async def confirming(at: Counter) -> None:
    at.wallet.says |= {"pay": "pending", "query": "pending"}
    await at.pays(Phase.CONFIRMING)


async def checking(at: Counter) -> None:
    at.wallet.says["pay"] = "unknown"
    at.wallet.is_held = {"query"}
    await at.pays(Phase.CHECKING)


async def reversing(at: Counter) -> None:
    await confirming(at)
    at.wallet.is_held = {"reverse"}
    at.till.cancel()
    await at.until(lambda: at.phase is Phase.REVERSING and "reverse" in at.wallet.asked)


async def part_paid(at: Counter) -> None:
    at.scan(GOODS)
    at.till.charge(PART)
    at.scan()
    await at.until(lambda: at.phase is Phase.PART_PAID)


async def approved(at: Counter) -> None:
    await at.pays(Phase.APPROVED)


async def declined(at: Counter) -> None:
    at.wallet.says |= {"pay": "declined insufficient_funds", "query": "unknown not_found"}
    await at.pays(Phase.DECLINED)


async def reversed_(at: Counter) -> None:
    await confirming(at)
    at.till.cancel()
    await at.until(lambda: at.phase is Phase.REVERSED)


STATES: list[Callable[[Counter], Awaitable[None]]] = [
    *(held, await_code, processing, showing, confirming, checking, reversing, part_paid, approved, declined, reversed_)
]
MAY_BE_CHARGED = (held, await_code, declined, reversed_)  # goods lie there and nothing is paid or under way
PRESSES: dict[str, Callable[[Counter], None]] = {
    "pay": lambda at: at.till.charge(MONEY if at.phase is not Phase.PART_PAID else MONEY - PART),
    "pay all that is due": lambda at: at.till.charge_due(),
    "cancel": lambda at: at.till.cancel(),
    "keep": lambda at: at.till.keep(),
    "ask now": lambda at: at.till.query_now(),
    "go on": lambda at: at.till.dismiss(),
    "the same code": lambda at: at.scan(),
    "another code": lambda at: at.scan(OTHER),
}


@pytest.mark.parametrize("press", PRESSES)
async def test_pressed_twice_it_is_one_payment_and_every_code_is_charged_once(tmp_path: Path, press: str) -> None:
    found = await asyncio.gather(*(_pressed(tmp_path / state.__name__, state, press) for state in STATES))
    assert {name: wrong for name, wrong in found if wrong} == {}


async def _pressed(folder: Path, state: Callable[[Counter], Awaitable[None]], press: str) -> tuple[str, list[str]]:
    """The state's name, and what was wrong after two such presses in it."""
    folder.mkdir()
    at = Counter(folder / "journal.db")
    await state(at)
    before = len(at.wallet.charged)
    for _ in range(2):
        PRESSES[press](at)
    at.wallet.let_go()
    await at.until(lambda: not at.phase.is_paying and not at.till.snapshot.open_attempts)
    charged, attempts = at.wallet.charged, at.journal.attempts()
    rules = {
        "a code was charged twice": len(charged) == len(set(charged)),
        "charged beside another payment": len(charged) - before <= (state in MAY_BE_CHARGED),
        "paid twice": [one.state for one in attempts].count(State.APPROVED) <= 1,
        "charged without an attempt in the books": len(attempts) >= len(charged),
    }
    await at.till.stop()
    return state.__name__, [wrong for wrong, holds in rules.items() if not holds]
