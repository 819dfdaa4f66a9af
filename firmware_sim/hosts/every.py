"""The acquirers there are, by name. This table is the list: there is no other."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from firmware_sim.faults import Faults
from firmware_sim.hosts import (
    alipay_keys,
    alipayplus_keys,
    qra_keys,
    unionpay_keys,
    unionpay_pos_keys,
    wechat_keys,
)
from firmware_sim.hosts.alipay import AlipayHost
from firmware_sim.hosts.alipayplus import AlipayPlusHost
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.qra import QraHost
from firmware_sim.hosts.unionpay import HABITS as UNIONPAY
from firmware_sim.hosts.unionpay import UnionpayHost
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.hosts.unionpay_words import Manners
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_v2 import WechatV2Host
from firmware_sim.ledger import Ledger
from firmware_sim.place import Place
from terminal.clock import Clock
from terminal.routing.agreements import HOME

Make = Callable[[Path, Ledger, Clock, Faults], Host]

HOSTS: Mapping[str, Make] = {
    "wechat": lambda state, ledger, clock, faults: WechatHost(ledger, wechat_keys.load_or_make(state), clock, faults),
    "wechat_v2": lambda state, ledger, clock, faults: WechatV2Host(
        ledger, wechat_keys.load_or_make(state), clock, faults
    ),
    "alipay": lambda state, ledger, clock, faults: AlipayHost(ledger, alipay_keys.load_or_make(state), clock, faults),
    "alipayplus": lambda state, ledger, clock, faults: AlipayPlusHost(
        ledger, alipayplus_keys.load_or_make(state), clock, faults
    ),
    "unionpay": lambda state, ledger, clock, faults: UnionpayHost(
        ledger, unionpay_keys.load_or_make(state), clock, faults
    ),
    "qra": lambda state, ledger, clock, faults: QraHost(ledger, qra_keys.load_or_make(state), clock, faults),
    "unionpay_pos": lambda state, ledger, clock, faults: PosHost(
        ledger, unionpay_pos_keys.load_or_make(state), clock, faults
    ),
}


def every_host(
    state: Path, ledger: Ledger, clock: Clock, faults: Faults, place: Place | None = None
) -> tuple[Host, ...]:
    """All of them over one ledger; keys are made in `state` where there are none yet.

    A shop abroad is UnionPay's and Alipay+'s only: the others' merchants here count in yuan.
    """
    hosts = (make(state, ledger, clock, faults) for make in HOSTS.values())
    if place is None or place.country == HOME:
        return tuple(hosts)
    return (
        *(host for host in hosts if host.name == AlipayPlusHost.name),
        _unionpay_abroad(state, ledger, clock, faults, place),
    )


def _unionpay_abroad(state: Path, ledger: Ledger, clock: Clock, faults: Faults, place: Place) -> Host:
    habits, manners = replace(UNIONPAY, currencies=(place.currency,)), Manners(settles_in=place.settles_in)
    return UnionpayHost(ledger, unionpay_keys.load_or_make(state), clock, faults, habits, manners)
