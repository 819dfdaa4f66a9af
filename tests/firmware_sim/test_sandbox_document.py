"""docs/sandbox.md says what there is, and there is what it says."""

import dataclasses
import re
import tomllib
from pathlib import Path

from firmware_sim.__main__ import _told
from firmware_sim.acquirers import Acquirers
from firmware_sim.crowd import TRAITS
from firmware_sim.faults import BY_AMOUNT, FAULTS, NOTICE_FAULTS
from firmware_sim.hosts.every import HOSTS
from firmware_sim.sandbox import Sandbox
from firmware_sim.stories import CODES, Step
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock
from terminal.config import from_table
from terminal.schemes import SETTINGS

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def _rows(title: str) -> dict[str, str]:
    """The tables' rows: the first cell, without its marks, and the second."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]*) \|", _section(title), re.MULTILINE)
    return {name.strip().replace("`", ""): rest.strip() for name, rest in rows}


def test_every_fault_is_there_in_its_own_words() -> None:
    told = {name: says for name, says in _rows("Faults").items() if not name.isdecimal()}
    assert told == {name: fault.says for name, fault in FAULTS.items()}


def test_every_ending_of_an_amount_is_there() -> None:
    told = re.findall(r"`(\d\d)` \| `([^`]+)`", _section("Faults"))
    assert dict(told) == dict(BY_AMOUNT)


def test_everything_that_becomes_of_a_notice_is_there_in_its_own_words() -> None:
    assert _rows("Notices") == dict(NOTICE_FAULTS)


def test_every_host_command_trait_wallet_and_key_is_there() -> None:
    hosts = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", TEXT.split("## Customers")[0], re.MULTILINE)
    assert sorted(hosts) == sorted(HOSTS)
    commands = {
        name for name, value in vars(Acquirers).items() if f"`/{name}`" in _section("The control address") and value
    }
    assert commands >= {
        "code",
        "scan",
        "fault",
        "disarm",
        "line",
        "notice",
        "notices",
        "resend",
        "books",
        "positions",
        "settle",
    }
    customers = _section("Customers")
    assert all(f"`{trait}`" in customers for trait in (*TRAITS, "balance_fen", "currency", "customer"))
    assert all(f"`{wallet}`" in customers for wallet in WALLETS)
    stories = _section("Stories")
    assert all(f"`{field.name}" in stories for field in dataclasses.fields(Step))
    assert all(f"`{code}`" in stories for code in CODES)


async def test_what_it_prints_for_people_is_what_a_till_is_configured_with(tmp_path: Path) -> None:
    async with Sandbox(tmp_path, clock=Clock()).running() as ready:
        text = _told(ready).partition("# The same for `saoma run --config FILE`:")[2].partition("docs/sandbox.md")[0]
    config = from_table(tomllib.loads(text), "what it prints", tmp_path, SETTINGS)
    assert [one.scheme for one in config.acquirer] == [one["scheme"] for one in ready["acquirer"]]
