"""`saoma reconcile`: a bill that somebody has fetched by hand, held against the till's books."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands import settlements
from terminal.commands.settlements import Report, books_at, configured, tell
from terminal.errors import ConfigError, NoBill
from terminal.places import JOURNAL, state_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.scheme import BillLine

LONGEST_BILL = 64 << 20  # bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    settlements.add_arguments(parser)
    parser.add_argument("--bill", metavar="FILE", required=True, help="the bill as the acquirer packs it")
    parser.add_argument("--acquirer", metavar="A", required=True, help="whose it is: a contract, by its name")


def run(args: argparse.Namespace) -> int:
    from terminal.books.settlement import KIND
    from terminal.clock import Clock
    from terminal.compose import acquirers_of
    from terminal.scheme import Bills
    from terminal.till.settling import compared

    config, clock = configured(args.config), Clock()
    acquirers = acquirers_of(config)
    acquirer = acquirers.get(args.acquirer)
    if acquirer is None:
        raise ConfigError(f"--acquirer {args.acquirer}: there are {', '.join(acquirers)}")
    if not isinstance(acquirer.wire, Bills):
        raise ConfigError(f"--acquirer {args.acquirer}: files of this acquirer are not read here")
    bill = acquirer.wire.read_bill(_content(Path(args.bill)))
    day = args.day or _day_of(bill)
    with books_at(state_place(args.state, "till") / JOURNAL, clock) as (reader, journal):
        settlement = compared(acquirer, reader, day, config.till.terminal_id, bill)
        if journal is not None:
            journal.note("", KIND, settlement.table())
    return tell(Report([settlement], is_recorded=journal is not None), args)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_BILL + 1)
    except OSError as error:
        raise NoBill(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > LONGEST_BILL:
        raise NoBill(f"{path}: longer than any bill")
    return content


def _day_of(bill: "Sequence[BillLine]") -> date:
    """The day that its first line says; raises NoBill where there is none."""
    try:
        return date.fromisoformat(bill[0].at[:10])
    except (IndexError, ValueError) as error:
        raise NoBill("the bill does not say of which day it is: give --day") from error
