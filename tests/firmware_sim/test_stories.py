"""Stories: read strictly, and played by the till's own flow at every host; what ends otherwise than told is found."""

from pathlib import Path

import pytest

from firmware_sim.hosts.every import HOSTS
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Kind
from firmware_sim.stage import Outcome, Stage, play_everywhere
from firmware_sim.stories import Ending, Fault, Step, Story, load
from terminal.errors import ConfigError
from terminal.model import Reason, State, Verdict
from terminal.scheme import Operation

COUNTER = Path(__file__).parents[2] / "configs" / "stories" / "counter.toml"
GOOD = Ending((Verdict.APPROVED,), state=State.APPROVED)
NETWORKS = ["wechat", "alipay", "unionpay", "alipayplus"]  # the banks fare as UnionPay's own app does


def _play(keys: Path, *steps: Step, host: str = "wechat", wallet: str = "wechat") -> list[Outcome]:
    return list(play_everywhere(Story("ours", steps), keys, [host], [wallet]))


# --- playing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS)
def test_everything_that_can_happen_at_a_counter_ends_as_it_must_at_every_host(keys: Path, host: str) -> None:
    outcomes = list(play_everywhere(load(COUNTER), keys, [host], NETWORKS))
    assert [one for one in outcomes if one.wrong] == []
    assert len(outcomes) >= len([step for step in load(COUNTER).steps if Kind.CHARGED in step.ways]) - 1


def test_a_banks_customers_fare_as_unionpays_do(keys: Path) -> None:
    outcomes = list(play_everywhere(load(COUNTER), keys, ["unionpay"], ["ccb"]))
    assert [one for one in outcomes if one.wrong] == []
    assert {one.way for one in outcomes} == {Kind.CHARGED, Kind.SHOWN}


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step("v", Ending((Verdict.DECLINED,))), "the verdict is approved"),
        (Step("r", Ending((Verdict.APPROVED,), (Reason.RISK,))), "the reason is none"),
        (Step("s", Ending((Verdict.APPROVED,), state=State.CLOSED)), "it is APPROVED in the end"),
        (Step("f", GOOD, faults=(Fault("close", Operation.REFUND),)), "no fault of the step's was met"),
    ],
)
def test_a_step_that_ends_otherwise_than_told_is_found(keys: Path, step: Step, says: str) -> None:
    for outcome in _play(keys, step):
        assert any(says in what for what in outcome.wrong), outcome


def test_books_that_do_not_agree_are_found_whatever_was_told(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that pays twice what it is asked: nobody told the story that this cannot be."""
    pay = Ledger._move

    def doubled(self: Ledger, source: str, target: str, amount: int, *rest: object) -> None:
        pay(self, source, target, amount * (2 if rest[-1] == "pay" else 1), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "_move", doubled)
    for outcome in _play(keys, Step("doubled", GOOD)):
        assert any("the acquirer has 2468 fen of it and not 1234" in what for what in outcome.wrong), outcome


def test_waits_take_no_time_and_are_told_on_the_stages_clock(keys: Path) -> None:
    stage = Stage(HOSTS["wechat"], keys)
    step = Step(
        "cancelled", Ending((Verdict.REVERSED,)), ways=(Kind.SHOWN,), scans_after_s=None, cancelled_after_s=30.0
    )
    (outcome,) = stage.play(Story("ours", (step,)), ["wechat"])
    assert outcome.reason is Reason.CANCELLED
    assert stage._clock.monotonic() >= 30
    stage.close()


def test_a_host_that_there_is_not_is_refused_with_those_there_are(keys: Path) -> None:
    with pytest.raises(ConfigError, match="no host is called paypal; there are wechat, wechat_v2"):
        _play(keys, Step("never", GOOD), host="paypal")


# --- reading ---------------------------------------------------------------------------------------------


def _file(folder: Path, text: str) -> Path:
    file = folder / "story.toml"
    file.write_text(text)
    return file


def test_a_step_is_read_with_all_its_keys(tmp_path: Path) -> None:
    story = load(
        _file(
            tmp_path,
            """
            [[step]]
            name = "all of it"
            ways = ["shown"]
            not_at = ["qra"]
            amount_fen = 5
            refund_fen = 2
            customer = { needs_password = true, types_after_s = false }
            code = "used"
            faults = [{ name = "refuse=risk", on = "pay", times = 2 }]
            host_is_down = true
            cancelled_after_s = 8
            scans_after_s = false
            ends = { verdict = "approved", reason = ["risk", "other"], state = "APPROVED" }
            ends_at.alipay = { verdict = ["declined", "reversed"] }
            """,
        )
    )
    assert story == Story(
        "story",
        (
            Step(
                "all of it",
                Ending((Verdict.APPROVED,), (Reason.RISK, Reason.OTHER), State.APPROVED),
                {"alipay": Ending((Verdict.DECLINED, Verdict.REVERSED))},
                (Kind.SHOWN,),
                ("qra",),
                5,
                {"needs_password": True, "types_after_s": None},
                "used",
                (Fault("refuse=risk", Operation.PAY, 2),),
                True,
                8.0,
                None,
                2,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 'no steps'", "a story has steps"),
        ("step = 5", "a story has steps"),
        ("[[step]]\nname = 'a'", "step 1 .a.: name and ends are needed"),
        ("[[step]]\nends = { verdict = 'approved' }", "step 1 .without a name.: name and ends"),
        ("[[step]]\nname = 'a'\nmood = 'good'", "step 1: mood: unknown; allowed are name, ends"),
        ("[[step]]\nname = 'a'\nends = { verdict = 'fine' }", "'fine' is not a valid Verdict"),
        ("[[step]]\nname = 'a'\nends = {}\ncode = 'old'", "code = 'old'; there are fresh"),
        ("[[step]]\nname = 'a'\nends = {}\nways = ['back']", "'back' is not a valid Kind"),
        ("[[step]]\nname = 'a'\nends = {}\nfaults = [{name = 'gremlin', on = 'pay'}]", "no fault is called 'gremlin'"),
        ("[[step]]\nname = 'a'\nends = {}\nfaults = [5]", "a table is wanted"),
        ("[[step]]\nname = 'a'\nends = {}\nfaults = [{name = 'close'}]", "an operation that it is on"),
        ("[[step]", "cannot be read as TOML"),
    ],
)
def test_a_story_that_cannot_be_played_says_where_and_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(_file(tmp_path, text))


def test_a_story_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "missing.toml")
