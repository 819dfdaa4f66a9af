"""Who comes to the counter, and what they do there, without the devices plugged in."""

import base64
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firmware_sim.drawing import codes
from firmware_sim.hosts.acquiring import Asked
from firmware_sim.shop import ON_REQUEST, Story, Way, visits
from firmware_sim.wallets import WALLETS
from firmware_sim.world import REACHES_S, World
from terminal.basket.catalogue import load
from terminal.model import masked
from terminal.places import GOODS
from terminal.scheme import Operation

NATIVE = "weixin://wxpay/bizpayurl?pr=shown"


@pytest.fixture
def world(keys: Path, hand_clock: Any) -> Iterator[World]:
    (keys / "ledger.db").unlink(missing_ok=True)
    world = World(keys, seed=7, clock=hand_clock)
    yield world
    world._acquirers.ledger.close()


def test_the_same_seed_brings_the_same_customers() -> None:
    first, second, other = (list(islice(visits(seed, list(WALLETS)), 50)) for seed in (7, 7, 8))
    assert first == second != other


def test_every_wallet_comes_as_often_as_any_other_and_by_every_way() -> None:
    day = list(islice(visits(3, list(WALLETS)), 10 * len(WALLETS)))
    assert set(Counter(visit.wallet for visit in day).values()) == {10}
    assert set(Counter(visit.story for visit in day)) == set(Story) - ON_REQUEST
    assert all(count >= len(day) // 5 for count in Counter(visit.way for visit in day).values())


def test_a_customer_comes_by_a_way_that_the_counter_has(world: World) -> None:
    for ways in (["scanner"], ["camera", "scanner"], ["screen"]):
        for _ in range(12):
            assert world.next({"ways": ways})["way"] in ways
    ways_of_old = {world.next({})["way"] for _ in range(12)}
    assert ways_of_old == {Way.CAMERA, Way.SCANNER}


def test_one_of_three_brings_goods_and_they_are_what_is_to_be_paid(world: World) -> None:
    goods = {item.code.lstrip("0"): item.price.minor for item in load(GOODS).items}
    visits = [world.next({"goods": True}) for _ in range(60)]
    shopping = [visit for visit in visits if visit["goods"]]
    assert 10 <= len(shopping) <= 30
    assert all(visit["amount_fen"] == sum(goods[code] for code in visit["goods"]) for visit in shopping)
    assert not any(world.next({})["goods"] for _ in range(12)), "where the shop has none"
    assert world.next({"goods": True, "amount_fen": 990})["amount_fen"] == 990


@pytest.mark.parametrize("way", ["camera", "scanner", "screen"])
def test_goods_are_held_where_the_customers_code_will_be(world: World, mocker: Any, way: str) -> None:
    scanned = mocker.patch.object(world.scanner, "scan")
    world.next({"ways": [way]})
    world.lay({"code": "6901234567892"})
    assert bool(scanned.call_count) is (way != Way.CAMERA)
    assert (world._counter.in_full_view_s is not None) is (way == Way.CAMERA)
    if way == Way.CAMERA:
        first_s = world._counter.in_full_view_s or 0.0
        with pytest.raises(ValueError, match="still there"):
            world.lay({"code": "6901234567892"})
        world.leave({})
        world.lay({"code": "6901234567892"})
        assert (world._counter.in_full_view_s or 0.0) > first_s + REACHES_S, "two of one kind are not taken for one"


def test_nobody_pays_before_somebody_has_come(world: World) -> None:
    for act in (world.show, world.scan):
        with pytest.raises(ValueError, match="nobody is at the counter"):
            act({"png": ""})


def _scanned(world: World, text: str, expires_s: float) -> str:
    picture, file = np.kron(codes.qr(text), np.ones((5, 5), np.uint8)), io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    host = next(host for host in world._acquirers.hosts if host.name == "wechat")
    host.acquirer.show(Asked(text[-9:], 100, ""), text, expires_s)  # type: ignore[attr-defined]
    answer: str = world.scan({"png": base64.b64encode(file.getvalue()).decode()})["shown"]
    return answer


def test_a_customer_scans_the_pixels_of_the_tills_code(world: World, hand_clock: Any) -> None:
    visit = next(one for one in iter(lambda: world.next({}), None) if one["network"] == "wechat")
    wanted = {"broke": "not enough money", "password": "password", "no_password": "not_typed"}
    assert _scanned(world, NATIVE, hand_clock.wall() + 60) == wanted.get(visit["story"], "paid")
    world.leave({})
    assert world._acquirers.faults.waiting == ()


def test_a_customer_of_another_wallet_cannot_pay_it(world: World, hand_clock: Any) -> None:
    while world.next({})["network"] != "alipay":
        pass
    assert _scanned(world, NATIVE, hand_clock.wall() + 60) == "not a code that this wallet can pay"


def test_a_phone_that_somebody_holds_is_seen_by_the_camera_for_a_while(world: World) -> None:
    ask = world._acquirers.commands
    phone = {"phone": ask["phone/open"]({"wallet": "ccb"})["phone"]}  # type: ignore[index]
    empty = world._counter.in_full_view_s
    ask["phone/hold_up"](phone)
    seen_s = world._counter.in_full_view_s
    assert empty is None
    assert seen_s is not None
    assert not world._counter.is_empty(seen_s)
    assert world._counter.is_empty(seen_s + 30)
    ask["phone/hold_up"](phone)
    assert (world._counter.in_full_view_s or 0) > seen_s, "the next one waits until the first is gone"


def test_nobody_pushes_in_before_a_customer_whose_phone_is_there(world: World) -> None:
    while world.next({"ways": ["camera"]})["way"] != Way.CAMERA:
        pass
    world.show({})
    ask = world._acquirers.commands
    phone = {"phone": ask["phone/open"]({"wallet": "ccb"})["phone"]}  # type: ignore[index]
    with pytest.raises(ValueError, match="a phone is still there"):
        ask["phone/hold_up"](phone)


def test_the_next_customer_is_as_somebody_wished_and_the_one_after_is_not(world: World) -> None:
    assert world.coming({"story": "broke"}) == {"story": "broke"}
    assert world.watch({})["coming"] == "broke"
    assert world.next({"story": "straight"})["story"] == "broke", "a wish has the last word"
    assert world.watch({})["coming"] is None
    assert world.next({"story": "straight"})["story"] == "straight"
    with pytest.raises(ValueError, match="is not a valid Story"):
        world.coming({"story": "rude"})


def test_a_customer_whom_nobody_can_be_changes_nothing(world: World) -> None:
    world.next({})
    world.coming({"story": "broke"})
    before = world._at_counter(), world.watch({})
    for nobody in ({"wallet": "piggy bank"}, {"amount_fen": "much"}, {"ways": ["window"]}):
        with pytest.raises(ValueError, match=r"wallet|literal|Way"):
            world.next(nobody)
    assert (world._at_counter(), world.watch({})) == before
    assert world.next({"ways": []})["story"] == "broke"


def test_a_slow_customer_types_in_the_end_and_an_absent_minded_one_never(world: World) -> None:
    for story, after_s in (("slow", 25.0), ("no_password", None), ("password", 8.0)):
        world.next({"story": story})
        owner = world._at_counter()[1].owner
        assert (owner.needs_password, owner.types_after_s) == (True, after_s)


def test_who_looks_on_sees_the_phone_and_the_books_and_no_code(world: World, hand_clock: Any) -> None:
    assert world.watch({}) == {"customer": None, "order": None, "coming": None, "cut": False}
    world.next({"ways": ["screen"], "wallet": "wechat", "story": "straight"})
    assert world.watch({})["customer"]["face"] == "pocket"
    assert _scanned(world, NATIVE, hand_clock.wall() + 60) == "paid"
    seen = world.watch({})
    assert (seen["customer"]["face"], seen["order"]["state"], seen["order"]["host"]) == ("paid", "paid", "wechat")
    world.next({"ways": ["camera"], "wallet": "alipay", "story": "straight"})
    assert world.watch({})["order"] is None, "the order was of the customer before"
    world.show({})
    customer = world.watch({})["customer"]
    assert customer["face"] == "code"
    assert customer["code"] == masked(world._code) != world._code


def test_a_refusal_shows_on_the_phone(world: World, hand_clock: Any) -> None:
    world.next({"ways": ["screen"], "wallet": "wechat", "story": "broke"})
    _scanned(world, NATIVE, hand_clock.wall() + 60)
    assert world.watch({})["customer"]["face"] == "refused"


def test_a_late_reply_waits_for_the_payment(world: World) -> None:
    world.next({"ways": ["camera"], "story": "late_reply"})
    world.show({})
    assert world._acquirers.faults.waiting == (("late_reply", Operation.PAY),)
