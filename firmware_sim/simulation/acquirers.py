"""Whose merchant a simulated shop is: each acquirer with its own wire, or with plain words in its place."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.faults import Faults
from firmware_sim.hosts import (
    alipay,
    alipay_keys,
    qra,
    qra_keys,
    unionpay,
    unionpay_keys,
    unionpay_pos_keys,
    wechat_keys,
)
from firmware_sim.hosts.acquiring import Acquirer, Habits
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_v2 import WechatV2Host
from firmware_sim.ledger import Ledger
from firmware_sim.simulation.loop import SimClock, SimLoop
from firmware_sim.simulation.plain import PlainHost, PlainWire
from terminal.clock import Clock
from terminal.config import from_table
from terminal.scheme import Procedure, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

NOTIFY = "http://till.invalid"  # the network is ours: whose till is meant stands behind it


class Level(StrEnum):
    """What is on the wire."""

    PLAIN = "plain"
    REAL = "real"  # byte for byte, signed


@dataclass(frozen=True, slots=True)
class Known:
    """One of the acquirers, and a wallet whose customers can pay there; `takes` and `habits` are for plain words."""

    wallet: str
    keys: Callable[[Path], Any]
    make: Callable[..., Host]
    institution: str
    takes: tuple[str, ...] = ()
    habits: Habits = field(default_factory=Habits)


KNOWN: Mapping[str, Known] = {
    "wechat": Known("wechat", wechat_keys.load_or_make, WechatHost, "wechat"),
    "wechat_v2": Known("wechat", wechat_keys.load_or_make, WechatV2Host, "wechat"),
    "alipay": Known("alipay", alipay_keys.load_or_make, alipay.AlipayHost, "alipay", habits=alipay.HABITS),
    "unionpay": Known("ccb", unionpay_keys.load_or_make, unionpay.UnionpayHost, "unionpay", habits=unionpay.HABITS),
    "qra": Known("ccb", qra_keys.load_or_make, qra.QraHost, "qra", BY_KEY["qra"].takes, qra.HABITS),
    "unionpay_pos": Known("ccb", unionpay_pos_keys.load_or_make, PosHost, "unionpay"),
}
# What is not to be had of each of them: a bill that the till reads or a batch, and a static code for the counter.
ONLY_AT: Mapping[str, frozenset[str]] = {
    "settles": frozenset({"wechat", "wechat_v2", "alipay", PosHost.name}),
    "static": frozenset({"alipay", "unionpay"}),
}
# The POS line's messages have no plain words: that it is framed, sealed and signed in to is what there is to it.
NAMES: Mapping[Level, tuple[str, ...]] = {
    Level.PLAIN: tuple(name for name in KNOWN if name != PosHost.name),
    Level.REAL: tuple(KNOWN),
}


def host(name: str, level: Level, ledger: Ledger, clock: Clock, keys: Path, habits: Mapping[str, Any]) -> Host:
    """The acquirer, with these habits where not its own."""
    known, procedure = KNOWN[name], BY_KEY[name].procedure
    if level is Level.PLAIN:
        acquirer = Acquirer(
            ledger, clock, name, institution=known.institution, host=name, takes=known.takes, habits=known.habits
        )
        made: Host = PlainHost(name, acquirer, known.institution, clock, Faults())
    else:
        made = known.make(ledger, _keys(known.keys, keys), clock, Faults())
        acquirer = made.acquirer  # type: ignore[attr-defined]
        acquirer.below = random.Random(name).randrange
    acquirer.habits = replace(acquirer.habits, **{name: habits[name] for name in habits.keys() - _fixed(procedure)})
    return made


def _fixed(procedure: Procedure) -> set[str]:
    """Habits that cannot be otherwise: its manual says so, or nobody could ever ask what came after its undoing."""
    fixed = {"decline_is_final": procedure.decline_is_final, "tombstones": not procedure.can_query}
    return {name for name, is_so in fixed.items() if is_so}


def wire(name: str, level: Level, terminal_id: str, keys: Path) -> Wire:
    """How a till speaks to it, for one start: a line that is signed in to is new each time, the others keep nothing."""
    till = Till(terminal_id, f"{NOTIFY}/{terminal_id}")
    if level is Level.PLAIN:
        return PlainWire(till)
    return _connect(name, till, keys) if name == PosHost.name else _kept(name, till, keys)


def _connect(name: str, till: Till, state: Path) -> Wire:
    known = KNOWN[name]
    made = known.make(Ledger(), _keys(known.keys, state), SimClock(SimLoop()), Faults())
    table = {**made.merchant_config(), "base_url": "http://acquirer.invalid"}
    (contract,) = from_table({"acquirer": [table]}, name, state, SETTINGS).acquirer
    return BY_KEY[name].connect(contract.settings, till)


_kept = cache(_connect)  # reading keys takes longer than many payments


@cache
def _keys(load: Callable[[Path], Any], state: Path) -> Any:  # each wallet has its own kind
    return load(state)
