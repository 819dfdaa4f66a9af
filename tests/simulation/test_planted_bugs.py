"""The simulation is not blind: bugs that are planted into the till are found. `make prove` plants them all."""

import planted_bugs as bugs
import prove_planted_bugs as prove
import pytest

QUICK = (
    "send before write",
    "commits not synced",
    "undo before write",
    "nothing is recovered at start",
    "more is given back than was paid",
    "kept without asking",
    "a code is kept in the books",
    "hashes are not chained",
)


def test_there_are_at_least_twenty_five() -> None:
    assert len({bug.name for bug in bugs.BUGS}) == len(bugs.BUGS) >= 25


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    bug = next(bug for bug in bugs.BUGS if bug.name == name)
    keys = tmp_path_factory.getbasetemp() / "keys"
    keys.mkdir(exist_ok=True)
    found = prove.hunt(bug, keys, "1")
    assert found.afternoon, f"{name} lives"
