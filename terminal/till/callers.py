"""Acquirers that call. Whatever they say, the till asks them what is so; the call only says when to ask."""

from collections.abc import Mapping

from terminal.clock import Clock
from terminal.scheme import Hears, Reply, Request
from terminal.till.backlog import Backlog
from terminal.till.performer import Acquirer
from terminal.till.strangers import Strangers


class Callers:
    """Belongs to the till's loop."""

    def __init__(self, acquirers: Mapping[str, Acquirer], clock: Clock, backlog: Backlog, strangers: Strangers) -> None:
        self._acquirers = acquirers
        self._clock = clock
        self._backlog = backlog
        self._strangers = strangers

    def heard(self, name: str, request: Request) -> Reply:
        """Somebody called in this acquirer's name."""
        acquirer = self._acquirers.get(name)
        if acquirer is None or not isinstance(acquirer.wire, Hears):
            return Reply(404, {})
        notified = acquirer.wire.notified(request, now_s=int(self._clock.wall()))
        if notified.order_id:
            if acquirer.witness is not None:
                acquirer.witness.heard(request, notified)
            self._backlog.heard(notified, acquirer)
        elif notified.reply.status >= 400:  # noqa: PLR2004 - HTTP's errors of whoever asks
            self._strangers.refused(name, notified.reply)
        return notified.reply
