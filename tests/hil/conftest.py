"""A terminal with two ends, for whoever plays the person at the bench."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def terminal() -> Iterator[tuple[int, Path]]:
    """The far end, and the path of the near one."""
    far, near = os.openpty()
    tty.setraw(far)
    yield far, Path(os.ttyname(near))
    os.close(far)
    os.close(near)
