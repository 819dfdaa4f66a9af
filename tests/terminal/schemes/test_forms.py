"""Forms: read as the standard library reads them."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.schemes.forms import pairs

Pairs = list[tuple[str, str]]
TEXTS = st.text(st.sampled_from("ab=&+%2BE4BDA0 é你"), min_size=1, max_size=30)
MOST = 12


def or_refused(read: Callable[[], Pairs]) -> Pairs | None:
    try:
        return read()
    except ValueError:
        return None


@given(TEXTS, st.booleans())
def test_a_form_is_read_as_the_standard_library_reads_it(text: str, strict: bool) -> None:
    library = {"keep_blank_values": True, "errors": "strict", "max_num_fields": MOST}
    expected = or_refused(lambda: parse_qsl(text, strict_parsing=strict, **library))
    assert or_refused(lambda: pairs(text, MOST, strict=strict)) == expected


def test_an_empty_form_has_no_pairs_and_is_no_strict_one() -> None:
    assert pairs("", MOST) == []
    with pytest.raises(ValueError, match="without ="):
        pairs("", MOST, strict=True)
