import numpy as np
import pytest

from terminal.model import Corners, Symbol, Symbology
from terminal.vision.box import Box
from terminal.vision.hold import Likeness, View
from terminal.vision.locate import Kind, Region
from terminal.vision.symbol import Reading
from terminal.vision.track import Tracks, Tries

LOOKS = Likeness(View(np.zeros((1, 60), np.float32), np.eye(2, 3), (6, 0)), None)


def reading(x: float, y: float = 0, text: str = "134567890123456789") -> Reading:
    corners: Corners = ((x, y), (x + 90, y), (x + 90, y + 40), (x, y + 40))
    return Reading(Symbol(text, text.encode(), Symbology.CODE128, "]C0", corners, "upright"), "zxing")


def place(x: float, y: float = 0) -> Region:
    return Region(Kind.BARS, Box(0, 0, 8, 8), 1.0, (x, y), 0.0, 50, 20)


def test_a_code_is_expected_where_its_motion_takes_it() -> None:
    tracks = Tracks()
    tracks.read(reading(100, 50), LOOKS, 1)
    tracks.read(reading(106, 46), LOOKS, 3)
    (track,) = tracks.of(5)
    assert track.at(5).corners[0] == (112, 42)


def test_what_was_read_or_held_in_a_frame_is_seen_in_it() -> None:
    tracks = Tracks()
    assert not tracks.is_seen(reading(100), 1)
    tracks.read(reading(100), LOOKS, 1)
    assert tracks.is_seen(reading(400), 1)
    assert not tracks.is_seen(reading(100, text="28"), 1)
    assert not tracks.is_seen(reading(100), 2)
    (track,) = tracks.of(2)
    tracks.hold(track, track.at(2), 2)
    assert tracks.is_seen(reading(100), 2)


def test_a_code_that_was_not_seen_for_ten_frames_is_forgotten() -> None:
    tracks = Tracks()
    tracks.read(reading(100), LOOKS, 1)
    assert len(tracks.of(11)) == 1
    assert tracks.of(12) == []


def test_bars_may_be_held_for_three_seconds_and_then_must_be_read() -> None:
    tracks = Tracks()
    tracks.read(reading(100), LOOKS, 0)
    held = []
    for frame in range(1, 120):
        held += [tracks.hold(track, track.at(frame), frame) for track in tracks.of(frame)]
    assert sum(one is not None for one in held) == 90
    assert tracks.of(120) == []


def test_reading_held_bars_begins_the_three_seconds_anew() -> None:
    tracks = Tracks()
    tracks.read(reading(100), LOOKS, 0)
    for frame in range(1, 200):
        (track,) = tracks.of(frame)
        if frame % 50 == 0:
            tracks.read(reading(100), LOOKS, frame)
        else:
            assert tracks.hold(track, track.at(frame), frame)


def test_a_place_tried_in_vain_is_left_alone_at_times() -> None:
    tries = Tries()
    counts = []
    for frame in range(24):
        counts.append(tries.count(place(100 + frame % 3), frame))
        if counts[-1] is not None:
            tries.add(place(100 + frame % 3), frame)
    assert counts[:8] == list(range(8))
    assert [count is not None for count in counts[8:]] == [False, False, False, True] * 4


@pytest.mark.parametrize("x", [80, 120])
def test_another_place_and_one_long_ago_are_tried_afresh(x: float) -> None:
    tries = Tries()
    for frame in range(9):
        tries.add(place(100), frame)
    assert tries.count(place(100), 9) is None
    assert tries.count(place(x), 9) == 0
    assert tries.count(place(100), 30) == 0
