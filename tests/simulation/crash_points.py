"""The power failing at every single step of a till's disk, in every way: gate G3.

A scenario is told once, and what its disk was like before each step is kept. Every step is then failed at with every
pattern of tears. What is left must open, hold every entry that was promised and nothing that was never asked for; the
power also fails while it opens. Where that leaves the books in a state that they were not left in before, the whole
counter is put before them: the till is started, and every rule must hold to the end.
"""

import hashlib
import logging
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw

from firmware_sim.simulation import counter
from firmware_sim.simulation.cheap_signatures import cheap_signatures
from firmware_sim.simulation.disk import Choose, Disk, Fate, Medium, drives, hold_place
from firmware_sim.simulation.run import MEMORY
from firmware_sim.simulation.shop import Scenario, Shop
from terminal.books.journal import Journal

OnStep = Callable[[int], None] | None
Image = Mapping[str, bytes]
Tear = Callable[[int, int, random.Random], Fate]  # of the n-th of so many unsynced writes

PAGE = 4096
NEAR = 40  # steps: a few payments before a checkpoint, and a few after it

# What becomes of the writes that were not synced. A disk may keep any of them, in any order.
TEARS: Mapping[str, Tear] = {
    "all lost": lambda _n, _of, _rng: Fate.LOST,
    "all kept": lambda _n, _of, _rng: Fate.KEPT,
    "all torn": lambda _n, _of, _rng: Fate.TORN,
    "all garbled": lambda _n, _of, _rng: Fate.GARBLED,
    "the last torn": lambda n, of, _rng: Fate.KEPT if n < of - 1 else Fate.TORN,
    "the last garbled": lambda n, of, _rng: Fate.KEPT if n < of - 1 else Fate.GARBLED,
    "the first lost": lambda n, _of, _rng: Fate.KEPT if n else Fate.LOST,
    "any": lambda _n, _of, rng: rng.choice(tuple(Fate)),
}


@dataclass(frozen=True, slots=True)
class Step:
    """Before this step of the disk. Entries up to `promised` had been committed, up to `asked` at least begun."""

    number: int
    medium: Medium
    promised: int
    asked: int


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario's disk from step to step, and the hashes of the entries that it came to."""

    name: str
    steps: tuple[Step, ...]
    hashes: tuple[bytes, ...]


@dataclass(slots=True)
class Recorder:
    """Keeps what each disk of the drives was like before each step, and how far its journal had come."""

    steps: list[Step] = field(default_factory=list)
    promised: int = 0
    asked: int = 0
    last: Disk = field(default_factory=Disk)

    def disk(self, image: Image | None = None, on_step: OnStep = None) -> Disk:
        def step(number: int) -> None:
            self.steps.append(Step(number, disk.medium(), self.promised, self.asked))
            if on_step is not None:
                on_step(number)

        disk = self.last = Disk(image, step)
        return disk

    def story(self, name: str, folder: Path, disks: dict[str, Disk]) -> Story:
        """What was recorded, with the journal's entries as they are at the end."""
        disks[str(folder)] = Disk(self.last.contents)
        with closing(_journal(folder)) as journal:
            hashes = tuple(entry.hash for entry in journal.entries())[:-1]  # without that of this start
        return Story(name, tuple(self.steps), hashes)

    def listen(self, connection: apsw.Connection) -> None:
        """To what SQLite does, not to what the journal says of it: called for every connection that is made."""

        def changed(_what: int, _database: str, table: str, rowid: int) -> None:
            if table == "entry":
                self.asked = rowid

        def finished(event: dict[str, Any]) -> None:
            if event["sql"].lower().startswith("commit"):
                self.promised = self.asked

        if connection.filename:
            connection.set_update_hook(changed)
            connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, finished)


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    apsw.connection_hooks.append(recorder.listen)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(recorder.listen)


@dataclass(slots=True)
class Tally:
    """What was done; every point is a step and a tear, images that are byte for byte the same are opened once."""

    points: int = 0
    reopened: int = 0  # of them, those at which the power failed while the books were being opened again
    images: int = 0
    tills: int = 0  # that were put before what was left


@dataclass(frozen=True, slots=True)
class Point:
    """A disk left at this step as this image, which opens with so many entries of the story."""

    step: Step
    image: Image
    entries: int


class Opener:
    """Opens what power cuts left of one story, as a till does. Lock and key are in `folder`, the rest on a disk."""

    def __init__(self, story: Story, folder: Path, disks: dict[str, Disk], tally: Tally) -> None:
        self.story = story
        self.tally = tally
        self._hashes = frozenset(story.hashes)
        self._folder = folder
        self._disks = disks
        self._known: dict[bytes, int] = {}
        hold_place(folder / "journal.db")

    def entries(self, image: Image) -> int:
        """How many of the story's are there; raises what `Journal` raises, AssertionError for what nobody wrote."""
        digest = hashlib.sha256()
        for part in (part for name in sorted(image) for part in (name.encode(), image[name])):
            digest.update(part)
        if (key := digest.digest()) not in self._known:
            self._known[key] = self._opened(self._disk(image))
            self.tally.images += 1
        return self._known[key]

    def steps(self, image: Image) -> list[Step]:
        """What the disk goes through while the image is opened."""
        recorder = Recorder()
        with recording(recorder):
            self._opened(recorder.disk(self._disk(image).contents))
        return recorder.steps

    def _disk(self, image: Image) -> Disk:
        """With each file by its name alone: it was another folder's."""
        return Disk({f"{self._folder}/{name.rpartition('/')[2]}": data for name, data in image.items()})

    def _opened(self, disk: Disk) -> int:
        self._disks[str(self._folder)] = disk
        with closing(_journal(self._folder)) as journal:
            journal.verify()
            entries = journal.entries()
        known = [entry.hash for entry in entries if entry.hash in self._hashes]
        assert known == list(self.story.hashes[: len(known)]), "entries are missing before others that are there"
        assert all(entry.kind == "BOOT" for entry in entries[len(known) :]), "something is there that nobody wrote"
        return len(known)


def near_checkpoint(story: Story) -> Story:
    """Only the steps before and after the one at which the log was first carried over into the file."""
    at = next(number for number, step in enumerate(story.steps) if _size(step.medium) > PAGE)
    return replace(story, steps=story.steps[max(0, at - NEAR) : at + NEAR])


def _size(medium: Medium) -> int:
    """Of the database without its log; one page until that was carried over."""
    return sum(len(synced) for name, (synced, _) in medium.files.items() if name.endswith(".db"))


def points(opener: Opener, seed: str) -> Iterator[Point]:
    """Fails at every step with every tear, and again while what is left is opened; what was promised must be there."""
    seen = set()
    for step in opener.story.steps:
        for tear, fate in TEARS.items():
            where = f"{opener.story.name}, seed {seed}, step {step.number}, {tear}"
            point = _held(opener, step, fate, where)
            yield point
            if (key := (step.promised, point.entries)) not in seen:
                seen.add(key)
                _again(opener, point, where)


def _again(opener: Opener, point: Point, where: str) -> None:
    """The power fails once more while the books are opened: at every step of that, with every tear."""
    for step in opener.steps(point.image):
        for tear, fate in TEARS.items():
            left = replace(step, promised=point.entries, asked=point.entries)
            _held(opener, left, fate, f"{where}; then step {step.number} of the next start, {tear}")
            opener.tally.reopened += 1


def _held(opener: Opener, step: Step, fate: Tear, where: str) -> Point:
    """What is left of a disk at this step, held against what was promised."""
    rng = random.Random(where)
    of = step.medium.unsynced
    image = step.medium.survivors(rng, lambda number: fate(number, of, rng))
    try:
        entries = opener.entries(image)
    except Exception as error:
        error.add_note(where)
        raise
    opener.tally.points += 1
    assert step.promised <= entries, f"{where}: {step.promised} entries were promised, {entries} are there"
    assert entries <= step.asked, f"{where}: {entries} entries are there, {step.asked} were asked for"
    return Point(step, image, entries)


# --- a counter -------------------------------------------------------------------------------------------


class Counters:
    """Plays scenarios of one till, and puts that till before what a power cut left of its books."""

    def __init__(self, keys: Path, folder: Path, disks: dict[str, Disk]) -> None:
        self._keys = keys
        self._folder = folder
        self.disks = disks

    def told(self, scenario: Scenario, boot: int = 1) -> Story:
        """The scenario as it goes without a further power cut, seen from the disk of its till's `boot`."""
        recorder = Recorder()
        with recording(recorder), patch.object(counter, "Disk", _nth(boot, recorder.disk)):
            outcome = self._shop(scenario).run()
        assert not outcome.broken, f"{scenario.seed}: {outcome.broken}"
        return recorder.story(scenario.seed, self._folder / "T1", self.disks)

    def opener(self, story: Story, tally: Tally) -> Opener:
        return Opener(story, self._folder, self.disks, tally)

    def carried_on(self, scenario: Scenario, point: Point, boot: int = 1) -> bool:
        """The same until the point, and then with what is left there; whether the till was on at all.

        Raises AssertionError where a rule does not hold to the end.
        """
        shop = self._shop(scenario)

        def left(image: Image, on_step: OnStep) -> Disk:
            def step(number: int) -> None:
                if on_step is not None:
                    on_step(number)
                if number == point.step.number:
                    shop._counters[0].cut()

            return _Left(point.image, image, step)

        with patch.object(counter, "Disk", _nth(boot, left)):
            outcome = shop.run()
        assert not outcome.broken, f"step {point.step.number} of {scenario.seed}: {outcome.broken}"
        return outcome.cuts >= boot

    def _shop(self, scenario: Scenario) -> Shop:
        return Shop(scenario, self._keys, self._folder, self.disks)


@contextmanager
def counters(keys: Path) -> Iterator[Counters]:
    """While it lasts, the drives are the simulation's and signatures are cheap."""
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, drives() as disks, cheap_signatures():
        logging.disable(logging.WARNING)
        try:
            yield Counters(keys, Path(folder), disks)
        finally:
            logging.disable(logging.NOTSET)


class _Left(Disk):
    """A disk of which it is known what a power cut will leave."""

    def __init__(self, left: Image, image: Image | None, on_step: OnStep) -> None:
        super().__init__(image, on_step)
        self._left = left

    def survivors(self, rng: random.Random, choose: Choose | None = None) -> dict[str, bytes]:
        return dict(self._left)


def _nth(number: int, make: Callable[..., Disk]) -> Callable[..., Disk]:
    """The n-th disk is made so, the others as always."""
    made = count(1)

    def disk(*args: Any) -> Disk:
        return make(*args) if next(made) == number else Disk(*args)

    return disk


def _journal(folder: Path) -> Journal:
    return Journal(folder / "journal.db", wall=lambda: 1.8e9, monotonic=lambda: 0.0)
