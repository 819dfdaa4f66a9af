"""Every protocol over a real line (a pseudo-terminal): commands, faults, and a plug pulled in the middle of a code."""

import queue
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_sim.devices.line_faults import Damage
from firmware_sim.devices.scanner import PtyScanner
from firmware_sim.devices.scanners.every import SCANNERS
from firmware_sim.devices.scanners.gm65 import Gm65
from firmware_sim.devices.scanners.ssi import SsiScanner
from terminal.scanning.protocols.talk import Answered, Command, Outcome
from terminal.scanning.serial_port import SerialSource
from terminal.steps import DeviceState

CODE, GOODS = "134567890123456789", "6901234567892"
DEADLINE_S = 60.0
PROTOCOLS = tuple(SCANNERS)


class Till:
    def __init__(self, port: Path, protocol: str) -> None:
        self.lines: queue.Queue[str] = queue.Queue()
        self.states: queue.Queue[DeviceState] = queue.Queue()
        self.source = SerialSource(
            str(port),
            on_line=lambda text, _: self.lines.put(text),
            on_state=self.states.put,
            protocol=protocol,
            on_bytes=self._hear,
        )
        self.heard_return = threading.Event()

    def _hear(self, data: bytes, _: float, __: Sequence[str]) -> None:
        if b"\r" in data:
            self.heard_return.set()

    def line(self) -> str:
        return self.lines.get(timeout=DEADLINE_S)

    def wait_until(self, *, up: bool, said: str = "") -> None:
        while True:
            state = self.states.get(timeout=DEADLINE_S)
            if state.up is up and said in state.detail:
                return

    def ask(self, command: Command) -> Answered:
        return self.source.ask(command).result(timeout=DEADLINE_S)


@contextmanager
def at_work(scanner: PtyScanner, protocol: str) -> Iterator[Till]:
    """A till that has opened the line and, where they talk, has set the scanner up."""
    with scanner:
        till = Till(scanner.link, protocol)
        till.source.start()
        try:
            till.wait_until(up=True)
            till.ask(Command.IDENTIFY)  # answered after all that was said before it
            yield till
        finally:
            till.source.stop()


def fresh(tmp_path: Path, protocol: str, baud: int | None = None) -> PtyScanner:
    return PtyScanner(tmp_path / "scanner", insides=SCANNERS[protocol], baud=baud)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_codes_come_and_commands_are_answered(tmp_path: Path, protocol: str) -> None:
    scanner = fresh(tmp_path, protocol)
    with at_work(scanner, protocol) as till:
        scanner.scan(CODE)
        assert till.line() == CODE
        told = till.ask(Command.TRIGGER)
        assert told.outcome is (Outcome.NOT_SUPPORTED if protocol == "lines" else Outcome.DONE)
        scanner.scan(GOODS, pieces=(1, 2, 3))
        assert till.line() == GOODS


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pulled_out_in_the_middle_of_a_code_and_back_under_the_same_name(tmp_path: Path, protocol: str) -> None:
    scanner = fresh(tmp_path, protocol)
    with at_work(scanner, protocol) as till:
        scanner.scan(CODE, unplug_after=7)
        till.wait_until(up=False)
        scanner.plug()
        till.wait_until(up=True)
        till.ask(Command.IDENTIFY)
        scanner.scan(GOODS)
        assert till.line() == GOODS
        assert till.lines.empty()


@pytest.mark.parametrize("damage", Damage)
def test_ssi_mends_a_broken_code_by_itself(tmp_path: Path, damage: Damage) -> None:
    scanner = fresh(tmp_path, "ssi")
    with at_work(scanner, "ssi") as till:
        scanner.scan(CODE, damage=(damage, 9))
        assert till.line() == CODE
        scanner.scan(GOODS)
        assert till.line() == GOODS
        assert till.lines.empty()


def test_a_slow_answer_is_waited_for_and_none_is_said(tmp_path: Path) -> None:
    scanner = fresh(tmp_path, "gm65")
    with at_work(scanner, "gm65") as till:
        scanner.answers_after_s = 0.1
        assert till.ask(Command.IDENTIFY).outcome is Outcome.DONE
        scanner.is_mute = True
        assert till.ask(Command.IDENTIFY).outcome is Outcome.NO_ANSWER
        scanner.scan(CODE)
        assert till.line() == CODE, "it still reads"


def test_an_acknowledgement_that_is_lost_makes_one_code_of_two(tmp_path: Path) -> None:
    made = [SsiScanner(packeted=True)]
    scanner = PtyScanner(tmp_path / "scanner", insides=lambda: made[0])
    with at_work(scanner, "ssi") as till:
        scanner.is_deaf = True
        scanner.scan(CODE)
        assert till.line() == CODE
        assert made[0].is_waiting, "for all it knows nobody has the code"
        scanner.is_deaf = False
        acknowledgement(made[0], scanner)  # of its second attempt
        scanner.scan(GOODS)
        assert till.line() == GOODS
        assert till.lines.empty()
        assert made[0].given_up == 0


def test_a_command_to_a_scanner_that_is_gone_is_answered_all_the_same(tmp_path: Path) -> None:
    scanner = fresh(tmp_path, "syn")
    with at_work(scanner, "syn") as till:
        scanner.unplug()
        assert till.ask(Command.IDENTIFY).outcome is Outcome.NO_ANSWER


def test_a_scanner_at_another_speed_is_explained(tmp_path: Path) -> None:
    scanner = PtyScanner(tmp_path / "scanner", insides=Gm65, baud=115200)
    with scanner:
        till = Till(scanner.link, "gm65")
        till.source.start()
        try:
            till.wait_until(up=True, said="baud")
        finally:
            till.source.stop()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_flood_of_noise_ends_and_the_next_code_is_read(tmp_path: Path, protocol: str) -> None:
    scanner = fresh(tmp_path, protocol)
    with at_work(scanner, protocol) as till:
        for _ in range(22):
            scanner.send(b"\xfe\x7e" * 500)
        while till.ask(Command.IDENTIFY).outcome is Outcome.NO_ANSWER:
            pass
        till.heard_return.clear()
        while not till.heard_return.wait(0.05):  # a line whose buffer is still full of noise loses it
            scanner.send(b"\r")
        scanner.scan(CODE)
        assert till.line() == CODE


def test_the_scanner_hears_what_the_till_commands(tmp_path: Path) -> None:
    scanner = fresh(tmp_path, "syn")
    with at_work(scanner, "syn") as till:
        till.ask(Command.BEEP)
        scanner.wait_for(Command.BEEP, timeout_s=DEADLINE_S)
        with pytest.raises(TimeoutError, match="no release"):
            scanner.wait_for(Command.RELEASE, timeout_s=0.01)


def test_back_under_another_name_it_is_another_port(tmp_path: Path) -> None:
    scanner = PtyScanner(tmp_path / "ttyUSB0", insides=SsiScanner)
    with at_work(scanner, "ssi") as till:
        scanner.unplug()
        scanner.plug(tmp_path / "ttyUSB1")
        till.wait_until(up=False, said="is not there")
        assert (tmp_path / "ttyUSB1").exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_pulled_out_again_and_again_what_was_acknowledged_has_arrived_once(tmp_path: Path, seed: int) -> None:
    rng, made, acknowledged, sent = random.Random(seed), list[SsiScanner](), list[str](), set[str]()

    def fresh_insides() -> SsiScanner:
        made.append(SsiScanner())
        return made[-1]

    scanner = PtyScanner(tmp_path / "scanner", insides=fresh_insides)
    with at_work(scanner, "ssi") as till:
        for _ in range(50):
            code = str(rng.randrange(10**17, 10**18))
            sent.add(code)
            scanner.scan(code, unplug_after=rng.choice([None, None, rng.randrange(1, 24)]))
            if rng.random() < 0.5:
                acknowledgement(made[-1], scanner)
            scanner.unplug()
            if not made[-1].is_waiting:
                acknowledged.append(code)
            till.wait_until(up=False)
            scanner.plug()
            till.wait_until(up=True)
            till.ask(Command.IDENTIFY)
    heard = [till.lines.get_nowait() for _ in range(till.lines.qsize())]
    assert len(acknowledged) > 3
    assert set(acknowledged) <= set(heard) <= sent
    assert len(heard) == len(set(heard))


def acknowledgement(insides: SsiScanner, scanner: PtyScanner) -> None:
    """Until it came, or the plug was pulled."""
    end_s = time.monotonic() + DEADLINE_S
    while insides.is_waiting and scanner.is_plugged:
        assert time.monotonic() < end_s, "neither came"
        time.sleep(0.005)
