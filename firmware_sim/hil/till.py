"""The role `till`: the device under test, as its cashier works it and as the machine it runs on treats it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.errors import SaomaError
from terminal.model import Reason
from terminal.money import CURRENCIES, Money
from terminal.steps import Phase, Step
from terminal.tui.qr import picture

OURS = (sys.executable, "-m", "firmware_sim.hil.counter")
STOP_WITHIN_S = 10.0


@dataclass
class Heard:
    """What one process has said so far."""

    steps: list[Step] = field(default_factory=list)
    seen: int = 0  # of the steps, by those who waited
    devices: dict[str, bool] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    is_ready: bool = False
    has_ended: bool = False
    failed: str = ""

    def take(self, said: Mapping[str, Any]) -> None:
        match said:
            case {"phase": _}:
                self.steps.append(_step(said))
            case {"device": kind, "up": up}:
                self.devices[kind] = up
            case {"notice": key}:
                self.notices.append(key)
            case {"ready": True}:
                self.is_ready = True
            case {"failed": why}:
                self.failed = why

    def sees(self, wanted: Callable[[Step], bool]) -> bool:
        """Looks at the steps that nobody has seen, up to one that is wanted."""
        while self.seen < len(self.steps):
            self.seen += 1
            if wanted(self.steps[self.seen - 1]):
                return True
        return False


class Till:
    """A till in a process of its own, which may be killed and started again on the same books."""

    def __init__(self, command: Sequence[str], job: Mapping[str, Any], log: Path, within_s: float) -> None:
        self._command, self._job, self._log, self._within_s = command, job, log, within_s
        self._said = threading.Condition()
        self._heard = Heard()
        self._process: subprocess.Popen[str] | None = None
        self._ear: threading.Thread | None = None

    # What a cashier does.

    def charge(self, money: Money) -> None:
        """Enter an amount and press Pay; then wait for "await_code" before a code is shown."""
        self._do("charge", minor=money.minor, currency=money.currency.code)

    def show_code(self, money: Money, acquirer: str = "") -> bytes:
        """Ask for a code that the customer scans: its picture (PNG), once the till shows it."""
        self._do("show_code", minor=money.minor, currency=money.currency.code, acquirer=acquirer)
        return picture(self._wait(lambda step: bool(step.shown_code), "its own code").shown_code)

    def refund(self, order_id: str, money: Money) -> None:
        self._do("refund", order_id=order_id, minor=money.minor, currency=money.currency.code)

    def keep(self) -> None:
        """Yes, the payment that was found is this sale's."""
        self._do("keep")

    def cancel(self) -> None:
        self._do("cancel")

    def dismiss(self) -> None:
        """Away with the outcome: the next customer is waiting."""
        self._do("dismiss")

    def reprint(self) -> None:
        self._do("reprint")

    # What it says.

    def state(self) -> Step:
        """Where the sale stands."""
        with self._said:
            return self._heard.steps[-1]

    def wait_for(self, *phases: str) -> Step:
        """The next step, not seen by an earlier wait, that is one of these phases; TimeoutError says what came."""
        wanted = {Phase(phase) for phase in phases}
        return self._wait(lambda step: step.phase in wanted, " or ".join(sorted(wanted)))

    def wait_for_device(self, kind: str, *, up: bool = True) -> None:
        """Until the till says that its scanner, camera, printer, display or acquirer is there, or is not."""
        with self._said:
            self._until(lambda: self._heard.devices.get(kind) is up, f"its {kind} {'up' if up else 'down'}")

    def wait_for_notice(self, key: str) -> None:
        """Until the cashier has been told so, as "code.used"."""
        with self._said:
            self._until(lambda: key in self._heard.notices, f"the notice {key}")

    # What happens to its machine.

    def start(self) -> None:
        """Raises SaomaError with what keeps it from selling."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, or the one that the bench file names
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._heard = Heard()
        self._ear = threading.Thread(target=self._listen, args=(self._process,), name="till's ear", daemon=True)
        self._ear.start()
        self._tell(self._job)
        with self._said:
            self._until(lambda: self._heard.is_ready, "that it was ready")

    def stop(self) -> None:
        """It ends by itself, with its books in order; nothing happens to one that has ended."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._over(self._process)

    def kill(self) -> None:
        """As a power cut: at once, whatever it was doing."""
        assert self._process is not None, "a till is killed after it was started"
        self._process.kill()
        self._over(self._process)

    def restart(self) -> None:
        """Start it again on the same books; one that still runs is stopped first."""
        self.stop()
        self.start()

    def _over(self, process: "subprocess.Popen[str]") -> None:
        process.wait()
        if self._ear is not None:
            self._ear.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process = None

    # The line.

    def _do(self, what: str, **order: object) -> None:
        with self._said:
            self._heard.seen = len(self._heard.steps)  # what was said before belongs to what was done before
        self._tell({"do": what, **order})

    def _tell(self, what: Mapping[str, object]) -> None:
        if self._process is None or self._process.stdin is None:
            raise SaomaError("the till does not run: restart() it first")
        with suppress(BrokenPipeError):  # whoever waits for it is told that it has ended
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                with self._said:
                    self._heard.take(json.loads(line))
                    self._said.notify_all()
        except (ValueError, KeyError) as error:  # somebody's program may say anything
            self._heard.failed = f"{line.strip()!r} is not for us to understand ({error})"
        with self._said:
            self._heard.has_ended = True
            self._said.notify_all()

    def _wait(self, wanted: Callable[[Step], bool], what: str) -> Step:
        with self._said:
            first = self._heard.seen
            self._until(
                lambda: self._heard.sees(wanted), what, lambda: [str(one.phase) for one in self._heard.steps[first:]]
            )
            return self._heard.steps[self._heard.seen - 1]

    def _until(self, done: Callable[[], bool], what: str, instead: Callable[[], object] | None = None) -> None:
        """Holding the lock; TimeoutError, or SaomaError where the till has ended."""
        ends_s = time.monotonic() + self._within_s
        while not done():
            heard = f", but {instead()}" if instead else ""
            if self._heard.has_ended:
                why = self._heard.failed or f"{self._log} may say why"
                raise SaomaError(f"the till ended before it said {what}{heard}: {why}")
            if not self._said.wait(ends_s - time.monotonic()):
                raise TimeoutError(f"the till did not say {what} within {self._within_s:g} s{heard}")


def _step(said: Mapping[str, Any]) -> Step:
    """Of another program's till only the phase is wanted."""
    return Step(
        Phase(said["phase"]),
        Money(said.get("minor", 0), CURRENCIES[said.get("currency", "CNY")]),
        said.get("order_id", ""),
        said.get("wallet", ""),
        reason=Reason(said.get("reason", "")),
        said=said.get("said", ""),
        shown_code=said.get("shown_code", ""),
    )


@contextmanager
def till_of(command: Sequence[str], job: Mapping[str, Any], log: Path, within_s: float) -> Iterator[Till]:
    till = Till(command or OURS, job, log, within_s)
    try:
        till.start()
        yield till
    finally:
        till.stop()
