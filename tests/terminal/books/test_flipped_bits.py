"""A bit that turned over anywhere in the file is damage, which is said and which a till starts from."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from terminal.books.journal import Journal, JournalReader
from terminal.books.salvage import open_books
from terminal.errors import JournalDamaged, JournalError
from terminal.model import Answer, Order, PaymentCode, Refund, State, Verdict
from terminal.money import Money

EVERY = 61  # bytes: enough of them for a test
VERSION = 60  # where SQLite keeps `user_version`, and beside it the text's encoding


def keep(path: Path) -> Journal:
    return Journal(path, wall=lambda: 1.8e9, monotonic=lambda: 0.0)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("books") / "journal.db"
    order = Order("O1", "S1", Money(100), PaymentCode("wechat", "134567890123456789"), "wechat", begun_s=1, trace=1)
    with closing(keep(path)) as journal:
        journal.begin(order)
        journal.move("O1", State.APPROVED, Answer(Verdict.APPROVED))
        journal.begin_refund(Refund("R1", order, Money(40)))
    return path.read_bytes()


def flipped(books: bytes, places: Iterator[int]) -> Iterator[bytes]:
    for at in places:
        for bit in (0x01, 0x80):
            yield books[:at] + bytes([books[at] ^ bit]) + books[at + 1 :]


def written(books: bytes) -> Iterator[int]:
    """Places all over the file, the head's and the words' of the entries among them."""
    said = [at for at, byte in enumerate(books) if byte]
    return iter([*said[::EVERY], VERSION, *(books.index(word) for word in (b"APPROVED", b'"verdict"', b"BOOT"))])


def test_looking_at_them_finds_the_damage_or_none(books: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for data in flipped(books, written(books)):
        path.write_bytes(data)
        with suppress(JournalError), closing(JournalReader(path)) as reader:
            reader.verify()
            reader.entries()


def test_a_till_starts_on_whatever_is_left(books: bytes, tmp_path: Path) -> None:
    for number, data in enumerate(flipped(books, written(books))):
        path = tmp_path / str(number) / "journal.db"
        path.parent.mkdir()
        path.write_bytes(data)
        with suppress(JournalError):
            journal, _ = open_books(path, wall=lambda: 1.8e9, monotonic=lambda: 0.0)
            journal.close()


def test_an_entry_that_is_no_text_any_more_is_named_as_damage_and_set_aside(books: bytes, tmp_path: Path) -> None:
    at = books.index(b'"verdict"')
    path = tmp_path / "journal.db"
    path.write_bytes(books[:at] + bytes([books[at] ^ 0x80]) + books[at + 1 :])
    with closing(JournalReader(path)) as reader, pytest.raises(JournalDamaged):
        reader.verify()
    journal, salvage = open_books(path, wall=lambda: 1.8e9, monotonic=lambda: 0.0)
    journal.verify()
    journal.close()
    assert salvage is not None
