"""Beside a demo's till: what the panel shows of the phone, the books and the wire, and what the narrator says."""

import json
from collections.abc import Mapping
from dataclasses import replace
from gettext import GNUTranslations
from importlib.resources import files
from typing import Any, get_args

import pytest
from rich.cells import cell_len

from terminal.books.conversation import Exchange
from terminal.money import Money
from terminal.steps import Phase, Step
from terminal.tui.bridge import Extra
from terminal.tui.tour import CAPS, Customer, Line, Scene, rows, told
from terminal.tui.widgets.tour import Beside
from terminal.tui.wording import Language, Texts

EN = Texts("en")
MONEY = Money(1250)
ALIPAY = Customer(4, "Alipay", "lost_reply", "camera", MONEY, "28************5204", "paid")
KEYS = [("C", "Next customer"), ("K", "Pull the plug"), ("Z", "Cut the line")]


def exchange(operation: str = "pay", said: Mapping[str, str] | None = None, **more: Any) -> Exchange:
    asked = {"app_id": "2021", "out_trade_no": "POS010000100008518R", "auth_code": "28************5204", "sign": "x"}
    answered = {"code": "10000", "trade_status": "TRADE_SUCCESS", "sign": "y"} if said is None else said
    facts: dict[str, Any] = {"took_ms": 19, "status": 200, "meant": ("approved",)}
    place = {"order_id": "POS1", "wall_ms": 0, "acquirer": "alipay", "method": "POST", "path": "/gateway.do"}
    return Exchange(**{**facts, **place, "operation": operation, "asked": asked, "said": answered, **more})


def scene(phase: Phase, **more: Any) -> Scene:
    return replace(Scene(Step(phase, MONEY, "POS1"), ALIPAY), **more)


def panel(seen: Scene, width: int = 36, height: int = 21, texts: Texts = EN) -> str:
    return "\n".join(row.text for row in rows(seen, KEYS, texts, width, height))


# --- the panel -------------------------------------------------------------------------------------------


def test_phone_books_and_wire_are_shown_together() -> None:
    line = Line("alipay", "POS010000100008518R", MONEY, "paid", Money(0))
    text = panel(scene(Phase.CHECKING, line=line, wire=(exchange(),)))
    for words in ("Alipay, customer 4", "PAID CNY 12.50", "alipay  POS010000100008518R", "CNY 12.50  PAID"):
        assert words in text
    assert "--> charge the code  alipay" in text
    assert "out_trade_no POS010000100008518R" in text
    assert "<-- 19 ms  200  approved" in text
    assert "trade_status TRADE_SUCCESS" in text
    assert "sign" not in text, "of a message only what says something"


def test_no_answer_is_said_and_a_notice_comes_from_the_other_side() -> None:
    silence = exchange(said={}, status=0, took_ms=5003, meant=("unknown", "no_answer"))
    assert "--x 5003 ms  no answer" in panel(scene(Phase.CHECKING, wire=(silence,)))
    notice = panel(scene(Phase.SHOWING, wire=(exchange("notice", meant=()),)))
    assert "<-- notice  alipay" in notice
    assert "--> 19 ms  200" in notice


def test_of_a_long_conversation_the_newest_messages_stand_there_whole() -> None:
    wire = tuple(exchange(f"query{number}") for number in range(9))
    text = panel(scene(Phase.CHECKING, wire=wire))
    assert "query8" in text
    assert "query0" not in text
    assert text.count("--> query") == text.count("<-- ")


def test_a_question_that_is_on_its_way_is_an_arrow_already() -> None:
    assert "--> charge the code ..." in panel(scene(Phase.PROCESSING))
    scans = replace(ALIPAY, way="screen")
    assert "--> ask for a code to show ..." in panel(scene(Phase.PROCESSING, customer=scans))


@pytest.mark.parametrize("height", range(30))
@pytest.mark.parametrize("width", [10, 36, 44])
def test_a_panel_of_any_size_has_no_more_rows_than_it_is_high(width: int, height: int) -> None:
    assert len(rows(scene(Phase.CHECKING, wire=(exchange(),) * 3), KEYS, EN, width, height)) <= height


def test_nobody_at_the_counter_is_said() -> None:
    text = panel(Scene(Step(Phase.IDLE)))
    for words in ("nobody is at the counter", "no order yet", "nothing was said yet", "K Pull the plug"):
        assert words in text
    assert "THE LINE IS CUT" in panel(Scene(Step(Phase.IDLE), is_cut=True))


@pytest.mark.parametrize("texts", [EN, EN.other])
@pytest.mark.parametrize("face", ["pocket", "code", "password", "paid", "refused", "given_back"])
@pytest.mark.parametrize("state", ["open", "paid", "failed", "closed", "reversed"])
def test_every_face_and_every_state_has_its_words(face: str, state: str, texts: Texts) -> None:
    line = Line("wechat", "POS1", MONEY, state, Money(100))
    assert "{" not in panel(scene(Phase.IDLE, customer=replace(ALIPAY, face=face), line=line), texts=texts)


def test_why_a_phone_did_not_pay_is_said_in_the_cashiers_language() -> None:
    broke = replace(ALIPAY, face="refused", why="insufficient_funds")
    assert "not enough money" in panel(scene(Phase.DECLINED, customer=broke))
    assert "余额不足" in panel(scene(Phase.DECLINED, customer=broke), texts=EN.other)
    assert "day limit" in panel(scene(Phase.DECLINED, customer=replace(broke, why="over_day_limit")))


# --- the narrator ----------------------------------------------------------------------------------------


def test_the_narrator_says_what_happens_and_why_it_matters() -> None:
    assert "never charges twice" in told(scene(Phase.CHECKING), EN)
    assert "charged once, and it is booked once" in told(scene(Phase.APPROVED), EN)
    assert "real pixels" in told(scene(Phase.AWAIT_CODE), EN)
    assert "universal" in told(scene(Phase.SHOWING, shows="universal"), EN)
    assert told(scene(Phase.DECLINED, leg=5, legs=6), EN).startswith("5/6  The bank says no")
    assert "no money" in told(scene(Phase.IDLE, coming="broke"), EN)
    assert "cut" in told(scene(Phase.PROCESSING, is_cut=True), EN)
    assert "tour is over" in told(scene(Phase.IDLE), EN)


def test_the_story_of_the_plug_is_told_to_its_end() -> None:
    assert "SIGKILL" in told(scene(Phase.AWAIT_CODE, plug=True), EN)
    assert "kill -9" in told(scene(Phase.PROCESSING, plug=True), EN)
    back = {"is_recovering": True}
    assert "journal knows" in told(scene(Phase.CHECKING, **back), EN)
    assert "not charged again" in told(scene(Phase.FOUND, **back), EN)
    assert "Nothing lost" in told(scene(Phase.APPROVED, **back), EN)


@pytest.mark.parametrize("way", ["camera", "scanner", "screen"])
@pytest.mark.parametrize("story", ["straight", "broke", "slow", "no_password", "lost_reply", "deaf_line", "late_reply"])
def test_no_moment_of_a_tours_payment_is_without_a_sentence(way: str, story: str) -> None:
    customer = replace(ALIPAY, way=way, story=story)
    silent = {Phase.HELD, Phase.FOUND, Phase.RECEIVED, Phase.PART_PAID, Phase.REFUNDING, Phase.REFUNDED, Phase.REFUSED}
    awaits = set() if way != "screen" else {Phase.AWAIT_CODE}  # whoever scans shows nothing
    for phase in set(Phase) - silent - awaits:
        assert told(scene(phase, customer=customer), EN), phase


@pytest.mark.parametrize("language", get_args(Language))
def test_every_sentence_fits_a_narrow_screen(language: Language) -> None:
    with files("terminal.tui").joinpath("locales", language, "LC_MESSAGES", "saoma.mo").open("rb") as file:
        catalogue: dict[str, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    sentences = {name: text for name, text in catalogue.items() if str(name).startswith("tour.told.")}
    assert len(sentences) >= 30
    for name, text in sentences.items():
        assert cell_len(f" 1/6  {text.format(**CAPS)}") <= 80, name


# --- on the screen ---------------------------------------------------------------------------------------


def beside(seen: Scene) -> tuple[Beside, tuple[Extra, ...]]:
    pane = Beside(lambda: seen, [Extra("k", "demo.plug", "Pull the plug", "拔电源", lambda: None)], "o")
    return pane, (Extra("o", "demo.panel", "Panel", "侧栏", pane.toggle),)


async def test_a_wide_screen_shows_the_panel_and_a_narrow_one_when_asked(desk: Any) -> None:
    pane, extras = beside(scene(Phase.CHECKING, wire=(exchange(),)))
    async with desk(size=(100, 30), beside=pane, extras=extras) as at:
        await at.sees("Alipay, customer 4", "--> charge the code  alipay", "never charges twice", "K Pull the plug")
        await at.press("o")
        await at.until(lambda: "Alipay, customer 4" not in at.text)
        await at.sees("never charges twice")
    pane, extras = beside(scene(Phase.CHECKING, wire=(exchange(),)))
    async with desk(size=(80, 24), beside=pane, extras=extras) as at:
        await at.sees("never charges twice")
        assert "Alipay, customer 4" not in at.text
        await at.press("o")
        await at.sees("Alipay, customer 4", "--> charge the code  alipay")


async def test_the_panel_speaks_the_cashiers_language(desk: Any) -> None:
    pane, extras = beside(scene(Phase.CHECKING))
    async with desk(size=(100, 30), beside=pane, extras=extras, language="zh") as at:
        await at.sees("顾客手机", "绝不重复扣款")
        await at.press("ctrl+l")
        await at.sees("never charges twice")


async def test_what_acquirers_say_is_shown_and_not_obeyed(desk: Any) -> None:
    said = {"code": "[b]\x1b[2J[/b]", "msg": json.dumps("\u202e$x")}
    pane, extras = beside(scene(Phase.CHECKING, wire=(exchange(said=said),)))
    async with desk(size=(100, 30), beside=pane, extras=extras) as at:
        await at.sees("code [b]?[2J[/b]")
        assert "\x1b" not in at.text


@pytest.mark.parametrize("code", ["https://qr.alipay.com/bax01234567890abcdef0", "0" * 5 + "Universal " * 12])
async def test_a_code_of_the_tills_has_room_beside_the_panel(desk: Any, till: Any, code: str) -> None:
    shows = replace(till.step(Phase.SHOWING), shown_code=code)
    till.state = replace(till.state, step=shows)
    pane, extras = beside(Scene(shows, ALIPAY))
    async with desk(size=(100, 30), beside=pane, extras=extras) as at:
        await at.sees("Alipay, customer 4")
        await at.until(lambda: "Too small" not in at.text)


async def test_on_a_narrow_screen_the_panel_makes_way_for_a_code_of_the_tills(desk: Any, till: Any) -> None:
    shows = replace(till.step(Phase.SHOWING), shown_code="https://qr.alipay.com/bax01234567890abcdef0")
    pane, extras = beside(Scene(till.state.step, ALIPAY))
    async with desk(size=(80, 24), beside=pane, extras=extras) as at:
        await at.press("o")
        await at.sees("Alipay, customer 4")
        pane._scene = lambda: Scene(shows, ALIPAY)
        till.state = replace(till.state, step=shows)
        await at.until(lambda: "Alipay, customer 4" not in at.text)
        pane._scene = lambda: Scene(till.step(Phase.IDLE), ALIPAY)
        await at.sees("Alipay, customer 4")


@pytest.mark.parametrize("texts", [EN, Texts("zh")], ids=["en", "zh"])
def test_the_narrator_names_the_keys_as_they_are_laid(texts: Texts) -> None:
    caps = dict.fromkeys(CAPS, "^Y")
    for seen in (
        scene(Phase.IDLE, leg=1, legs=6),
        scene(Phase.PROCESSING, is_cut=True),
        scene(Phase.IDLE, is_cut=True),
    ):
        assert "^Y" in told(seen, texts, **caps)
        assert "^Y" not in told(seen, texts)
