"""A box with one place: a newer value replaces the older, so nobody ever works through yesterday's frames."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """May be used from any number of threads. None is no value."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: T | None = None  # put, and not taken yet
        self._newest: T | None = None
        self._closed = False

    def put(self, value: T) -> None:
        """Leave a value for whoever takes next; one that nobody took is gone. Closed, the box takes no more."""
        with self._changed:
            if not self._closed:
                self._waiting = self._newest = value
                self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for a value that nobody has taken; None when the time is up, or the box is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._closed, timeout_s)
            value, self._waiting = self._waiting, None
            self._changed.notify_all()
            return value

    def peek(self) -> T | None:
        """The newest value ever put, taken or not."""
        with self._changed:
            return self._newest

    def wait_until_taken(self, timeout_s: float | None = None) -> bool:
        """Whether the box is empty, or became so in time: for a sender whose values must not be lost."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting is None, timeout_s)

    def close(self) -> None:
        """No more values will come; the last one can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        with self._changed:
            return self._closed
