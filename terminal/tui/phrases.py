"""Finds out which sentence of ours somebody said, and about what.

Devices, carriers and the books know no screen: they speak English, which also goes to logs and terminals. The English
catalogue has their sentences under `said.*`, each with names for what it varies in, so that a screen can say them anew.
"""

import re
from collections.abc import Iterator, Mapping
from string import Formatter

BEGINS = "said."
LONGEST = 400  # characters: no sentence of ours is longer, and what is not ours may be as long as it likes


class Phrases:
    def __init__(self, catalogue: Mapping[str, str]) -> None:
        """`catalogue` has sentences by their names; those that begin otherwise are none of these."""
        said = {name: text for name, text in catalogue.items() if name.startswith(BEGINS)}
        exact = sorted(said, key=lambda name: -len(_fixed(said[name])))
        self._patterns = {name: _pattern(said[name]) for name in exact}

    def found(self, sentence: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The names of what it may be, with their facts; that of the most fixed letters first."""
        if len(sentence) > LONGEST:
            return
        for name, pattern in self._patterns.items():
            if match := pattern.fullmatch(sentence):
                yield name, match.groupdict()


def _pattern(text: str) -> re.Pattern[str]:
    parts = (re.escape(fixed) + (f"(?P<{name}>.+?)" if name else "") for fixed, name, _, _ in Formatter().parse(text))
    return re.compile("".join(parts), re.DOTALL)


def _fixed(text: str) -> str:
    return "".join(fixed for fixed, _, _, _ in Formatter().parse(text))
