"""Every device pulled out and put back, under other names, while customers pay: nothing is lost, nothing is doubled.

`SAOMA_HOT_PLUG=200` pulls each of them as often (a quarter of an hour, hardly any of it CPU time); `SAOMA_SEED` plays a
run again.
"""

import os
import random
import socket
import sys
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are not for Windows", allow_module_level=True)

from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.devices.display import PtyDisplay, Vfd
from firmware_sim.devices.pictures import Picture
from firmware_sim.devices.printer import Printer
from firmware_sim.devices.pty_port import PtyPort
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.ssi import SsiScanner
from firmware_sim.drawing import codes
from firmware_sim.hil.acquirer import SimAcquirer
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import Config, from_table
from terminal.model import State
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import DeviceKind, Phase

CYCLES = int(os.environ.get("SAOMA_HOT_PLUG", "4"))
SAID_WITHIN_S = 2.0
DEADLINE_S = 60.0
SHOW_AGAIN_S = 1.0  # how long a customer waits before the code is held up once more
LOOKS_UP_S = 0.002
SCAN_BYTES = 26  # of a payment code in an SSI packet, or a little less
EMPTY = np.full((720, 1280, 3), 170, np.uint8)
EMPTY.flags.writeable = False


class Lens:
    """What the camera sees: the counter, or a phone with a code on it."""

    def __init__(self) -> None:
        self._picture: Picture = EMPTY

    def see(self, text: str | None) -> None:
        picture = EMPTY.copy()
        if text:
            code = cv2.cvtColor(np.kron(codes.qr(text), np.ones((8, 8), np.uint8)), cv2.COLOR_GRAY2BGR)
            picture[200 : 200 + len(code), 500 : 500 + len(code)] = code
        picture.flags.writeable = False
        self._picture = picture

    def draw(self, _t_s: float) -> Picture:
        return self._picture


@dataclass(frozen=True)
class Plug:
    """A device, and how it is pulled out and put back."""

    kind: DeviceKind
    pull: Callable[[], None]
    put: Callable[[], None]


class Named:
    """A serial device that keeps its name, as under /dev/serial/by-id, whichever port it comes back as."""

    def __init__(self, port: PtyPort, path: Path, rng: random.Random) -> None:
        self._port, self.path, self._rng = port, path, rng

    def put(self) -> None:
        self.pull()
        self._port.plug(self.path.with_name(f"tty-{self.path.name}-{self._rng.randrange(4)}"))
        self.path.symlink_to(self._port.link.name)

    def pull(self) -> None:
        self.path.unlink(missing_ok=True)
        self._port.unplug()


class Shop:
    def __init__(self, folder: Path, stack: ExitStack, rng: random.Random) -> None:
        self.rng, self.lens = rng, Lens()
        self.acquirer = SimAcquirer(folder, Clock(), DEADLINE_S)
        self.acquirer.up()
        stack.callback(self.acquirer.down)
        self.scanner = PtyScanner(folder / "unplugged", insides=SsiScanner)
        self.camera = MjpegCamera(self.lens.draw, port=kept_port(rng))
        self.printer = Printer(folder / "paper", port=kept_port(rng))
        self.display = PtyDisplay(folder / "unplugged", Vfd())
        scanner, display = Named(self.scanner, folder / "scanner", rng), Named(self.display, folder / "display", rng)
        stack.enter_context(self.camera)
        stack.enter_context(self.printer)
        for named in (scanner, display):
            named.put()
            stack.callback(named.pull)
        self.plugs = (
            Plug(DeviceKind.SCANNER, scanner.pull, scanner.put),
            Plug(DeviceKind.CAMERA, self.camera.unplug, self.camera.plug),
            Plug(DeviceKind.PRINTER, self.printer.unplug, self.printer.plug),
            Plug(DeviceKind.DISPLAY, display.pull, display.put),
        )
        counter = Counter(
            self._config(scanner.path, display.path, folder),
            state=folder,
            clock=Clock(),
            rng=random.Random(rng.random()),
            is_demo=False,
        )
        self.till = stack.enter_context(counter).till
        self.slowest_s = dict.fromkeys((plug.kind for plug in self.plugs), 0.0)

    def _config(self, scanner: Path, display: Path, folder: Path) -> Config:
        table = {
            "scanner": {"port": str(scanner), "protocol": "ssi"},
            "display": {"port": str(display), "kind": "vfd"},
            "camera": {"source": self.camera.url},
            "printer": {"url": self.printer.url},
            "acquirer": [next(one for one in self.acquirer.config if one["scheme"] == "wechat")],
        }
        return from_table(table, "the test", folder, SETTINGS)

    def phase(self) -> Phase:
        return self.till.snapshot().step.phase

    def is_up(self, kind: DeviceKind) -> bool:
        return any(one.up for one in self.till.snapshot().devices if one.kind is kind)

    def pull(self, plug: Plug) -> None:
        """And the till says so in time."""
        begun_s = time.monotonic()
        plug.pull()
        until(lambda: not self.is_up(plug.kind), f"{plug.kind} is gone", SAID_WITHIN_S)
        self.slowest_s[plug.kind] = max(self.slowest_s[plug.kind], time.monotonic() - begun_s)

    def put(self, plug: Plug) -> None:
        plug.put()
        until(lambda: self.is_up(plug.kind), f"{plug.kind} is back")

    def serve(self, amount_fen: int) -> None:
        """One customer, during whose visit each device is pulled out at one moment and put back at that or a later."""
        code = self.acquirer.ask("code", wallet="wechat")["auth_code"]
        show = self.rng.choice((self.hold_up, self.hold_under))
        moments: tuple[Callable[[], object], ...] = (
            lambda: None,
            lambda: self.till.charge(Money(amount_fen)),
            lambda: show(code),
            lambda: None,
        )
        stays = {plug: sorted(self.rng.choices(range(len(moments)), k=2)) for plug in self.plugs}
        for number, happens in enumerate(moments):
            happens()
            self.all_at_once(self.pull, [plug for plug, (out, _) in stays.items() if out == number])
            self.all_at_once(self.put, [plug for plug, (_, back) in stays.items() if back == number])
        while not self.paid_within(SHOW_AGAIN_S):
            show(code)
        self.lens.see(None)
        self.display.wait_for("PAID", timeout_s=DEADLINE_S)
        self.till.dismiss()

    def hold_up(self, code: str) -> None:
        self.lens.see(code)

    def hold_under(self, code: str) -> None:
        """Of three times once the cable is pulled in the middle of the code."""
        cut = self.rng.randrange(1, SCAN_BYTES) if self.rng.random() < 1 / 3 else None
        self.scanner.scan(code, unplug_after=cut)
        if cut is not None:
            scanner = self.plugs[0]
            self.pull(scanner)
            self.put(scanner)

    def printed(self, orders: set[str]) -> Tally[str]:
        """How many papers each of these orders has."""
        return Tally(order for order in orders for paper in self.printer.papers if order in paper.text)

    def paid_within(self, seconds: float) -> bool:
        ends_s = time.monotonic() + seconds
        while self.phase() in (Phase.AWAIT_CODE, Phase.PROCESSING) and time.monotonic() < ends_s:
            time.sleep(LOOKS_UP_S)
        assert self.phase() in (Phase.AWAIT_CODE, Phase.PROCESSING, Phase.APPROVED)
        return self.phase() is Phase.APPROVED

    def all_at_once(self, what: Callable[[Plug], None], plugs: list[Plug]) -> None:
        """The till is told of all of them at the same time."""
        with ThreadPoolExecutor(len(self.plugs)) as pool:
            list(pool.map(what, plugs))


def kept_port(rng: random.Random) -> int:
    """One that nobody is given while its device is unplugged: below those that the system hands out."""
    while True:
        port = rng.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def until(condition: Callable[[], bool], what: str, within_s: float = DEADLINE_S) -> None:
    ends_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < ends_s, f"not said within {within_s:g} s: {what}"
        time.sleep(LOOKS_UP_S)


@pytest.fixture
def shop(tmp_path: Path, luck: str) -> Iterator[Shop]:
    with ExitStack() as stack:
        yield Shop(tmp_path, stack, random.Random(f"hot-plug {luck}"))


def test_devices_come_and_go_while_customers_pay_and_nothing_is_lost_or_doubled(shop: Shop) -> None:
    for plug in shop.plugs:
        until(lambda plug=plug: shop.is_up(plug.kind), f"{plug.kind} is there")  # type: ignore[misc]
    amounts = [100 + number for number in range(CYCLES)]
    for amount_fen in amounts:
        shop.serve(amount_fen)
    entries = shop.till.entries(limit=10 * CYCLES)
    paid = {entry.order_id for entry in entries if entry.kind == State.APPROVED.name}
    held = {order: fen for order, fen in shop.acquirer.ask("books")["net_fen"].items() if fen}
    assert sorted(held.values()) == amounts, "each customer has paid, once"
    assert held.keys() == paid
    until(lambda: shop.printed(paid).keys() == paid, "each has a receipt")
    assert set(shop.printed(paid).values()) == {1}, "and no second one"
    slowest = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in shop.slowest_s.items())
    print(f"{CYCLES} cycles of each; said at the latest after: {slowest}")  # noqa: T201
