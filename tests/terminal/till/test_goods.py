"""Goods at the counter: scanned, paid for by the phone that is shown, kept through a crash; as stories of a till."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from terminal.basket.basket import Basket, Item, PercentOff
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Act
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import NoAnswer
from terminal.model import State
from terminal.money import Money
from terminal.steps import Phase
from terminal.till.goods import goods_of
from terminal.till.paper import Paper
from terminal.till.shelf import beside

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))
NOODLES = Item("06920734704057", "方便面", "Noodles", Money(450))
TOMATO = Item("101", "番茄", "Tomatoes", Money(880), "kg", 9)
STRANGE = "6901234567892"  # a product's number that no catalogue here has
LABEL = "2200101003506"  # tomatoes, 350 g
CODE, FRESH, OTHER = "134567890123456789", "134567890123456780", "281234567890123456"

Opens = Callable[..., Any]


@pytest.fixture
def opened(open_counter: Opens) -> Opens:
    """Opens the till, and opens it again after a crash: the first one's books are shut, and nothing else."""
    counters: list[Any] = []

    def open_() -> Any:
        if counters:
            counters[-1].journal.close()
        takes, goods = {"wechat": ("wechat", "alipay")}, Catalogue((WATER, NOODLES, TOMATO))
        counters.append(open_counter(takes=takes, clock=Clock(speed=50), catalogue=goods))
        return counters[-1]

    return open_


@pytest.fixture
async def counter(opened: Opens) -> Any:
    return opened()


# --- scan first ------------------------------------------------------------------------------------------


async def test_goods_are_scanned_and_the_phone_that_is_shown_pays_for_them(counter: Any) -> None:
    counter.scan("6903148091449", "6920734704057", "6903148091449")
    assert [(line.item, line.quantity) for line in counter.basket.lines] == [(WATER, 2), (NOODLES, 1)]
    assert counter.step.phase is Phase.IDLE
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    assert counter.line.asked == [("pay", 950)]
    assert counter.basket == Basket()
    assert counter.till.snapshot.approved_total == Money(950)


async def test_the_books_know_what_was_bought_before_anybody_is_asked_for_money(counter: Any) -> None:
    counter.scan("6903148091449", "6903148091449")
    counter.does(Act.PERCENT_OFF, 1000)
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    kinds = [entry.kind for entry in counter.journal.entries(order_id=counter.step.order_id)]
    assert kinds[:2] == ["GOODS", "INTENT"]
    body = counter.journal.entries_of("GOODS")[0].body
    assert (body["total"], body["discount"], body["taxes"]) == (450, 50, {"13": 52})
    bought = goods_of(counter.journal, counter.step.order_id)
    assert bought is not None
    assert bought.basket.off == PercentOff(1000)
    counter.journal.verify()


@pytest.mark.parametrize("says", ["declined insufficient_funds", NoAnswer("lost")], ids=["declined", "taken back"])
async def test_a_payment_that_fails_leaves_the_goods_and_another_phone_pays(
    counter: Any, says: str | Exception
) -> None:
    counter.line.says["pay"] = says
    counter.scan("6903148091449", CODE)
    await counter.until(lambda: counter.step.phase in (Phase.DECLINED, Phase.REVERSED))
    assert counter.basket.total == Money(250)
    counter.line.says["pay"] = "approved"
    counter.scan(OTHER)
    await counter.ends(Phase.APPROVED)
    assert [one.state for one in counter.journal.attempts()][-1] is State.APPROVED
    assert not counter.basket.lines


async def test_without_goods_an_amount_is_charged_as_ever_and_no_goods_are_noted(counter: Any) -> None:
    counter.till.charge(Money(1250))
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    assert counter.journal.entries_of("GOODS") == []


async def test_a_phone_that_came_before_the_goods_pays_when_pay_is_pressed_and_not_for_the_first_of_them(
    counter: Any,
) -> None:
    counter.sees(CODE, at_s=1.0)
    counter.scan("6903148091449")
    counter.sees(CODE, at_s=1.1)
    counter.scan("6920734704057")
    assert counter.line.asked == []
    counter.till.charge_due()
    await counter.ends(Phase.APPROVED)
    assert counter.line.asked == [("pay", 700)]


async def test_while_a_payment_is_under_way_the_goods_stay_as_they_are(counter: Any) -> None:
    counter.line.hold = asyncio.Event()
    counter.scan("6903148091449", CODE)
    await counter.until(lambda: bool(counter.line.asked))
    before = counter.laid
    counter.scan("6920734704057")
    for act in Act:
        counter.does(act, 2, 0, "101")
    assert counter.laid == before
    assert set(counter.notices) >= {"basket.frozen"}
    counter.line.hold.set()
    await counter.ends(Phase.APPROVED)
    assert counter.line.asked == [("pay", 250)]


async def test_the_next_customers_goods_do_not_wait_for_the_last_ones_outcome_to_leave(counter: Any) -> None:
    counter.scan("6903148091449", CODE)
    await counter.ends(Phase.APPROVED)
    counter.scan("6920734704057")
    assert counter.step.phase is Phase.IDLE
    assert [line.item for line in counter.basket.lines] == [NOODLES]


async def test_pay_pressed_twice_for_goods_is_one_payment(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.till.charge_due()
    counter.till.charge_due()
    counter.scan(CODE)
    counter.till.charge_due()
    await counter.ends(Phase.APPROVED)
    counter.till.charge_due()
    assert counter.line.asked == [("pay", 250)]
    assert counter.notices == ["pay.already", "basket.empty"]


async def test_goods_for_nothing_are_not_charged(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.does(Act.PERCENT_OFF, 10_000)
    counter.scan(CODE)
    assert (counter.line.asked, counter.notices) == ([], ["basket.free"])


# --- what is scanned -------------------------------------------------------------------------------------


async def test_what_a_camera_goes_on_seeing_counts_once_until_it_was_gone(counter: Any) -> None:
    for frame in range(60):
        counter.sees("6903148091449", at_s=frame / 30)
    assert counter.basket.lines[0].quantity == 1
    assert counter.notices == ["basket.held_up"], "which says how to count it once more"
    counter.does(Act.MORE)
    assert counter.basket.lines[0].quantity == 2
    counter.sees("6903148091449", at_s=4.0)
    assert counter.basket.lines[0].quantity == 3


async def test_a_pack_in_the_picture_with_the_phone_is_not_bought_by_that(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.sees("6920734704057", CODE, at_s=1.0)
    await counter.ends(Phase.APPROVED)
    counter.sees("6920734704057", at_s=1.5)
    assert counter.line.asked == [("pay", 250)]
    assert not counter.basket.lines


async def test_a_quantity_said_before_holds_for_the_next_thing_alone(counter: Any) -> None:
    counter.does(Act.TIMES, 3)
    assert counter.laid.times == 3
    counter.scan("6903148091449", "6920734704057")
    assert [line.quantity for line in counter.basket.lines] == [3, 1]
    assert counter.laid.times == 1


async def test_a_label_of_the_scale_is_its_weight(counter: Any) -> None:
    counter.scan(LABEL)
    assert counter.basket.total == Money(308)


async def test_what_no_catalogue_has_is_named_and_sold_at_a_typed_price(counter: Any) -> None:
    counter.scan(STRANGE)
    assert (counter.notices, counter.laid.unpriced, counter.basket) == (["code.goods"], "0" + STRANGE, Basket())
    counter.does(Act.LAY_PRICED, 990)
    assert (counter.basket.lines[0].item.code, counter.basket.total) == ("0" + STRANGE, Money(990))
    assert counter.laid.unpriced == ""
    counter.does(Act.LAY_PRICED, 100)
    assert counter.basket.lines[1].item.code == ""


async def test_items_are_laid_down_by_number_and_what_is_weighed_with_its_grams(counter: Any) -> None:
    counter.does(Act.LAY, code="06903148091449")
    counter.does(Act.LAY, code="101")
    assert counter.notices == ["basket.weigh"]
    counter.does(Act.TIMES, 350)
    counter.does(Act.LAY, code="0101")
    assert [(line.item, line.quantity) for line in counter.basket.lines] == [(WATER, 1), (TOMATO, 350)]
    counter.does(Act.LAY, code="999")
    assert counter.notices[-1] == "basket.no_item"


# --- changes and their undoing ---------------------------------------------------------------------------


async def test_every_change_can_be_undone_until_the_goods_are_paid_for(counter: Any) -> None:
    counter.scan("6903148091449", "6920734704057")
    seen = [counter.basket]
    for act, number, line in ((Act.COUNT, 5, 0), (Act.PERCENT_OFF, 500, 1), (Act.AMOUNT_OFF, 20, None)):
        counter.does(act, number, line)
        seen.append(counter.basket)
    counter.does(Act.VOID, line=0)
    counter.does(Act.VOID)
    assert counter.basket == Basket()
    assert len({basket.total for basket in seen}) == len(seen)
    counter.does(Act.UNDO)
    for basket in reversed(seen):
        counter.does(Act.UNDO)
        assert counter.basket == basket
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    assert not counter.laid.can_undo
    counter.does(Act.UNDO)
    assert (counter.notices[-1], counter.basket) == ("basket.nothing_to_undo", Basket())


async def test_what_cannot_be_done_is_said_and_changes_nothing(counter: Any) -> None:
    for act in (Act.VOID, Act.HOLD):
        counter.does(act)
    counter.does(Act.RESUME, 1)
    counter.scan(LABEL)
    before = counter.basket
    counter.does(Act.COUNT, 2, 0)
    counter.does(Act.VOID, line=4)
    counter.does(Act.TIMES, 0)
    assert counter.notices == ["basket.empty", "basket.not_held", "basket.cannot", "basket.too_many"]
    assert counter.basket == before


# --- held baskets ----------------------------------------------------------------------------------------


async def test_a_customer_who_forgot_something_is_served_after_the_next_one(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.does(Act.HOLD)
    counter.scan("6920734704057", CODE)
    await counter.ends(Phase.APPROVED)
    counter.does(Act.RESUME, 1)
    counter.scan(FRESH)
    await counter.until(lambda: len(counter.line.asked) == 2 and counter.step.phase is Phase.APPROVED)
    assert counter.line.asked == [("pay", 450), ("pay", 250)]
    assert counter.laid.held == ()


async def test_held_baskets_keep_their_numbers_and_change_places(counter: Any) -> None:
    for gtin in ("6903148091449", "6920734704057"):
        counter.scan(gtin)
        counter.does(Act.HOLD)
    counter.scan(LABEL)
    counter.does(Act.RESUME, 1)
    assert [(one.number, one.basket.total.minor) for one in counter.laid.held] == [(2, 450), (1, 308)]
    assert counter.basket.total == Money(250)


async def test_goods_whose_payment_nobody_knows_wait_aside_while_the_next_customer_is_served(counter: Any) -> None:
    counter.line.says.update(pay=NoAnswer("lost"), query=NoAnswer("lost"), reverse=NoAnswer("lost"))
    counter.scan("6903148091449", CODE)
    await counter.ends(Phase.UNKNOWN)
    counter.scan("6920734704057")
    assert counter.notices[-1] == "basket.frozen"
    counter.till.dismiss()
    assert (counter.step.phase, counter.basket, counter.notices[-1]) == (Phase.IDLE, Basket(), "basket.parked")
    assert [one.basket.total for one in counter.laid.held] == [Money(250)]


# --- in parts --------------------------------------------------------------------------------------------


async def test_goods_are_paid_for_by_two_wallets_and_leave_with_the_last_part(counter: Any) -> None:
    counter.scan("6903148091449", "6920734704057")
    counter.till.charge(Money(300))
    counter.scan(CODE)
    await counter.ends(Phase.PART_PAID)
    counter.does(Act.VOID, line=0)
    assert (counter.notices, counter.basket.total) == (["basket.frozen"], Money(700))
    counter.sees(FRESH, at_s=9.0)
    assert len(counter.line.asked) == 1, "the first payer's phone, still in view, does not pay the rest"
    counter.till.charge_due()
    await counter.ends(Phase.APPROVED)
    assert counter.line.asked == [("pay", 300), ("pay", 400)]
    assert not counter.basket.lines


async def test_parts_that_go_back_leave_the_goods_to_be_paid_for(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.till.charge(Money(100))
    counter.scan(CODE)
    await counter.ends(Phase.PART_PAID)
    counter.till.give_back_parts()
    await counter.until(lambda: ("refund", 100) in counter.line.asked)
    counter.scan(OTHER)
    await counter.ends(Phase.APPROVED)
    assert counter.line.asked[-1] == ("pay", 250)


async def test_more_than_the_goods_come_to_is_not_charged(counter: Any) -> None:
    counter.scan("6903148091449")
    counter.till.charge(Money(251))
    assert (counter.step.phase, counter.notices) == (Phase.IDLE, ["split.too_much"])


# --- crashes ---------------------------------------------------------------------------------------------


async def test_goods_and_held_baskets_are_there_after_a_crash(opened: Opens) -> None:
    counter = opened()
    counter.scan("6903148091449")
    counter.does(Act.HOLD)
    counter.scan("6920734704057")
    counter.does(Act.AMOUNT_OFF, 50)
    before = counter.laid
    after = opened().laid
    assert (after.basket, after.held) == (before.basket, before.held)


async def test_goods_paid_for_in_the_moment_of_the_crash_are_not_charged_again(opened: Opens) -> None:
    counter = opened()
    counter.scan("6903148091449")
    lying = beside(counter.journal.path).read_bytes()
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    beside(counter.journal.path).write_bytes(lying)  # the payment is on the disk, the empty counter was not yet
    counter = opened()
    assert counter.basket == Basket()


@pytest.mark.parametrize("says", ["approved", "declined"])
async def test_a_payment_cut_short_is_brought_to_its_end_and_its_goods_with_it(opened: Opens, says: str) -> None:
    counter = opened()
    counter.line.hold = asyncio.Event()
    counter.scan("6903148091449", CODE)
    await counter.until(lambda: bool(counter.line.asked))
    counter = opened()
    counter.line.says["query"] = says
    assert counter.basket.total == Money(250)
    if says == "approved":
        await counter.ends(Phase.FOUND)
        counter.till.keep()
        await counter.ends(Phase.APPROVED)
        assert not counter.basket.lines
    else:
        await counter.until(lambda: counter.step.phase.is_outcome)
        assert counter.basket.total == Money(250)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"basket": 1}', b"\xff\xfe"])
async def test_a_shelf_that_cannot_be_read_is_said_and_selling_goes_on(
    opened: Opens, tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "baskets.json").write_bytes(damage)
    counter = opened()
    assert counter.notices == ["basket.lost"]
    counter.scan("6903148091449", CODE)
    await counter.ends(Phase.APPROVED)


async def test_a_disk_that_takes_no_more_is_said_and_selling_goes_on(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = count()

    def full(*_: object) -> None:
        next(fails)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("terminal.till.shelf.os.fsync", full)
    counter.scan("6903148091449")
    assert counter.basket.total == Money(250)
    assert counter.notices == ["basket.not_kept"]
    assert next(fails) == 1


# --- on paper --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", ("Water", "Total", "Tax included 13%")), ("zh", ("矿泉水",))])
async def test_the_receipt_has_the_goods_what_came_off_and_the_tax(
    counter: Any, language: str, words: tuple[str, ...]
) -> None:
    counter.scan("6903148091449", "6903148091449", LABEL)
    counter.does(Act.PERCENT_OFF, 1000, 0)
    counter.does(Act.AMOUNT_OFF, 8)
    counter.does(Act.TIP, 100)
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    settings = TillConfig(language="en" if language == "en" else "zh")
    text = Paper(PrinterConfig(), settings).text(counter.journal, counter.step.order_id)
    squeezed = [" ".join(line.split()) for line in text.splitlines()]
    assert "2 x 2.50 -0.50 4.50" in squeezed
    assert "0.350 kg x 8.80 3.08" in squeezed
    assert [line.split()[-1] for line in squeezed if line.startswith(("Discount", "优惠"))] == ["-0.58"]
    assert next(line.split()[-1] for line in squeezed if line.startswith(("Total", "合计"))).endswith("8.50")
    assert all(word in text for word in words)


async def test_a_receipt_of_a_typed_amount_has_no_goods(counter: Any) -> None:
    counter.till.charge(Money(1250))
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    text = Paper(PrinterConfig(), TillConfig(language="en")).text(counter.journal, counter.step.order_id)
    assert "Total" not in text


@pytest.mark.parametrize("name", ["\x1b@", "[/]", "\x1d(k", "a\nb", "\u202e", "微" * 200, "", "{x}", "\x00"])
async def test_a_hostile_name_is_print_and_no_command(counter: Any, name: str) -> None:
    counter.till.catalogue._by_code["00000000000017"] = Item("00000000000017", name, name, Money(100))
    counter.does(Act.LAY, code="00000000000017")
    counter.scan(CODE)
    await counter.ends(Phase.APPROVED)
    text = Paper(PrinterConfig(), TillConfig()).text(counter.journal, counter.step.order_id)
    assert all(character.isprintable() or character == "\n" for character in text)
