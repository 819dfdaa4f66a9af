"""The words on the screen, by key, in the cashier's language. Pure data from `texts/*.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Texts:
    """Looks a sentence up and fills in its facts, which may be hostile: they are never read as a template."""

    def __init__(self, language: Language) -> None:
        self.language = language
        table = tomllib.loads(files("terminal.tui").joinpath("texts", f"{language}.toml").read_text("utf-8"))
        self._by_key = dict(_flat("", table))

    def __call__(self, key: str, /, **facts: object) -> str:
        """The sentence; raises KeyError on a key that nobody wrote."""
        return self._by_key[key].format(**facts)

    def lines(self, key: str, /, **facts: object) -> tuple[str, ...]:
        """A text of several lines."""
        return tuple(self(key, **facts).splitlines())

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._by_key)

    @property
    def other(self) -> "Texts":
        """The other language, for the key that switches."""
        return Texts(LANGUAGES[1 - LANGUAGES.index(self.language)])


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", str(value).strip("\n")
