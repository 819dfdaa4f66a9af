import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_sim.devices.display import Glass, Led8, PtyDisplay, Vfd
from terminal.money import Money
from terminal.receipt.customer_display import KINDS, shown
from terminal.steps import DeviceState, Phase, Step
from terminal.transport.display import DisplayLine

DEADLINE_S = 60.0
TOTAL, PAID = (shown(Step(phase, Money(1250))) for phase in (Phase.AWAIT_CODE, Phase.APPROVED))
States = queue.Queue[DeviceState]


@contextmanager
def writing_to(port: Path | str, kind: str, baud: int | None = None) -> Iterator[tuple[DisplayLine, States]]:
    states: States = queue.Queue()
    made = KINDS[kind]
    line = DisplayLine(str(port), baud=baud or made.baud, start=made.start, on_state=states.put)
    line.start()
    try:
        yield line, states
    finally:
        line.stop()


@pytest.mark.parametrize(("kind", "glass", "word"), [("vfd", Vfd(), "SHOW YOUR CODE"), ("led8", Led8(), "total")])
def test_amount_and_word_are_shown(tmp_path: Path, kind: str, glass: Glass, word: str) -> None:
    with PtyDisplay(tmp_path / "display", glass) as display, writing_to(display.link, kind) as (line, states):
        line.show(KINDS[kind].encode(TOTAL))
        assert any("12.50" in text for text in display.wait_for(word, timeout_s=DEADLINE_S))
        assert states.get(timeout=DEADLINE_S).up


def test_pulled_out_it_is_said_and_put_back_it_shows_the_newest(tmp_path: Path) -> None:
    with PtyDisplay(tmp_path / "display", Vfd()) as display, writing_to(display.link, "vfd") as (line, states):
        line.show(KINDS["vfd"].encode(TOTAL))
        display.wait_for("SHOW YOUR CODE", timeout_s=DEADLINE_S)
        assert states.get(timeout=DEADLINE_S).up
        display.unplug()
        gone = states.get(timeout=DEADLINE_S)
        assert not gone.up
        assert "plug the display in" in gone.detail
        line.show(KINDS["vfd"].encode(PAID))
        display.plug()
        display.wait_for("PAID. THANK YOU", timeout_s=DEADLINE_S)


def test_a_display_at_another_speed_shows_nothing_that_can_be_read(tmp_path: Path) -> None:
    with PtyDisplay(tmp_path / "display", Vfd()) as display, writing_to(display.link, "vfd", baud=2400) as (line, _):
        line.show(KINDS["vfd"].encode(TOTAL))
        assert "12.50" not in "".join(display.wait_for("\ufffd", timeout_s=DEADLINE_S))


def test_waiting_for_what_is_never_shown_ends(tmp_path: Path) -> None:
    with PtyDisplay(tmp_path / "display", Vfd()) as display, pytest.raises(TimeoutError, match="is not shown"):
        display.wait_for("PAID", timeout_s=0.01)


def test_an_address_that_is_none_is_said() -> None:
    with writing_to("nonsense://here", "vfd") as (_, states):
        assert not states.get(timeout=DEADLINE_S).up
