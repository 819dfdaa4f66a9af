"""The level of plain words: the same payments as the till makes, entry by entry, and words that can be found out."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.faults import Faults
from firmware_sim.hosts.acquiring import Acquirer
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.simulation import scenario_file, shop
from firmware_sim.simulation.__main__ import names
from firmware_sim.simulation.acquirers import NAMES, Level
from firmware_sim.simulation.loop import SimClock, SimLoop, Stalled
from firmware_sim.simulation.plain import STALE_S, PlainHost, PlainWire, sealed, unsealed
from firmware_sim.simulation.run import afternoons, simulate, simulate_by_many, stage
from firmware_sim.simulation.scenario_file import Play
from terminal.errors import ConfigError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Operation, Reply, Till

SALES = 16
TILL = Till("T1", "http://till.invalid/T1")


@pytest.fixture
def play(keys: Path) -> Iterator[Play]:
    with stage(keys) as play:
        yield play


@pytest.mark.parametrize("acquirer", NAMES[Level.PLAIN])
def test_a_bare_till_does_what_the_till_does(play: Play, acquirer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = itertools.islice(afternoons("both", SALES, 2, names("all"), (acquirer,), Level.PLAIN), 2)
    for scenario in drawn:
        bare = play(scenario)
        with monkeypatch.context() as patch:
            patch.setattr(shop, "BARE", ())
            whole = play(scenario)
        assert not bare.broken
        assert bare.last == whole.last
        assert bare.trace == whole.trace  # every entry of every journal, and when it was written


@pytest.mark.parametrize("acquirer", NAMES[Level.PLAIN])
def test_every_rule_holds_whatever_goes_wrong(play: Play, acquirer: str) -> None:
    drawn = afternoons("storm", SALES, 2, names("all"), (acquirer,), Level.PLAIN)
    totals, failure = simulate(drawn, 30, play)
    assert failure is None, failure.outcome.broken
    assert totals.faults.total() > 10
    assert totals.power_cuts > 0


def test_what_went_wrong_can_be_told_again_from_a_file(play: Play, tmp_path: Path) -> None:
    scenario = next(afternoons("retold", SALES, 2, names("all"), wire=Level.PLAIN))
    outcome = play(scenario)
    path = tmp_path / "scenario.json"
    scenario_file.save(replace(scenario, script=outcome.script), path)
    assert scenario_file.load(path).wire is Level.PLAIN
    assert play(scenario_file.load(path)).trace == outcome.trace


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acquirers", ["a bank"]),
        ("acquirers", ["unionpay_pos"]),  # which has no plain words
        ("habits", {"pays_back_late": True}),
        ("visits", [[{"wallet": "piggy bank", "fen": 1}]]),
        ("script", {"line 1": "a flood"}),
    ],
)
def test_a_file_that_names_what_there_is_not_is_no_scenario(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "scenario.json"
    scenario_file.save(next(afternoons("named", SALES, 2, names("all"), wire=Level.PLAIN)), path)
    assert scenario_file.load(path).seed
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(ConfigError, match=r"no (acquirer|habit|wallet|mishap) is called"):
        scenario_file.load(path)


@pytest.mark.parametrize("step", [1, 2, 4, 7])
def test_power_that_fails_twice_while_books_are_opened_is_borne(play: Play, step: int) -> None:
    scenario = next(afternoons("dark", 4, 1, frozenset(), wire=Level.PLAIN))
    cuts = {f"disk T1/{boot} {step}": "power_cut" for boot in (1, 2)}
    outcome = play(replace(scenario, script=cuts))
    assert outcome.broken == ()
    assert outcome.cuts == 2


def test_two_processes_come_to_the_same_as_one(keys: Path) -> None:
    def drawn() -> Iterator[shop.Scenario]:
        return afternoons("many", SALES, 2, names("all"), wire=Level.PLAIN)

    with stage(keys) as play:
        alone, _ = simulate(drawn(), 30, play)
    together, failure = simulate_by_many(2, drawn(), 30, keys)
    assert failure is None
    assert together.traces == alone.traces
    assert (together.payments, together.power_cuts) == (alone.payments, alone.power_cuts)


# --- the words themselves --------------------------------------------------------------------------------


class Shop:
    """One acquirer, one customer with a hundred yuan, one wire."""

    def __init__(self) -> None:
        self.clock = SimClock(SimLoop())
        self.ledger = Ledger()
        acquirer = Acquirer(self.ledger, self.clock, "shop", institution="wechat", host="wechat")
        self.host = PlainHost("wechat", acquirer, "wechat", self.clock, Faults())
        self.ledger.add_customer(Customer("c"), 10_000)
        self.phone = Phone("c", self.ledger, self.clock, random.Random(1))
        self.wire = PlainWire(TILL)
        self.order = Order("T1-1", "S1", Money(700), PaymentCode("wechat", self.phone.code()), "wechat")

    def reply(self, operation: Operation, asked: Order | Refund) -> Reply:
        if isinstance(asked, Refund):
            request = self.wire.refund_request(operation, asked, now_s=0, nonce="")
        else:
            request = self.wire.request(operation, asked, now_s=0, nonce="")
        reply = self.host.play(request).reply
        assert reply is not None
        return reply

    def means(self, operation: Operation, reply: Reply, late_s: float = 0.0) -> Answer:
        return self.wire.answer(operation, self.order, reply, now_s=int(self.clock.wall() + late_s))

    def asked(self, operation: Operation) -> tuple[Verdict, Reason]:
        answer = self.means(operation, self.reply(operation, self.order))
        return answer.verdict, answer.reason


def test_a_payment_from_its_charge_to_its_undoing() -> None:
    shop = Shop()
    assert shop.asked(Operation.QUERY) == (Verdict.UNKNOWN, Reason.NOT_FOUND)
    assert shop.asked(Operation.PAY) == (Verdict.APPROVED, Reason.NONE)
    assert shop.asked(Operation.QUERY) == (Verdict.APPROVED, Reason.NONE)
    assert shop.asked(Operation.REVERSE) == (Verdict.REVERSED, Reason.NONE)
    assert shop.asked(Operation.QUERY) == (Verdict.REVERSED, Reason.NONE)


def test_a_refund_is_named_by_its_own_number() -> None:
    shop = Shop()
    shop.reply(Operation.PAY, shop.order)
    refund = Refund("R1", shop.order, Money(300))
    for operation in (Operation.REFUND, Operation.REFUND_QUERY):
        reply = shop.reply(operation, refund)
        now_s = int(shop.clock.wall())
        assert shop.wire.answer(operation, refund, reply, now_s=now_s).verdict is Verdict.APPROVED
    assert shop.asked(Operation.QUERY) == (Verdict.UNKNOWN, Reason.REFUNDED)


def test_what_was_changed_on_the_way_is_not_believed() -> None:
    shop = Shop()
    good = shop.reply(Operation.PAY, shop.order)
    for at in range(len(good.body)):
        body = good.body[:at] + bytes([good.body[at] ^ 1]) + good.body[at + 1 :]
        assert shop.means(Operation.PAY, Reply(200, {}, body)).verdict is Verdict.UNKNOWN
    assert shop.means(Operation.PAY, good).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("wrong_amount", Reason.MISMATCH),
        ("bad_signature", Reason.BAD_SIGNATURE),
        ("odd_word", Reason.BAD_REPLY),
        ("error_500", Reason.OTHER),
    ],
)
def test_what_a_host_should_not_have_said_is_a_question(fault: str, reason: Reason) -> None:
    shop = Shop()
    shop.host.faults.arm(fault)
    assert shop.asked(Operation.PAY) == (Verdict.UNKNOWN, reason)
    assert shop.asked(Operation.QUERY) == (Verdict.APPROVED, Reason.NONE)  # it was carried out all the same


def test_an_old_reply_and_one_to_another_question_are_not_believed() -> None:
    shop = Shop()
    paid = shop.reply(Operation.PAY, shop.order)
    assert shop.means(Operation.PAY, paid, late_s=STALE_S + 1).reason is Reason.BAD_SIGNATURE
    assert shop.means(Operation.QUERY, paid).reason is Reason.MISMATCH


def test_what_is_sealed_opens_again_and_nothing_else_does() -> None:
    assert unsealed(sealed("pay", "", "1")) == ["pay", "", "1"]
    for body in (b"", b"|", b"zz|pay", sealed("pay")[:-1]):
        with pytest.raises(ValueError, match=r"sealed|invalid literal"):
            unsealed(body)


# --- the loop --------------------------------------------------------------------------------------------


def test_timers_for_one_moment_ring_in_the_order_they_were_set() -> None:
    loop = SimLoop()
    rung: list[str] = []
    for name in "abc":
        loop.call_at(5.0, rung.append, name)
    loop.call_at(1.0, rung.append, "first")
    loop.call_at(2.0, rung.append, "never").cancel()
    done = loop.create_future()
    loop.call_at(9.0, done.set_result, None)
    loop.run_until_complete(done)
    assert rung == ["first", "a", "b", "c"]
    assert loop.time() == pytest.approx(9.0, abs=0.001)


def test_waiting_for_what_never_comes_is_said() -> None:
    loop = SimLoop()
    with pytest.raises(Stalled):
        loop.run_until_complete(loop.create_future())
