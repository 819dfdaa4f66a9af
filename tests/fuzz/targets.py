"""Everything that takes foreign bytes, in one table: what fuzzing is let loose on.

The contract of each: it returns, or raises the one error that it documents. Signatures count as right here, for the
most dangerous stranger is one who has the key: what is behind the door must stand as well.
"""

import asyncio
import json
import random
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from firmware_sim import stories
from firmware_sim.acquirers import Acquirers
from firmware_sim.control import Handler, SlowHandler
from firmware_sim.devices.escpos_reader import EscposReader
from firmware_sim.faults import Faults
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.every import HOSTS
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.simulation import scenario_file
from firmware_sim.wallets import WALLETS
from terminal import config, crypto
from terminal.books.export import cell
from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.codes import gtin
from terminal.codes.classify import classify, explain
from terminal.codes.emv import customer, merchant, tlv
from terminal.errors import ConfigError, JournalError, NoBill
from terminal.model import Channel, Order, PaymentCode, Refund
from terminal.money import Money
from terminal.places import AGREEMENTS
from terminal.routing import agreements
from terminal.scanning.capture import JpegPicture
from terminal.scanning.protocols.every import PROTOCOLS
from terminal.scanning.protocols.keys import KeyReader, keys
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.talk import Command
from terminal.scheme import Bills, Hears, Operation, Reply, Request, SignsIn, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS, flat_xml, gzipped
from terminal.schemes.fields import Fields, Malformed
from terminal.schemes.unionpay_pos import dialect

NOW_S = 1_795_400_000
# Whose wallets' codes an acquirer takes.
PAYERS = {"wechat": "wechat", "wechat_v2": "wechat", "qra": "wechat", "alipay": "alipay", "alipayplus": "alipay"}
ASKED = (Operation.PAY, Operation.QUERY, Operation.REVERSE, Operation.SHOW, Operation.CLOSE)
ASKED_OF_REFUNDS = (Operation.REFUND, Operation.REFUND_QUERY)


@dataclass(frozen=True, slots=True)
class Target:
    """`take` gets any bytes, and may raise only what is `allowed`; `seeds` are bytes that mean something to it."""

    name: str
    take: Callable[[bytes], object]
    allowed: tuple[type[Exception], ...] = ()
    seeds: tuple[bytes, ...] = ()


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Scanned text is any text: what is no UTF-8 comes as Latin-1, as scanners' bytes do."""

    def take(data: bytes) -> object:
        try:
            return parse(data.decode())
        except UnicodeDecodeError:
            return parse(data.decode("latin-1"))

    return take


# --- codes -----------------------------------------------------------------------------------------------

# EMVCo's own examples of a merchant's and of a customer's code.
MERCHANT = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME913200"
    "16A0112233449988770708123456786304A13A"
)
CUSTOMER = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIv"
    "RU1WXy0IcnVlc2RlZW5kZSCfEAcGAQoDAAAAnyYIWEd9lHd6h3OfNgIBIp83BBUv+iM="
)
TEXTS = (
    MERCHANT,
    CUSTOMER,
    "134567890123456789",
    "281234567890123456",
    "6212345678901234567",
    "6901234567892",
    "https://qr.alipay.com/bax00001",
    "wxp://f2f0abcdef",
    "]C1010690123456789215261231",
)


def _codes() -> Iterator[Target]:
    seeds = tuple(text.encode() for text in TEXTS)
    for channel in Channel:
        yield Target(f"classify {channel.name.lower()}", _text(partial(classify, channel=channel)), (), seeds)
    yield Target("explain", _text(partial(explain, channel=Channel.CAMERA)), (), seeds)
    yield Target("emv merchant code", _text(merchant.parse), (tlv.Malformed,), seeds)
    yield Target("emv customer code", _text(customer.parse), (tlv.Malformed,), seeds)
    yield Target("emv objects", _text(tlv.opened), (tlv.Malformed,), seeds)
    yield Target("gtin", _text(gtin.is_gtin), (), seeds)
    yield Target("sscc", _text(gtin.is_sscc), (), seeds)


# --- messages --------------------------------------------------------------------------------------------


def _messages() -> Iterator[Target]:
    json_seed = b'{"amount":{"total":1250,"currency":"CNY"},"list":[1,null,"\\u4e2d"],"x":1e5}'
    xml_seed = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><total_fee>1250</total_fee></xml>"
    yield Target("flat XML", flat_xml.read, (Malformed,), (xml_seed,))
    yield Target("JSON fields", Fields.parse, (Malformed,), (json_seed,))
    yield Target("gzip", gzipped.unpacked, (Malformed,), (gzipped.packed(b"a bill"), b"plain"))


class Talk:
    """One acquirer and the till's wire to it: what each says to the other, as seeds, and both ends to be fuzzed."""

    def __init__(self, name: str, state: Path) -> None:
        self.name = name
        clock = HandClock(NOW_S)
        self._ledger = Ledger()
        self.host: Host = HOSTS[name](state, self._ledger, clock, Faults())
        table = {**self.host.merchant_config(), "base_url": "http://fuzz.invalid"}
        (contract,) = config.from_table({"acquirer": [table]}, name, state, SETTINGS).acquirer
        self.wire: Wire = BY_KEY[contract.scheme].connect(contract.settings, Till("POS01", "http://fuzz.invalid/n"))
        network = PAYERS.get(name, "unionpay")
        wallet = next(wallet for wallet in WALLETS.values() if wallet.network == network)
        self._ledger.add_customer(Customer("c1", wallet=wallet.key), 10_000_00)
        digits = Phone("c1", self._ledger, clock, random.Random(1)).code()
        self.order = Order(
            "POS01000010000100FZ", "S1", Money(1250), PaymentCode(network, digits), name, begun_s=NOW_S, trace=1
        )
        self.refund = Refund("RPOS0100001000020FZ", self.order, Money(250), begun_s=NOW_S, trace=2)

    def exchanges(self) -> Iterator[tuple[Operation, Request, Reply]]:
        """What is said for each operation that this wallet has."""
        shown = replace(self.order, order_id="POS01000010000300FZ", code=None, shown=True)
        for operation in self._operations(ASKED):
            order = shown if operation in (Operation.SHOW, Operation.CLOSE) else self.order
            request = self.wire.request(operation, order, now_s=NOW_S, nonce="0" * 32)
            yield operation, request, self._reply(request)
        for operation in self._operations(ASKED_OF_REFUNDS):
            request = self.wire.refund_request(operation, self.refund, now_s=NOW_S, nonce="0" * 32)
            yield operation, request, self._reply(request)

    def _operations(self, among: tuple[Operation, ...]) -> list[Operation]:
        procedure = BY_KEY[self.name].procedure
        lacks = set() if procedure.can_show else {Operation.SHOW, Operation.CLOSE}
        lacks |= set() if procedure.can_query else {Operation.QUERY, Operation.REFUND_QUERY}
        return [operation for operation in among if operation not in lacks]

    def _sign_in(self) -> Iterator[Target]:
        """A POS line carries nothing before."""
        request = self.wire.opening(now_s=NOW_S) if isinstance(self.wire, SignsIn) else None
        if request is not None:
            reply = self._reply(request)
            self._opened(reply, reply.body)
            yield Target(f"{self.name} opens", partial(self._opened, reply), (), (reply.body,))

    def _opened(self, reply: Reply, data: bytes) -> object:
        assert isinstance(self.wire, SignsIn)
        return self.wire.opened(replace(reply, body=data))

    def targets(self) -> Iterator[Target]:
        yield from self._sign_in()
        said = list(self.exchanges())
        for operation, request, reply in said:
            about = self.refund if operation in ASKED_OF_REFUNDS else self.order
            yield Target(
                f"{self.name} answers {operation}", partial(self._answer, operation, about, reply), (), (reply.body,)
            )
            yield Target(f"{self.name} is asked {operation}", partial(self._asked, request), (), (request.body,))
        yield Target(
            f"{self.name}, any path", self._any_path, (), tuple(request.path.encode() for _, request, _ in said)
        )
        if isinstance(self.wire, Hears):
            bodies = tuple(reply.body for _, _, reply in said)
            yield Target(f"{self.name} notifies", partial(self._notified, said[0][2]), (), bodies)
        if isinstance(self.wire, Bills):
            yield Target(
                f"{self.name} bill", self.wire.read_bill, (NoBill,), (b"a,b\n`1,`2\n", gzipped.packed(b"a,b\n1"))
            )

    def _reply(self, request: Request) -> Reply:
        reply = self.host.answer(request)
        return replace(reply, headers={name.lower(): value for name, value in reply.headers.items()})

    def _answer(self, operation: Operation, about: Order | Refund, reply: Reply, data: bytes) -> object:
        return self.wire.answer(operation, about, replace(reply, body=data), now_s=NOW_S)

    def _asked(self, request: Request, data: bytes) -> object:
        return self.host.play(replace(request, body=data))

    def _any_path(self, data: bytes) -> object:
        path = "/" + data.decode("latin-1")
        self.host.serves(path)
        return self.host.play(Request("GET", path, {}, b""))

    def _notified(self, reply: Reply, data: bytes) -> object:
        assert isinstance(self.wire, Hears)
        return self.wire.notified(Request("POST", "/notify", reply.headers, data), now_s=NOW_S)


# --- devices ---------------------------------------------------------------------------------------------


def _scanner(protocol: str, data: bytes) -> object:
    """Bytes in pieces, with commands in between, as a till drives it."""
    host = PROTOCOLS[protocol](LineProfile())
    events = [*host.opened(0.0)]
    for number, start in enumerate(range(0, len(data), 16)):
        now_s = number * 0.04
        events += [*host.feed(data[start : start + 16], now_s), *host.idle(now_s + 0.03)]
        if number % 3 == 0:
            events += host.ask(tuple(Command)[number % len(Command)], now_s)
    return [*events, *host.idle(1e6)]


def _devices() -> Iterator[Target]:
    lines = (
        b"134567890123456789\r\n",
        b"]C1010690\r",
        b"\x02\x00\x00\x01\x00\x33\x31",
        b"\x06$$$$$$",
        b"\x02\x01\x30\x00\x05",
    )
    for protocol in PROTOCOLS:
        yield Target(f"scanner {protocol}", partial(_scanner, protocol), (), lines)
    yield Target("keyboard wedge", lambda data: KeyReader().feed(data, 0.0), (), (keys("134567890123456789"),))
    paper = b"\x1b@\x1ba\x01\x1d!\x11hello\n\x1d(k\x04\x001A2\x00\x1dv0\x00\x01\x00\x01\x00\xff\x1dV\x00\x10\x04\x01"
    yield Target("ESC/POS paper", lambda data: EscposReader().feed(data), (), (paper,))
    yield Target("camera JPEG", _jpeg, (), (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b""))


def _jpeg(data: bytes) -> object:
    picture = JpegPicture(np.frombuffer(data, np.uint8), 0.0)
    return picture.small(), picture.grey()


# --- files -----------------------------------------------------------------------------------------------


def _from_file(folder: Path, load: Callable[[Path], object]) -> Callable[[bytes], object]:
    def take(data: bytes) -> object:
        path = folder / "file"
        path.write_bytes(data)
        return load(path)

    return take


def _files(folder: Path) -> Iterator[Target]:
    toml = b'[till]\nterminal_id = "POS01"\n[scanner]\nport = "/dev/ttyUSB0"\nbaud = 9600\n'
    story = b'title = "t"\n[[step]]\nfen = 1\n'
    scenario = json.dumps({"seed": "1", "acquirers": ["wechat"], "habits": {}, "visits": [[{"fen": 1}]], "script": {}})
    yield Target("config", _from_file(folder, lambda path: config.load(path, SETTINGS)), (ConfigError,), (toml,))
    yield Target("agreements", _from_file(folder, agreements.load), (ConfigError,), (AGREEMENTS.read_bytes(),))
    yield Target("story", _from_file(folder, stories.load), (ConfigError,), (story,))
    yield Target("scenario", _from_file(folder, scenario_file.load), (ConfigError,), (scenario.encode(),))
    yield Target("journal, looked at", _from_file(folder, _looked_at), (JournalError,), (_journal(folder),))
    yield Target("journal, salvaged", partial(_salvaged, folder), (JournalError,), (_journal(folder),))
    yield Target("exported cell", _text(cell), (), (b"=1+1", b"-5", b"\xe4\xb8\xad"))


def _journal(folder: Path) -> bytes:
    path = folder / "seed.db"
    if not path.exists():
        with closing(Journal(path, wall=lambda: 1.8e9, monotonic=lambda: 0.0)) as journal:
            journal.begin(Order("O1", "S1", Money(100), PaymentCode("wechat", "1" * 18), "wechat", begun_s=1, trace=1))
    return path.read_bytes()


def _looked_at(path: Path) -> object:
    with closing(JournalReader(path)) as reader:
        reader.verify()
        return reader.attempts(), reader.refunds(), reader.entries()


def _salvaged(folder: Path, data: bytes) -> object:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "journal.db"
        path.write_bytes(data)
        journal, salvage = open_books(path, wall=lambda: 1.8e9, monotonic=lambda: 0.0)
        journal.close()
        return salvage


# --- control ---------------------------------------------------------------------------------------------


def _control(state: Path, stack: ExitStack) -> Iterator[Target]:
    acquirers = Acquirers(state, HandClock(NOW_S), random.Random(1))
    loop = stack.enter_context(asyncio.Runner(loop_factory=asyncio.new_event_loop))
    stack.callback(lambda: loop.run(acquirers._close_page()))
    seeds = tuple(
        json.dumps(question).encode()
        for question in (
            {},
            {"wallet": "ccb", "balance_fen": 5},
            {"text": MERCHANT},
            {"name": "lost_reply"},
            {"host": "qra"},
        )
    )
    for name, command in acquirers.commands.items():

        def take(data: bytes, command: Handler | SlowHandler = command) -> object:
            question = json.loads(data)
            answered = command(question) if isinstance(question, dict) else {}
            return answered if isinstance(answered, dict) else loop.run(_awaited(answered))

        yield Target(f"control {name}", take, (ValueError, KeyError, TypeError, RecursionError), seeds)


async def _awaited(answer: Awaitable[object]) -> object:
    return await answer


@contextmanager
def every_target() -> Iterator[tuple[Target, ...]]:
    """The table, while signatures count as right. Keys are made anew, which takes a second or two."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rooms: list[Iterable[Target]] = [_codes(), _messages(), _devices(), _files(folder), _control(folder, stack)]
        rooms += [Talk(name, folder).targets() for name in HOSTS]
        targets = tuple(target for room in rooms for target in room)
        stack.enter_context(patch.object(crypto, "rsa_verifies", lambda *_: True))
        stack.enter_context(patch.object(flat_xml, "is_signed", lambda *_: True))
        stack.enter_context(patch.object(dialect, "compare_digest", lambda *_: True))
        yield targets
