"""Records a till: the real one, on a loop whose moments can come again, with everything outside it overheard."""

import platform
import random
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import version
from inspect import iscoroutinefunction, signature
from pathlib import Path
from typing import Any

from terminal.basket.catalogue import Catalogue
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.model import Scan
from terminal.operators import Role
from terminal.recording.lines import TapedLine, scanner_told
from terminal.recording.loops import Gate, LoopClock, RecordingLoop
from terminal.recording.papers import taped_paper
from terminal.recording.plain import plain
from terminal.recording.questions import abilities_of
from terminal.recording.stand_ins import StandIns
from terminal.recording.tape import BOOKS, FACT, FORMAT, IN, TapeWriter
from terminal.recording.taped_wire import taped
from terminal.recording.watch import Note, Watch, WatchedJournal
from terminal.routing.route import Contract
from terminal.scanning.protocols.lines import LineProfile
from terminal.scheme import Reply, Request
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper
from terminal.till.shelf import beside
from terminal.transport.listener import Hear, Listener

SEED_BITS = 128
LONGEST_NAME = 64
ASKED_OF_THE_TILL = ("heard", "snapshot", "start", "subscribe")  # what is public of a till and no command


@cache
def commands() -> tuple[str, ...]:
    """What may be asked of a till from outside: each is one kind of line on a tape."""
    found = ((name, getattr(Till, name)) for name in dir(Till) if not name.startswith("_"))
    methods = (name for name, one in found if callable(one) and not iscoroutinefunction(one))
    return tuple(name for name in methods if name not in ASKED_OF_THE_TILL)


class Recorder:
    """Made before the till, to run on `loop` with `clock` and `rng`; what makes its parts is called as ever."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises PlaceError where no tape can be kept."""
        self.stand_ins = StandIns()
        self._folder = folder
        self._kept: list[str] = []
        self._tape = TapeWriter(folder, self.stand_ins)
        self._clock_began_s = clock.real_start_s
        self._lines: list[TapedLine] = []
        self.loop = RecordingLoop(clock.real_start_s)
        self.loop.on_time = partial(self.note, IN, "time", {})
        self.clock = LoopClock(self.loop, speed=clock.speed, start_wall_s=clock.start_wall_s)
        self._seed = secrets.randbits(SEED_BITS)
        self.rng = random.Random(self._seed)
        self._watch = Watch(self.note)

    def note(self, kind: str, what: str, particulars: Mapping[str, Any]) -> None:
        self._tape.write({"t": self.loop.time(), kind: what, **particulars})

    def journal(self, path: Path, **how: Any) -> Journal:
        """A journal that is watched. How it was before is kept with the tape; its key stays where it is."""
        parts = {path.with_name(path.name + ending): BOOKS + ending for ending in ("", "-wal")}
        for part, name in (parts | {beside(path): beside(path).name}).items():
            if part.exists() and name not in self._kept:
                shutil.copy(part, self._folder / name)  # to be read by its owner alone, as there
                self._kept.append(name)
        self._journal = WatchedJournal(path, **how)
        return self._journal

    def listener(self, address: str) -> Listener:
        return _TapedListener(address, self.loop.gate, self.note)

    def line(self, port: str, protocol: str, profile: LineProfile) -> Callable[[bytes, float, Sequence[str]], None]:
        """A scanner whose bytes are kept as well as its codes."""
        self._tape.write({"t": self.loop.time(), FACT: "scanner", **scanner_told(port, protocol, profile)})
        taped = TapedLine(port, self.stand_ins, self._tape.write, self._clock_began_s)
        self._lines.append(taped)
        return taped.heard

    def till(  # noqa: PLR0913 - as a till is made
        self,
        *,
        terminal_id: str,
        journal: Journal,
        acquirers: Mapping[str, Acquirer],
        contracts: Sequence[Contract],
        clock: Clock,
        rng: random.Random,
        paper: Paper,
        listener: Listener | None = None,
        catalogue: Catalogue | None = None,
        operators: Mapping[str, Role] | None = None,
    ) -> Till:
        """A till of these parts, and the beginning of its tape."""
        catalogue = catalogue or Catalogue(())
        self._tape.write(self._head(terminal_id, acquirers, contracts, paper, catalogue, operators or {}))
        kind = _taped_till(self.loop.gate, self.note, self._hidden, self._end)
        self._journal.on_entry = self._watch.wrote
        till = kind(
            terminal_id=terminal_id,
            journal=journal,
            acquirers={
                name: taped(one, self._watch.asked, self.loop.gate, self.note) for name, one in acquirers.items()
            },
            contracts=contracts,
            clock=clock,
            rng=rng,
            paper=taped_paper(paper, self.loop.gate, self.note),
            listener=listener,
            catalogue=catalogue,
            operators=operators,
        )
        till.subscribe(self._watch.told)
        return till

    def _head(
        self,
        terminal_id: str,
        acquirers: Mapping[str, Acquirer],
        contracts: Sequence[Contract],
        paper: Paper,
        catalogue: Catalogue,
        operators: Mapping[str, Role],
    ) -> dict[str, object]:
        made_by = {"tape": FORMAT, "saoma": version("saoma"), "python": platform.python_version()}
        time = {"t": self.loop.time(), "speed": self.clock.speed, "start_wall_s": self.clock.start_wall_s}
        return {
            **made_by,
            **time,
            "beside": self._kept,
            "seed": self._seed,
            "terminal_id": terminal_id,
            "till": plain(replace(paper.till, notify_url="")),
            "printer": plain(paper.printer),
            "is_demo": paper.is_demo,
            "is_lesson": paper.is_lesson,
            "contracts": plain(list(contracts)),
            "catalogue": plain(catalogue.items),
            "labels": plain(catalogue.labels),
            "operators": {number: role.word for number, role in operators.items()},
            "acquirers": [
                {"name": one.name, "title": one.title, "fee_rate": plain(one.fee_rate)}
                | {"procedure": plain(one.procedure), "can": abilities_of(one.wire)}
                for one in acquirers.values()
            ],
        }

    def _end(self) -> None:
        for line in self._lines:
            line.end()
        self.note(IN, "end", {})
        self._tape.close()

    def _hidden(self, given: object) -> object:
        """What a command is given, with stand-ins for codes."""
        if isinstance(given, Scan):
            return replace(given, text=self.stand_ins.scan(given))
        return [self._hidden(one) for one in given] if isinstance(given, (list, tuple)) else given


def _taped_till(gate: Gate, note: Note, hidden: Callable[[object], object], end: Callable[[], None]) -> type[Till]:
    """A till whose commands wait for moments of their own, and are noted down then."""

    def through_gate(name: str) -> Callable[..., None]:
        method = getattr(Till, name)
        names = tuple(signature(method).parameters)[1:]

        def command(self: Till, *args: object, **named: object) -> None:
            given = dict(zip(names, args, strict=False)) | named
            gate.put(lambda: obey(self, given))

        def obey(self: Till, given: dict[str, object]) -> None:
            note(IN, name, {key: plain(hidden(value)) for key, value in given.items()})
            method(self, **given)

        return command

    async def stop(self: Till) -> None:
        await gate.turn(end)
        await Till.stop(self)

    return type("TapedTill", (Till,), {**{name: through_gate(name) for name in commands()}, "stop": stop})


class _TapedListener(Listener):
    def __init__(self, address: str, gate: Gate, note: Note) -> None:
        super().__init__(address)
        self._gate, self._note = gate, note

    async def start(self, hear: Hear) -> None:
        async def admitted(name: str, request: Request) -> Reply:
            await self._gate.turn(lambda: self._note(IN, "heard", {"acquirer": name[:LONGEST_NAME]}))
            answer = hear(name, request)
            return answer if isinstance(answer, Reply) else await answer

        await super().start(admitted)
