"""The simulation itself: it finds nothing where nothing is wrong, says the same twice, and tells a failure again."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.simulation import scenario_file
from firmware_sim.simulation.__main__ import main, names
from firmware_sim.simulation.acquirers import NAMES, Level
from firmware_sim.simulation.run import afternoons, recorded, simulate, stage
from firmware_sim.simulation.scenario_file import Play
from terminal.errors import ConfigError
from terminal.payment import flow
from terminal.till import backlog

SALES = 12
EVERY_HOST = NAMES[Level.REAL]


@pytest.fixture
def play(keys: Path) -> Iterator[Play]:
    with stage(keys) as play:
        yield play


@pytest.mark.parametrize("acquirer", EVERY_HOST)
def test_without_faults_every_customer_has_paid_once(play: Play, acquirer: str) -> None:
    totals, failure = simulate(afternoons("calm", SALES, 2, frozenset(), (acquirer,)), 1, play)
    assert failure is None
    assert (totals.payments, totals.approved, totals.power_cuts) == (SALES, SALES, 0)


@pytest.mark.parametrize("acquirer", EVERY_HOST)
def test_every_rule_holds_whatever_goes_wrong(play: Play, acquirer: str) -> None:
    totals, failure = simulate(afternoons("storm", SALES, 2, names("all"), (acquirer,)), 40, play)
    assert failure is None, failure.outcome.broken
    assert totals.faults.total() > 10
    assert totals.power_cuts > 0


@pytest.mark.parametrize(
    ("habit", "acquirer"),
    [("parts", "wechat"), ("settles", "alipay"), ("settles", "unionpay_pos"), ("static", "unionpay")],
)
def test_what_only_a_whole_till_does_breaks_no_rule(play: Play, habit: str, acquirer: str) -> None:
    drawn = list(itertools.islice(afternoons("whole", SALES, 2, frozenset({habit}), (acquirer,)), 4))
    visits = [visit for scenario in drawn for till in scenario.visits for visit in till]
    assert any(visit.first_fen or visit.types_fen or visit.next_day for visit in visits)
    assert [broken for scenario in drawn for broken in play(scenario).broken] == []


def test_with_rsa_itself_the_rules_hold_too(keys: Path) -> None:
    with stage(keys, real_signatures=True) as play:
        totals, failure = simulate(afternoons("rsa", SALES, 1, names("all")), 1, play)
    assert failure is None
    assert totals.exchanges > SALES


def test_the_same_seed_is_the_same_story_and_another_is_not(play: Play) -> None:
    first, _ = simulate(afternoons("same", SALES, 2, names("all")), 1, play)
    again, _ = simulate(afternoons("same", SALES, 2, names("all")), 1, play)
    other, _ = simulate(afternoons("other", SALES, 2, names("all")), 1, play)
    assert first.traces == again.traces
    assert first.traces != other.traces


def test_what_went_wrong_can_be_told_again_from_a_file(play: Play, tmp_path: Path) -> None:
    scenario = next(afternoons("retold", SALES, 2, names("all")))
    outcome = play(scenario)
    path = tmp_path / "scenario.json"
    scenario_file.save(replace(scenario, script=outcome.script), path)
    retold = play(scenario_file.load(path))
    assert retold.script == outcome.script
    assert retold.trace == outcome.trace


def test_a_failure_is_made_small_and_still_fails(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_is_looked_back_at(*_: object) -> flow.Flow:
        return flow.Answer(flow.Verdict.REVERSED)
        yield

    monkeypatch.setattr(flow, "_reverse", nothing_is_looked_back_at)
    monkeypatch.setattr(flow, "_look_back", nothing_is_looked_back_at)
    _, failure = simulate(afternoons("small", SALES, 2, names("all"), ("wechat",)), 500, play)
    assert failure is not None
    small = scenario_file.shrunk(recorded(failure), failure.outcome, play)
    assert play(small).broken
    assert sum(len(till) for till in small.visits) < SALES
    assert len(small.script or {}) <= len(failure.outcome.script)


def test_a_payment_nobody_finishes_is_found_by_the_rules(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog.Backlog, "take_up", lambda *_: None)
    _, failure = simulate(afternoons("left", SALES, 2, names("all"), ("wechat",)), 500, play)
    assert failure is not None
    assert any(rule.startswith("I7") for rule in failure.outcome.broken)


@pytest.mark.parametrize("wire", Level)
def test_the_hash_does_not_depend_on_how_python_hashes(keys: Path, wire: Level) -> None:
    words = [sys.executable, "-m", "firmware_sim.simulation", f"--wire={wire}", "--payments=1", "--sales=6"]
    words += [f"--keys={keys}", "--json"]
    told = {
        subprocess.run(
            words, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
        ).stdout.partition(b'"trace"')[2]
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_the_command_says_what_it_came_to(keys: Path) -> None:
    words = [sys.executable, "-m", "terminal", "simulate", "--payments=1", "--faults=none", "--tills=1", "--json"]
    told = subprocess.run(words, env={"XDG_CACHE_HOME": str(keys)}, capture_output=True, check=True, timeout=60).stdout
    table = json.loads(told)
    assert table["broken"] == []
    assert table["payments"] == table["approved"] > 0
    assert table["cpu_s"] > 0


def test_a_fault_of_no_such_name_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults=gremlins"]) == 2
    assert "gremlins" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["--payments=0", "--tills=-1", "--jobs=many"])
def test_a_shop_of_nobody_is_wrong_usage(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([wrong])
    assert ended.value.code == 2
    assert "a whole number from 1" in capsys.readouterr().err


def test_where_a_failure_could_not_be_kept_is_found_out_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--payments=1", f"--save={tmp_path / 'nowhere' / 'scenario.json'}"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nothing.json"
    path.write_text("[]")
    with pytest.raises(ConfigError, match=r"nothing\.json"):
        scenario_file.load(path)
