"""Payment codes and keys stay where they belong: not in books, exports, logs or tracebacks, whatever goes wrong.

A till takes customers of three acquirers while the hosts play every fault and the till itself is made to fail in the
middle of a payment. Every code that was shown and every key that was used is known here, and looked for everywhere.
"""

import asyncio
import json
import logging
import random
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.faults import FAULTS, Delivery, Faults
from firmware_sim.hosts.every import HOSTS
from firmware_sim.hosts.host import HELD, Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.books.conversation import ConversationLog, beside
from terminal.books.journal import Journal
from terminal.cli import main
from terminal.clock import Clock
from terminal.compose import acquirers_of, contracts_of
from terminal.config import PrinterConfig, TillConfig, from_table
from terminal.errors import NoAnswer
from terminal.logs import log_to
from terminal.model import Channel, Scan
from terminal.money import Money
from terminal.recording.replay import replay
from terminal.scheme import Operation, Reply, Request
from terminal.schemes import SETTINGS
from terminal.steps import Phase
from terminal.till import Till
from terminal.till.paper import Paper
from terminal.till.witness import Witness

WALLETS = {"wechat": "wechat", "alipay": "alipay", "unionpay_pos": "unionpay"}  # hosts, and who pays there
PLAYED = [name for name, fault in FAULTS.items() if fault.delivery is not Delivery.SILENCE]
SHORTEST_SECRET = 16
SECRET = re.compile("key|secret", re.IGNORECASE)  # what a value is called
PUBLIC = "PUB_KEY_ID"  # WeChat Pay's name for a key that anybody may see


class Bug(Exception):
    """A fault of ours, in the middle of a payment."""


class Cable:
    """Puts requests to a host by hand; what a fault does to the reply is done, and once there is a bug of ours."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.has_bug = False
        self.last: Request | None = None

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        self.last = request
        if self.has_bug:
            raise Bug("in the middle of a payment")
        played = self._host.play(request)
        if played.reply in (None, HELD) or played.delivery in (Delivery.NONE, Delivery.LATE, Delivery.CUT):
            raise NoAnswer("nothing came")
        assert played.reply
        return Reply(
            played.reply.status, {key.lower(): value for key, value in played.reply.headers.items()}, played.reply.body
        )

    async def close(self) -> None:
        pass


class Records(logging.Handler):
    """Every record, with its traceback and the locals of its frames."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        if record.exc_info and record.exc_info[1]:
            told = traceback.TracebackException.from_exception(record.exc_info[1], capture_locals=True)
            self.texts.append("".join(told.format()))


@pytest.fixture
def records() -> Iterator[Records]:
    records, root = Records(), logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield records
    root.setLevel(level)
    root.handlers[:] = handlers


async def test_no_code_and_no_key_is_anywhere_after_a_day_of_faults(
    tmp_path: Path, records: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    keys, state = tmp_path / "keys", tmp_path / "till"
    state.mkdir()
    log_to(state / "till.log")
    logging.getLogger().addHandler(records)
    logging.getLogger().setLevel(logging.DEBUG)
    codes = await served(keys, state)
    assert len(codes) > len(PLAYED)
    for way in ("csv", "jsonl"):
        assert main(["journal", "export", f"--{way}", str(state / f"out.{way}"), "--state", str(state)]) == 0
    assert main(["journal", "list", "--last", "500", "--json", "--state", str(state)]) == 0
    said = [*records.texts, capsys.readouterr().out]
    assert any("Bug" in text and "exchange" in text for text in records.texts), "a traceback with locals was looked at"
    secrets = secrets_of(keys)
    assert len(secrets) > 20, "three private keys and more"
    found = {
        f"{secret[:4]}… in {where}"
        for secret in (*codes, *secrets)
        for where, content in (*written(state), *((f"record {text[:60]}", text.encode()) for text in said))
        if secret.encode() in content
    }
    assert found == set()


def test_a_taped_demo_runs_again_as_it_was_and_its_tape_has_no_code_and_no_key(tmp_path: Path) -> None:
    state, tape = tmp_path / "demo", tmp_path / "tape"
    words = [sys.executable, "-m", "terminal", "demo", "--headless", "--json", "--speed", "60", "--customers", "20"]
    done = subprocess.run(
        [*words, "--state", str(state), "--record", str(tape)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = replay(tape), replay(tape)
    assert first.difference is None
    assert first == second
    assert first.is_whole
    assert first.did > 250
    content = b"\n".join(content for _, content in written(tape))
    secrets = secrets_of(state)
    assert len(secrets) > 20
    assert [secret[:4] for secret in secrets if secret.encode() in content] == []
    ledger = Ledger(state / "ledger.db")
    runs = re.findall(r"[0-9]{16,}", content.decode("utf-8", "replace"))
    assert len(runs) > 10, "stand-ins, at least"
    pieces = {
        run[place : place + size] for run in runs for size in range(16, 25) for place in range(len(run) - size + 1)
    }
    assert [piece[:2] for piece in pieces if ledger.shown(piece)] == []


async def served(keys: Path, state: Path) -> list[str]:
    """Customers at each acquirer, each with a fault; the codes that they showed."""
    clock, ledger, faults, rng = Clock(speed=2000), Ledger(), Faults(), random.Random(1)
    hosts = {name: HOSTS[name](keys / name, ledger, clock, faults) for name in WALLETS}
    contracts = [{**host.merchant_config(), "base_url": _nowhere(name)} for name, host in hosts.items()]
    config = from_table({"acquirer": contracts}, "the test", keys, SETTINGS)
    cables = {name: Cable(host) for name, host in hosts.items()}
    log = ConversationLog(beside(state / "journal.db"))
    acquirers = {
        name: replace(one, carrier=cables[name], witness=Witness(log, clock, name))
        for name, one in acquirers_of(config).items()
    }
    till = Till(
        terminal_id="POS01",
        journal=Journal(state / "journal.db", wall=clock.wall, monotonic=clock.monotonic),
        acquirers=acquirers,
        contracts=contracts_of(config),
        clock=clock,
        rng=rng,
        paper=Paper(PrinterConfig(), TillConfig()),
    )
    till.start()
    codes = []
    for name, wallet in WALLETS.items():
        for fault in (*PLAYED, "", "a bug"):
            customer = f"{name}-{fault}"
            ledger.add_customer(Customer(customer, wallet=wallet), 10_000_000)
            code = Phone(customer, ledger, clock, rng).code()
            codes.append(code)
            if fault in FAULTS:
                faults.arm("refuse=risk" if fault == "refuse" else fault, Operation.PAY)
            cables[name].has_bug = fault == "a bug"
            till.charge(Money(1250))
            till.scanned([Scan(code, Channel.CAMERA, 0.0)])
            await _until(lambda: till.snapshot.step.phase.is_outcome)
            assert code not in repr(cables[name].last)
            cables[name].has_bug = False
            faults.disarm()
            till.dismiss()
            await _until(lambda: till.snapshot.step.phase is Phase.IDLE)
    await till.stop()
    return codes


def _nowhere(name: str) -> str:
    return "tcp://127.0.0.1:9" if name == "unionpay_pos" else "http://127.0.0.1:9"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


def secrets_of(keys: Path) -> set[str]:
    """Lines of private keys, and every long value that is called a key or a secret."""
    found = set()
    for file in (file for file in keys.rglob("*") if file.is_file()):
        text = file.read_text("utf-8", "replace")
        if "PRIVATE KEY" in text:
            found |= {line for line in text.splitlines() if len(line) == 64}
        elif file.suffix == ".json":
            values = json.loads(text).items()
            found |= {str(value) for name, value in values if SECRET.search(name) and not str(value).startswith(PUBLIC)}
        elif file.suffix == ".txt":
            found.add(text.strip())
    return {secret for secret in found if len(secret) >= SHORTEST_SECRET}


def written(state: Path) -> Iterator[tuple[str, bytes]]:
    for file in state.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()
