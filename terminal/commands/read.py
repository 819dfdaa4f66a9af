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
    from terminal.scanning.capture import Capture
    from terminal.vision.options import Options

FOUND, NONE_FOUND, UNREADABLE, MISSING = 0, 1, 2, 3
PROGRESS_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is in one picture or video, or in a stream up to now; or why it could not be looked at."""

    path: str
    symbols: list[Symbol]
    trouble: str = ""


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
    parser.add_argument("--engine", choices=("auto", "zbar", "zxing"), default="auto", help="who reads")


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
    told = [_tell(answer, as_json=args.json) for answer in _with_progress(_answers(args.paths, options))]
    if not told:
        _complain("no pictures there: name a picture, or a folder that holds some")
    if UNREADABLE in told:
        return UNREADABLE
    return FOUND if FOUND in told else NONE_FOUND


def _names() -> str:
    return ", ".join(Symbology)


def _symbologies(words: str) -> frozenset[Symbology]:
    by_name = {symbology.lower(): symbology for symbology in Symbology}
    unknown = [word for word in words.split(",") if word.strip().lower() not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"no symbology {', '.join(map(repr, unknown))}; there are {_names()}")
    return frozenset(by_name[word.strip().lower()] for word in words.split(","))


def _answers(paths: Iterable[str], options: "Options") -> Iterator[Answer]:
    from terminal.scanning.capture import is_live
    from terminal.scanning.pictures import pictures_in

    for name in paths:
        path = Path(name)
        if is_live(name) and not path.is_file():
            yield from _stream(name, options)
        elif path.is_dir():
            yield from (_still_or_video(str(picture), options) for picture in pictures_in(path))
        else:
            yield _still_or_video(name, options)


def _still_or_video(name: str, options: "Options") -> Answer:
    from terminal.scanning.capture import open_video
    from terminal.scanning.pictures import SUFFIXES, UnreadablePicture, load_grey
    from terminal.vision.reader import read

    path = Path(name)
    try:
        return Answer(name, read(load_grey(path), options))
    except FileNotFoundError:
        return Answer(name, [], f"{name}: no such file: check the path")
    except OSError as error:
        return Answer(name, [], f"{name}: {error.strerror}: check its rights, or copy it somewhere else")
    except UnreadablePicture as no_picture:
        if path.suffix.lower() in SUFFIXES:
            return Answer(name, [], str(no_picture))
        try:
            capture = open_video(path)
        except DeviceError:
            return Answer(name, [], str(no_picture))
    found = [symbol for fresh in _fresh(capture, options) for symbol in fresh]
    return Answer(name, found)


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


def _with_progress(answers: Iterator[Answer]) -> Iterator[Answer]:
    """On a terminal, how far a long piece of work has come."""
    start_s = time.monotonic()
    for count, answer in enumerate(answers, 1):
        if sys.stderr.isatty() and time.monotonic() - start_s > PROGRESS_AFTER_S:
            sys.stderr.write(f"\r{count} read \r")
        yield answer


def _tell(answer: Answer, *, as_json: bool) -> int:
    """One answer on stdout, or its trouble on stderr; what it means for the exit code."""
    if answer.trouble:
        _complain(answer.trouble)
        return UNREADABLE
    if as_json:
        told = {"path": answer.path, "symbols": [_as_json(symbol) for symbol in answer.symbols]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        lines = [f"{symbol.symbology} {_shown(symbol.text)}" for symbol in answer.symbols] or ["no code"]
        sys.stdout.writelines(f"{_shown(answer.path)}: {line}\n" for line in lines)
    sys.stdout.flush()
    return FOUND if answer.symbols else NONE_FOUND


def _as_json(symbol: Symbol) -> dict[str, object]:
    corners = [[round(x, 1), round(y, 1)] for x, y in symbol.corners]
    return {"symbology": symbol.symbology, "aim": symbol.aim, "text": symbol.text, "corners": corners}


def _shown(text: str) -> str:
    """Text from a stranger, safe for a terminal of any encoding."""
    encoding = sys.stdout.encoding or "ascii"
    safe = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return safe.encode(encoding, "backslashreplace").decode(encoding)


def _complain(sentence: str) -> None:
    sys.stderr.write(f"saoma read: {_shown(sentence)}\n")
