"""The wire between tills and acquirers, and everything that can happen on it.

A request is put to the real host as bytes, and its reply carried back, at times that the loop keeps. What left a till
goes on without it: a request that is under way when the power fails, or when nobody listens any more, still arrives.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from firmware_sim.faults import Delivery
from firmware_sim.hosts.host import HELD, NOTHING, Host
from firmware_sim.simulation.chance import PLAYED_BY_HOST, Chance, Mishap
from firmware_sim.simulation.rules import Witness
from terminal.errors import NoAnswer, NotSent
from terminal.scheme import Reply, Request

NEAR_S, FAR_S = 0.02, 0.4  # one way, on a good day
HELD_S = 0.5
REFUSED_AFTER_S = 0.1

Waiting = asyncio.Future[Reply]


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
        self._last: dict[str, Reply] = {}
        self.exchanges = 0

    def line(self, till: Powered, boot: int, host: Host) -> "Line":
        return Line(self, till, boot, host)

    async def exchange(self, line: "Line", request: Request, timeout_s: float) -> Reply:
        mishap = self._chance.at("line")
        name = mishap.name if mishap else ""
        if name == "cut_before_send":
            line.till.cut()
        if not line.is_live:
            return await self._nothing()
        self.exchanges += 1
        if name == "clock_jump" and mishap:
            line.till.jump(mishap.figure)
        waiting: Waiting = self._loop.create_future()
        self._send(line, request, waiting, mishap or _WELL)
        if name == "cut_after_send":
            line.till.cut()
            waiting.cancel()
            return await self._nothing()
        timer = self._loop.call_later(timeout_s, _give_up, waiting)
        try:
            return await waiting
        finally:
            timer.cancel()

    async def _nothing(self) -> Reply:
        """The machine is off, and its till is being cleared away."""
        never: Waiting = self._loop.create_future()
        return await never

    def _send(self, line: "Line", request: Request, waiting: Waiting, mishap: Mishap) -> None:
        name, host = mishap.name, line.host
        if name == "away":
            self._away_until_s[host.name] = self._loop.time() + mishap.figure
        if name == "refused" or self._loop.time() < self._away_until_s.get(host.name, 0.0):
            self._loop.call_later(REFUSED_AFTER_S, _refuse, waiting)
            return
        if name == "redirected":
            self._loop.call_later(self._way_s(), self._heard, line, waiting, Reply(307, {"location": "/again"}), mishap)
            return
        if name == "lost_request":
            return
        after_s = self._way_s()
        if name == "late_request":
            after_s += mishap.figure
        deaf = self._loop.create_future() if name == "answered_by_copy" else waiting
        self._loop.call_later(after_s, self._arrive, line, request, deaf, mishap)
        if name in ("doubled", "answered_by_copy"):
            copy = waiting if name == "answered_by_copy" else self._loop.create_future()
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
            if not waiting.done():
                self._loop.call_later(HELD_S, self._ask_again, line, request, waiting, mishap)
        elif reply != NOTHING:
            self._reply(line, waiting, _lowered(reply), mishap)

    def _ask_again(self, line: "Line", request: Request, waiting: Waiting, mishap: Mishap) -> None:
        reply = line.host.answer(request)
        self._happened()
        self._answer(line, request, waiting, reply, mishap)

    def _reply(self, line: "Line", waiting: Waiting, reply: Reply, mishap: Mishap) -> None:
        earlier = self._last.get(line.host.name, reply)
        self._last[line.host.name] = reply
        after_s = self._way_s()
        match mishap.name:
            case "lost_reply":
                return
            case "truncated":
                self._loop.call_later(after_s, _give_up, waiting)
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
        if waiting.done() or not line.is_live:
            return
        if mishap.name in _SPOILT:
            line.till.witness.spoilt_reply_s = self._loop.time()
        else:
            line.till.witness.sound_reply_s = self._loop.time()
        waiting.set_result(reply)

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

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        return await self._network.exchange(self, request, timeout_s)

    async def close(self) -> None:
        """There is nothing to hang up."""


_WELL = Mishap("")
_SPOILT = frozenset({"corrupted", "bad_signature", "wrong_amount", "odd_word", "redirected"})


def _give_up(waiting: Waiting) -> None:
    if not waiting.done():
        waiting.set_exception(NoAnswer("nothing came"))


def _refuse(waiting: Waiting) -> None:
    if not waiting.done():
        waiting.set_exception(NotSent("no connection"))


def _lowered(reply: Reply) -> Reply:
    return replace(reply, headers={name.lower(): value for name, value in reply.headers.items()})


def _corrupted(reply: Reply) -> Reply:
    """One bit of its middle; where there is no body, of every header."""
    if reply.body:
        middle = len(reply.body) // 2
        return replace(reply, body=reply.body[:middle] + bytes([reply.body[middle] ^ 1]) + reply.body[middle + 1 :])
    return replace(reply, headers={name: value[:-1] for name, value in reply.headers.items()})
