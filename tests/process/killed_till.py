"""The process that tills are forked from, to be killed: a till ready in milliseconds can die thousands of times.

Not a test itself. It reads a plan a line, forks, and says how the child ended. The child is a till as `saoma run` puts
one together, with real connections and a real journal; it dies by SIGKILL at its n-th step (before or after a statement
that writes the journal, before or after a send or a receive), or at any moment from outside. The product knows nothing
of it.
"""

import json
import mmap
import os
import queue
import random
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from firmware_sim.control import ask
from terminal.books.journal import JournalReader
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import Config, from_table
from terminal.model import Channel, Scan, State
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import Event, Phase

WITHIN_S = 60.0
KINDS = ("journal", "send", "receive")
_WRITES = ("begin", "insert", "update", "commit", "create", "alter")


class Steps:
    """Counts what a till does, in memory that outlives it, and kills it at the one that it is to die at."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self._die_at = 0

    @property
    def count(self) -> int:
        return int.from_bytes(self._shared[:4], "big")

    @property
    def kind(self) -> str:
        """Of the last step."""
        return KINDS[self._shared[4]]

    def begin(self, die_at: int) -> None:
        self._shared[:5] = bytes(5)
        self._die_at = die_at

    def step(self, kind: str) -> None:
        self._shared[:5] = (self.count + 1).to_bytes(4, "big") + bytes([KINDS.index(kind)])
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        """To this process, from now on."""
        apsw.connection_hooks.append(self._journal)
        for name, kind in (("send", "send"), ("sendmsg", "send"), ("recv", "receive"), ("recv_into", "receive")):
            setattr(socket.socket, name, self._stepping(getattr(socket.socket, name), kind))

    def _journal(self, connection: apsw.Connection) -> None:
        def begins(_cursor: apsw.Cursor, sql: str, _values: object) -> bool:
            if sql.lstrip().lower().startswith(_WRITES):
                self.step("journal")
            return True

        def ended(event: dict[str, Any]) -> None:
            if event["sql"].lower().startswith("commit"):
                self.step("journal")

        connection.set_exec_trace(begins)
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, ended)

    def _stepping(self, whole: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def stepping(one: socket.socket, *args: Any) -> Any:
            if one.family == socket.AF_UNIX:  # with which a loop wakes itself
                return whole(one, *args)
            self.step(kind)
            result = whole(one, *args)
            self.step(kind)
            return result

        return stepping


class Sale:
    """One start of a till: it carries on what it finds, and serves a customer if the plan has one."""

    def __init__(self, counter: Counter, plan: dict[str, Any]) -> None:
        self._till = counter.till
        self._journal_path = counter.journal_path
        self._plan = plan
        self._heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._till.subscribe(self._heard.put)

    def serve(self, visit: dict[str, Any]) -> None:
        self._until(self._is_at_rest)
        self._till.dismiss()
        self._until(lambda: self._phase is Phase.IDLE)
        if visit.get("shown"):
            self._till.show_code(Money(visit["fen"]))
            self._until(lambda: self._phase is Phase.SHOWING or self._is_at_rest())
            if self._phase is Phase.SHOWING:
                text = self._till.snapshot().step.shown_code
                ask(self._plan["control"], "scan", {"text": text, **visit["customer"]})
        else:
            code = ask(self._plan["control"], "code", visit["customer"])["auth_code"]
            self._till.charge(Money(visit["fen"]))
            self._till.scanned([Scan(code, Channel.SCANNER, 0.0)])
            self._until(lambda: self._phase is not Phase.AWAIT_CODE)
        if visit.get("cancelled"):
            self._till.cancel()
        self._until(self._is_at_rest)
        step = self._till.snapshot().step
        if visit.get("refund_fen") and step.phase is Phase.APPROVED:
            self._till.refund(step.order_id, Money(visit["refund_fen"]), "customer's wish")
            self._until(lambda: self._phase is not Phase.APPROVED and self._is_at_rest())

    def finish(self) -> None:
        """Until nothing is owed an ending; but for the wait behind an undoing, unless it is a patient one."""
        self._until(self._is_at_rest)
        self._until(self._is_settled)

    def _is_settled(self) -> bool:
        with closing(JournalReader(self._journal_path)) as books:
            refunds = any(line.state.is_open for line in books.refunds())
            waits = not self._plan["is_patient"]
            return not refunds and all(waits and one.state is State.REVERSED for one in books.open_attempts())

    def _is_at_rest(self) -> bool:
        if self._phase is Phase.FOUND:
            (self._till.keep if self._plan["keeps"] else self._till.cancel)()
        return self._phase.is_outcome or self._phase is Phase.IDLE

    @property
    def _phase(self) -> Phase:
        return self._till.snapshot().step.phase

    def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._heard.get(timeout=WITHIN_S)


def live(plan: dict[str, Any], config: Config) -> None:
    # The world's clock began earlier: both tell the same time.
    clock = Clock(plan["speed"], plan["start_wall"], plan["real_start"])
    with Counter(config, state=Path(plan["state"]), clock=clock, rng=random.SystemRandom(), is_demo=True) as counter:
        sale = Sale(counter, plan)
        if plan["visit"]:
            sale.serve(plan["visit"])
        else:
            sale.finish()


def fork(plan: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """How a till went by this plan."""
    till = {"terminal_id": plan["terminal_id"]}
    config = from_table({"till": till, "acquirer": [plan["acquirer"]]}, "the plan", Path(), SETTINGS)
    steps.begin(plan["die_at"])
    child = os.fork()
    if child == 0:
        steps.listen()
        live(plan, config)
        os._exit(0)
    if plan["kill_after_s"] is not None:
        alive = os.pidfd_open(child)
        if not select.select([alive], [], [], plan["kill_after_s"])[0]:
            os.kill(child, signal.SIGKILL)
        os.close(alive)
    _, status = os.waitpid(child, 0)
    return {"ended": os.waitstatus_to_exitcode(status), "steps": steps.count, "kind": steps.kind}


def main() -> None:
    steps = Steps()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line), steps)) + "\n")
        sys.stdout.flush()


main()
