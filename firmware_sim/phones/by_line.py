"""A wallet in a terminal, a line at a time: for whoever has neither a webcam nor a browser at hand.

What is typed is a code's text or a picture's path to scan, or the answer to what the wallet asks. It speaks to the
world over its control address, as the page does.
"""

import json
import os
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

from firmware_sim.control import ask
from firmware_sim.phones.eye import read_code
from firmware_sim.phones.held import PASSWORD, TRIES
from terminal.money import CURRENCIES, Money
from terminal.tui.qr import as_lines

LOOK_S = 1.0
MOST_TYPED = 4096  # bytes at once
LEAVE, NO, HOLD_UP = "q", "n", "h"

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]  # a question's name and its facts


@dataclass
class Wallet:
    """One phone, and the words it is shown in."""

    ask: Ask
    language: str
    face: dict[str, Any]

    @classmethod
    def taken_out(cls, control_url: str, wallet: str, language: str, *, careful: bool) -> "Wallet":
        """Raises ValueError for a wallet that nobody has here, OSError where no world answers."""

        def question(what: str, told: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = ask(control_url, f"phone/{what}", told)
            return answer

        return cls(question, language, question("open", {"wallet": wallet, "careful": careful}))

    def look(self) -> None:
        self._do("face")

    def answer(self, line: str) -> None:
        """What the owner typed; raises ValueError for what cannot be scanned or is no amount."""
        asks = self.face["asks"]
        if asks and line == NO:
            self._do("refuse")
        elif asks and asks["amount"] is None:
            self._do("agree", amount=Money.parse(line, CURRENCIES[asks["currency"]]).minor)
        elif asks:
            self._do("agree", password=line)
        elif line == HOLD_UP:
            self._do("hold_up")
        elif line not in ("", LEAVE):
            self._do("scan", text=_scanned(line))

    def drawn(self) -> str:
        """The whole screen."""
        face, asks, news = self.face, self.face["asks"], self.face["news"]
        money = _money(face["balance"], face["currency"])
        lines = ["", self._say("balance", name=face["names"][self.language], money=money), ""]
        if news:
            reason = _words()["reasons"][news["reason"]][self.language]
            amount = _money(news["amount"], news["currency"]) if news["amount"] else ""
            lines += [self._say(news["happened"], money=amount, reason=reason).strip(), *news["why"], ""]
        if asks:
            return "\n".join([*lines, self._question(asks), "", ""])
        digits = " ".join(face["code"][i : i + 4] for i in range(0, len(face["code"]), 4))
        return "\n".join([*lines, *as_lines(face["code"]), "", digits, self._say("line"), ""])

    def _question(self, asks: dict[str, Any]) -> str:
        if asks["amount"] is None:
            return f"{self._say('askedHow', shop=asks['shop'])}\n{self._say('lineAmount')}"
        lines = [self._say("asked", shop=asks["shop"], money=_money(asks["amount"], asks["currency"]))]
        if asks["tries"] < TRIES:
            lines.append(self._say("tries", tries=asks["tries"]))
        return "\n".join([*lines, self._say("lineAsk", password=PASSWORD)])

    def _do(self, what: str, **told: object) -> None:
        self.face = self.ask(what, {"phone": self.face["phone"], **told})

    def _say(self, name: str, /, **facts: object) -> str:
        sentence: str = _words()[self.language][name]
        return sentence.format(**facts)


def converse(wallet: Wallet, typed: TextIO, screen: TextIO) -> None:
    """Show what the phone shows, whenever that changes, until `q` or the end of what is typed."""
    shown = ""
    for line in _typed(typed.fileno()):
        try:
            if line is None:
                wallet.look()
            else:
                wallet.answer(line)
        except ValueError as error:
            screen.write(f"{error}\n")
        if line == LEAVE:
            break
        if (now := wallet.drawn()) != shown:
            screen.write(now)
            shown = now
        screen.flush()


def _typed(keyboard: int) -> Iterator[str | None]:
    """A line as soon as it is whole, and None at first and whenever there is none for a while."""
    rest = b""
    yield None
    while True:
        if not select.select([keyboard], [], [], LOOK_S)[0]:
            yield None
            continue
        if not (piece := os.read(keyboard, MOST_TYPED)):
            return
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode("utf-8", "replace").strip() for line in lines)


def _scanned(line: str) -> str:
    """What a code says: the text itself, or what is in the picture that the line is the path of."""
    path = Path(line.strip("'\""))  # terminals quote a file that is dropped on them
    try:
        return read_code(path.expanduser().read_bytes())
    except (OSError, RuntimeError):  # no such file, nor anybody's home: it is the text
        return line


def _money(minor: int, currency: str) -> str:
    money = Money(minor, CURRENCIES[currency])
    return f"{money.currency.sign}{money.decimal}" if money.currency.sign else str(money)


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(files("firmware_sim.phones.web").joinpath("words.json").read_text("utf-8"))
    return words
