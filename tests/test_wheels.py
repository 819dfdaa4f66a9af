"""Every package a till needs, and what those need, has a wheel for a 64-bit Raspberry Pi: nothing is compiled there.

It asks the package index, so it runs only when asked to: `make wheels`.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")  # 3.11 and 3.13 are those of Raspberry Pi OS 12 and 13
NEWEST_LIBC = 36  # glibc 2.36, that of the older of the two
# pip takes a platform by its letter: what a Pi takes is every manylinux up to its own libc.
PLATFORMS = [f"manylinux_2_{minor}_aarch64" for minor in range(17, NEWEST_LIBC + 1)] + ["manylinux2014_aarch64"]

pytestmark = pytest.mark.skipif(
    not os.environ.get("SAOMA_ASK_INDEX"), reason="asks the package index: `make wheels` does, in a minute"
)


def pip(*words: str) -> "subprocess.CompletedProcess[str]":
    asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    return subprocess.run([*asked, *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def needed() -> list[str]:
    if pip("--retries=0", "--timeout=10", "--no-deps", "platformdirs").returncode:
        pytest.skip("the package index cannot be reached")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["project"]["dependencies"])


@pytest.mark.parametrize("python", PYTHONS)
def test_a_raspberry_pi_compiles_nothing(needed: list[str], python: str, tmp_path: Path) -> None:
    where = [f"--platform={platform}" for platform in PLATFORMS]
    found = pip("--only-binary=:all:", f"--python-version={python}", f"--target={tmp_path}", *where, *needed)
    assert found.returncode == 0, found.stderr
    files = [one["download_info"]["url"].rsplit("/", 1)[-1] for one in json.loads(found.stdout)["install"]]
    assert len(files) >= len(needed)
    assert all(file.endswith(("_aarch64.whl", "-any.whl")) for file in files), files
