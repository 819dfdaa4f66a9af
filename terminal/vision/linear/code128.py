"""What the characters of a Code 128 say: three code sets, shifts, four functions and a check (ISO/IEC 15417)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

START_A, START_B, START_C = 103, 104, 105
_SHIFT, _SET_C, _SET_B, _SET_A, _FNC1 = 98, 99, 100, 101, 102
_FNC3, _FNC2 = 96, 97  # in sets A and B
_GROUP_SEPARATOR = "\x1d"  # what FNC1 stands for behind the first place
_STARTS = {START_A: "A", START_B: "B", START_C: "C"}
_LATCH = {"A": {_SET_B: "B", _SET_C: "C"}, "B": {_SET_A: "A", _SET_C: "C"}, "C": {_SET_A: "A", _SET_B: "B"}}
_FNC4 = {"A": _SET_A, "B": _SET_B}  # where a set would latch to itself
_OTHER = {"A": "B", "B": "A"}
_EXTENDED = 128  # FNC4 adds it


def has_valid_check(characters: NDArray[np.intp]) -> NDArray[np.bool_]:
    """For (P, n) characters from start to check: whether the last is the weighted sum of the others modulo 103."""
    weights = np.maximum(np.arange(characters.shape[1] - 1), 1)
    valid: NDArray[np.bool_] = (characters[:, :-1] @ weights) % 103 == characters[:, -1]
    return valid


def text_of(characters: Sequence[int]) -> tuple[str, bool] | None:
    """The text between start and check, and whether FNC1 came first (GS1); None for what no encoder writes."""
    code_set, data = _STARTS[characters[0]], list(characters[1:-1])
    is_gs1 = bool(data) and data[0] == _FNC1
    said: list[str] = []
    shifted, extended, latched = "", False, False
    for i, character in enumerate(data):
        now, shifted = shifted or code_set, ""
        if character == _FNC1:
            said += [_GROUP_SEPARATOR] if i else []
        elif now == "C" and character < _SET_B:
            said.append(f"{character:02}")
        elif character in _LATCH[now]:
            code_set = _LATCH[now][character]
        elif character == _SHIFT:
            shifted = _OTHER[now]
        elif character == _FNC4[now]:
            extended, latched = (False, not latched) if extended else (True, latched)
        elif character not in (_FNC2, _FNC3):
            said.append(chr(_ascii(now, character) + _EXTENDED * (extended != latched)))
            extended = False
    return None if shifted or extended or not said else ("".join(said), is_gs1)


def _ascii(code_set: str, character: int) -> int:
    """Sets A and B begin at the space; A goes on with the control characters, B with the small letters."""
    return character - 64 if code_set == "A" and character >= 64 else character + 32  # noqa: PLR2004
