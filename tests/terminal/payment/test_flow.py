"""A payment told as a story: what was asked and written, in order, with time passing only where the flow waits."""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Answer, Order, PaymentCode, Reason, Refund, State, Verdict
from terminal.money import Money
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write, WriteRefund
from terminal.payment.flow import UNDOINGS, finish, finish_refund, look_again, pay, recover, refund, show
from terminal.scheme import Operation, Procedure

ORDER = Order("POS0100001", "S1", Money(1250), PaymentCode("wechat", "134567890123456789"), "wechat")
PROCEDURE = Procedure(
    answer_within_s=10,
    first_query_s=5,
    query_every_s=10,
    give_up_s=45,
    reverse_not_before_s=15,
    reverse_again_s=(2, 4, 8),
    reverse_alarm_after=6,
    reverse_window_s=7 * 86400,
    horizon_s=150,
    decline_is_final=False,
)

APPROVED = Answer(Verdict.APPROVED, transaction_id="4200000001")
PENDING = Answer(Verdict.PENDING, said="USERPAYING")
DECLINED = Answer(Verdict.DECLINED, Reason.INSUFFICIENT_FUNDS)
REVERSED = Answer(Verdict.REVERSED)
SILENCE = Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
NOT_SENT = Answer(Verdict.UNKNOWN, Reason.NOT_SENT)
NOT_FOUND = Answer(Verdict.UNKNOWN, Reason.NOT_FOUND)
MISMATCH = Answer(Verdict.UNKNOWN, Reason.MISMATCH)


@dataclass
class Story:
    """Plays a flow against a list of answers; time moves only in waits."""

    answers: list[Answer]
    wakes: dict[int, Woken] = field(default_factory=dict)  # which wait (from 0) ends early, and why
    told: list[str] = field(default_factory=list)  # "pay", "query", "INTENT"…
    asked_at: list[tuple[str, float]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)  # as they stood in each question
    refunds: list[Refund] = field(default_factory=list)
    now_s: float = 0.0
    waits: int = 0

    def now(self) -> float:
        return self.now_s

    def play(self, flow: Flow) -> Answer:
        told: Told = None
        try:
            while True:
                action = flow.send(told)
                told = self._do(action)
        except StopIteration as end:
            assert not self.answers, f"answers nobody asked for: {self.answers}"
            return end.value

    def _do(self, action: Ask | AskRefund | Wait | Write | WriteRefund) -> Told:
        if isinstance(action, Write | WriteRefund):
            self.told.append(action.state.value)
            return None
        if isinstance(action, Ask):
            self.told.append(action.operation.value)
            self.asked_at.append((action.operation.value, self.now_s))
            self.orders.append(action.order)
            return self.answers.pop(0)
        if isinstance(action, AskRefund):
            self.told.append(action.operation.value)
            self.refunds.append(action.refund)
            self.asked_at.append((action.operation.value, self.now_s))
            return self.answers.pop(0)
        assert action.until_s > self.now_s, "a wait for a time that has passed"
        woken = self.wakes.get(self.waits, Woken.ELAPSED)
        self.waits += 1
        if woken is Woken.ELAPSED:
            self.now_s = action.until_s
        return woken


def paid(*answers: Answer, wakes: dict[int, Woken] | None = None) -> tuple[Story, Answer]:
    story = Story(list(answers), wakes or {})
    return story, story.play(pay(ORDER, PROCEDURE, story.now))


def finished(state: State, *answers: Answer) -> tuple[Story, Answer]:
    story = Story(list(answers))
    return story, story.play(finish(ORDER, state, PROCEDURE, story.now, sent_s=0.0))


def test_a_plain_payment_is_written_asked_and_written() -> None:
    story, answer = paid(APPROVED)
    assert story.told == ["INTENT", "pay", "APPROVED"]
    assert answer == APPROVED


def test_a_password_is_waited_for_at_the_documented_pace() -> None:
    story, answer = paid(PENDING, PENDING, APPROVED)
    assert story.asked_at == [("pay", 0), ("query", 10), ("query", 20)]
    assert answer.verdict is Verdict.APPROVED


def test_a_lost_reply_is_asked_after_five_seconds() -> None:
    story, answer = paid(SILENCE, APPROVED)
    assert story.asked_at == [("pay", 0), ("query", 5)]
    assert answer.verdict is Verdict.APPROVED


def test_a_password_that_never_comes_is_asked_for_at_the_very_end_and_then_taken_back() -> None:
    story, answer = paid(PENDING, PENDING, PENDING, PENDING, PENDING, PENDING, REVERSED)
    assert [at for what, at in story.asked_at if what == "query"] == [10, 20, 30, 40, 45]
    assert story.told[-3:] == ["REVERSING", "reverse", "REVERSED"]
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.TIMED_OUT)


def test_a_decline_is_told_at_once_and_the_order_closed_afterwards() -> None:
    story, answer = paid(DECLINED)
    assert story.told == ["INTENT", "pay", "REVERSING"]
    assert answer == DECLINED
    story, _ = finished(State.REVERSING, REVERSED, NOT_FOUND)
    assert story.asked_at == [("reverse", 15), ("query", 150)]
    assert story.told[-1] == "CLOSED"


def test_nothing_sent_is_a_plain_refusal() -> None:
    story, answer = paid(NOT_SENT)
    assert story.told == ["INTENT", "pay", "CLOSED"]
    assert (answer.verdict, answer.reason) == (Verdict.DECLINED, Reason.NOT_SENT)


def test_not_being_able_to_ask_later_on_is_no_refusal() -> None:
    story, answer = paid(SILENCE, NOT_SENT, APPROVED)
    assert story.told == ["INTENT", "pay", "query", "query", "APPROVED"]
    assert answer.verdict is Verdict.APPROVED


def test_an_order_that_is_not_found_may_still_be_on_its_way() -> None:
    story, _ = paid(SILENCE, NOT_FOUND, APPROVED)
    assert story.told[-1] == "APPROVED"


def test_another_amount_is_undone_without_waiting_and_never_approved() -> None:
    story, answer = paid(MISMATCH, REVERSED)
    assert story.told == ["INTENT", "pay", "REVERSING", "reverse", "REVERSED"]
    assert story.asked_at[-1] == ("reverse", 15)
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.MISMATCH)


def test_a_reversal_is_never_asked_for_sooner_than_fifteen_seconds_after_the_pay_call() -> None:
    story, _ = paid(SILENCE, NOT_FOUND, REVERSED, wakes={0: Woken.CANCELLED})
    assert story.asked_at[-1] == ("reverse", 15)


def test_nobody_can_hurry_a_reversal_by_pressing_cancel_again() -> None:
    wakes = {0: Woken.CANCELLED, 1: Woken.CANCELLED, 2: Woken.NUDGED}
    story, _ = paid(SILENCE, NOT_FOUND, REVERSED, wakes=wakes)
    assert story.asked_at[-1] == ("reverse", 15)


def test_a_cancel_asks_once_more_and_then_undoes() -> None:
    story, answer = paid(PENDING, PENDING, REVERSED, wakes={0: Woken.CANCELLED})
    assert [what for what, _ in story.asked_at] == ["pay", "query", "reverse"]
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.CANCELLED)


def test_a_customer_who_paid_just_before_the_cancel_has_paid() -> None:
    story, answer = paid(PENDING, APPROVED, wakes={0: Woken.CANCELLED})
    assert story.told[-1] == "APPROVED"
    assert answer.verdict is Verdict.APPROVED


def test_a_nudge_asks_at_once() -> None:
    story, _ = paid(PENDING, APPROVED, wakes={0: Woken.NUDGED})
    assert story.asked_at[-1] == ("query", 0)


def test_when_nobody_can_be_reached_the_cashier_is_told_unknown_and_it_stays_open() -> None:
    story, answer = paid(*[SILENCE] * 6, *[SILENCE] * 3)
    assert answer.verdict is Verdict.UNKNOWN
    assert [what for what, _ in story.asked_at].count("reverse") == 3
    assert story.told[-1] == "reverse"
    assert "REVERSED" not in story.told


def test_a_reversal_is_repeated_with_growing_pauses_until_it_is_acknowledged() -> None:
    story, _ = finished(State.REVERSING, SILENCE, SILENCE, SILENCE, SILENCE, REVERSED, REVERSED)
    assert [at for what, at in story.asked_at if what == "reverse"] == [15, 17, 21, 29, 37]


def test_an_acquirer_that_says_again_is_asked_again() -> None:
    story, _ = finished(State.REVERSING, Answer(Verdict.REVERSED, again=True), REVERSED, REVERSED)
    assert [what for what, _ in story.asked_at] == ["reverse", "reverse", "query"]


def test_a_success_seen_after_the_reversal_is_reversed_once_more() -> None:
    story, answer = finished(State.REVERSED, APPROVED, REVERSED, NOT_FOUND)
    assert story.told == ["query", "REVERSING", "reverse", "REVERSED", "query", "CLOSED"]
    assert answer.verdict is Verdict.REVERSED


def test_what_was_found_open_at_start_is_taken_back() -> None:
    story, _ = finished(State.INTENT, REVERSED, REVERSED)
    assert story.told == ["REVERSING", "reverse", "REVERSED", "query", "CLOSED"]


def test_an_acquirer_that_will_not_undo_it_is_a_case_for_a_person() -> None:
    story, answer = finished(State.REVERSING, Answer(Verdict.DECLINED, Reason.OTHER, "REVERSE_EXPIRE"))
    assert story.told[-1] == "MANUAL"
    assert answer.said == "REVERSE_EXPIRE"


def test_a_wallet_whose_declines_are_final_is_not_asked_to_undo_one() -> None:
    story = Story([DECLINED])
    story.play(pay(ORDER, replace(PROCEDURE, decline_is_final=True), story.now))
    assert story.told == ["INTENT", "pay", "CLOSED"]


ANY = st.sampled_from([APPROVED, PENDING, DECLINED, REVERSED, SILENCE, NOT_SENT, NOT_FOUND, MISMATCH])


@given(st.lists(ANY, min_size=20, max_size=20), st.dictionaries(st.integers(0, 6), st.sampled_from(list(Woken))))
def test_whatever_is_answered_the_order_of_writing_holds(answers: list[Answer], wakes: dict[int, Woken]) -> None:
    story = Story(list(answers), wakes)
    flow = pay(ORDER, PROCEDURE, story.now)
    told: Told = None
    answer = None
    try:
        while True:
            told = story._do(flow.send(told))
    except StopIteration as end:
        answer = end.value
    assert story.told[:2] == ["INTENT", "pay"], "written before it is sent"
    assert story.told.count("pay") == 1, "never sent twice"
    if "reverse" in story.told:
        assert story.told.index("REVERSING") < story.told.index("reverse"), "the undoing is written first"
        assert "APPROVED" not in story.told
    assert (answer.verdict is Verdict.APPROVED) == ("APPROVED" in story.told)
    assert all(at >= 15 for what, at in story.asked_at if what == "reverse")


def test_an_approval_after_the_decision_to_undo_is_impossible_in_every_order_of_events() -> None:
    for late in (APPROVED, PENDING):
        story = Story([late, REVERSED, NOT_FOUND])
        story.play(finish(ORDER, State.REVERSED, PROCEDURE, story.now, 0.0))
        assert "APPROVED" not in story.told


@pytest.mark.parametrize("operation", [Operation.PAY, Operation.QUERY])
def test_a_flow_that_is_told_nonsense_stops_instead_of_guessing(operation: Operation) -> None:
    flow = pay(ORDER, PROCEDURE, lambda: 0.0)
    flow.send(None)
    flow.send(None)
    if operation is Operation.QUERY:
        flow.send(PENDING)
        flow.send(Woken.ELAPSED)
    with pytest.raises(AssertionError):
        flow.send(None)


def test_an_acquirer_that_undoes_and_denies_it_by_turns_is_given_to_a_person_and_never_asked_in_haste() -> None:
    story, answer = finished(State.REVERSING, *[REVERSED, PENDING] * UNDOINGS)
    assert story.told[-1] == "MANUAL"
    assert answer.verdict is Verdict.PENDING
    asked = [at_s for operation, at_s in story.asked_at if operation == "query"]
    assert all(later - sooner >= PROCEDURE.horizon_s for sooner, later in itertools.pairwise(asked))


# --- a code of ours -----------------------------------------------------------------------------------------

SHOWN_ORDER = Order("POS0100002", "S2", Money(1250), acquirer="wechat", shown=True)
SHOWN = Answer(Verdict.PENDING, said="NOTPAY", shown_code="weixin://wxpay/bizpayurl?pr=1")
NOT_PAID = Answer(Verdict.PENDING, said="NOTPAY")
CLOSED = Answer(Verdict.REVERSED)
PAID_AFTER_ALL = Answer(Verdict.APPROVED, said="ORDER_PAID", transaction_id="4200000002")
REFUNDED = Answer(Verdict.APPROVED, said="SUCCESS")


def shown(*answers: Answer, wakes: dict[int, Woken] | None = None) -> tuple[Story, Answer]:
    story = Story(list(answers), wakes or {})
    return story, story.play(show(SHOWN_ORDER, PROCEDURE, story.now))


def test_a_shown_code_that_is_paid_is_found_out_by_asking() -> None:
    story, answer = shown(SHOWN, NOT_PAID, APPROVED)
    assert story.told == ["INTENT", "show", "query", "query", "APPROVED"]
    assert answer.verdict is Verdict.APPROVED


def test_a_notification_makes_the_till_ask_at_once() -> None:
    story, answer = shown(SHOWN, APPROVED, wakes={0: Woken.NUDGED})
    assert story.asked_at == [("show", 0.0), ("query", 0.0)]
    assert answer.verdict is Verdict.APPROVED


def test_a_code_that_nobody_scans_is_closed_when_its_time_is_up() -> None:
    story, answer = shown(SHOWN, *[NOT_PAID] * 12, CLOSED)
    assert story.told[-3:] == ["REVERSING", "close", "REVERSED"]
    assert (answer.verdict, answer.reason, story.now_s) == (Verdict.REVERSED, Reason.TIMED_OUT, PROCEDURE.show_for_s)


def test_a_customer_who_paid_just_before_the_cashier_gave_up_has_paid() -> None:
    story, answer = shown(SHOWN, APPROVED, wakes={0: Woken.CANCELLED})
    assert story.told == ["INTENT", "show", "query", "APPROVED"]
    assert answer.verdict is Verdict.APPROVED


def test_what_was_paid_after_the_decision_to_close_is_given_back_and_never_approved() -> None:
    story, answer = shown(SHOWN, NOT_PAID, PAID_AFTER_ALL, REFUNDED, wakes={0: Woken.CANCELLED})
    assert story.told == ["INTENT", "show", "query", "REVERSING", "close", "refund", "REVERSED"]
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.CANCELLED)
    assert [(one.refund_id, one.order.transaction_id) for one in story.refunds] == [("POS0100002R", "4200000002")]


def test_a_refund_that_was_not_acknowledged_is_asked_for_again_under_the_same_number() -> None:
    story, answer = shown(
        SHOWN, NOT_PAID, PAID_AFTER_ALL, SILENCE, NOT_FOUND, PAID_AFTER_ALL, REFUNDED, wakes={0: Woken.CANCELLED}
    )
    assert {one.refund_id for one in story.refunds} == {"POS0100002R"}
    assert answer.verdict is Verdict.REVERSED


def test_a_code_that_never_came_is_shown_to_nobody_and_closed() -> None:
    story, _ = shown(SILENCE, CLOSED)
    assert story.told == ["INTENT", "show", "REVERSING", "close", "REVERSED"]


def test_an_order_that_was_shown_when_the_power_went_is_closed_and_looked_at_again() -> None:
    story = Story([CLOSED, Answer(Verdict.DECLINED, Reason.ORDER_CLOSED)])
    story.play(finish(SHOWN_ORDER, State.INTENT, PROCEDURE, story.now, 0.0))
    assert story.told == ["REVERSING", "close", "REVERSED", "query", "CLOSED"]


def test_money_given_back_by_a_refund_ends_the_order() -> None:
    story = Story([Answer(Verdict.UNKNOWN, Reason.REFUNDED)])
    story.play(finish(SHOWN_ORDER, State.REVERSED, PROCEDURE, story.now, 0.0))
    assert story.told == ["query", "CLOSED"]


# --- a line that has no question ----------------------------------------------------------------------------

POS = replace(PROCEDURE, can_query=False, reverse_not_before_s=0)


def test_without_a_question_to_ask_what_is_not_known_is_reversed_at_once() -> None:
    story = Story([SILENCE, REVERSED])
    assert story.play(pay(ORDER, POS, story.now)).verdict is Verdict.REVERSED
    assert story.asked_at == [("pay", 0.0), ("reverse", 0.0)]


def test_without_a_question_to_ask_the_horizon_alone_ends_it() -> None:
    story = Story([])
    story.play(finish(ORDER, State.REVERSED, POS, story.now, 0.0))
    assert story.told == ["CLOSED"]
    assert story.now_s == POS.horizon_s


def test_the_acquirers_number_is_remembered_for_what_is_asked_later() -> None:
    learnt = Answer(Verdict.UNKNOWN, Reason.OTHER, transaction_id="Q7")
    story = Story([SILENCE, learnt, REVERSED])
    story.play(pay(ORDER, replace(PROCEDURE, give_up_s=5), story.now))
    assert [order.transaction_id for order in story.orders] == ["", "", "Q7"]


def test_a_number_in_a_reply_that_is_not_believed_is_not_remembered() -> None:
    story = Story([SILENCE, replace(MISMATCH, transaction_id="X9"), REVERSED])
    story.play(pay(ORDER, PROCEDURE, story.now))
    assert {order.transaction_id for order in story.orders} == {""}


# --- found at start -----------------------------------------------------------------------------------------


def found(*answers: Answer, wakes: dict[int, Woken] | None = None) -> tuple[Story, Answer]:
    story = Story(list(answers), wakes or {})
    return story, story.play(recover(ORDER, PROCEDURE, story.now, keep_until_s=90.0))


def test_a_payment_found_at_start_is_approved_only_when_it_was_paid_and_the_cashier_keeps_it() -> None:
    story, answer = found(APPROVED, wakes={0: Woken.KEPT})
    assert story.told == ["query", "APPROVED"]
    assert answer == APPROVED


@pytest.mark.parametrize("woken", [Woken.CANCELLED, Woken.ELAPSED])
def test_a_payment_found_at_start_that_nobody_keeps_is_given_back(woken: Woken) -> None:
    story, answer = found(APPROVED, REVERSED, wakes={0: woken})
    assert story.told == ["query", "REVERSING", "reverse", "REVERSED"]
    assert (answer.verdict, answer.reason) == (Verdict.REVERSED, Reason.POWER_CUT)


def test_a_notification_does_not_answer_for_the_cashier() -> None:
    story, answer = found(APPROVED, wakes={0: Woken.NUDGED, 1: Woken.KEPT})
    assert answer.verdict is Verdict.APPROVED
    assert story.waits == 2


@pytest.mark.parametrize("answer", [PENDING, SILENCE, NOT_FOUND, DECLINED])
def test_what_was_not_paid_when_it_was_found_is_undone_without_a_question(answer: Answer) -> None:
    story, _ = found(answer, REVERSED)
    assert story.told == ["query", "REVERSING", "reverse", "REVERSED"]


# --- paid after all, and too late ---------------------------------------------------------------------------


def test_an_order_reported_paid_after_it_was_closed_is_looked_up_and_undone_again() -> None:
    story = Story([APPROVED, REVERSED, Answer(Verdict.REVERSED)])
    story.play(look_again(ORDER, PROCEDURE, story.now))
    assert story.told == ["query", "REVERSING", "reverse", "REVERSED", "query", "CLOSED"]


@pytest.mark.parametrize("answer", [Answer(Verdict.REVERSED), SILENCE, NOT_FOUND])
def test_a_report_that_the_acquirer_does_not_confirm_moves_nothing(answer: Answer) -> None:
    story = Story([answer])
    story.play(look_again(ORDER, PROCEDURE, story.now))
    assert story.told == ["query"]


# --- refunds ------------------------------------------------------------------------------------------------

ASKED = Refund("POS01R1", ORDER, Money(500))


def given_back(*answers: Answer) -> tuple[Story, Answer]:
    story = Story(list(answers))
    return story, story.play(refund(ASKED, PROCEDURE, story.now))


def test_a_refund_is_written_asked_for_and_written() -> None:
    story, answer = given_back(REFUNDED)
    assert story.told == ["REFUND_ASKED", "refund", "REFUND_DONE"]
    assert answer.verdict is Verdict.APPROVED


def test_a_refund_that_is_refused_leaves_the_money_where_it_was() -> None:
    story, answer = given_back(DECLINED, NOT_FOUND)
    assert story.told == ["REFUND_ASKED", "refund", "refund_query", "REFUND_REFUSED"]
    assert answer.reason is Reason.INSUFFICIENT_FUNDS


def test_a_refund_that_is_refused_and_yet_was_made_by_an_earlier_copy_is_done() -> None:
    story, _ = given_back(DECLINED, REFUNDED)
    assert story.told == ["REFUND_ASKED", "refund", "refund_query", "REFUND_DONE"]


def test_a_refusal_that_cannot_be_confirmed_leaves_the_refund_open() -> None:
    story, _ = given_back(DECLINED, SILENCE, DECLINED, NOT_FOUND)
    assert story.told[-3:] == ["refund", "refund_query", "REFUND_REFUSED"]


def test_a_refund_without_a_clear_answer_is_asked_about_and_then_asked_for_again() -> None:
    story, _ = given_back(SILENCE, NOT_FOUND, PENDING, REFUNDED)
    assert story.told == ["REFUND_ASKED", "refund", "refund_query", "refund", "refund_query", "REFUND_DONE"]
    assert {one.refund_id for one in story.refunds} == {"POS01R1"}


def test_a_refund_that_cannot_be_known_in_time_is_left_to_the_background_and_carried_to_its_end() -> None:
    story, answer = given_back(*[SILENCE] * 6)
    assert answer.verdict is Verdict.UNKNOWN
    assert "REFUND_DONE" not in story.told
    later = Story([*[SILENCE] * 20, REFUNDED])
    assert later.play(finish_refund(ASKED, PROCEDURE, later.now)).verdict is Verdict.APPROVED


def test_a_refund_that_was_not_sent_is_not_asked_about() -> None:
    story, _ = given_back(NOT_SENT, REFUNDED)
    assert story.told == ["REFUND_ASKED", "refund", "refund", "REFUND_DONE"]


# --- the same day: a void where there is one -------------------------------------------------------------

TEN = 1_792_202_400  # ten in the morning in Beijing, by Unix seconds
VOIDS = replace(PROCEDURE, can_void=True, day_begins_s=-3600)  # a day that begins at eleven the evening before
TOO_LATE = Answer(Verdict.DECLINED, Reason.NOT_ALLOWED)


def taken_back(
    *answers: Answer, fen: int = 1250, begun_s: int = TEN + 3600, procedure: Procedure = VOIDS
) -> tuple[Story, Answer]:
    story = Story(list(answers))
    paid_at_ten = replace(ORDER, begun_s=TEN)
    return story, story.play(refund(Refund("R1", paid_at_ten, Money(fen), begun_s=begun_s), procedure, story.now))


def test_the_whole_of_todays_payment_is_voided() -> None:
    story, answer = taken_back(APPROVED)
    assert story.told == ["REFUND_ASKED", "void", "REFUND_DONE"]
    assert answer.verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    "case",
    [{"fen": 1249}, {"begun_s": TEN + 13 * 3600}, {"procedure": PROCEDURE}],
    ids=["a part", "after eleven in the evening", "a wallet without voids"],
)
def test_anything_else_is_refunded(case: dict[str, Any]) -> None:
    story, _ = taken_back(APPROVED, **case)
    assert story.told == ["REFUND_ASKED", "refund", "REFUND_DONE"]


def test_a_minute_before_eleven_is_still_the_same_day() -> None:
    story, _ = taken_back(APPROVED, begun_s=TEN + 13 * 3600 - 60)
    assert "void" in story.told


def test_a_void_that_comes_too_late_is_a_refund_under_the_same_number() -> None:
    story, answer = taken_back(TOO_LATE, APPROVED)
    assert story.told == ["REFUND_ASKED", "void", "refund", "REFUND_DONE"]
    assert {one.refund_id for one in story.refunds} == {"R1"}
    assert answer.verdict is Verdict.APPROVED


def test_a_void_whose_answer_was_lost_is_asked_about_and_never_followed_by_a_refund() -> None:
    story, _ = taken_back(SILENCE, APPROVED)
    assert story.told == ["REFUND_ASKED", "void", "refund_query", "REFUND_DONE"]


def test_a_void_carried_out_unseen_refuses_its_copy_and_the_refund_and_is_found_by_asking() -> None:
    story, answer = taken_back(SILENCE, NOT_FOUND, TOO_LATE, DECLINED, APPROVED)
    assert story.told[1:] == ["void", "refund_query", "void", "refund", "refund_query", "REFUND_DONE"]
    assert answer.verdict is Verdict.APPROVED


def test_what_neither_way_gives_back_is_refused() -> None:
    story, answer = taken_back(TOO_LATE, DECLINED, NOT_FOUND)
    assert story.told == ["REFUND_ASKED", "void", "refund", "refund_query", "REFUND_REFUSED"]
    assert answer.verdict is Verdict.DECLINED


def test_after_a_power_cut_the_same_void_goes_on() -> None:
    story = Story([APPROVED])
    line = Refund("R1", replace(ORDER, begun_s=TEN), Money(1250), begun_s=TEN + 60)
    story.play(finish_refund(line, VOIDS, story.now))
    assert story.told == ["void", "REFUND_DONE"]


def test_an_undoing_that_finds_it_paid_for_good_voids_it_too() -> None:
    story = Story([APPROVED, APPROVED])
    story.play(finish(replace(ORDER, begun_s=TEN), State.REVERSING, VOIDS, story.now, sent_s=0.0))
    assert story.told == ["reverse", "void", "REVERSED", "CLOSED"]
