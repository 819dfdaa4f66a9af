"""Finds out which sentence of ours somebody said, and about what.

Devices, carriers and the books know no screen: they speak English, which also goes to logs and terminals. The English
catalogue has their sentences under `said.*`, each with names for what it varies in, so that a screen can say them anew.
"""

import re
from collections.abc import Iterator, Mapping
from string import Formatter

BEGINS = "said."
FAMILIES = frozenset({"reason", "verdict", "wallet"})  # facts of these names are words of ours, under the same names
LONGEST = 400  # characters: no sentence of ours is longer, and what is not ours may be as long as it likes


class Phrases:
    def __init__(self, catalogue: Mapping[str, str]) -> None:
        """`catalogue` has every text there is, by its name."""
        parts = {name: tuple(_parts(text)) for name, text in catalogue.items() if name.startswith(BEGINS)}
        exact = sorted(parts, key=lambda name: -sum(len(fixed) for fixed, _ in parts[name]))
        self._parts = {name: parts[name] for name in exact}
        self._words = {family: _words_of(family, catalogue) for family in FAMILIES}
        self._patterns: dict[str, re.Pattern[str]] = {}  # made when they are first wanted: few ever are

    def found(self, sentence: str) -> tuple[str, dict[str, str]] | None:
        """The sentence's name and facts; of several that it may be, the one with the most letters of its own."""
        if len(sentence) > LONGEST:
            return None
        likely = (name for name, parts in self._parts.items() if all(fixed in sentence for fixed, _ in parts))
        matches = ((name, self._pattern(name).fullmatch(sentence)) for name in likely)
        return next(((name, match.groupdict()) for name, match in matches if match), None)

    def _pattern(self, name: str) -> re.Pattern[str]:
        if name not in self._patterns:
            parts = (
                re.escape(fixed) + (f"(?P<{fact}>{self._words.get(fact, '.+?')})" if fact else "")
                for fixed, fact in self._parts[name]
            )
            self._patterns[name] = re.compile("".join(parts), re.DOTALL)
        return self._patterns[name]


def _words_of(family: str, catalogue: Mapping[str, str]) -> str:
    """A pattern for each word of it, the longer ones first."""
    words = [name.removeprefix(f"{family}.") for name in catalogue if name.startswith(f"{family}.")]
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """What stands there, and the name of the fact behind it."""
    return ((fixed, fact) for fixed, fact, _, _ in Formatter().parse(text))
