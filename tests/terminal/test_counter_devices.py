"""A counter put together from its configuration: the scanner's protocol, the customer's display, what is unplugged."""

import os
import queue
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware_sim.devices.display import Led8, PtyDisplay
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.ssi import SsiScanner
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import Config, DisplayConfig, ScannerConfig, TillConfig
from terminal.errors import ConfigError, JournalLocked
from terminal.money import Money
from terminal.operators import Role
from terminal.places import JOURNAL
from terminal.steps import DeviceKind, DeviceState, Event, Notice, Phase

DEADLINE_S = 60.0


@dataclass
class Shop:
    scanner: PtyScanner
    display: PtyDisplay
    counter: Counter
    events: "queue.Queue[Event]" = field(default_factory=queue.Queue)

    def wait_for_device(self, kind: DeviceKind, *, up: bool) -> None:
        if any((one.kind, one.up) == (kind, up) for one in self.counter.till.snapshot().devices):
            return
        while True:
            event = self.events.get(timeout=DEADLINE_S)
            if isinstance(event, DeviceState) and (event.kind, event.up) == (kind, up):
                return

    def wait_for_notice(self) -> Notice:
        while True:
            event = self.events.get(timeout=DEADLINE_S)
            if isinstance(event, Notice):
                return event


@contextmanager
def opened(tmp_path: Path, operators: dict[str, Role] | None = None) -> Iterator[Shop]:
    with ExitStack() as stack:
        scanner = stack.enter_context(PtyScanner(tmp_path / "scanner", insides=lambda: SsiScanner(packeted=True)))
        display = stack.enter_context(PtyDisplay(tmp_path / "display", Led8()))
        config = Config(
            scanner=ScannerConfig(str(scanner.link), protocol="ssi"),
            display=DisplayConfig(str(display.link), kind="led8"),
        )
        made = Counter(config, state=tmp_path, clock=Clock(), rng=random.Random(1), is_demo=False, operators=operators)
        counter = stack.enter_context(made)
        shop = Shop(scanner, display, counter)
        stack.callback(counter.till.subscribe(shop.events.put))
        yield shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path) as shop:
        yield shop


def test_a_second_till_is_told_who_keeps_the_books_before_whose_the_address_is(tmp_path: Path) -> None:
    config = Config(till=TillConfig(listen="127.0.0.1:0"))

    def till(state: Path, config: Config) -> Counter:
        return Counter(config, state=state, clock=Clock(), rng=random.Random(1), is_demo=False)

    with socket.create_server(("127.0.0.1", 0)) as taken, till(tmp_path, config):
        same = Config(till=TillConfig(listen=f"127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(JournalLocked, match=f"kept by process {os.getpid()}"):
            till(tmp_path, same).__enter__()
        for state in (tmp_path / "other", tmp_path / "other"):  # without a lock file, and with one
            with pytest.raises(ConfigError, match="in use"):
                till(state, same).__enter__()
            Journal(state / JOURNAL, wall=lambda: 1.8e9, monotonic=lambda: 0.0).close()


def test_the_customer_reads_the_amount(shop: Shop) -> None:
    shop.counter.till.charge(Money(1250))
    assert shop.display.wait_for("total", timeout_s=DEADLINE_S) == ["12.50", "total"]
    shop.counter.till.cancel()
    shop.display.unplug()
    shop.wait_for_device(DeviceKind.DISPLAY, up=False)
    shop.counter.till.charge(Money(880))
    shop.display.plug()
    assert shop.display.wait_for("8.80", timeout_s=DEADLINE_S)[0] == "8.80"


def test_the_scanner_speaks_the_protocol_that_was_chosen(shop: Shop) -> None:
    shop.wait_for_device(DeviceKind.SCANNER, up=True)
    shop.scanner.scan("6901234567892")
    assert shop.wait_for_notice() == Notice("code.goods", "06901234567892")
    shop.scanner.unplug()
    shop.wait_for_device(DeviceKind.SCANNER, up=False)


def test_what_the_scanner_reads_before_a_locked_counter_is_refused_and_said_to_be(tmp_path: Path) -> None:
    with opened(tmp_path, {"7": Role.CASHIER}) as shop:
        shop.wait_for_device(DeviceKind.SCANNER, up=True)
        shop.scanner.scan("134567890123456789")
        assert shop.wait_for_notice() == Notice("till.locked")
        shop.counter.till.sign_on("7")
        shop.scanner.scan("6901234567892")
        assert shop.wait_for_notice() == Notice("code.goods", "06901234567892")
        assert shop.counter.till.snapshot().step.phase is Phase.IDLE
