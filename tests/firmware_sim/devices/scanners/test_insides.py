"""Scanners on a table: the till's side and the world's side speak to each other with no cable between them."""

import random
from collections.abc import Callable

import pytest

from firmware_sim.devices.line_faults import Damage, at_wrong_speed, damaged
from firmware_sim.devices.scanners.every import SCANNERS
from firmware_sim.devices.scanners.gm65 import Gm65
from firmware_sim.devices.scanners.insides import Insides
from firmware_sim.devices.scanners.newland import NewlandScanner
from firmware_sim.devices.scanners.ssi import SsiScanner
from firmware_sim.devices.scanners.syn import SynScanner
from terminal.scanning.protocols.every import PROTOCOLS
from terminal.scanning.protocols.gm65 import Mode, Register, heartbeat, read, write
from terminal.scanning.protocols.lines import LineProfile
from terminal.scanning.protocols.ssi import ANSWER_WITHIN_S
from terminal.scanning.protocols.talk import Answered, Code, Command, HostEvent, Outcome, ScannerHost, Send

CODE = "134567890123456789"
Cable = Callable[[bytes], bytes]


class Table:
    """A host and a scanner with a cable between them and time that passes by hand."""

    def __init__(self, protocol: str, cable: Cable = lambda data: data) -> None:
        self.host: ScannerHost = PROTOCOLS[protocol](LineProfile())
        self.scanner: Insides = SCANNERS[protocol]()
        self.cable, self.now_s = cable, 0.0
        self.said: list[HostEvent] = []
        self._host_says(self.host.opened(self.now_s))

    @property
    def codes(self) -> list[str]:
        return [event.text for event in self.said if isinstance(event, Code)]

    def scan(self, text: str) -> None:
        self._scanner_says(self.scanner.scan(text, self.now_s))

    def ask(self, command: Command) -> Answered:
        self._host_says(self.host.ask(command, self.now_s))
        self.wait(10.0)
        return next(event for event in reversed(self.said) if isinstance(event, Answered))

    def wait(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += 0.05
            self._host_says(self.host.idle(self.now_s))
            self._scanner_says(self.scanner.idle(self.now_s))

    def _host_says(self, events: object) -> None:
        assert isinstance(events, list)
        self.said += events
        for event in events:
            if isinstance(event, Send):
                self._scanner_says(self.scanner.feed(self.cable(event.data), self.now_s))

    def _scanner_says(self, pieces: object) -> None:
        assert isinstance(pieces, list)
        for piece in pieces:
            self._host_says(self.host.feed(self.cable(piece), self.now_s))


SUPPORTED = {
    "lines": set[Command](),
    "ssi": set(Command),
    "gm65": set(Command) - {Command.BEEP},
    "syn": {Command.TRIGGER, Command.RELEASE, Command.BEEP, Command.IDENTIFY},
    "newland": {Command.TRIGGER, Command.RELEASE, Command.IDENTIFY},
}


def test_every_protocol_has_its_stand_in() -> None:
    assert set(SCANNERS) == set(PROTOCOLS) == set(SUPPORTED)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_command_is_obeyed_or_said_to_be_unknown_and_codes_come_on(protocol: str) -> None:
    table = Table(protocol)
    for command in (Command.IDENTIFY, Command.DISABLE, Command.TRIGGER, Command.RELEASE, Command.ENABLE, Command.BEEP):
        told = table.ask(command)
        expected = Outcome.DONE if command in SUPPORTED[protocol] else Outcome.NOT_SUPPORTED
        assert (told.command, told.outcome) == (command, expected)
        assert (command in table.scanner.told) == (expected is Outcome.DONE)
    table.scan(CODE)
    assert table.codes == [CODE]


@pytest.mark.parametrize(
    ("protocol", "said"), [("ssi", "SAOMA"), ("syn", "Saoma"), ("newland", "Saoma"), ("gm65", "AF")]
)
def test_asked_who_it_is_each_says_so(protocol: str, said: str) -> None:
    assert said in Table(protocol).ask(Command.IDENTIFY).text


@pytest.mark.parametrize("seed", range(20))
def test_over_a_bad_cable_ssi_loses_nothing_doubles_nothing_and_misreads_nothing(seed: int) -> None:
    rng = random.Random(seed)

    def bad(data: bytes) -> bytes:
        return damaged(data, rng.choice(list(Damage)), rng.randrange(300)) if rng.random() < 0.2 else data

    table = Table("ssi")
    table.cable = bad
    codes = [str(rng.randrange(10**17, 10**18)) for _ in range(20)]
    for code in codes:
        table.scan(code)
        table.wait(12.0)
    assert isinstance(table.scanner, SsiScanner)
    lost = table.scanner.given_up
    assert len(table.codes) >= len(codes) - lost
    assert [code for code in codes if code in table.codes] == table.codes, "in order, once each, and only those"


def test_a_host_that_never_acknowledges_gets_it_three_times_and_then_no_more() -> None:
    scanner = SsiScanner(packeted=True)
    sent = [*scanner.scan(CODE, 0.0)]
    for tries in range(1, 5):
        sent += scanner.idle(tries * ANSWER_WITHIN_S)
    assert [data[3] & 1 for data in sent] == [0, 1, 1]
    assert scanner.given_up == 1


def test_a_disabled_ssi_scanner_reads_nothing() -> None:
    table = Table("ssi")
    table.ask(Command.DISABLE)
    table.scan(CODE)
    table.ask(Command.ENABLE)
    table.scan("6901234567892")
    assert table.codes == ["6901234567892"]


def test_a_module_in_command_mode_reads_once_for_each_trigger() -> None:
    table = Table("gm65")
    table.ask(Command.DISABLE)
    table.scan(CODE)
    table.ask(Command.TRIGGER)
    table.scan(CODE)
    table.scan(CODE)
    assert table.codes == [CODE]


def test_a_module_sends_no_ending_until_it_is_told_to() -> None:
    module = Gm65()
    assert module.scan(CODE, 0.0) == [CODE.encode()]
    module.feed(write(Register.TAIL, 0x20), 0.0)
    assert module.scan(CODE, 0.0) == [CODE.encode() + b"\r\n"]
    assert module.feed(write(Register.RESTORE, 0x50), 0.0) == [bytes.fromhex("02 00 00 01 00 33 31")]
    assert module.scan(CODE, 0.0) == [CODE.encode()]


def test_a_module_answers_what_the_drivers_expect_and_nothing_to_a_wrong_crc() -> None:
    module = Gm65()
    assert module.feed(heartbeat(), 0.0) == [bytes.fromhex("03 00 00 01 00 33 31")]
    assert module.feed(read(Register.VERSION), 0.0) == [bytes.fromhex("02 00 00 01 AF 77 34")]
    assert module.feed(bytes.fromhex("7E 00 08 01 00 00 D1 AF C6"), 0.0) == []
    module.feed(bytes.fromhex("7E 00 08 01 00 00 D1 AB CD"), 0.0)
    assert module.registers[Register.SETTINGS] & 3 == Mode.COMMAND


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_menu_commands_are_answered_however_they_come(size: int) -> None:
    stream = b"noise\x16M\r232BAD9.\x16T\r\x16M\rXYZ123!"
    scanner = SynScanner()
    answers = [one for at in range(0, len(stream), size) for one in scanner.feed(stream[at : at + size], 0.0)]
    assert answers == [b"232BAD9\x06.", b"XYZ123\x05!"]
    assert scanner.told == [Command.TRIGGER]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_unified_commands_are_answered_however_they_come(size: int) -> None:
    stream = b";\x03noise~\x010000@C11ENA1,MIN12;\x03~\x010000#NOSUCH;\x03"
    scanner = NewlandScanner()
    answers = [one for at in range(0, len(stream), size) for one in scanner.feed(stream[at : at + size], 0.0)]
    assert answers == [b"\x02\x010000@C11ENA1\x06,MIN12\x06;\x03", b"\x02\x010000#NOSUCH\x05;\x03"]


def test_an_old_host_that_asks_whether_it_is_there_is_answered() -> None:
    assert NewlandScanner().feed(b"?", 0.0) == [b"!"]


@pytest.mark.parametrize("protocol", SCANNERS)
def test_no_bytes_ever_upset_a_scanner(protocol: str) -> None:
    rng, scanner = random.Random(7), SCANNERS[protocol]()
    for moment in range(500):
        for _ in scanner.feed(rng.randbytes(rng.randrange(40)), moment / 10):
            pass
        scanner.idle(moment / 10 + 0.05)


def test_damage_is_where_it_is_said_to_be() -> None:
    assert damaged(b"134", Damage.DROP, 1) == b"14"
    assert damaged(b"134", Damage.DOUBLE, 4) == b"1334"
    assert damaged(b"134", Damage.FLIP, 2) == b"135"
    assert damaged(b"", Damage.FLIP, 2) == b""


def test_at_the_wrong_speed_nothing_is_printable() -> None:
    assert not any(chr(byte).isascii() for byte in at_wrong_speed(bytes(range(256))))
