"""Every way in which two books can differ is found, by its own name, and nothing else is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.lab import BANKS, INJECTIONS, Injection, Lab
from terminal.books.matching import ACTIONS, WAITS, Kind
from terminal.books.settlement import Settlement
from terminal.errors import NoBill
from terminal.model import State
from terminal.scheme import Reply, Request


@pytest.fixture(params=BANKS)
def lab(request: pytest.FixtureRequest, keys: Path) -> Iterator[Lab]:
    lab = Lab(keys, request.param)
    yield lab
    lab.close()
    for left in keys.glob("journal*"):
        left.unlink()


def found(settlement: Settlement) -> list[tuple[str, str]]:
    return [(one.kind, one.key) for one in (*settlement.differences, *settlement.waits)]


def test_an_ordinary_day_matches_to_the_fen(lab: Lab) -> None:
    lab.ordinary_day()
    settlement = lab.settle()
    assert found(settlement) == []
    assert settlement.matched == 8  # six orders, one of them undone, and two refunds
    assert settlement.strangers == 1
    (totals,) = settlement.totals
    assert (totals.sales.count, totals.sales.money.minor) == (5, 101_138)
    assert (totals.refunds.count, totals.net.minor) == (2, 101_138 - 3_334)
    assert totals.undone.count == 1


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda one: one.__name__)
def test_each_difference_is_found_once_and_alone(lab: Lab, injection: Injection) -> None:
    lab.ordinary_day()
    key = injection(lab)
    settlement = lab.settle()
    assert found(settlement) == [(INJECTIONS[injection], key)]
    assert settlement.agrees is (INJECTIONS[injection] in WAITS)


def test_the_lab_injects_every_kind_that_a_bill_can_show_and_each_has_an_action() -> None:
    assert set(INJECTIONS.values()) == set(Kind) - {Kind.TOTALS}  # which is a batch's
    assert set(ACTIONS) == set(Kind)


@pytest.mark.parametrize("name", ["cross_midnight", "refund_cross_midnight"])
def test_what_waited_is_matched_on_the_next_day(lab: Lab, name: str) -> None:
    lab.ordinary_day()
    next(one for one in INJECTIONS if one.__name__ == name)(lab)
    lab.settle()
    after = lab.settle(later=1)
    assert found(after) == []
    assert after.matched == 1


def test_what_waited_in_vain_is_a_difference_on_the_next_day(lab: Lab) -> None:
    lab.at(24 * 3600 - 60)
    order = lab.order()
    lab.write(order, State.APPROVED)
    assert found(lab.settle()) == [(Kind.CROSS_MIDNIGHT, order.order_id)]
    assert found(lab.settle(later=1)) == [(Kind.HERE_NOT_THERE, order.order_id)]
    assert found(lab.settle(later=2)) == []


@pytest.mark.parametrize(
    "spoilt", [lambda body: body[:-20], lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:], lambda _: b""]
)
def test_a_bill_that_was_spoilt_on_its_way_is_no_bill(lab: Lab, spoilt: Callable[[bytes], bytes]) -> None:
    """The text or archive itself, which no acquirer signs: WeChat v3 has a hash of it, an archive has its own."""
    lab.ordinary_day()
    answer = lab.host.answer

    def spoiling(request: Request) -> Reply:
        reply = answer(request)
        is_file = not reply.body.startswith((b"{", b"<"))
        return replace(reply, body=spoilt(reply.body)) if is_file else reply

    lab.host.answer = spoiling  # type: ignore[method-assign, assignment]
    with pytest.raises(NoBill):
        lab.settle()


def test_a_day_on_which_no_money_moved_has_an_empty_bill(lab: Lab) -> None:
    settlement = lab.settle()
    assert (settlement.matched, found(settlement), settlement.totals) == (0, [], ())


def test_a_bill_is_not_there_before_its_hour(lab: Lab) -> None:
    lab.ordinary_day()
    with pytest.raises(NoBill):
        lab._bill(lab.day)


def test_a_merchant_with_two_contracts_is_not_told_twice_of_the_same_payments(lab: Lab) -> None:
    lab.ordinary_day()
    lab.acquirer = replace(lab.acquirer, name="the merchant's other contract")
    settlement = lab.settle()
    assert (found(settlement), settlement.matched) == ([], 0)
    assert settlement.strangers == 10  # six orders, an undoing, two refunds, and the other till's
