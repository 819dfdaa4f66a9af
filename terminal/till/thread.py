"""The till on a loop of its own in a thread of its own, and the port through which a screen talks to it.

A terminal that stops reading freezes the screen's loop for seconds; the till must not notice. Commands are posted
and answered by events; nothing here waits for a screen, and a screen waits for nothing here.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from terminal.basket.basket import Item
from terminal.basket.handling import Handling
from terminal.books.journal import JournalReader
from terminal.books.listing import Group, Listing, Page, Story, Wanted
from terminal.clock import Clock
from terminal.model import Channel, Entry, Scan
from terminal.money import Money
from terminal.steps import DeviceKind, DeviceState, Event, Notice, Preview, Snapshot
from terminal.till.checks import Check, Device
from terminal.till.due import Due, dues
from terminal.till.paper import Paper
from terminal.till.till import Till


class TillThread:
    """Starts a till, passes commands in and events out."""

    def __init__(
        self,
        make: Callable[[], Till],
        *,
        clock: Clock,
        journal_path: Path,
        paper: Paper,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.clock = clock
        self.preview: Callable[[], Preview | None] = lambda: None
        self.rings: Callable[[], bool] = lambda: False
        self.mute: Callable[[], bool] = lambda: True
        self._make = make
        self._journal_path = journal_path
        self._paper = paper
        self._loop = loop or asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="till", daemon=True)
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._till: Till

    def start(self) -> None:
        """Open the books, take up what was left open; raises what the till's making raised."""
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """End cleanly and wait for it."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._till.stop(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def answers(self, within_s: float) -> bool:
        """Whether its loop still turns, for a watchdog, which may wait."""
        turned = threading.Event()
        self._post(turned.set)
        return turned.wait(within_s)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """`listener` is called on the till's thread and must not block."""
        return self._till.subscribe(listener)

    def snapshot(self) -> Snapshot:
        return self._till.snapshot  # replaced whole, never changed: safe to read from any thread

    def charge(self, money: Money, sale_total: Money | None = None) -> None:
        self._post(lambda: self._till.charge(money, sale_total))

    def show_code(self, money: Money, acquirer: str = "", sale_total: Money | None = None) -> None:
        self._post(lambda: self._till.show_code(money, acquirer, sale_total))

    def charge_due(self) -> None:
        self._post(self._till.charge_due)

    def show_due(self) -> None:
        self._post(self._till.show_due)

    def handle(self, handling: Handling) -> None:
        self._post(lambda: self._till.handle(handling))

    def search(self, text: str) -> list[Item]:
        """Items of the catalogue by name or number; it never changes, so any thread may look."""
        return self._till.catalogue.search(text)

    def give_back_parts(self) -> None:
        self._post(self._till.give_back_parts)

    def keep(self) -> None:
        self._post(self._till.keep)

    def refund(self, order_id: str, money: Money, reason: str = "") -> None:
        self._post(lambda: self._till.refund(order_id, money, reason))

    def take_back_last(self) -> None:
        self._post(self._till.take_back_last)

    def cancel(self) -> None:
        self._post(self._till.cancel)

    def query_now(self) -> None:
        self._post(self._till.query_now)

    def dismiss(self) -> None:
        self._post(self._till.dismiss)

    def typed(self, text: str) -> None:
        self.scanned([Scan(text, Channel.KEYBOARD, 0.0, source="keyboard")])

    def scanned(self, scans: Sequence[Scan]) -> None:
        self._post(lambda: self._till.scanned(scans))

    def device(self, state: DeviceState) -> None:
        self._post(lambda: self._till.device(state))

    def say(self, notice: Notice) -> None:
        self._post(lambda: self._till.say(notice))

    def entries(self, limit: int) -> list[Entry]:
        """The newest entries, oldest first; reads the file, so not for a loop that must stay quick."""
        with closing(JournalReader(self._journal_path)) as reader:
            return reader.entries(last=limit)

    def page(self, wanted: Wanted, first: int, size: int) -> Page:
        """Payments as they are looked for; reads the file as `entries` does, and so do these."""
        with closing(Listing(self._journal_path)) as books:
            return books.page(wanted, first, size)

    def story(self, order_id: str) -> Story | None:
        """All that is known of a payment."""
        with closing(Listing(self._journal_path)) as books:
            return books.story(order_id)

    def groups(self, begins_ms: int, ends_ms: int) -> list[Group]:
        """What was begun between two moments, added up."""
        with closing(Listing(self._journal_path)) as books:
            return books.groups(begins_ms, ends_ms)

    def dues(self) -> list[Due]:
        """What each acquirer's day has come to."""
        with closing(Listing(self._journal_path)) as books:
            return dues(self._till.acquirers, books, self.clock.wall())

    def settle(self, acquirer: str = "", day: date | None = None) -> None:
        self._post(lambda: self._till.settle(acquirer, day))

    def reprint(self, order_id: str = "") -> None:
        self._post(lambda: self._till.reprint(order_id))

    def sign_on(self, operator: str) -> None:
        self._post(lambda: self._till.sign_on(operator))

    def permitted(self, act: str, by: str) -> None:
        self._post(lambda: self._till.permitted(act, by))

    def test_device(self, kind: DeviceKind, name: str) -> None:
        self._post(lambda: self._till.test_device(kind, name))

    @property
    def testable(self) -> tuple[Device, ...]:
        """What can be tried out."""
        return self._till.checks.devices

    def add_check(self, kind: DeviceKind, name: str, check: Check) -> None:
        """A device that the till does not own, and how it is tried out."""
        self._post(lambda: self._till.checks.add(kind, name, check))

    def open_drawer(self) -> None:
        self._post(self._till.open_drawer)

    def receipt_text(self, order_id: str) -> str:
        """An order's receipt as plain text; reads the file as `entries` does."""
        with closing(JournalReader(self._journal_path)) as reader:
            return self._paper.text(reader, order_id)

    def _post(self, work: Callable[[], None]) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(work)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._begin())
        except BaseException as error:  # noqa: BLE001 - handed to whoever started us, in their thread
            self._failed = error
            self._ready.set()
            self._loop.close()
            return
        self._ready.set()
        self._loop.run_forever()
        self._loop.close()

    async def _begin(self) -> None:
        self._till = self._make()
        self._till.start()
