"""`saoma replay`: a recorded session runs again, and is held against what it did."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.recording.replay import Replayed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="what `saoma run --record DIR` or `saoma demo --record DIR` kept")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    from terminal.recording.replay import replay

    replayed = replay(Path(args.folder))
    sys.stdout.write((json.dumps(_table(replayed)) if args.json else "\n".join(_told(replayed))) + "\n")
    return 0 if replayed.difference is None else 1


def _table(replayed: "Replayed") -> dict[str, object]:
    difference = replayed.difference
    return {
        "same": difference is None,
        "came": replayed.came,
        "did": replayed.did,
        "lasted_s": round(replayed.lasted_s, 3),
        "whole": replayed.is_whole,
        "digest": replayed.digest,
        "difference": difference
        and {"at_s": difference.at_s, "recorded": difference.recorded, "replayed": difference.replayed},
    }


def _told(replayed: "Replayed") -> list[str]:
    difference = replayed.difference
    lines = [
        f"came     {replayed.came} things in {replayed.lasted_s:.1f} s",
        f"did      {replayed.did} things" + (", all as before" if difference is None else ""),
        f"digest   {replayed.digest}",
    ]
    if not replayed.is_whole:
        lines.append("cut      the tape was cut short; it was replayed up to there")
    if difference is not None:
        sides = (json.dumps(one, ensure_ascii=False) for one in (difference.recorded, difference.replayed))
        lines.append(f"differs  at {difference.at_s:.6f} s")
        lines += [f"  {side} {one}" for side, one in zip(("then", "now "), sides, strict=True)]
    return lines
