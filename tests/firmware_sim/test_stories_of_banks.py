"""Each of the five banks' customers fares as every story says, wherever a bank's code is taken."""

from pathlib import Path

import pytest

from firmware_sim.ledger_words import Kind
from firmware_sim.stage import play_everywhere
from firmware_sim.stories import load

COUNTER = Path(__file__).parents[2] / "configs" / "stories" / "counter.toml"
HOSTS = ["unionpay", "unionpay_pos", "qra"]


@pytest.mark.parametrize("bank", ["ccb", "boc", "bocom", "pab", "citic"])
def test_everything_that_can_happen_at_a_counter_ends_as_it_must_for_a_banks_customers(keys: Path, bank: str) -> None:
    outcomes = list(play_everywhere(load(COUNTER), keys, HOSTS, [bank]))
    assert [one for one in outcomes if one.wrong] == []
    assert {(one.host, one.way) for one in outcomes} == {
        ("unionpay", Kind.CHARGED),
        ("unionpay", Kind.SHOWN),
        ("unionpay_pos", Kind.CHARGED),
        ("qra", Kind.CHARGED),
        ("qra", Kind.SHOWN),
    }
