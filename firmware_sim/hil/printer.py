"""The roles `printer` and `drawer`: the paper that comes out of it or runs out, and the drawer that hangs on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware_sim.devices.printer import Printer as NetworkPrinter
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person


@dataclass(frozen=True, slots=True)
class Paper:
    """What is on it, and its picture (PNG); of a real one only what a person has confirmed."""

    text: str
    image: Path | None = None


class Printer(Protocol):
    @property
    def config(self) -> dict[str, object]:
        """Its table of a till's configuration; `url` is where anybody prints."""
        ...

    def paper(self, saying: str = "") -> Paper:
        """The next paper that says so; TimeoutError where none comes."""
        ...

    def has_paper(self, saying: str = "") -> bool:
        """Whether such a paper lies there by now; waits for none."""
        ...

    def run_out(self) -> None: ...
    def new_roll(self) -> None: ...
    def unplug(self) -> None: ...
    def plug(self) -> None: ...


class SimPrinter:
    def __init__(self, bench: Bench, device: NetworkPrinter) -> None:
        self.device = device  # for its cover and its knife
        self.config = bench.table("printer", url=device.url)
        self._within_s = bench.within_s
        self._taken = 0

    def paper(self, saying: str = "") -> Paper:
        ends_s = time.monotonic() + self._within_s
        while True:
            papers = self.device.wait_for_papers(self._taken + 1, timeout_s=max(0.0, ends_s - time.monotonic()))
            paper = papers[self._taken]
            self._taken += 1
            if saying in paper.text:
                return Paper(paper.text, paper.image)

    def has_paper(self, saying: str = "") -> bool:
        return any(saying in paper.text for paper in self.device.papers[self._taken :])

    def run_out(self) -> None:
        self.device.roll = "out"

    def new_roll(self) -> None:
        self.device.roll = "ok"

    def unplug(self) -> None:
        self.device.unplug()

    def plug(self) -> None:
        self.device.plug()


class RealPrinter:
    def __init__(self, bench: Bench, person: Person) -> None:
        self.config = bench.table("printer")
        self._url, self._person = bench.config.printer.url, person

    def paper(self, saying: str = "") -> Paper:
        if not self._person.confirms(f"Has a paper come out{_that_says(saying)}?"):
            raise TimeoutError(f"no paper{_that_says(saying)} came out")
        return Paper(saying)

    def has_paper(self, saying: str = "") -> bool:
        return self._person.confirms(f"Does a new paper{_that_says(saying)} lie there?")

    def run_out(self) -> None:
        self._person.done("Take the roll out of the printer")

    def new_roll(self) -> None:
        self._person.done("Put a roll into the printer")

    def unplug(self) -> None:
        self._person.plugs("printer", self._url, is_in=False)

    def plug(self) -> None:
        self._person.plugs("printer", self._url, is_in=True)


def _that_says(text: str) -> str:
    return f" that says {text!r}" if text else ""


@contextmanager
def printer_of(bench: Bench, place: Path, person: Person) -> Iterator[Printer]:
    if bench.is_real("printer"):
        yield RealPrinter(bench, person)
        return
    with NetworkPrinter(place / "paper", columns=bench.config.printer.columns) as device:
        yield SimPrinter(bench, device)


class Drawer(Protocol):
    @property
    def opened(self) -> bool:
        """It stands open."""
        ...

    def close(self) -> None:
        """Somebody pushes it shut."""
        ...


class SimDrawer:
    def __init__(self, printer: NetworkPrinter) -> None:
        self._printer = printer

    @property
    def opened(self) -> bool:
        return self._printer.is_drawer_open

    def close(self) -> None:
        self._printer.is_drawer_open = False


class RealDrawer:
    def __init__(self, person: Person) -> None:
        self._person = person

    @property
    def opened(self) -> bool:
        return self._person.confirms("Is the cash drawer open?")

    def close(self) -> None:
        self._person.done("Push the cash drawer shut")


def drawer_of(printer: Printer, person: Person) -> Drawer:
    """It is what its printer is."""
    return SimDrawer(printer.device) if isinstance(printer, SimPrinter) else RealDrawer(person)
