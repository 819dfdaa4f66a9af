from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

from terminal.scanning.protocols.talk import Code, HostEvent, ScannerHost

Pieces = Callable[[bytes, list[int]], list[bytes]]


@pytest.fixture(scope="session")
def cut() -> Pieces:
    """A stream in pieces that end at these places (modulo its length)."""

    def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
        places = sorted({0, len(stream), *(at % (len(stream) + 1) for at in cuts)})
        return [stream[start:end] for start, end in pairwise(places)]

    return pieces


@pytest.fixture(scope="session")
def hear() -> Callable[[ScannerHost, Iterable[bytes], float], list[HostEvent]]:
    """What a host says to pieces a millisecond apart, and to a long silence after them."""

    def heard(host: ScannerHost, pieces: Iterable[bytes], start_s: float) -> list[HostEvent]:
        now_s, events = start_s, list[HostEvent]()
        for piece in pieces:
            now_s += 0.001
            events += host.feed(piece, now_s)
        return [*events, *host.idle(now_s + 0.3)]

    return heard


@pytest.fixture(scope="session")
def codes() -> Callable[[Iterable[HostEvent]], list[str]]:
    return lambda events: [event.text for event in events if isinstance(event, Code)]
