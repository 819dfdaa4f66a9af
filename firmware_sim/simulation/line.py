"""The wire between tills and acquirers, and everything that can happen on it.

A request is put to the real host as bytes, and its reply carried back, at times that the loop keeps. What left a till
goes on without it: a request that is under way when the power fails, or when nobody listens any more, still arrives.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from firmware_sim.faults import SOUND, Delivery, named
from firmware_sim.hosts.host import HELD, NOTHING, Host
from firmware_sim.simulation.chance import PLAYED_BY_HOST, Chance, Mishap
from firmware_sim.simulation.rules import Witness
from terminal.errors import NoAnswer, NotSent
from terminal.scheme import Reply, Request

NEAR_S, FAR_S = 0.02, 0.4  # one way, on a good day
HELD_S = 0.5
REFUSED_AFTER_S = 0.1

Said = Reply | NotSent | NoAnswer
Told = Callable[[Said], None]


class CutShort(NoAnswer):
    """The connection ended in the middle of this reply; `part` of it had come."""

    def __init__(self, reply: Reply, part: float) -> None:
        super().__init__("half a reply came")
        self.reply = reply
        self.part = part


class Waiting:
    """Whoever listens for one reply, until it comes or the time is over."""

    __slots__ = ("is_over", "timer", "told")

    def __init__(self, told: Told) -> None:
        self.told = told
        self.is_over = False
        self.timer: asyncio.TimerHandle | None = None

    def hear(self, said: Said) -> None:
        if not self.is_over:
            self.end()
            self.told(said)

    def give_up(self) -> None:
        self.hear(NoAnswer("nothing came"))

    def refuse(self) -> None:
        self.hear(NotSent("no connection"))

    def end(self) -> None:
        """From now on nobody listens."""
        self.is_over = True
        if self.timer is not None:
            self.timer.cancel()


class Powered(Protocol):
    """Whoever speaks on a line: a till that may lose its power, and then hears nothing any more."""

    witness: Witness

    def has_power(self, boot: int) -> bool: ...
    def cut(self) -> None: ...
    def jump(self, seconds: float) -> None: ...


class Network:
    """All lines of one shop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, chance: Chance, rng: random.Random, happened: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._chance = chance
        self._rng = rng
        self._happened = happened
        self._away_until_s: dict[str, float] = {}
        self._last: dict[tuple[str, str], Reply] = {}
        self.exchanges = 0

    def line(self, till: Powered, boot: int, host: Host) -> "Line":
        return Line(self, till, boot, host)

    def mishap(self) -> Mishap:
        """What goes wrong with the next exchange."""
        return self._chance.at("line") or _WELL

    def is_refused(self, host: Host, mishap: Mishap) -> bool:
        """Whether no connection stands: for a while, where an acquirer goes away."""
        if mishap.name == "away":
            self._away_until_s[host.name] = self._loop.time() + mishap.figure
        return mishap.name == "refused" or self._loop.time() < self._away_until_s.get(host.name, 0.0)

    def send(self, line: "Line", request: Request, timeout_s: float, told: Told, mishap: Mishap) -> Waiting:
        """`told` is called once, with what came of it; never, where the power fails before."""
        waiting = Waiting(told)
        name = mishap.name
        if name == "cut_before_send":
            line.till.cut()
        if not line.is_live:
            return waiting
        self.exchanges += 1
        if name == "clock_jump":
            line.till.jump(mishap.figure)
        waiting.timer = self._loop.call_later(timeout_s, waiting.give_up)
        self._send(line, request, waiting, mishap)
        if name == "cut_after_send":
            line.till.cut()
            waiting.end()
        return waiting

    def _send(self, line: "Line", request: Request, waiting: Waiting, mishap: Mishap) -> None:
        name = mishap.name
        if self.is_refused(line.host, mishap):
            self._loop.call_later(REFUSED_AFTER_S, waiting.refuse)
            return
        if name == "redirected":
            self._loop.call_later(self._way_s(), self._heard, line, waiting, Reply(307, {"location": "/again"}), mishap)
            return
        if name == "lost_request":
            return
        if name == "cut_request":
            self._loop.call_later(self._way_s(), waiting.give_up)
            return
        after_s = self._way_s()
        if name == "late_request":
            after_s += mishap.figure
        deaf = Waiting(_deaf) if name == "answered_by_copy" else waiting
        self._loop.call_later(after_s, self._arrive, line, request, deaf, mishap)
        if name in ("doubled", "answered_by_copy"):
            copy = waiting if name == "answered_by_copy" else Waiting(_deaf)
            self._loop.call_later(after_s + mishap.figure, self._arrive, line, request, copy, _WELL)

    def _arrive(self, line: "Line", request: Request, waiting: Waiting, mishap: Mishap) -> None:
        host = line.host
        if mishap.name in PLAYED_BY_HOST:
            host.faults.arm(mishap.name)
        played = host.play(request)
        host.faults.disarm()
        self._happened()
        if played.delivery in (Delivery.WHOLE, Delivery.TWICE, Delivery.SPLIT) and played.reply is not None:
            self._answer(line, request, waiting, played.reply, mishap)

    def _answer(self, line: "Line", request: Request, waiting: Waiting, reply: Reply, mishap: Mishap) -> None:
        """On a framed line, the reply itself may wait for the customer."""
        if reply == HELD:
            if not waiting.is_over:
                self._loop.call_later(HELD_S, self._ask_again, line, request, waiting, mishap)
        elif reply != NOTHING:
            self._reply(line, waiting, _lowered(reply), mishap)

    def _ask_again(self, line: "Line", request: Request, waiting: Waiting, mishap: Mishap) -> None:
        reply = line.host.answer(request, named(mishap.name) if mishap.name in PLAYED_BY_HOST else SOUND)
        self._happened()
        self._answer(line, request, waiting, reply, mishap)

    def _reply(self, line: "Line", waiting: Waiting, reply: Reply, mishap: Mishap) -> None:
        # Of its own line: another till's could not be told where, as at WeChat Pay, a code comes without its order.
        own = line.till.witness.name, line.host.name
        earlier = self._last.get(own, reply)
        self._last[own] = reply
        after_s = self._way_s()
        match mishap.name:
            case "lost_reply":
                return
            case "truncated":
                self._loop.call_later(after_s, waiting.hear, CutShort(reply, mishap.figure))
                return
            case "late_reply":
                after_s += mishap.figure
            case "corrupted":
                reply = _corrupted(reply)
            case "replayed":
                reply = earlier
        self._loop.call_later(after_s, self._heard, line, waiting, reply, mishap)

    def _heard(self, line: "Line", waiting: Waiting, reply: Reply, mishap: Mishap) -> None:
        if mishap.name == "cut_at_reply":
            line.till.cut()
        if waiting.is_over or not line.is_live:
            return
        if mishap.name in _SPOILT:
            line.till.witness.spoilt_reply_s = self._loop.time()
        else:
            line.till.witness.sound_reply_s = self._loop.time()
        waiting.hear(reply)

    def _way_s(self) -> float:
        return self._rng.uniform(NEAR_S, FAR_S)


class Line:
    """A till's carrier to one acquirer, for as long as this boot of it lasts."""

    def __init__(self, network: Network, till: Powered, boot: int, host: Host) -> None:
        self._network = network
        self._boot = boot
        self.till = till
        self.host = host

    @property
    def is_live(self) -> bool:
        return self.till.has_power(self._boot)

    def mishap(self) -> Mishap:
        return self._network.mishap()

    def is_refused(self, mishap: Mishap) -> bool:
        return self._network.is_refused(self.host, mishap)

    def send(self, request: Request, timeout_s: float, told: Told, mishap: Mishap | None = None) -> Waiting:
        """For who is called back."""
        return self._network.send(self, request, timeout_s, told, mishap or self._network.mishap())

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        """For who waits; for ever, where the power is off and the till being cleared away."""
        said: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        waiting = self.send(request, timeout_s, said.set_result)
        try:
            heard = await said
        finally:
            waiting.end()
        if isinstance(heard, Reply):
            return heard
        raise heard

    async def close(self) -> None:
        """There is nothing to hang up."""


_WELL = Mishap("")
_SPOILT = frozenset({"corrupted", "bad_signature", "wrong_amount", "odd_word", "redirected"})


def _deaf(_: Said) -> None:
    """Nobody listens to a copy."""


def _lowered(reply: Reply) -> Reply:
    if not reply.headers:
        return reply
    return replace(reply, headers={name.lower(): value for name, value in reply.headers.items()})


def _corrupted(reply: Reply) -> Reply:
    """One bit of its middle; where there is no body, of every header."""
    if reply.body:
        middle = len(reply.body) // 2
        return replace(reply, body=reply.body[:middle] + bytes([reply.body[middle] ^ 1]) + reply.body[middle + 1 :])
    return replace(reply, headers={name: value[:-1] for name, value in reply.headers.items()})
