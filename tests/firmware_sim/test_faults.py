import pytest

from firmware_sim.faults import FAULTS, SOUND, Faults
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


def test_an_unknown_fault_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="no fault is called 'gremlin'; there are lost_request, close"):
        Faults().arm("gremlin")
