"""`saoma read`: the codes in pictures, folders, videos and streams."""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.errors import DeviceError, SaomaError
from terminal.model import Symbol, Symbology

if TYPE_CHECKING:
    from terminal.commands.looking import Step
    from terminal.scanning.capture import Capture
    from terminal.vision.options import Options

FOUND, NONE_FOUND, UNREADABLE, MISSING = 0, 1, 2, 3
PROGRESS_AFTER_S = 2.0
_BAR = 30  # letters


@dataclass(frozen=True, slots=True)
class Answer:
    """What is in one picture or video, or in a stream up to now; or why it could not be looked at.

    `steps` are the looks that were taken at a picture, where they were asked for.
    """

    path: str
    symbols: list[Symbol]
    trouble: str = ""
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with each picture besides reading it."""

    explain: bool = False
    draw: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a picture, folder, video, camera number or address")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each picture")
    parser.add_argument(
        "--symbologies",
        type=_symbologies,
        default=frozenset(Symbology),
        metavar="A,B",
        help=f"look only for these: {_names()} (default: all)",
    )
    parser.add_argument("--engine", choices=("auto", "zbar", "zxing", "own"), default="auto", help="who reads")
    parser.add_argument("--explain", action="store_true", help="each look at a picture: what, by whom, how long")
    parser.add_argument("--draw", type=Path, metavar="DIR", help="save each picture there with what was looked at")


def run(args: argparse.Namespace) -> int:
    from terminal.vision.engines import load
    from terminal.vision.options import EngineChoice, Options

    # A picture may show an ITF of any length; `accept` still wants two readers to agree on it.
    options = Options(args.symbologies, EngineChoice(args.engine), itf_lengths=frozenset())
    missing = load(options.engine).missing
    for sentence in missing:
        _complain(sentence)
    if missing and options.engine is EngineChoice.ZBAR:
        return MISSING
    if args.draw and (trouble := _no_room(args.draw)):
        _complain(trouble)
        return UNREADABLE
    wish = Wish(args.explain, args.draw)
    names = list(_names_in(args.paths))
    answers = (answer for name in names for answer in _answers(name, options, wish))
    told = [_tell(answer, as_json=args.json) for answer in _with_progress(answers, len(names))]
    if not told:
        _complain("no pictures there: name a picture, or a folder that holds some")
    if UNREADABLE in told:
        return UNREADABLE
    return FOUND if FOUND in told else NONE_FOUND


def _no_room(folder: Path) -> str:
    """Why nothing can be drawn into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{folder}: {error.strerror}: check its rights, or use another place"
    return ""


def _names() -> str:
    return ", ".join(Symbology)


def _symbologies(words: str) -> frozenset[Symbology]:
    by_name = {symbology.lower(): symbology for symbology in Symbology}
    unknown = [word for word in words.split(",") if word.strip().lower() not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"no symbology {', '.join(map(repr, unknown))}; there are {_names()}")
    return frozenset(by_name[word.strip().lower()] for word in words.split(","))


def _names_in(paths: Iterable[str]) -> Iterator[str]:
    """Each path, and for a folder the pictures in it."""
    from terminal.scanning.pictures import pictures_in

    for name in paths:
        if Path(name).is_dir():
            yield from map(str, pictures_in(Path(name)))
        else:
            yield name


def _answers(name: str, options: "Options", wish: Wish) -> Iterator[Answer]:
    from terminal.scanning.capture import is_live

    if is_live(name) and not Path(name).is_file():
        yield from _stream(name, options)
    else:
        yield _still_or_video(name, options, wish)


def _still_or_video(name: str, options: "Options", wish: Wish) -> Answer:
    from terminal.scanning.capture import open_video
    from terminal.scanning.pictures import SUFFIXES, UnreadablePicture

    path = Path(name)
    try:
        return _still(path, name, options, wish)
    except FileNotFoundError:
        return Answer(name, [], f"{name}: no such file: check the path")
    except OSError as error:
        return Answer(name, [], f"{error.filename or name}: {error.strerror}: check its rights, or use another place")
    except UnreadablePicture as no_picture:
        if path.suffix.lower() in SUFFIXES:
            return Answer(name, [], str(no_picture))
        try:
            capture = open_video(path)
        except DeviceError:
            return Answer(name, [], str(no_picture))
    found = [symbol for fresh in _fresh(capture, options) for symbol in fresh]
    return Answer(name, found)


def _still(path: Path, name: str, options: "Options", wish: Wish) -> Answer:
    from terminal.scanning.pictures import load_grey
    from terminal.vision.reader import read

    grey = load_grey(path)
    if not (wish.explain or wish.draw):
        return Answer(name, read(grey, options))
    from terminal.commands.looking import draw, watched

    symbols, steps = watched(grey, options)
    if wish.draw:
        draw(wish.draw, path, grey, symbols, steps)
    return Answer(name, symbols, steps=steps if wish.explain else ())


def _stream(name: str, options: "Options") -> Iterator[Answer]:
    """An answer whenever something comes into view that was not seen before."""
    from terminal.scanning.capture import open_capture

    try:
        capture = open_capture(name)
    except SaomaError as error:
        yield Answer(name, [], str(error))
        return
    yield from (Answer(name, fresh) for fresh in _fresh(capture, options))


def _fresh(capture: "Capture", options: "Options") -> Iterator[list[Symbol]]:
    """Frame by frame, the symbols that no earlier frame had, where there are any."""
    from terminal.scanning.camera import look
    from terminal.vision.reader import Reader

    reader, known = Reader(options), set[tuple[Symbology, str]]()
    while picture := capture.next():
        small = picture.small()
        symbols = [] if small is None else look(reader, picture, small)
        if fresh := [one for one in symbols if (one.symbology, one.text) not in known]:
            known.update((one.symbology, one.text) for one in fresh)
            yield fresh
    capture.close()


def _with_progress(answers: Iterator[Answer], total: int) -> Iterator[Answer]:
    """On a terminal, a bar below the answers while a long piece of work goes on."""
    start_s = time.monotonic()
    is_shown = False
    for count, answer in enumerate(answers, 1):
        if is_shown:
            sys.stderr.write(f"\r{'':{_BAR + 24}}\r")
        yield answer
        is_shown = sys.stderr.isatty() and time.monotonic() - start_s > PROGRESS_AFTER_S and count < total
        if is_shown:
            sys.stderr.write(f"\r[{'#' * (_BAR * count // total):{_BAR}}] {count} of {total}")
            sys.stderr.flush()


def _tell(answer: Answer, *, as_json: bool) -> int:
    """One answer on stdout, or its trouble on stderr; what it means for the exit code."""
    if answer.trouble:
        _complain(answer.trouble)
        return UNREADABLE
    if as_json:
        sys.stdout.write(json.dumps(_as_json(answer)) + "\n")
    else:
        lines = [f"{symbol.symbology} {_shown(symbol.text)}" for symbol in answer.symbols] or ["no code"]
        sys.stdout.writelines(f"{_shown(answer.path)}: {line}\n" for line in lines)
        sys.stdout.writelines(f"  {_shown(line)}\n" for line in _explained(answer))
    sys.stdout.flush()
    return FOUND if answer.symbols else NONE_FOUND


def _explained(answer: Answer) -> Iterator[str]:
    if answer.steps:
        from terminal.commands.looking import totals

        yield from (f"{symbol.symbology} by {symbol.read_by}" for symbol in answer.symbols)
        yield from (step.told for step in answer.steps)
        yield totals(answer.steps)


def _as_json(answer: Answer) -> dict[str, object]:
    told: dict[str, object] = {"path": answer.path, "symbols": [_symbol_as_json(one) for one in answer.symbols]}
    if answer.steps:
        told["read_by"] = [symbol.read_by for symbol in answer.symbols]
        told["looks"] = [step.as_json() for step in answer.steps]
    return told


def _symbol_as_json(symbol: Symbol) -> dict[str, object]:
    corners = [[round(x, 1), round(y, 1)] for x, y in symbol.corners]
    return {"symbology": symbol.symbology, "aim": symbol.aim, "text": symbol.text, "corners": corners}


def _shown(text: str) -> str:
    """Text from a stranger, safe for a terminal of any encoding."""
    encoding = sys.stdout.encoding or "ascii"
    safe = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return safe.encode(encoding, "backslashreplace").decode(encoding)


def _complain(sentence: str) -> None:
    sys.stderr.write(f"saoma read: {_shown(sentence)}\n")
