"""The books on the screen: leafing, searching, a payment's story, giving back, the end of the day, the charts."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from terminal.books.listing import Listing
from terminal.books.settlement import totals
from terminal.errors import JournalDamaged
from terminal.model import Answer, Order, PaymentCode, Reason, State, Verdict
from terminal.money import Money
from terminal.steps import Moved, Notice, Phase, Settling, Stage
from terminal.till.due import Due
from terminal.tui.charts import BAR
from terminal.tui.screens.charts import ChartsScreen
from terminal.tui.screens.journal import JournalScreen
from terminal.tui.screens.payment import PaymentScreen, ReceiptScreen
from terminal.tui.screens.question import Question
from terminal.tui.screens.refund import RefundScreen
from terminal.tui.screens.sale import SaleScreen
from terminal.tui.screens.settle import SettleScreen
from terminal.tui.wording import Texts

SIZES = [(80, 24), (100, 30), (150, 42)]
SIZES_AND_LANGUAGES = pytest.mark.parametrize(
    ("size", "language"), [(size, language) for size in SIZES for language in ("en", "zh")], ids=str
)


def due(till: Any, name: str = "wechat", title: str = "WeChat Pay") -> Due:
    with closing(Listing(till.books)) as books:
        attempts = [one for one in books.attempts() if one.acquirer == name]
    return Due(name, title, date(2025, 11, 21), totals(attempts, ()), (), (), None, closes_batch=False)


async def opened(at: Any, key: str, screen: type) -> None:
    await at.press(key)
    await at.until(lambda: isinstance(at.app.screen, screen))


# --- every screen, size and language ----------------------------------------------------------------------


@SIZES_AND_LANGUAGES
async def test_every_screen_of_the_books_has_its_words_at_every_size(
    desk: Any, till: Any, books: Any, size: Any, language: Any
) -> None:
    texts = Texts(language)
    books(3)
    till.due = [due(till)]
    async with desk(size=size, language=language) as at:
        await opened(at, "f9", JournalScreen)
        await at.sees(texts("payments.title"), "37.50", texts("state.APPROVED"), "POS-3", texts("cap.open"))
        await opened(at, "enter", PaymentScreen)
        await at.sees("POS-3", texts("story.events"), texts("story.wire"), texts("cap.receipt"))
        await opened(at, "f6", RefundScreen)
        await at.sees(texts("refund.title"), texts("refund.left"), "37.50", texts("cap.refund"))
        await at.press("escape", "escape", "escape")
        await opened(at, "f10", SettleScreen)
        await at.sees(texts("settle.title"), texts("wallet.WeChat Pay"), "75.00", texts("settle.not_yet"))
        await at.press("escape")
        await opened(at, "g", ChartsScreen)
        await at.sees(texts("charts.by_hour"), texts("charts.taken"), BAR)
        assert len(at.text.splitlines()) == size[1]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_empty_screen_says_what_to_do(desk: Any, till: Any, language: Any) -> None:
    texts = Texts(language)
    async with desk(language=language) as at:
        for key, words in (
            ("f9", texts.lines("payments.none")),
            ("f10", texts.lines("settle.none")),
            ("g", texts.lines("charts.none")),
            ("minus", texts.lines("refund.how")),
        ):
            await at.press(key)
            await at.sees(*words)
            await at.press("escape")
            assert isinstance(at.app.screen, SaleScreen)


@pytest.mark.parametrize(
    ("key", "known_by", "wandered"),
    [
        ("f9", "POS-30", ["tab", "pagedown", "1"]),
        ("f10", "Alipay", ["down", "a"]),
        ("g", BAR, ["left", "end"]),
        ("f11", "camera 0", ["down", "enter"]),
    ],
)
async def test_a_screen_that_was_left_opens_as_new(
    desk: Any, till: Any, books: Any, key: str, known_by: str, wandered: list[str]
) -> None:
    """It is kept while it is closed, and nothing of what somebody did there."""
    books(30)
    till.due = [due(till), due(till, "alipay", "Alipay")]
    async with desk() as at:
        await at.press(key)
        await at.sees(known_by)
        new = at.text
        await at.press(*wandered)
        await at.until(lambda: at.text != new)
        while not isinstance(at.app.screen, SaleScreen):
            await at.press("escape")
        await at.press(key)
        await at.until(lambda: at.text == new)


@pytest.mark.parametrize("key", ["f9", "f10", "g"])
async def test_books_that_cannot_be_read_say_so(desk: Any, till: Any, mocker: Any, key: str) -> None:
    for name in ("page", "dues", "groups"):
        mocker.patch.object(till, name, side_effect=JournalDamaged("journal.db: damaged"))
    async with desk() as at:
        await at.press(key)
        await at.sees("The journal cannot be read: journal.db: damaged")


async def test_every_screen_of_the_books_gives_way_to_a_payment(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        for keys in (("f9",), ("f9", "enter"), ("f9", "enter", "enter"), ("f9", "f6"), ("f10",), ("g",), ("minus",)):
            await at.press(*keys[:1])
            await at.until(lambda: not isinstance(at.app.screen, SaleScreen))
            for key in keys[1:]:
                before = at.app.screen
                await at.sees("POS-1")
                await at.press(key)
                await at.until(lambda before=before: at.app.screen is not before)
            till.say(till.step(Phase.PROCESSING))
            await at.sees("PROCESSING")
            assert isinstance(at.app.screen, SaleScreen)
            till.say(till.step(Phase.IDLE))
            await at.sees("READY")


# --- the list ---------------------------------------------------------------------------------------------


def chosen(at: Any) -> str:
    """The row that the cursor is on."""
    return next(line for line in at.text.splitlines() if line.startswith("> "))


async def test_the_list_is_read_page_by_page_as_the_cursor_moves(desk: Any, till: Any, books: Any, mocker: Any) -> None:
    books(120)
    page = mocker.spy(till, "page")
    async with desk() as at:
        await at.press("f9")
        await at.sees("POS-120", "120 payments")
        assert page.call_args.args[2] < 24, "only what fits on the screen"
        await at.press("pagedown", "pagedown")
        await at.until(lambda: "POS-84" in chosen(at) or "POS-8" in chosen(at))
        await at.press("end")
        await at.until(lambda: "POS-1 " in chosen(at))
        await at.press("up", "home")
        await at.until(lambda: "POS-120" in chosen(at))


async def test_typing_searches_and_escape_shows_all_again(desk: Any, till: Any, books: Any) -> None:
    books(12)
    calls: list[str] = []
    async with desk() as at:
        at.app.bind("c", "extra('demo')", show=False)
        at.app.action_extra = calls.append
        await at.press("f9")
        await at.sees("POS-12")
        await at.press(*"0003")
        await at.sees("search: 0003_", "1 payment", "POS-3 ")
        assert "POS-12" not in at.text
        await at.press("backspace", "backspace", "backspace", "backspace")
        await at.sees("POS-12")
        await at.press(*"wec")
        await at.sees("search: wec_", "12 payments")
        await at.press("z")
        await at.sees("No payment fits")
        await at.press("escape")
        await at.sees("12 payments", "POS-12")
        assert isinstance(at.app.screen, JournalScreen)
        assert calls == [], "a letter that is searched for is no command"
        await at.press("escape")
        assert isinstance(at.app.screen, SaleScreen)


async def test_tab_and_finger_choose_what_is_shown(desk: Any, till: Any, books: Any) -> None:
    journal = books(2)
    order = Order("POS-3", "S3", Money(500), PaymentCode("wechat", "134567890123459999"), "wechat")
    journal.begin(order)
    journal.move("POS-3", State.CLOSED, Answer(Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS))
    async with desk() as at:
        await at.press("f9")
        await at.sees("POS-3", "declined")
        await at.press("tab", "tab")
        await at.sees("[Approved]", "POS-2")
        assert "POS-3" not in at.text
        await at.pilot.click(".filters", offset=(at.text.splitlines()[1].index("Declined"), 0))
        await at.sees("[Declined]", "POS-3")
        await at.press("tab")
        await at.sees("[Refunds]", "None of this kind")


async def test_a_finger_chooses_a_row_and_then_opens_it(desk: Any, till: Any, books: Any) -> None:
    books(3)
    async with desk() as at:
        await at.press("f9")
        await at.sees("POS-1")
        await at.pilot.click("Rows", offset=(10, 2))
        await at.until(lambda: "POS-2" in chosen(at))
        await at.pilot.click("Rows", offset=(10, 2))
        await at.until(lambda: isinstance(at.app.screen, PaymentScreen))
        await at.sees("POS-2")


async def test_what_moves_meanwhile_is_read_anew(desk: Any, till: Any, books: Any) -> None:
    journal = books(1)
    async with desk() as at:
        await at.press("f9")
        await at.sees("1 payment")
        journal.begin(Order("POS-9", "S9", Money(900), PaymentCode("alipay", "281234567890129999"), "alipay"))
        till.say(Moved("POS-9", State.INTENT))
        await at.sees("POS-9", "asked 16 min", "2 payments")
        assert "POS-9" in chosen(at), "what is open stands on top"


# --- one payment ------------------------------------------------------------------------------------------


async def test_a_payment_tells_its_story_and_its_conversation(desk: Any, till: Any, books: Any) -> None:
    books(1)
    till.receipt = "SAOMA SHOP\nCNY 12.50\n谢谢惠顾"
    async with desk(size=(100, 30)) as at:
        await at.press("f9")
        await at.sees("POS-1")
        await opened(at, "enter", PaymentScreen)
        await at.sees("asked", "approved        SUCCESS", "--> wechat  charge the code  POST /v3/pay")
        await at.sees("payer.auth_code  13************0001", "<-- HTTP 200 after 12 ms", "= approved")
        await at.press("p")
        await at.sees("A copy is being printed.")
        assert till.asked == [("reprint", "POS-1")]
        await opened(at, "enter", ReceiptScreen)
        await at.sees("RECEIPT POS-1", "SAOMA SHOP", "谢谢惠顾")
        await at.press("p", "escape", "escape", "escape")
        assert till.asked == [("reprint", "POS-1")] * 2
        assert isinstance(at.app.screen, SaleScreen)


async def test_a_long_story_is_scrolled_by_keys(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        await at.press("f9")
        await at.sees("POS-1")
        await opened(at, "enter", PaymentScreen)
        await at.sees("What became of it")
        await at.press("end")
        await at.sees("= approved")
        await at.press("home", "down", "pagedown", "pageup", "up", "home")
        await at.sees("What became of it", "CN¥12.50")


# --- giving back ------------------------------------------------------------------------------------------


async def test_a_number_that_is_typed_an_amount_and_a_yes_give_money_back(desk: Any, till: Any, books: Any) -> None:
    books(2)
    async with desk() as at:
        await opened(at, "minus", RefundScreen)
        await at.press(*"POS02")
        await at.sees("POS02_")
        await at.press("enter")
        await at.sees("No payment has the number POS02.")
        till.say(Notice("code.receipt", "POS-2"))
        await at.sees("CN¥25.00", "25.00   all of it")
        await at.press(*"1000")
        await at.sees("10.00_")
        await opened(at, "enter", Question)
        await at.sees("Give back CN¥10.00 of order POS-2?")
        await at.press("enter")
        assert till.asked == [], "a second press answers nothing"
        await at.press("y")
        await at.until(lambda: isinstance(at.app.screen, SaleScreen))
        assert till.asked == [("refund", "POS-2", Money(1000))]


async def test_more_than_is_left_is_refused_before_it_is_asked(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        await at.press("f9")
        await at.sees("POS-1")
        await opened(at, "f6", RefundScreen)
        await at.sees("CN¥12.50")
        await at.press(*"1251", "enter")
        await at.sees("At most CN¥12.50 is left of it.")
        await at.press("backspace", "escape")
        assert isinstance(at.app.screen, JournalScreen)
        assert till.asked == []


@pytest.mark.parametrize("answer", ["escape", "n"])
async def test_no_gives_nothing_back_and_leaves_the_form_as_it_was(
    desk: Any, till: Any, books: Any, answer: str
) -> None:
    books(1)
    async with desk() as at:
        await opened(at, "minus", RefundScreen)
        till.say(Notice("code.receipt", "POS-1"))
        await at.sees("all of it")
        await at.press("5", "enter", answer)
        await at.sees("0.05_")
        assert isinstance(at.app.screen, RefundScreen)
        assert till.asked == []


async def test_the_list_is_one_key_from_the_form_and_back(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        await opened(at, "minus", RefundScreen)
        await opened(at, "f9", JournalScreen)
        await at.sees("POS-1")
        await opened(at, "f6", RefundScreen)
        await opened(at, "f9", JournalScreen)
        await at.press("escape")
        assert isinstance(at.app.screen, SaleScreen)


async def test_a_receipt_scanned_at_the_sale_is_what_the_refund_key_takes_up(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        till.say(Notice("code.receipt", "POS-1"))
        await at.sees("Receipt of POS-1")
        await opened(at, "minus", RefundScreen)
        await at.sees("CN¥12.50", "WeChat Pay")


async def test_a_scanners_burst_types_nothing_into_the_form_or_the_search(desk: Any, till: Any, books: Any) -> None:
    books(1)
    async with desk() as at:
        for key in ("minus", "f9"):
            await at.press(key)
            at.burst("134567890123456789", gap_s=0.003)
            await at.settled()
            assert "1345" not in at.text
            await at.press("escape")
        assert till.asked == [("typed", "134567890123456789")] * 2


# --- the end of the day -----------------------------------------------------------------------------------


async def test_one_acquirer_or_all_are_settled_after_a_yes(desk: Any, till: Any, books: Any) -> None:
    books(1)
    till.due = [due(till), due(till, "alipay", "Alipay")]
    async with desk() as at:
        await opened(at, "f10", SettleScreen)
        await at.sees("WeChat Pay", "Alipay")
        await at.press("down", "enter")
        await at.sees("Settle with Alipay now?")
        await at.press("y", "a", "y")
        await at.until(lambda: till.asked == [("settle", "alipay"), ("settle", "")])
        assert isinstance(at.app.screen, SettleScreen)


async def test_a_bar_runs_while_it_is_settled_and_then_the_outcome_is_read(desk: Any, till: Any, books: Any) -> None:
    journal = books(1)
    till.due = [due(till)]
    async with desk() as at:
        await opened(at, "f10", SettleScreen)
        await at.sees("Not settled yet")
        for stage in (Stage.FETCHING, Stage.MATCHING):
            moved = Settling("wechat", 1, 1, stage)
            till.state = replace(till.state, settling=moved)
            till.say(moved)
            await at.sees(Texts("en")(f"settle.stage.{stage}"), "wechat 1/1", "[█")
        journal.note("", "SETTLED", {"acquirer": "wechat", "day": "2025-11-21", "agrees": True, "matched": 7})
        till.due = [replace(due(till), settled=journal.entries(last=1)[0])]
        till.state = replace(till.state, settling=None)
        till.say(Notice("settle.agrees", "wechat 2025-11-21: 7"))
        till.say(Settling("wechat", 1, 1, Stage.DONE))
        await at.sees("Settled, the books agree", "7 matched", "agrees")
        assert "[#" not in at.text


async def test_a_refusal_of_the_till_is_said_on_the_screen(desk: Any, till: Any, books: Any) -> None:
    books(1)
    till.due = [due(till)]
    async with desk() as at:
        await opened(at, "f10", SettleScreen)
        till.say(Notice("settle.none", "wechat: no bill yet"))
        await at.sees("Not settled: wechat: no bill yet")


@pytest.mark.parametrize("key", ["f9", "f10", "g", "minus"])
async def test_the_books_stay_closed_while_somebody_pays(desk: Any, till: Any, key: str) -> None:
    till.state = replace(till.state, step=till.step(Phase.CONFIRMING))
    async with desk() as at:
        await at.press(key)
        assert isinstance(at.app.screen, SaleScreen)


# --- the charts -------------------------------------------------------------------------------------------


async def test_the_day_and_the_days_before_it(desk: Any, till: Any, books: Any) -> None:
    books(2)
    async with desk() as at:
        await opened(at, "g", ChartsScreen)
        await at.sees("Taken", "2 payments", "Yesterday, by now", "WeChat Pay", "100 %  2 of 2")
        await at.press("left")
        await at.sees("No payment on this day", "The day before")
        await at.press("right", "right")
        await at.sees("Yesterday, by now")
