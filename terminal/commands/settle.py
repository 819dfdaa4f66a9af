"""`saoma settle`: the end of a day with each acquirer, from the till's books and the acquirer's own."""

import argparse
import asyncio
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands import settlements
from terminal.commands.settlements import Report, books_at, configured, tell
from terminal.errors import ConfigError, DeviceError, JournalError, NoBill, TransportError
from terminal.model import State
from terminal.places import JOURNAL, state_place

if TYPE_CHECKING:
    from terminal.books.journal import Journal, JournalReader
    from terminal.books.settlement import Settlement
    from terminal.clock import Clock
    from terminal.config import Config
    from terminal.till import Acquirer, Till
    from terminal.till.paper import Paper

CARRY_ON_S = 120.0  # how long payments that were left open are waited for; then they stay open, and are said to be


def add_arguments(parser: argparse.ArgumentParser) -> None:
    settlements.add_arguments(parser)
    parser.add_argument("--acquirer", metavar="A", help="one contract, by its name (default: all that can be settled)")
    parser.add_argument("--print", action="store_true", help="a slip for each on the configured printer")


def run(args: argparse.Namespace) -> int:
    from terminal.clock import Clock
    from terminal.compose import acquirers_of

    config, clock = configured(args.config), Clock()
    if args.print and not config.printer.url:
        raise ConfigError("--print: no printer is configured")
    picked = _picked(acquirers_of(config), args.acquirer)
    with books_at(state_place(args.state, "till") / JOURNAL, clock) as (reader, journal):
        if journal is not None:
            report = asyncio.run(_by_a_till(config, journal, clock, [one.name for one in picked], args))
            _back_up(config, journal.path, clock)
        else:
            report = asyncio.run(_beside_a_till(config, reader, clock, picked, args))
    return tell(report, args)


def _picked(acquirers: "dict[str, Acquirer]", name: str | None) -> "list[Acquirer]":
    from terminal.till.settling import can_settle

    if name is not None:
        if name not in acquirers:
            raise ConfigError(f"--acquirer {name}: there are {', '.join(acquirers)}")
        return [acquirers[name]]
    for one in acquirers.values():
        if not can_settle(one):
            sys.stderr.write(f"saoma: {one.name} is left out: its bills come as files, which are not read here\n")
    return [one for one in acquirers.values() if can_settle(one)]


async def _by_a_till(
    config: "Config", journal: "Journal", clock: "Clock", names: list[str], args: argparse.Namespace
) -> Report:
    """Nobody keeps these books: a till without a counter does it, carries on what is open, and writes it down."""
    from terminal.compose import acquirers_of, contracts_of
    from terminal.till import Till
    from terminal.till.paper import Paper

    acquirers, paper = acquirers_of(config), Paper(config.printer, config.till)
    no_printer = replace(config.printer, url="")  # nobody stands here to take what a till prints by itself
    till = Till(
        terminal_id=config.till.terminal_id,
        journal=journal,
        acquirers=acquirers,
        contracts=contracts_of(config),
        clock=clock,
        rng=random.SystemRandom(),
        paper=Paper(no_printer, config.till),
    )
    till.start()
    report = Report()
    try:
        await _carried_on(till, clock)
        for number, name in enumerate(names, start=1):
            _progress(f"settling with {name} ({number} of {len(names)})")
            try:
                settlement = await till.settled(name, args.day)
            except (NoBill, TransportError) as error:
                report.failed[name] = str(error)
                continue
            report.settlements.append(settlement)
            if args.print:
                await _print(paper, journal, settlement, acquirers[name].title)
    finally:
        _progress("")
        await till.stop()
    return report


async def _beside_a_till(
    config: "Config", reader: "JournalReader", clock: "Clock", picked: "list[Acquirer]", args: argparse.Namespace
) -> Report:
    """A till keeps these books: bills can be looked at beside it, a batch is closed by it alone."""
    from terminal.till.settling import Desk, closes_batches, last_day, settled

    desk = Desk(config.till.terminal_id, clock, random.SystemRandom())
    report = Report(is_recorded=False)
    for acquirer in picked:
        if closes_batches(acquirer):
            report.failed[acquirer.name] = "its batch is closed by the till that keeps it"
            continue
        _progress(f"settling with {acquirer.name}")
        try:
            day = args.day or last_day(acquirer, clock.wall())
            report.settlements.append(await settled(acquirer, reader, day, desk))
        except (NoBill, TransportError) as error:
            report.failed[acquirer.name] = str(error)
        finally:
            await acquirer.carrier.close()
    _progress("")
    return report


async def _print(paper: "Paper", journal: "Journal", settlement: "Settlement", title: str) -> None:
    """A day is settled without its slip too."""
    try:
        await paper.print_slip(journal, settlement, title)
    except DeviceError as error:
        sys.stderr.write(f"saoma: the slip is not printed: {error}\n")


def _back_up(config: "Config", journal: Path, clock: "Clock") -> None:
    """A day is settled without its backup too."""
    from terminal.books.backup import back_up_into

    if config.books.backup is not None:
        try:
            back_up_into(config.books.backup, journal, config.till.terminal_id, clock.wall(), keep=config.books.keep)
        except JournalError as error:
            sys.stderr.write(f"saoma: the books are not backed up: {error}\n")


async def _carried_on(till: "Till", clock: "Clock") -> None:
    """Wait for what can end soon: an undoing that is only waiting for its horizon is left to wait."""
    moved = asyncio.Event()
    unsubscribe = till.subscribe(lambda _: moved.set())
    ends_s = clock.monotonic() + CARRY_ON_S
    while (left := _unsettled(till)) and (left_s := ends_s - clock.monotonic()) > 0:
        _progress(f"{left} open payments are carried on first, for {left_s:.0f} s at most")
        moved.clear()
        try:
            await clock.within(min(1.0, left_s), moved.wait())
        except TimeoutError:
            continue
    unsubscribe()


def _unsettled(till: "Till") -> int:
    return sum(1 for one in till.snapshot.open_attempts if one.state is not State.REVERSED)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
