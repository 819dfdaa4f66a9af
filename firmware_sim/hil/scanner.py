"""The role `scanner`: codes come before it, and its plug may be pulled out, even in the middle of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.every import SCANNERS
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person
from firmware_sim.hil.phone import ShownCode


class Scanner(Protocol):
    @property
    def config(self) -> dict[str, object]:
        """Its table of a till's configuration; `port` is where anybody opens it."""
        ...

    def scan(self, code: ShownCode | str, *, unplug_after: int | None = None) -> None:
        """A code is held under it; after so many of its bytes the cable is pulled out."""
        ...

    def unplug(self) -> None: ...
    def plug(self) -> None: ...


class SimScanner:
    def __init__(self, bench: Bench, device: PtyScanner) -> None:
        self.device = device  # for faults of its line that a hand cannot make
        self.config = bench.table("scanner", port=str(device.link))

    def scan(self, code: ShownCode | str, *, unplug_after: int | None = None) -> None:
        self.device.scan(code if isinstance(code, str) else code.read, unplug_after=unplug_after)

    def unplug(self) -> None:
        self.device.unplug()

    def plug(self) -> None:
        self.device.plug()


class RealScanner:
    def __init__(self, bench: Bench, person: Person) -> None:
        self.config = bench.table("scanner")
        self._port, self._person = bench.config.scanner.port, person

    def scan(self, code: ShownCode | str, *, unplug_after: int | None = None) -> None:
        if unplug_after is not None:
            pytest.skip("no hand is quick enough to pull out a real scanner in the middle of a code")
        if isinstance(code, ShownCode) and not code.text:
            self._person.do(f"Hold the phone with the {code.wallet} code under the scanner")
        else:
            self._person.do("Hold this code under the scanner", code if isinstance(code, str) else code.text)

    def unplug(self) -> None:
        self._person.plugs("scanner", self._port, is_in=False)

    def plug(self) -> None:
        self._person.plugs("scanner", self._port, is_in=True)


@contextmanager
def scanner_of(bench: Bench, place: Path, person: Person) -> Iterator[Scanner]:
    if bench.is_real("scanner"):
        yield RealScanner(bench, person)
        return
    protocol = bench.config.scanner.protocol
    # One of plain lines is never asked anything: it need not listen.
    with PtyScanner(place / "scanner", insides=None if protocol == "lines" else SCANNERS[protocol]) as device:
        yield SimScanner(bench, device)
