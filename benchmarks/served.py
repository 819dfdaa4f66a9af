"""Servers behind a socket, each in a process of its own: our hosts, and other people's simulators where installed.

They are not alike, and each row says what its server does and does not do. What is measured is the CPU time of the
server's process; who asks it is somebody else's. Peers come with the extra `peers`, and run as they come.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.process import can_sample, sample
from terminal.config import from_table
from terminal.model import Order, PaymentCode, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Request, SignsIn, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

ADDRESS = "127.0.0.1"
STARTS_WITHIN_S, LOOKS_EVERY_S = 60.0, 0.05
ANSWERS_WITHIN_S = 30.0
FEN = 1250
NOBODYS_CODE = "6225000000000000000"  # of the right shape, and no phone shows it

Say = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Served:
    """One server; `calls_per_s` of its process's CPU, None where it was not measured, and then `does` says why."""

    server: str
    calls: str
    calls_per_s: float | None
    does: str

    @property
    def figure(self) -> str:
        return "–" if self.calls_per_s is None else f"{self.calls_per_s:.0f}"


def served(folder: Path, calls: int) -> list[Served]:
    """Each of them in turn, `calls` requests of each kind."""
    if not can_sample():
        return [Served("all", "", None, "another process's CPU time is read from /proc, which is not here")]
    return [*_ours(folder, calls), _localstripe(calls), _iso8583sim(calls)]


# --- ours ------------------------------------------------------------------------------------------------


def _ours(folder: Path, calls: int) -> Iterator[Served]:
    state = folder / "sandbox"
    state.mkdir()
    command = [sys.executable, "-m", "firmware_sim", "sandbox", "--state", str(state), "--json"]
    with _running(command) as server:
        assert server.stdout is not None
        contracts = {one.get("name", one["scheme"]): one for one in json.loads(server.stdout.readline())["acquirer"]}
        over_http, over_line = _wire(contracts["wechat"], folder), _wire(contracts["unionpay_pos"], folder)
        with _http(contracts["wechat"]["base_url"]) as say:
            figure = _calls_per_s(server, lambda: _shown_and_queried(over_http, say, calls), 2 * calls)
        yield Served("ours, WeChat Pay v3", "show, query", figure, "RSA both ways; ledger on disk, each order synced")
        with _line(contracts["unionpay_pos"]["base_url"]) as say:
            _sign_in(over_line, say)
            figure = _calls_per_s(server, lambda: _refused_sales(over_line, say, calls), calls)
        yield Served("ours, POS line", "sale (refused)", figure, "MACs both ways; looks for the code in the ledger")


def _shown_and_queried(wire: Wire, say: Say, calls: int) -> None:
    for number in range(calls):
        order = Order(f"S{number:08}", "", Money(FEN), acquirer="wechat", shown=True)
        for operation in (Operation.SHOW, Operation.QUERY):
            now_s = int(time.time())
            reply = say(wire.request(operation, order, now_s=now_s, nonce=f"{operation}{number}"))
            assert wire.answer(operation, order, reply, now_s=now_s).verdict is Verdict.PENDING, reply


def _refused_sales(wire: Wire, say: Say, calls: int) -> None:
    for number in range(calls):
        code = PaymentCode("unionpay", NOBODYS_CODE)
        order = Order(f"S{number:08}", "", Money(FEN), code, begun_s=int(time.time()), trace=number % 900_000 + 10)
        reply = say(wire.request(Operation.PAY, order, now_s=int(time.time()), nonce=""))
        answer = wire.answer(Operation.PAY, order, reply, now_s=int(time.time()))
        assert answer.verdict is Verdict.DECLINED, answer


def _sign_in(wire: Wire, say: Say) -> None:
    assert isinstance(wire, SignsIn)
    while (opening := wire.opening(now_s=int(time.time()))) is not None:
        opened = wire.opened(say(opening))
        assert opened.verdict is Verdict.APPROVED, opened


def _wire(contract: dict[str, Any], folder: Path) -> Wire:
    (found,) = from_table({"acquirer": [contract]}, "sandbox", folder, SETTINGS).acquirer
    return BY_KEY[contract["scheme"]].connect(found.settings, Till("POS01", "https://till.invalid"))


# --- others' ---------------------------------------------------------------------------------------------


def _localstripe(calls: int) -> Served:
    name, kinds = "localstripe", "create, retrieve"
    if (program := _program(name)) is None:
        return _missing(name, kinds)
    port = _free_port()
    with _running([program, "--port", str(port), "--from-scratch"], port) as server:
        with _http(f"http://{ADDRESS}:{port}") as say:
            figure = _calls_per_s(server, lambda: _intents(say, calls), 2 * calls)
        return Served(name, kinds, figure, "signs nothing; its whole store to disk at each change, unsynced")


def _intents(say: Say, calls: int) -> None:
    form = urlencode({"amount": FEN, "currency": "cny"}).encode()
    headers = {"Authorization": "Bearer sk_test_12345", "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(calls):
        created = say(Request("POST", "/v1/payment_intents", headers, form))
        assert created.status == http.client.OK, created
        found = say(Request("GET", f"/v1/payment_intents/{json.loads(created.body)['id']}", headers))
        assert found.status == http.client.OK, found


def _iso8583sim(calls: int) -> Served:
    name, kinds = "iso8583sim", "sale (approved)"
    if (program := _program(name)) is None:
        return _missing(name, kinds)
    port = _free_port()
    with _running([program, "serve", "--port", str(port)], port) as server:
        with _line(f"tcp://{ADDRESS}:{port}") as say:
            figure = _calls_per_s(server, lambda: _approved_sales(say, calls), calls)
        return Served(name, kinds, figure, "no MAC, no ledger, no order twice: approves whatever comes")


def _approved_sales(say: Say, calls: int) -> None:
    for number in range(calls):
        reply = say(Request("", "", {}, _sale(number % 10**6)))
        assert reply.body[2:6] == b"0210", reply.body


def _sale(trace: int) -> bytes:
    """A framed 0200 in ASCII with a binary bitmap, as that simulator takes it by default."""
    elements = {2: "164111111111111111", 3: "000000", 4: f"{FEN:012}", 7: "1123101500", 11: f"{trace:06}"}
    elements |= {41: "POS00001", 42: "SAOMA0000000001", 49: "156"}
    bitmap = sum(1 << 64 - number for number in elements).to_bytes(8)
    message = b"0200" + bitmap + "".join(elements.values()).encode()
    return len(message).to_bytes(2) + message


def _program(name: str) -> str | None:
    """Beside this Python first: an environment need not be activated."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def _missing(name: str, kinds: str) -> Served:
    return Served(name, kinds, None, "not installed: pip install 'saoma[peers]'")


# --- processes and sockets -------------------------------------------------------------------------------


def _calls_per_s(server: subprocess.Popen[str], work: Callable[[], None], calls: int) -> float:
    begun_s = sample(server.pid).cpu_s
    work()
    return round(calls / max(sample(server.pid).cpu_s - begun_s, 1 / os.sysconf("SC_CLK_TCK")), 1)


@contextmanager
def _running(command: Sequence[str], port: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """With a port: once somebody listens there; what it says then is heard by nobody, or it would wait for us."""
    said = subprocess.PIPE if port is None else subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL, text=True)
    try:
        if port is not None:
            _wait_for(port, server)
        yield server
    finally:
        server.terminate()
        server.communicate()


def _wait_for(port: int, server: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline_s and server.poll() is None:
        try:
            socket.create_connection((ADDRESS, port), ANSWERS_WITHIN_S).close()
        except ConnectionRefusedError:
            time.sleep(LOOKS_EVERY_S)
        else:
            return
    raise RuntimeError(f"{server.args!r} does not listen")


def _free_port() -> int:
    with closing(socket.create_server((ADDRESS, 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _http(url: str) -> Iterator[Say]:
    """One connection that stays."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWERS_WITHIN_S)) as line:

        def say(request: Request) -> Reply:
            line.request(request.method, request.path, request.body or None, dict(request.headers))
            reply = line.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())

        yield say


@contextmanager
def _line(url: str) -> Iterator[Say]:
    """Framed by two bytes of length, on one connection."""
    where = urlsplit(url)
    with (
        closing(socket.create_connection((where.hostname or ADDRESS, where.port or 0), ANSWERS_WITHIN_S)) as line,
        line.makefile("rb") as heard,
    ):

        def say(request: Request) -> Reply:
            line.sendall(request.body)
            length = heard.read(2)
            return Reply(0, {}, length + heard.read(int.from_bytes(length)))

        yield say
