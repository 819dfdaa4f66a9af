"""`saoma bench` becomes the benchmarks' own process; the terminal never imports them."""

import argparse
import subprocess
import sys

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.__main__ import main as run_benchmark
from terminal.commands import bench


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return parser.parse_args(words)


def test_it_becomes_the_benchmark_with_all_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(bench, "become", lambda module, words: became.append([module, *words]))
    bench.run(parsed("stream", "--seeds", "1,2", "--json", "--help"))
    assert became == [["benchmarks", "stream", "--seeds", "1,2", "--json", "--help"]]


def test_it_knows_the_benchmarks_that_there_are() -> None:
    assert set(bench.WHAT) == set(BENCHMARKS)


def test_importing_the_command_loads_neither_benchmarks_nor_numpy() -> None:
    script = "import sys, terminal.commands.bench; print([n for n in ('numpy', 'benchmarks') if n in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


def test_a_benchmark_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_benchmark(["weather"]) == 2
    assert "reading" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("benchmark", "option"),
    [
        ("reading", "--limit"),
        ("stream", "--frames"),
        ("bars", "--count"),
        ("payments", "--payments"),
        ("soak", "--customers"),
        ("hosts", "--calls"),
    ],
)
@pytest.mark.parametrize("wrong", ["0", "-1", "many"])
def test_how_many_is_a_whole_number(
    benchmark: str, option: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_benchmark([benchmark, f"{option}={wrong}"])
    assert ended.value.code == 2
    assert "no whole number above 0" in capsys.readouterr().err
