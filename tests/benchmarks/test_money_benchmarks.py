"""The benchmarks of payments and hosts run, and what they count is counted."""

import json

import iso8583
import pytest
from iso8583.specs import default_ascii

from benchmarks import hosts, payments, served


def test_a_sale_is_held_beside_what_none_can_do_without_and_costs_at_most_six_syncs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert payments.main(["--payments", "20", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["payments"] == 20
    assert 2 <= table["syncs_per_sale"] <= 6
    assert table["own_p50_ms"] <= table["own_p99_ms"]
    assert min(table["ratio"], table["cpu_ratio"]) > 1


@pytest.mark.parametrize("host", hosts.SIGNING)
def test_hosts_are_held_beside_what_rsa_alone_allows(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main(["--calls", "30", "--host", host, "--alone", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(one["host"], one["call"]) for one in said["hosts"]] == [(host, "pay"), (host, "query")]
    assert said["served"] == []
    for one in said["hosts"]:
        assert 0 < one["of_limit"] < 1
        assert one["rsa_limit_per_s"] > one["calls_per_s"] > 0


def test_a_peer_that_is_not_installed_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.served.shutil.which", lambda *_, **__: None)
    for one in (served._localstripe(1), served._iso8583sim(1)):
        assert one.calls_per_s is None
        assert "saoma[peers]" in one.does


def test_the_sale_that_a_peer_is_sent_is_an_iso8583_message_with_the_elements_it_says() -> None:
    frame = served._sale(7)
    assert int.from_bytes(frame[:2]) == len(frame) - 2
    decoded, _ = iso8583.decode(frame[2:], {**default_ascii, "p": default_ascii["p"] | {"data_enc": "b"}})
    assert {name for name in decoded if name.isdecimal()} == {"2", "3", "4", "7", "11", "41", "42", "49"}
    assert (decoded["t"], decoded["2"], decoded["11"]) == ("0200", "4111111111111111", "000007")
