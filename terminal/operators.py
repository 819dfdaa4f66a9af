"""Who may do what at this till: operators with a PIN and a role, in a file that the shop keeps beside the books.

Without the file everybody may do everything, so that a till can be tried out in ten seconds. PINs are kept as scrypt
hashes with a salt each and appear in no `repr`; five wrong ones for a number close it for a minute.
"""

import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from pathlib import Path

from terminal.errors import ConfigError

FILE = "operators.toml"  # in the till's state directory
SHORTEST_PIN, LONGEST_PIN = 4, 12  # digits
LONGEST_NUMBER, LONGEST_NAME = 6, 40
WRONG_PINS, LOCKED_S = 5, 60.0
FREE_DISCOUNT_PERCENT = 10  # what a cashier may take off without asking
# RFC 7914's cost for interactive use: 16 MB and about 50 ms here, and a stolen file is slow to try PINs on.
_COST, _BLOCK, _LANES, _SALT_BYTES, _HASH_BYTES = 2**14, 8, 1, 16, 32


class Role(IntEnum):
    """A higher role may do all that a lower one may."""

    CASHIER = 1
    SUPERVISOR = 2
    MANAGER = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    def may(self, act: "Act") -> bool:
        return self >= TABLE[act]


class Act(StrEnum):
    """What not everybody may do."""

    DISCOUNT = "discount"  # of more than FREE_DISCOUNT_PERCENT
    REFUND = "refund"
    SETTLE = "settle"
    TRAINING = "training"
    LEAVE = "leave"
    SETTINGS = "settings"


# The lowest role that may.
TABLE: Mapping[Act, Role] = {
    Act.DISCOUNT: Role.SUPERVISOR,
    Act.REFUND: Role.SUPERVISOR,
    Act.SETTLE: Role.SUPERVISOR,
    Act.TRAINING: Role.SUPERVISOR,
    Act.LEAVE: Role.SUPERVISOR,
    Act.SETTINGS: Role.MANAGER,
}


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN as it is kept."""

    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    @classmethod
    def of(cls, digits: str, salt: bytes | None = None) -> "Pin":
        """Raises ConfigError for one that nobody should have."""
        if not (digits.isascii() and digits.isdecimal() and SHORTEST_PIN <= len(digits) <= LONGEST_PIN):
            raise ConfigError(f"a PIN has {SHORTEST_PIN} to {LONGEST_PIN} digits")
        if len(set(digits)) == 1 or digits in "01234567890 9876543210":
            raise ConfigError("that PIN is the first that anybody would try; take another")
        salt = salt or secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _scrypt(digits, salt))

    def fits(self, digits: str) -> bool:
        return hmac.compare_digest(self.hash, _scrypt(digits, self.salt))


@dataclass(frozen=True, slots=True)
class Operator:
    number: str  # digits
    name: str
    role: Role
    pin: Pin = field(repr=False)

    def may(self, act: Act) -> bool:
        return self.role.may(act)


_NOBODY = Pin(bytes(_SALT_BYTES), bytes(_HASH_BYTES))  # fits nothing: an unknown number takes as long as a known one


class SignOn(StrEnum):
    """What came of a number and a PIN."""

    WELCOME = "welcome"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Tries:
    """How often one number was tried in vain, and until when it is closed (seconds on the caller's clock)."""

    wrong: int = 0
    until_s: float = 0.0


class Door:
    """Lets operators in; knows nothing of time but what it is told."""

    def __init__(self, operators: Iterable[Operator]) -> None:
        self._operators = {one.number: one for one in operators}
        self._tries: dict[str, Tries] = {}

    @property
    def is_open(self) -> bool:
        """Nobody is kept out: there are no operators."""
        return not self._operators

    def enter(self, number: str, pin: str, now_s: float) -> tuple[SignOn, Operator | None]:
        """Takes a moment, as each PIN does: not for a loop that must stay quick."""
        tries = self._tries.get(number, Tries())
        if now_s < tries.until_s:
            return SignOn.LOCKED, None
        operator = self._operators.get(number)
        if (operator.pin if operator else _NOBODY).fits(pin) and operator:
            self._tries.pop(number, None)
            return SignOn.WELCOME, operator
        wrong = tries.wrong + 1
        locked = wrong >= WRONG_PINS
        self._tries[number] = Tries(0, now_s + LOCKED_S) if locked else replace(tries, wrong=wrong)
        return (SignOn.LOCKED if locked else SignOn.WRONG), None


def operators_of(folder: Path) -> tuple[Operator, ...]:
    """Those of the file in `folder`, none where there is no file; raises ConfigError where it cannot be used.

    A file that is there and damaged opens nothing: that would be the way round it.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    rows = table.get("operator", [])
    if not isinstance(rows, list) or not rows:
        raise ConfigError(f"{path}: no [[operator]] in it; remove the file, or: saoma operator add")
    return tuple(_operator(row, f"{path}: operator[{place}]") for place, row in enumerate(rows))


def keep(folder: Path, operators: Iterable[Operator]) -> None:
    """Write the file anew, whole or not at all, readable by its owner alone; without operators there is none."""
    path = folder / FILE
    text = "".join(map(_row, operators))
    if not text:
        path.unlink(missing_ok=True)
        return
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)  # whoever may read one that was left behind may not read this one
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"# Made by `saoma operator`: PINs are hashes.\n{text}")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def checked(number: str, name: str) -> tuple[str, str]:
    """As they may be kept; raises ConfigError."""
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise ConfigError(f"operator {number!r}: a number has 1 to {LONGEST_NUMBER} digits")
    if not (name.strip() and name.isprintable()) or len(name) > LONGEST_NAME or '"' in name or "\\" in name:
        raise ConfigError(f"operator {number}: a name has 1 to {LONGEST_NAME} letters, without quotes")
    return number, name


def role_of(word: str) -> Role:
    """Raises ConfigError with what is allowed."""
    if word.upper() not in Role.__members__:
        raise ConfigError(f"role {word!r}; allowed are {', '.join(role.word for role in Role)}")
    return Role[word.upper()]


def _operator(row: object, where: str) -> Operator:
    words = row if isinstance(row, dict) else {}
    texts = {name: words.get(name) for name in ("number", "name", "role", "salt", "hash")}
    missing = [name for name, text in texts.items() if not isinstance(text, str)]
    if missing:
        raise ConfigError(f"{where}: {', '.join(missing)} must be there, in quotes")
    number, name = checked(str(texts["number"]), str(texts["name"]))
    try:
        pin = Pin(bytes.fromhex(str(texts["salt"])), bytes.fromhex(str(texts["hash"])))
    except ValueError as error:
        raise ConfigError(f"{where}: salt and hash are hexadecimal") from error
    return Operator(number, name, role_of(str(texts["role"])), pin)


def _row(one: Operator) -> str:
    pin = f'salt = "{one.pin.salt.hex()}"\nhash = "{one.pin.hash.hex()}"\n'
    return f'\n[[operator]]\nnumber = "{one.number}"\nname = "{one.name}"\nrole = "{one.role.word}"\n{pin}'


def _scrypt(digits: str, salt: bytes) -> bytes:
    return hashlib.scrypt(digits.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=_HASH_BYTES)
