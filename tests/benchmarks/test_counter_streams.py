"""Streams drawn from seeds, and readers watching them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from benchmarks import stream as command
from benchmarks.peers import Peer
from benchmarks.score import Found
from benchmarks.streams import SIZE, Kind, Stream
from benchmarks.watching import NEVER, Visit, Watch, measure
from terminal.model import Symbology

HELD = 250  # a frame in which the guest of a stream of 300 is held still


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream(2, 300)


def test_two_thirds_of_a_stream_show_nobody(stream: Stream) -> None:
    guest = stream.guests[0]
    assert (guest.first, guest.after) == (200, 300)
    assert [stream.shot(frame).guest for frame in (0, 199, 200, 299)] == [None, None, 0, 0]


def test_four_seeds_in_a_row_bring_every_kind_of_guest() -> None:
    assert {Stream(seed, 300).guests[0].kind for seed in (1, 2, 3, 4)} == set(Kind)


def test_a_longer_stream_has_more_guests() -> None:
    first, second = Stream(1, 600).guests
    assert (first.first, second.first, second.after) == (200, 500, 600)
    assert first.text != second.text


def test_the_same_seed_gives_the_same_pixels_and_another_does_not(stream: Stream) -> None:
    for frame in (0, 207, HELD):
        again, other = Stream(2, 300).shot(frame), Stream(3, 300).shot(frame)
        assert np.array_equal(stream.shot(frame).grey, again.grey)
        assert not np.array_equal(stream.shot(frame).grey, other.grey)


def test_frames_are_noisy_grey_and_never_still(stream: Stream) -> None:
    one, next_one = stream.shot(10).grey, stream.shot(11).grey
    assert one.shape == SIZE[::-1]
    assert one.dtype == np.uint8
    assert 1 < np.abs(one.astype(int) - next_one).mean() < 12


def test_the_truth_says_when_the_code_is_wholly_in_view(stream: Stream) -> None:
    assert [stream.shot(frame).in_view for frame in (199, 200, HELD)] == [False, False, True]
    text = zxingcpp.read_barcodes(stream.shot(HELD).grey, formats=[zxingcpp.BarcodeFormat.QRCode])[0].text
    assert text == stream.guests[0].text


def test_a_photograph_stands_behind_where_there_is_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("views") / "view.png"
    cv2.imwrite(str(path), np.full((480, 640), 200, np.uint8))
    assert abs(Stream(1, 300, (path,)).shot(0).grey.mean() - 200) < 5


# --- watching --------------------------------------------------------------------------------------------


def visit(frames: str) -> Visit:
    """One letter a frame: `.` out of view, `v` in view, `r` in view and read, `R` read before it is in full view."""
    seen = Visit(1, Kind.PACK)
    for frame in frames:
        seen.add(in_view=frame in "vr", is_read=frame in "rR")
    return seen


@pytest.mark.parametrize(
    ("frames", "in_view", "read", "late"),
    [
        ("..vvvrvr..", 6, 2, 3),
        ("..rrr", 3, 3, 0),
        (".Rvvr", 3, 1, 0),
        ("..vvvv", 4, 0, NEVER),
        ("......", 0, 0, NEVER),
    ],
)
def test_frames_read_and_the_first_of_them(frames: str, in_view: int, read: int, late: float) -> None:
    seen = visit(frames)
    assert (seen.in_view, seen.read, seen.late) == (in_view, read, late)


def test_a_code_that_never_came_into_view_is_nobodys_failure() -> None:
    watch = Watch("x", visits=[visit("...."), visit("vv")])
    assert watch.lates == [NEVER]


def fake(name: str, answer: list[Found]) -> Peer:
    return Peer(name, "always says the same", frozenset(Symbology), lambda _: lambda _grey: answer)


def test_a_reader_is_credited_with_what_is_there_and_charged_with_what_is_not() -> None:
    short = Stream(2, 20)
    right, wrong = Found(Symbology.QR, short.guests[0].text), Found(Symbology.CODE128, "284567890123456789")
    blind, seer, liar = measure([short], [fake("blind", []), fake("seer", [right]), fake("liar", [wrong])]).watches
    assert len(blind.idle_s) == 13
    assert len(blind.busy_s) == 7
    assert blind.false == []
    assert seer.visits[0].first_read == 0
    assert len(seer.false) == 13, "the code is right only while it is there"
    assert liar.false == ["seed 2: Code128 28************6789"] * 20


def test_the_command_tells_twenty_frames_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--seeds", "1", "--frames", "20", "--peers", "zxing,saoma", "--json"]
    assert command.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [reader["name"] for reader in told["readers"]] == ["zxing", "saoma"]
    assert told["readers"][0]["cpu_ratio"] == 1
    assert all(reader["cpu_s"] > 0 for reader in told["readers"])
    assert {"gate", "locate"} <= {stage["stage"] for stage in told["stages"]}


def test_the_command_prints_tables_and_draws_figures(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("figures")
    assert command.main(["--seeds", "1", "--frames", "20", "--peers", "zxing,saoma", "--plot", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "| saoma " in told
    assert "## Our stages" in told
    assert {path.name for path in folder.iterdir()} == {"stream-cost.svg", "stream-stages.svg"}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for the process's memory")
def test_a_soak_tells_what_memory_so_many_frames_took(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--soak", "100"]) == 0
    told = capsys.readouterr().out
    assert "100 frames watched" in told
    assert abs(float(told.split("grew by ")[1].split(" MB")[0])) < 20


@pytest.mark.parametrize("words", [["--peers", "zebra"], ["--seeds", "none"], ["--frames", "0"]])
def test_wrong_words_are_wrong_usage(words: list[str]) -> None:
    try:
        code: object = command.main(words)
    except SystemExit as ended:
        code = ended.code
    assert code == 2


def test_a_manifest_that_is_not_there_is_a_missing_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--manifest", "nowhere.csv"]) == 3
    assert "nowhere.csv" in capsys.readouterr().err
