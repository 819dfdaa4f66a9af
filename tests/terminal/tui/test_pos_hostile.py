"""Text from outside, on every place of the screen: shown, never obeyed."""

from dataclasses import replace
from typing import Any

import pytest
from textual import events

from terminal.steps import DeviceKind, DeviceState, Notice, Phase
from terminal.tui.bridge import Extra
from terminal.tui.screens.payment import ReceiptScreen
from terminal.tui.widgets.preview import PreviewPane

HOSTILE = [
    "[/]",
    "[red]x[/red]",
    "a[/b]c",
    "[@click=app.exit]z[/]",
    "\x1b]0;PWNED\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\u202eevil\u2066",
    "a\x00b\x7f",
    "e\u0301" * 40,
    "\u2028\u2029",
    "\U000e0041\ufe0f\u200d",
    "{wallet} {0} %s",
    "微" * 3000,
    "\\[red] \\",
    "\r\n\t\v",
    "$text [$primary]",
    "[link=file:///etc/passwd]x[/link]",
    "\ud800",
    "",
]


def controls_in(text: str) -> set[str]:
    return {character for character in text if not character.isprintable()} - {"\n"}


@pytest.mark.parametrize("texts", [HOSTILE[start::5] for start in range(5)], ids=range(5))
async def test_hostile_text_is_shown_and_never_obeyed(
    desk: Any, till: Any, make_picture: Any, texts: list[str]
) -> None:
    extras = [Extra(key, f"x{key}", text, text, lambda: None) for key, text in zip("bcdg", texts, strict=True)]
    async with desk(shop=texts[0], extras=extras) as at:
        for text in texts:
            scanner = DeviceState(DeviceKind.SCANNER, text, up=False, detail=text)
            camera = replace(scanner, kind=DeviceKind.CAMERA)
            till.state = replace(till.state, devices=(scanner, camera))
            till.picture = make_picture(label=text, corners=((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)))
            for event in (Notice("code.goods", text), Notice(text, text), scanner, camera):
                till.say(event)
                await at.pilot.pause()
                assert controls_in(at.text) == set()
            for phase in (Phase.AWAIT_CODE, Phase.CONFIRMING, Phase.DECLINED, Phase.UNKNOWN):
                till.say(replace(till.step(phase), wallet=text, code=text, said=text, order_id=text))
                await at.until(lambda phase=phase: at.app.phase is phase)
                at.app.screen.query_one(PreviewPane).look()
                await at.pilot.pause()
                assert controls_in(at.text) == set()


async def test_hostile_books_are_shown_on_all_their_screens(desk: Any, till: Any, books: Any) -> None:
    async with desk() as at:
        for text in HOSTILE[::3]:
            books(1, said=text.encode("utf-8", "replace").decode())
            till.receipt = text
            await at.press("f9")
            await at.sees("POS-1")
            assert controls_in(at.text) == set()
            await at.press("enter")
            await at.sees("What was said")
            assert controls_in(at.text) == set()
            await at.press("enter")
            await at.until(lambda: isinstance(at.app.screen, ReceiptScreen))
            await at.pilot.pause()
            assert controls_in(at.text) == set()
            await at.press("escape", "escape", "escape")


async def test_a_hostile_receipt_that_is_scanned_is_shown(desk: Any, till: Any) -> None:
    async with desk() as at:
        await at.press("minus")
        for text in HOSTILE:
            till.say(Notice("code.receipt", text))
            await at.pilot.pause()
            assert controls_in(at.text) == set()


async def test_pasted_text_moves_nothing(desk: Any, till: Any) -> None:
    async with desk() as at:
        at.app.post_message(events.Paste("1250\n"))
        await at.settled()
        assert till.asked == []
        assert at.app.sale_screen.sale.typed == ""
