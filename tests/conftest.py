"""What tests of several rooms share: keys that take a second to make, and a clock that stands still."""

import os
import random
from pathlib import Path

import pytest

from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts import alipay_keys as alipay
from firmware_sim.hosts import alipayplus_keys as alipayplus
from firmware_sim.hosts import unionpay_keys as unionpay
from firmware_sim.hosts.wechat_keys import Keys, load_or_make
from terminal.schemes.wechat.credentials import Credentials

LUCK = "SAOMA_SEED"  # of what is drawn anew with each run of the tests; to be given again after a failure


def pytest_configure() -> None:
    """Before the workers begin: all of them draw from one seed."""
    os.environ.setdefault(LUCK, str(random.SystemRandom().randrange(1 << 32)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"{LUCK}={os.environ[LUCK]}")


@pytest.fixture(scope="session")
def luck() -> str:
    return os.environ[LUCK]


@pytest.fixture(scope="session")
def wechat_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return load_or_make(Path(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="session")
def wechat_credentials(wechat_keys: Keys) -> Credentials:
    return wechat_keys.credentials()


@pytest.fixture(scope="session")
def unionpay_keys(tmp_path_factory: pytest.TempPathFactory) -> unionpay.Keys:
    return unionpay.load_or_make(Path(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="session")
def alipay_keys(tmp_path_factory: pytest.TempPathFactory) -> alipay.Keys:
    return alipay.load_or_make(Path(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="session")
def alipayplus_keys(tmp_path_factory: pytest.TempPathFactory) -> alipayplus.Keys:
    return alipayplus.load_or_make(Path(tmp_path_factory.mktemp("keys")))


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()
