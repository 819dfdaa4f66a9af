"""The till's own part of a payment: all but waiting for host and customer, beside what cannot be had for less.

A payment costs at least one synced commit, one RSA-2048 signature and one verification: the three are measured in the
same run, on the same disk. The till's part is everything else that it does: code to order, the books, the wire, the
screen.
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
from statistics import median, quantiles

import apsw
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.report import machine, markdown
from firmware_sim.faults import Faults
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.keys import load_or_make
from firmware_sim.hosts.wechat import WechatHost
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


class HostLine:
    """The acquirer itself, in this process: what it takes is taken off."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.spent_s = 0.0

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:  # noqa: ARG002 - it answers at once
        begun_s = time.perf_counter()
        reply = self._host.play(request).reply
        self.spent_s += time.perf_counter() - begun_s
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
        self.seconds: dict[str, list[float]] = {"commit": [], "sign": [], "verify": []}

    def once(self) -> None:
        work: dict[str, Callable[[], object]] = {
            "commit": lambda: self._database.execute("insert into entry values(?)", (ENTRY,)),
            "sign": lambda: crypto.rsa_sign(self._key, ENTRY),
            "verify": lambda: crypto.rsa_verifies(self._key.public_key(), ENTRY, self._signature),
        }
        for name, one in work.items():
            begun_s = time.perf_counter()
            one()
            self.seconds[name].append(time.perf_counter() - begun_s)

    @property
    def medians(self) -> dict[str, float]:
        return {name: median(seconds) for name, seconds in self.seconds.items()}


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, but for the syncs of one sale."""

    own_s: tuple[float, ...]
    least_s: Mapping[str, float]
    syncs: float

    def as_table(self) -> dict[str, float]:
        percent = quantiles(self.own_s, n=100)
        return {
            "payments": len(self.own_s),
            "payments_per_s": round(len(self.own_s) / sum(self.own_s), 1),
            "own_p50_ms": round(1000 * median(self.own_s), 3),
            "own_p99_ms": round(1000 * percent[98], 3),
            **{f"{name}_ms": round(1000 * seconds, 3) for name, seconds in self.least_s.items()},
            "ratio": round(median(self.own_s) / sum(self.least_s.values()), 2),
            "syncs_per_sale": round(self.syncs, 2),
        }


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench payments", description=__doc__)
    parser.add_argument("--payments", type=int, default=500)
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
    own_s = asyncio.run(_sales(folder / "till", payments, least.once))
    syncs = _syncs_of_a_sale(folder / "counted", max(1, payments // 10))
    return Figures(tuple(own_s), least.medians, syncs)


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


async def _sales(folder: Path, payments: int, beside: Callable[[], None]) -> list[float]:
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
    own_s = []
    for _ in range(payments):
        code = phone.code()
        line.spent_s, begun_s = 0.0, time.perf_counter()
        till.charge(Money(FEN))
        till.scanned([Scan(code, Channel.SCANNER, 0.0)])
        step = await outcome.get()
        own_s.append(time.perf_counter() - begun_s - line.spent_s)
        assert step.phase is Phase.APPROVED, step
        till.dismiss()
        beside()
    await till.stop()
    return own_s


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
