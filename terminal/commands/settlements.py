"""What `saoma settle` and `saoma reconcile` have in common: the books they open, and how they tell what came of it."""

import csv
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from terminal.errors import ConfigError, JournalLocked, PlaceError

if TYPE_CHECKING:
    from terminal.books.journal import Journal, JournalReader
    from terminal.books.settlement import Finding, Settlement, Totals
    from terminal.clock import Clock
    from terminal.config import Config

CSV_COLUMNS = ("acquirer", "day", "what", "order", "refund", "currency", "ours", "theirs", "count", "note", "action")


@dataclass
class Report:
    """What came of it: what was settled, and what could not be, with why."""

    settlements: "list[Settlement]" = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    is_recorded: bool = True

    @property
    def is_good(self) -> bool:
        return not self.failed and all(one.agrees for one in self.settlements)


def add_arguments(parser: ArgumentParser) -> None:
    """Those that both have."""
    parser.add_argument("--day", type=_day, metavar="D", help="2026-11-22; the acquirer's day (default: the newest)")
    parser.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    parser.add_argument("--config", metavar="FILE", help="the till's contracts (see configs/)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON object")
    how.add_argument("--csv", metavar="FILE", help="every sum and every finding as a table in this file")


def configured(path: str | None) -> "Config":
    """The till's configuration; raises ConfigError for one without contracts."""
    from terminal.config import Config, load
    from terminal.schemes import SETTINGS

    config = load(Path(path), SETTINGS) if path else Config()
    if not config.acquirer:
        raise ConfigError("no acquirers are configured: give the till's own file by --config")
    return config


@contextmanager
def books_at(path: Path, clock: "Clock") -> "Iterator[tuple[JournalReader, Journal | None]]":
    """The journal to read, and to write where no till keeps it. Raises JournalError, also where there is none yet."""
    from terminal.books.journal import Journal, JournalReader

    reader: JournalReader = JournalReader(path)
    try:
        journal = Journal(path, wall=clock.wall, monotonic=clock.monotonic)
    except JournalLocked as error:
        sys.stderr.write(f"saoma: {error.args[0]}; so this is told and not written down\n")
        journal = None
    try:
        yield journal or reader, journal
    finally:
        reader.close()
        if journal is not None:
            journal.close()


def tell(report: Report, args: Namespace) -> int:
    """Print it as it was asked for; the exit code."""
    if args.json:
        sys.stdout.write(json.dumps(_table(report), ensure_ascii=False) + "\n")
    else:
        for settlement in report.settlements:
            sys.stdout.writelines(f"{line}\n" for line in _told(settlement))
    for name, why in report.failed.items():
        sys.stderr.write(f"saoma: {name} is not settled: {why}\n")
    if args.csv:
        _write_csv(report.settlements, Path(args.csv))
    return 0 if report.is_good else 1


def _table(report: Report) -> dict[str, Any]:
    return {
        "ok": report.is_good,
        "recorded": report.is_recorded,
        "settlements": [one.table() for one in report.settlements],
        "failed": report.failed,
    }


def _told(settlement: "Settlement") -> Iterator[str]:
    yield f"{settlement.acquirer}  {settlement.day}  {'agrees' if settlement.agrees else 'DIFFERS'}"
    for totals in settlement.totals:
        yield from (f"  {name:<14}{count:>7}  {amount:>16}" for name, count, amount in _sums(totals))
    found = f"{settlement.matched} matched, {len(settlement.waits)} waiting, {len(settlement.differences)} different"
    yield f"  {found}" + (f", {settlement.strangers} of other tills" if settlement.strangers else "")
    if settlement.batch:
        yield f"  batch {settlement.batch} is open now"
    yield from _findings("DIFFERENT", settlement.differences)
    yield from _findings("waits", settlement.waits)


def _findings(head: str, findings: "Sequence[Finding]") -> Iterator[str]:
    from terminal.books.matching import ACTIONS

    for one in findings:
        sides = f"here {one.ours or 'none'}, there {one.theirs or 'none'}"
        yield f"  {head:<10} {one.kind:<17} {one.key}  {sides}" + (f"  ({one.note})" if one.note else "")
        yield f"             {ACTIONS[one.kind]}"


def _sums(totals: "Totals") -> Iterator[tuple[str, str, str]]:
    for name, one in totals.sums.items():
        yield name.replace("_", " "), str(one.count), str(one.money)
    yield "net", "", str(totals.net)


def _write_csv(settlements: "Sequence[Settlement]", path: Path) -> None:
    from terminal.books.export import cell

    with _to_be_written(path) as file:
        table = csv.DictWriter(file, CSV_COLUMNS, restval="")
        table.writeheader()
        for settlement in settlements:
            facts = {"acquirer": settlement.acquirer, "day": settlement.day}
            for row in _rows(settlement):
                table.writerow({name: cell(value) for name, value in {**facts, **row}.items()})


@contextmanager
def _to_be_written(path: Path) -> "Iterator[TextIO]":
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise PlaceError(f"{path}: cannot be written ({error.strerror})") from error


def _rows(settlement: "Settlement") -> Iterator[dict[str, object]]:
    from terminal.books.matching import ACTIONS

    for totals in settlement.totals:
        for name, one in totals.sums.items():
            currency = one.money.currency.code
            yield {"what": name, "currency": currency, "ours": one.money.decimal, "count": one.count}
    for finding in (*settlement.differences, *settlement.waits):
        yield {
            "what": finding.kind,
            "order": finding.order_id,
            "refund": finding.refund_id,
            "currency": next((money.currency.code for money in (finding.ours, finding.theirs) if money), ""),
            "ours": finding.ours.decimal if finding.ours else "",
            "theirs": finding.theirs.decimal if finding.theirs else "",
            "note": finding.note,
            "action": ACTIONS[finding.kind],
        }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r}: a day such as 2026-11-22") from error
