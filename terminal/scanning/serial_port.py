"""A scanner on a serial line: kept open, taken back when it was pulled out, its bytes cut into codes.

One thread reads and writes; whoever commands the scanner is answered by a future.
"""

import errno
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing
from typing import Protocol, cast

import serial

from terminal.errors import GONE
from terminal.scanning.protocols.every import PROTOCOLS
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, Send, Trouble
from terminal.steps import DeviceKind, DeviceState

READ_WITHIN_S = 0.05  # also how exactly a silence is measured, and how long a command may wait
WRITE_WITHIN_S = 1.0  # a scanner that takes nothing for so long is as good as gone
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # the last one repeats


class Line(Protocol):
    """What pyserial's serial lines of every kind can do."""

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def close(self) -> None: ...


PROBLEMS: dict[object, str] = {
    errno.ENOENT: "is not there: plug the scanner in",
    errno.EACCES: "may not be opened: add this user to the group dialout",
    errno.EAGAIN: "is in use by another program: close that one",
    errno.ENOTTY: "is not a serial line: choose the scanner's port",
}

OnLine = Callable[[str, float], None]
OnState = Callable[[DeviceState], None]
OnBytes = Callable[[bytes, float, Sequence[str]], None]  # what came, when, and the codes that it completed


class SerialSource:
    """Codes from a serial scanner.

    `port` is a path, `COM3`, or an address that pyserial knows (`socket://host:port`, `rfc2217://host:port`, `loop://`);
    `protocol` is one of `PROTOCOLS`. `on_line(text, monotonic_s)` and `on_state(state)` are called on the source's own
    thread, as is `on_bytes`, before the codes of those bytes.
    """

    def __init__(
        self,
        port: str,
        *,
        on_line: OnLine,
        on_state: OnState,
        baud: int = 9600,
        profile: LineProfile | None = None,
        protocol: str = "lines",
        on_bytes: OnBytes | None = None,
    ) -> None:
        self._port, self._baud = port, baud
        self._host = PROTOCOLS[protocol](profile or LineProfile())
        self._commands = queue.SimpleQueue[tuple[Command, "Future[Answered]"]]()
        self._asked: list[tuple[Command, Future[Answered]]] = []  # on the line, in the order they were asked
        self._on_line, self._on_state, self._on_bytes = on_line, on_state, on_bytes
        self._said: DeviceState | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"scanner {port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends within about a twentieth of a second."""
        self._stop.set()
        self._thread.join()

    def ask(self, command: Command) -> "Future[Answered]":
        """Command the scanner, from any thread; NO_ANSWER also where it is not there."""
        answer: Future[Answered] = Future()
        answer.set_running_or_notify_cancel()  # whoever stops waiting for it does not keep us from giving it
        self._commands.put((command, answer))
        return answer

    def _run(self) -> None:
        tries = 0
        while not self._stop.is_set():
            try:
                line = self._open()
            except (*GONE, ValueError) as error:  # ValueError: no such kind of address
                self._say(up=False, detail=_explained(self._port, error))
                self._refuse_commands()
                self._stop.wait(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                continue
            tries = 0
            self._say(up=True)
            with closing(line):
                self._talk_until_gone(line)
            self._refuse_commands()

    def _open(self) -> Line:
        """Another till on the same scanner would take half of each code, hence exclusive where that is possible."""
        exclusive = None if "://" in self._port else True
        line = serial.serial_for_url(
            self._port, self._baud, timeout=READ_WITHIN_S, write_timeout=WRITE_WITHIN_S, exclusive=exclusive
        )
        return cast(Line, line)

    def _talk_until_gone(self, line: Line) -> None:
        try:
            self._take(self._host.opened(time.monotonic()), line)
            while not self._stop.is_set():
                data = line.read(max(1, line.in_waiting))
                now_s = time.monotonic()
                events = self._host.feed(data, now_s) if data else self._host.idle(now_s)
                self._tell_bytes(data, now_s, events)
                self._take(events, line)
                self._pass_commands(line)
        except GONE as error:
            self._say(up=False, detail=_explained(self._port, error))

    def _tell_bytes(self, data: bytes, now_s: float, events: Sequence[HostEvent]) -> None:
        texts = [event.text for event in events if isinstance(event, Code)]
        if self._on_bytes is not None and (data or texts):
            self._on_bytes(data, now_s, texts)

    def _pass_commands(self, line: Line) -> None:
        while not self._commands.empty():
            command, answer = self._commands.get()
            self._asked.append((command, answer))
            self._take(self._host.ask(command, time.monotonic()), line)

    def _refuse_commands(self) -> None:
        """The scanner is not there: nobody will answer."""
        while not self._commands.empty():
            self._asked.append(self._commands.get())
        while self._asked:
            command, answer = self._asked.pop(0)
            answer.set_result(Answered(command, Outcome.NO_ANSWER))

    def _take(self, events: Iterable[HostEvent], line: Line) -> None:
        for event in events:
            match event:
                case Code(text):
                    self._say(up=True)  # whatever was wrong has been mended
                    self._on_line(text, time.monotonic())
                case Send(data):
                    line.write(data)
                case Answered():
                    self._answer(event)
                case Trouble(text):
                    self._say(up=True, detail=text)

    def _answer(self, told: Answered) -> None:
        """To whoever asked that first; what needs no answer of the scanner's comes before what waits for one."""
        asked = next(one for one in self._asked if one[0] is told.command)
        self._asked.remove(asked)
        asked[1].set_result(told)

    def _say(self, *, up: bool, detail: str = "") -> None:
        """Only what is news: a scanner that stays away is reported once."""
        state = DeviceState(DeviceKind.SCANNER, self._port, up, detail)
        if state != self._said:
            self._said = state
            self._on_state(state)


def _explained(port: str, error: Exception) -> str:
    """What is wrong, and the way out."""
    if isinstance(error, ValueError):
        return f"{port} is no address of a serial line: write a path, COM3 or socket://host:port"
    if str(error).startswith("Could not configure port"):  # pyserial tells no number here
        return f"{port} {PROBLEMS[errno.ENOTTY]}"
    number = error.args[0] if error.args else None
    return f"{port} {PROBLEMS.get(number, 'does not answer: plug the scanner in again')}"
