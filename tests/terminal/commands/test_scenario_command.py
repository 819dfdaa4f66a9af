"""`saoma scenario run` and `saoma sandbox --scenario`, as a person types them."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DEADLINE_S = 60.0
GOOD = '[[step]]\nname = "approved"\nends = { verdict = "approved", state = "APPROVED" }\n'
BAD = '[[step]]\nname = "approved"\nends = { verdict = "declined" }\n'


def _saoma(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "terminal", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return tmp_path / "story.toml"


def test_a_story_that_ends_as_told_is_a_yes(story: Path) -> None:
    story.write_text(GOOD)
    done = _saoma("scenario", "run", str(story), "--host", "alipay", "--wallet", "alipay", "--json")
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["host"], one["way"], one["verdict"], one["wrong"]) for one in outcomes] == [
        ("alipay", "charged", "approved", []),
        ("alipay", "shown", "approved", []),
    ]
    assert "2 sales played, 0 ended otherwise" in done.stderr


def test_a_story_that_ends_otherwise_is_a_no_with_the_reason(story: Path) -> None:
    story.write_text(BAD)
    done = _saoma("scenario", "run", str(story), "--host", "qra", "--wallet", "wechat")
    assert done.returncode == 1
    assert "approved (qra, wechat, charged): the verdict is approved" in done.stdout


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("[[step]]", (), "name and ends are needed"),
        (GOOD, ("--host", "paypal"), "no host is called paypal"),
        (GOOD, ("--host", "alipay", "--wallet", "wechat"), "nothing was played"),
    ],
)
def test_a_story_that_cannot_be_played_is_wrong_usage(
    story: Path, text: str, words: tuple[str, ...], says: str
) -> None:
    story.write_text(text)
    done = _saoma("scenario", "run", str(story), *words)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize(("text", "code"), [(GOOD, 1), ("[[step]]\nname = 'x'\nends.state = 'CLOSED'", 0)])
def test_the_sandbox_tells_a_story_and_ends_with_its_score(story: Path, tmp_path: Path, text: str, code: int) -> None:
    """Nobody pays: a step that had to end approved did not."""
    story.write_text(text)
    words = [sys.executable, "-m", "terminal", "sandbox", "--json", "--state", str(tmp_path / "state")]
    words += ["--scenario", str(story), "--faults-by-amount"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as sandbox:
        assert sandbox.stdout
        ready = json.loads(sandbox.stdout.readline())
        assert len(_post(ready["control"], "next")["auth_code"]) == 18
        assert _post(ready["control"], "next") == {"step": None}
        sandbox.send_signal(signal.SIGINT)
        score = json.loads(sandbox.stdout.readline())
        assert sandbox.wait(DEADLINE_S) == code
    assert score["wrong"] == code


def _post(control: str, what: str) -> Any:
    request = urllib.request.Request(f"{control}/{what}", b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as reply:
        return json.load(reply)
