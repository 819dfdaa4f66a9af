"""The library that gives a process webcams without a driver: built when first needed, kept for the next time."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_path

from terminal.errors import SaomaError

SOURCE = Path(__file__).with_name("shim.c")
HEADER = Path("/usr/include/linux/videodev2.h")
FLAGS = ("-O2", "-shared", "-fPIC")
FOLDER = "SAOMA_V4L2"  # where the library looks for the cameras' sockets


class NoShim(SaomaError):
    """What keeps it from being built here, and the way out."""


def missing() -> str:
    """Why there can be no such library here; empty where there can."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return "V4L2 is 64-bit Linux's"
    if not shutil.which("cc"):
        return "no C compiler: apt install gcc libc6-dev"
    return "" if HEADER.exists() else "no kernel header: apt install linux-libc-dev"


def environment(folder: Path) -> Mapping[str, str]:
    """What a process is started with, so that the cameras in `folder` are its /dev/videoN; raises NoShim."""
    others = os.environ.get("LD_PRELOAD")
    library = str(built())
    return {FOLDER: str(folder), "LD_PRELOAD": f"{library}:{others}" if others else library}


def built(cache: Path | None = None) -> Path:
    """The library, made from its source by the C compiler where it is not there yet; raises NoShim."""
    if reason := missing():
        raise NoShim(reason)
    cache = cache or user_cache_path("saoma")
    library = cache / f"v4l2-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}.so"
    if not library.exists():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = library.with_suffix(f".{os.getpid()}")  # others may be building it too
        done = subprocess.run(["cc", *FLAGS, "-o", fresh, SOURCE], capture_output=True, text=True, check=False)  # noqa: S603, S607
        if done.returncode:
            raise NoShim(done.stderr)
        fresh.replace(library)
    return library
