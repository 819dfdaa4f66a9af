"""A soak serves its customers, holds the books against each other, and tells what is left behind."""

import json
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("/proc is Linux's", allow_module_level=True)

from benchmarks import soak
from benchmarks.process import Sample


def test_customers_are_served_and_nothing_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["--customers", "4", "--speed", "10", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["customers"], table["books_agree"], table["missed"]) == (4, True, [])
    assert table["receipts"] == table["approved"] > 0


def weighed(grows: int = 0, threads: int = 0, files: int = 0) -> soak.Weighed:
    samples = [
        Sample(float(at), 0.1 * at, 100_000_000 + grows * at, 9 + threads * at // 500, 20 + files * at // 500)
        for at in range(1000)
    ]
    return soak.Weighed(1, samples)


def test_growth_is_told_for_a_thousand_customers() -> None:
    assert weighed(grows=7000).growth == pytest.approx(7_000_000)


def test_what_is_left_behind_is_named() -> None:
    assert weighed().left_behind == []
    assert weighed(grows=30_000).left_behind == ["memory"]
    assert weighed(threads=9, files=9).left_behind == ["threads", "files"]
