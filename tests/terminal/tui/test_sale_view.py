"""What stands on the screen for what the till says: pure, so every phase, language and limit is tried here."""

import re
import tomllib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from rich.cells import cell_len

from terminal.model import Entry, Reason, State
from terminal.money import CURRENCIES, Money
from terminal.scheme import Scheme
from terminal.schemes import SCHEMES
from terminal.steps import DeviceKind, DeviceState, Notice, OpenAttempt, Phase, Snapshot, Split, Step
from terminal.tui.commands import BY_ID, COMMANDS, EMPTY, GOODS, HELD, NO_PLACE, PAYING, RESTING, SLOTS, STUBBORN, UNDO
from terminal.tui.sale import Remark, Sale, heard, typed_digit
from terminal.tui.view import View, headline, sentence, view
from terminal.tui.wording import LANGUAGES, Texts

ROOT = Path(__file__).parents[3]
EN, ZH = Texts("en"), Texts("zh")
MONEY = Money(1250)


def step(phase: Phase, **facts: object) -> Step:
    return replace(Step(phase, MONEY, "POS100001A7", "WeChat Pay", "13************4321"), **facts)


def seen(sale: Sale, texts: Texts = EN, now_s: float = 0.0) -> View:
    return view(sale, texts, now_s=now_s, wall_s=1_763_812_800.0, shop="Shop", demo=False)


def at(phase: Phase, **facts: object) -> Sale:
    return Sale(Snapshot(step(phase, **facts)))


def live(sale: Sale) -> set[str]:
    return {command.id for command in seen(sale).live}


# --- words -----------------------------------------------------------------------------------------------


def catalogue(language: str) -> Catalog:
    with (ROOT / f"terminal/tui/locales/{language}/LC_MESSAGES/saoma.po").open("rb") as source:
        return read_po(source, locale=language)


def test_both_languages_have_the_same_messages_with_the_same_facts() -> None:
    english, chinese = ({one.id: one for one in catalogue(language)} for language in ("en", "zh"))

    assert english.keys() == chinese.keys()
    for key in english.keys() - {""}:
        assert _facts(english[key].string) == _facts(chinese[key].string), key


def _facts(said: object) -> set[str]:
    return set(re.findall(r"{\w+}", str(said)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_untranslated_or_uncertain(language: str) -> None:
    for message in catalogue(language):
        assert message.string, message.id
        assert not message.fuzzy or message.id == "", message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_its_source(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))

    path = ROOT / f"terminal/tui/locales/{language}/LC_MESSAGES/saoma.mo"
    assert path.read_bytes() == compiled.getvalue(), "run `make texts`"


def test_a_name_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        EN("phase.idle.nothing")


@pytest.mark.parametrize("texts", [EN, ZH], ids=LANGUAGES)
def test_every_phase_reason_state_and_command_has_its_words(texts: Texts) -> None:
    for phase in Phase:
        assert texts(f"phase.{phase}.word")
        assert texts.lines(f"phase.{phase}.help")
        assert f"phase.{phase}.instruction" in texts
        assert not phase.is_outcome or texts(f"phase.{phase}.next", wallet="x")
    assert all(texts(f"reason.{reason}") for reason in Reason if reason is not Reason.NONE)
    assert all(texts(f"state.{state}") for state in State)
    assert all(texts(f"command.{command.id}") and texts(f"about.{command.id}") for command in COMMANDS)
    assert all(texts(f"device.{kind}") for kind in DeviceKind)


def test_every_notice_of_the_till_has_a_sentence() -> None:
    sources = [*(ROOT / "terminal/till").glob("*.py"), ROOT / "terminal/compose.py"]
    keys = {key for path in sources for key in re.findall(r'[nN]otice\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text())}
    kinds = set(re.findall(r'NotOurs\(\s*"([a-z_]+)"', (ROOT / "terminal/codes/classify.py").read_text()))
    tables = tomllib.loads((ROOT / "terminal/codes/prefixes.toml").read_text())
    kinds |= {row["otherwise"]["kind"] for rows in tables.values() for row in rows if "otherwise" in row}
    kinds |= {f"merchant_{row['kind']}" for row in tables["merchant"]} | {row["kind"] for row in tables["other"]}
    assert len(keys) > 10, "the till's notices were found"
    assert len(kinds) > 10, "the kinds of code were found"
    assert not [key for key in keys | {f"code.{kind}" for kind in kinds} if f"notice.{key}" not in EN]


def test_a_notice_that_nobody_wrote_is_shown_by_its_key() -> None:
    assert sentence(Notice("moon.full", "tonight"), EN) == "moon.full tonight"


def test_braces_in_a_detail_are_text() -> None:
    assert sentence(Notice("code.no_contract", "{wallet} {0}"), EN).endswith("{wallet} {0}")


def test_devices_news_names_the_device_and_the_way_out() -> None:
    down = DeviceState(DeviceKind.CAMERA, "camera 0", up=False, detail="unplugged: plug it in again")
    assert sentence(down, EN) == "camera 0: unplugged: plug it in again"
    assert sentence(replace(down, up=True), ZH) == "camera 0 已恢复"


# --- state line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [EN, ZH], ids=LANGUAGES)
@pytest.mark.parametrize("phase", Phase)
def test_the_state_line_fits_eighty_columns_whole(phase: Phase, texts: Texts) -> None:
    shows = headline(step(phase, wallet="UnionPay QuickPass", round=12, deadline_s=100.0), texts, 0.0, ())
    bar_and_seconds, spaces = 21, 3
    taken = cell_len(shows.word) + cell_len(shows.instruction) + spaces
    assert taken + (bar_and_seconds if not phase.is_outcome and phase is not Phase.IDLE else 0) <= 80


@pytest.mark.parametrize("texts", [EN, ZH], ids=LANGUAGES)
@pytest.mark.parametrize("phase", Phase)
def test_advice_fits_beside_the_preview(phase: Phase, texts: Texts) -> None:
    lines = seen(at(phase, wallet="WeChat Pay"), texts).guide
    assert all(cell_len(line) <= 28 for line in lines)
    assert len(lines) <= 11


def test_customers_are_sent_to_what_reads_their_codes_here() -> None:
    camera = DeviceState(DeviceKind.CAMERA, "camera 0", up=False)
    for devices, reader in (((camera,), "the camera"), ((), "the scanner")):
        shows = seen(Sale(Snapshot(step(Phase.AWAIT_CODE), devices)))
        assert shows.headline.instruction.endswith(reader)
        assert f"from {reader}." in shows.guide


def test_a_bar_runs_down_and_its_seconds_round_up() -> None:
    at_start, later, over = (
        headline(step(Phase.AWAIT_CODE, since_s=10.0, deadline_s=70.0), EN, now_s, ()) for now_s in (10.0, 54.5, 99.0)
    )
    assert (at_start.fraction, at_start.seconds) == (1.0, "60 s")
    assert (later.fraction, later.seconds) == (0.3, "16 s")
    assert (over.fraction, over.seconds) == (0.0, "0 s")


def test_a_phase_without_an_end_has_no_bar() -> None:
    assert headline(step(Phase.PROCESSING), EN, 0.0, ()).fraction is None


def test_who_is_asked_and_which_round_is_said() -> None:
    assert headline(step(Phase.CHECKING, round=3), EN, 0.0, ()).instruction == "No clear answer: asking WeChat Pay #3"
    assert headline(step(Phase.PROCESSING), ZH, 0.0, ()).instruction == "正在向微信支付请求收款"
    assert headline(step(Phase.PROCESSING, wallet="Foo Pay"), ZH, 0.0, ()).instruction == "正在向Foo Pay请求收款"


# --- amount ----------------------------------------------------------------------------------------------


def test_digits_are_an_amount_without_a_point() -> None:
    sale = Sale(Snapshot(Step(Phase.IDLE)))
    for digits in ("0", "1", "2", "5", "0"):
        sale = typed_digit(sale, digits, 0.0)
    assert seen(sale).amount.digits == "12.50"
    assert seen(typed_digit(sale, "00", 0.0)).amount.digits == "1250.00"


def test_a_runaway_amount_is_refused_whole() -> None:
    sale = replace(at(Phase.IDLE), typed="12345678")
    refused = typed_digit(sale, "9", 0.0)
    assert refused.typed == ""
    assert "too long" in seen(refused).event
    for tenths in range(1, 20):  # keys that somebody leans on
        refused = typed_digit(refused, "9", tenths / 10)
    assert refused.typed == ""
    assert typed_digit(refused, "5", 4.0).typed == "5"


def test_during_a_payment_the_amount_is_the_tills() -> None:
    assert seen(replace(at(Phase.PROCESSING), typed="999")).amount.digits == "12.50"


def test_a_code_being_typed_is_masked() -> None:
    sale = replace(at(Phase.AWAIT_CODE), typed="134567890123456789")
    assert seen(sale).amount.caption == "code typed: 13************6789"
    assert "134567890123456789" not in repr(seen(sale))


def test_of_a_sale_that_is_paid_in_part_the_rest_is_shown_until_an_amount_is_typed() -> None:
    sale = at(Phase.PART_PAID, money=Money(700))
    assert seen(sale).amount.digits == "7.00"
    assert seen(replace(sale, typed="300")).amount.digits == "3.00"


# --- keys ------------------------------------------------------------------------------------------------


def test_pay_needs_an_amount_and_no_payment() -> None:
    assert "pay" not in live(at(Phase.IDLE))
    assert "pay" in live(replace(at(Phase.IDLE), typed="1"))
    typing = ("idle", "held", "part_paid")
    assert not any("pay" in live(replace(at(phase), typed="1")) for phase in Phase if phase not in typing)


def test_every_wait_can_be_left_but_an_undoing_cannot_be_stopped() -> None:
    can_cancel = {phase for phase in Phase if "cancel" in live(at(phase))}
    assert can_cancel == {Phase.HELD, Phase.AWAIT_CODE} | PAYING - STUBBORN


THERE = [
    frozenset(there) for there in ((EMPTY,), (EMPTY, HELD), (EMPTY, HELD, UNDO), (GOODS, UNDO), (GOODS, HELD, UNDO))
]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("there", THERE, ids=lambda there: "+".join(sorted(there)))
def test_no_two_live_commands_share_a_key_or_a_place_of_their_own(phase: Phase, there: frozenset[str]) -> None:
    for typed in ("", "1"):
        here = there if typed else there | {RESTING}
        commands = [command for command in COMMANDS if command.is_live(phase, typed, here)]
        keys = [key for command in commands for key in command.keys]
        assert len(set(keys)) == len(keys)
        own = [command.slot for command in commands if command.slot != NO_PLACE and not command.lent]
        assert len(set(own)) == len(own)
        assert all(0 <= slot < SLOTS for slot in own)


# --- outcomes --------------------------------------------------------------------------------------------


def test_an_outcome_says_why_in_plain_words_and_what_the_wallet_said() -> None:
    outcome = seen(at(Phase.DECLINED, reason=Reason.INSUFFICIENT_FUNDS, said="NOTENOUGH")).outcome
    assert outcome is not None
    assert (outcome.word, outcome.digits) == ("DECLINED", "12.50")
    assert outcome.lines == (
        "WeChat Pay 13************4321",
        "Not enough money in the customer's account",
        "the wallet's word: NOTENOUGH",
        "order POS100001A7",
    )
    assert "Nothing was charged" in outcome.next


def test_an_unknown_outcome_forbids_a_second_charge_in_both_languages() -> None:
    for texts, words in ((EN, "Do NOT charge again"), (ZH, "请勿重复收款")):
        outcome = seen(at(Phase.UNKNOWN), texts).outcome
        assert outcome is not None
        assert words in outcome.next
        assert words in seen(at(Phase.UNKNOWN), texts).headline.instruction


def test_an_outcome_without_facts_is_shown_too() -> None:
    assert seen(Sale(Snapshot(Step(Phase.DECLINED)))).outcome is not None


def test_an_outcome_about_no_amount_is_in_the_tills_currency() -> None:
    outcome = seen(Sale(Snapshot(Step(Phase.UNKNOWN), currency=CURRENCIES["HKD"]))).outcome
    assert outcome is not None
    assert (outcome.sign, outcome.digits) == ("HK$", "0.00")


# --- status, faults and the day --------------------------------------------------------------------------


def test_marks_show_what_is_plugged_in_and_a_kind_is_down_if_one_of_it_is() -> None:
    states = (
        DeviceState(DeviceKind.CAMERA, "a", up=True),
        DeviceState(DeviceKind.CAMERA, "b", up=False, detail="gone"),
        DeviceState(DeviceKind.ACQUIRER, "WeChat Pay", up=True),
    )
    shows = seen(Sale(Snapshot(Step(Phase.IDLE), states)))
    assert [(mark.label, mark.up) for mark in shows.status.marks] == [("NET", True), ("CAM", False)]
    assert shows.info[0] == "! b: gone"
    assert not shows.camera_up
    assert shows.no_picture == "camera: gone"


def test_open_attempts_are_counted_in_the_status_bar() -> None:
    attempt = OpenAttempt("x", MONEY, State.INTENT, 3.0)
    shows = seen(Sale(Snapshot(Step(Phase.IDLE), open_attempts=(attempt, attempt))))
    assert shows.status.open_attempts == "OPEN 2"


def test_the_last_sales_are_orders_as_they_stand_newest_first() -> None:
    body = {"minor": 1250, "currency": "CNY"}
    entries = (
        Entry(1, 1, 0, "A", "INTENT", body),
        Entry(2, 1, 0, "B", "INTENT", body | {"minor": 300}),
        Entry(3, 1, 0, "B", "RECEIPT", {}),
        Entry(4, 1, 0, "A", "APPROVED", {}),
    )
    shows = seen(Sale(Snapshot(Step(Phase.IDLE), approved_count=1, approved_total=MONEY), entries=entries))
    assert shows.info[0] == "CNY 12.50, 1 sale since the start"
    assert [line[7:] for line in shows.info[1:]] == ["CNY 12.50  approved", "CNY 3.00  asked"]


def test_the_end_of_what_was_begun_long_ago_is_no_sale_without_an_amount() -> None:
    entries = (Entry(900, 1, 0, "A", "CLOSED", {}), Entry(901, 1, 0, "B", "INTENT", {"minor": 300, "currency": "CNY"}))
    assert [line[7:] for line in seen(Sale(Snapshot(Step(Phase.IDLE)), entries=entries)).info[1:]] == [
        "CNY 3.00  asked"
    ]


def test_of_a_sale_in_parts_the_amount_says_whether_it_is_the_rest_or_a_part() -> None:
    split = Split(Money(2000), Money(750))
    rest = seen(at(Phase.PART_PAID, money=split.rest, split=split)).amount
    assert (rest.caption, rest.digits) == ("7.50 of 20.00 paid, still due", "12.50")
    assert seen(at(Phase.AWAIT_CODE, code="", money=split.rest, split=split)).amount.caption == rest.caption
    part = seen(at(Phase.AWAIT_CODE, code="", money=Money(100), split=split)).amount
    assert (part.caption, part.digits) == ("A part of 20.00, 7.50 paid before", "1.00")


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.key)
@pytest.mark.parametrize("texts", [EN, ZH], ids=["en", "zh"])
def test_every_scheme_is_called_as_cashiers_call_it(scheme: Scheme, texts: Texts) -> None:
    assert f"wallet.{scheme.name}" in texts


# --- hearing ---------------------------------------------------------------------------------------------


def test_a_held_code_keeps_the_amount_that_is_being_typed() -> None:
    sale = replace(at(Phase.IDLE), typed="125")
    held = step(Phase.HELD)
    assert heard(sale, held, Snapshot(held), 0.0).typed == "125"


def test_digits_of_a_code_never_become_an_amount() -> None:
    sale = replace(at(Phase.AWAIT_CODE), typed="1345")
    idle = Step(Phase.IDLE)
    assert heard(sale, idle, Snapshot(idle), 0.0).typed == ""


def test_the_first_digit_of_the_next_sale_survives_the_end_of_the_last() -> None:
    sale = replace(at(Phase.APPROVED), typed="7")
    idle = Step(Phase.IDLE)
    assert heard(sale, idle, Snapshot(idle), 0.0).typed == "7"


def test_a_notice_is_kept_with_its_time_and_moves_nothing() -> None:
    sale = at(Phase.PROCESSING)
    after = heard(sale, Notice("pay.already"), sale.snapshot, 60.0)
    assert after == replace(sale, remark=Remark(Notice("pay.already"), 60.0))


def test_a_device_is_told_of_when_it_goes_and_when_it_returns_but_not_when_it_just_is() -> None:
    up = DeviceState(DeviceKind.PRINTER, "printer", up=True)
    down = replace(up, up=False, detail="out of paper")
    sale = Sale(Snapshot(Step(Phase.IDLE)))
    for event, devices, told in ((up, (up,), None), (down, (down,), down), (up, (up,), up)):
        sale = heard(sale, event, Snapshot(Step(Phase.IDLE), devices), 0.0)
        assert (sale.remark.event if sale.remark else None) == told


def test_an_approval_does_not_repeat_the_wallets_word() -> None:
    outcome = seen(at(Phase.APPROVED, said="SUCCESS")).outcome
    assert outcome is not None
    assert not any("SUCCESS" in line for line in outcome.lines)


def test_money_is_open_while_it_may_still_move() -> None:
    open_phases = {phase for phase in Phase if at(phase).money_is_open}
    assert open_phases == PAYING | {Phase.UNKNOWN}
    assert BY_ID["leave"].everywhere
