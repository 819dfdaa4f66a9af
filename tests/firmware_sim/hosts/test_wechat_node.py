"""An independent client for Node against both WeChat Pay hosts over real loopback HTTP: `wechatpay-axios-plugin`.

It signs by itself and refuses replies that it cannot verify, v2's in either way of signing and v3's in either mode. It
is a child process (tests/clients/wechat).
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

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.http import serve
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_v2 import WechatV2Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.clock import Clock
from terminal.scheme import Operation

ROOT = Path(__file__).parents[3]
PLACE = ROOT / ".venv" / "clients" / "wechat-node"
SCRIPT = ROOT / "tests" / "clients" / "wechat" / "node.mjs"
DEADLINE_S = 60.0
_numbers = count(1)


@pytest.fixture(scope="module")
def node() -> Iterator["subprocess.Popen[str]"]:
    if not (PLACE / "node_modules" / "wechatpay-axios-plugin").exists():
        pytest.skip("the Node client is not installed: run tests/clients/wechat/install.sh")
    pipe = subprocess.PIPE
    with subprocess.Popen(["node", SCRIPT, PLACE], stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


@dataclass
class Sandbox:
    """Both hosts on a port, and the client that a stranger might have pointed at it."""

    node: "subprocess.Popen[str]"
    url: str
    keys: Keys
    ledger: Ledger
    faults: Faults
    clock: Clock = field(default_factory=Clock)
    headers: dict[str, str] = field(default_factory=dict)
    common: dict[str, str] = field(default_factory=dict)

    def phone(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(_numbers)}", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    def net(self, number: str) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mchid)}.get(number, 0)

    async def configure(self, *, mode: str = "public_key", **changes: Any) -> None:
        files = self.keys.files
        is_public = mode == "public_key"
        certs = {self.keys.public_key_id: files.public_key.read_text()}
        if not is_public:
            certs = {self.keys.platform_serial: files.platform_certificate.read_text()}
        self.headers = {"Wechatpay-Serial": self.keys.public_key_id} if is_public else {}
        await self._ask(
            configure={
                "mchid": self.keys.mchid,
                "serial": self.keys.merchant_serial,
                "privateKey": files.merchant_key.read_text(),
                "certs": certs,
                "secret": self.keys.api_key,
                "baseURL": self.url,
                **changes,
            }
        )

    async def v2(self, path: str, **data: str) -> dict[str, Any]:
        """The fields that were answered, checked; or, under `refused`, why not."""
        common = {"appid": self.keys.appid, "mch_id": self.keys.mchid, **self.common}
        answer = await self._ask(path=f"v2/{path}", method="POST", data={**common, **data})
        return answer["said"]["data"] if "said" in answer else answer

    async def v3(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that was answered, checked; or, under `refused`, why not."""
        answer = await self._ask(path=f"v3/{path}", method=method, data=data, config={"headers": self.headers})
        said: dict[str, Any] = answer.get("said", answer)
        return said

    async def _ask(self, **question: Any) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._exchange, json.dumps(question)), DEADLINE_S)
        except TimeoutError:
            self.node.kill()  # which also ends the thread that waits for its answer
            raise
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _exchange(self, line: str) -> str:
        assert self.node.stdin
        assert self.node.stdout
        self.node.stdin.write(f"{line}\n")
        self.node.stdin.flush()
        return self.node.stdout.readline()


@pytest.fixture
async def sandbox(node: "subprocess.Popen[str]", wechat_keys: Keys) -> AsyncIterator[Sandbox]:
    clock, ledger, faults = Clock(), Ledger(), Faults()
    hosts = [host(ledger, wechat_keys, clock, faults) for host in (WechatHost, WechatV2Host)]
    running = await serve(hosts)
    yield Sandbox(node, running.url, wechat_keys, ledger, faults, clock)
    await running.close()
    assert ledger.check() == []


# --- v2 --------------------------------------------------------------------------------------------------


def _micropay(number: str, code: str) -> dict[str, str]:
    charge = {"body": "牛奶", "out_trade_no": number, "total_fee": "1234", "auth_code": code}
    return {**charge, "spbill_create_ip": "127.0.0.1"}


@pytest.mark.parametrize("sign_type", ["", "MD5", "HMAC-SHA256"])
async def test_v2_pays_refunds_and_reverses(sandbox: Sandbox, sign_type: str) -> None:
    await sandbox.configure()
    sandbox.common = {"sign_type": sign_type} if sign_type else {}
    paid = await sandbox.v2("pay/micropay", **_micropay("NODE000001", sandbox.phone().code()))
    assert (paid["result_code"], paid["total_fee"]) == ("SUCCESS", "1234")
    asked = await sandbox.v2("pay/orderquery", transaction_id=paid["transaction_id"])
    assert (asked["trade_state"], asked["out_trade_no"]) == ("SUCCESS", "NODE000001")
    refund = {"out_trade_no": "NODE000001", "out_refund_no": "R1", "total_fee": "1234", "refund_fee": "234"}
    assert (await sandbox.v2("secapi/pay/refund", **refund))["refund_fee"] == "234"
    assert (await sandbox.v2("pay/refundquery", out_refund_no="R1"))["refund_status_0"] == "SUCCESS"
    assert sandbox.net("NODE000001") == 1000
    assert (await sandbox.v2("secapi/pay/reverse", out_trade_no="NODE000001"))["recall"] == "N"
    assert sandbox.net("NODE000001") == 0


async def test_v2_is_refused_and_waits_for_the_password(sandbox: Sandbox) -> None:
    await sandbox.configure()
    broke = await sandbox.v2("pay/micropay", **_micropay("NODE000001", sandbox.phone(balance=1).code()))
    assert broke["refused"]["data"]["err_code"] == "NOTENOUGH"
    phone = sandbox.phone(needs_password=True, types_after_s=0.0)
    waiting = await sandbox.v2("pay/micropay", **_micropay("NODE000002", phone.code()))
    assert waiting["refused"]["data"]["err_code"] == "USERPAYING"
    assert (await sandbox.v2("pay/orderquery", out_trade_no="NODE000002"))["trade_state"] == "SUCCESS"


async def test_v2_shows_a_code_and_closes_it(sandbox: Sandbox) -> None:
    await sandbox.configure()
    native = {"body": "牛奶", "total_fee": "500", "spbill_create_ip": "127.0.0.1", "product_id": "1"}
    native |= {"trade_type": "NATIVE", "notify_url": "https://till.invalid/notify"}
    shown = await sandbox.v2("pay/unifiedorder", out_trade_no="NODE000001", **native)
    assert sandbox.phone().scan(shown["code_url"]) is Shown.PAID
    await sandbox.v2("pay/unifiedorder", out_trade_no="NODE000002", **native)
    assert (await sandbox.v2("pay/closeorder", out_trade_no="NODE000002"))["result_code"] == "SUCCESS"


async def test_v2_believes_no_other_key_and_is_not_believed_with_one(sandbox: Sandbox) -> None:
    await sandbox.configure()
    sandbox.faults.arm("bad_signature", Operation.PAY)
    spoilt = await sandbox.v2("pay/micropay", **_micropay("NODE000001", sandbox.phone().code()))
    assert "doesn't matched" in spoilt["refused"]["message"]
    await sandbox.configure(secret="0" * 32)
    stranger = await sandbox.v2("pay/micropay", **_micropay("NODE000002", sandbox.phone().code()))
    assert stranger["refused"]["data"] == {"return_code": "FAIL", "return_msg": "签名错误"}
    assert sandbox.net("NODE000002") == 0


# --- v3 --------------------------------------------------------------------------------------------------


def _codepay(keys: Keys, number: str, code: str) -> dict[str, Any]:
    return {
        "appid": keys.appid,
        "mchid": keys.mchid,
        "description": "牛奶",
        "out_trade_no": number,
        "payer": {"auth_code": code},
        "amount": {"total": 1234, "currency": "CNY"},
        "scene_info": {"store_info": {"id": "0001"}},
    }


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
async def test_v3_pays_refunds_and_reverses(sandbox: Sandbox, mode: str) -> None:
    await sandbox.configure(mode=mode)
    keys = sandbox.keys
    paid = await sandbox.v3("POST", "pay/transactions/codepay", _codepay(keys, "NODE000001", sandbox.phone().code()))
    assert (paid["status"], paid["data"]["trade_state"]) == (200, "SUCCESS")
    order = "pay/transactions/out-trade-no/NODE000001"
    assert (await sandbox.v3("GET", f"{order}?mchid={keys.mchid}"))["data"] == paid["data"]
    amount = {"refund": 234, "total": 1234, "currency": "CNY"}
    refund = {"out_trade_no": "NODE000001", "out_refund_no": "R1", "amount": amount}
    assert (await sandbox.v3("POST", "refund/domestic/refunds", refund))["data"]["status"] == "SUCCESS"
    assert (await sandbox.v3("GET", "refund/domestic/refunds/R1"))["data"]["amount"]["refund"] == 234
    undone = await sandbox.v3("POST", f"{order}/reverse", {"appid": keys.appid, "mchid": keys.mchid})
    assert undone["data"]["trade_state"] == "REVOKED"
    assert sandbox.net("NODE000001") == 0


async def test_v3_is_refused_and_waits_for_the_password(sandbox: Sandbox) -> None:
    await sandbox.configure()
    broke = _codepay(sandbox.keys, "NODE000001", sandbox.phone(balance=1).code())
    refused = (await sandbox.v3("POST", "pay/transactions/codepay", broke))["refused"]
    assert (refused["status"], refused["data"]["code"]) == (403, "NOT_ENOUGH")
    slow = _codepay(sandbox.keys, "NODE000002", sandbox.phone(needs_password=True).code())
    assert (await sandbox.v3("POST", "pay/transactions/codepay", slow))["data"]["trade_state"] == "USERPAYING"


async def test_v3_shows_a_code_that_a_phone_pays(sandbox: Sandbox) -> None:
    await sandbox.configure()
    keys = sandbox.keys
    native = {"appid": keys.appid, "mchid": keys.mchid, "description": "牛奶", "out_trade_no": "NODE000001"}
    native |= {"notify_url": "https://till.invalid/notify"}
    asked = {**native, "amount": {"total": 500, "currency": "CNY"}}
    shown = await sandbox.v3("POST", "pay/transactions/native", asked)
    assert sandbox.phone().scan(shown["data"]["code_url"]) is Shown.PAID


async def test_v3_believes_no_other_platform_and_is_not_believed_with_another_key(sandbox: Sandbox) -> None:
    await sandbox.configure()
    keys = sandbox.keys
    sandbox.faults.arm("bad_signature", Operation.PAY)
    charge = _codepay(keys, "NODE000001", sandbox.phone().code())
    assert "failed" in (await sandbox.v3("POST", "pay/transactions/codepay", charge))["refused"]["message"]
    await sandbox.configure(privateKey=keys.files.platform_key.read_text())
    stranger = _codepay(keys, "NODE000002", sandbox.phone().code())
    refused = (await sandbox.v3("POST", "pay/transactions/codepay", stranger))["refused"]
    assert (refused["status"], refused["data"]["code"]) == (401, "SIGN_ERROR")
    assert sandbox.net("NODE000002") == 0
