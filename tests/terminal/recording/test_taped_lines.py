"""A scanner's bytes on a tape: cut as they came, without the code that was in them, and still making its stand-in."""

import random
from typing import Any

import pytest

from terminal.recording.lines import TapedLine, reread, scanner_told
from terminal.recording.stand_ins import StandIns
from terminal.scanning.protocols.lines import LineHost, LineProfile
from terminal.scanning.protocols.talk import Code

CODES = ["134567890123456789", "283456789012345678", "6212345678901234567"]
PORT = "/dev/ttyACM0"
Pieces = list[tuple[float, bytes]]


def taped(pieces: Pieces, profile: LineProfile | None = None) -> list[dict[str, Any]]:
    """What stands on the tape after these pieces; an empty one is silence."""
    profile = profile or LineProfile()
    lines: list[dict[str, Any]] = [{"t": 0.0, "fact": "scanner", **scanner_told(PORT, "lines", profile)}]
    host, line = LineHost(profile), TapedLine(PORT, StandIns(), lambda one: lines.append(dict(one)), 0.0)
    for now_s, data in pieces:
        events = host.feed(data, now_s) if data else host.idle(now_s)
        line.heard(data, now_s, [event.text for event in events if isinstance(event, Code)])
    line.end()
    return lines


def bytes_of(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(one["bytes"].encode("latin-1") for one in lines if one["fact"] == "bytes")


def codes_of(lines: list[dict[str, Any]]) -> list[str]:
    return [one["text"] for one in lines if one["fact"] == "code"]


@pytest.mark.parametrize("seed", range(20))
def test_codes_however_cut_are_replaced_and_read_again_as_their_stand_ins(seed: int) -> None:
    rng = random.Random(seed)
    stream, pieces, now_s = b"".join(code.encode() + b"\r\n" for code in CODES), [], 1.0
    while stream:
        size = rng.randint(1, 60)
        pieces.append((now_s, stream[:size]))
        stream = stream[size:]
        now_s += rng.uniform(0.001, 0.1)
    lines = taped(pieces)
    told = bytes_of(lines)
    assert len(told) == sum(len(data) for _, data in pieces)
    assert [code for code in CODES if code.encode() in told] == []
    assert told == b"".join(code.encode() + b"\r\n" for code in codes_of(lines))
    assert list(reread(lines[0], lines)) == []


def test_what_stands_before_a_code_stays_and_so_does_silence() -> None:
    profile = LineProfile(endings=b"", aim_ids=True, prefix="P")
    lines = taped(
        [(1.0, b"P]Q1" + CODES[0].encode()), (1.2, b""), (3.0, b"P]C0" + CODES[1].encode()), (3.3, b"")], profile
    )
    assert bytes_of(lines) == f"P]Q1{codes_of(lines)[0]}P]C0{codes_of(lines)[1]}".encode()
    assert list(reread(lines[0], lines)) == []


def test_bytes_that_never_became_a_code_are_kept_blank() -> None:
    lines = taped([(1.0, CODES[0].encode()), (9.0, b"\x02noise\x03" + CODES[1].encode())])
    assert bytes_of(lines) == b"*" * 18 + b"\x02noise\x03" + b"*" * 18
    assert codes_of(lines) == []


def test_half_a_code_from_before_the_plug_was_pulled_is_none() -> None:
    lines = taped([])
    line = TapedLine(PORT, StandIns(), lambda one: lines.append(dict(one)), 0.0)
    line.heard(CODES[0][:9].encode(), 1.0, [])
    lines.append({"t": 1.1, "in": "device", "state": {"kind": "scanner", "name": PORT, "up": False}})
    line.heard(CODES[1].encode() + b"\r", 1.5, [CODES[1]])
    in_order = sorted(lines, key=lambda one: float(one["t"]))
    assert list(reread(lines[0], in_order)) == []


def test_a_reader_that_makes_another_code_of_the_same_bytes_is_told() -> None:
    lines = taped([(1.0, b"A" + CODES[0].encode() + b"\r")], LineProfile(prefix="A"))
    changed = {**lines[0], "profile": {"endings": "\r"}}
    ((then, now),) = reread(changed, lines)
    assert now
    assert now["text"] == "A" + then["text"]


def test_a_code_in_packets_leaves_nothing_of_itself() -> None:
    lines: list[dict[str, Any]] = []
    line = TapedLine(PORT, StandIns(), lambda one: lines.append(dict(one)), 0.0)
    packet = b"\x16\xf3\x00\x00\x01" + CODES[0].encode() + b"\xfa\x12"
    line.heard(packet, 1.0, [CODES[0]])
    line.end()
    assert CODES[0].encode() not in bytes_of(lines)
    told = {"t": 0.0, "fact": "scanner", **scanner_told(PORT, "ssi", LineProfile())}
    assert list(reread(told, lines)) == [], "its checksum was of the real code: it is not read again"
