"""A whole till on a screen is weighed, and what a process costs is what it costs."""

import json
import os
import sys

import pytest

from benchmarks.process import Sample, can_sample, core_share, growth_per_hour, sample

if sys.platform != "linux":
    pytest.skip("/proc is Linux's", allow_module_level=True)

from benchmarks import counter


def test_a_till_is_weighed_while_nobody_comes_and_while_phones_are_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter, "WARM_UP_S", 0.5)
    counter.main(["--minutes", "0.15", "--json"])
    table = json.loads(capsys.readouterr().out)
    assert table["resident_mb"] > 30
    assert table["idle_percent_of_core"] > 0
    read, _, shown = table["phones_read"].split()
    assert 0 <= int(read) <= int(shown) > 0, "how many are read in so short a time is the machine's affair"
    assert "cores" in table["machine"]


def test_codes_are_found_on_the_screen_however_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "READ_SIZE", 7)
    line, till = os.pipe()
    os.write(till, b"\x1b[1mQR 28************1234\x1b[0m and QR 28************5678.")
    os.close(till)
    screen = counter._Screen(line)
    screen.watch()
    os.close(line)
    assert screen.codes == {b"28************1234", b"28************5678"}


def test_a_process_is_sampled() -> None:
    assert can_sample()
    before = sample(os.getpid())
    with open(os.devnull) as _:  # noqa: PTH123
        after = sample(os.getpid())
    assert after.files == before.files + 1
    assert before.resident > 1_000_000
    assert after.cpu_s >= before.cpu_s


def test_shares_and_growth_are_those_of_the_straight_line() -> None:
    samples = [Sample(at_s, at_s / 4, 100 + 10 * round(at_s), 1, 1) for at_s in (0.0, 10.0, 20.0)]
    assert core_share(samples) == pytest.approx(0.25)
    assert growth_per_hour(samples) == pytest.approx(36_000)


def test_what_misses_its_budget_is_named() -> None:
    small = [Sample(float(at_s), 0.1 * at_s, 100_000_000, 9, 9) for at_s in range(2)]
    large = [Sample(float(at_s), 0.5 * at_s, 300_000_000, 9, 9) for at_s in range(2)]
    grown = [Sample(60.0 * at, 0.0, 100_000_000 + at * 1_000_000, 9, 9) for at in range(11)]
    assert counter.Figures("0", small).missed() == []
    assert counter.Figures("0", large, small).missed() == ["memory", "idle"]
    assert counter.Figures("0", grown).missed() == ["growth"]
