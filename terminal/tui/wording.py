"""The words on the screen, by name, in the cashier's language: gettext catalogues in `locales/`, one a language.

Messages have names ("phase.idle.word") instead of being their own English, so that both languages are written with
the same care and a changed English sentence does not orphan the Chinese one. `make texts` compiles `saoma.po`.
"""

from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from typing import Literal

from terminal.tui.commands import COMMANDS, Command
from terminal.tui.keymap import key_names
from terminal.tui.phrases import FAMILIES, Phrases

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Texts:
    """Looks a sentence up and fills in its facts, which may be hostile: they are never read as a template.

    A sentence names a command's key as `{cap[pay]}`, `{keys[pay]}` or `{over[refund]}`: they are each counter's own.
    """

    def __init__(self, language: Language, commands: Sequence[Command] = COMMANDS) -> None:
        self.language, self._commands = language, commands
        self._keys = key_names(commands)
        self._catalogue = _catalogue(language)

    def __call__(self, key: str, /, **facts: object) -> str:
        """The sentence; raises KeyError on a name that nobody wrote."""
        return self._known(key, self._catalogue.gettext(key)).format(**self._keys, **facts)

    def lines(self, key: str, /, **facts: object) -> tuple[str, ...]:
        """A text of several lines."""
        return tuple(self(key, **facts).splitlines())

    def counted(self, key: str, count: int, /, **facts: object) -> str:
        """The sentence in the grammatical number of `count`, which it may name; raises KeyError as above."""
        return self._known(key, self._catalogue.ngettext(key, key, count)).format(count=count, **self._keys, **facts)

    def heard(self, sentence: str) -> str:
        """What was said where there is no screen, in this language; as it came where nobody wrote it."""
        if not sentence or (found := _phrases().found(sentence)) is None:
            return sentence
        key, facts = found
        return self(key, **{name: self._fact(name, text) for name, text in facts.items()})

    def over(self, command_id: str) -> str:
        """What stands on a command's key on screens over the sale."""
        return self._keys["over"][command_id]

    def __contains__(self, key: str) -> bool:
        return self._catalogue.gettext(key) != key

    @property
    def other(self) -> "Texts":
        """The other language, for the key that switches."""
        return Texts(LANGUAGES[1 - LANGUAGES.index(self.language)], self._commands)

    def _fact(self, name: str, text: str) -> str:
        """A word of ours, or what may be a sentence again."""
        return self(f"{name}.{text}") if name in FAMILIES else self.heard(text)

    @staticmethod
    def _known(key: str, said: str) -> str:
        if said == key:  # gettext's way of saying that it does not know
            raise KeyError(key)
        return said


@cache
def _catalogue(language: Language) -> GNUTranslations:
    compiled = files("terminal.tui").joinpath("locales", language, "LC_MESSAGES", "saoma.mo")
    with compiled.open("rb") as file:
        return GNUTranslations(file)


@cache
def _phrases() -> Phrases:
    """Those of the English catalogue. What names it has gettext keeps to itself, hence the private place."""
    messages: dict[object, str] = vars(_catalogue("en"))["_catalog"]
    return Phrases({name: text for name, text in messages.items() if isinstance(name, str)})
