"""The role `display`: what the customer reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from firmware_sim.devices.display import Led8, PtyDisplay, Vfd
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.person import Person


class Display(Protocol):
    @property
    def config(self) -> dict[str, object]:
        """Its table of a till's configuration; `port` is where anybody opens it."""
        ...

    def text(self) -> str:
        """What stands there now, line by line."""
        ...

    def wait_for(self, text: str) -> None:
        """Until that can be read; TimeoutError."""
        ...

    def unplug(self) -> None: ...
    def plug(self) -> None: ...


class SimDisplay:
    def __init__(self, bench: Bench, device: PtyDisplay) -> None:
        self.device = device
        self.config = bench.table("display", port=str(device.link))
        self._within_s = bench.within_s

    def text(self) -> str:
        return "\n".join(self.device.lines)

    def wait_for(self, text: str) -> None:
        self.device.wait_for(text, timeout_s=self._within_s)

    def unplug(self) -> None:
        self.device.unplug()

    def plug(self) -> None:
        self.device.plug()


class RealDisplay:
    def __init__(self, bench: Bench, person: Person) -> None:
        self.config = bench.table("display")
        self._port, self._person = bench.config.display.port, person

    def text(self) -> str:
        return self._person.types("Type what stands on the customer's display:")

    def wait_for(self, text: str) -> None:
        if not self._person.confirms(f"Does the customer's display show {text!r}?"):
            raise TimeoutError(f"the display does not show {text!r}")

    def unplug(self) -> None:
        self._person.plugs("display", self._port, is_in=False)

    def plug(self) -> None:
        self._person.plugs("display", self._port, is_in=True)


@contextmanager
def display_of(bench: Bench, place: Path, person: Person) -> Iterator[Display]:
    if bench.is_real("display"):
        yield RealDisplay(bench, person)
        return
    glass = Led8() if bench.config.display.kind == "led8" else Vfd()
    with PtyDisplay(place / "display", glass) as device:
        yield SimDisplay(bench, device)
