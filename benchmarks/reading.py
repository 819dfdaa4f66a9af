"""`saoma bench reading`: photographs, every reader on the same picture in turn.

Right, unread and misread are counted by symbology: "74, 2 wrong" are 74 pictures read and 2 misread. A misread is
worse than an unread code, so it has a column of its own too. Times are CPU times of single calls, so that a busy
machine does not matter much.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import plot
from benchmarks.cost import in_turn, milliseconds, timed
from benchmarks.options import whole_number
from benchmarks.peers import BASE, OURS, Peer, Wanted, chosen, peers
from benchmarks.photographs import MANIFEST, NO_CODE, Photograph, drawn, photographs, spread
from benchmarks.report import machine, markdown, percent, ratio, with_progress
from benchmarks.score import Found, Judged, Outcome, judge
from terminal.model import Symbology
from terminal.vision.options import COUNTER

GOOD, USAGE, MISSING = 0, 2, 3
MATRIX = frozenset({Symbology.DATA_MATRIX, Symbology.PDF417, Symbology.AZTEC})
UNION = "zxing + pyzbar"
_BLANK = np.full((32, 32), 255, np.uint8)
_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Answers:
    """What one reader made of the pictures, in their order, and what each cost it in seconds of CPU."""

    name: str
    families: Wanted
    judged: list[Judged] = field(default_factory=list)
    costs_s: list[float] = field(default_factory=list)

    @property
    def cpu_s(self) -> float:
        return sum(self.costs_s)


@dataclass(frozen=True, slots=True)
class Round:
    """The same pictures by every reader that knows any of the wanted symbologies."""

    title: str
    wanted: Wanted
    pictures: list[Photograph]
    answers: list[Answers]

    @property
    def columns(self) -> list[Symbology]:
        """The wanted symbologies of which there are pictures."""
        there = {picture.symbology for picture in self.pictures}
        return [symbology for symbology in Symbology if symbology in self.wanted and symbology in there]

    @property
    def base_s(self) -> float | None:
        return next((one.cpu_s for one in self.answers if one.name == BASE), None)

    def right(self, answers: Answers) -> Counter[str]:
        """By symbology."""
        pairs = zip(self.pictures, answers.judged, strict=True)
        return Counter(picture.symbology for picture, one in pairs if one.outcome is Outcome.RIGHT)

    def misread(self, answers: Answers, *, with_code: bool) -> list[tuple[Photograph, Judged]]:
        """The pictures out of which something was read that is not there."""
        pairs = zip(self.pictures, answers.judged, strict=True)
        return [(picture, one) for picture, one in pairs if one.wrong and with_code == (picture.symbology != NO_CODE)]

    def wrong(self, answers: Answers) -> Counter[str]:
        """Pictures with a code that were misread, by symbology."""
        return Counter(picture.symbology for picture, _ in self.misread(answers, with_code=True))

    def unread(self, answers: Answers) -> list[Photograph]:
        pairs = zip(self.pictures, answers.judged, strict=True)
        return [picture for picture, one in pairs if picture.expected and one.outcome is Outcome.UNREAD]


def main(words: Sequence[str]) -> int:
    args = _arguments(words)
    cv2.setNumThreads(1)
    if args.manifest and not args.manifest.is_file():
        sys.stderr.write(f"saoma bench reading: {args.manifest}: no such file: name a manifest.csv\n")
        return MISSING
    everyone, missing = peers(stream=False)
    try:
        readers = chosen(everyone, args.peers)
    except ValueError as error:
        sys.stderr.write(f"saoma bench reading: {error}\n")
        return USAGE
    source, pictures = _pictures(args.manifest)
    rounds = [
        measure("QR and the seven linear families", COUNTER, spread(pictures, args.limit), readers),
        measure("Data Matrix, PDF417 and Aztec, asked for", MATRIX, spread(pictures, args.limit), readers),
    ]
    rounds = [one for one in rounds if one.columns and one.answers]
    if args.plot:
        for name, svg in figures(rounds):
            plot.write(args.plot, name, svg)
    if args.json:
        told = {"machine": machine(), "pictures": source, "missing": missing, "rounds": [as_json(r) for r in rounds]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{machine()}\nPictures: {source}\n")
        sys.stdout.writelines(f"Missing: {sentence}\n" for sentence in missing)
        sys.stdout.writelines(f"\n## {one.title}\n\n{table(one)}" for one in rounds)
        sys.stdout.writelines(failures(one) for one in rounds if args.failures)
    return GOOD


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="saoma bench reading",
        description="Photographs of codes by every reader installed, ours among them.",
        epilog="example: saoma bench reading --peers zxing,pyzbar,saoma --limit 60 --failures",
    )
    parser.add_argument("--manifest", type=Path, metavar="F", help=f"a manifest.csv of labelled pictures ({MANIFEST})")
    parser.add_argument("--json", action="store_true", help="everything as one line of JSON")
    parser.add_argument("--peers", metavar="A,B", help="only these readers (default: all)")
    parser.add_argument("--limit", type=whole_number, metavar="N", help="only N pictures, taken evenly from all")
    parser.add_argument("--failures", action="store_true", help="name the pictures that we do not read or misread")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="write the figures there, as SVG")
    return parser.parse_args(words)


def _pictures(manifest: Path | None) -> tuple[str, list[Photograph]]:
    if manifest or MANIFEST.is_file():
        there = manifest or MANIFEST
        return f"photographs of {there.parent.name}/{there.name}", photographs(there)
    sys.stderr.write(f"saoma bench reading: no photographs at {MANIFEST}: drawn pictures take their place\n")
    return "drawn, for there are no photographs on this machine", drawn()


def measure(title: str, wanted: Wanted, pictures: Sequence[Photograph], readers: Sequence[Peer]) -> Round:
    """Every reader on every picture that shows a wanted symbology or no code, in an order that rotates."""
    asked = [one for one in pictures if one.symbology in wanted or one.symbology == NO_CODE]
    able = [peer for peer in readers if peer.families & wanted]
    answers = {peer.name: Answers(peer.name, peer.families) for peer in able}
    reads = {peer.name: peer.fresh(wanted) for peer in able}
    for read in reads.values():
        read(_BLANK)  # what a first call loads and allocates is not the first picture's
    for index, picture in enumerate(with_progress(asked, len(asked), "pictures")):
        grey = picture.load()
        for peer in in_turn(able, index):
            found, cost_s = timed(reads[peer.name], grey)
            answers[peer.name].judged.append(judge(found, picture.expected, picture.present))
            answers[peer.name].costs_s.append(cost_s)
    return Round(title, wanted, asked, _with_union(list(answers.values())))


def _with_union(answers: list[Answers]) -> list[Answers]:
    """With what zxing-cpp and zbar together read, and misread: the least that using both must come to."""
    by_name = {one.name: one for one in answers}
    pair = [by_name[name] for name in (BASE, "pyzbar") if name in by_name]
    if len(pair) < 2:  # noqa: PLR2004 - both
        return answers
    first, second = pair
    both = Answers(
        UNION,
        first.families | second.families,
        [_either(one, other) for one, other in zip(first.judged, second.judged, strict=True)],
        [one + other for one, other in zip(first.costs_s, second.costs_s, strict=True)],
    )
    ours = [one for one in answers if one.name == OURS]
    return [*(one for one in answers if one.name != OURS), both, *ours]


def _either(one: Judged, other: Judged) -> Judged:
    outcome = Outcome.RIGHT if Outcome.RIGHT in (one.outcome, other.outcome) else Outcome.UNREAD
    return Judged(outcome, (*one.wrong, *other.wrong))


# --- what is shown ---------------------------------------------------------------------------------------


def table(of: Round) -> str:
    """Markdown: a row a reader."""
    counts = Counter(picture.symbology for picture in of.pictures)
    head = [
        "reader",
        *(f"{symbology} {counts[symbology]}" for symbology in of.columns),
        f"read of {_coded(of)}",
        "misread",
        f"false on {counts[NO_CODE]} without",
        "median ms",
        "p99 ms",
        f"CPU / {BASE}",
    ]
    return markdown(head, (_row(of, answers) for answers in of.answers))


def _coded(of: Round) -> int:
    return sum(picture.symbology != NO_CODE for picture in of.pictures)


def _row(of: Round, answers: Answers) -> list[str]:
    right = of.right(answers)
    return [
        answers.name,
        *(_cell(of, answers, symbology) for symbology in of.columns),
        f"{right.total()} ({percent(right.total(), _coded(of))})",
        str(len(of.misread(answers, with_code=True))),
        str(len(of.misread(answers, with_code=False))),
        f"{milliseconds(answers.costs_s, 0.5):.2f}",
        f"{milliseconds(answers.costs_s, 0.99):.1f}",
        ratio(answers.cpu_s, of.base_s),
    ]


def _cell(of: Round, answers: Answers, symbology: Symbology) -> str:
    if symbology not in answers.families:
        return _UNKNOWN
    wrong = of.wrong(answers)[symbology]
    return f"{of.right(answers)[symbology]}{f', {wrong} wrong' if wrong else ''}"


def failures(of: Round) -> str:
    """The pictures that we misread, then those that we leave unread, with who does read them."""
    ours = next((one for one in of.answers if one.name == OURS), None)
    if ours is None:
        return ""
    lines = [f"\n## Misread by us: {of.title}\n\n"]
    for with_code in (True, False):
        lines += [f"- {picture.name}: {_told(one.wrong)}\n" for picture, one in of.misread(ours, with_code=with_code)]
    lines.append(f"\n## Unread by us: {of.title}\n\n")
    lines += [f"- {picture.name}{_read_by_others(of, picture)}\n" for picture in of.unread(ours)]
    return "".join(lines)


def _told(wrong: Sequence[Found]) -> str:
    return ", ".join(f"{one.symbology} {one.text[:40]!r}" for one in wrong)


def _read_by_others(of: Round, picture: Photograph) -> str:
    index = of.pictures.index(picture)
    names = [a.name for a in of.answers if a.name != UNION and a.judged[index].outcome is Outcome.RIGHT]
    return f" (read by {', '.join(names)})" if names else ""


def as_json(of: Round) -> dict[str, Any]:
    return {
        "title": of.title,
        "pictures": Counter(picture.symbology for picture in of.pictures),
        "readers": [_reader_as_json(of, answers) for answers in of.answers],
    }


def _reader_as_json(of: Round, answers: Answers) -> dict[str, Any]:
    misread = [*of.misread(answers, with_code=True), *of.misread(answers, with_code=False)]
    return {
        "name": answers.name,
        "right": of.right(answers),
        "misread": len(of.misread(answers, with_code=True)),
        "misread_by_symbology": of.wrong(answers),
        "false_reads": len(of.misread(answers, with_code=False)),
        "median_ms": milliseconds(answers.costs_s, 0.5),
        "p99_ms": milliseconds(answers.costs_s, 0.99),
        "cpu_s": answers.cpu_s,
        "cpu_ratio": answers.cpu_s / of.base_s if of.base_s else None,
        "unread": [picture.name for picture in of.unread(answers)],
        "wrong": {picture.name: [one.text for one in judged.wrong] for picture, judged in misread},
    }


def figures(rounds: Sequence[Round]) -> list[tuple[str, str]]:
    """Name and SVG of each: what readers cost and read, and ours beside the best single peer by symbology."""
    drawn_figures = []
    for one in rounds[:1]:
        if one.base_s:
            drawn_figures.append(("reading-cost", _cost_figure(one, one.base_s)))
        if any(answers.name == OURS for answers in one.answers):
            drawn_figures.append(("reading-symbologies", _symbology_figure(rounds)))
    return drawn_figures


def _cost_figure(of: Round, base_s: float) -> str:
    able = [answers for answers in of.answers if set(of.columns) <= answers.families | {Symbology.MICRO_QR}]
    dots = [
        plot.Dot(one.name, one.cpu_s / base_s, 100 * of.right(one).total() / _coded(of), one.name == OURS)
        for one in able
    ]
    return plot.scatter(f"Photographs: {of.title}", f"CPU, of {BASE}'s", "read, %", dots)


def _symbology_figure(rounds: Sequence[Round]) -> str:
    rows = [_pair(of, symbology) for of in rounds for symbology in of.columns]
    return plot.pairs("Photographs read, by symbology", rows, "best single peer on each")


def _pair(of: Round, symbology: Symbology) -> plot.Pair:
    count = sum(picture.symbology == symbology for picture in of.pictures)
    shares = {one.name: 100 * of.right(one)[symbology] / count for one in of.answers}
    best = max((share for name, share in shares.items() if name not in (OURS, UNION)), default=0.0)
    return plot.Pair(symbology, best, shares.get(OURS, 0.0))
