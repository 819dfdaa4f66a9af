"""What `saoma doctor` found, and what to type about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is None where something is merely absent and Saoma goes on without it; `do` mends or betters it."""

    what: str
    ok: bool | None
    found: str
    do: str = ""


Findings = Iterator[Finding]
Check = Callable[[], Findings]
