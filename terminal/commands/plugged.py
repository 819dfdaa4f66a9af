"""What is plugged in, for `saoma doctor`: read off /dev and /sys, asked in ways that disturb nobody who is using it."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands.finding import Finding, Findings
from terminal.errors import DeviceError

if TYPE_CHECKING:
    from terminal.config import Config, ScannerConfig
    from terminal.scanning.v4l2 import CameraFacts, Format

JOIN = "sudo usermod -aG {group} $USER   (then log in again)"
WEDGE = re.compile("bar ?code|scanner|symbol|honeywell|newland|zebra|datalogic|mindeo|metrologic", re.IGNORECASE)
WEDGE_RULE = (
    'echo \'SUBSYSTEM=="input", ATTRS{{name}}=="{name}", GROUP="input", MODE="0660"\''
    " | sudo tee /etc/udev/rules.d/70-pos-scanner.rules"
)
SIZES_SHOWN = 3


def cameras(root: Path = Path("/")) -> Findings:
    """Each camera with what it offers and what it is set to."""
    if sys.platform != "linux":
        yield Finding("camera", None, "cameras are not listed on this system", "try --camera 0")
        return
    from terminal.scanning.v4l2 import camera_facts

    found = False
    for node in sorted((root / "dev").glob("video*")):
        name = _stable(root / "dev/v4l", node)
        try:
            facts = camera_facts(node)
        except PermissionError:
            found = True
            yield Finding("camera", False, f"{name} may not be opened", JOIN.format(group="video"))
        except OSError as error:
            found = True
            yield Finding("camera", False, f"{name}: {error.strerror}", "plug it out and in again")
        else:
            found = found or facts is not None
            yield from [] if facts is None else [camera_finding(name, facts)]
    if not found:
        yield Finding("camera", None, "none here", "plug one in, or run `saoma demo`, which brings its own")


def camera_finding(name: str, facts: "CameraFacts") -> Finding:
    """A camera in one line; without MJPG a large picture comes slowly over USB 2."""
    offers = "; ".join(map(_format, facts.formats)) or "no formats told"
    rate = f" at {facts.frames_per_s:g}/s" if facts.frames_per_s else ""
    has_mjpg = any(one.fourcc == "MJPG" for one in facts.formats)
    do = "" if has_mjpg else "it has no MJPG: above 640x480 expect 5 to 10 pictures a second"
    return Finding("camera", True, f"{name} {facts.name}: {offers}; now {_format(facts.now)}{rate}", do)


def _format(one: "Format") -> str:
    largest = sorted(one.sizes, reverse=True)
    more = f" and {len(largest) - SIZES_SHOWN} more" if len(largest) > SIZES_SHOWN else ""
    return f"{one.fourcc} " + ", ".join(f"{wide}x{high}" for wide, high in largest[:SIZES_SHOWN]) + more


def ports(devices: Sequence[tuple[str, str]] | None = None, root: Path = Path("/")) -> Findings:
    """Serial ports that may be scanners, by the name that stays; `devices` are paths and descriptions."""
    listed = _listed() if devices is None else devices
    for path, description in listed:
        node = Path(path)
        name = _stable(root / "dev/serial", node)
        if os.access(node, os.R_OK | os.W_OK):
            by_socket = "by-path" in name
            do = "it has no serial number: this name is its USB socket's, keep it there" if by_socket else ""
            yield Finding("port", True, f"{name} {description}", do)
        else:
            yield Finding("port", False, f"{name} {description} may not be opened", JOIN.format(group="dialout"))
    if not listed:
        do = "set the scanner to 'USB virtual COM' with its setup code, then look again"
        yield Finding("port", None, "no serial port of a scanner", do)


def _listed() -> list[tuple[str, str]]:
    from serial.tools import list_ports

    every = list_ports.comports()
    return [(one.device, one.description) for one in every if one.vid is not None or "ttyAMA" in one.device]


def wedges(root: Path = Path("/")) -> Findings:
    """Keyboards that call themselves scanners. They type into the till's screen; nothing else is needed."""
    events = sorted((root / "sys/class/input").glob("event*"))
    names = {event.name: _read(event / "device/name") for event in events}
    found = {node: name for node, name in names.items() if WEDGE.search(name)}
    for node, name in found.items():
        device = root / "dev/input" / node
        stable = _stable(root / "dev/input", device)
        usable = os.access(device, os.R_OK)
        do = f'to have it for the till alone: [scanner] port = "{stable}"' if usable else WEDGE_RULE.format(name=name)
        yield Finding("wedge", True, f"{stable} {name}", do)
    if not found:
        yield Finding(
            "wedge", None, "no keyboard that calls itself a scanner", "others type into the till all the same"
        )


def printers(root: Path = Path("/")) -> Findings:
    """Printers on USB; those on the network are known from the configuration alone."""
    nodes = sorted((root / "dev/usb").glob("lp*"))
    for node in nodes:
        usable = os.access(node, os.W_OK)
        yield Finding("printer", usable, str(node), "" if usable else JOIN.format(group="lp"))
    if not nodes:
        yield Finding("printer", None, "none on USB", 'a network printer: [printer] url = "tcp://its-address:9100"')


def configured(config: "Config") -> Findings:
    """Whether what the configuration names is there; scanner and printer are asked. A running till keeps its own."""
    paths: Mapping[str, str] = {"camera": config.camera.source, "display": config.display.port}
    for what, path in paths.items():
        if path.startswith("/"):
            there = Path(path).exists()
            yield Finding(
                what, there, f"{path} {'is there' if there else 'is not there'}", "" if there else "plug it in"
            )
    if config.scanner.port:
        yield _scanner(config.scanner)
    if config.printer.url:
        yield _printer(config.printer.url)


def _scanner(settings: "ScannerConfig") -> Finding:
    """Opened as the till would open it, and asked who it is, where it can be asked."""
    import queue

    from terminal.scanning.protocols.talk import Command, Outcome
    from terminal.scanning.serial_port import SerialSource
    from terminal.steps import DeviceState

    if settings.is_keyboard:
        there = Path(settings.port).exists()
        return Finding("scanner", there, settings.port, "" if there else "plug it in")
    states = queue.SimpleQueue[DeviceState]()
    source = SerialSource(
        settings.port,
        on_line=lambda _text, _at_s: None,
        on_state=states.put,
        baud=settings.baud,
        protocol=settings.protocol,
    )
    source.start()
    try:
        if not (opened := states.get()).up:
            return Finding("scanner", False, opened.detail, "plug it in, or end the till that is using it")
        answer = source.ask(Command.IDENTIFY).result()
    finally:
        source.stop()
    if answer.outcome is Outcome.NO_ANSWER:
        do = "check `protocol` and `baud` under [scanner], and the scanner's own setup code"
        return Finding("scanner", False, f"{settings.port} does not answer in {settings.protocol}", do)
    return Finding("scanner", True, f"{settings.port}, {settings.protocol} {answer.text}".strip())


def _printer(url: str) -> Finding:
    import asyncio

    from terminal.transport.printer import printer_status

    try:
        status = asyncio.run(printer_status(url))
    except DeviceError as error:
        return Finding("printer", False, str(error), "switch it on and look at its cable and address")
    if status.problem:
        return Finding("printer", False, url, status.problem)
    return Finding("printer", True, f"{url}: paper {status.paper}")


def _stable(folder: Path, node: Path) -> str:
    """The name that survives plugging out and in: by serial number, else by socket, else the node's own."""
    for kind in ("by-id", "by-path"):
        for link in sorted((folder / kind).glob("*")):
            if link.resolve() == node.resolve():
                return str(link)
    return str(node)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
