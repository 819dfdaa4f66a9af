"""What a till says to systemd: ready, alive, going. Without systemd it says nothing.

A dozen lines of our own (the protocol is one datagram a word: sd_notify(3)), since the packages that do the same have
no wheels. A till that hangs is not fed for, and systemd starts it again; the journal takes up what was under way.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
FEEDS_A_PERIOD = 4  # one that comes late, or finds the till busy, does not end it

log = logging.getLogger(__name__)


@contextmanager
def supervised(is_alive: Callable[[], bool]) -> Iterator[None]:
    """Within it, systemd knows that the till is ready and, as long as `is_alive` says so, that it lives.

    `is_alive` is asked on a thread of its own and may take its time, up to a quarter of the unit's WatchdogSec.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    period_us = int(os.environ.get("WATCHDOG_USEC", "0"))
    stop = threading.Event()
    feeder = threading.Thread(
        target=_feed, args=(address, is_alive, period_us / 1e6 / FEEDS_A_PERIOD, stop), name="watchdog", daemon=True
    )
    if address and period_us:
        feeder.start()
    notify(address, READY)
    try:
        yield
    finally:
        notify(address, STOPPING)
        stop.set()
        if feeder.is_alive():
            feeder.join()


def notify(address: str, word: str) -> None:
    """One word to the socket at `address`, where `@` begins an abstract name; none to an empty address."""
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):  # nobody listens any more
        line.sendto(word.encode(), "\0" + address[1:] if address.startswith("@") else address)


def _feed(address: str, is_alive: Callable[[], bool], every_s: float, stop: threading.Event) -> None:
    while not stop.wait(every_s):
        if is_alive():
            notify(address, ALIVE)
        else:
            log.error("the till's loop or its reader hangs: the watchdog is not fed")
