"""The whole walk: customers, camera, scanner, till, acquirer, books and paper, through real pixels and bytes."""

import json
import queue
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import DeviceKind, DeviceState, Event, Phase, Step
from terminal.world import World

DEMO = [sys.executable, "-m", "terminal", "demo", "--headless", "--json", "--speed", "60"]
# Not within a hash that happens to have eighteen digits in a row.
PAYMENT_CODE = re.compile(rb"(?<![0-9a-f])(?:1[0-5][0-9]{16}|28[0-9]{16}|62[0-9]{17})(?![0-9a-f])")
EIGHT = {"wechat", "alipay", "unionpay", "ccb", "boc", "bocom", "pab", "citic"}
WITHIN_S = 90.0


def demo(state: Path, customers: int, seed: int) -> tuple[int, dict[str, Any]]:
    words = [*DEMO, "--customers", str(customers), "--seed", str(seed), "--state", str(state)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_customers_of_every_wallet_pay_both_ways_and_the_books_agree(tmp_path: Path) -> None:
    code, score = demo(tmp_path, customers=20, seed=7)
    assert code == 0, score
    assert score["books_agree"] is True
    assert (score["customers"], score["open"], score["not_read"]) == (20, 0, 0)
    rows = {(row["wallet"], row["direction"]): row for row in score["by_wallet"]}
    assert set(rows) == {(wallet, way) for wallet in EIGHT for way in ("till scans", "customer scans")}
    assert all(row["books_agree"] for row in rows.values())
    assert sum(row["customers"] for row in rows.values()) == 20
    assert score["approved"] >= 12, "of twenty, two are broke and two cannot be asked about"
    assert score["latency_ms"]["n"] >= 2
    assert len(list((tmp_path / "paper").glob("*.png"))) == score["approved"], "each who paid has a receipt"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not PAYMENT_CODE.search(file.read_bytes()), f"{file} holds a payment code"


def test_a_demo_killed_at_any_moment_ends_with_books_that_agree(tmp_path: Path) -> None:
    moments = random.Random(11)
    for _ in range(3):
        process = subprocess.Popen(
            [*DEMO, "--customers", "50", "--seed", "3", "--state", str(tmp_path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(moments.uniform(3.0, 8.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    code, score = demo(tmp_path, customers=1, seed=4)
    assert code == 0, score
    assert score["books_agree"] is True


class Bench:
    """A till in front of a whole world, and what it said."""

    def __init__(self, state: Path) -> None:
        clock = Clock(speed=8)  # its deadlines are real ones, and a busy machine must keep them
        self.world = World(state, seed=5, clock=clock)
        config = from_table(self.world.ready["config"], "the world", state, SETTINGS)
        self.counter = Counter(config, state=state, clock=clock, rng=random.Random(1), is_demo=True)
        self.heard: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def until(self, wanted: Callable[[Event], bool]) -> None:
        """Until something of the kind is said."""
        ends_s = time.monotonic() + WITHIN_S
        while True:
            if wanted(self.heard.get(timeout=max(0.01, ends_s - time.monotonic()))):
                return


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    with bench.counter as counter:
        counter.till.subscribe(bench.heard.put)
        yield bench
    bench.world.stop()


@pytest.mark.parametrize("device", ["camera", "scanner"])
def test_a_device_that_is_pulled_out_is_said_and_taken_back(bench: Bench, device: str) -> None:
    kind = DeviceKind(device)

    def is_up(event: Event, up: bool) -> bool:
        return isinstance(event, DeviceState) and event.kind is kind and event.up is up

    if not any(one.kind is kind and one.up for one in bench.counter.till.snapshot().devices):
        bench.until(lambda event: is_up(event, True))
    bench.world.plug(device, plugged_in=False)
    bench.until(lambda event: is_up(event, False))
    bench.world.plug(device, plugged_in=True)
    bench.until(lambda event: is_up(event, True))

    visit = next(one for one in iter(bench.world.next, None) if one["way"] == device)
    bench.counter.till.charge(Money(visit["amount_fen"]))
    bench.until(lambda event: isinstance(event, Step) and event.phase is Phase.AWAIT_CODE)
    bench.world.show()
    bench.until(lambda event: isinstance(event, Step) and event.phase is Phase.PROCESSING)
