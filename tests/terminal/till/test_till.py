"""The till at the counter: what a cashier does and sees, with an acquirer that answers as told."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.devices.printer import Printer
from terminal.config import PrinterConfig
from terminal.errors import NoAnswer, NotSent
from terminal.model import Channel, Reason, RefundState, Scan, State, Symbology
from terminal.money import Money
from terminal.scheme import Request
from terminal.steps import DeviceState, Phase, Step

DEADLINE_S = 60.0
SHOWN = "weixin://wxpay/bizpayurl?pr=1"
CODE, OTHER_CODE = "134567890123456789", "104567890123456780"
TWELVE_FIFTY = Money(1250)

Opens = Callable[..., Any]  # a counter


async def test_amount_then_code_is_a_payment(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.APPROVED)
    assert counter.phases == [Phase.AWAIT_CODE, Phase.PROCESSING, Phase.APPROVED]
    assert counter.line.heard == ["pay"]
    assert counter.states == [State.APPROVED]
    assert counter.till.snapshot.approved_total == TWELVE_FIFTY


async def test_a_code_shown_too_early_is_held_and_paid_when_the_amount_comes(counter: Any) -> None:
    counter.sees(CODE)
    assert counter.step.phase is Phase.HELD
    assert counter.step.code == "13************6789"
    counter.till.charge(TWELVE_FIFTY)
    await counter.ends(Phase.APPROVED)
    assert counter.states == [State.APPROVED]


async def test_a_code_shown_while_an_outcome_is_on_the_screen_is_kept_for_the_next_amount(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.APPROVED)
    counter.sees(OTHER_CODE)
    counter.till.dismiss()
    assert counter.step.phase is Phase.HELD
    counter.till.charge(Money(300))
    await counter.ends(Phase.APPROVED)
    assert [attempt.money for attempt in counter.journal.attempts()] == [TWELVE_FIFTY, Money(300)]


async def test_two_presses_of_pay_are_one_payment(counter: Any) -> None:
    counter.line.hold = asyncio.Event()
    counter.till.charge(TWELVE_FIFTY)
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    counter.till.charge(TWELVE_FIFTY)
    await counter.until(lambda: counter.line.heard == ["pay"])
    counter.till.charge(TWELVE_FIFTY)
    counter.line.hold.set()
    await counter.ends(Phase.APPROVED)
    assert counter.line.heard == ["pay"]
    assert len(counter.states) == 1
    assert "pay.already" in counter.notices


async def test_a_code_that_stays_in_view_is_charged_once(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    for _ in range(30):
        counter.sees(CODE, CODE)
    await counter.ends(Phase.APPROVED)
    for _ in range(30):
        counter.sees(CODE)
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    assert counter.step.phase is Phase.AWAIT_CODE
    assert counter.notices == ["code.used"]
    assert counter.line.heard == ["pay"]
    counter.sees(OTHER_CODE)
    await counter.ends(Phase.APPROVED)
    assert counter.line.heard == ["pay", "pay"]


async def test_two_payment_codes_in_view_are_refused(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE, OTHER_CODE)
    assert counter.notices == ["code.two"]
    assert counter.line.heard == []
    assert counter.step.phase is Phase.AWAIT_CODE


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("6901234567892", "basket.frozen"),
        ("https://example.com/x", "code.web_link"),
        ("wxp://f2f0abcdefghijk", "code.merchant_personal"),
        ("hello", "code.text"),
        ("\x1b]0;PWNED\x07", "code.control_characters"),
        ("9" * 20_000, "code.too_long"),
    ],
)
async def test_what_is_no_payment_code_is_named_and_never_charged(counter: Any, text: str, notice: str) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(text)
    assert counter.notices == [notice]
    assert counter.line.heard == []


async def test_a_product_is_never_a_payment_even_when_its_number_is_long(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.till.scanned([Scan("13456789012345", Channel.CAMERA, 0.0, Symbology.ITF)])
    counter.till.scanned([Scan("6901234567892", Channel.CAMERA, 0.0, Symbology.EAN13)])
    assert counter.line.heard == []


async def test_a_wallet_without_a_contract_is_refused_before_sending(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.sees("6225735053201615202")
    assert counter.notices == ["code.no_contract"]
    assert counter.line.heard == []


async def test_a_password_is_waited_for_in_sight(counter: Any) -> None:
    counter.line.says.update(pay=["pending"], query=["pending", "approved"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.APPROVED)
    assert counter.phases == [Phase.AWAIT_CODE, Phase.PROCESSING, Phase.CONFIRMING, Phase.APPROVED]
    waits = [event for event in counter.events if isinstance(event, Step) and event.phase is Phase.CONFIRMING]
    assert all(step.deadline_s is not None for step in waits)


async def test_a_lost_reply_is_asked_for_and_a_silent_acquirer_is_reversed(counter: Any) -> None:
    counter.line.says.update(pay=[NoAnswer("lost")], query=[NoAnswer("lost")])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.REVERSED)
    assert Phase.CHECKING in counter.phases
    assert counter.states == [State.REVERSED]
    counter.line.says.update(query=["reversed"])
    await counter.until(lambda: counter.states == [State.CLOSED])


async def test_unknown_stays_on_the_screen_and_refuses_another_pay_until_it_is_known(counter: Any) -> None:
    counter.line.says.update(pay=[NoAnswer("lost")], query=[NoAnswer("lost")], reverse=[NoAnswer("lost")])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.UNKNOWN)
    counter.till.charge(TWELVE_FIFTY)
    assert counter.notices[-1] == "pay.unknown"
    assert [one.state for one in counter.till.snapshot.open_attempts] == [State.REVERSING]
    counter.line.says.update(reverse=["reversed"], query=["reversed"])
    await counter.ends(Phase.REVERSED)
    await counter.until(lambda: counter.states == [State.CLOSED])


async def test_an_acquirer_that_cannot_be_reached_is_a_plain_refusal(counter: Any) -> None:
    counter.line.says.update(pay=[NotSent("refused")])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.DECLINED)
    assert counter.step.reason is Reason.NOT_SENT
    assert counter.states == [State.CLOSED]
    assert [device.up for device in counter.events if isinstance(device, DeviceState)] == [False]


async def test_a_declined_customer_may_show_another_code_for_the_same_sale(counter: Any) -> None:
    counter.line.says.update(pay=["declined insufficient_funds", "approved"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.DECLINED)
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(OTHER_CODE)
    await counter.ends(Phase.APPROVED)
    first, second = sorted(counter.journal.attempts(), key=lambda attempt: attempt.order_id)
    assert first.sale_id == second.sale_id
    assert first.order_id != second.order_id
    assert second.state is State.APPROVED


async def test_cancelling_before_a_code_was_shown_leaves_nothing(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    counter.till.cancel()
    counter.sees("hello")
    assert counter.step.phase is Phase.IDLE
    assert counter.states == []


async def test_cancelling_while_the_customer_types_takes_the_payment_back(counter: Any) -> None:
    counter.line.says.update(pay=["pending"], query=["pending"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.CONFIRMING)
    counter.till.cancel()
    await counter.ends(Phase.REVERSED)
    assert counter.step.reason is Reason.CANCELLED


async def test_an_amount_that_nobody_pays_is_given_back(counter: Any) -> None:
    counter.till.charge(TWELVE_FIFTY)
    await counter.ends(Phase.IDLE)
    assert counter.notices == ["await.timeout"]


async def test_a_zero_amount_is_refused(counter: Any) -> None:
    counter.till.charge(Money(0))
    assert counter.notices == ["amount.zero"]


async def test_a_receipt_that_cannot_be_had_is_said_to_be_none(counter: Any) -> None:
    counter.till.reprint()
    await counter.sell(TWELVE_FIFTY, CODE)
    counter.till.reprint()
    assert counter.notices == ["receipt.none", "receipt.no_printer"]


async def test_what_an_earlier_run_left_open_is_taken_back_at_start(open_counter: Opens) -> None:
    before = open_counter()
    before.line.hold = asyncio.Event()
    before.till.charge(TWELVE_FIFTY)
    before.sees(CODE)
    await before.until(lambda: before.line.heard == ["pay"])
    await before.till.stop()  # the power went: nobody heard the answer

    after = open_counter()
    assert after.states == [State.INTENT]
    await after.until(lambda: after.states == [State.CLOSED])
    assert after.line.heard == ["query", "reverse", "query"]
    await after.ends(Phase.REVERSED)
    after.till.charge(TWELVE_FIFTY)
    after.sees(CODE)
    assert after.notices == ["code.used"], "the code is remembered across the restart"


async def test_a_journal_that_cannot_take_the_intent_lets_nothing_out(counter: Any) -> None:
    counter.journal._db.execute("pragma query_only = on")
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.DECLINED)
    assert counter.line.heard == []
    assert counter.notices == ["journal.trouble"]


async def test_a_receipt_is_printed_after_approval_and_again_as_a_copy(open_counter: Opens, printer: Printer) -> None:
    counter = open_counter(printer=PrinterConfig(printer.url))
    await counter.sell(TWELVE_FIFTY, CODE)
    counter.till.reprint()
    fell = await asyncio.to_thread(printer.wait_for_papers, 2, timeout_s=DEADLINE_S)
    receipt, copy = (paper.text for paper in fell)
    assert "12.50" in receipt
    assert "重印" not in receipt
    assert "重印" in copy
    assert not any(CODE.encode() in paper.raw for paper in fell)
    await counter.until(lambda: len(counter.journal.entries_of("RECEIPT")) == 2)


async def test_a_printer_that_is_gone_is_said_and_the_payment_stands(open_counter: Opens) -> None:
    counter = open_counter(printer=PrinterConfig("tcp://127.0.0.1:9"))
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.APPROVED)
    await counter.until(lambda: any(isinstance(one, DeviceState) and not one.up for one in counter.events))
    assert counter.states == [State.APPROVED]


async def test_no_event_tells_a_payment_code(counter: Any) -> None:
    counter.line.says.update(pay=["declined code_invalid"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.DECLINED)
    assert CODE not in repr(counter.events)
    assert CODE not in repr(counter.till.snapshot)


# --- a code of ours -----------------------------------------------------------------------------------------


def showing(counter: Any) -> Step:
    step = counter.step
    assert step.phase is Phase.SHOWING
    return step


async def test_a_shown_code_is_on_the_screen_until_it_is_paid(counter: Any) -> None:
    counter.line.says["query"] = ["pending"]
    counter.till.show_code(TWELVE_FIFTY)
    await counter.ends(Phase.SHOWING)
    assert showing(counter).shown_code == SHOWN
    counter.line.says["query"] = ["approved"]
    await counter.ends(Phase.APPROVED)
    assert counter.step.shown_code == ""
    assert counter.states == [State.APPROVED]
    assert counter.journal.attempts()[0].shown


async def test_a_notification_is_answered_and_makes_the_till_ask_before_its_time(counter: Any) -> None:
    counter.line.says["query"] = ["pending"]
    counter.till.show_code(TWELVE_FIFTY)
    await counter.ends(Phase.SHOWING)
    asked = counter.line.heard.count("query")
    reply = counter.till.heard("wechat", Request("POST", "/", {}, showing(counter).order_id.encode()))
    assert reply.body == b"thanks"
    await counter.until(lambda: counter.line.heard.count("query") > asked)


async def test_a_notification_alone_approves_nothing(counter: Any) -> None:
    counter.line.says["query"] = ["pending"]
    counter.till.show_code(TWELVE_FIFTY)
    await counter.ends(Phase.SHOWING)
    counter.till.heard("wechat", Request("POST", "/", {}, showing(counter).order_id.encode()))
    await counter.ends(Phase.REVERSED)
    assert Phase.APPROVED not in counter.phases


async def test_a_notification_of_an_order_nobody_knows_is_kept_and_said(counter: Any) -> None:
    counter.till.heard("wechat", Request("POST", "/", {}, b"POS0900001"))
    assert [entry.kind for entry in counter.journal.entries(order_id="POS0900001")] == ["NOTIFIED"]
    assert counter.notices == ["notified.unknown"]


async def test_whoever_is_no_acquirer_of_ours_is_told_so(counter: Any) -> None:
    assert counter.till.heard("nobody", Request("POST", "/", {}, b"x")).status == 404


async def test_a_customer_who_would_rather_scan_gets_a_code_for_the_same_sale(counter: Any) -> None:
    counter.line.says["query"] = ["approved"]
    counter.till.charge(TWELVE_FIFTY)
    counter.till.show_code(TWELVE_FIFTY)
    await counter.ends(Phase.APPROVED)
    assert len({attempt.sale_id for attempt in counter.journal.attempts()}) == 1


async def test_a_second_press_while_a_code_is_shown_does_nothing(counter: Any) -> None:
    counter.line.says["query"] = ["pending"]
    counter.till.show_code(TWELVE_FIFTY)
    await counter.ends(Phase.SHOWING)
    counter.till.show_code(TWELVE_FIFTY)
    counter.till.charge(TWELVE_FIFTY)
    assert counter.notices == ["pay.already"]
    assert len(counter.journal.attempts()) == 1


async def test_an_acquirer_that_has_no_codes_to_show_is_not_asked_for_one(counter: Any) -> None:
    counter.till.show_code(TWELVE_FIFTY, "alipay")
    assert counter.notices == ["show.no_contract"]
    assert counter.step.phase is Phase.IDLE


# --- giving back, and what was found ------------------------------------------------------------------------


async def sold(counter: Any) -> str:
    order_id: str = await counter.sell(TWELVE_FIFTY, CODE)
    counter.till.dismiss()
    return order_id


async def test_part_of_a_sale_is_given_back_and_then_the_rest_but_no_more(counter: Any) -> None:
    order_id = await sold(counter)
    for minor in (500, 750):
        counter.till.refund(order_id, Money(minor))
        await counter.ends(Phase.REFUNDED)
        counter.till.dismiss()
    counter.till.refund(order_id, Money(1))
    assert counter.notices[-1] == "refund.too_much"
    assert counter.line.heard.count("refund") == 2


async def test_a_refund_that_the_acquirer_refuses_is_said_and_gives_nothing_back(counter: Any) -> None:
    order_id = await sold(counter)
    counter.line.says["refund"] = ["declined insufficient_funds"]
    counter.till.refund(order_id, Money(500))
    await counter.ends(Phase.REFUSED)
    assert counter.step.reason is Reason.INSUFFICIENT_FUNDS
    assert [line.state for line in counter.journal.refunds()] == [RefundState.REFUSED]


async def test_a_refund_nobody_answered_goes_on_in_the_background_under_the_same_number(counter: Any) -> None:
    order_id = await sold(counter)
    counter.line.says.update(refund=[NoAnswer("cut")], refund_query=["unknown not_found"])
    counter.till.refund(order_id, Money(500))
    await counter.ends(Phase.UNKNOWN)
    counter.line.says["refund"] = ["approved"]
    await counter.until(lambda: counter.journal.refunds()[0].state is RefundState.DONE)
    assert len(counter.journal.refunds()) == 1


async def test_a_refund_left_open_by_a_stop_is_taken_up_at_start(open_counter: Opens) -> None:
    before = open_counter()
    order_id = await sold(before)
    before.line.hold = asyncio.Event()
    before.till.refund(order_id, Money(500))
    await before.until(lambda: "refund" in before.line.heard)
    await before.till.stop()
    after = open_counter()
    await after.until(lambda: after.journal.refunds()[0].state is RefundState.DONE)


@pytest.mark.parametrize("order_id", ["nothing", ""])
async def test_only_what_was_sold_can_be_given_back(counter: Any, order_id: str) -> None:
    counter.till.refund(order_id, Money(500))
    assert counter.notices == ["refund.no_order"]


async def interrupted(open_counter: Opens) -> None:
    """A till that stopped while a payment was on its way."""
    before = open_counter()
    before.line.hold = asyncio.Event()
    before.till.charge(TWELVE_FIFTY)
    before.sees(CODE)
    await before.until(lambda: before.line.heard == ["pay"])
    await before.till.stop()


async def test_a_payment_that_went_through_before_the_stop_is_kept_if_the_cashier_says_so(open_counter: Opens) -> None:
    await interrupted(open_counter)
    after = open_counter()
    after.line.says["query"] = ["approved"]
    await after.ends(Phase.FOUND)
    after.till.keep()
    await after.ends(Phase.APPROVED)
    assert after.states == [State.APPROVED]


async def test_a_payment_that_was_found_and_is_not_wanted_is_given_back(open_counter: Opens) -> None:
    await interrupted(open_counter)
    after = open_counter()
    after.line.says["query"] = ["approved"]
    await after.ends(Phase.FOUND)
    after.line.says["query"] = ["unknown not_found"]
    after.till.cancel()
    await after.ends(Phase.REVERSED)
    assert "reverse" in after.line.heard


async def test_an_order_reported_paid_after_it_was_closed_is_undone_again(counter: Any) -> None:
    counter.line.says.update(pay=["declined code_expired"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.until(lambda: counter.states == [State.CLOSED])
    order_id = counter.journal.attempts()[0].order_id
    counter.line.says["query"] = ["approved", "unknown not_found"]
    counter.till.heard("wechat", Request("POST", "/", {}, order_id.encode()))
    kinds = ["INTENT", "REVERSING", "REVERSED", "CLOSED", "NOTIFIED", "REVERSING", "REVERSED", "CLOSED"]
    await counter.until(lambda: [one.kind for one in counter.journal.entries(order_id=order_id)] == kinds)


async def test_an_order_reported_paid_twice_at_once_is_undone_once(counter: Any) -> None:
    counter.line.says.update(pay=["declined code_expired"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.until(lambda: counter.states == [State.CLOSED])
    order_id = counter.journal.attempts()[0].order_id
    counter.line.says["query"] = ["approved", "unknown not_found"]
    for _ in range(2):
        counter.till.heard("wechat", Request("POST", "/", {}, order_id.encode()))
    kinds = ["INTENT", "REVERSING", "REVERSED", "CLOSED", "NOTIFIED", "REVERSING", "REVERSED", "CLOSED"]
    await counter.until(lambda: [one.kind for one in counter.journal.entries(order_id=order_id)] == kinds)
    assert "till.fault" not in counter.notices


async def test_after_a_fault_of_the_journal_what_is_open_is_taken_up_again(counter: Any) -> None:
    counter.line.says.update(pay=["unknown"], query=["unknown"], reverse=["unknown"])
    counter.till.charge(TWELVE_FIFTY)
    counter.sees(CODE)
    await counter.ends(Phase.UNKNOWN)
    counter.journal._db.execute("pragma query_only = on")
    counter.line.says.update(reverse=["reversed"], query=["unknown not_found"])
    await counter.until(lambda: "journal.trouble" in counter.notices)
    counter.journal._db.execute("pragma query_only = off")
    await counter.until(lambda: counter.states == [State.CLOSED])
