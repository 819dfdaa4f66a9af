"""How many signed calls a second one core of an acquirer serves, beside what RSA alone would let it, and its peers.

A call costs the host one verification and one signature, which no program can save. The limit is those two, by the same
library and with a key as long, done in turn with the calls: a shared machine is as slow for both. The host's figure is
whole requests through `Host.play`: gate, words, ledger, reply. All is CPU time, which other users of a machine inflate
all the same (they share its caches, and Python suffers more by that than RSA): hence the quietest round beside the
middle one. What HTTP or a framed line adds, and what other people's servers take, is in the second table (`served.py`).
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.options import whole_number
from benchmarks.report import machine, markdown, with_progress
from benchmarks.served import Served, served
from firmware_sim.faults import Faults
from firmware_sim.hosts.every import HOSTS
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.pki import new_key
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from terminal import crypto
from terminal.clock import Clock
from terminal.config import from_table
from terminal.model import Order, PaymentCode, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Request, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

SIGNING = ("wechat", "alipay", "alipayplus", "unionpay")  # hosts that verify and sign each call with RSA-2048
OPERATIONS = (Operation.PAY, Operation.QUERY)
FEN = 1
RICH_FEN = 10**9
A_CUSTOMERS_DAY = 10  # payments; who pays more often is slower to find within the limit of a day
ROUND = 25  # calls
BODY = b"x" * 600  # bytes, about what a reply is


@dataclass(frozen=True, slots=True)
class Figures:
    """One call of one host: calls a CPU second, and what part of RSA's own limit that is."""

    host: str
    call: str
    calls_per_s: float
    rsa_limit_per_s: float
    of_limit: float  # the middle round
    of_limit_quietest: float


@dataclass(frozen=True, slots=True)
class Round:
    """CPU seconds of the host's, and of as many signatures and verifications alone."""

    calls: int
    own_s: float
    rsa_s: float


class Rsa:
    """What a call cannot do without, done once: a verification and a signature."""

    def __init__(self) -> None:
        self._key = new_key()
        self._public, self._signature = self._key.public_key(), crypto.rsa_sign(self._key, BODY)

    def __call__(self) -> None:
        crypto.rsa_verifies(self._public, BODY, self._signature)
        crypto.rsa_sign(self._key, BODY)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="saoma bench hosts", description=__doc__)
    parser.add_argument("--calls", type=whole_number, default=500, help="of each kind")
    parser.add_argument("--host", choices=SIGNING, action="append", help="only this one")
    parser.add_argument("--alone", action="store_true", help="without the servers behind a socket, ours and others'")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        signing = [one for name in args.host or SIGNING for one in measured(name, Path(folder), args.calls)]
        beside = [] if args.alone else served(Path(folder), args.calls)
    if args.json:
        said = {"hosts": [asdict(one) for one in signing], "served": [asdict(one) for one in beside]}
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        sys.stdout.write(f"{machine()}\n\n{_table(signing)}\n{_beside(beside)}")
    return 0


def _table(figures: Sequence[Figures]) -> str:
    head = ("host", "call", "calls/s of a core", "RSA alone", "of that", "in the quietest round")
    return markdown(head, map(_row, figures))


def _row(one: Figures) -> tuple[str, ...]:
    speeds = (f"{one.calls_per_s:.0f}", f"{one.rsa_limit_per_s:.0f}")
    return (one.host, one.call, *speeds, f"{one.of_limit:.0%}", f"{one.of_limit_quietest:.0%}")


def _beside(servers: Sequence[Served]) -> str:
    if not servers:
        return ""
    head = ("server", "calls", "calls/s of a core", "what it does")
    return markdown(head, ((one.server, one.calls, one.figure, one.does) for one in servers))


def measured(name: str, folder: Path, calls: int) -> Iterator[Figures]:
    """Orders that are paid, and then asked about."""
    clock, ledger, rsa = Clock(), Ledger(), Rsa()
    host = HOSTS[name](folder, ledger, clock, Faults())
    phones = [_phone(f"c{number}", name, ledger, clock) for number in range(1 + calls // A_CUSTOMERS_DAY)]
    wire, now_s = _wire(name, host, folder), int(clock.wall())
    orders = [Order(f"B{number:08}", "", Money(FEN), acquirer=name, begun_s=now_s) for number in range(calls)]

    def paying(index: int) -> Order:
        code = PaymentCode(name, phones[index % len(phones)].code())
        return Order(orders[index].order_id, "", Money(FEN), code, name, begun_s=now_s)

    for operation in OPERATIONS:
        which = paying if operation is Operation.PAY else orders.__getitem__
        play = _Counter(host, wire, clock, operation, rsa)
        rounds = list(with_progress(play.rounds(which, calls), 1 + (calls - 1) // ROUND, f"{name} {operation}"))
        yield _figures(name, operation, rounds)


class _Counter:
    """Asks as a till does, and times only what the host does."""

    def __init__(self, host: Host, wire: Wire, clock: Clock, operation: Operation, rsa: Rsa) -> None:
        self._host, self._wire, self._clock, self._operation, self._rsa = host, wire, clock, operation, rsa

    def rounds(self, which: Callable[[int], Order], calls: int) -> Iterator[Round]:
        for begin in range(0, calls, ROUND):
            indices = range(begin, min(calls, begin + ROUND))
            costs = [self._once(which(index)) for index in indices]
            yield Round(len(costs), sum(own_s for own_s, _ in costs), sum(rsa_s for _, rsa_s in costs))

    def _once(self, order: Order) -> tuple[float, float]:
        request = self._request(order)
        begun_s = time.process_time()
        reply = self._host.play(request).reply
        own_s = time.process_time() - begun_s
        assert reply is not None, "no fault was asked for"
        self._believe(order, reply)
        begun_s = time.process_time()
        self._rsa()
        return own_s, time.process_time() - begun_s

    def _request(self, order: Order) -> Request:
        nonce = f"{self._operation}{order.order_id}"
        return self._wire.request(self._operation, order, now_s=int(self._clock.wall()), nonce=nonce)

    def _believe(self, order: Order, reply: Reply) -> None:
        lowered = Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body)
        answer = self._wire.answer(self._operation, order, lowered, now_s=int(self._clock.wall()))
        # UnionPay's accepts a payment before it knows what became of it.
        assert answer.verdict in (Verdict.APPROVED, Verdict.PENDING), answer


def _figures(name: str, operation: Operation, rounds: Sequence[Round]) -> Figures:
    calls, quietest = sum(one.calls for one in rounds), min(rounds, key=lambda one: (one.own_s + one.rsa_s) / one.calls)
    return Figures(
        host=name,
        call=operation.value,
        calls_per_s=round(calls / sum(one.own_s for one in rounds), 1),
        rsa_limit_per_s=round(calls / sum(one.rsa_s for one in rounds), 1),
        of_limit=round(median(one.rsa_s / one.own_s for one in rounds), 3),
        of_limit_quietest=round(quietest.rsa_s / quietest.own_s, 3),
    )


def _phone(customer: str, wallet: str, ledger: Ledger, clock: Clock) -> Phone:
    ledger.add_customer(Customer(customer, wallet=wallet), RICH_FEN)
    return Phone(customer, ledger, clock, random.Random(customer))


def _wire(name: str, host: Host, folder: Path) -> Wire:
    table = {**host.merchant_config(), "base_url": "http://acquirer.invalid"}
    (contract,) = from_table({"acquirer": [table]}, name, folder, SETTINGS).acquirer
    return BY_KEY[name].connect(contract.settings, Till("POS01", "https://till.invalid"))
