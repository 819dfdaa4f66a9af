"""Runs a tape again: the real till, in time of the tape's, held at every step against what it did then."""

import asyncio
import hashlib
import json
import random
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from terminal.basket.basket import Item
from terminal.basket.catalogue import Catalogue
from terminal.books.journal import Journal
from terminal.books.salvage import open_books
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import DeviceError, NoAnswer, NotSent, TransportError
from terminal.operators import Role
from terminal.recording.lines import reread
from terminal.recording.loops import LoopClock, Moment, ReplayLoop, Work
from terminal.recording.papers import played_paper
from terminal.recording.plain import read, read_call
from terminal.recording.played_wire import PlayedCarrier, Score, played_wire
from terminal.recording.questions import Numbered
from terminal.recording.recorder import commands
from terminal.recording.tape import BOOKS, FACT, IN, OUT, Line, Tape, TapeDamaged, read_tape
from terminal.recording.watch import Watch, WatchedJournal
from terminal.routing.route import Contract
from terminal.scheme import Procedure, Reply, Request
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper
from terminal.till.shelf import beside
from terminal.transport.printer import PrinterStatus

FAILURES: dict[str, type[TransportError]] = {"NotSent": NotSent, "NoAnswer": NoAnswer}

Outcome = asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that went otherwise: None is nothing at all."""

    at_s: float  # of the tape's time
    recorded: Line | None
    replayed: Line | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """How it went. `digest` is over everything that the till did: the same tape and the same code, the same digest."""

    came: int  # how many things came from outside
    did: int  # how many things the till did that were compared
    lasted_s: float  # seconds, then
    is_whole: bool  # else the tape was cut short, and it was replayed up to there
    digest: str
    difference: Difference | None


def replay(folder: Path) -> Replayed:
    """Run the tape in a folder, which is left as it is. Raises TapeDamaged."""
    tape = read_tape(folder)
    with TemporaryDirectory(prefix="saoma-replay-") as place:
        books = Path(place) / "journal.db"
        if (goods := beside(folder / BOOKS)).exists():
            shutil.copyfile(goods, beside(books))
        for ending in ("", "-wal"):
            kept = folder / (BOOKS + ending)
            if kept.exists():
                shutil.copyfile(kept, books.with_name(books.name + ending))
        try:
            _check_beside(tape, folder)
            replayed = _Player(tape, books).play()
            return replace(replayed, difference=replayed.difference or _misread(tape))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise TapeDamaged(f"{folder}: a line is not what this version writes ({error!r})") from error


def _check_beside(tape: Tape, folder: Path) -> None:
    """A tape without the books that it began with goes otherwise from the first order number on."""
    for name in tape.head.get("beside", ()):  # which older tapes do not tell
        if not (folder / name).exists():
            raise TapeDamaged(f"{folder / name}: is missing; a tape is all of the folder that --record made: copy that")


def _misread(tape: Tape) -> Difference | None:
    """The first code that its scanner's bytes do not make any more."""
    scanners = (line for line in tape.lines if line.get(FACT) == "scanner")
    found = [Difference(then["t"], then, now) for one in scanners for then, now in reread(one, tape.lines)]
    return min(found, key=lambda one: one.at_s, default=None)


class _Player:
    def __init__(self, tape: Tape, books: Path) -> None:
        self._tape, self._books = tape, books
        self._expected = [line for line in tape.lines if OUT in line]
        self._seen = 0
        self._is_over = False
        self._difference: Difference | None = None
        self._broken: Exception | None = None
        self._digest = hashlib.sha256()
        self._outcomes: dict[int, Outcome] = {}
        self._printing: deque[Outcome] = deque()
        self._score = Score(tape.lines)
        self._watch = Watch(self._note)
        self._loop = ReplayLoop(float(tape.head["t"]), self._moments())
        self._ended: asyncio.Event = asyncio.Event()

    def play(self) -> Replayed:
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()
        if self._broken is not None:
            raise self._broken
        came = sum(IN in line for line in self._tape.lines)
        lasted_s = self._loop.time() - self._tape.head["t"]
        digest = self._digest.hexdigest()
        return Replayed(came, self._seen, lasted_s, self._tape.is_whole, digest, self._difference)

    async def _run(self) -> None:
        self._till = self._make_till()
        self._till.start()
        await self._ended.wait()
        await self._till.stop()

    def _make_till(self) -> Till:
        head = self._tape.head
        clock = LoopClock(self._loop, speed=head["speed"], start_wall_s=head["start_wall_s"])
        journal, _ = open_books(self._books, wall=clock.wall, monotonic=clock.monotonic, kind=self._journal)
        self._watched.on_entry = self._watch.wrote
        printer, shop = read(PrinterConfig, head["printer"]), read(TillConfig, head["till"])
        till = Till(
            terminal_id=head["terminal_id"],
            journal=journal,
            acquirers={one["name"]: self._acquirer(one) for one in head["acquirers"]},
            contracts=[read(Contract, one) for one in head["contracts"]],
            clock=clock,
            rng=random.Random(head["seed"]),
            paper=played_paper(
                Paper(printer, shop, head["is_demo"], head.get("is_lesson", False)), self._note, self._printing
            ),
            catalogue=Catalogue(read(tuple[Item, ...], head["catalogue"]), head["labels"]),
            operators={number: Role[word.upper()] for number, word in head.get("operators", {}).items()},
        )
        till.subscribe(self._watch.told)
        return till

    def _journal(self, path: Path, **how: Any) -> Journal:
        self._watched = WatchedJournal(path, **how)
        return self._watched

    def _acquirer(self, told: Mapping[str, Any]) -> Acquirer:
        name, procedure = told["name"], read(Procedure, told["procedure"])
        wire, carrier = played_wire(name, tuple(told["can"]), self._score), PlayedCarrier(name, self._score, self._ask)
        return Acquirer(name, wire, procedure, carrier, told["title"], read(Decimal | None, told["fee_rate"]))

    def _ask(self, acquirer: str, request: Request) -> asyncio.Future[Reply]:
        return self._outcomes.setdefault(self._watch.asked(acquirer, request), self._loop.create_future())

    # --- what comes --------------------------------------------------------------------------------------

    def _moments(self) -> Iterator[Moment]:
        """One after the other, each asked for when the till has come to rest: it must have done by then what it did."""
        expected = 0
        for line in self._tape.lines:
            if OUT in line:
                expected += 1
            elif IN in line:
                self._has_done(expected)
                try:
                    moment = float(line["t"]), self._coming(line)
                except (KeyError, IndexError, TypeError, ValueError) as error:
                    self._broken = error
                    break
                yield moment
        else:
            self._has_done(expected)
        yield self._loop.time(), self._end

    def _coming(self, line: Line) -> Work:
        """What a line brings; raises KeyError, IndexError, TypeError or ValueError for one that is none of ours."""
        if line[IN] in commands():
            given = {name: value for name, value in line.items() if name not in ("t", IN)}
            return read_call(getattr(self._till, line[IN]), given)
        ways: dict[str, Callable[[Line], Work]] = {
            "time": lambda _: lambda: None,
            "end": lambda _: self._end,
            "heard": self._heard,
            "replied": lambda it: _giving(self._outcomes[it["number"]], Numbered(it["status"], {}, b"", it["number"])),
            "failed": lambda it: _failing(self._outcomes[it["number"]], FAILURES[it["how"]](it["why"])),
            "printed": lambda it: _giving(self._printing.popleft(), read(PrinterStatus, it["status"])),
            "not_printed": lambda it: _failing(self._printing.popleft(), DeviceError(it["why"])),
        }
        return ways[line[IN]](line)

    def _heard(self, line: Line) -> Work:
        """On the turn after the one in which it was let in, as at the counter."""

        def hear() -> None:
            self._loop.call_soon(self._till.heard, line["acquirer"], Request("POST", "", {}))

        return hear

    def _end(self) -> None:
        self._is_over = True
        self._ended.set()

    # --- what the till does ------------------------------------------------------------------------------

    def _note(self, _kind: str, what: str, particulars: Mapping[str, Any]) -> None:
        if self._is_over:
            return
        line: Line = json.loads(json.dumps({"t": self._loop.time(), OUT: what, **particulars}))
        if self._seen < len(self._expected):
            recorded = self._expected[self._seen]
        elif self._tape.is_whole:
            recorded = None
        else:
            return  # more than was written before the power failed
        self._digest.update(json.dumps(line, sort_keys=True).encode())
        if line != recorded:
            self._differ(recorded, line)
        self._seen += 1

    def _has_done(self, expected: int) -> None:
        if self._seen < expected and not self._is_over:
            self._differ(self._expected[self._seen], None)

    def _differ(self, recorded: Line | None, replayed: Line | None) -> None:
        self._difference = Difference(self._loop.time(), recorded, replayed)
        self._end()


def _giving(outcome: Outcome, result: object) -> Work:
    """To whoever waits for it, if somebody still does."""
    return lambda: None if outcome.done() else outcome.set_result(result)


def _failing(outcome: Outcome, why: Exception) -> Work:
    return lambda: None if outcome.done() else outcome.set_exception(why)
