"""What docs/sandbox.md shows runs as it stands: each client against a sandbox of its own making, as a process."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.hosts.every import HOSTS

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".venv" / "clients"
DEADLINE_S = 60.0
BLOCK = re.compile(r"^```(?:python|js) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = dict(BLOCK.findall((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")))
PAYMENT_CODE = re.compile(r"(?<![0-9a-f])(?:1[0-5]|28)[0-9]{16}(?![0-9a-f])")
SHARED = ("control.py", "control.mjs")
SNIPPETS = sorted(set(BLOCKS) - set(SHARED))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with sandbox.json in it, and the sandbox running."""
    place = tmp_path_factory.mktemp("snippets")
    words = [sys.executable, "-m", "terminal", "sandbox", "--json", "--state", str(place / "state")]
    with (
        (place / "log").open("w") as log,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT) as sandbox,
    ):
        assert sandbox.stdout
        (place / "sandbox.json").write_text(sandbox.stdout.readline())
        for name in SHARED:
            (place / name).write_text(BLOCKS[name])
        yield place
        sandbox.send_signal(signal.SIGINT)
        assert sandbox.wait(DEADLINE_S) == 0


def _command(name: str, place: Path) -> list[str]:
    """How the snippet is run; skips where its client is not installed."""
    if name.endswith("-node"):
        modules = CLIENTS / name / "node_modules"
        if not modules.exists():
            pytest.skip(f"{name} is not installed: run tests/clients/{name.removesuffix('-node')}/install.sh")
        if not (place / "node_modules").is_symlink() or (place / "node_modules").resolve() != modules:
            (place / "node_modules").unlink(missing_ok=True)
            (place / "node_modules").symlink_to(modules)
        (place / f"{name}.mjs").write_text(BLOCKS[name])
        return ["node", f"{name}.mjs"]
    python = CLIENTS / name / "bin" / "python" if name.startswith("alipay") else Path(sys.executable)
    if not python.exists():
        pytest.skip(f"{name} is not installed: run tests/clients/alipay/install.sh")
    (place / f"{name}_snippet.py").write_text(BLOCKS[name])
    return [str(python), f"{name}_snippet.py"]


Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def run(place: Path) -> Callable[[str], Done]:
    """Runs a snippet; one that has run is not run again, for its orders are made."""

    @cache
    def run(name: str) -> Done:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = _command(name, place)
        return subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )

    return run


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_prints_what_it_says_it_prints(run: Callable[[str], Done], name: str) -> None:
    (says,) = re.findall(r"(?:  # |; // )(\S.*)$", BLOCKS[name], re.MULTILINE)
    done = run(name)
    assert (done.returncode, done.stdout.strip()) == (0, says), done.stderr


def test_the_log_says_plainly_what_was_refused(run: Callable[[str], Done], place: Path) -> None:
    run("wechatpy")
    refused = "wechat_v2 refused pay: NOTENOUGH, that is: there is less on the account than asked for"
    assert refused in (place / "log").read_text()


def test_the_log_holds_no_payment_code(run: Callable[[str], Done], place: Path) -> None:
    """That SDK puts the code into the path."""
    run("alipay-community")
    assert not PAYMENT_CODE.search((place / "log").read_text())


def test_every_named_client_has_a_snippet() -> None:
    named = {"wechatpayv3", "wechatpy", "alipay-official", "alipay-community", "wechat-node", "alipay-node"}
    assert set(SNIPPETS) == named


def test_the_sandbox_says_where_each_host_is_and_how_a_till_is_its_merchants(place: Path) -> None:
    told = json.loads((place / "sandbox.json").read_text())
    assert told["hosts"].keys() >= HOSTS.keys()
    assert {contract["scheme"] for contract in told["acquirer"]} >= HOSTS.keys()
    assert all(contract["base_url"].split("://")[1].startswith("127.0.0.1:") for contract in told["acquirer"])
