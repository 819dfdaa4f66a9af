import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from terminal.vision.box import Box
from terminal.vision.gate import Gate

Grey = NDArray[np.uint8]


class SlowGate:
    """The same in plain loops."""

    def __init__(self, first: Grey) -> None:
        self.background = [[int(value) for value in row] for row in first]
        self.count = 0

    def changed(self, small: Grey) -> Box | None:
        differs = [
            [abs(int(now) - then) > 24 for now, then in zip(*rows, strict=True)]
            for rows in zip(small, self.background, strict=True)
        ]
        self.count += 1
        if self.count % 4 == 0:
            for y, row in enumerate(self.background):
                row[:] = [then + (small[y][x] > then) - (small[y][x] < then) for x, then in enumerate(row)]
        rows = [y for y, row in enumerate(differs) if sum(row) >= 2]
        columns = [x for x in range(small.shape[1]) if sum(row[x] for row in differs) >= 2]
        return Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if rows and columns else None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.integers(1, 120))
def test_the_gate_does_what_plain_loops_do(seed: int, height: int, width: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.clip(128 + rng.integers(-spread, spread + 1, (12, height, width)), 0, 255).astype(np.uint8)
    gate, slow = Gate(), SlowGate(frames[0])
    gate.changed(frames[0])
    for frame in frames[1:]:
        assert gate.changed(frame) == slow.changed(frame)


def test_the_first_picture_and_the_first_of_another_size_are_new_as_a_whole() -> None:
    gate, grey = Gate(), np.full((90, 160), 100, np.uint8)
    assert gate.changed(grey) == Box(0, 0, 160, 90)
    assert gate.changed(grey) is None
    assert gate.changed(grey[:45, :80]) == Box(0, 0, 80, 45)


def test_sensor_noise_is_no_news_and_a_phone_is() -> None:
    rng, gate = np.random.default_rng(1), Gate()
    counter = rng.integers(40, 200, (90, 160))
    frames = [np.clip(counter + rng.normal(0, 4, counter.shape), 0, 255).astype(np.uint8) for _ in range(60)]
    assert [gate.changed(frame) for frame in frames[1:]].count(None) >= 58
    frames[-1][20:50, 60:80] = 255 - frames[-1][20:50, 60:80] // 2
    news = gate.changed(frames[-1])
    assert news is not None
    assert news.left >= 58
    assert news.right <= 82


def test_the_light_of_the_afternoon_is_never_news() -> None:
    gate = Gate()
    gate.changed(np.full((90, 160), 100, np.uint8))
    assert {gate.changed(np.full((90, 160), 100 + frame // 10, np.uint8)) for frame in range(1000)} == {None}


def test_a_phone_held_still_stays_new_for_seconds() -> None:
    gate, counter = Gate(), np.full((90, 160), 60, np.uint8)
    gate.changed(counter)
    held = counter.copy()
    held[20:60, 40:70] = 160
    assert all(gate.changed(held) == Box(40, 20, 70, 60) for _ in range(240))  # eight seconds


def test_the_gate_allocates_nothing_once_it_runs() -> None:
    gate = Gate()
    gate.changed(np.zeros((90, 160), np.uint8))
    arrays = [value for value in vars(gate).values() if isinstance(value, np.ndarray)]
    gate.changed(np.ones((90, 160), np.uint8))
    assert all(
        value is kept
        for value, kept in zip((v for v in vars(gate).values() if isinstance(v, np.ndarray)), arrays, strict=True)
    )
