"""`--record DIR`, which `run` and `demo` share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.clock import Clock
    from terminal.recording.recorder import Recorder


def add_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", metavar="DIR", help="keep the session on a tape, codes masked, for `saoma replay`")


def recorder_for(args: argparse.Namespace, clock: "Clock") -> "Recorder | None":
    """Raises PlaceError where no tape can be kept."""
    if not args.record:
        return None
    from terminal.recording.recorder import Recorder

    return Recorder(Path(args.record), clock)
