"""The same seed is the same trace under every Python: gate G7 of `make prove`. Exits 1 where one tells another story.

    prove_same_everywhere.py SEED [PYTHON...]

A Python that is not there, or lacks a package, is left out with its reason. Each runs under another hash seed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[2]
PAYMENTS = {"plain": 2000, "real": 200}


class CannotRun(Exception):
    """With what Python said last."""


def trace(python: str, seed: str, wire: str, keys: Path, hash_seed: int) -> str:
    """The hash of a run; raises CannotRun."""
    words = [python, "-m", "firmware_sim.simulation", "--json", f"--seed={seed}", f"--keys={keys}"]
    words += [f"--wire={wire}", f"--payments={PAYMENTS[wire]}"]
    env = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    if shutil.which(python) is None:
        raise CannotRun("it is not installed")
    told = subprocess.run(words, env=env, cwd=HERE, capture_output=True, text=True, check=False)
    if not told.stdout:
        raise CannotRun(told.stderr.strip().rpartition("\n")[2])
    return str(json.loads(told.stdout)["trace"])


def main(words: list[str]) -> int:
    seed, *others = words or ["1"]
    differs = 0
    with tempfile.TemporaryDirectory() as keys:
        for wire in PAYMENTS:
            here = trace(sys.executable, seed, wire, Path(keys), 0)
            _say(f"{wire:6} {sys.version.split()[0]:12} {here}")
            for number, python in enumerate(others, start=1):
                try:
                    there = trace(python, seed, wire, Path(keys), number)
                except CannotRun as error:
                    _say(f"{wire:6} {python:12} left out: {error}")
                    continue
                differs += there != here
                _say(f"{wire:6} {python:12} {there}{'' if there == here else ' ANOTHER STORY'}")
    return 1 if differs else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
