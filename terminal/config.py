"""What differs between a demo, a laptop, a Raspberry Pi and a lab: TOML into frozen types.

A mistake is told with the file, the key, the value and what is allowed. Relative paths in a file are taken from
the folder the file is in.
"""

import dataclasses
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from terminal.errors import ConfigError

Schemes = Mapping[str, type[typing.Any]]


def _such(default: typing.Any, wanted: str, fits: Callable[[typing.Any], object]) -> typing.Any:
    """A field whose values are held to more than their type."""
    return field(default=default, metadata={"wanted": wanted, "fits": fits})


@dataclass(frozen=True, slots=True)
class TillConfig:
    # Begins every order number; unique among a merchant's tills.
    terminal_id: str = _such("POS01", "1 to 8 of A-Z and 0-9", re.compile("[0-9A-Z]{1,8}").fullmatch)
    shop: str = "Saoma Demo Store"
    currency: str = "CNY"  # what it counts in: an ISO 4217 code
    language: typing.Literal["zh", "en"] = "zh"
    listen: str = ""  # "127.0.0.1:8098": where acquirers' notifications are heard; empty: nowhere, and the till asks
    notify_url: str = ""  # what acquirers are told to call, where that differs (a proxy in between)


@dataclass(frozen=True, slots=True)
class CameraConfig:
    source: str = ""  # "0", "/dev/video0", a URL, a video file, a folder; empty: no camera


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    port: str = ""  # a path or a pyserial URL; empty: no scanner
    protocol: typing.Literal["lines", "ssi", "gm65", "syn", "newland"] = "lines"
    baud: int = _such(9600, "a rate such as 9600", lambda rate: rate > 0)
    ending: typing.Literal["line", "silence"] = "line"  # CR, LF, CR LF or TAB; or a scanner that sends none
    prefix: str = ""  # characters the scanner puts before each code
    aim_ids: bool = False  # whether the scanner is set to send AIM identifiers

    @property
    def is_keyboard(self) -> bool:
        """A scanner that types, to be taken for the till alone (Linux): its port is its node under /dev/input."""
        return self.port.startswith("/dev/input/")


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    # tcp://host:9100 or a device path; empty: no printer
    url: str = _such("", "tcp://host:9100 or a device's path", lambda url: url.startswith("tcp://") or "://" not in url)
    columns: typing.Literal[32, 42, 48] = 32
    qr: typing.Literal["printer", "picture"] = "printer"  # who draws it: cheap printers cannot
    drawer: typing.Literal["never", "sale", "refund"] = "never"  # at what the drawer on the printer opens by itself


@dataclass(frozen=True, slots=True)
class DisplayConfig:
    """What the customer looks at."""

    port: str = ""  # a path or a pyserial URL; empty: no display
    kind: typing.Literal["vfd", "led8"] = "vfd"  # two lines of 20 characters; or eight digits and four lamps


@dataclass(frozen=True, slots=True)
class SoundConfig:
    outcomes: typing.Literal["spoken", "tones", "off"] = "spoken"  # as far as this machine has a player and a speaker


@dataclass(frozen=True, slots=True)
class ScreenConfig:
    # auto: what was last chosen on the screen, or what a terminal of few colours can show
    theme: typing.Literal["auto", "dark", "light", "contrast", "mono", "ansi"] = "auto"
    touch: bool = False  # keys as high as a finger is wide
    keypad: bool = False  # digits to touch beside the sale, where the screen has 100 columns
    # auto: pictures where the terminal is known to show them, else half blocks; sixel: where it says so
    preview: typing.Literal["auto", "blocks", "kitty", "sixel"] = "auto"
    glyphs: typing.Literal["auto", "full", "ascii"] = "auto"  # auto: ascii on the kernel's console, which lacks blocks


@dataclass(frozen=True, slots=True)
class BasketConfig:
    catalogue: Path | None = None  # what the shop sells: see configs/catalogue.csv; without it prices are typed
    labels: tuple[str, ...] = ()  # layouts of the scale's labels, such as "22IIIIIWWWWWC"; empty: the usual ones
    # Percents that are offered before goods are paid for; empty: tips are not asked for.
    tips: tuple[int, ...] = _such((), "percents from 1 to 100", lambda tips: all(1 <= one <= 100 for one in tips))  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class BooksConfig:
    backup: Path | None = None  # a folder, best on another medium, that gets a copy after each settlement
    keep: int = _such(14, "at least 1", lambda keep: keep > 0)  # the newest so many copies stay there


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    engine: typing.Literal["auto", "zbar", "zxing"] = "auto"


@dataclass(frozen=True, slots=True)
class AcquirerConfig:
    """One contract. Beside these keys its table has those of its scheme, which become `settings`."""

    scheme: str
    base_url: str  # http://host:port, or tcp://host:port for a framed line
    name: str = ""
    takes: tuple[str, ...] = ()  # schemes whose codes it accepts; empty: those of its scheme
    fee_percent: float | None = None  # what the contract says of fees, to hold its bills against; none: not looked at
    settings: typing.Any = None


@dataclass(frozen=True, slots=True)
class Config:
    till: TillConfig = field(default_factory=TillConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    scanner: ScannerConfig = field(default_factory=ScannerConfig)
    printer: PrinterConfig = field(default_factory=PrinterConfig)
    display: DisplayConfig = field(default_factory=DisplayConfig)
    sound: SoundConfig = field(default_factory=SoundConfig)
    screen: ScreenConfig = field(default_factory=ScreenConfig)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # for the screen's commands, by their ids
    basket: BasketConfig = field(default_factory=BasketConfig)
    books: BooksConfig = field(default_factory=BooksConfig)
    reader: ReaderConfig = field(default_factory=ReaderConfig)
    acquirer: tuple[AcquirerConfig, ...] = ()


def load(path: Path, schemes: Schemes) -> Config:
    """Read a configuration file; raises ConfigError. `schemes` has the settings of each scheme there is."""
    return from_table(read_toml(path), str(path), path.parent, schemes)


def read_toml(path: Path) -> dict[str, object]:
    """A TOML file as it stands; raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def from_table(table: Mapping[str, object], where: str, folder: Path, schemes: Schemes) -> Config:
    """The same from a table that is already in memory; `where` names it in errors."""
    rest = {name: value for name, value in table.items() if name != "acquirer"}
    config = build(Config, rest, where, "", folder)
    contracts = table.get("acquirer", [])
    if not isinstance(contracts, list):
        raise ConfigError(f"{where}: acquirer = {contracts!r}: tables [[acquirer]] are wanted")
    found = (_contract(one, where, f"acquirer[{place}]", folder, schemes) for place, one in enumerate(contracts))
    return dataclasses.replace(config, acquirer=tuple(found))


def _contract(table: object, where: str, key: str, folder: Path, schemes: Schemes) -> AcquirerConfig:
    """The keys that every contract has, and those of its scheme."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: {key} = {table!r}: a table [[acquirer]] is wanted here")
    scheme = table.get("scheme")
    if scheme not in schemes:
        raise ConfigError(f"{where}: {key}.scheme = {scheme!r}; allowed are {', '.join(map(repr, schemes))}")
    common = {item.name for item in dataclasses.fields(AcquirerConfig)} - {"settings"}
    contract = build(AcquirerConfig, {name: table[name] for name in common & table.keys()}, where, key, folder)
    rest = {name: value for name, value in table.items() if name not in common}
    return dataclasses.replace(contract, settings=build(schemes[str(scheme)], rest, where, key, folder))


T = typing.TypeVar("T")


def build(kind: type[T], table: object, where: str, key: str, folder: Path) -> T:
    """A table as a frozen dataclass of the caller's; raises ConfigError with the key and what is allowed."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: {key} = {table!r}: a table [{key}] is wanted here")
    hints = typing.get_type_hints(kind)
    fields = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    dot = f"{key}." if key else ""
    for name in table:
        if name not in fields:
            raise ConfigError(f"{where}: {dot}{name}: unknown key; allowed are {', '.join(fields)}")
    for name, item in fields.items():
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if required and name not in table:
            raise ConfigError(f"{where}: {dot}{name} is missing")
    found = {name: _value(hints[name], value, where, dot + name, folder) for name, value in table.items()}
    for name, value in found.items():
        if fields[name].metadata and not fields[name].metadata["fits"](value):
            raise ConfigError(f"{where}: {dot}{name} = {table[name]!r}; {fields[name].metadata['wanted']} is wanted")
    return kind(**found)


def _value(hint: object, value: object, where: str, key: str, folder: Path) -> object:
    """One value as its field's type, or a ConfigError that says what is allowed."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where, key, folder)
    if typing.get_origin(hint) is Mapping:
        return _keys(value, where, key)
    if isinstance(hint, types.UnionType):  # "or nothing": a file says nothing by leaving it out
        return _value(typing.get_args(hint)[0], value, where, key, folder)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: {key} = {value!r}; a list is wanted")
        item = typing.get_args(hint)[0]
        return tuple(_value(item, one, where, f"{key}[{place}]", folder) for place, one in enumerate(value))
    if hint is Path and isinstance(value, str) and value:
        return folder / Path(value).expanduser()
    _check(hint, value, where, key)
    return value


def _check(hint: object, value: object, where: str, key: str) -> None:
    """One of the words of a Literal, or exactly of the type."""
    if typing.get_origin(hint) is typing.Literal:
        allowed = typing.get_args(hint)
        if not any(value == one and type(value) is type(one) for one in allowed):  # 32.0 is not 32 here
            raise ConfigError(f"{where}: {key} = {value!r}; allowed are {', '.join(map(repr, allowed))}")
    elif type(value) is not hint:  # True is no number here
        wanted: dict[object, str] = {
            str: "text in quotes",
            int: "a whole number",
            bool: "true or false",
            Path: "a path in quotes",
        }
        wanted |= {float: "a number with a point", date: "a day such as 2021-10-01"}
        raise ConfigError(f"{where}: {key} = {value!r}; {wanted[hint]} is wanted")


def _keys(table: object, where: str, key: str) -> dict[str, tuple[str, ...]]:
    """Names with a text each, or a list of texts."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: {key} = {table!r}: a table [{key}] is wanted here")
    found = {name: value if isinstance(value, list) else [value] for name, value in table.items()}
    for name, texts in found.items():
        if not all(isinstance(text, str) for text in texts):
            raise ConfigError(f'{where}: {key}.{name} = {table[name]!r}; "f11" or ["f11", "p"] is wanted')
    return {name: tuple(texts) for name, texts in found.items()}
