"""An independent client against our host: the `wechatpayv3` package over real loopback HTTP, in both key modes.

The package was written against the real gateway; it signs every request by itself and refuses replies that it
cannot verify. A codec of ours that were wrong at both ends would not agree with it.
"""

import asyncio
import gzip
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Asked
from firmware_sim.hosts.http import Running, serve
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import Keys, load_or_make
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone, Shown
from terminal.clock import Clock
from terminal.scheme import Operation
from terminal.schemes.beijing import moment

TIMEOUT_S = (5, 10)
Said = tuple[int, dict[str, Any]]
_numbers = count(1)


@dataclass
class Sandbox:
    """The host on a port, and an SDK that a stranger might have pointed at it."""

    running: Running
    host: WechatHost
    keys: Keys
    ledger: Ledger
    faults: Faults
    clock: Clock
    sdk: WeChatPay

    def phone(self, balance: int = 500_000, **traits: Any) -> Phone:
        customer = Customer(f"c{next(_numbers)}", **traits)
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(customer.id))

    async def call(self, ask: Callable[..., tuple[int, str]], *args: Any, **named: Any) -> Said:
        """The SDK blocks: it has a thread of its own."""
        status, text = await asyncio.to_thread(ask, *args, **named)
        return status, json.loads(text) if text else {}

    async def charge(self, number: str, code: str, total: int = 1234) -> Said:
        return await self.call(
            self.sdk.pay,
            description="Milk",
            out_trade_no=number,
            amount={"total": total, "currency": "CNY"},
            payer={"auth_code": code},
            scene_info={"device_id": "013467007045764", "store_info": {"id": "0001", "out_id": "0001"}},
            pay_type=WeChatPayType.CODEPAY,
        )

    def net(self, number: str) -> int:
        return {line.order_no: line.net for line in self.ledger.books(self.keys.mchid)}.get(number, 0)


def _client(keys: Keys, url: str, mode: str, cert_dir: Path, **more: Any) -> WeChatPay:
    public = {"public_key": keys.files.public_key.read_text(), "public_key_id": keys.public_key_id}
    if mode == "certificate":
        cert_dir.mkdir()
        shutil.copy(keys.files.platform_certificate, cert_dir / f"{keys.platform_serial}.pem")
        public = {"cert_dir": str(cert_dir)}
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=keys.mchid,
        private_key=keys.files.merchant_key.read_text(),
        cert_serial_no=keys.merchant_serial,
        appid=keys.appid,
        apiv3_key=keys.apiv3_key.decode(),
        notify_url="https://till.invalid/wechat",
        timeout=TIMEOUT_S,
        **public,
        **more,
    )
    client._core._gate_way = url
    return client


@pytest.fixture(params=["public_key", "certificate"])
async def sandbox(request: pytest.FixtureRequest, wechat_keys: Keys, tmp_path: Path) -> AsyncIterator[Sandbox]:
    clock, ledger, faults = Clock(), Ledger(), Faults()
    host = WechatHost(ledger, wechat_keys, clock, faults)
    running = await serve([host])
    sdk = _client(wechat_keys, running.url, request.param, tmp_path / "certs")
    yield Sandbox(running, host, wechat_keys, ledger, faults, clock, sdk)
    await running.close()
    assert ledger.check() == []


async def test_it_pays_and_asks_and_is_told_the_same(sandbox: Sandbox) -> None:
    phone = sandbox.phone()
    status, paid = await sandbox.charge("SDK0000001", phone.code())
    assert (status, paid["trade_state"], paid["trade_type"]) == (200, "SUCCESS", "MICROPAY")
    assert paid["amount"]["total"] == 1234
    assert sandbox.net("SDK0000001") == 1234
    assert await sandbox.call(sandbox.sdk.query, out_trade_no="SDK0000001") == (200, paid)
    assert await sandbox.call(sandbox.sdk.query, transaction_id=paid["transaction_id"]) == (200, paid)


async def test_it_is_refused_with_the_documented_codes(sandbox: Sandbox) -> None:
    status, broke = await sandbox.charge("SDK0000001", sandbox.phone(balance=1).code())
    assert (status, broke["code"]) == (403, "NOT_ENOUGH")
    code = sandbox.phone().code()
    await sandbox.charge("SDK0000002", code)
    status, used = await sandbox.charge("SDK0000003", code)
    assert (status, used["code"]) == (403, "AUTH_CODE_INVALID")
    status, unknown = await sandbox.call(sandbox.sdk.query, out_trade_no="SDK0000003")
    assert (status, unknown["code"]) == (404, "ORDER_NOT_EXIST")


async def test_it_waits_for_the_password(sandbox: Sandbox) -> None:
    phone = sandbox.phone(needs_password=True, types_after_s=600.0)
    status, waiting = await sandbox.charge("SDK0000001", phone.code())
    assert (status, waiting["trade_state"]) == (200, "USERPAYING")
    quick = sandbox.phone(needs_password=True, types_after_s=0.0)
    await sandbox.charge("SDK0000002", quick.code())
    status, paid = await sandbox.call(sandbox.sdk.query, out_trade_no="SDK0000002")
    assert (status, paid["trade_state"]) == (200, "SUCCESS")


async def test_it_reverses_what_was_paid_and_what_was_not(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK0000001", sandbox.phone().code())
    for number in ("SDK0000001", "SDK0000002"):
        status, undone = await sandbox.call(sandbox.sdk.codepay_reverse, out_trade_no=number)
        assert (status, undone["out_trade_no"], undone["trade_state"]) == (200, number, "REVOKED")
        assert sandbox.net(number) == 0


async def test_it_refunds_a_part_and_asks_about_it(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK0000001", sandbox.phone().code())
    amount = {"refund": 234, "total": 1234, "currency": "CNY"}
    refund = {"out_refund_no": "R1", "out_trade_no": "SDK0000001", "amount": amount, "reason": "spilt"}
    status, refunded = await sandbox.call(sandbox.sdk.refund, **refund)
    assert (status, refunded["status"], refunded["amount"]["refund"]) == (200, "SUCCESS", 234)
    assert await sandbox.call(sandbox.sdk.refund, **refund) == (200, refunded)
    assert await sandbox.call(sandbox.sdk.query_refund, "R1") == (200, refunded)
    assert sandbox.net("SDK0000001") == 1000
    too_much = {**refund, "out_refund_no": "R2", "amount": {**amount, "refund": 1001}}
    status, refused = await sandbox.call(sandbox.sdk.refund, **too_much)
    assert (status, refused["code"]) == (400, "INVALID_REQUEST")


async def test_it_shows_a_code_that_a_phone_pays(sandbox: Sandbox) -> None:
    native = {"description": "Milk", "amount": {"total": 500, "currency": "CNY"}, "pay_type": WeChatPayType.NATIVE}
    status, shown = await sandbox.call(sandbox.sdk.pay, out_trade_no="SDK0000001", **native)
    assert status == 200
    assert sandbox.phone().scan(shown["code_url"]) is Shown.PAID
    _, paid = await sandbox.call(sandbox.sdk.query, out_trade_no="SDK0000001")
    assert paid["trade_state"] == "SUCCESS"
    await sandbox.call(sandbox.sdk.pay, out_trade_no="SDK0000002", **native)
    assert await sandbox.call(sandbox.sdk.close, "SDK0000002") == (204, {})


async def test_it_refuses_a_reply_that_is_not_ours(sandbox: Sandbox) -> None:
    sandbox.faults.arm("bad_signature", Operation.PAY)
    with pytest.raises(Exception, match="failed to verify the signature"):
        await sandbox.charge("SDK0000001", sandbox.phone().code())
    assert sandbox.net("SDK0000001") == 1234


async def test_it_believes_no_other_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    """The same id and serial, and another's key behind it."""
    other = load_or_make(tmp_path / "other")
    sandbox.sdk._core._public_key = other.public_key_secret.public_key()
    sandbox.sdk._core._public_key_id = sandbox.keys.public_key_id
    with pytest.raises(Exception, match="failed to verify the signature"):
        await sandbox.charge("SDK0000001", sandbox.phone().code())


async def test_whoever_signs_with_another_key_is_turned_away(sandbox: Sandbox, tmp_path: Path) -> None:
    other = load_or_make(tmp_path / "other")
    stranger = _client(sandbox.keys, sandbox.running.url, "public_key", tmp_path / "unused")
    stranger._core._private_key = other.platform_key
    sandbox.sdk = stranger
    status, refused = await sandbox.charge("SDK0000001", sandbox.phone().code())
    assert (status, refused["code"]) == (401, "SIGN_ERROR")
    assert sandbox.net("SDK0000001") == 0


async def test_it_fetches_the_platform_certificate_by_itself(sandbox: Sandbox) -> None:
    sandbox.sdk._core._certificates.clear()
    await asyncio.to_thread(sandbox.sdk._core._update_certificates)
    (certificate,) = sandbox.sdk._core._certificates
    assert f"{certificate.serial_number:X}" == sandbox.keys.platform_serial


async def test_it_reads_what_it_is_told_and_nothing_that_was_changed(sandbox: Sandbox) -> None:
    await sandbox.charge("SDK0000001", sandbox.phone().code())
    amount = {"refund": 234, "total": 1234, "currency": "CNY"}
    await sandbox.call(sandbox.sdk.refund, out_refund_no="R1", out_trade_no="SDK0000001", amount=amount)
    purchase = sandbox.ledger.find(sandbox.keys.mchid, "SDK0000001")
    assert purchase
    (returned,) = sandbox.ledger.refunds_of(purchase)
    paid, refunded = sandbox.host.notice(purchase, None), sandbox.host.notice(purchase, returned)
    told = await asyncio.to_thread(sandbox.sdk.callback, paid.headers, paid.body)
    assert (told["event_type"], told["resource"]["out_trade_no"]) == ("TRANSACTION.SUCCESS", "SDK0000001")
    told = await asyncio.to_thread(sandbox.sdk.callback, refunded.headers, refunded.body)
    assert (told["event_type"], told["resource"]["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
    changed = paid.body.replace(b"SUCCESS", b"SUCCESs")
    assert await asyncio.to_thread(sandbox.sdk.callback, paid.headers, changed) is None


async def test_it_downloads_the_bills_of_a_day_that_is_over(sandbox: Sandbox) -> None:
    sandbox.clock.start_wall_s -= 2 * 86400
    day = f"{moment(sandbox.clock.wall()):%Y-%m-%d}"
    sandbox.host.acquirer.charge(Asked("SDK0000001", 1234, "Milk"), sandbox.phone().code())
    sandbox.clock.start_wall_s += 2 * 86400
    for ask in (sandbox.sdk.trade_bill, sandbox.sdk.fundflow_bill):
        status, offer = await sandbox.call(ask, bill_date=day)
        assert status == 200
        status, content = await asyncio.to_thread(sandbox.sdk.download_bill, offer["download_url"])
        assert status == 200
        bill = gzip.decompress(content)
        assert hashlib.sha1(bill).hexdigest() == offer["hash_value"]
        assert b"`SDK0000001" in bill
    today = f"{moment(sandbox.clock.wall()):%Y-%m-%d}"
    status, said = await sandbox.call(sandbox.sdk.trade_bill, bill_date=today)
    assert (status, said["code"]) == (400, "STATEMENT_CREATING")


async def test_a_service_provider_pays_asks_and_closes(sandbox: Sandbox, tmp_path: Path) -> None:
    keys = sandbox.keys
    provider = _client(keys, sandbox.running.url, "public_key", tmp_path / "unused", partner_mode=True)
    whose = {"sub_mchid": keys.sub_mchid}
    status, paid = await sandbox.call(
        provider.pay,
        description="Milk",
        out_trade_no="SDK0000001",
        amount={"total": 1234, "currency": "CNY"},
        payer={"auth_code": sandbox.phone().code()},
        scene_info={"store_info": {"id": "0001"}},
        pay_type=WeChatPayType.CODEPAY,
        sub_appid=keys.sub_appid,
        **whose,
    )
    assert (status, paid["trade_state"], paid["sub_mchid"]) == (200, "SUCCESS", keys.sub_mchid)
    assert await sandbox.call(provider.query, out_trade_no="SDK0000001", **whose) == (200, paid)
    native = {
        "description": "Milk",
        "amount": {"total": 5},
        "pay_type": WeChatPayType.NATIVE,
        "out_trade_no": "SDK0002",
    }
    assert (await sandbox.call(provider.pay, **native, **whose))[0] == 200
    assert await sandbox.call(provider.close, "SDK0002", **whose) == (204, {})
    assert sandbox.net("SDK0000001") == 0
