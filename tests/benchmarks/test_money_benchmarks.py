"""The benchmarks of payments and hosts run, and what they count is counted."""

import json

import pytest

from benchmarks import hosts, payments


def test_a_sale_costs_at_most_six_syncs(capsys: pytest.CaptureFixture[str]) -> None:
    assert payments.main(["--payments", "20", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["payments"] == 20
    assert 2 <= table["syncs_per_sale"] <= 6
    assert table["own_p50_ms"] <= table["own_p99_ms"]


def test_hosts_are_held_beside_what_rsa_alone_allows(capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main(["--calls", "20", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert 0 < table["pay_of_limit"] < 1
    assert table["rsa_limit_per_s"] > table["query_per_s"] > 0
