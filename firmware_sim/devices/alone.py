"""`python -m firmware_sim scanner|camera|printer|display`: one device by itself, for anybody's till.

What its customer, its cable or its roll does is typed at its standard input; it ends when that does.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_sim.devices.line_faults import Damage
from firmware_sim.devices.scanners.every import SCANNERS

if TYPE_CHECKING:
    from firmware_sim.devices.printer import Printer

Words = Mapping[str, Callable[[str], None]]  # what may be typed, and what it does with the rest of its line
NEW_PAPER_S = 0.5
LAST_PORT = 65535


def add_devices(add: Callable[[str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]) -> None:
    """The commands; `add(name, run)` makes the parser of one."""
    scanner = add("scanner", _scanner)
    scanner.add_argument("link", type=Path, help="the path it appears at, for a till to open")
    scanner.add_argument("--protocol", choices=tuple(SCANNERS), default="lines", help="what it speaks")
    scanner.add_argument("--baud", type=int, help="its own speed: at another one a till hears garbage")
    camera = add("camera", _camera)
    camera.add_argument("--port", type=_port, default=0, help="of its address on 127.0.0.1")
    camera.add_argument("--v4l2", type=Path, metavar="FOLDER", help="a webcam, /dev/video0, kept in this folder")
    camera.add_argument("--seed", type=int, default=7, help="which counter it looks at")
    printer = add("printer", _printer)
    printer.add_argument("folder", type=Path, help="where each paper is kept: bytes, text and picture")
    printer.add_argument("--port", type=_port, default=9100, help="on 127.0.0.1")
    printer.add_argument("--columns", type=int, choices=(32, 42, 48), default=32)
    display = add("display", _display)
    display.add_argument("link", type=Path, help="the path it appears at")
    display.add_argument("--kind", choices=("vfd", "led8"), default="vfd")


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r}: a port from 0 (any free one) to {LAST_PORT}")
    return int(text)


def _scanner(args: argparse.Namespace) -> int:
    from firmware_sim.devices.scanner import PtyScanner  # noqa: PLC0415 - pseudo-terminals: not on every system

    scanner = PtyScanner(args.link, insides=SCANNERS[args.protocol], baud=args.baud)
    words: dict[str, Callable[[str], None]] = {
        damage.value: lambda code, damage=damage: scanner.scan(code, damage=(damage, len(code) // 2))  # type: ignore[misc]
        for damage in Damage
    }
    words |= {
        "scan": scanner.scan,
        "half": lambda code: scanner.scan(code, unplug_after=len(code) // 2),
        "bare": lambda code: scanner.send(code.encode()),
        "flood": lambda _: scanner.send(b"~" * 20_000),
        "mute": lambda _: setattr(scanner, "is_mute", True),
        "answer": lambda _: setattr(scanner, "is_mute", False),
        "deaf": lambda _: setattr(scanner, "is_deaf", True),
        "hear": lambda _: setattr(scanner, "is_deaf", False),
        "unplug": lambda _: scanner.unplug(),
        "plug": lambda name: scanner.plug(scanner.link.with_name(name) if name else None),
    }
    with scanner:
        _tell(f"{args.protocol} scanner at {scanner.link}; type: {', '.join(words)} (CODE)")
        _obey(words)
    return 0


def _camera(args: argparse.Namespace) -> int:
    from firmware_sim.devices.camera import MjpegCamera  # noqa: PLC0415 - loads OpenCV
    from firmware_sim.devices.v4l2_shim.camera import Webcam  # noqa: PLC0415
    from firmware_sim.devices.v4l2_shim.shim import environment  # noqa: PLC0415
    from firmware_sim.drawing.scenes import Counter  # noqa: PLC0415

    counter = Counter(args.seed)
    camera: MjpegCamera | Webcam = MjpegCamera(counter.frame, port=args.port)
    if args.v4l2:
        args.v4l2.mkdir(parents=True, exist_ok=True)
        settings = " ".join(f"{name}={value}" for name, value in environment(args.v4l2).items())
        camera = Webcam(counter.frame, args.v4l2)
    words: Words = {
        "show": lambda code: counter.arrive(code, "alipay", time.monotonic()),
        "leave": lambda _: counter.leave(time.monotonic()),
        "stall": lambda _: camera.stall(),
        "resume": lambda _: camera.resume(),
        "tear": lambda count: camera.tear(int(count or "1")),
        "shrink": lambda count: camera.shrink(int(count or "1")),
        "unplug": lambda _: camera.unplug(),
        "plug": lambda name: camera.plug(name) if isinstance(camera, Webcam) else camera.plug(),
    }
    with camera:
        place = camera.url if isinstance(camera, MjpegCamera) else f"/dev/video0 for: env {settings} PROGRAM"
        _tell(f"camera at {place}; type: show CODE, {', '.join(list(words)[1:])}")
        _obey(words)
    return 0


def _printer(args: argparse.Namespace) -> int:
    from firmware_sim.devices.printer import Printer  # noqa: PLC0415 - draws paper

    printer = Printer(args.folder, port=args.port, columns=args.columns)
    words: Words = {
        "roll": lambda kind: setattr(printer, "roll", kind if kind in ("ok", "low", "out") else "ok"),
        "open": lambda _: setattr(printer, "is_cover_open", True),
        "close": lambda _: setattr(printer, "is_cover_open", False),
        "fault": lambda _: setattr(printer, "has_fault", True),
        "mend": lambda _: setattr(printer, "has_fault", False),
        "pause": lambda _: setattr(printer, "is_paused", True),
        "resume": lambda _: setattr(printer, "is_paused", False),
        "drawer": lambda _: setattr(printer, "is_drawer_open", False),
        "unplug": lambda _: printer.unplug(),
        "plug": lambda _: printer.plug(),
    }
    with printer:
        _tell(f"printer at {printer.url}; type: roll ok|low|out, {', '.join(list(words)[1:])}")
        threading.Thread(target=_show_papers, args=(printer,), daemon=True).start()
        _obey(words)
    return 0


def _show_papers(printer: "Printer") -> None:
    seen = 0
    while True:
        with suppress(TimeoutError):
            for paper in printer.wait_for_papers(seen + 1, timeout_s=NEW_PAPER_S)[seen:]:
                seen += 1
                _tell(f"--- {paper.image}\n{paper.text}")


def _display(args: argparse.Namespace) -> int:
    from firmware_sim.devices.display import Led8, PtyDisplay, Vfd  # noqa: PLC0415 - pseudo-terminals

    display = PtyDisplay(args.link, Led8() if args.kind == "led8" else Vfd())
    words: Words = {
        "look": lambda _: _tell("\n".join(f"|{line}|" for line in display.lines)),
        "unplug": lambda _: display.unplug(),
        "plug": lambda _: display.plug(),
    }
    with display:
        _tell(f"{args.kind} display at {display.link}; type: {', '.join(words)}")
        _obey(words)
    return 0


def _obey(words: Words) -> None:
    """Lines of standard input, each a word and what belongs to it, until it ends or we are told to."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # by way of every `with`: no path is left behind
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word in words:
            try:
                words[word](rest)
            except (ValueError, OSError) as error:
                _tell(f"{word}: {error}")
        elif word:
            _tell(f"{word!r} is none of: {', '.join(words)}")


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
