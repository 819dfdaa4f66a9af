import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from terminal.vision.box import Box
from terminal.vision.gate import Gate

Grey = NDArray[np.uint8]
Place = tuple[int, int]  # y, x


def changed(gate: Gate, small: Grey) -> list[Box]:
    """What is new in the next picture."""
    return gate.heaps() if gate.differs(small) else []


class SlowGate:
    """The same in plain loops."""

    def __init__(self, first: Grey) -> None:
        self.background = first.astype(int)
        self.allowed = np.full(first.shape, 24)
        self.count = 0

    def changed(self, small: Grey) -> list[Box]:
        self.count += 1
        now, places = small.astype(int), list(np.ndindex(small.shape))
        difference = np.abs(now - self.background)
        differs = {(y, x) for y, x in places if difference[y, x] > self.allowed[y, x]}
        if self.count % 4 == 0:
            for y, x in places:
                self.background[y, x] += np.sign(now[y, x] - self.background[y, x])
                if self.count % 64 == 0:
                    self.allowed[y, x] = max(24, self.allowed[y, x] - 1)
        if len(differs) < 40:
            return []
        heaps = {place for place in places if len(differs & around(place)) >= 11}
        for place in differs:
            if not heaps & around(place):
                self.allowed[place] = min(int(difference[place]), 84) + 16
        return [self.box(piece) for piece in pieces(heaps)]

    @staticmethod
    def box(piece: set[Place]) -> Box:
        ys, xs = [y for y, _ in piece], [x for _, x in piece]
        return Box(min(xs), min(ys), max(xs) + 1, max(ys) + 1)


def around(place: Place, reach: int = 2) -> set[Place]:
    side = range(-reach, reach + 1)
    return {(place[0] + y, place[1] + x) for y in side for x in side}


def pieces(places: set[Place]) -> list[set[Place]]:
    """Those that touch, be it at a corner, together; by their first place row by row."""
    rest, found = set(places), []
    while rest:
        piece, edge = set[Place](), {min(rest)}
        while edge:
            piece |= edge
            rest -= edge
            edge = {near for place in edge for near in around(place, 1)} & rest
        found.append(piece)
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14), st.integers(1, 60))
def test_the_gate_does_what_plain_loops_do(seed: int, height: int, width: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.clip(128 + rng.integers(-spread, spread + 1, (70, height, width)), 0, 255).astype(np.uint8)
    gate, slow = Gate(), SlowGate(frames[0])
    changed(gate, frames[0])
    for frame in frames[1:]:
        assert sorted(changed(gate, frame), key=repr) == sorted(slow.changed(frame), key=repr)


def test_the_first_picture_and_the_first_of_another_size_are_new_as_a_whole() -> None:
    gate, grey = Gate(), np.full((90, 160), 100, np.uint8)
    assert changed(gate, grey) == [Box(0, 0, 160, 90)]
    assert changed(gate, grey) == []
    assert changed(gate, grey[:45, :80]) == [Box(0, 0, 80, 45)]


def test_sensor_noise_is_no_news_and_a_phone_is() -> None:
    rng, gate = np.random.default_rng(1), Gate()
    counter = rng.integers(40, 200, (90, 160))
    frames = [np.clip(counter + rng.normal(0, 4, counter.shape), 0, 255).astype(np.uint8) for _ in range(60)]
    changed(gate, frames[0])
    assert all(changed(gate, frame) == [] for frame in frames[1:])
    frames[-1][20:50, 60:80] = 255 - frames[-1][20:50, 60:80] // 2
    (news,) = changed(gate, frames[-1])
    assert 58 <= news.left < news.right <= 82
    assert 18 <= news.top < news.bottom <= 52


def test_two_phones_are_two_pieces_of_news() -> None:
    gate, counter = Gate(), np.full((90, 160), 60, np.uint8)
    changed(gate, counter)
    both = counter.copy()
    both[20:60, 20:50] = both[20:60, 100:130] = 160
    assert len(changed(gate, both)) == 2


def test_a_camera_that_trembles_before_a_patterned_counter_soon_has_no_news() -> None:
    """Sharp edges move by half a pixel of the small picture, and back."""
    gate, edges = Gate(), np.zeros((90, 160))
    edges[::9], edges[:, ::16] = 70, 70
    frames = [edges, 0.5 * edges + 0.5 * np.roll(edges, 1, axis=1)]
    news = [changed(gate, (100 + frames[i % 2]).astype(np.uint8)) for i in range(40)]
    assert news[-20:] == [[]] * 20


def test_the_light_of_the_afternoon_is_never_news() -> None:
    gate = Gate()
    changed(gate, np.full((90, 160), 100, np.uint8))
    assert not any(changed(gate, np.full((90, 160), 100 + frame // 10, np.uint8)) for frame in range(1000))


def test_a_phone_held_still_stays_new_for_seconds() -> None:
    gate, counter = Gate(), np.full((90, 160), 60, np.uint8)
    changed(gate, counter)
    held = counter.copy()
    held[20:60, 40:70] = 160
    news = [changed(gate, held) for _ in range(240)]  # eight seconds
    assert all(len(one) == 1 and one[0].holds((55, 40)) for one in news)


def test_the_gate_allocates_nothing_once_it_runs() -> None:
    gate = Gate()
    changed(gate, np.zeros((90, 160), np.uint8))
    arrays = [value for value in vars(gate).values() if isinstance(value, np.ndarray)]
    changed(gate, np.ones((90, 160), np.uint8))
    assert all(
        value is kept
        for value, kept in zip((v for v in vars(gate).values() if isinstance(v, np.ndarray)), arrays, strict=True)
    )
