"""All hosts of a world at once: what is served where, and what is told over the control address."""

import base64
import io
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firmware_sim.acquirers import Acquirers, Address
from firmware_sim.drawing import codes
from firmware_sim.hosts.acquiring import Asked
from terminal.config import from_table
from terminal.scheme import Line, Till
from terminal.schemes import BY_KEY, SETTINGS

PATHS = {
    "wechat": "/v3/pay/transactions/codepay",
    "wechat_v2": "/pay/micropay",
    "alipay": "/gateway.do?charset=utf-8",
    "alipayplus": "/aps/api/v1/payments/pay",
    "unionpay": "/gateway/api/backTransReq.do",
    "qra": "/pay/gateway",
}
NATIVE = "weixin://wxpay/bizpayurl?pr=shown"


@pytest.fixture
def acquirers(keys: Path, hand_clock: Any) -> Acquirers:
    (keys / "ledger.db").unlink(missing_ok=True)
    return Acquirers(keys, hand_clock, random.Random(1))


@pytest.fixture
async def addresses(acquirers: Acquirers) -> AsyncIterator[tuple[Address, ...]]:
    async with acquirers.running() as addresses:
        yield addresses


def test_each_path_is_one_hosts(acquirers: Acquirers) -> None:
    http = [host for host in acquirers.hosts if host.line is Line.HTTP]
    served = {host.name: [other.name for other in http if other.serves(PATHS[host.name])] for host in http}
    assert served == {name: [name] for name in PATHS}
    assert not any(host.serves("/elsewhere") for host in http)


async def test_each_contract_makes_a_wire_of_a_till(addresses: tuple[Address, ...], keys: Path) -> None:
    ours = [dict(one.contract) for one in addresses if one.contract["scheme"] in BY_KEY]
    config = from_table({"acquirer": ours}, "the world", keys, SETTINGS)
    assert {one.scheme for one in config.acquirer} == set(BY_KEY)
    for one in config.acquirer:
        assert BY_KEY[one.scheme].connect(one.settings, Till("POS01", "http://127.0.0.1:1/notify"))


async def test_addresses_are_of_this_machine_and_credentials_name_files_that_are_there(
    addresses: tuple[Address, ...],
) -> None:
    for one in addresses:
        assert one.credentials["url"].split("//")[1].startswith("127.0.0.1:")
        files = [value for value in one.credentials.values() if isinstance(value, str) and value.startswith("/")]
        assert any(Path(file).is_file() for file in files)


# --- the control address ---------------------------------------------------------------------------------


def test_a_customer_is_as_told(acquirers: Acquirers) -> None:
    told = {"wallet": "ccb", "balance_fen": 5, "needs_password": True, "types_after_s": None, "refused_as": "risk"}
    answer = acquirers.code(told)
    assert answer["auth_code"].startswith("62")
    again = acquirers.code({"customer": answer["customer"]})
    assert again == answer
    customer = acquirers.ledger.customer(answer["customer"])
    assert customer
    assert (customer.wallet, customer.needs_password, customer.types_after_s) == ("ccb", True, None)
    assert customer.refused_as == "risk"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"mood": "good"}, "no customer has mood; there are balance_fen"),
        ({"balance_fen": -1}, "balance_fen is a whole number"),
        ({"balance_fen": "5"}, "balance_fen is a whole number"),
        ({"wallet": "purse"}, "no wallet is called 'purse'; there are wechat"),
        ({"customer": "nobody"}, "nobody of that name has come"),
    ],
)
def test_a_customer_who_cannot_be_is_refused_with_what_can(
    acquirers: Acquirers, told: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        acquirers.code(told)


def _png(text: str) -> str:
    picture, file = np.kron(codes.qr(text), np.ones((5, 5), np.uint8)), io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_shown_code_is_scanned_from_its_pixels(acquirers: Acquirers) -> None:
    acquirers.hosts[0].acquirer.show(Asked("N00001", 300, ""), NATIVE, acquirers.clock.wall() + 60)  # type: ignore[attr-defined]
    assert acquirers.scan({"png": _png(NATIVE), "wallet": "alipay"})["shown"] == "not a code that this wallet can pay"
    answer = acquirers.scan({"png": _png(NATIVE), "wallet": "wechat"})
    assert answer["shown"] == "paid"
    assert acquirers.scan({"text": NATIVE, "customer": answer["customer"]})["shown"].startswith("this order is paid")
    assert acquirers.books({}) == {"net_fen": {"N00001": 300}, "broken_rules": []}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({}, "say what is scanned"),
        ({"text": "a", "png": "b"}, "say what is scanned"),
        ({"png": "!"}, "png is not base64"),
        ({"png": "AAAA"}, "that is no picture"),
    ],
)
def test_a_scan_of_nothing_is_refused(acquirers: Acquirers, question: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        acquirers.scan(question)


def test_institutions_settle_by_command(acquirers: Acquirers) -> None:
    unionpay = next(host for host in acquirers.hosts if host.name == "unionpay")
    unionpay.acquirer.charge(Asked("N00001", 300, ""), acquirers.code({"wallet": "boc"})["auth_code"])  # type: ignore[attr-defined]
    assert acquirers.positions({}) == {"boc": 300, "unionpay": -300}
    assert acquirers.settle({}) == {"transfers": [["boc", "unionpay", 300]]}
    assert acquirers.positions({}) == {"boc": 0, "unionpay": 0}


async def test_faults_and_notices_are_armed_and_forgotten_by_command(acquirers: Acquirers) -> None:
    assert acquirers.fault({"name": "close", "times": 2}) == {"armed": ["close", "close"]}
    assert acquirers.disarm({}) == {}
    assert acquirers.faults.waiting == ()
    assert acquirers.notice({"name": "delay=60"}) == {"armed": ["delay=60"]}
    assert acquirers.notices({"order_no": "N00001"}) == {"notices": []}
    assert acquirers.resend({"order_no": "N00001"}) == {"notices": 0}
    assert acquirers.line({"cut": True}) == {"cut": True}
    assert acquirers.faults.line_is_cut
    assert acquirers.line({"cut": False}) == {"cut": False}
    assert set(acquirers.commands) >= {
        "code",
        "scan",
        "fault",
        "disarm",
        "line",
        "notice",
        "notices",
        "resend",
        "books",
    }
