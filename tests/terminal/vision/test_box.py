import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from terminal.vision.box import Box, merged

boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    st.integers(-50, 50),
    st.integers(-50, 50),
    st.integers(1, 40),
    st.integers(1, 40),
)


@given(st.lists(boxes, max_size=8))
def test_merged_boxes_stand_apart_and_cover_what_they_came_from(some: list[Box]) -> None:
    result = merged(some)
    assert not any(one.meets(other) for i, one in enumerate(result) for other in result[:i])
    for box in some:
        assert any(one.joined(box) == one for one in result)


@given(boxes)
def test_a_box_within_a_picture_is_a_view_of_it(box: Box) -> None:
    grey = np.zeros((30, 40), np.uint8)
    inside = box.within(grey)
    assert inside.of(grey).shape == (inside.bottom - inside.top, inside.right - inside.left)
    assert 0 <= inside.left <= inside.right <= 40
    assert 0 <= inside.top <= inside.bottom <= 30


def test_a_box_around_corners_holds_them() -> None:
    box = Box.around(((1.2, 2.0), (9.5, 3.1), (8.0, 7.7), (0.4, 6.0)))
    assert box == Box(0, 2, 10, 8)
    assert box.size == 10
