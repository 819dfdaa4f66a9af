import pytest

from firmware_sim.faults import BY_AMOUNT, FAULTS, SOUND, Act, Faults, named
from firmware_sim.ledger_words import Refusal
from terminal.scheme import Operation


def test_a_fault_is_played_once_by_the_call_it_was_armed_for() -> None:
    faults = Faults()
    faults.arm("lost_reply", Operation.PAY)
    assert faults.take(Operation.QUERY) is SOUND
    assert faults.take(Operation.PAY) is FAULTS["lost_reply"]
    assert faults.take(Operation.PAY) is SOUND


def test_faults_queue_up_and_any_call_takes_an_unbound_one() -> None:
    faults = Faults()
    faults.arm("close", Operation.QUERY)
    faults.arm("error_500")
    faults.arm("truncated", Operation.QUERY)
    assert faults.take(Operation.REVERSE) is FAULTS["error_500"]
    assert faults.take(Operation.QUERY) is FAULTS["close"]
    assert faults.waiting == (("truncated", Operation.QUERY),)
    faults.disarm()
    assert faults.waiting == ()


def test_a_fault_is_armed_over_a_control_address_any_number_of_times() -> None:
    faults = Faults()
    assert faults.arm_as_told({"name": "lost_reply", "operation": "query", "times": 2}) == {"armed": ["lost_reply"] * 2}
    assert faults.arm_as_told({"name": "refuse=risk"})["armed"] == ["lost_reply", "lost_reply", "refuse=risk"]
    for wrong in ({"name": "close", "times": "2"}, {"name": "close", "operation": "gossip"}, {}):
        with pytest.raises((ValueError, TypeError)):
            faults.arm_as_told(wrong)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gremlin", "no fault is called 'gremlin'; there are refuse, password, lost_request, close"),
        ("refuse", "say what a refusal is to say"),
        ("lost_reply=5", "other faults take nothing"),
    ],
)
def test_a_fault_that_is_none_is_refused_with_the_way_out(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Faults().arm(text)


def test_every_ending_names_a_fault_and_a_neutral_reason() -> None:
    assert all(len(ending) == 2 and ending.isdecimal() for ending in BY_AMOUNT)
    refusals = [fault.why for fault in map(named, BY_AMOUNT.values()) if fault.act is Act.REFUSE]
    assert set(refusals) <= set(Refusal)


def test_over_a_line_that_is_cut_nothing_arrives_whatever_else_was_armed() -> None:
    faults = Faults()
    faults.arm("lost_reply")
    faults.line_is_cut = True
    assert not faults.is_idle
    assert [faults.take(operation) for operation in (Operation.PAY, None)] == [named("close")] * 2
    faults.line_is_cut = False
    assert faults.take(Operation.PAY) == named("lost_reply"), "what was armed waits until the line is mended"
    assert faults.is_idle
