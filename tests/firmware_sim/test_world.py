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
from firmware_sim.shop import Story, Way, visits
from firmware_sim.wallets import WALLETS
from firmware_sim.world import World

NATIVE = "weixin://wxpay/bizpayurl?pr=shown"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(state: Path, hand_clock: Any) -> Iterator[World]:
    (state / "ledger.db").unlink(missing_ok=True)
    world = World(state, seed=7, clock=hand_clock)
    yield world
    world._acquirers.ledger.close()


def test_the_same_seed_brings_the_same_customers() -> None:
    first, second, other = (list(islice(visits(seed, list(WALLETS)), 50)) for seed in (7, 7, 8))
    assert first == second != other


def test_every_wallet_comes_as_often_as_any_other_and_by_every_way() -> None:
    day = list(islice(visits(3, list(WALLETS)), 10 * len(WALLETS)))
    assert set(Counter(visit.wallet for visit in day).values()) == {10}
    assert set(Counter(visit.story for visit in day)) == set(Story)
    assert all(count >= len(day) // 5 for count in Counter(visit.way for visit in day).values())


def test_a_customer_comes_by_a_way_that_the_counter_has(world: World) -> None:
    for ways in (["scanner"], ["camera", "scanner"], ["screen"]):
        for _ in range(12):
            assert world.next({"ways": ways})["way"] in ways
    ways_of_old = {world.next({})["way"] for _ in range(12)}
    assert ways_of_old == {Way.CAMERA, Way.SCANNER}


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
