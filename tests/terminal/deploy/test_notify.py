"""What systemd hears of a till, over a real socket."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.deploy.notify import supervised

DEADLINE_S = 60.0
PERIOD_US = 40_000


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(DEADLINE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", str(PERIOD_US))
        yield listening


def heard(systemd: socket.socket) -> str:
    return systemd.recv(100).decode()


def test_it_is_ready_alive_and_stopping_in_that_order(systemd: socket.socket) -> None:
    with supervised(lambda: True):
        assert [heard(systemd) for _ in range(4)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    while (word := heard(systemd)) == "WATCHDOG=1":
        pass
    assert word == "STOPPING=1"


def test_a_till_that_hangs_is_not_fed_for_and_one_that_turns_again_is(systemd: socket.socket) -> None:
    asked, well = threading.Semaphore(0), threading.Event()

    def is_alive() -> bool:
        asked.release()
        return well.is_set()

    with supervised(is_alive):
        assert heard(systemd) == "READY=1"
        for _ in range(3):
            assert asked.acquire(timeout=DEADLINE_S)
        systemd.setblocking(False)  # asked three times, and answered no: nothing has been said
        with pytest.raises(BlockingIOError):
            heard(systemd)
        systemd.settimeout(DEADLINE_S)
        well.set()
        assert heard(systemd) == "WATCHDOG=1"


def test_without_a_watchdog_it_says_only_that_it_is_ready_and_stopping(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC")
    with supervised(lambda: True):
        assert heard(systemd) == "READY=1"
    assert heard(systemd) == "STOPPING=1"


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("")  # the kernel chooses an abstract name
        listening.settimeout(DEADLINE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + listening.getsockname()[1:].decode())
        with supervised(lambda: True):
            assert heard(listening) == "READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_without_systemd_nothing_is_said_and_nothing_is_amiss(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    with supervised(lambda: True) as nothing:
        assert nothing is None
