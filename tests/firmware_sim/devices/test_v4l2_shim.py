"""The preloaded library: built once, without a warning, and where it cannot be built that is said."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.devices.v4l2_shim.shim import SOURCE, NoShim, built, environment, missing


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_it_is_built_once_and_without_a_warning(tmp_path: Path) -> None:
    library = built(tmp_path / "cache")
    first = library.stat().st_mtime_ns
    assert built(tmp_path / "cache") == library
    assert library.stat().st_mtime_ns == first
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", SOURCE], check=True)


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_it_goes_before_what_is_preloaded_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/lib/other.so")
    assert environment(tmp_path)["LD_PRELOAD"].endswith(".so:/lib/other.so")


@pytest.mark.skipif(sys.platform != "linux", reason="V4L2 is Linux's")
def test_where_there_is_no_compiler_that_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(NoShim, match="apt install gcc"):
        built()
