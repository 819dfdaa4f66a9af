"""Telling a keyboard-wedge scanner from a hand: a scanner types like nobody does.

A scanner's digits arrive milliseconds apart and end with Enter, which would press whatever is live. So every
printable key is withheld until it is clear whose it is. What comes in one burst with a code is the scanner's too: a
code may have line ends within, and what stands behind one presses nothing. Owns no timer: `silence` is called when one
has run out.
"""

from typing import Generic, TypeVar

Key = TypeVar("Key")


class Wedge(Generic[Key]):
    GAP_S = 0.035  # a person leaves more than 60 ms between keys
    SHORTEST = 6  # characters: a shorter burst is somebody drumming
    LONGEST = 3000  # more than any code has: something lies on the keyboard, and that is nobody's

    def __init__(self) -> None:
        self._held: list[tuple[str, Key]] = []
        self._last_s = 0.0
        self._is_scanners = False  # this burst has had a code already

    @property
    def held(self) -> str:
        """What is withheld."""
        return "".join(text for text, _ in self._held)

    def feed(self, key: Key, character: str, at_s: float) -> tuple[str, list[Key]]:
        """A key came: the code that it completed, if any, and the keys that are now known to be a hand's.

        `character` is what it prints, "\\r" or "\\t" for the keys that end a burst, and "" for any other.
        """
        slow = self.silence() if at_s - self._last_s > self.GAP_S else []
        self._last_s = at_s
        if character and character not in "\r\t":
            if len(self._held) <= self.LONGEST:
                self._held.append((character, key))
            return "", slow
        if character and len(self._held) >= self.SHORTEST:
            code = self.held if len(self._held) <= self.LONGEST else ""
            self._held.clear()
            self._is_scanners = True
            return code, []
        if self._is_scanners:
            self._held.clear()
            return "", []
        return "", [*slow, *self.silence(), key]

    def silence(self) -> list[Key]:
        """Nothing came for longer than a scanner pauses: what was withheld, to be pressed after all if a hand's."""
        is_hands = not self._is_scanners and len(self._held) <= self.LONGEST
        keys = [key for _, key in self._held] if is_hands else []
        self._held.clear()
        self._is_scanners = False
        return keys
