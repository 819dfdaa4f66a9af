"""The catalogue: what the shop sells, looked up by the code on the pack or on a scale's label.

A CSV file, because that is what every shop's back office can export: `code,name_zh,name_en,price,unit,tax_percent`.
A code is a GTIN of any length or, for what is weighed in the shop, the item number on the label. `unit` is
`piece` or `kg`. Prices are in the till's currency and include the tax, as Chinese shelf prices do.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from terminal.basket.basket import Item, Picked, Unit
from terminal.codes.gtin import gtin14, is_gtin
from terminal.errors import ConfigError
from terminal.money import CNY, Currency, Money

COLUMNS = ("code", "name_zh", "name_en", "price", "unit", "tax_percent")
UNITS: Mapping[str, Unit] = {"piece": "piece", "kg": "kg"}
TAX_PERCENTS = range(31)
MOST_PRICE = 10**10 - 1  # minor units: so many pieces as can lie in a basket have a price that books can hold
ITEM_NUMBER = re.compile(r"[0-9]{1,6}")

# GS1 keeps 20-29 for numbers that mean something in one shop only, and leaves the layout to the country and the shop
# (General Specifications 2.1.11). I: item number, P: price in minor units, W: grams, C: check digit.
LABELS = ("21IIIIIPPPPPC", "22IIIIIWWWWWC")
LABEL = re.compile(r"(2[0-9])(I{4,6})(P{4,6}|W{4,6})C")
_EAN_13 = 13


class Catalogue:
    """Finds items by what was scanned."""

    def __init__(self, items: Iterable[Item], labels: Sequence[str] = LABELS) -> None:
        """`labels` are the layouts of the shop's own labels; raises ConfigError on one that is none."""
        self.labels = tuple(labels)
        self._by_code = {item.code: item for item in items}
        self._labels = tuple(map(_label, labels))

    def __len__(self) -> int:
        return len(self._by_code)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(self._by_code.values())

    def item(self, code: str) -> Item | None:
        """The item of exactly this code, as a search found it."""
        return self._by_code.get(code)

    def find(self, code: str) -> Picked | None:
        """What a scanned GTIN of any length stands for here, or nothing."""
        item = self._by_code.get(gtin14(code))
        return Picked(item) if item else self._labelled(code.lstrip("0").rjust(_EAN_13, "0"))

    def search(self, text: str, limit: int = 20) -> list[Item]:
        """Items whose name in either language, or whose code, holds this text."""
        wanted = text.casefold()
        return [
            item
            for item in self._by_code.values()
            if any(wanted in field.casefold() for field in (item.name_zh, item.name_en, item.code))
        ][:limit]

    def _labelled(self, digits: str) -> Picked | None:
        if not is_gtin(digits):
            return None
        for label in self._labels:
            match = label.fullmatch(digits)
            item = self._by_code.get(match["item"].lstrip("0")) if match else None
            if match and item:
                return _picked(item, match)
        return None


def load(path: Path, currency: Currency = CNY, labels: Sequence[str] = LABELS) -> Catalogue:
    """Read a catalogue file; raises ConfigError naming the file, the line, the column and what is allowed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Catalogue(_items(path, file, currency), labels)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); [basket] catalogue names it") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8 CSV") from error
    except csv.Error as error:
        raise ConfigError(f"{path}: is not CSV ({error})") from error


def _items(path: Path, lines: Iterable[str], currency: Currency) -> Iterator[Item]:
    rows = csv.DictReader(lines)
    if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise ConfigError(f"{path}: the first line has no column {missing[0]!r}; it is {','.join(COLUMNS)}")
    seen: dict[str, int] = {}
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        item = _item(row, where, currency)
        if item.code in seen:
            raise ConfigError(f"{where}: code {row['code']!r} stands in line {seen[item.code]} already")
        seen[item.code] = rows.line_num
        yield item


def _item(row: Mapping[str, str | None], where: str, currency: Currency) -> Item:
    cells = {column: (row[column] or "").strip() for column in COLUMNS}

    def wrong(column: str, allowed: str) -> ConfigError:
        return ConfigError(f"{where}: {column} is {cells[column]!r}; allowed is {allowed}")

    if not (is_gtin(cells["code"]) or ITEM_NUMBER.fullmatch(cells["code"])):
        raise wrong("code", "a GTIN with its check digit, or an item number of up to 6 digits")
    if not cells["name_zh"] and not cells["name_en"]:
        raise wrong("name_zh", "a name here or in name_en")
    try:
        price = Money.parse(cells["price"], currency)
    except ValueError as error:
        raise wrong("price", f"an amount in {currency.code} such as 12.50") from error
    if price.minor > MOST_PRICE:
        raise wrong("price", f"at most {Money(MOST_PRICE, currency).decimal}")
    if cells["unit"] not in UNITS:
        raise wrong("unit", " or ".join(UNITS))
    if not cells["tax_percent"].isdecimal() or int(cells["tax_percent"]) not in TAX_PERCENTS:
        raise wrong("tax_percent", f"a whole number from {TAX_PERCENTS.start} to {TAX_PERCENTS[-1]}")
    return Item(
        gtin14(cells["code"]) if is_gtin(cells["code"]) else cells["code"].lstrip("0"),
        cells["name_zh"] or cells["name_en"],
        cells["name_en"] or cells["name_zh"],
        price,
        UNITS[cells["unit"]],
        int(cells["tax_percent"]),
    )


def _label(layout: str) -> re.Pattern[str]:
    match = LABEL.fullmatch(layout) if len(layout) == _EAN_13 else None
    if match is None:
        raise ConfigError(f"[basket] labels: {layout!r} is no layout of 13 places such as {LABELS[0]!r}")
    prefix, item, value = match.groups()
    kind = "price" if value.startswith("P") else "grams"
    return re.compile(f"{prefix}(?P<item>[0-9]{{{len(item)}}})(?P<{kind}>[0-9]{{{len(value)}}})[0-9]")


def _picked(item: Item, label: re.Match[str]) -> Picked:
    if label.lastgroup == "price":
        return Picked(item, marked=Money(int(label["price"]), item.price.currency))
    return Picked(item, int(label["grams"]))
