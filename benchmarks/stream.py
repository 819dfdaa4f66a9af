"""`saoma bench stream`: a counter's camera, every reader on the same frames in turn.

Most of such a stream shows nothing, so what idling costs decides; then what counts is how soon a code is read, and how
often. Frames are drawn once, given to every reader and forgotten. Times are CPU times of single calls.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from benchmarks import plot
from benchmarks.cost import milliseconds
from benchmarks.leak import growth_bytes
from benchmarks.options import whole_number
from benchmarks.peers import BASE, OURS, chosen, peers
from benchmarks.photographs import MANIFEST
from benchmarks.report import machine, markdown, percent, ratio
from benchmarks.streams import Stream, backgrounds
from benchmarks.watching import NEVER, Result, Visit, Watch, measure

GOOD, USAGE, MISSING = 0, 2, 3


def main(words: Sequence[str]) -> int:
    args = _arguments(words)
    cv2.setNumThreads(1)
    if args.soak:
        return _soak(args.soak)
    if args.manifest and not args.manifest.is_file():
        sys.stderr.write(f"saoma bench stream: {args.manifest}: no such file: name a manifest.csv\n")
        return MISSING
    everyone, missing = peers(stream=True)
    try:
        readers = chosen(everyone, args.peers)
    except ValueError as error:
        sys.stderr.write(f"saoma bench stream: {error}\n")
        return USAGE
    pictures = backgrounds(args.manifest or MANIFEST)
    if not pictures:
        sys.stderr.write(f"saoma bench stream: no photographs at {MANIFEST}: drawn backgrounds take their place\n")
    result = measure((Stream(seed, args.frames, pictures) for seed in args.seeds), readers)
    for name, svg in figures(result) if args.plot else ():
        plot.write(args.plot, name, svg)
    if args.json:
        told = {"machine": machine(), "seeds": args.seeds, "frames": args.frames, "missing": missing}
        sys.stdout.write(json.dumps({**told, "backgrounds": len(pictures), **as_json(result)}) + "\n")
        return GOOD
    behind = f"{len(pictures)} photographs" if pictures else "drawn counters"
    sys.stdout.write(f"{machine()}\nSeeds {args.seeds}, {args.frames} frames each, before {behind}\n")
    sys.stdout.writelines(f"Missing: {sentence}\n" for sentence in missing)
    sys.stdout.write(report(result))
    return GOOD


def _soak(frames: int) -> int:
    grown = growth_bytes(frames)
    if grown is None:
        sys.stderr.write("saoma bench stream: this system does not say how large a process is\n")
        return MISSING
    sys.stdout.write(f"{machine()}\n{frames} frames watched: the process grew by {grown / 1e6:.1f} MB\n")
    return GOOD


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="saoma bench stream",
        description="A counter's camera, drawn from seeds, by every reader installed, ours among them.",
        epilog="example: saoma bench stream --seeds 1,2,3 --peers zxing,zxing-wanted,saoma",
    )
    parser.add_argument("--seeds", type=_seeds, default=(1, 2, 3, 4, 5), metavar="A,B", help="default: 1,2,3,4,5")
    parser.add_argument("--frames", type=whole_number, default=300, metavar="N", help="of each stream (default: 300)")
    parser.add_argument("--manifest", type=Path, metavar="F", help="whose photographs without codes are backgrounds")
    parser.add_argument("--json", action="store_true", help="everything as one line of JSON")
    parser.add_argument("--peers", metavar="A,B", help="only these readers (default: all)")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="write the figures there, as SVG")
    parser.add_argument(
        "--soak", type=whole_number, metavar="N", help="only watch N frames, and tell what memory it took"
    )
    return parser.parse_args(words)


def _seeds(words: str) -> tuple[int, ...]:
    return tuple(whole_number(word) for word in words.split(","))


# --- what is shown ---------------------------------------------------------------------------------------


def report(result: Result) -> str:
    """Markdown: the readers, the guests, our own stages, and every false read with how many frames had it."""
    parts = [f"\n## Readers\n\n{readers_table(result)}"]
    parts.append(f"\n## By guest: frames read, and frames to the first read\n\n{guests_table(result)}")
    if result.prices:
        parts.append(f"\n## Our stages\n\n{stages_table(result)}")
    false = [
        f"- {w.name}, {what}, frames: {count}\n" for w in result.watches for what, count in Counter(w.false).items()
    ]
    return "".join([*parts, "\n## False reads\n\n" if false else "", *false])


def readers_table(result: Result) -> str:
    head = [
        "reader",
        f"CPU / {BASE}",
        "idle part",
        "idle ms",
        "p50 ms",
        "p95 ms",
        f"read of {result.watches[0].in_view if result.watches else 0}",
        "first read",
        "worst",
        "never",
        "false",
    ]
    base = _base(result)
    return markdown(head, (_reader_row(watch, base) for watch in result.watches))


def _base(result: Result) -> Watch | None:
    return next((watch for watch in result.watches if watch.name == BASE), None)


def _reader_row(watch: Watch, base: Watch | None) -> list[str]:
    return [
        watch.name,
        ratio(watch.cpu_s, base.cpu_s if base else None),
        ratio(sum(watch.idle_s), sum(base.idle_s) if base else None),
        f"{1000 * sum(watch.idle_s) / max(1, len(watch.idle_s)):.3f}",
        f"{milliseconds(watch.costs_s, 0.5):.2f}",
        f"{milliseconds(watch.costs_s, 0.95):.1f}",
        f"{watch.read} ({percent(watch.read, watch.in_view)})",
        _frames(median(watch.lates) if watch.lates else NEVER),
        _frames(max(watch.lates, default=NEVER)),
        str(watch.lates.count(NEVER)),
        str(len(watch.false)),
    ]


def _frames(late: float) -> str:
    return "never" if late == NEVER else f"{late:g}"


def guests_table(result: Result) -> str:
    """A row a guest; how many frames each reader read, and after how many it first did."""
    head = ["guest", "in view", *(watch.name for watch in result.watches)]
    guests = zip(*(watch.visits for watch in result.watches), strict=True)
    return markdown(head, (_guest_row(visits) for visits in guests))


def _guest_row(visits: Sequence[Visit]) -> list[str]:
    first = visits[0]
    name = f"{first.seed}: {first.kind.value}"
    return [name, str(first.in_view), *(f"{visit.read}, {_frames(visit.late)}" for visit in visits)]


def stages_table(result: Result) -> str:
    head = ["stage", "µs, nobody there", "µs, somebody there", "share"]
    rows = ([p.stage, f"{p.idle_us:.0f}", f"{p.busy_us:.0f}", f"{100 * p.share:.1f} %"] for p in result.prices)
    return markdown(head, rows)


def as_json(result: Result) -> dict[str, Any]:
    base = _base(result)
    return {
        "readers": [_reader_as_json(watch, base) for watch in result.watches],
        "stages": [
            {"stage": p.stage, "idle_us": p.idle_us, "busy_us": p.busy_us, "share": p.share} for p in result.prices
        ],
    }


def _reader_as_json(watch: Watch, base: Watch | None) -> dict[str, Any]:
    return {
        "name": watch.name,
        "cpu_s": watch.cpu_s,
        "cpu_ratio": watch.cpu_s / base.cpu_s if base else None,
        "idle_ratio": sum(watch.idle_s) / sum(base.idle_s) if base and base.idle_s else None,
        "p50_ms": milliseconds(watch.costs_s, 0.5),
        "p95_ms": milliseconds(watch.costs_s, 0.95),
        "in_view": watch.in_view,
        "read": watch.read,
        "first_read": [visit.first_read for visit in watch.visits],
        "guests": [{"seed": v.seed, "kind": v.kind.value, "in_view": v.in_view, "read": v.read} for v in watch.visits],
        "false": watch.false,
    }


def figures(result: Result) -> list[tuple[str, str]]:
    """Name and SVG of each: what readers cost and read, and what our stages take."""
    drawn = []
    if base := _base(result):
        dots = [
            plot.Dot(w.name, w.cpu_s / base.cpu_s, 100 * w.read / max(1, w.in_view), w.name == OURS)
            for w in result.watches
        ]
        drawn.append(("stream-cost", plot.scatter("A counter's camera", f"CPU, of {BASE}'s", "frames read, %", dots)))
    if result.prices:
        rows = [(price.stage, 100 * price.share) for price in result.prices]
        drawn.append(("stream-stages", plot.shares("What our stages take of a stream", rows, "%")))
    return drawn
