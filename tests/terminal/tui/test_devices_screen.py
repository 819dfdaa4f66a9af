"""The devices on the screen: how each is, since when, and what came of trying it out."""

from dataclasses import replace
from typing import Any

import pytest

from terminal.steps import DeviceKind, DeviceState, Notice, Phase, Tried
from terminal.tui.devices import device_lines
from terminal.tui.screens.devices import DevicesScreen
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.wording import Texts

CAMERA = (DeviceKind.CAMERA, "camera 0")


def test_a_device_that_has_not_spoken_is_listed_and_not_called_well() -> None:
    (line,) = device_lines([], [CAMERA], [], Texts("en"))
    assert line.state == "? not asked"


def test_what_came_of_a_test_stands_in_place_of_the_last_word() -> None:
    state = DeviceState(*CAMERA, up=True, detail="its lens is dirty", since_s=1_763_812_800.0)
    tested = Tried(*CAMERA, passed=False, said="no picture", took_ms=12.4)
    (line,) = device_lines([state], [CAMERA], [tested], Texts("en"))
    assert line.said == "FAILED after 12 ms: no picture"
    assert len(line.since) == len("12:34")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (150, 42)], ids=str)
async def test_every_device_stands_there_with_its_sign(desk: Any, till: Any, size: Any, language: Any) -> None:
    texts = Texts(language)
    async with desk(size=size, language=language) as at:
        await at.press("f11")
        await at.sees(texts("devices.title"), "camera 0", "/dev/ttyACM0", texts("devices.down"))
        assert not at.strange(language)
        assert texts("devices.unknown") in at.text  # the sound


async def test_a_test_is_one_key_and_its_answer_is_shown(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("v")
        await at.until(lambda: isinstance(at.app.screen, DevicesScreen))
        await at.press("t")
        await at.sees("Trying camera 0 ...")
        assert till.asked == [("test", *CAMERA)]
        till.say(Tried(*CAMERA, passed=True, said="640 x 480, QR 13***4321", took_ms=3.0))
        await at.sees("passed in 3 ms: 640 x 480, QR 13***4321")
        till.say(Notice("test.paying"))
        await at.sees("Not while paying")


async def test_a_pulled_plug_is_seen_while_the_screen_is_open(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("f11")
        gone = DeviceState(*CAMERA, up=False, detail="unplugged: plug it in again")
        till.state = replace(till.state, devices=(gone,))
        till.say(gone)
        await at.sees("- not there", "unplugged: plug it in")


async def test_what_a_device_says_of_itself_is_shown_and_not_obeyed(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("f11")
        till.say(Tried(*CAMERA, passed=True, said="\x1b]0;PWNED [/] [red]x", took_ms=3.0))
        await at.sees("?]0;PWNED [/] [red]x")
        assert "\x1b" not in at.text


async def test_a_payment_comes_forward_over_the_devices(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("f11")
        till.say(till.step(Phase.PROCESSING))
        await at.until(lambda: isinstance(at.app.screen, SaleScreen))
