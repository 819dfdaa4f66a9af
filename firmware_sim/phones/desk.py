"""Every phone of a world that somebody holds: what is asked of them by a page, and by a terminal over control.

Questions and answers are tables of JSON. An answer is what the phone shows now, so that nobody keeps a state beside.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from firmware_sim.control import Handler
from firmware_sim.crowd import Crowd
from firmware_sim.issuers import issuers
from firmware_sim.ledger import Ledger
from firmware_sim.phones.held import PASSWORD, HeldPhone
from firmware_sim.switch import Switch
from firmware_sim.wallets import WALLETS
from terminal.clock import Clock

MOST_PHONES = 100  # in one world: a page that opened one at each look would fill its books
MOST_TEXT = 4096  # characters: beyond any code
NATIVE_NAMES = {"wechat": "微信支付", "alipay": "支付宝"}

HoldUp = Callable[[str, str], None]


class Desk:
    """Hands out phones. `hold_up` shows a code, in a network's dress, to the counter's camera, where there is one."""

    def __init__(self, crowd: Crowd, ledger: Ledger, clock: Clock, switch: Switch, hold_up: HoldUp | None) -> None:
        self._crowd = crowd
        self._ledger = ledger
        self._clock = clock
        self._switch = switch
        self._hold_up = hold_up
        self._phones: dict[str, HeldPhone] = {}

    @property
    def commands(self) -> dict[str, Handler]:
        """Each raises ValueError, KeyError or TypeError for a question that makes no sense."""
        asked = ("wallets", "open", "face", "scan", "agree", "refuse", "hold_up")
        return {f"phone/{name}": getattr(self, name) for name in asked}

    def wallets(self, _question: dict[str, Any]) -> dict[str, Any]:
        """Whose app a phone may have here; the password of all of them; whether there is a camera to hold one up to."""
        known = [{"key": key, "names": _names(key), "network": WALLETS[key].network} for key in self._switch.wallets]
        return {"wallets": known, "password": PASSWORD, "camera": self._hold_up is not None}

    def open(self, question: dict[str, Any]) -> dict[str, Any]:
        """A new phone with that `wallet`; where `careful`, it asks for the password every time."""
        if len(self._phones) >= MOST_PHONES:
            raise ValueError(f"{MOST_PHONES} phones are in people's hands already: go on with one of them")
        place, wallet = self._switch.place, question["wallet"]
        if wallet not in self._switch.wallets:
            raise ValueError(f"no wallet here is called {wallet!r}; there are {', '.join(self._switch.wallets)}")
        traits = {"wallet": wallet, "needs_password": question.get("careful") is True}
        phone = self._crowd.arrive({**traits, "types_after_s": None, "currency": place.currency})
        self._phones[phone.customer] = HeldPhone(phone, self._ledger, self._clock, self._switch, place)
        return self.face({"phone": phone.customer})

    def face(self, question: dict[str, Any]) -> dict[str, Any]:
        """What that `phone` shows now."""
        held = self._held(question)
        face = asdict(held.face())
        return {"phone": held.phone.customer, "names": _names(face["wallet"]), **face}

    def scan(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its owner scans a shop's code: `text`."""
        text = question["text"]
        if not isinstance(text, str) or len(text) > MOST_TEXT:
            raise ValueError(f"text is what a code says, of at most {MOST_TEXT} characters")
        self._held(question).scan(text.strip())
        return self.face(question)

    def agree(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its owner says yes to what it asks, with the `password`, and the `amount` in minor units, where wanted."""
        amount = question.get("amount")
        if amount is not None and not (type(amount) is int and amount > 0):
            raise ValueError("amount is a whole number of minor units, more than nothing")
        self._held(question).agree(str(question.get("password", "")), amount)
        return self.face(question)

    def refuse(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its owner says no."""
        self._held(question).say_no()
        return self.face(question)

    def hold_up(self, question: dict[str, Any]) -> dict[str, Any]:
        """Its owner holds it up to the counter's own camera for a while."""
        if self._hold_up is None:
            raise ValueError("this world has no camera: hold the phone up to your own")
        face = self._held(question).face()
        self._hold_up(face.code, face.network)
        return self.face(question)

    def _held(self, question: Mapping[str, Any]) -> HeldPhone:
        held = self._phones.get(str(question["phone"]))
        if held is None:
            raise ValueError("nobody holds that phone: open another")
        return held


def _names(wallet: str) -> dict[str, str]:
    """By language."""
    native = issuers()[wallet].native_name if wallet in issuers() else NATIVE_NAMES[wallet]
    return {"en": WALLETS[wallet].name, "zh": native}
