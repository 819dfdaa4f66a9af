"""An independent client against our v2 host: the `wechatpy` package over real loopback HTTP.

It was written against the real gateway and signs by itself. It checks replies only when it is told to, so every reply
is checked here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.http import serve
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_v2 import WechatV2Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.clock import Clock
from terminal.scheme import Operation
from terminal.schemes.beijing import moment

pay = pytest.importorskip("wechatpy.pay", reason="wechatpy is not installed: pip install 'saoma[dev]'")
exceptions = pytest.importorskip("wechatpy.exceptions")

IP = "127.0.0.1"
DAY_S = 86400
_numbers = count(1)


@dataclass
class Sandbox:
    """The host on a port, and an SDK that a stranger might have pointed at it."""

    url: str
    host: WechatV2Host
    keys: Keys
    ledger: Ledger
    faults: Faults
    clock: Clock
    sdk: Any

    def phone(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(_numbers)}", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    async def call(self, ask: Callable[..., Any], **named: Any) -> dict[str, Any]:
        """What the SDK was told, which must be signed; it blocks, so it has a thread of its own."""
        said: dict[str, Any] = await asyncio.to_thread(ask, **named)
        assert self.sdk.check_signature(dict(said))
        return said

    async def refused(self, ask: Callable[..., Any], **named: Any) -> Any:
        with pytest.raises(exceptions.WeChatPayException) as caught:
            await asyncio.to_thread(ask, **named)
        return caught.value

    def charging(self, number: str, code: str, total: int = 1234) -> dict[str, Any]:
        return {"body": "牛奶", "total_fee": total, "auth_code": code, "client_ip": IP, "out_trade_no": number}

    def net(self, number: str) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mchid)}.get(number, 0)


def _client(keys: Keys, url: str, key: str = "") -> Any:
    at_home = type("AtHome", (pay.WeChatPay,), {"API_BASE_URL": f"{url}/"})
    return at_home(keys.appid, key or keys.api_key, keys.mchid, timeout=10)


@pytest.fixture
async def sandbox(wechat_keys: Keys) -> AsyncIterator[Sandbox]:
    clock, ledger, faults = Clock(), Ledger(), Faults()
    host = WechatV2Host(ledger, wechat_keys, clock, faults)
    running = await serve([host])
    sdk = _client(wechat_keys, running.url)
    yield Sandbox(running.url, host, wechat_keys, ledger, faults, clock, sdk)
    await running.close()
    assert ledger.check() == []


async def test_it_pays_and_asks_and_is_told_the_same(sandbox: Sandbox) -> None:
    paid = await sandbox.call(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000001", sandbox.phone().code()))
    assert (paid["result_code"], paid["trade_type"], paid["total_fee"]) == ("SUCCESS", "MICROPAY", "1234")
    assert sandbox.net("SDK0000001") == 1234
    for named in ({"out_trade_no": "SDK0000001"}, {"transaction_id": paid["transaction_id"]}):
        asked = await sandbox.call(sandbox.sdk.micropay.query, **named)
        assert (asked["trade_state"], asked["transaction_id"]) == ("SUCCESS", paid["transaction_id"])


async def test_it_is_refused_with_the_documented_codes(sandbox: Sandbox) -> None:
    broke = sandbox.charging("SDK0000001", sandbox.phone(balance=1).code())
    refused = await sandbox.refused(sandbox.sdk.micropay.create, **broke)
    assert (refused.return_code, refused.result_code, refused.errcode) == ("SUCCESS", "FAIL", "NOTENOUGH")
    code = sandbox.phone().code()
    await sandbox.call(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000002", code))
    refused = await sandbox.refused(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000003", code))
    assert (refused.errcode, refused.errmsg[:3]) == ("AUTH_CODE_INVALID", "101")
    refused = await sandbox.refused(sandbox.sdk.order.query, out_trade_no="SDK0000003")
    assert refused.errcode == "ORDERNOTEXIST"


async def test_it_waits_for_the_password(sandbox: Sandbox) -> None:
    slow = sandbox.charging("SDK0000001", sandbox.phone(needs_password=True, types_after_s=600.0).code())
    assert (await sandbox.refused(sandbox.sdk.micropay.create, **slow)).errcode == "USERPAYING"
    assert (await sandbox.call(sandbox.sdk.order.query, out_trade_no="SDK0000001"))["trade_state"] == "USERPAYING"
    quick = sandbox.charging("SDK0000002", sandbox.phone(needs_password=True, types_after_s=0.0).code())
    await sandbox.refused(sandbox.sdk.micropay.create, **quick)
    assert (await sandbox.call(sandbox.sdk.order.query, out_trade_no="SDK0000002"))["trade_state"] == "SUCCESS"


async def test_it_reverses_what_was_paid_and_what_was_not(sandbox: Sandbox) -> None:
    await sandbox.call(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000001", sandbox.phone().code()))
    for number in ("SDK0000001", "SDK0000002"):
        undone = await sandbox.call(sandbox.sdk.order.reverse, out_trade_no=number)
        assert (undone["result_code"], undone["recall"]) == ("SUCCESS", "N")
        assert (await sandbox.call(sandbox.sdk.order.query, out_trade_no=number))["trade_state"] == "REVOKED"
        assert sandbox.net(number) == 0


async def test_it_refunds_a_part_and_asks_about_it(sandbox: Sandbox) -> None:
    await sandbox.call(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000001", sandbox.phone().code()))
    refund = {"total_fee": 1234, "refund_fee": 234, "out_refund_no": "R1", "out_trade_no": "SDK0000001"}
    accepted = await sandbox.call(sandbox.sdk.refund.apply, **refund)
    assert (accepted["refund_fee"], accepted["out_refund_no"]) == ("234", "R1")
    assert sandbox.net("SDK0000001") == 1000
    listed = await sandbox.call(sandbox.sdk.refund.query, out_trade_no="SDK0000001")
    assert (listed["refund_count"], listed["refund_status_0"], listed["out_refund_no_0"]) == ("1", "SUCCESS", "R1")
    too_much = {**refund, "out_refund_no": "R2", "refund_fee": 1001}
    assert (await sandbox.refused(sandbox.sdk.refund.apply, **too_much)).errcode == "INVALID_REQUEST"


async def test_it_shows_a_code_that_a_phone_pays_and_reads_the_notice(sandbox: Sandbox) -> None:
    asked = {"trade_type": "NATIVE", "body": "牛奶", "total_fee": 500, "product_id": "1", "client_ip": IP}
    asked |= {"notify_url": "http://127.0.0.1:1/notify"}
    shown = await sandbox.call(sandbox.sdk.order.create, out_trade_no="SDK0000001", **asked)
    assert sandbox.phone().scan(shown["code_url"]) is Shown.PAID
    assert (await sandbox.call(sandbox.sdk.order.query, out_trade_no="SDK0000001"))["trade_state"] == "SUCCESS"
    assert (await sandbox.refused(sandbox.sdk.order.close, out_trade_no="SDK0000001")).errcode == "ORDERPAID"
    await sandbox.call(sandbox.sdk.order.create, out_trade_no="SDK0000002", **asked)
    assert (await sandbox.call(sandbox.sdk.order.close, out_trade_no="SDK0000002"))["result_code"] == "SUCCESS"
    purchase = sandbox.ledger.find(sandbox.keys.mchid, "SDK0000001")
    assert purchase
    notice = sandbox.host.notice(purchase, None).body
    assert sandbox.sdk.parse_payment_result(notice.decode())["total_fee"] == 500
    with pytest.raises(exceptions.InvalidSignatureException):
        sandbox.sdk.parse_payment_result(notice.decode().replace(">500<", ">501<"))


async def test_a_reply_that_is_not_ours_does_not_pass_its_check(sandbox: Sandbox) -> None:
    sandbox.faults.arm("bad_signature", Operation.PAY)
    asked = sandbox.charging("SDK0000001", sandbox.phone().code())
    said = await asyncio.to_thread(sandbox.sdk.micropay.create, **asked)
    assert not sandbox.sdk.check_signature(dict(said))
    genuine = await sandbox.call(sandbox.sdk.order.query, out_trade_no="SDK0000001")
    assert not sandbox.sdk.check_signature({**genuine, "total_fee": "1235"})


async def test_whoever_signs_with_another_key_is_turned_away(sandbox: Sandbox) -> None:
    stranger = _client(sandbox.keys, sandbox.url, "0" * 32)
    asked = sandbox.charging("SDK0000001", sandbox.phone().code())
    refused = await sandbox.refused(stranger.micropay.create, **asked)
    assert (refused.return_code, refused.return_msg, refused.errcode) == ("FAIL", "签名错误", None)
    assert sandbox.net("SDK0000001") == 0


async def test_it_downloads_the_bill_of_a_day_that_is_over(sandbox: Sandbox) -> None:
    await sandbox.call(sandbox.sdk.micropay.create, **sandbox.charging("SDK0000001", sandbox.phone().code()))
    today = moment(sandbox.clock.wall()).strftime("%Y%m%d")
    early = await sandbox.refused(sandbox.sdk.tools.download_bill, bill_date=today)
    assert (early.return_code, early.return_msg) == ("FAIL", "Bill Creating")
    sandbox.clock.start_wall_s += 2 * DAY_S
    bill = await asyncio.to_thread(sandbox.sdk.tools.download_bill, bill_date=today)
    assert bill.splitlines()[1].split(",`")[6] == "SDK0000001"
    assert bill.splitlines()[-1].startswith("`1,`12.34,")


async def test_it_learns_whose_code_it_is(sandbox: Sandbox) -> None:
    phone = sandbox.phone()
    said = await sandbox.call(sandbox.sdk.tools.auto_code_to_openid, auth_code=phone.code())
    assert said["openid"].endswith(phone.customer)
