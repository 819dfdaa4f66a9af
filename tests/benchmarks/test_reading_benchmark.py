"""Photographs by every reader: the manifest, the counting and the command."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import reading as command
from benchmarks.peers import BASE, OURS, Grey, Peer, peers
from benchmarks.photographs import Photograph, drawn, photographs, spread, unescaped
from benchmarks.reading import UNION, failures, measure, table
from benchmarks.score import Found
from firmware_sim.drawing import codes
from terminal.model import Symbology
from terminal.vision.options import COUNTER

HEAD = ["path", "symbology", "expected_text", "alt_text", "also_present"]
MILK, TEA = "6901234567892", "6909876543210"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Two pictures: a QR, and nothing."""
    cv2.imwrite(str(tmp_path / "qr.png"), np.kron(codes.qr("hello"), np.ones((5, 5), np.uint8)))
    cv2.imwrite(str(tmp_path / "none.png"), np.full((50, 60), 128, np.uint8))
    rows = [["qr.png", "QR", "hello", '["hallo"]', '[["EAN-13", "0012345678905"]]'], ["none.png", "NONE", "", "", ""]]
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([HEAD, *rows])
    return tmp_path / "manifest.csv"


def test_a_manifest_tells_what_is_right_and_what_else_is_there(manifest: Path) -> None:
    coded, empty = photographs(manifest)
    assert coded.expected == {"hello", "hallo"}
    assert coded.present == {"0012345678905"}
    assert (empty.expected, empty.load().shape) == (frozenset(), (50, 60))


def test_escapes_in_a_manifest_are_undone() -> None:
    assert unescaped(r"a\nb\x1dc\\n") == "a\nb\x1dc\\n"


def test_a_limit_takes_pictures_evenly() -> None:
    assert spread(list(range(10)), 5) == [0, 2, 4, 6, 8]
    assert spread([1, 2], 9) == spread([1, 2], None) == [1, 2]


def picture(name: str, text: str, *present: str) -> Photograph:
    expected = frozenset({text} if text else set())
    symbology = "EAN-13" if text else "NONE"
    return Photograph(name, symbology, expected, frozenset(present), lambda: np.full((9, 9), int(name), np.uint8))


PICTURES = [picture("0", MILK), picture("1", TEA, MILK), picture("2", "")]


def fake(name: str, answers: dict[int, list[str]]) -> Peer:
    """Reads by the number of the picture, which is its grey."""

    def read(grey: Grey) -> list[Found]:
        return [Found(Symbology.EAN13, text) for text in answers.get(int(grey[0, 0]), [])]

    return Peer(name, "made up", COUNTER, lambda _: read)


def test_right_unread_misread_and_false_are_four_different_things() -> None:
    reader = fake(OURS, {0: [TEA], 1: [TEA, MILK], 2: [MILK]})
    measured = measure("made up", COUNTER, PICTURES, [reader])
    (ours,) = measured.answers
    assert measured.right(ours) == {"EAN-13": 1}
    assert [one.name for one in measured.unread(ours)] == ["0"]
    assert [one.name for one, _ in measured.misread(ours, with_code=True)] == ["0"]
    assert [one.name for one, _ in measured.misread(ours, with_code=False)] == ["2"]
    assert measured.wrong(ours) == {"EAN-13": 1}
    assert "1, 1 wrong" in table(measured)


def test_the_union_reads_what_either_reads_and_misreads_what_either_misreads() -> None:
    one, other = fake(BASE, {0: [MILK], 2: [TEA]}), fake("pyzbar", {0: [TEA], 1: [TEA]})
    measured = measure("made up", COUNTER, PICTURES, [one, other, fake(OURS, {})])
    both = measured.answers[2]
    assert [answers.name for answers in measured.answers] == [BASE, "pyzbar", UNION, OURS]
    assert measured.right(both) == {"EAN-13": 2}
    assert len(measured.misread(both, with_code=True)) == len(measured.misread(both, with_code=False)) == 1


def test_the_table_and_the_failures_name_what_matters() -> None:
    measured = measure("made up", COUNTER, PICTURES, [fake(BASE, {0: [MILK]}), fake(OURS, {2: [TEA]})])
    shown = table(measured)
    assert "EAN-13 2" in shown
    assert "1 (50.0 %)" in shown
    assert failures(measured).splitlines()[-2:] == ["- 0 (read by zxing)", "- 1"]
    assert f"- 2: EAN-13 '{TEA}'" in failures(measured)


def test_drawn_pictures_are_the_same_each_time_and_none_is_misread() -> None:
    pictures = drawn()
    assert {one.symbology for one in pictures} == {"QR", "Code128", "EAN-13", "EAN-8", "UPC-A", "ITF", "Code39", "NONE"}
    assert np.array_equal(pictures[7].load(), drawn()[7].load())
    ours = [peer for peer in peers(stream=False)[0] if peer.name == OURS]
    measured = measure("drawn", COUNTER, spread(pictures, 8), ours)
    assert measured.right(measured.answers[0]).total() >= 4
    assert not measured.misread(measured.answers[0], with_code=True)


def test_the_command_reads_a_manifest(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--manifest", str(manifest), "--json", "--peers", "zxing,saoma", "--plot", str(manifest.parent / "plots")]
    assert command.main(words) == 0
    (told,) = json.loads(capsys.readouterr().out)["rounds"]
    assert [(reader["name"], reader["right"]) for reader in told["readers"]] == [
        ("zxing", {"QR": 1}),
        (OURS, {"QR": 1}),
    ]
    figures = {path.name for path in (manifest.parent / "plots").iterdir()}
    assert figures == {"reading-cost.svg", "reading-symbologies.svg"}


def test_a_manifest_that_is_not_there_is_a_missing_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--manifest", "nowhere.csv"]) == 3
    assert "nowhere.csv" in capsys.readouterr().err
