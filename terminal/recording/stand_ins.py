"""Codes that look like the customers' and pay nothing: what stands on a tape where a till has read a code.

A stand-in means to the till what the code means, is as long, and has its first two and last four characters, so that
all that a till shows or writes of it stays the same. What lies between is drawn under a secret of the tape's own, which
is never written down.
"""

import hmac
import random
import re
import secrets
import string
import threading
from collections.abc import Callable, Hashable

from terminal.codes.classify import classify
from terminal.model import Channel, Goods, MerchantCode, NotOurs, PaymentCode, Scan, Symbology

SHOWN_FIRST, SHOWN_LAST = 2, 4  # as `model.masked` shows them
# Characters by which the rules know a code, the fewest that do; an EMV code's token begins behind the longest.
BEGINNINGS = (SHOWN_FIRST, 7, 12, 24)
LONGEST_MENDED = 1024  # characters; the longest payment code has 684
SHORTEST_SOUGHT = 12  # characters: shorter texts pay nothing, and turn up by chance
LOGIN = re.compile(r"(?<=://)[^/@\s\"\\]+@")  # a network camera's address may hold one

_LIKE = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


class StandIns:
    """One tape's; from any thread."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._known: dict[str, str] = {}
        self._sought: dict[str, str] = {}  # those of them that may pay
        self._lock = threading.Lock()

    def of(self, text: str, channel: Channel, symbology: Symbology | None = None) -> str:
        """The same one for the same text, whoever asks."""
        with self._lock:
            if text not in self._known:
                noise = random.Random(hmac.digest(self._secret, text.encode("utf-8", "replace"), "sha256"))
                stand_in = _stand_in(text, lambda one: _meant(one, channel, symbology), noise)
                self._known[text] = stand_in
                if stand_in != text and len(text) >= SHORTEST_SOUGHT:
                    self._sought[text] = stand_in
            return self._known[text]

    def scan(self, scan: Scan) -> str:
        return self.of(scan.text, scan.channel, scan.symbology)

    def hide(self, line: str) -> str:
        """A line without any code that was ever read here, whoever wrote it there, and without an address's login."""
        with self._lock:
            for text, stand_in in self._sought.items():
                line = line.replace(text, stand_in)
        return LOGIN.sub("***@", line)


def _meant(text: str, channel: Channel, symbology: Symbology | None) -> Hashable:
    """What a till makes of a text, but for the text itself."""
    match classify(text, channel=channel, symbology=symbology):
        case PaymentCode(scheme, _, name):
            return ("payment", scheme, name)
        case NotOurs(kind):
            return ("not ours", kind)
        case Goods() | MerchantCode() as meaning:
            return meaning


def _stand_in(text: str, meant: Callable[[str], Hashable], noise: random.Random) -> str:
    meaning = meant(text)
    if isinstance(meaning, Goods) or len(text) <= SHOWN_FIRST + SHOWN_LAST:
        return text  # a product's number, or nothing that could pay
    for beginning in BEGINNINGS:
        middle = "".join(_other(letter, noise) for letter in text[beginning:-SHOWN_LAST])
        if middle and meant(one := text[:beginning] + middle + text[-SHOWN_LAST:]) == meaning:
            return one
    return _mended(text, meaning, meant, noise) if len(text) <= LONGEST_MENDED else text[:SHOWN_FIRST]


def _mended(text: str, meaning: Hashable, meant: Callable[[str], Hashable], noise: random.Random) -> str:
    """For texts that must parse: letter by letter, those without which it would mean something else stay."""
    letters = list(text)
    for place in range(SHOWN_FIRST, len(text) - SHOWN_LAST):
        letters[place] = _other(text[place], noise)
        if meant("".join(letters)) != meaning:
            letters[place] = text[place]
    return "".join(letters)


def _other(letter: str, noise: random.Random) -> str:
    """Another of its kind; signs and spaces stay."""
    like = next((kind for kind in _LIKE if letter in kind), "")
    if not like:
        return "字" if letter.isalnum() else letter
    return noise.choice(like.replace(letter, ""))
