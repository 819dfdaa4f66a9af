"""How many signed calls a second one core of an acquirer serves, beside what RSA alone would let it.

A call costs the host one verification and one signature, which no program can save. The limit is those two, measured in
the same run and in CPU time; the host's figure is whole requests through `Host.play`: gate, words, ledger, reply.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.report import machine, markdown
from firmware_sim.faults import Faults
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.keys import load_or_make
from firmware_sim.hosts.wechat import WechatHost
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal import crypto
from terminal.clock import Clock
from terminal.config import from_table
from terminal.model import Order, PaymentCode, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Request, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

NAME = "wechat"
FEN = 1
RICH_FEN = 10**12
RSA_BITS = 2048
BODY = b"x" * 600  # bytes, about what a reply is


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls a CPU second."""

    pay: float
    query: float
    limit: float

    def as_table(self) -> dict[str, float]:
        return {
            "pay_per_s": round(self.pay),
            "query_per_s": round(self.query),
            "rsa_limit_per_s": round(self.limit),
            "pay_of_limit": round(self.pay / self.limit, 2),
            "query_of_limit": round(self.query / self.limit, 2),
        }


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench hosts", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), args.calls).as_table()
    if args.json:
        sys.stdout.write(json.dumps(table) + "\n")
    else:
        sys.stdout.write(f"{machine()}\n\n{markdown(('what', 'figure'), ((k, str(v)) for k, v in table.items()))}")
    return 0


def measured(folder: Path, calls: int) -> Figures:
    clock, ledger = Clock(), Ledger()
    host = WechatHost(ledger, load_or_make(folder), clock, Faults())
    ledger.add_customer(Customer("c"), RICH_FEN)
    phone = Phone("c", ledger, clock, random.Random(1))
    wire = _wire(host, folder)
    orders = [Order(f"B{number:08}", "", Money(FEN), acquirer=NAME) for number in range(calls)]
    pays = (_pay(wire, order, phone, clock) for order in orders)
    queries = (_signed(wire, Operation.QUERY, order, clock) for order in orders)
    return Figures(_served(host, wire, orders, pays, clock), _served(host, wire, orders, queries, clock), _limit(calls))


def _pay(wire: Wire, order: Order, phone: Phone, clock: Clock) -> Request:
    paying = Order(order.order_id, "", order.money, PaymentCode(NAME, phone.code()), NAME)
    return _signed(wire, Operation.PAY, paying, clock)


def _signed(wire: Wire, operation: Operation, order: Order, clock: Clock) -> Request:
    return wire.request(operation, order, now_s=int(clock.wall()), nonce=f"{operation}{order.order_id}")


def _served(host: Host, wire: Wire, orders: Sequence[Order], requests: Iterator[Request], clock: Clock) -> float:
    """Calls a CPU second of the host's; making the requests and believing the replies is not its work."""
    spent_s = 0.0
    for order, request in zip(orders, requests, strict=True):
        begun_s = time.process_time()
        reply = host.play(request).reply
        spent_s += time.process_time() - begun_s
        assert reply is not None, "no fault was asked for"
        lowered = type(reply)(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)
        answer = wire.answer(Operation.QUERY, order, lowered, now_s=int(clock.wall()))
        assert answer.verdict is Verdict.APPROVED, answer
    return len(orders) / spent_s


def _limit(calls: int) -> float:
    """Verifications and signatures, one of each a call, and nothing else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    public, signature = key.public_key(), crypto.rsa_sign(key, BODY)
    return 1 / (
        _seconds(lambda: crypto.rsa_sign(key, BODY), calls)
        + _seconds(lambda: crypto.rsa_verifies(public, BODY, signature), calls)
    )


def _seconds(work: Callable[[], object], times: int) -> float:
    begun_s = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun_s) / times


def _wire(host: Host, folder: Path) -> Wire:
    table = {**host.merchant_config(), "base_url": "http://acquirer.invalid"}
    (contract,) = from_table({"acquirer": [table]}, NAME, folder, SETTINGS).acquirer
    return BY_KEY[NAME].connect(contract.settings, Till("POS01", "https://till.invalid"))
