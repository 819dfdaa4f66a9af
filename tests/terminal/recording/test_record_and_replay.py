"""A day at a till, recorded and run again: the same, or the first thing that is not, by name."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from terminal.basket.basket import Item, Picked, basket_of
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Act, Handling
from terminal.books.journal import Journal
from terminal.cli import main
from terminal.clock import Clock
from terminal.config import PrinterConfig, TillConfig
from terminal.errors import NoAnswer, NoBill, NotSent, PlaceError
from terminal.model import Answer, Channel, Order, Reason, Refund, Scan, Verdict
from terminal.money import Money
from terminal.operators import Act as Needs
from terminal.operators import Role
from terminal.recording.recorder import Recorder, commands
from terminal.recording.replay import replay
from terminal.recording.stand_ins import StandIns
from terminal.recording.tape import BOOKS, EVENTS, TapeDamaged, TapeWriter, read_tape
from terminal.routing.route import Contract
from terminal.scheme import (
    BatchLine,
    BillLine,
    Closed,
    Closing,
    Fetching,
    Notified,
    Operation,
    Procedure,
    Reply,
    Request,
)
from terminal.steps import DeviceKind, DeviceState, HeldBasket, Notice, Phase
from terminal.till import Acquirer, Till
from terminal.till.paper import Paper
from terminal.till.shelf import Shelf, beside, keep

WITHIN_S = 60.0
PROCEDURE = Procedure(10, 5, 10, 45, 15, (2, 4, 8), 6, 604800, 150, decline_is_final=False)
CODES = [f"13456789012345{number:04}" for number in range(20)]
QUICK_PASS = [f"62123456789012345{number:02}" for number in range(5)]
SETTLED = ("settle.agrees", "settle.differs", "settle.waits", "settle.none")
SHOWN = "weixin://wxpay/bizpayurl?pr=1"

WATER = Item("06903148091449", "矿泉水", "Water", Money(250))


class Words:
    """A wire whose replies say the verdict outright; its acquirer calls, and has bills."""

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:
        return Request("POST", f"/{operation}?{nonce}", {}, order.code.digits.encode() if order.code else b"")

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:
        return Request("POST", f"/{operation}", {}, refund.refund_id.encode())

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:
        verdict, _, said = reply.body.decode().partition(" ")
        shown = SHOWN if operation is Operation.SHOW else ""
        return Answer(Verdict(verdict), Reason.NONE, said, transaction_id=f"T{now_s}", shown_code=shown)


class Bank(Words):
    def notified(self, request: Request, *, now_s: int) -> Notified:
        return Notified(request.body.decode(), Reply(200, {}, b"thanks"))

    def bill(self, day: date, *, now_s: int, nonces: Iterator[str]) -> Fetching:
        yield Request("GET", f"/bill?{next(nonces)}{next(nonces)}", {})
        if day < date(2026, 1, 1):
            raise NoBill("that is long ago")
        reply = yield Request("GET", "/bill/2", {})
        assert reply.status == 200
        return ()

    def read_bill(self, content: bytes) -> tuple[BillLine, ...]:
        return ()


class PosLine(Words):
    """Opened before it carries anything, and its day is a batch."""

    def __init__(self) -> None:
        self.is_open = False

    def opening(self, *, now_s: int) -> Request | None:
        return None if self.is_open else Request("", "/open", {})

    def opened(self, reply: Reply) -> Answer:
        self.is_open = True
        return Answer(Verdict.APPROVED)

    def begin(self, batch: str) -> None:
        pass

    def close_batch(self, lines: Sequence[BatchLine], traces: Iterator[int]) -> Closing:
        yield Request("", f"/close {next(traces)}", {})
        self.is_open = False
        return Closed(True, "00", len(lines), "000002")


class Line:
    """Answers after a moment, as it was told; what it was not told is approved."""

    def __init__(self) -> None:
        self.says: dict[str, list[str | Exception]] = {}

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        await asyncio.sleep(0.002)
        told = self.says.get(request.path.strip("/").partition("?")[0])
        answer = told.pop(0) if told else "approved"
        if isinstance(answer, Exception):
            raise answer
        return Reply(200, {}, answer.encode())

    async def close(self) -> None:
        pass


class Day:
    """A recorded till, and who stands before it."""

    def __init__(self, folder: Path, state: Path, operators: dict[str, Role] | None = None) -> None:
        clock = Clock(speed=100)
        self.recorder = Recorder(folder, clock)
        self.line = Line()
        self._state, self._operators = state, operators

    def live(self, story: Callable[["Day"], Any]) -> None:
        loop = self.recorder.loop
        try:
            loop.run_until_complete(asyncio.wait_for(self._live(story), 30))
        finally:
            loop.close()

    async def _live(self, story: Callable[["Day"], Any]) -> None:
        recorder = self.recorder
        wall, monotonic = recorder.clock.wall, recorder.clock.monotonic
        self.till: Till = recorder.till(
            terminal_id="POS01",
            journal=recorder.journal(self._state / "journal.db", wall=wall, monotonic=monotonic),
            acquirers={
                "bank": Acquirer("bank", Bank(), PROCEDURE, self.line, "Bank"),
                "pos": Acquirer("pos", PosLine(), PROCEDURE, self.line),
            },
            contracts=[Contract("bank", ("wechat",)), Contract("pos", ("unionpay",))],
            clock=recorder.clock,
            rng=recorder.rng,
            paper=Paper(PrinterConfig(url="/dev/no-such-printer"), TillConfig()),
            catalogue=Catalogue([WATER]),
            operators=self._operators,
        )
        self.events: list[Any] = []
        self.till.subscribe(self.events.append)
        self.till.start()
        await story(self)
        await self.till.stop()

    async def until(self, reached: Callable[[], bool]) -> None:
        ends_s = time.monotonic() + WITHIN_S  # of the machine's time: the loop's may stand still
        while not reached():
            assert time.monotonic() < ends_s, f"still waiting at {self.till.snapshot.step}"
            await asyncio.sleep(0.001)

    async def leave(self) -> None:
        """Once it has ended, however it has: how it goes is for the till, and for the machine's load, to say."""
        await self.until(lambda: self.till.snapshot.step.phase.is_outcome)
        self.till.dismiss()
        await self.until(lambda: self.till.snapshot.step.phase is Phase.IDLE)

    async def settle(self, acquirer: str, day: date | None = None) -> None:
        self.events.clear()
        self.till.settle(acquirer, day)
        await self.until(lambda: any(isinstance(one, Notice) and one.key in SETTLED for one in self.events))

    async def sell(self, code: str) -> str:
        self.till.charge(Money(1250))
        self.till.scanned([Scan(code, Channel.SCANNER, 0.0)])
        await self.until(lambda: self.till.snapshot.step.phase.is_outcome)
        order_id = self.till.snapshot.step.order_id
        await self.leave()
        return order_id


async def a_day(day: Day) -> None:
    """Something of everything."""
    till, says = day.till, day.line.says
    await day.until(lambda: till.snapshot.step.phase is Phase.FOUND or till.snapshot.step.phase.is_outcome)
    till.keep()
    await day.leave()
    till.device(DeviceState(DeviceKind.CAMERA, "0", up=True))
    till.handle(Handling(Act.HOLD))
    till.scanned([Scan("6901234567892", Channel.SCANNER, 0.0)])
    till.handle(Handling(Act.LAY_PRICED, 990))
    till.scanned([Scan("6903148091449", Channel.SCANNER, 0.0)])
    till.handle(Handling(Act.PERCENT_OFF, 500, 1))
    till.handle(Handling(Act.HOLD))
    paid = await day.sell(CODES[0])
    says["pay"] = ["pending", NoAnswer("cut off"), NotSent("no line"), f"declined code {CODES[4]} is void"]
    says["query"] = ["pending", "approved"]
    await day.sell(CODES[1])
    says["query"] = ["unknown"] * 9
    says["reverse"] = ["unknown", "reversed"]
    await day.sell(CODES[2])
    says["query"] = []
    await day.until(lambda: not till.snapshot.open_attempts)
    till.charge(Money(100))
    till.cancel()
    for code in CODES[3:5]:
        await day.sell(code)
    says["show"] = ["pending"]
    says["query"] = ["pending"] * 50
    till.show_code(Money(800))
    await day.until(lambda: bool(till.snapshot.step.shown_code) or till.snapshot.step.phase.is_outcome)
    says["query"] = []
    till.query_now()
    await day.leave()
    till.refund(paid, Money(250), "too much")
    await day.leave()
    for code in QUICK_PASS:
        await day.sell(code)
    await day.settle("bank")
    await day.settle("bank", date(2020, 1, 1))
    await day.settle("pos")
    await day.sell(CODES[5])
    till.reprint()
    await day.until(lambda: till.snapshot.step.phase is Phase.IDLE)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a day with books from the day before, in which a payment was left open."""
    place = tmp_path_factory.mktemp("day")
    _leave_one_open(place / "till" / "journal.db")
    water = basket_of([Picked(WATER, 2)])
    keep(beside(place / "till" / "journal.db"), Shelf(water, 1, (HeldBasket(1, 2, water),)))
    Day(place / "tape", place / "till").live(a_day)
    return place / "tape"


def _leave_one_open(path: Path) -> None:
    clock = Clock()
    journal = Journal(path, wall=clock.wall, monotonic=clock.monotonic)
    journal.begin(
        Order("POS01LEFTOPEN", "S1", Money(500), None, "bank", shown=True, begun_s=int(clock.wall()), trace=1)
    )
    journal.close()


def _lines(tape: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tape / EVENTS).read_text("utf-8").splitlines()]


def _copy(tape: Path, to: Path, lines: Sequence[dict[str, Any]]) -> Path:
    to.mkdir()
    for kept in (*tape.glob("books.db*"), *tape.glob("baskets.json")):
        (to / kept.name).write_bytes(kept.read_bytes())
    (to / EVENTS).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return to


def test_a_day_runs_again_as_it_was(tape: Path) -> None:
    first, second = replay(tape), replay(tape)
    assert first.difference is None
    assert first == second, "the same tape, the same digest"
    assert first.is_whole
    assert first.did > 200
    comes = {line.get("in") for line in _lines(tape)}
    assert comes >= {"charge", "scanned", "replied", "failed", "time", "refund", "settle", "not_printed", "end"}
    talks = [line for line in _lines(tape) if line.get("fact") == "talk"]
    assert [len(talk["requests"]) for talk in talks] == [2, 1, 1], "two bills and a batch"


async def a_guarded_day(day: Day) -> None:
    """What nobody had signed on for, and what somebody let through."""
    till = day.till
    till.scanned([Scan(CODES[0], Channel.SCANNER, 0.0)])
    till.sign_on("7")
    paid = await day.sell(CODES[1])
    till.refund(paid, Money(250))
    till.permitted(Needs.REFUND, "9")
    till.refund(paid, Money(250))
    await day.leave()


def test_who_might_do_what_is_on_the_tape_and_their_pins_are_not(tmp_path: Path) -> None:
    staff = {"7": Role.CASHIER, "9": Role.SUPERVISOR}
    Day(tmp_path / "tape", tmp_path / "till", staff).live(a_guarded_day)
    assert _lines(tmp_path / "tape")[0]["operators"] == {"7": "cashier", "9": "supervisor"}
    assert replay(tmp_path / "tape").difference is None
    said = [line["key"] for line in _lines(tmp_path / "tape") if line.get("out") == "Notice"]
    assert [key for key in said if key in ("till.locked", "permit.refund")] == ["till.locked", "permit.refund"]
    head, *rest = _lines(tmp_path / "tape")
    everybody = _copy(tmp_path / "tape", tmp_path / "copy", [head | {"operators": {}}, *rest])
    assert replay(everybody).difference is not None


def test_no_payment_code_is_on_the_tape(tape: Path) -> None:
    text = (tape / EVENTS).read_text("utf-8")
    assert "is void" in text, "an acquirer that repeats a code was heard"
    assert [code for code in (*CODES, *QUICK_PASS) if code in text] == []


def test_an_answer_that_was_another_is_told_with_its_time_and_both_sides(tape: Path, tmp_path: Path) -> None:
    lines = _lines(tape)
    number = next(one["number"] for one in lines if one.get("operation") == "pay")
    came = next(one for one in lines if one.get("in") == "replied" and one["number"] == number)
    meant = next(one for one in lines if one.get("fact") == "meant" and one["number"] == number)
    meant["answer"]["verdict"] = "declined"
    difference = replay(_copy(tape, tmp_path / "tape", lines)).difference
    assert difference
    assert difference.at_s == came["t"]
    assert difference.recorded
    assert difference.recorded["kind"] == "APPROVED"
    assert difference.replayed
    assert difference.replayed != difference.recorded


def test_what_the_till_did_then_and_does_not_do_now_is_told(tape: Path, tmp_path: Path) -> None:
    lines = _lines(tape)
    place = next(number for number, one in enumerate(lines) if one.get("out") == "asked")
    lines.insert(place, {"t": lines[place]["t"], "out": "Notice", "key": "once.upon.a.time"})
    difference = replay(_copy(tape, tmp_path / "tape", lines)).difference
    assert difference
    assert difference.recorded == lines[place]


def test_what_the_till_did_not_do_then_is_told(tape: Path, tmp_path: Path) -> None:
    lines = _lines(tape)
    gone = [one for one in lines if one.get("out") == "Step"][-1]
    difference = replay(_copy(tape, tmp_path / "tape", [one for one in lines if one is not gone])).difference
    assert difference
    assert difference.replayed == gone


def test_a_tape_cut_short_runs_up_to_its_end(tape: Path, tmp_path: Path) -> None:
    whole = (tape / EVENTS).read_bytes()
    head = whole.index(b"\n") + 1
    rng = random.Random(6)
    for number in range(8):
        cut = _copy(tape, tmp_path / f"cut-{number}", [])
        (cut / EVENTS).write_bytes(whole[: rng.randrange(head, len(whole) - 1)])
        replayed = replay(cut)
        assert replayed.difference is None
        assert not replayed.is_whole


def test_the_command_says_same_or_different(tape: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tape), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    lines = _lines(tape)
    del lines[-2]
    other = _copy(tape, tmp_path / "tape", [one for one in lines if one.get("out") != "Moved"])
    assert main(["replay", str(other)]) == 1
    assert "differs  at" in capsys.readouterr().out


@pytest.mark.parametrize("name", [EVENTS, "books.db", "baskets.json"])
def test_a_file_that_is_missing_is_named_with_the_way_out(
    name: str, tape: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = _copy(tape, tmp_path / "tape", _lines(tape))
    (part / name).unlink()
    assert main(["replay", str(part)]) == 3
    assert f"{part / name}: " in (said := capsys.readouterr().err)
    assert "--record" in said


@pytest.mark.parametrize("damage", [b"", b"{}\n", b'{"tape":1}\nno json\n{}\n', b'{"tape":1}\n[1]\n', b"\xff\n"])
def test_a_tape_that_is_none_is_refused_by_name(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_bytes(damage)
    with pytest.raises(TapeDamaged, match=str(tmp_path)):
        replay(tmp_path)
    with pytest.raises(TapeDamaged):
        read_tape(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "line",
    [
        {"t": 1.0, "in": "sing"},
        {"t": 1.0, "in": "replied", "number": 4000, "status": 200},
        {"t": 1.0, "in": "charge", "money": {"minor": 1, "weight": 2}},
        {"t": 1.0, "in": "printed", "status": {"paper": "gold"}},
        {"t": "noon", "in": "time"},
    ],
)
def test_a_line_that_cannot_be_is_refused(line: dict[str, Any], tape: Path, tmp_path: Path) -> None:
    with pytest.raises(TapeDamaged, match="this version"):
        replay(_copy(tape, tmp_path / "tape", [_lines(tape)[0], line]))


def test_a_tape_that_cannot_be_written_ends_and_nothing_else_does(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path, StandIns())
    writer._file.close()
    writer._file = Path("/dev/full").open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - the writer closes it
    writer.write({"t": 1.0, "in": "time"})
    writer.write({"t": 2.0, "in": "time"})
    assert writer._file.closed


def test_a_tape_is_for_its_owner_wherever_it_lies(tmp_path: Path) -> None:
    state, folder = tmp_path / "state", tmp_path / "open to all"
    Journal(state / "journal.db", wall=time.time, monotonic=time.monotonic).close()
    folder.mkdir(mode=0o755)
    Day(folder, state).live(_nothing)
    kept = {one.name: f"{one.stat().st_mode & 0o777:o}" for one in folder.iterdir()}
    assert kept == {EVENTS: "600", BOOKS: "600"}


async def _nothing(_: Day) -> None:
    """Nobody comes."""


def test_one_folder_takes_one_tape(tape: Path, tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="another folder"):
        Recorder(tape, Clock())
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError):
        Recorder(tmp_path / "file", Clock())


def test_whatever_can_be_asked_of_a_till_is_a_command_on_its_tapes() -> None:
    assert {"charge", "show_code", "cancel", "dismiss", "keep", "query_now", "refund", "settle", "scanned"} < set(
        commands()
    )
    assert not {"start", "stop", "subscribe", "heard", "snapshot", "settled"} & set(commands())
