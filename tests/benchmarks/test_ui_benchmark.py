"""The screen's benchmark: what it sees on a pseudo-terminal is what was drawn there, and it runs."""

import json
import sys

import pytest

from benchmarks import ui
from benchmarks.process import can_sample
from benchmarks.screen import Grid, on_screen
from terminal.errors import DeviceError


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_grid_shows_what_was_sent_however_it_is_cut(size: int) -> None:
    sent = "\x1b[2J\x1b[2;3H\x1b[1;38;2;9;9;9m扫码 ok\x1b[0m\x1b]0;title\x07\x1b_Gf=100;picture\x1b\\"
    sent += "\x1b[?2026h\x1b[1;1Htop\x1b[3;1Hgone\x1b[3;2H\x1b[K"
    grid = Grid(rows=3, columns=12)
    data = sent.encode()
    for start in range(0, len(data), size):
        grid.feed(data[start : start + size])
    assert grid.text.split("\n") == ["top         ", "  扫码 ok   ", "g           "]


def test_a_grid_keeps_to_its_size() -> None:
    grid = Grid(rows=2, columns=4)
    grid.feed(b"\x1b[2;3Hlong text\x1b[9;1Hbelow")
    assert grid.text == "    \n  lo"


def test_somebody_waits_for_what_a_program_shows_and_hears_of_its_end() -> None:
    script = "import sys; sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.readline(); print('done')"
    with on_screen([sys.executable, "-c", script]) as screen:
        screen.until(lambda text: "ready" in text, 20)
        sent_s = screen.press("\r")
        assert screen.until(lambda text: "done" in text, 20) > sent_s
        with pytest.raises(DeviceError, match="done"):
            screen.until(lambda text: "never" in text, 20)


@pytest.mark.skipif(not can_sample(), reason="needs Linux, whose /proc tells what a process costs")
def test_keys_and_starts_are_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "PEERS", {})
    assert ui.main(["--keys", "2", "--starts", "1", "--json"]) in (ui.GOOD, ui.MISSED)
    table = json.loads(capsys.readouterr().out)
    assert set(table["keys_ms"]) == {"digit", "backspace", "help", "back from help", "journal", "back from the journal"}
    for name, alone in table["keys_alone_ms"].items():
        assert 0 <= alone["p50"] <= table["keys_ms"][name]["p50"]
    ((name, start),) = table["starts_s"].items()
    assert name == "saoma"
    assert 0 < start["drawn"][0] <= start["answered"][0]
    assert start["cpu"][0] > 0
