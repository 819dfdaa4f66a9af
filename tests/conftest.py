"""What tests of several rooms share: how they are run, keys that take a second to make, a clock that stands still."""

import fcntl
import os
import random
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts import alipay_keys as alipay
from firmware_sim.hosts import alipayplus_keys as alipayplus
from firmware_sim.hosts import unionpay_keys as unionpay
from firmware_sim.hosts import wechat_keys as wechat
from terminal.schemes.wechat.credentials import Credentials

HERE = Path(__file__).parent
LUCK = "SAOMA_SEED"  # of what is drawn anew with each run of the tests; to be given again after a failure


def pytest_configure() -> None:
    """Before the workers begin: all of them draw from one seed."""
    os.environ.setdefault(LUCK, str(random.SystemRandom().randrange(1 << 32)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many a test waits for a process, a deadline or a disk."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest come first, or the last worker would be waited for: whole programs, in the files beside this one."""
    items.sort(key=lambda item: item.path.parent != HERE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"{LUCK}={os.environ[LUCK]}")


@pytest.fixture(scope="session")
def luck() -> str:
    return os.environ[LUCK]


@pytest.fixture(scope="session")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the keys that take a second to make: made once in a run, by the first worker that wants them."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    with (place / "keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for room in (wechat, alipay, alipayplus, unionpay):
            room.load_or_make(place / "keys")
    return place / "keys"


@pytest.fixture(scope="module")
def keys(safe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with such keys in it, where a world would make its own. The rest of it is the module's."""
    return Path(shutil.copytree(safe, tmp_path_factory.mktemp("keys"), dirs_exist_ok=True))


@pytest.fixture(scope="session", autouse=True)
def keys_are_weighed_once() -> Iterator[None]:
    """Reading a key proves that its primes are primes, which takes longer than most tests: once is enough for each."""
    with patch("terminal.crypto.load_pem_private_key", cache(load_pem_private_key)):
        yield


@pytest.fixture(scope="session")
def wechat_keys(safe: Path) -> wechat.Keys:
    return wechat.load_or_make(safe)


@pytest.fixture(scope="session")
def wechat_credentials(wechat_keys: wechat.Keys) -> Credentials:
    return wechat_keys.credentials()


@pytest.fixture(scope="session")
def unionpay_keys(safe: Path) -> unionpay.Keys:
    return unionpay.load_or_make(safe)


@pytest.fixture(scope="session")
def alipay_keys(safe: Path) -> alipay.Keys:
    return alipay.load_or_make(safe)


@pytest.fixture(scope="session")
def alipayplus_keys(safe: Path) -> alipayplus.Keys:
    return alipayplus.load_or_make(safe)


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()
