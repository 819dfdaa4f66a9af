"""What tests of several rooms share: keys that take a second to make, and a clock that stands still."""

from pathlib import Path

import pytest

from firmware_sim.hosts.keys import Keys, load_or_make
from terminal.clock import Clock
from terminal.schemes.wechat.credentials import Credentials


@pytest.fixture(scope="session")
def wechat_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return load_or_make(Path(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="session")
def wechat_credentials(wechat_keys: Keys) -> Credentials:
    return wechat_keys.credentials()


class HandClock(Clock):
    """Moves only when a test says so."""

    def __init__(self, wall_s: float = 1_795_400_000.0) -> None:
        super().__init__(start_wall_s=wall_s)
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()
