"""The agreements file, for the commands that decide by it."""

import argparse
from datetime import date
from pathlib import Path

from terminal.errors import ConfigError
from terminal.places import AGREEMENTS
from terminal.routing.agreements import Interop, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agreements", metavar="FILE", default=str(AGREEMENTS), help="what is agreed (%(default)s)")
    parser.add_argument("--at", metavar="DAY", help="on which day, as 2021-10-01 (default: today)")
    parser.add_argument("--trials", action="store_true", help="the shop takes part in the wallets' trials")


def country(text: str) -> str:
    """For argparse: as agreements name it."""
    if not (len(text) == 2 and text.isascii() and text.isupper()):  # noqa: PLR2004 - ISO 3166-1 alpha-2
        raise argparse.ArgumentTypeError(f"{text!r}: two capital letters, as CN or JP")
    return text


def interop(args: argparse.Namespace) -> Interop:
    """Raises ConfigError."""
    return load(Path(args.agreements))


def day(args: argparse.Namespace) -> date:
    """The day asked about; raises ConfigError for what is none. A time of day may follow, and decides nothing."""
    if args.at is None:
        return date.today()  # noqa: DTZ011 - the shop's own day
    try:
        return date.fromisoformat(args.at[:10])
    except ValueError as error:
        raise ConfigError(f"--at {args.at}: write a day as 2021-10-01") from error
