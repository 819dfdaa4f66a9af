"""Trying a device out: only while nothing is being paid, and never in a payment's way."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.devices.escpos_reader import EscposReader, Printed, QrPrinted, Unknown
from terminal.clock import Clock
from terminal.errors import DeviceError
from terminal.money import CNY
from terminal.receipt.customer_display import KINDS
from terminal.receipt.escpos import as_escpos
from terminal.receipt.trial import trial_lines
from terminal.scanning.protocols.talk import Answered, Command, Outcome
from terminal.steps import DeviceKind, DeviceState, Event, Notice, Phase, Snapshot, Step, Tried
from terminal.till.board import Board
from terminal.till.checks import Checks
from terminal.till.trials import camera_check, display_check, scanner_check, sound_check

CAMERA = (DeviceKind.CAMERA, "camera 0")


class Bench:
    """A board, its checks, and what was told."""

    def __init__(self) -> None:
        self.board = Board(Clock(start_wall_s=1_763_812_800.0), CNY)
        self.told: list[Event] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.checks = Checks(self.board, lambda work: self.tasks.append(asyncio.create_task(work)))
        self.board.subscribe(self.told.append)

    async def tried(self, check: Callable[[], Any]) -> Tried:
        self.checks.add(*CAMERA, check)
        self.checks.run(*CAMERA)
        await asyncio.gather(*self.tasks, return_exceptions=True)
        (told,) = [event for event in self.told if isinstance(event, Tried)]
        return told


async def never() -> str:
    await asyncio.Event().wait()
    return ""


async def test_what_was_found_is_told_with_the_time_it_took() -> None:
    async def check() -> str:
        return "640 x 480"

    told = await Bench().tried(check)
    assert (told.passed, told.said) == (True, "640 x 480")
    assert told.took_ms >= 0


async def test_what_is_wrong_is_told_and_is_no_fault() -> None:
    async def check() -> str:
        raise DeviceError("its cover is open: close it")

    told = await Bench().tried(check)
    assert (told.passed, told.said) == (False, "its cover is open: close it")


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase.is_paying])
async def test_while_paying_nothing_is_tried(phase: Phase) -> None:
    bench = Bench()
    bench.checks.add(*CAMERA, never)
    bench.board.step(Step(phase))
    bench.checks.run(*CAMERA)
    assert not bench.tasks
    assert Notice("test.paying") in bench.told


async def test_a_payment_that_begins_ends_the_test_at_once() -> None:
    bench = Bench()
    bench.checks.add(*CAMERA, never)
    bench.checks.run(*CAMERA)
    await asyncio.sleep(0)
    bench.board.step(Step(Phase.PROCESSING))
    await asyncio.gather(*bench.tasks, return_exceptions=True)
    (told,) = [event for event in bench.told if isinstance(event, Tried)]
    assert (told.passed, told.said) == (False, "given up: a payment began")


async def test_one_test_at_a_time_and_none_of_what_is_not_there() -> None:
    bench = Bench()
    bench.checks.add(*CAMERA, never)
    bench.checks.run(DeviceKind.SOUND, "x")
    bench.checks.run(*CAMERA)
    bench.checks.run(*CAMERA)
    assert [event.key for event in bench.told if isinstance(event, Notice)] == ["test.none", "test.running"]
    bench.tasks[0].cancel()
    await asyncio.gather(*bench.tasks, return_exceptions=True)


def test_the_board_remembers_since_when_a_device_is_as_it_is() -> None:
    clock = Clock(start_wall_s=1000.0)
    board = Board(clock, CNY)
    board.device(DeviceState(*CAMERA, up=True))
    first = board.snapshot.devices[0].since_s
    assert first >= 1000.0
    board.device(DeviceState(*CAMERA, up=True, detail="dim"))
    assert board.snapshot.devices[0].since_s == first
    board.device(DeviceState(*CAMERA, up=False))
    assert board.snapshot.devices[0].since_s > first


# --- what each device is asked ----------------------------------------------------------------------------


class Scanner:
    def __init__(self, answers: dict[Command, Answered]) -> None:
        self.asked: list[Command] = []
        self._answers = answers

    def ask(self, command: Command) -> Any:
        self.asked.append(command)
        answer: concurrent.futures.Future[Answered] = concurrent.futures.Future()
        answer.set_result(self._answers.get(command, Answered(command, Outcome.NO_ANSWER)))
        return answer


async def test_a_scanner_says_what_it_is_beeps_and_looks() -> None:
    scanner: Any = Scanner(
        {
            Command.IDENTIFY: Answered(Command.IDENTIFY, Outcome.DONE, "GM65 1.2"),
            Command.BEEP: Answered(Command.BEEP, Outcome.NOT_SUPPORTED),
            Command.TRIGGER: Answered(Command.TRIGGER, Outcome.DONE),
        }
    )
    said = await scanner_check(scanner)()
    assert said == "identify: GM65 1.2; beep: not known to this protocol; trigger: done"


async def test_a_scanner_that_is_silent_has_failed() -> None:
    silent: Any = Scanner({})
    with pytest.raises(DeviceError, match="plug it in"):
        await scanner_check(silent)()


async def test_a_camera_without_a_picture_has_failed() -> None:
    with pytest.raises(DeviceError, match="no picture"):
        await camera_check(lambda: None)()


async def test_the_display_shows_what_belongs_there_again_afterwards(mocker: Any) -> None:
    mocker.patch("terminal.till.trials.SHOWN_S", 0.0)
    line = mocker.Mock()
    await display_check(line, KINDS["vfd"], lambda: Snapshot(Step(Phase.IDLE)))()
    first, last = (call.args[0] for call in line.show.call_args_list)
    assert b"123456.78" in first
    assert b"WELCOME" in last


async def test_without_a_player_the_sound_has_failed_and_says_what_to_install(mocker: Any) -> None:
    with pytest.raises(DeviceError, match="alsa-utils"):
        await sound_check(mocker.Mock(player=""))()


def test_the_test_slip_is_what_a_printer_understands() -> None:
    events = EscposReader().feed(as_escpos(trial_lines("Shop", "POS1"), 32))
    assert any("测试" in event.text for event in events if isinstance(event, Printed))
    assert [event.data for event in events if isinstance(event, QrPrinted)] == [b"TEST POS1"]
    assert not any(isinstance(event, Unknown) for event in events)
