"""Every wallet, both ways, through real pixels and bytes: the till reads the customer's code, or shows its own.

One world and one till serve all of these sales, one after another, as at a counter.
"""

import base64
import json
import queue
import random
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.books.journal import JournalReader
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import from_table
from terminal.demo import SHOW_AGAIN, SHOWS
from terminal.model import State
from terminal.money import Money
from terminal.schemes import SETTINGS
from terminal.steps import DeviceKind, DeviceState, Event, Phase, Step
from terminal.tui.qr import picture
from terminal.world import World

NETWORK = {"wechat": "wechat", "alipay": "alipay"} | dict.fromkeys(
    ("unionpay", "ccb", "boc", "bocom", "pab", "citic"), "unionpay"
)
WITHIN_S = 90.0
AMOUNT = Money(1234)
OVER = (Phase.APPROVED, Phase.DECLINED, Phase.REVERSED, Phase.UNKNOWN, Phase.IDLE)


class Street:
    """A till in front of a whole world, and what it said."""

    def __init__(self, state: Path) -> None:
        self.state = state
        clock = Clock(speed=8)  # its waits are real ones, and a busy machine must keep up
        self.world = World(state, seed=5, clock=clock)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.listens_at = f"127.0.0.1:{free.getsockname()[1]}"
        table = {**self.world.ready["config"], "till": {"listen": self.listens_at}}
        config = from_table(table, "the world", state, SETTINGS)
        self.counter = Counter(config, state=state, clock=clock, rng=random.Random(1), is_demo=True)
        self.heard: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def until(self, wanted: Callable[[Event], bool]) -> Any:
        ends_s = time.monotonic() + WITHIN_S
        while True:
            event = self.heard.get(timeout=max(0.01, ends_s - time.monotonic()))
            if wanted(event):
                return event

    def phase(self, *phases: Phase) -> Step:
        step: Step = self.until(lambda event: isinstance(event, Step) and event.phase in phases)
        return step

    def tell(self, what: str, **question: object) -> dict[str, Any]:
        """Over the world's control address, as anybody could."""
        address, body = f"{self.world.ready['control']}/{what}", json.dumps(question).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
            told: dict[str, Any] = json.load(reply)
            return told

    def begin(self, wallet: str, way: str) -> None:
        self.counter.till.dismiss()
        visit = self.tell("next", ways=[way], wallet=wallet, story="straight", amount_fen=AMOUNT.minor)
        assert (visit["wallet"], visit["way"]) == (wallet, way)

    def shown(self, acquirer: str) -> Step:
        """The till shows its own code."""
        self.counter.till.show_code(AMOUNT, acquirer)
        step: Step = self.until(lambda event: isinstance(event, Step) and bool(event.shown_code))
        return step

    def books_agree_on(self, order_id: str) -> None:
        with closing(JournalReader(self.state / "journal.db")) as journal:
            attempt = next(one for one in journal.attempts() if one.order_id == order_id)
        held = self.world.books()
        traced = [number for number in held if number.startswith(self.world.pos_terminal)]
        theirs = next((one for one in traced if one.endswith(f"{attempt.trace:06}")), "")
        number = theirs if attempt.acquirer == "unionpay_pos" else order_id
        assert (attempt.state, held[number]) == (State.APPROVED, AMOUNT.minor)


@pytest.fixture(scope="module")
def street(keys: Path) -> Iterator[Street]:
    street = Street(keys)
    with street.counter as counter:
        counter.till.subscribe(street.heard.put)
        if not any(one.kind is DeviceKind.CAMERA and one.up for one in counter.till.snapshot().devices):
            street.until(lambda event: isinstance(event, DeviceState) and event.kind is DeviceKind.CAMERA and event.up)
        yield street
    street.world.stop()


@pytest.mark.parametrize("way", ["scanner", "camera"])
@pytest.mark.parametrize("wallet", NETWORK)
def test_the_till_reads_the_customers_code_and_is_paid(street: Street, wallet: str, way: str) -> None:
    street.begin(wallet, way)
    step = Step(Phase.IDLE)
    for _ in range(SHOW_AGAIN):  # as at any counter: a phone that is held badly is shown again
        street.counter.till.charge(AMOUNT)
        street.phase(Phase.AWAIT_CODE)
        street.world.show()
        step = street.phase(*OVER)
        street.world.leave()
        if step.phase is not Phase.IDLE:
            break
    assert step.phase is Phase.APPROVED
    street.books_agree_on(step.order_id)


@pytest.mark.parametrize(
    ("wallet", "acquirer"), [(wallet, acquirer) for wallet, network in NETWORK.items() for acquirer in SHOWS[network]]
)
def test_the_customer_reads_the_tills_pixels_and_pays(street: Street, wallet: str, acquirer: str) -> None:
    street.begin(wallet, "screen")
    shown = street.shown(acquirer)
    assert street.world.scan(picture(shown.shown_code)) == {"shown": "paid", "why": []}
    step = street.phase(*OVER)
    street.world.leave()
    assert (step.phase, step.order_id) == (Phase.APPROVED, shown.order_id)
    street.books_agree_on(step.order_id)


def test_of_two_phones_that_scan_the_universal_code_at_once_one_pays_and_the_other_is_told_so(street: Street) -> None:
    for first, second in (("wechat", "ccb"), ("alipay", "citic"), ("unionpay", "boc")):
        street.counter.till.dismiss()
        shown = street.shown("universal")
        png = base64.b64encode(picture(shown.shown_code)).decode()
        with ThreadPoolExecutor(2) as hands:
            scans = [hands.submit(street.tell, "scan", png=png, wallet=wallet) for wallet in (first, second)]
        told = [scan.result() for scan in scans]
        assert sorted(one["shown"] for one in told) == ["paid", "this order is paid, being paid, or closed"]
        step = street.phase(*OVER)
        assert (step.phase, step.order_id) == (Phase.APPROVED, shown.order_id)
        street.books_agree_on(step.order_id)


def test_a_code_that_an_app_may_not_pay_stays_for_one_that_may(street: Street) -> None:
    street.counter.till.dismiss()
    shown = street.shown("alipay")
    png = base64.b64encode(picture(shown.shown_code)).decode()
    refused = street.tell("scan", png=png, wallet="wechat")
    assert refused["shown"] == "not a code that this wallet can pay"
    assert any("no agreement lets WeChat Pay scan alipay codes" in why for why in refused["why"])
    assert street.tell("scan", png=png, wallet="alipay")["shown"] == "paid"
    assert street.phase(Phase.APPROVED).order_id == shown.order_id


@pytest.mark.parametrize(
    ("host", "wallet"), [("unionpay", "wechat"), ("unionpay", "alipay"), ("unionpay", "pab"), ("alipay", "alipay")]
)
def test_a_payment_by_the_code_on_the_counter_is_heard_confirmed_and_taken_by_the_cashier(
    street: Street, host: str, wallet: str
) -> None:
    plate = street.tell("plate", host=host, notify_url=f"http://{street.listens_at}/notify/{host}")
    street.counter.till.dismiss()
    street.counter.till.charge(AMOUNT)
    street.phase(Phase.AWAIT_CODE)
    png = base64.b64encode(picture(plate["text"])).decode()
    told = street.tell("scan", png=png, wallet=wallet, amount_fen=AMOUNT.minor)
    assert (told["shown"], told["why"]) == ("paid", [])
    received = street.phase(Phase.RECEIVED, *OVER)
    assert (received.phase, received.money) == (Phase.RECEIVED, AMOUNT)
    street.counter.till.keep()
    assert street.phase(*OVER).phase is Phase.APPROVED
    street.books_agree_on(received.order_id)


def test_what_the_institutions_owe_each_other_nets_to_nought(street: Street) -> None:
    positions = street.tell("positions")
    assert positions
    assert sum(positions.values()) == 0
    assert street.tell("settle")["transfers"]
    assert set(street.tell("positions").values()) == {0}
    assert street.tell("books")["broken_rules"] == []
