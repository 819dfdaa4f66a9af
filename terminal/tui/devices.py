"""The devices as lines to read: what each is, how it is, since when, and what came of trying it out. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.steps import DeviceKind, DeviceState, Tried
from terminal.tui.text import fitted
from terminal.tui.view import called, hour
from terminal.tui.wording import Texts

Device = tuple[DeviceKind, str]
COLUMNS = {"kind": 9, "name": 20, "state": 12, "since": 5}  # cells; what is left goes to what it said
_ORDER = tuple(DeviceKind)


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """`state` begins with a sign, so that it is told without colour."""

    device: Device
    kind: str
    name: str
    state: str
    since: str
    said: str

    def row(self, columns: int) -> str:
        return _row((self.kind, self.name, self.state, self.since, self.said), columns)


def device_lines(
    states: Sequence[DeviceState], testable: Iterable[Device], tried: Sequence[Tried], texts: Texts
) -> list[DeviceLine]:
    """Every device that has spoken or can be tried out, in the order of the kinds."""
    known = {(one.kind, one.name): one for one in states}
    results = {(one.kind, one.name): one for one in tried}
    devices = sorted(known.keys() | set(testable), key=lambda one: (_ORDER.index(one[0]), one[1]))
    return [_line(one, known.get(one), results.get(one), texts) for one in devices]


def heading(texts: Texts, columns: int) -> str:
    return _row([texts(f"devices.{name}") for name in (*COLUMNS, "said")], columns)


def verdict(tried: Tried, texts: Texts) -> str:
    """What came of trying a device out."""
    key = "devices.passed" if tried.passed else "devices.failed"
    return texts(key, said=texts.heard(tried.said), ms=round(tried.took_ms))


def _line(device: Device, state: DeviceState | None, tried: Tried | None, texts: Texts) -> DeviceLine:
    word = "unknown" if state is None else "up" if state.up else "down"
    said = verdict(tried, texts) if tried else texts.heard(state.detail) if state else ""
    since = hour(state.since_s) if state and state.since_s else ""
    kind, name = texts(f"kind.{device[0]}"), called(device[1], texts)
    said = said.removeprefix(name).lstrip(": ")  # it stands beside it
    return DeviceLine(device, kind, name, texts(f"devices.{word}"), since, said)


def _row(cells: Sequence[str], columns: int) -> str:
    fixed = [fitted(cell, width) for cell, width in zip(cells, COLUMNS.values(), strict=False)]
    return fitted("  ".join([*fixed, cells[-1]]), columns)
