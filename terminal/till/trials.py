"""What each device is asked to do when somebody tries it out. Heavy rooms are known by type alone."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.errors import DeviceError
from terminal.money import Money
from terminal.receipt.customer_display import Kind, Shown, shown
from terminal.scanning.protocols.talk import Command, Outcome
from terminal.steps import Preview, Snapshot
from terminal.till.checks import Check

if TYPE_CHECKING:
    from terminal.scanning.serial_port import SerialSource
    from terminal.transport.display import DisplayLine
    from terminal.voice.speaker import Voice

SHOWN_S = 2.0  # real seconds: long enough to look round at the customer's display
TEST_WORD, TEST_AMOUNT = "TEST", Money(12_345_678)  # every place of eight digits
_SCANNER_DOES = (Command.IDENTIFY, Command.BEEP, Command.TRIGGER)
_UNANSWERED = {
    Outcome.REFUSED: "refused",
    Outcome.NO_ANSWER: "no answer",
    Outcome.NOT_SUPPORTED: "not known to this protocol",
}


def camera_check(newest: Callable[[], Preview | None]) -> Check:
    """What is in the picture now."""

    async def check() -> str:
        picture = newest()
        if picture is None:
            raise DeviceError("no picture has come from it yet")
        height, width = (round(side / picture.scale) for side in picture.pixels.shape)
        seen = ", ".join(code.label for code in picture.seen) or "no code in view"
        return f"{width} x {height}, {picture.frames_per_s:.0f} pictures a second; {seen}"

    return check


def scanner_check(source: "SerialSource") -> Check:
    """It says what it is, beeps, and looks for a code, as far as its protocol has words for that."""

    async def check() -> str:
        answers = [await asyncio.wrap_future(source.ask(command)) for command in _SCANNER_DOES]
        if all(one.outcome is Outcome.NO_ANSWER for one in answers):
            raise DeviceError("it does not answer: plug it in again")
        return "; ".join(f"{one.command}: {_UNANSWERED.get(one.outcome) or one.text or 'done'}" for one in answers)

    return check


def display_check(line: "DisplayLine", kind: Kind, snapshot: Callable[[], Snapshot]) -> Check:
    """All digits and a word for a moment, then what belongs there."""

    async def check() -> str:
        line.show(kind.encode(Shown(TEST_WORD, TEST_AMOUNT)))
        try:
            await asyncio.sleep(SHOWN_S)
        finally:
            line.show(kind.encode(shown(snapshot().step)))
        return f"it showed {TEST_AMOUNT.decimal} for {SHOWN_S:g} s: was every digit whole?"

    return check


def sound_check(voice: "Voice") -> Check:
    async def check() -> str:
        if not voice.player:
            raise DeviceError("nothing here plays sound: sudo apt install alsa-utils")
        voice.test()
        return f"a tone through {voice.player}" + (f", words through {voice.speaker}" if voice.speaker else "")

    return check
