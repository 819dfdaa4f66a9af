"""Tells shops at their own address what became of their orders, again and again until they say that they have heard.

What is to be told is written in the ledger with the payment itself; this sends it, on the world's clock, by the
ladder of the host that took the order. By command the next notice is dropped, delayed, doubled, sent out of its turn or
spoilt. Only addresses of this machine are ever called.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from firmware_sim.faults import FAULTS, NOTICE_FAULTS, SOUND, Fault
from firmware_sim.hosts.host import Host, Tells
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Notice
from terminal.clock import Clock
from terminal.scheme import Reply

LOG = logging.getLogger("saoma.notices")
LISTENS_S = 10.0  # of the machine's clock: how long a shop may take to answer (UnionPay's ten; others say five)
LONGEST_REPLY = 4096  # bytes: "success" and little more
OUR_OWN = ("127.0.0.1", "localhost", "::1")


class Notifier:
    """Sends what is due while it is running."""

    def __init__(self, ledger: Ledger, hosts: Sequence[Host], clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._tellers: dict[str, Tells] = {host.name: host for host in hosts if isinstance(host, Tells)}
        self._armed: list[str] = []
        self._held: Notice | None = None
        self.line_is_cut = False  # what is sent meanwhile is lost
        self._changed = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    # By command.

    def arm(self, command: str) -> list[str]:
        """What becomes of the next notice: `drop`, `delay=300`, `duplicate`…; all that is armed now."""
        name, _, argument = command.partition("=")
        if name not in NOTICE_FAULTS:
            raise ValueError(f"nothing is called {name!r} here; there are {', '.join(NOTICE_FAULTS)}")
        if (name == "delay") != argument.isdecimal():
            raise ValueError("say how many seconds, as in delay=300; nothing else takes a number")
        self._armed.append(command)
        return list(self._armed)

    def resend(self, order_no: str) -> int:
        """Tell all that was ever told of an order once more, heard or not; how many notices that is."""
        notices = self._ledger.notices_of(order_no)
        for notice in notices:
            self._ledger.postpone(notice, self._clock.wall(), notice.tries)
        return len(notices)

    def told(self, order_no: str) -> list[dict[str, Any]]:
        """What is to be told of an order, and how far that has come; `due_s` is Unix seconds, None for never again."""
        return [
            {
                "of": "payment" if one.refund is None else "refund",
                "url": one.url,
                "tries": one.tries,
                "due_s": one.due_s,
            }
            for one in self._ledger.notices_of(order_no)
        ]

    # Sending.

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LISTENS_S)) as session:
            self._ledger.on_change = self._changed.set
            going = asyncio.create_task(self._run(session))
            try:
                yield
            finally:
                self._ledger.on_change = lambda: None
                for task in (going, *self._sending):
                    task.cancel()
                await asyncio.gather(going, *self._sending, return_exceptions=True)

    async def _run(self, session: aiohttp.ClientSession) -> None:
        while True:
            self._changed.clear()
            now_s = self._clock.wall()
            self._ledger.advance(now_s)
            for notice in self._ledger.notices_due(now_s):
                self._begin(session, notice, now_s)
            due_s = self._ledger.next_due_s()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if due_s is None else self._clock.real(due_s - self._clock.wall())):
                    await self._changed.wait()

    def _begin(self, session: aiohttp.ClientSession, notice: Notice, now_s: float) -> None:
        """Put it on its next rung, for nobody may hear it, and send it as was commanded."""
        purchase = self._ledger.purchase(notice.purchase)
        assert purchase, "a notice is about an order of the ledger's"
        teller = self._tellers.get(purchase.host)
        if teller is None or urlsplit(notice.url).hostname not in OUR_OWN:
            LOG.info("nobody is told of order %s: %s is not an address of this machine", purchase.order_no, notice.url)
            self._ledger.postpone(notice, None, notice.tries)
            return
        command, _, argument = (self._armed.pop(0) if self._armed else "").partition("=")
        if command == "delay":
            self._ledger.postpone(notice, now_s + float(argument), notice.tries)
            return
        rung = teller.ladder_s[notice.tries] if notice.tries < len(teller.ladder_s) else None
        self._ledger.postpone(notice, None if rung is None else now_s + rung, notice.tries + 1)
        if command == "reorder" and self._held is None:
            self._held = notice
        elif command != "drop" and not self.line_is_cut:
            self._start(session, teller, notice, command)

    def _start(self, session: aiohttp.ClientSession, teller: Tells, notice: Notice, command: str) -> None:
        batch = [notice] * (2 if command == "duplicate" else 1)
        if self._held is not None:
            batch.append(self._held)
            self._held = None
        task = asyncio.create_task(self._send(session, teller, batch, FAULTS.get(command, SOUND)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, session: aiohttp.ClientSession, teller: Tells, batch: list[Notice], fault: Fault) -> None:
        for notice in batch:
            purchase = self._ledger.purchase(notice.purchase)
            returned = self._ledger.returned(notice.refund) if notice.refund is not None else None
            assert purchase, "a notice is about an order of the ledger's"
            request = teller.notice(purchase, returned, fault)
            reply = await _post(session, notice.url, request.headers, request.body)
            is_heard = reply is not None and teller.heard(reply)
            LOG.info("%s told of order %s: %s", teller.name, purchase.order_no, "heard" if is_heard else "not heard")
            if is_heard:
                self._ledger.postpone(notice, None, notice.tries + 1)


async def _post(session: aiohttp.ClientSession, url: str, headers: Any, body: bytes) -> Reply | None:
    """What the shop says; None where it does not."""
    try:
        async with session.post(url, headers=headers, data=body, allow_redirects=False) as reply:
            names = {name.lower(): value for name, value in reply.headers.items()}
            return Reply(reply.status, names, await reply.content.read(LONGEST_REPLY))
    except (aiohttp.ClientError, TimeoutError) as error:
        LOG.info("%s does not answer: %s", url, error)
        return None
