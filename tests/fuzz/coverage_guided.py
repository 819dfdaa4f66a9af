"""Fuzzes each target of the table in turn, guided by what its bytes reach: `make fuzz`. Needs atheris.

    python tests/fuzz/coverage_guided.py [SECONDS] [NAME]

Each target gets so many seconds in a process of its own, as a finding ends a process; with a name, those alone that
have it in theirs. What is found is printed with its bytes.
"""

import importlib
import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import atheris

SECONDS = 60
LONGEST = 4096  # bytes
MEMORY_MB = 2048
HANGS_AFTER_S = 10


def _table() -> Any:
    with atheris.instrument_imports(include=["terminal", "firmware_sim"]):
        return importlib.import_module("targets")


def fuzz(table: Any, name: str, seconds: int, corpus: Path) -> NoReturn:
    """With keys and ledgers of its own. libFuzzer ends the process."""
    with table.every_target() as targets:
        _fuzz(next(target for target in targets if target.name == name), seconds, corpus)


def _fuzz(target: Any, seconds: int, corpus: Path) -> NoReturn:
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)

    def once(data: bytes) -> None:
        with suppress(*target.allowed):
            target.take(data)

    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={HANGS_AFTER_S}"]
    places = [f"-artifact_prefix={corpus}/found-", str(corpus)]
    atheris.Setup([sys.argv[0], *limits, f"-rss_limit_mb={MEMORY_MB}", "-print_final_stats=1", *places], once)
    atheris.Fuzz()
    raise AssertionError("libFuzzer ends the process")


def main(words: list[str]) -> int:
    seconds = int(words[0]) if words else SECONDS
    wanted = words[1] if len(words) > 1 else ""
    logging.disable(logging.CRITICAL)
    table, found = _table(), []
    with table.every_target() as targets:
        chosen = [target.name for target in targets if wanted in target.name]
    for number, name in enumerate(chosen, start=1):
        sys.stderr.write(f"{number}/{len(chosen)} {name}\n")
        with tempfile.TemporaryDirectory() as corpus:
            child = os.fork()
            if child == 0:
                fuzz(table, name, seconds, Path(corpus))
            if os.waitpid(child, 0)[1]:
                found.append(name)
    sys.stdout.write(f"{len(chosen)} targets, {seconds} s each; findings: {', '.join(found) or 'none'}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
