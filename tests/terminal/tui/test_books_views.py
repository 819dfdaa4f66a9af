"""What the books' screens say, without a screen: rows, stories, refunds, settlement and charts, in both languages."""

from dataclasses import replace
from datetime import date

import pytest
from rich.cells import cell_len

from terminal.books.conversation import Exchange
from terminal.books.listing import Group, Page, PaymentLine, Show, Story, Word
from terminal.books.settlement import totals
from terminal.books.standing import Attempt, RefundLine
from terminal.model import Entry, RefundState, State
from terminal.money import CNY, Money
from terminal.steps import Settling, Stage
from terminal.till.due import Due
from terminal.tui import charts, settlement, story
from terminal.tui.charts import BAR, DayFigures
from terminal.tui.giving_back import GivingBack, lines, problem
from terminal.tui.payments import (
    SHOWS,
    Browsing,
    age,
    empty,
    filter_at,
    filters,
    heading,
    row,
    rows,
    state_word,
    summary,
    wallet_name,
    wanted,
)
from terminal.tui.wording import Texts

EN, ZH = Texts("en"), Texts("zh")
BOTH = pytest.mark.parametrize("texts", [EN, ZH], ids=["en", "zh"])
NOW_S = 1_763_812_800.0


def attempt(state: State = State.APPROVED, minor: int = 1250, scheme: str = "wechat", ago_s: float = 300.0) -> Attempt:
    begun_ms = int((NOW_S - ago_s) * 1000)
    return Attempt("POS0100001000010ABC1", "S1", "wechat", Money(minor), scheme, "13************4321", state, begun_ms)


def line(state: State = State.APPROVED, refunded: int = 0, *, declined: bool = False, minor: int = 1250) -> PaymentLine:
    return PaymentLine(attempt(state, minor), Money(refunded), declined)


# --- the list ---------------------------------------------------------------------------------------------


def test_a_search_knows_amounts_states_and_wallets_in_either_language() -> None:
    asked = wanted(Browsing("12.50 appr 微信 4321 1250"), EN, CNY, 7)
    assert asked.today_ms == 7
    amount, state, wallet, digits, whole = asked.words
    assert amount == Word("12.50", (1250,))
    assert state.states == (State.APPROVED,)
    assert {"wechat", "wechat_v2"} <= set(wallet.wallets)
    assert "alipay" not in wallet.wallets
    assert (digits.text, digits.minors) == ("4321", (432_100, 4321))
    assert whole.minors == (125_000, 1250)
    assert wanted(Browsing("¥5"), ZH, CNY, 0).words[0].minors == (500, 5)


@BOTH
@pytest.mark.parametrize("columns", [77, 97, 147])
def test_a_row_has_exactly_the_width_of_its_screen(texts: Texts, columns: int) -> None:
    for state in State:
        for one in (line(state), line(state, 250, minor=123_456_78)):
            assert cell_len(row(one, texts, columns, NOW_S)) == columns
    assert cell_len(heading(texts, columns)) == columns
    assert len(rows(Page((line(), line()), 2), texts, columns, NOW_S)) == 2


def test_a_row_says_when_what_and_how_it_stands() -> None:
    said = row(line(), EN, 77, NOW_S)
    for word in ("WeChat Pay", "4321", "12.50", "approved", "0ABC1"):
        assert word in said
    assert "asked 5 min" in row(line(State.INTENT), EN, 77, NOW_S)
    assert "for a person 5 min" in row(line(State.MANUAL), EN, 147, NOW_S)
    assert "13************4321" in row(line(), EN, 147, NOW_S)


def test_what_was_given_back_or_declined_is_said_so() -> None:
    assert state_word(line(refunded=250), EN) == "2.50 given back"
    assert state_word(line(refunded=1250), ZH) == "已全额退款"
    assert state_word(line(State.CLOSED, declined=True), EN) == "declined"
    assert state_word(line(State.CLOSED), EN) == "closed"


def test_an_age_is_told_in_what_fits_it() -> None:
    ages = [age(seconds, EN) for seconds in (-5, 59, 3599, 3600, 90_000)]
    assert ages == ["0 min", "0 min", "59 min", "1 h", "1 d"]


def test_a_wallet_nobody_knows_is_called_by_its_key() -> None:
    assert (wallet_name("alipay", ZH), wallet_name("corner-bank", ZH)) == ("支付宝", "corner-bank")


def test_the_cursor_stays_in_the_list_and_the_view_follows_it() -> None:
    at = Browsing(rows=5)
    assert at.moved(-1, 20) == at
    assert (at.moved(7, 20).at, at.moved(7, 20).first) == (7, 3)
    assert (at.moved(99, 20).at, at.moved(99, 20).first) == (19, 15)
    assert (at.moved(99, 20).moved(-10, 20).first, at.moved(5, 0).at) == (9, 0)
    assert at.moved(7, 20).sized(20, 20) == Browsing(at=7, first=0, rows=20), (
        "no row is left empty that could be filled"
    )
    assert at.moved(7, 20).searching("x" * 99) == Browsing("x" * 40, rows=5)


@BOTH
def test_filters_go_round_and_a_finger_finds_each(texts: Texts) -> None:
    at, seen = Browsing(), []
    for _ in SHOWS:
        seen.append(at.show)
        told = filters(at.show, texts)
        assert f"[{texts(f'payments.show.{at.show}')}]" in told
        assert cell_len(told) <= 78
        cell = cell_len(told[: told.index("[") + 1])
        assert filter_at(cell, texts) is at.show
        at = at.next_show()
    assert (tuple(seen), at.show, at.next_show(-1).show) == (SHOWS, Show.ALL, Show.TODAY)
    assert filter_at(500, texts) is None


@BOTH
def test_an_empty_list_says_what_to_do(texts: Texts) -> None:
    told = [empty(at, texts) for at in (Browsing(), Browsing(show=Show.REFUNDS), Browsing("zz"))]
    assert len({tuple(one) for one in told}) == 3
    assert all(cell_len(said) <= 76 for one in told for said in one)
    assert "zz" in told[2][0]


def test_how_many_fit_is_counted_in_words() -> None:
    assert [summary(Browsing(), count, EN) for count in (0, 1, 2)] == ["0 payments", "1 payment", "2 payments"]
    assert summary(Browsing("abc"), 3, ZH) == "查找：abc_   共 3 笔"


# --- one payment ------------------------------------------------------------------------------------------


def exchange(**facts: object) -> Exchange:
    usual = {
        "order_id": "POS1",
        "wall_ms": 1_763_812_800_012,
        "took_ms": 183,
        "acquirer": "wechat",
        "operation": "pay",
        "method": "POST",
        "path": "/v3/pay",
        "asked": {"payer.auth_code": "13************4321", "amount.total": "1250"},
        "status": 200,
        "said": {"trade_state": "SUCCESS"},
        "meant": ("approved",),
    }
    return Exchange(**usual | facts)  # type: ignore[arg-type]


def told(*said: Exchange, refunded: int = 0) -> Story:
    entries = (
        Entry(1, 1, 1_763_812_800_000, "POS1", "INTENT", {"minor": 1250, "currency": "CNY"}),
        Entry(2, 1, 1_763_812_800_200, "POS1", "APPROVED", {"said": "SUCCESS", "reason": "no_answer", "payer": "Bank"}),
        Entry(3, 1, 1_763_812_800_300, "POS1", "RECEIPT", {"copy": True}),
        Entry(4, 1, 1_763_812_800_400, "POS1", "NEWER_KIND", {"reason": "newer_reason"}),
    )
    return Story(line(refunded=refunded), entries, (), said)


def test_a_story_tells_what_became_of_it_with_times_and_reasons() -> None:
    intent, approved, receipt, newer = story.events(told(), EN, 100)
    assert intent.endswith("asked")
    assert "No answer from the wallet" in approved
    assert approved.endswith("SUCCESS  Bank")
    assert receipt.endswith("a copy")
    assert "NEWER_KIND" in newer
    assert newer.endswith("newer_reason")
    facts = "\n".join(story.facts(told(refunded=250), EN))
    assert "Left of it      CN¥10.00" in facts
    assert "Left of it" not in "\n".join(story.facts(told(), EN))
    assert story.heading(told(), ZH) == "收款 POS0100001000010ABC1   收款成功"


def test_the_wire_view_keeps_the_schemes_words_and_says_what_the_till_made_of_them() -> None:
    lines_told = story.wire([exchange()], EN, 100)
    assert lines_told[0].endswith(".012 --> wechat  charge the code  POST /v3/pay")
    assert "    payer.auth_code  13************4321" in lines_told
    assert "    amount.total     1250" in lines_told
    assert lines_told[3].endswith(".195 <-- HTTP 200 after 183 ms")
    assert lines_told[-2:] == ["    = approved", ""]


def test_a_reply_that_never_came_and_a_call_from_outside_look_different() -> None:
    lost = story.wire([exchange(status=0, said={}, meant=("unknown", "no_answer"))], EN, 100)
    assert lost[3].endswith("<-- no reply, after 183 ms")
    assert lost[4] == "    = not known: No answer from the wallet"
    called = story.wire([exchange(operation="notice", meant=())], ZH, 100)
    assert " <-- wechat  通知" in called[0]
    assert " --> HTTP 200" in called[3]
    framed = story.wire([exchange(status=0, method="", path="")], EN, 100)
    assert framed[3].endswith("<-- reply after 183 ms")


@BOTH
@pytest.mark.parametrize("columns", [40, 76])
def test_no_line_of_the_wire_view_is_wider_than_its_screen_and_nothing_is_lost(texts: Texts, columns: int) -> None:
    long = "值" * 60 + "end"
    lines_told = story.wire([exchange(path="/p" * 60, said={"n" * 50: long})], texts, columns)
    assert all(cell_len(one) <= columns for one in lines_told)
    assert "".join(one.strip() for one in lines_told).count("值") == 60


@BOTH
def test_a_payment_without_a_conversation_says_why(texts: Texts) -> None:
    assert len(story.wire([], texts, 80)) == 2


# --- giving back ------------------------------------------------------------------------------------------


@BOTH
def test_first_the_number_is_asked_for_then_the_amount(texts: Texts) -> None:
    giving = GivingBack()
    for letter in "pos1":
        giving = giving.pressed(letter)
    assert any(said.endswith("POS1_") for said in lines(giving, texts))
    giving = giving.found(line(refunded=250))
    assert giving.money == Money(1000)
    assert any("10.00" in said for said in lines(giving, texts))
    giving = giving.pressed("0").pressed("5").pressed("x").pressed("0").pressed("0")
    assert giving.money == Money(500)
    assert any(said.endswith("5.00_") for said in lines(giving, texts))
    assert giving.erased().money == Money(50)
    assert all(cell_len(said) <= 76 for said in lines(giving, texts))


@pytest.mark.parametrize(
    ("payment", "typed", "word"),
    [
        (line(State.CLOSED, declined=True), "", "declined"),
        (line(refunded=1250), "", "given back already"),
        (line(refunded=250), "1001", "CN¥10.00"),
    ],
)
def test_what_cannot_be_given_back_is_refused_with_the_reason(payment: PaymentLine, typed: str, word: str) -> None:
    giving = GivingBack(typed, payment)
    assert word in problem(giving, EN)
    if not typed:
        assert any(word in said for said in lines(giving, EN))


def test_all_that_is_left_can_be_given_back() -> None:
    assert problem(GivingBack("", line(refunded=250)), EN) == ""
    assert problem(GivingBack("1000", line(refunded=250)), EN) == ""


# --- the end of the day -----------------------------------------------------------------------------------


def due(*, settled: Entry | None = None, open_orders: tuple[Attempt, ...] = (), sold: bool = True) -> Due:
    refund = RefundLine("R1", attempt(), Money(250), "", RefundState.DONE, attempt().begun_ms, 1)
    sums = totals([attempt(), attempt(minor=500)], [refund]) if sold else ()
    day = date(2025, 11, 21)
    return Due("wechat", "WeChat Pay", day, sums, open_orders, (), settled, closes_batch=not sold)


def settled(**body: object) -> Entry:
    usual: dict[str, object] = {"acquirer": "wechat", "day": "2025-11-21", "agrees": True, "matched": 41}
    return Entry(9, 1, int(NOW_S * 1000), "", "SETTLED", usual | body)


@BOTH
@pytest.mark.parametrize("columns", [77, 97, 147])
def test_an_acquirers_row_has_its_sums_and_how_it_was_last(texts: Texts, columns: int) -> None:
    dues = (due(), due(settled=settled()), due(settled=settled(agrees=False), sold=False))
    assert all(cell_len(told_) == columns for told_ in settlement.rows(dues, texts, columns))
    assert cell_len(settlement.heading(texts, columns)) == columns
    (alone,) = settlement.rows([due()], texts, columns)
    assert "2  17.50" in alone
    assert "1  2.50" in alone


def test_two_contracts_with_one_acquirer_are_told_apart() -> None:
    (alone,) = settlement.rows([due()], EN, 97)
    first, second = settlement.rows([due(), replace(due(), acquirer="wechat_v2")], EN, 97)
    assert [told_[:10].strip() for told_ in (alone, first, second)] == ["WeChat Pay", "wechat", "wechat_v2"]


def test_what_is_open_comes_first_with_its_age() -> None:
    young, old = attempt(State.INTENT), attempt(State.INTENT, ago_s=7300)
    told_ = settlement.details(due(open_orders=(young, old)), EN, NOW_S, 100)
    assert told_[0] == "2 payments are still open; the till is on them:"
    assert told_[1].endswith("asked  2 h")
    assert told_[2].endswith("asked  5 min")


def test_each_difference_says_what_each_side_has_and_what_to_do() -> None:
    finding = {"kind": "amount", "order_id": "POS1", "refund_id": "", "currency": "CNY"}
    entry = settled(
        agrees=False,
        differences=[finding | {"ours_minor": 1250, "theirs_minor": 1350}, {"kind": "newer"}],
        waits=[finding | {"kind": "open", "ours_minor": None, "theirs_minor": 5}],
    )
    text = "\n".join(settlement.details(due(settled=entry), EN, NOW_S, 100))
    assert "! AMOUNTS DIFFER  POS1" in text
    assert "ours CN¥12.50   theirs CN¥13.50" in text
    assert "refund what is too much" in text
    assert "! newer" in text
    assert "- STILL OPEN  POS1" in text
    assert "No difference." not in text


@BOTH
def test_every_kind_of_difference_has_its_words(texts: Texts) -> None:
    from terminal.books.matching import Kind  # noqa: PLC0415

    assert all(texts(f"difference.{kind}") and texts(f"difference.{kind}.do") for kind in Kind)
    assert all(texts(f"settle.stage.{stage}") for stage in Stage)


def test_the_bar_runs_on_from_acquirer_to_acquirer() -> None:
    stages = [(1, Stage.FETCHING, 0), (1, Stage.FETCHING, 9), (1, Stage.MATCHING, 0), (2, Stage.CLOSING, 0)]
    bars = [settlement.progress(Settling("bank", number, 2, stage, some), EN) for number, stage, some in stages]
    lengths = [bar.count("█") for bar in bars]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1] < settlement.BAR_CELLS
    assert "bank 2/2  closing the batch" in bars[-1]
    assert settlement.progress(None, EN) == ""


# --- charts -----------------------------------------------------------------------------------------------


def groups() -> tuple[Group, ...]:
    return (
        Group(9, "wechat", State.APPROVED, 3, Money(3000)),
        Group(9, "wechat", State.CLOSED, 1, Money(900)),
        Group(11, "alipay", State.APPROVED, 1, Money(100)),
        Group(11, "alipay", State.INTENT, 1, Money(100)),
    )


def test_the_day_is_drawn_by_hour_by_wallet_and_by_what_was_approved() -> None:
    text = charts.lines(DayFigures(date(2026, 11, 23), groups(), groups()[2:3], is_today=True), EN, CNY, 76)
    assert any("Taken" in one and "CN¥31.00  4 payments" in one for one in text)
    assert any("Yesterday, by now" in one and "CN¥1.00  1 payment" in one for one in text)
    assert any("+30.00  +3000 %" in one for one in text)
    nine, ten, eleven = (next(one for one in text if one.startswith(hour)) for hour in ("09:00", "10:00", "11:00"))
    assert nine.count(BAR) > eleven.count(BAR) == 1 > ten.count(BAR) == 0
    assert any(one.startswith("All") and "80 %  4 of 5" in one for one in text)
    assert any(one.startswith("WeChat Pay") and "75 %  3 of 4" in one for one in text)


@BOTH
@pytest.mark.parametrize("columns", [76, 96, 146])
def test_no_bar_is_wider_than_its_screen(texts: Texts, columns: int) -> None:
    many = (*groups(), Group(23, "unionpay", State.APPROVED, 10_000, Money(99_999_999)))
    text = charts.lines(DayFigures(date(2026, 11, 23), many, ()), texts, CNY, columns)
    assert all(cell_len(one) <= columns for one in text)


@BOTH
def test_a_day_without_a_payment_says_what_to_do(texts: Texts) -> None:
    text = charts.lines(DayFigures(date(2026, 11, 23), (), groups()), texts, CNY, 76)
    assert texts("charts.none") in text
    assert any("-31.00  -100 %" in one for one in text)


def test_a_day_begins_and_ends_at_this_places_midnight() -> None:
    begins_ms, ends_ms = charts.span_ms(date(2026, 11, 23))
    assert ends_ms - begins_ms == 24 * 3_600_000
