"""Foreign bytes get a value or the one documented error, whatever they are. `make fuzz` looks longer, with coverage."""

import logging
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import targets as fuzz
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

EXAMPLES = 12  # of each target


@pytest.fixture(scope="module")
def targets() -> Iterator[tuple[Any, ...]]:
    logging.disable(logging.CRITICAL)  # refusals by the thousand
    with fuzz.every_target() as table:
        yield table
    logging.disable(logging.NOTSET)


@st.composite
def spoilt(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Something that means something, with a few bytes changed, put in, or cut out; or anything at all."""
    if not seeds or draw(st.integers(0, 7)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.sampled_from((0, 1, 1, 2, 40)))] = draw(st.binary(max_size=4) | st.sampled_from(NASTY))
    return bytes(data)


# What number, length and text readers stumble over.
NASTY = (
    b"-1",
    b"99999999999999999999",
    b"\x00",
    b"\xff\xff",
    b"1_0",
    b"\xd9\xa1",
    b'"',
    b"<",
    b"null",
    b"1e999",
    b"[[",
    b"\xed\xa0\x80",
)


def test_the_table_names_each_once(targets: tuple[Any, ...]) -> None:
    assert len({target.name for target in targets}) == len(targets) > 80


def test_no_bytes_bring_a_parser_down(targets: tuple[Any, ...], luck: str) -> None:
    for target in targets:
        hold(target, luck)


def hold(target: Any, luck: str) -> None:
    """Its contract, over examples that are others with each run."""

    @seed(random.Random(luck).getrandbits(64))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(spoilt(target.seeds))
    def held(data: bytes) -> None:
        with suppress(*target.allowed):
            target.take(data)

    try:
        held()
    except Exception as error:
        error.add_note(f"target: {target.name}")
        raise
