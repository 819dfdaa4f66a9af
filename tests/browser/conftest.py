"""What the browser tests share: a Chromium, or the reason why there is none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware_sim.devices.chromium import CHROMIUM, Browser, chromium


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    async with chromium(tmp_path / "profile") as browser:
        yield browser
