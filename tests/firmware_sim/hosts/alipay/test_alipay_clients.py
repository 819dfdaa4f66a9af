"""Independent clients against our host over real loopback HTTP: Alipay's two SDKs and the community's, in each mode.

They were written against the real gateway; they sign by themselves and refuse replies that they cannot verify. A
codec of ours that were wrong at both ends would not agree with them. Each is a child process, for two of them call
their package the same (tests/clients/alipay).
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from firmware_sim.faults import FAULTS, Faults
from firmware_sim.hosts import alipay_keys
from firmware_sim.hosts.alipay import AlipayHost
from firmware_sim.hosts.alipay_bills import READY_S
from firmware_sim.hosts.alipay_keys import Keys
from firmware_sim.hosts.http import serve
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.clock import Clock
from terminal.scheme import Operation
from terminal.schemes.alipay import bills
from terminal.schemes.alipay.codes import beijing

ROOT = Path(__file__).parents[4]
PLACES = ROOT / ".venv" / "clients"
SCRIPTS = ROOT / "tests" / "clients" / "alipay"
DEADLINE_S = 60.0
REFUSES = {
    "official": "sign verify failed",
    "community": "AliPayValidationError",
    "node": "验签失败",
}
_numbers = count(1)


@dataclass
class Client:
    """A child process that is asked and answers, a line each."""

    name: str
    mode: str
    process: "subprocess.Popen[str]"

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._exchange, json.dumps(question)), DEADLINE_S)
        except TimeoutError:
            self.process.kill()  # which also ends the thread that waits for its answer
            raise
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _exchange(self, line: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


def _command(name: str) -> list[str]:
    place = PLACES / f"alipay-{name}"
    if name == "node":
        return ["node", str(SCRIPTS / "node.mjs"), str(place)]
    return [str(place / "bin" / "python"), str(SCRIPTS / f"{name}.py")]


@pytest.fixture(
    scope="module",
    params=[
        "official-public_key",
        "community-public_key",
        "community-certificate",
        "node-public_key",
        "node-certificate",
    ],
)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    name, _, mode = request.param.partition("-")
    if not (PLACES / f"alipay-{name}").exists():
        pytest.skip(f"the {name} client is not here: tests/clients/alipay/install.sh")
    pipe = subprocess.PIPE
    with subprocess.Popen(_command(name), stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield Client(name, mode, process)
        process.kill()


@dataclass
class Sandbox:
    """The host on a port, and an SDK that a stranger might have pointed at it."""

    url: str
    client: Client
    keys: Keys
    host: AlipayHost
    ledger: Ledger
    faults: Faults
    clock: Clock
    changes: dict[str, str] = field(default_factory=dict)  # what the client is told otherwise than it is

    def phone(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(_numbers)}", wallet="alipay", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    async def raw(self, question: dict[str, Any]) -> dict[str, Any]:
        files = self.host.credentials()
        keys = {name: Path(value).read_text().strip() for name, value in files.items() if value.endswith(".pem")}
        common = {"gateway": f"{self.url}/gateway.do", "app_id": self.keys.app_id, "mode": self.client.mode}
        return await self.client.ask({**keys, **common, **self.changes, **question})

    async def call(self, method: str, notify_url: str = "", **content: str) -> dict[str, Any]:
        """What the SDK hands its caller; fails where the SDK refuses."""
        answer = await self.raw({"method": f"alipay.{method}", "content": content, "notify_url": notify_url})
        assert "said" in answer, answer["refused"]
        said: dict[str, Any] = answer["said"]
        return said

    async def refused(self, method: str, **content: str) -> str:
        """Why the SDK will not hand anything to its caller."""
        answer = await self.raw({"method": f"alipay.{method}", "content": content, "notify_url": ""})
        return str(answer["refused"])

    async def charge(self, number: str, code: str, total: str = "12.34") -> dict[str, Any]:
        return await self.call("trade.pay", **charge(number, code, total))

    def net(self, number: str) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.seller_id)}.get(number, 0)


def charge(number: str, code: str, total: str = "12.34") -> dict[str, str]:
    return {"out_trade_no": number, "scene": "bar_code", "auth_code": code, "subject": "牛奶", "total_amount": total}


@pytest.fixture
async def sandbox(client: Client, alipay_keys: Keys) -> AsyncIterator[Sandbox]:
    clock, ledger, faults = Clock(), Ledger(), Faults()
    host = AlipayHost(ledger, alipay_keys, clock, faults)
    running = await serve([host])
    yield Sandbox(running.url, client, alipay_keys, host, ledger, faults, clock)
    await running.close()
    assert ledger.check() == []


async def test_it_pays_and_asks_and_is_told_the_same(sandbox: Sandbox) -> None:
    paid = await sandbox.charge("SDK1", sandbox.phone().code())
    assert (paid["code"], paid["total_amount"], paid["receipt_amount"]) == ("10000", "12.34", "12.34")
    assert sandbox.net("SDK1") == 1234
    for content in ({"out_trade_no": "SDK1"}, {"trade_no": paid["trade_no"]}):
        asked = await sandbox.call("trade.query", **content)
        assert (asked["trade_status"], asked["trade_no"]) == ("TRADE_SUCCESS", paid["trade_no"])


async def test_it_is_refused_with_the_documented_codes(sandbox: Sandbox) -> None:
    broke = await sandbox.charge("SDK1", sandbox.phone(balance=1).code())
    assert (broke["code"], broke["sub_code"]) == ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    code = sandbox.phone().code()
    await sandbox.charge("SDK2", code)
    assert (await sandbox.charge("SDK3", code))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert (await sandbox.call("trade.query", out_trade_no="SDK3"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert (await sandbox.charge("SDK4", code, "12.3"))["sub_code"] == "ACQ.INVALID_PARAMETER"


async def test_it_waits_for_the_password(sandbox: Sandbox) -> None:
    slow = await sandbox.charge("SDK1", sandbox.phone(needs_password=True, types_after_s=100.0).code())
    assert slow["code"] == "10003"
    assert (await sandbox.call("trade.query", out_trade_no="SDK1"))["trade_status"] == "WAIT_BUYER_PAY"
    await sandbox.charge("SDK2", sandbox.phone(needs_password=True, types_after_s=0.0).code())
    assert (await sandbox.call("trade.query", out_trade_no="SDK2"))["trade_status"] == "TRADE_SUCCESS"


async def test_it_cancels_what_was_paid_what_waits_and_what_never_came(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK1", sandbox.phone().code())
    await sandbox.charge("SDK2", sandbox.phone(needs_password=True, types_after_s=100.0).code())
    for number, action in (("SDK1", "refund"), ("SDK2", "close"), ("SDK3", None)):
        undone = await sandbox.call("trade.cancel", out_trade_no=number)
        assert (undone["code"], undone["retry_flag"], undone.get("action")) == ("10000", "N", action)
        assert sandbox.net(number) == 0


async def test_it_refunds_a_part_and_asks_about_it(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK1", sandbox.phone().code())
    part = {"out_trade_no": "SDK1", "out_request_no": "R1"}
    refunded = await sandbox.call("trade.refund", **part, refund_amount="2.34")
    assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "2.34")
    assert (await sandbox.call("trade.refund", **part, refund_amount="2.34"))["fund_change"] == "N"
    asked = await sandbox.call("trade.fastpay.refund.query", **part)
    assert (asked["refund_status"], asked["refund_amount"]) == ("REFUND_SUCCESS", "2.34")
    assert sandbox.net("SDK1") == 1000
    more = await sandbox.call("trade.refund", out_trade_no="SDK1", out_request_no="R2", refund_amount="10.01")
    assert more["sub_code"] == "ACQ.REASON_TRADE_REFUND_FEE_ERR"


async def test_it_shows_a_code_that_a_phone_pays(sandbox: Sandbox) -> None:
    order = {"out_trade_no": "SDK1", "subject": "Milk", "total_amount": "5.00"}
    shown = await sandbox.call("trade.precreate", **order)
    assert (await sandbox.call("trade.query", out_trade_no="SDK1"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert sandbox.phone().scan(shown["qr_code"]) is Shown.PAID
    assert (await sandbox.call("trade.query", out_trade_no="SDK1"))["trade_status"] == "TRADE_SUCCESS"
    assert (await sandbox.call("trade.close", out_trade_no="SDK1"))["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


async def test_it_fetches_a_bill(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK1", sandbox.phone().code())
    day = beijing(sandbox.clock.wall())[:10]
    sandbox.clock.start_wall_s += READY_S
    said = await sandbox.call("data.dataservice.bill.downloadurl.query", bill_type="trade", bill_date=day)
    url = said["bill_download_url"]
    assert urlsplit(url).netloc == urlsplit(sandbox.url).netloc
    (row,) = bills.read(await asyncio.to_thread(lambda: urlopen(url, timeout=DEADLINE_S).read()))
    assert (row.out_trade_no, row.amount) == ("SDK1", 1234)


async def test_it_takes_a_notice_for_ours_and_a_changed_one_for_nobodys(sandbox: Sandbox) -> None:
    url = "http://127.0.0.1:9/notify"
    await sandbox.call("trade.pay", url, **charge("SDK1", sandbox.phone().code()))
    purchase = sandbox.host.acquirer.find("SDK1")
    assert purchase.notify_url == url
    notice = dict(parse_qsl(sandbox.host.notice(purchase, None).body.decode()))
    assert (notice["subject"], notice["trade_status"]) == ("牛奶", "TRADE_SUCCESS")
    assert await sandbox.raw({"notice": notice}) == {"said": True}
    spoilt = dict(parse_qsl(sandbox.host.notice(purchase, None, FAULTS["bad_signature"]).body.decode()))
    for wrong in (spoilt, {**notice, "total_amount": "0.01"}):
        assert (await sandbox.raw({"notice": wrong})).get("said") is not True


async def test_it_refuses_a_reply_that_is_not_ours(sandbox: Sandbox) -> None:
    sandbox.faults.arm("bad_signature", Operation.PAY)
    assert REFUSES[sandbox.client.name] in await sandbox.refused("trade.pay", **charge("SDK1", sandbox.phone().code()))
    assert sandbox.net("SDK1") == 1234


async def test_it_believes_no_other_platform(sandbox: Sandbox, other_keys: Keys) -> None:
    """The same app, and another's key behind the name of Alipay."""
    files = other_keys.files
    sandbox.changes = {
        "alipay_public_key": files.alipay_public_key.read_text().strip(),
        "alipay_certificate": files.alipay_certificate.read_text().strip(),
    }
    assert REFUSES[sandbox.client.name] in await sandbox.refused("trade.query", out_trade_no="SDK1")


async def test_whoever_signs_with_another_key_is_turned_away(sandbox: Sandbox, other_keys: Keys) -> None:
    files = other_keys.files
    sandbox.changes = {
        "private_key": files.app_key.read_text().strip(),
        "private_key_pkcs1": files.app_key_pkcs1.read_text().strip(),
    }
    refused = await sandbox.charge("SDK1", sandbox.phone().code())
    assert (refused["code"], refused["sub_code"]) == ("40002", "isv.invalid-signature")
    assert sandbox.net("SDK1") == 0


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return alipay_keys.load_or_make(tmp_path_factory.mktemp("other"))
