"""Ant's own SDK (`global-open-sdk-python`) against our host over real loopback HTTP, in a process of its own.

It signs by itself, refuses replies that it cannot verify, and asks by Antom's sandbox paths.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts import alipayplus_keys
from firmware_sim.hosts.alipayplus import AlipayPlusHost
from firmware_sim.hosts.alipayplus_keys import Keys
from firmware_sim.hosts.http import serve
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal.clock import Clock
from terminal.scheme import Operation
from terminal.schemes.alipayplus.codes import iso8601

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv" / "clients" / "alipayplus-antom" / "bin" / "python"
SCRIPT = ROOT / "tests" / "clients" / "alipay" / "antom.py"
DEADLINE_S = 60.0
_numbers = count(1)


@pytest.fixture(scope="module")
def process() -> Iterator["subprocess.Popen[str]"]:
    if not PYTHON.exists():
        pytest.skip("Ant's SDK is not here: tests/clients/alipay/install.sh")
    pipe = subprocess.PIPE
    with subprocess.Popen([str(PYTHON), str(SCRIPT)], stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield process
        process.kill()


@dataclass
class Sandbox:
    """The host on a port, and the SDK pointed at it."""

    url: str
    process: "subprocess.Popen[str]"
    keys: Keys
    ledger: Ledger
    faults: Faults
    clock: Clock
    files: dict[str, Path]

    def code(self, balance: int = 500_000, **traits: Any) -> str:
        customer = Customer(f"c{next(_numbers)}", wallet="alipayplus", **traits)
        self.ledger.add_customer(customer, balance, "HKD")
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id)).code()

    async def raw(self, call: str, **asked: str) -> dict[str, Any]:
        keys = {name: path.read_text().strip() for name, path in self.files.items()}
        common = {"gateway": self.url, "client_id": self.keys.client_id, "asked": iso8601(self.clock.wall())}
        question = {**common, **keys, "call": call, **asked}
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._exchange, json.dumps(question)), DEADLINE_S)
        except TimeoutError:
            self.process.kill()  # which also ends the thread that waits for its answer
            raise
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def said(self, call: str, **asked: str) -> tuple[str, dict[str, Any]]:
        """The result code that the SDK hands its caller, and all of it; fails where the SDK refuses."""
        answer = await self.raw(call, **asked)
        assert "said" in answer, answer["refused"]
        return answer["said"]["result"]["resultCode"], answer["said"]

    async def pay(self, number: str, code: str) -> tuple[str, dict[str, Any]]:
        return await self.said("pay", id=number, code=code, currency="HKD", value="599")

    def net(self, number: str) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.client_id)}.get(number, 0)

    def _exchange(self, line: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture
async def sandbox(process: "subprocess.Popen[str]", alipayplus_keys: Keys) -> AsyncIterator[Sandbox]:
    clock, ledger, faults, files = Clock(), Ledger(), Faults(), alipayplus_keys.files
    running = await serve([AlipayPlusHost(ledger, alipayplus_keys, clock, faults)])
    mine = {"private_key": files.client_key_pkcs1, "public_key": files.platform_public_key}
    yield Sandbox(running.url, process, alipayplus_keys, ledger, faults, clock, mine)
    await running.close()
    assert ledger.check() == []


async def test_it_pays_asks_and_refunds(sandbox: Sandbox) -> None:
    code, paid = await sandbox.pay("SDK1", sandbox.code())
    assert (code, paid["paymentAmount"]) == ("SUCCESS", {"currency": "HKD", "value": "599"})
    _, asked = await sandbox.said("query", id="SDK1")
    assert (asked["paymentStatus"], asked["paymentId"]) == ("SUCCESS", paid["paymentId"])
    part = {"payment_id": paid["paymentId"], "refund_id": "R1", "currency": "HKD", "value": "99"}
    assert (await sandbox.said("refund", **part))[0] == "SUCCESS"
    assert (await sandbox.said("refund", **part))[0] == "SUCCESS"
    assert sandbox.net("SDK1") == 500
    too_much = await sandbox.said("refund", **{**part, "refund_id": "R2", "value": "501"})
    assert too_much[0] == "REFUND_AMOUNT_EXCEED"


async def test_it_is_refused_with_the_documented_codes(sandbox: Sandbox) -> None:
    assert (await sandbox.pay("SDK1", sandbox.code(balance=1)))[0] == "USER_BALANCE_NOT_ENOUGH"
    code = sandbox.code()
    await sandbox.pay("SDK2", code)
    assert (await sandbox.pay("SDK3", code))[0] == "INVALID_PAYMENT_CODE"
    assert (await sandbox.said("query", id="SDK3"))[0] == "ORDER_NOT_EXIST"


async def test_it_waits_for_the_password(sandbox: Sandbox) -> None:
    code, waiting = await sandbox.pay("SDK1", sandbox.code(needs_password=True, types_after_s=100.0))
    assert (code, waiting["result"]["resultStatus"]) == ("PAYMENT_IN_PROCESS", "U")
    await sandbox.pay("SDK2", sandbox.code(needs_password=True, types_after_s=0.0))
    _, asked = await sandbox.said("query", id="SDK2")
    assert asked["paymentStatus"] == "SUCCESS"


async def test_it_cancels_what_was_paid_and_what_never_came(sandbox: Sandbox) -> None:
    await sandbox.pay("SDK1", sandbox.code())
    for number in ("SDK1", "SDK2"):
        assert (await sandbox.said("cancel", id=number))[0] == "SUCCESS"
        assert sandbox.net(number) == 0


async def test_it_refuses_a_reply_that_is_not_ours(sandbox: Sandbox) -> None:
    sandbox.faults.arm("bad_signature", Operation.PAY)
    answer = await sandbox.raw("pay", id="SDK1", code=sandbox.code(), currency="HKD", value="599")
    assert "verif" in answer["refused"]
    assert sandbox.net("SDK1") == 599


async def test_it_believes_no_other_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.files["public_key"] = alipayplus_keys.load_or_make(tmp_path).files.platform_public_key
    assert "verif" in (await sandbox.raw("query", id="SDK1"))["refused"]


async def test_whoever_signs_with_another_key_is_turned_away(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.files["private_key"] = alipayplus_keys.load_or_make(tmp_path).files.client_key_pkcs1
    assert (await sandbox.pay("SDK1", sandbox.code()))[0] == "INVALID_SIGNATURE"
    assert sandbox.net("SDK1") == 0
