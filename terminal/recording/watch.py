"""What a till does, seen from outside: every event it tells, every entry of its books, every question it asks.

Recorded and replayed tills are watched alike, and what is seen of them is what is compared.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from terminal.books.journal import Journal
from terminal.recording.plain import plain
from terminal.recording.questions import Put
from terminal.recording.tape import OUT
from terminal.scheme import Request
from terminal.steps import Event

NOT_TOLD = ("code_mac", "trace")  # of an entry: a keyed hash of the code, and a number that counts earlier days too

Note = Callable[[str, str, Mapping[str, Any]], None]  # (IN, OUT or FACT; what; its particulars)


class Watch:
    """Belongs to the till's loop."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._questions = count(1)

    def told(self, event: Event) -> None:
        self._note(OUT, type(event).__name__, plain(event))

    def wrote(self, order_id: str, kind: str, body: Mapping[str, object]) -> None:
        told = {name: value for name, value in body.items() if name not in NOT_TOLD}
        self._note(OUT, "entry", {"order_id": order_id, "kind": kind, "body": plain(told)})

    def asked(self, acquirer: str, request: Request) -> int:
        """The question's number: they are counted through the session."""
        assert isinstance(request, Put), "every wire here says what it asks"
        number = next(self._questions)
        about = {"operation": request.operation, "about": request.about}
        self._note(OUT, "asked", {"number": number, "acquirer": acquirer, **about})
        return number


class WatchedJournal(Journal):
    """Tells each entry once it is on the disk."""

    on_entry: Callable[[str, str, Mapping[str, object]], None] = staticmethod(lambda *_: None)

    def _append(self, order_id: str, kind: str, body: Mapping[str, object]) -> int:
        seq = super()._append(order_id, kind, body)
        self._appended.append((order_id, kind, body))
        return seq

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._appended: list[tuple[str, str, Mapping[str, object]]] = []
        with super()._transaction():
            yield
        for entry in self._appended:
            self.on_entry(*entry)
