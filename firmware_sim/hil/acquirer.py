"""The role `acquirer`: the hosts that are paid at, what their books hold, and what goes wrong with them."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from firmware_sim.control import ask
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person
from firmware_sim.sandbox import Sandbox
from terminal.clock import Clock

LOOKS_AGAIN_S = 0.05


class Acquirer(Protocol):
    @property
    def config(self) -> Sequence[dict[str, Any]]:
        """The `[[acquirer]]` tables of a till that is its merchant's."""
        ...

    def credentials(self, host: str) -> dict[str, Any]:
        """The address, ids and keys that anybody's SDK wants of this host."""
        ...

    def ledger(self, order: str) -> int:
        """What the merchant has of an order, in fen: nothing of one that nobody paid."""
        ...

    def wait_for(self, order: str, fen: int) -> None:
        """Until the merchant has so much of it; TimeoutError."""
        ...

    def fault(self, name: str, on: str = "pay", times: int = 1) -> None:
        """The next such calls go wrong: docs/sandbox.md names the faults and the operations."""
        ...

    def down(self) -> None:
        """Nobody answers any more."""
        ...

    def up(self) -> None: ...

    def mend(self) -> None:
        """After a test: up, with no fault waiting."""
        ...


class SimAcquirer:
    """A sandbox on a thread of its own; its books and keys outlast its being down."""

    def __init__(self, state: Path, clock: Clock, within_s: float) -> None:
        self._state, self._clock, self._within_s = state, clock, within_s
        self._port = 0  # of the first time, for ever after
        self._ready: dict[str, Any] = {}
        self._failed: BaseException | None = None
        self._is_up = threading.Event()
        self._end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def config(self) -> Sequence[dict[str, Any]]:
        tables: list[dict[str, Any]] = self._ready["acquirer"]
        return tables

    def credentials(self, host: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ready["hosts"][host]
        return found

    def ask(self, what: str, **question: object) -> Any:
        """Anything else that a sandbox's control address knows; raises ValueError with what it says."""
        return ask(self._ready["control"], what, question)

    def ledger(self, order: str) -> int:
        return int(self.ask("books")["net_fen"].get(order, 0))

    def wait_for(self, order: str, fen: int) -> None:
        ends_s = time.monotonic() + self._within_s
        while (net := self.ledger(order)) != fen:
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{net} fen of {order} are in the books, not {fen}, after {self._within_s:g} s")
            time.sleep(LOOKS_AGAIN_S)

    def fault(self, name: str, on: str = "pay", times: int = 1) -> None:
        self.ask("fault", name=name, operation=on, times=times)

    def mend(self) -> None:
        self.up()
        self.ask("disarm")

    def down(self) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()
            self._thread = None

    def up(self) -> None:
        """Raises what keeps it from starting."""
        if self._thread is not None:
            return
        self._is_up.clear()
        self._failed = None
        self._thread = threading.Thread(target=self._run, name="acquirer", daemon=True)
        self._thread.start()
        self._is_up.wait()
        if self._failed is not None:
            self._thread = None
            raise self._failed

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to whoever started us, in their thread
            self._failed = error
            self._is_up.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with Sandbox(self._state, clock=self._clock, port=self._port).running() as ready:
            self._ready = ready
            self._port = int(self.credentials("wechat")["url"].rsplit(":", 1)[1])
            self._is_up.set()
            await self._end.wait()


class RealAcquirer:
    """Somebody else's: its books are read by a person, and nothing can be made to go wrong with it."""

    def __init__(self, tables: Sequence[dict[str, Any]], person: Person) -> None:
        self._tables, self._person = tables, person
        self._is_cut = False

    @property
    def config(self) -> Sequence[dict[str, Any]]:
        return self._tables

    def credentials(self, host: str) -> dict[str, Any]:
        return next(table for table in self._tables if host in (table.get("name"), table["scheme"]))

    def ledger(self, order: str) -> int:
        return int(self._person.types(f"How many fen has the merchant of order {order}, by the acquirer's own page?"))

    def wait_for(self, order: str, fen: int) -> None:
        if not self._person.confirms(f"Has the merchant {fen} fen of order {order}, by the acquirer's own page?"):
            raise TimeoutError(f"{fen} fen of {order} are not in the books")

    def fault(self, name: str, on: str = "pay", times: int = 1) -> None:
        pytest.skip(f"a real acquirer cannot be told to do this: {name}, {times} times on {on}")

    def down(self) -> None:
        self._person.done("Cut the line to the acquirer")
        self._is_cut = True

    def up(self) -> None:
        self._person.done("Join the line to the acquirer again")
        self._is_cut = False

    def mend(self) -> None:
        if self._is_cut:
            self.up()


@contextmanager
def acquirer_of(bench: Bench, state: Path, clock: Clock, person: Person) -> Iterator[Acquirer]:
    if bench.is_real("acquirer"):
        yield RealAcquirer(bench.tables["acquirer"], person)
        return
    sim = SimAcquirer(state, clock, bench.within_s)
    sim.up()
    try:
        yield sim
    finally:
        sim.down()
