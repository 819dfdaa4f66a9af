"""Every wallet of the world shows codes that a till takes for its network's, and scans its network's merchant codes."""

from random import Random
from typing import Any

import pytest

from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Kind, Purchase
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.wallets import WALLETS
from terminal.codes.classify import classify
from terminal.model import Channel, PaymentCode

BANKS = {"ccb", "boc", "bocom", "pab", "citic"}
SHOWN = {
    "wechat": "weixin://wxpay/bizpayurl?pr=token",
    "alipay": "https://qr.alipay.com/bax03431lh9b1fvxdqyk2528",
    "unionpay": "https://qr.95516.com/00010000/01116734936470044423094034227630",
}


@pytest.mark.parametrize("key", WALLETS)
def test_a_wallets_codes_are_taken_for_its_networks(key: str) -> None:
    wallet, rng = WALLETS[key], Random(1)
    for _ in range(200):
        meaning = classify(wallet.code(rng), channel=Channel.CAMERA)
        assert isinstance(meaning, PaymentCode)
        assert meaning.scheme == wallet.network


def test_the_banks_are_unionpays() -> None:
    assert {wallet.key for wallet in WALLETS.values() if wallet.network == "unionpay"} == {"unionpay", *BANKS}


def _phone(ledger: Ledger, clock: Any, wallet: str) -> Phone:
    ledger.add_customer(Customer(wallet, wallet=wallet), 5000)
    return Phone(wallet, ledger, clock, Random(1))


def _show(ledger: Ledger, text: str) -> Purchase:
    return ledger.add(Purchase(0, "shop", text[-9:], Kind.SHOWN, "", 300, "CNY", 0.0, "unionpay", shown_as=text))


@pytest.mark.parametrize("key", [*SHOWN, *sorted(BANKS)])
def test_a_phone_pays_its_own_networks_codes_and_no_others(hand_clock: Any, key: str) -> None:
    ledger = Ledger()
    for text in SHOWN.values():
        _show(ledger, text)
    phone = _phone(ledger, hand_clock, key)
    paid = {network for network, text in SHOWN.items() if phone.scan(text) is Shown.PAID}
    assert paid == {WALLETS[key].network}
    assert ledger.check() == []
