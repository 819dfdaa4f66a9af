"""The virtual connections: requests in pieces come whole, halves never do, and the till is told how far it got."""

import random
from collections.abc import Iterator

import pytest

from firmware_sim.simulation.chance import Mishap
from firmware_sim.simulation.line import CutShort, Line, Said, Told, Waiting
from firmware_sim.simulation.loop import SimLoop
from firmware_sim.simulation.sockets import SocketLine, virtual_sockets
from terminal.errors import NoAnswer, NotSent
from terminal.scheme import Line as Kind
from terminal.scheme import Reply, Request

ASK = Request("POST", "/pay?order=1", {"content-type": "text/plain"}, b"seven hundred fen")
FRAME = Request("", "", {}, b"\x00\x05hello")
BODIES = [b"", b"paid", b"x" * 5000]


class OtherEnd(Line):
    """Where a connection leads: what is said there is set beforehand."""

    def __init__(self, says: Said, mishap: str = "") -> None:
        self.says = says
        self.heard: list[Request] = []
        self._mishap = Mishap(mishap)

    is_live = True

    def mishap(self) -> Mishap:
        return self._mishap

    def is_refused(self, mishap: Mishap) -> bool:
        return mishap.name == "refused"

    def send(self, request: Request, timeout_s: float, told: Told, mishap: Mishap | None = None) -> Waiting:
        self.heard.append(request)
        told(self.says)
        return Waiting(told)


@pytest.fixture(autouse=True)
def sockets() -> Iterator[None]:
    with virtual_sockets():
        yield


def exchange(end: OtherEnd, request: Request, kind: Kind, seed: int = 1) -> Reply:
    loop = SimLoop()
    carrier = SocketLine(end, "host.invalid", kind, loop, random.Random(seed))

    async def once() -> Reply:
        try:
            return await carrier.exchange(request, timeout_s=60.0)
        finally:
            await carrier.close()

    reply: Reply = loop.run_until_complete(once())
    return reply


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("seed", range(5))
def test_http_comes_whole_however_it_is_cut(seed: int, body: bytes) -> None:
    end = OtherEnd(Reply(200, {"x-sign": "abc"}, body))
    reply = exchange(end, ASK, Kind.HTTP, seed)
    assert (reply.status, reply.headers["x-sign"], reply.body) == (200, "abc", body)
    (heard,) = end.heard
    assert (heard.method, heard.path, heard.body) == (ASK.method, ASK.path, ASK.body)
    assert heard.headers["content-type"] == "text/plain"


@pytest.mark.parametrize("seed", range(5))
def test_a_frame_comes_whole_however_it_is_cut(seed: int) -> None:
    end = OtherEnd(Reply(0, {}, b"\x00\x03yes"))
    assert exchange(end, FRAME, Kind.FRAMED, seed).body == b"\x00\x03yes"
    assert end.heard == [FRAME]


@pytest.mark.parametrize(("kind", "request_"), [(Kind.HTTP, ASK), (Kind.FRAMED, FRAME)])
def test_a_request_that_ends_in_its_middle_is_never_carried_out(kind: Kind, request_: Request) -> None:
    end = OtherEnd(Reply(200, {}, b"\x00\x00"), "cut_request")
    with pytest.raises(NoAnswer):
        exchange(end, request_, kind)
    assert end.heard == []


@pytest.mark.parametrize(("kind", "request_"), [(Kind.HTTP, ASK), (Kind.FRAMED, FRAME)])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_half_a_reply_is_no_answer(kind: Kind, request_: Request, part: float) -> None:
    end = OtherEnd(CutShort(Reply(200, {}, b"\x00\x08whatever"), part))
    with pytest.raises(NoAnswer):
        exchange(end, request_, kind)


@pytest.mark.parametrize(("kind", "request_"), [(Kind.HTTP, ASK), (Kind.FRAMED, FRAME)])
def test_where_no_connection_stands_nothing_was_sent(kind: Kind, request_: Request) -> None:
    end = OtherEnd(NoAnswer(""), "refused")
    with pytest.raises(NotSent):
        exchange(end, request_, kind)
    assert end.heard == []


@pytest.mark.parametrize(("kind", "request_"), [(Kind.HTTP, ASK), (Kind.FRAMED, FRAME)])
def test_silence_ends_in_its_time(kind: Kind, request_: Request) -> None:
    with pytest.raises(NoAnswer):
        exchange(OtherEnd(NoAnswer("")), request_, kind)
