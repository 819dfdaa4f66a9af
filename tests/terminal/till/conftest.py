"""A till and acquirers that answer as told: where most stories of the counter begin."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.devices.printer import Printer
from terminal.basket.basket import Basket
from terminal.basket.handling import Act, Handling
from terminal.books.journal import Journal
from terminal.books.salvage import open_books
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Channel, Order, Reason, Refund, Scan, State, Verdict
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Notified, Operation, Procedure, Reply, Request
from terminal.steps import Event, Laid, Notice, Phase, Step
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

DEADLINE_S = 60.0
SHOWN = "weixin://wxpay/bizpayurl?pr=1"
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)

Said = str | Exception


class Words:
    """A wire whose replies say the verdict outright, and perhaps the reason: `declined insufficient_funds`."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, str(order.money.minor).encode())

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", operation, {}, str(refund.money.minor).encode())

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        verdict, _, reason = reply.body.decode().partition(" ")
        return Answer(Verdict(verdict), Reason(reason), shown_code=SHOWN if operation is Operation.SHOW else "")

    def notified(self, request: Request, *, now_s: int) -> Notified:
        return Notified(request.body.decode(), Reply(200, {}, b"thanks"))


class Line:
    """An acquirer that says what each operation was told to, once it is no longer held; the last answer repeats."""

    def __init__(self) -> None:
        self.says: dict[str, Said | list[Said]] = {"pay": "approved", "query": "unknown not_found"}
        self.says |= {"reverse": "reversed", "show": "pending", "close": "reversed"}
        self.says |= {"refund": "approved", "refund_query": "unknown not_found"}
        self.asked: list[tuple[str, int]] = []  # what, and about how much
        self.hold: asyncio.Event | None = None

    @property
    def heard(self) -> list[str]:
        return [operation for operation, _ in self.asked]

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.asked.append((request.path, int(request.body or b"0")))
        if self.hold is not None:
            await self.hold.wait()
        said = self.says[request.path]
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(said, Exception):
            raise said
        return Reply(200, {}, said.encode())

    async def close(self) -> None:
        pass


class Counter:
    """A till, the lines to its acquirers, and what was said. No wait is left out; each passes a hundred times faster.

    `takes` are the wallets that each acquirer takes; `facts` are the till's own.
    """

    def __init__(
        self,
        path: Path,
        *,
        takes: Mapping[str, tuple[str, ...]],
        wire: Callable[[], Any] = Words,
        line: Callable[[], Any] = Line,
        procedure: Procedure = PROCEDURE,
        clock: Clock | None = None,
        books: Callable[..., Journal] = Journal,
        printer: PrinterConfig | None = None,
        **facts: Any,
    ) -> None:
        self.clock = clock or Clock(speed=100)
        self.lines = {name: line() for name in takes}
        self.journal, _ = open_books(path, wall=self.clock.wall, monotonic=self.clock.monotonic, kind=books)
        self.till = Till(
            terminal_id="POS01",
            journal=self.journal,
            acquirers={name: Acquirer(name, wire(), procedure, line) for name, line in self.lines.items()},
            contracts=[Contract(name, networks) for name, networks in takes.items()],
            clock=self.clock,
            rng=random.Random(1),
            paper=Paper(printer or PrinterConfig(), TillConfig()),
            **facts,
        )
        self.events: list[Event] = []
        self.till.subscribe(self.events.append)

    @property
    def line(self) -> Any:
        """Of the first acquirer."""
        return next(iter(self.lines.values()))

    # What stands on the screen, and stood there; what stands in the books.

    @property
    def step(self) -> Step:
        return self.till.snapshot.step

    @property
    def laid(self) -> Laid:
        return self.till.snapshot.laid

    @property
    def basket(self) -> Basket:
        return self.laid.basket

    @property
    def phases(self) -> list[Phase]:
        phases = [event.phase for event in self.events if isinstance(event, Step)]
        return [phase for place, phase in enumerate(phases) if place == 0 or phases[place - 1] is not phase]

    @property
    def notices(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, Notice)]

    @property
    def states(self) -> list[State]:
        return [attempt.state for attempt in self.journal.attempts()]

    # What happens at the counter.

    def scan(self, *texts: str, channel: Channel = Channel.SCANNER) -> None:
        """One after the other."""
        for text in texts:
            self.till.scanned([Scan(text, channel, 0.0)])

    def sees(self, *texts: str, at_s: float = 0.0) -> None:
        """All in one picture."""
        self.till.scanned([Scan(text, Channel.CAMERA, at_s) for text in texts])

    def does(self, act: Act, number: int = 0, line: int | None = None, code: str = "") -> None:
        self.till.handle(Handling(act, number, line, code))

    async def sell(self, money: Money, code: str) -> str:
        """The number of the order, once it is paid."""
        self.till.dismiss()
        self.till.charge(money)
        self.scan(code)
        return (await self.ends(Phase.APPROVED)).order_id

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                await asyncio.sleep(0.001)

    async def ends(self, *phases: Phase) -> Step:
        """Wait for one of these."""
        await self.until(lambda: self.step.phase in phases)
        return self.step


@pytest.fixture
async def open_counter(tmp_path: Path) -> AsyncIterator[Callable[..., Counter]]:
    """Opens a till; once more, after a stop or a crash, on the books that it left."""
    opened: list[Counter] = []

    def open_(path: Path = tmp_path / "journal.db", **options: Any) -> Counter:
        opened.append(Counter(path, **{"takes": {"wechat": ("wechat",)}} | options))
        opened[-1].till.start()
        return opened[-1]

    yield open_
    for counter in opened:
        await counter.till.stop()


@pytest.fixture
async def counter(open_counter: Callable[..., Counter]) -> Counter:
    return open_counter()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Printer]:
    with Printer(tmp_path / "paper") as printer:
        yield printer
