"""Calls that no acquirer should have made: unsigned, stale, for another merchant. Refused, and kept for who asks later.

Whoever can reach the till's port can call it as often as they like, and an entry costs a sync of the disk: so there
is one entry a minute for each acquirer's name, with how many calls it stands for.
"""

from collections import Counter

from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.scheme import Reply
from terminal.till.board import Board

REFUSED = "REFUSED"  # a kind of entry
EVERY_S = 60.0
MOST_SAID = 100  # characters of why


class Strangers:
    """Belongs to the till's loop."""

    def __init__(self, journal: Journal, clock: Clock, board: Board) -> None:
        self._journal = journal
        self._clock = clock
        self._board = board
        self._untold: Counter[str] = Counter()
        self._next_s: dict[str, float] = {}  # by acquirer, when the next entry may be written

    def refused(self, acquirer: str, reply: Reply) -> None:
        """A call in this acquirer's name was answered so."""
        self._untold[acquirer] += 1
        now_s = self._clock.monotonic()
        if now_s >= self._next_s.get(acquirer, now_s):
            self._next_s[acquirer] = now_s + EVERY_S
            told = {"acquirer": acquirer, "status": reply.status, "calls": self._untold.pop(acquirer)}
            self._journal.note("", REFUSED, {**told, "why": reply.body[:MOST_SAID].decode("utf-8", "replace")})
            self._board.notice("notified.refused", acquirer)
