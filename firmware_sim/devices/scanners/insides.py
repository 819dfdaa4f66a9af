"""What every scanner can do with a code, and the scanner that can do nothing else."""

from collections.abc import Sequence
from typing import Protocol

from terminal.scanning.protocols.lines import encode
from terminal.scanning.protocols.talk import Command


class Insides(Protocol):
    """A scanner behind its cable. Times are seconds on any one clock; `told` is what the host has commanded."""

    told: list[Command]

    def scan(self, text: str, now_s: float) -> Sequence[bytes]:
        """A code comes before it: what it sends, each element at once. Nothing where it does not look."""
        ...

    def feed(self, data: bytes, now_s: float) -> Sequence[bytes]:
        """The host speaks: what it answers."""
        ...

    def idle(self, now_s: float) -> Sequence[bytes]:
        """What it says again, as nobody answered."""
        ...


class LineScanner:
    """Sends `[prefix][AIM identifier]text[suffix]` and listens to nobody."""

    def __init__(self, *, suffix: bytes = b"\r", prefix: str = "", aim: str = "") -> None:
        self.told: list[Command] = []
        self._suffix, self._prefix, self._aim = suffix, prefix, aim

    def scan(self, text: str, now_s: float) -> list[bytes]:  # noqa: ARG002
        return [encode(text, suffix=self._suffix, prefix=self._prefix, aim=self._aim)]

    def feed(self, data: bytes, now_s: float) -> list[bytes]:  # noqa: ARG002
        return []

    def idle(self, now_s: float) -> list[bytes]:  # noqa: ARG002
        return []
