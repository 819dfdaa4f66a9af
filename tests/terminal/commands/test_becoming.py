"""A command that becomes another program, and Ctrl-C at any moment of that: 130, and nothing that frightens anybody."""

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.cli import INTERRUPTED, main

DEADLINE_S = 90.0
PRESSED = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"


def become(folder: Path, program: str, *, first: str = "") -> subprocess.CompletedProcess[str]:
    """A process that becomes `program` with two words, after it did something else."""
    (folder / "other.py").write_text(program)
    script = f"{first}\nfrom terminal.commands.becoming import become\nbecome('other', ['two', 'words'])"
    path = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    words = [sys.executable, "-c", script]
    return subprocess.run(
        words, capture_output=True, text=True, env=path, check=False, timeout=DEADLINE_S, preexec_fn=_hears_ctrl_c
    )


def _hears_ctrl_c() -> None:
    """Whoever is started in a shell's background inherits that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_it_is_the_other_with_its_words_and_its_exit_code(tmp_path: Path) -> None:
    ended = become(tmp_path, "import sys; print(__name__, sys.argv[1:], 'terminal.cli' in sys.modules); sys.exit(2)")
    assert (ended.returncode, ended.stdout) == (2, "__main__ ['two', 'words'] False\n")


@pytest.mark.parametrize("when", ["loading", "starting"])
def test_it_ends_with_130_and_without_a_word_when_it_is_interrupted(tmp_path: Path, when: str) -> None:
    held_back = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}}); {PRESSED}"
    program = f"{PRESSED}\nprint('went on')" if when == "loading" else "print('went on')"
    ended = become(tmp_path, program, first=held_back if when == "starting" else "")
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")


def test_a_command_is_interrupted_as_quietly_while_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib, "import_module", interrupted)
    assert main(["doctor"]) == INTERRUPTED
    assert capsys.readouterr() == ("", "")
