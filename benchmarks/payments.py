"""The till's own part of a payment: all but waiting for host and customer, beside what cannot be had for less.

A payment costs at least one synced commit, one RSA-2048 signature and one verification: the three are measured beside
each payment, on the same disk, and the ratio is the middle one of the payments'. The till's part is everything that it
does: code to order, the books (which take two synced commits), the wire, the screen. The clock on the wall counts what
a disk takes, and what other users of the machine do; CPU time counts neither.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

import apsw
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.cost import milliseconds
from benchmarks.options import whole_number
from benchmarks.report import machine, markdown
from firmware_sim.faults import Faults
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.hosts.wechat_keys import load_or_make
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.simulation.disk import Disk, drives
from terminal import crypto
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig, from_table
from terminal.model import Channel, Scan
from terminal.money import Money
from terminal.routing.route import Contract
from terminal.scheme import Reply, Request
from terminal.scheme import Till as TillFacts
from terminal.schemes import BY_KEY, SETTINGS
from terminal.steps import Event, Phase, Step
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper

NAME = "wechat"
FEN = 1250
RICH_FEN = 10**12
RSA_BITS = 2048
ENTRY = b"x" * 400  # bytes, as an entry of the journal has them


class Seconds(NamedTuple):
    wall: float
    cpu: float

    @classmethod
    def now(cls) -> "Seconds":
        return cls(time.perf_counter(), time.process_time())

    def less(self, other: "Seconds") -> "Seconds":
        return Seconds(self.wall - other.wall, self.cpu - other.cpu)


class HostLine:
    """The acquirer itself, in this process: what it takes is taken off."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.spent = Seconds(0.0, 0.0)

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:  # noqa: ARG002 - it answers at once
        begun = Seconds.now()
        reply = self._host.play(request).reply
        self.spent = Seconds.now().less(begun)
        assert reply is not None, "no fault was asked for"
        return reply

    async def close(self) -> None:
        """There is nothing to hang up."""


class Least:
    """What no payment can do without, done once beside each of them: a shared machine is as slow for both."""

    def __init__(self, path: Path) -> None:
        self._database = apsw.Connection(str(path))
        self._database.execute(
            "pragma journal_mode = wal; pragma synchronous = full; create table entry(body blob)"
        ).fetchall()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        self._signature = crypto.rsa_sign(self._key, ENTRY)
        self.seconds: dict[str, list[Seconds]] = {"commit": [], "sign": [], "verify": []}

    def once(self) -> None:
        work: dict[str, Callable[[], object]] = {
            "commit": lambda: self._database.execute("insert into entry values(?)", (ENTRY,)),
            "sign": lambda: crypto.rsa_sign(self._key, ENTRY),
            "verify": lambda: crypto.rsa_verifies(self._key.public_key(), ENTRY, self._signature),
        }
        for name, one in work.items():
            begun = Seconds.now()
            one()
            self.seconds[name].append(Seconds.now().less(begun))


@dataclass(frozen=True, slots=True)
class Figures:
    """What each payment took of the till, what stood beside it, and the syncs of one sale."""

    own: tuple[Seconds, ...]
    least: Mapping[str, Sequence[Seconds]]
    syncs: float

    def as_table(self) -> dict[str, float]:
        own_s = [one.wall for one in self.own]
        return {
            "payments": len(own_s),
            "payments_per_s": round(len(own_s) / sum(own_s), 1),
            "own_p50_ms": round(1000 * median(own_s), 3),
            "own_p99_ms": round(milliseconds(own_s, 0.99), 3),
            **{f"{name}_ms": round(1000 * median(one.wall for one in each), 3) for name, each in self.least.items()},
            "ratio": self._ratio(lambda one: one.wall),
            "own_cpu_p50_ms": round(1000 * median(one.cpu for one in self.own), 3),
            "cpu_ratio": self._ratio(lambda one: one.cpu),
            "syncs_per_sale": round(self.syncs, 2),
        }

    def _ratio(self, kind: Callable[[Seconds], float]) -> float:
        beside = zip(*self.least.values(), strict=True)
        ratios = (kind(own) / sum(map(kind, least)) for own, least in zip(self.own, beside, strict=True))
        return round(median(ratios), 2)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench payments", description=__doc__)
    parser.add_argument("--payments", type=whole_number, default=500)
    parser.add_argument("--folder", help="on which disk (default: that of the temporary files)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        table = measured(Path(folder), args.payments).as_table()
    if args.json:
        sys.stdout.write(json.dumps(table) + "\n")
    else:
        sys.stdout.write(f"{machine()}\n\n{markdown(('what', 'figure'), ((k, str(v)) for k, v in table.items()))}")
    return 0


def measured(folder: Path, payments: int) -> Figures:
    """Payments one after the other, and beside each what it is compared with, on the same disk."""
    least = Least(folder / "commits.db")
    own = asyncio.run(_sales(folder / "till", payments, least.once))
    syncs = _syncs_of_a_sale(folder / "counted", max(1, payments // 10))
    return Figures(tuple(own), least.seconds, syncs)


def _syncs_of_a_sale(folder: Path, sales: int) -> float:
    """Counted on a disk that only counts; none at all have their syncs too, which are taken off."""
    syncs = []
    for count in (0, sales):
        with drives() as disks:
            path = folder.with_name(f"{folder.name}-{count}")
            disk = disks[str(path)] = Disk()
            asyncio.run(_sales(path, count, lambda: None))
            syncs.append(disk.syncs)
    return (syncs[1] - syncs[0]) / sales


async def _sales(folder: Path, payments: int, beside: Callable[[], None]) -> list[Seconds]:
    """The till's own seconds of each sale, from the code to the outcome on the screen."""
    folder.mkdir()
    (folder / "journal.db").touch()
    clock, rng, ledger = Clock(), random.Random(1), Ledger()
    host = WechatHost(ledger, load_or_make(folder), clock, Faults())
    ledger.add_customer(Customer("c"), RICH_FEN)
    phone, line = Phone("c", ledger, clock, rng), HostLine(host)
    till = _till(folder, clock, rng, host, line)
    outcome: asyncio.Queue[Step] = asyncio.Queue()
    till.subscribe(lambda event: _when_over(event, outcome))
    till.start()
    own = []
    for _ in range(payments):
        code = phone.code()
        begun = Seconds.now()
        till.charge(Money(FEN))
        till.scanned([Scan(code, Channel.SCANNER, 0.0)])
        step = await outcome.get()
        own.append(Seconds.now().less(begun).less(line.spent))
        assert step.phase is Phase.APPROVED, step
        till.dismiss()
        beside()
    await till.stop()
    return own


def _when_over(event: Event, outcome: "asyncio.Queue[Step]") -> None:
    if isinstance(event, Step) and event.phase.is_outcome:
        outcome.put_nowait(event)


def _till(folder: Path, clock: Clock, rng: random.Random, host: Host, line: HostLine) -> Till:
    scheme = BY_KEY[NAME]
    table = {**host.merchant_config(), "base_url": "http://acquirer.invalid"}
    (contract,) = from_table({"acquirer": [table]}, NAME, folder, SETTINGS).acquirer
    wire = scheme.connect(contract.settings, TillFacts("POS01", "https://till.invalid"))
    return Till(
        terminal_id="POS01",
        journal=Journal(folder / "journal.db", wall=clock.wall, monotonic=clock.monotonic),
        acquirers={NAME: Acquirer(NAME, wire, scheme.procedure, line)},
        contracts=[Contract(NAME, (NAME,))],
        clock=clock,
        rng=rng,
        paper=Paper(PrinterConfig(), TillConfig()),
    )
