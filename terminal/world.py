"""The simulated surroundings of a till: another process, spoken to over its control address as any program could.

Quick to load, so that it can wake up while the rest is being loaded.
"""

import base64
import http.client
import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from terminal.clock import Clock
from terminal.errors import SaomaError

ANSWER_WITHIN_S = 30.0  # it shares the machine with the till, and with whatever else keeps that busy
SCREEN = "screen"  # the customer scans the till's code
WAYS = ("camera", "scanner", SCREEN)
POS_LINE = "unionpay_pos"


class World:
    """The simulated surroundings of a till, as a process of their own that ends when we do."""

    def __init__(self, state: Path, *, seed: int, clock: Clock) -> None:
        """Start it; it is `ready` a little later."""
        self.clock = clock
        self._log = state / "world.log"
        words = [sys.executable, "-m", "firmware_sim", "world", "--state", str(state), "--seed", str(seed)]
        words += ["--speed", repr(clock.speed), "--start-wall", repr(clock.start_wall_s)]
        words += ["--real-start", repr(clock.real_start_s)]
        log = self._log.open("ab")
        # Its standard input stays open as long as we live: when it closes, however we died, the world ends.
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # noqa: S603
        log.close()

    @cached_property
    def ready(self) -> dict[str, Any]:
        """Its addresses, once it listens there; raises SaomaError if it does not get there."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise SaomaError(f"the simulated world did not start; {self._log} says why")
        addresses: dict[str, Any] = json.loads(line)
        return addresses

    def wait(self) -> None:
        """Until it is ready; raises as that does."""
        _ = self.ready

    def next(self, ways: Sequence[str] = WAYS, **wanted: object) -> dict[str, Any]:
        """The next customer, who pays in one of these ways: number, amount_fen, story, way, wallet, network.

        Whoever comes by the seed, but for the `wallet`, `story` or `amount_fen` that is wanted. With `goods=True` some
        bring goods, whose codes are told: they are what is to be paid.
        """
        visit: dict[str, Any] = self._call("next", {"ways": ways, **wanted})
        return visit

    def lay(self, code: str) -> None:
        """A pack is held under the scanner, or before the camera until `leave`."""
        self._call("lay", {"code": code})

    def coming(self, story: str) -> None:
        """What will happen to the next customer."""
        self._call("coming", {"story": story})

    def cut(self, *, is_cut: bool) -> None:
        """Cut the line to the acquirers, or mend it."""
        self._call("line", {"cut": is_cut})

    def watch(self) -> dict[str, Any]:
        """What somebody sees who looks on: the customer's phone, the acquirer's line, what is coming, a cut line."""
        seen: dict[str, Any] = self._call("watch", {})
        return seen

    def show(self) -> None:
        """The customer holds up a phone, or holds it under the scanner."""
        self._call("show", {})

    def scan(self, png: bytes) -> dict[str, Any]:
        """The customer scans the till's code: what their phone has `shown` them, and `why` it would not pay."""
        told: dict[str, Any] = self._call("scan", {"png": base64.b64encode(png).decode()})
        return told

    def leave(self) -> float | None:
        """The customer goes; when their code was first wholly in view (the machine's monotonic seconds)."""
        seen: float | None = self._call("leave", {})["in_view_s"]
        return seen

    def plug(self, device: str, *, plugged_in: bool) -> None:
        """Pull out the camera, the scanner or the printer, or put it back."""
        self._call("plug", {"device": device, "in": plugged_in})

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def pos_terminal(self) -> str:
        """What the acquirer behind the POS line calls our terminal; empty where there is no such line."""
        contracts = self.ready["config"]["acquirer"]
        return next((one["terminal_no"] for one in contracts if one["scheme"] == POS_LINE), "")

    def phone_page(self, *, lan: bool) -> str:
        """A link to the page on which a browser is a customer's phone; from the local network too, where asked for."""
        return str(self._call("phone/page", {"lan": lan})["url"])

    def books(self) -> dict[str, int]:
        """What the acquirer holds of each order, net, in fen."""
        books: dict[str, int] = self._call("books", {})["net_fen"]
        return books

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(ANSWER_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _call(self, what: str, question: dict[str, object]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the world's own loopback address
            f"{self.ready['control']}/{what}", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as reply:  # noqa: S310
                return json.load(reply)
        except (OSError, http.client.HTTPException, ValueError) as error:  # it may die in the middle of a word
            raise SaomaError(f"the simulated world does not answer ({error})") from error
