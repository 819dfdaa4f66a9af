"""What a till and a scanner may say to each other, whatever the protocol, and one question on the line at a time.

Pure: bytes and times (seconds on any one clock) go in, values come out; somebody else owns the port. A `ScannerHost`
is the till's side. The scanner's side is the world's, made of the same tables and codecs.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Command(StrEnum):
    """What a till may want of a scanner."""

    TRIGGER = "trigger"  # read one code now
    RELEASE = "release"  # or rather do not
    ENABLE = "enable"  # read by itself, or at its button
    DISABLE = "disable"
    BEEP = "beep"
    IDENTIFY = "identify"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NOT_SUPPORTED = "not_supported"  # the protocol has no word for it


@dataclass(frozen=True, slots=True)
class Code:
    """A code was read. It may spend money: it stays out of `repr`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes to be written to the line now."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a command; `text` is what the scanner said of itself to IDENTIFY."""

    command: Command
    outcome: Outcome
    text: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should mend: what is wrong and the way out."""

    text: str


HostEvent = Code | Send | Answered | Trouble


class ScannerHost(Protocol):
    """The till's side of a scanner's line."""

    def opened(self, now_s: float) -> Sequence[HostEvent]:
        """The line has just been opened: half a code from before is none, nor is any answer; what to say first."""
        ...

    def feed(self, data: bytes, now_s: float) -> Sequence[HostEvent]: ...

    def idle(self, now_s: float) -> Sequence[HostEvent]:
        """What the silence since the last bytes means."""
        ...

    def ask(self, command: Command, now_s: float) -> Sequence[HostEvent]:
        """Each ends in one `Answered`; those of one command in the order they were asked."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """Bytes that want an answer; `command` is None where the till itself sets the scanner up."""

    data: bytes = field(repr=False)
    command: Command | None = None
    again: bytes = field(repr=False, default=b"")  # what a repetition looks like, where it differs


class Asking:
    """Sends one question at a time, repeats it while nothing comes, and gives it up."""

    def __init__(self, *, within_s: float, tries: int) -> None:
        self._within_s, self._tries = within_s, tries
        self._questions: deque[Question] = deque()
        self._tried, self._due_s = 0, 0.0

    @property
    def current(self) -> Question | None:
        """What is on the line and not answered yet."""
        return self._questions[0] if self._questions else None

    def ask(self, question: Question, now_s: float) -> list[Send]:
        """Sent now, or when those before it are settled."""
        self._questions.append(question)
        return self._send(now_s) if len(self._questions) == 1 else []

    def then(self, question: Question) -> None:
        """Sent as soon as the current one is settled, before those that wait."""
        self._questions.insert(1, question)

    def settled(self, now_s: float) -> list[Send]:
        """The current question needs nothing more: the next one goes out."""
        self._questions.popleft()
        self._tried = 0
        return self._send(now_s) if self._questions else []

    def overdue(self, now_s: float) -> bool:
        """Nothing came in time."""
        return bool(self._questions) and now_s >= self._due_s

    def repeat(self, now_s: float) -> list[Send] | None:
        """The current question once more; None where that has been tried often enough."""
        return self._send(now_s) if self._tried < self._tries else None

    def forget(self) -> None:
        """The line broke: nobody will answer."""
        self._questions.clear()
        self._tried = 0

    def _send(self, now_s: float) -> list[Send]:
        question = self._questions[0]
        data = question.again if self._tried and question.again else question.data
        self._tried += 1
        self._due_s = now_s + self._within_s
        return [Send(data)]
