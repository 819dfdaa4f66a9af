"""Training cannot be mistaken for the real thing: other acquirers, other books, a word on every paper and screen."""

import queue
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terminal.books.journal import JournalReader
from terminal.clock import Clock
from terminal.compose import Counter, acquirers_of
from terminal.config import Config, ScannerConfig, from_table
from terminal.demo import Cashier
from terminal.schemes import SETTINGS
from terminal.steps import DeviceKind, Event, Phase, Tried
from terminal.till import TillThread
from terminal.training import FOLDER, lesson, training_config

REAL = "https://api.real.example"
SPEED = 30.0
PLUGGED = {DeviceKind.CAMERA, DeviceKind.SCANNER, DeviceKind.PRINTER}


@pytest.fixture
def shop(tmp_path: Path) -> Config:
    """A counter with one real contract and a scanner of its own."""
    table = {
        "till": {"shop": "Real Shop", "notify_url": REAL, "listen": "127.0.0.1:0"},
        "acquirer": [{"scheme": "unionpay_pos", "base_url": "tcp://real.example:7000", "name": "real"}],
    }
    contract: Any = from_table({"till": table["till"]}, "test", tmp_path, SETTINGS)
    return replace(contract, scanner=ScannerConfig(port="socket://127.0.0.1:1"))


def test_a_lesson_pays_in_its_own_books_at_simulated_acquirers(shop: Config, tmp_path: Path) -> None:
    clock = Clock(speed=SPEED)
    with lesson(replace(shop, scanner=ScannerConfig()), tmp_path / FOLDER, clock) as practice:
        assert practice.config.till.shop == "Real Shop"
        assert practice.config.till.notify_url == ""
        assert practice.config.sound.outcomes == "tones"
        assert all("127.0.0.1" in one.base_url for one in practice.config.acquirer)
        assert REAL not in str(acquirers_of(practice.config))
        counter = Counter(
            practice.config, state=tmp_path / FOLDER, clock=clock, rng=random.Random(1), is_demo=False, is_lesson=True
        )
        with counter:
            cashier = Cashier(counter.till, practice.world, clock)
            served = next(one for one in iter(cashier.serve, None) if one.phase is Phase.APPROVED)
            paper = counter.till.receipt_text(served.order_id)
            cashier.stop()
    assert "训练 - 未收款" in paper
    assert (tmp_path / FOLDER / "journal.db").exists()
    assert not (tmp_path / "journal.db").exists()


def test_of_the_shops_contracts_none_is_left_and_of_its_devices_all(shop: Config, tmp_path: Path) -> None:
    real: Any = replace(shop, acquirer=("a real contract",))  # type: ignore[arg-type]
    world = {"camera": {"source": "http://127.0.0.1:5/camera"}, "scanner": {"port": "socket://127.0.0.1:6"}}
    config = training_config(real, world, tmp_path)
    assert config.acquirer == ()
    assert config.scanner.port == "socket://127.0.0.1:1"
    assert config.camera.source == "http://127.0.0.1:5/camera"


def test_every_device_of_a_counter_can_be_tried_out_where_it_stands(shop: Config, tmp_path: Path) -> None:
    """Here because a lesson has all of them: acquirers of every kind, camera, scanner, printer."""
    clock = Clock(speed=SPEED)
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with lesson(replace(shop, scanner=ScannerConfig()), tmp_path / FOLDER, clock) as practice:
        counter = Counter(practice.config, state=tmp_path / FOLDER, clock=clock, rng=random.Random(1), is_demo=False)
        with counter:
            till = counter.till
            till.subscribe(heard.put)
            until(lambda: {one.kind for one in till.snapshot().devices if one.up} >= PLUGGED)
            until(lambda: till.preview() is not None)
            tried = [_tried(till, heard, device) for device in till.testable if device[0] is not DeviceKind.SOUND]
    assert {one.kind for one in tried} >= PLUGGED | {DeviceKind.ACQUIRER}
    assert [one for one in tried if not one.passed] == []
    with closing(JournalReader(tmp_path / FOLDER / "journal.db")) as books:
        assert books.attempts() == []  # nobody's order is in nobody's books


def _tried(till: TillThread, heard: "queue.SimpleQueue[Event]", device: tuple[DeviceKind, str]) -> Tried:
    till.test_device(*device)
    while True:
        event = heard.get(timeout=60.0)
        if isinstance(event, Tried):
            return event


def until(holds: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 60.0
    while not holds():
        assert time.monotonic() < ends_s
        time.sleep(0.02)
