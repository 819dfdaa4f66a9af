"""Codes as plain lines with a scanner's answers between them: how GM65, SYN and Newland share one line.

An answer is looked for only while a question is open, and only one that is whole and right is taken out; anything
else is a code, for a code may hold any bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from terminal.scanning.protocols.lines import NO_ENDING, LineProfile, LineReader
from terminal.scanning.protocols.talk import (
    Answered,
    Asking,
    Code,
    Command,
    HostEvent,
    Outcome,
    Question,
    Send,
    Trouble,
)

LONGEST_ANSWER = 1024  # bytes: longer than any answer we ask for; then it was a code after all
STALE_ANSWER_S = 0.2  # an answer comes in one go: half of one that stops is a code
ANSWER_WITHIN_S = 0.5  # drivers of these modules wait for 100 to 500 ms
TRIES = 3

MUTE = Trouble("the scanner does not answer: check `protocol` and `baud` under [scanner]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands in some bytes; `end` is None while the rest of it has not come."""

    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between these protocols. `find(data, question)` looks for the answer to the question's bytes."""

    commands: Mapping[Command, bytes]
    find: Callable[[bytes, bytes], Place | None]
    understand: Callable[[bytes], tuple[Outcome, str]]  # the outcome, and what was said
    unanswered: frozenset[Command] = field(default_factory=frozenset)  # obeyed without a word


class AnsweringHost:
    """The till's side of a dialect."""

    def __init__(self, dialect: Dialect, profile: LineProfile | None = None) -> None:
        self._dialect = dialect
        self._lines = LineReader(profile)
        self._asking = Asking(within_s=ANSWER_WITHIN_S, tries=TRIES)
        self._held, self._held_s = b"", 0.0  # what may be an answer, and when its last byte came

    def opened(self, now_s: float) -> list[HostEvent]:  # noqa: ARG002 - most need no setting up
        self._lines.reset()
        self._asking.forget()
        self._held = b""
        return []

    def ask(self, command: Command, now_s: float) -> list[HostEvent]:
        data = self._dialect.commands.get(command)
        if data is None:
            return [Answered(command, Outcome.NOT_SUPPORTED)]
        if command in self._dialect.unanswered:
            return [Send(data), Answered(command, Outcome.DONE)]
        return [*self._asking.ask(Question(data, command), now_s)]

    def feed(self, data: bytes, now_s: float) -> list[HostEvent]:
        self._held, self._held_s = self._held + data, now_s
        question = self._asking.current
        place = self._dialect.find(self._held, question.data) if question else None
        if place is None or len(self._held) - place.start > LONGEST_ANSWER:
            return self._release(len(self._held), now_s)
        codes = self._release(place.start, now_s)
        if place.end is None or question is None:
            return codes
        size = place.end - place.start
        answer, self._held = self._held[:size], self._held[size:]
        return [*codes, *self._settle(question, answer, now_s), *self.feed(b"", now_s)]

    def idle(self, now_s: float) -> list[HostEvent]:
        stale = self._held and now_s - self._held_s >= STALE_ANSWER_S
        events = self._release(len(self._held), now_s) if stale else self._read(b"", now_s)
        if self._asking.overdue(now_s):
            repeated = self._asking.repeat(now_s)
            events += self._give_up(now_s) if repeated is None else repeated
        return events

    def _settle(self, question: Question, answer: bytes, now_s: float) -> list[HostEvent]:
        told: list[HostEvent] = []
        if question.command is not None:
            told = [Answered(question.command, *self._dialect.understand(answer))]
        return [*told, *self._asking.settled(now_s)]

    def _give_up(self, now_s: float) -> list[HostEvent]:
        question = self._asking.current
        command = question.command if question else None
        told: HostEvent = MUTE if command is None else Answered(command, Outcome.NO_ANSWER)
        return [told, *self._asking.settled(now_s)]

    def _release(self, size: int, now_s: float) -> list[HostEvent]:
        """So many of the bytes held are no answer."""
        data, self._held = self._held[:size], self._held[size:]
        return self._read(data, now_s)

    def _read(self, data: bytes, now_s: float) -> list[HostEvent]:
        unfinished = self._lines.unfinished
        texts = self._lines.feed(data, now_s) if data else self._lines.idle(now_s)
        codes: list[HostEvent] = [Code(text) for text in texts]
        return [*codes, NO_ENDING] if self._lines.unfinished > unfinished else codes


def begins(data: bytes, marker: bytes, start: int = 0) -> int:
    """Where `marker` stands in `data`, or might once more has come; -1 where it does not."""
    found = data.find(marker, start)
    if found >= 0:
        return found
    longest = min(len(marker) - 1, len(data) - start)
    return next((len(data) - size for size in range(longest, 0, -1) if data.endswith(marker[:size])), -1)
