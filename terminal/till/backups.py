"""After a day has been settled, a copy of the books: made beside the till, which neither waits for it nor needs it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from terminal.books.backup import back_up_into
from terminal.clock import Clock
from terminal.errors import JournalError
from terminal.steps import Event, Notice, Settling, Stage

log = logging.getLogger(__name__)


class Backups:
    """Hears a till's events, and makes its copies on a thread of its own, one after the other."""

    def __init__(
        self, folder: Path, journal: Path, terminal_id: str, clock: Clock, *, keep: int, say: Callable[[Notice], None]
    ) -> None:
        """The newest `keep` copies stay in `folder`; `say` is told why there is none, from that thread."""
        self._folder, self._journal, self._terminal_id = folder, journal, terminal_id
        self._clock = clock
        self._keep = keep
        self._say = say
        self._worker = ThreadPoolExecutor(1, "backup")

    def hear(self, event: Event) -> None:
        """The last acquirer of a settlement is done with."""
        if isinstance(event, Settling) and event.stage is Stage.DONE and event.number == event.count:
            self._worker.submit(self._back_up)

    def stop(self) -> None:
        """Wait for the copy that is being made."""
        self._worker.shutdown()

    def _back_up(self) -> None:
        try:
            made = back_up_into(self._folder, self._journal, self._terminal_id, self._clock.wall(), keep=self._keep)
        except JournalError as error:
            self._say(Notice("backup.failed", str(error)))
        else:
            log.info("the books are backed up as %s", made)
