"""A copy of the books while a till keeps them: whole, checked, and never in the place of another file."""

import os
from contextlib import closing
from pathlib import Path

import apsw

from terminal.books.files import sync_directory, translated
from terminal.books.reader import JournalReader
from terminal.errors import JournalError


def back_up(path: Path, to: Path) -> int:
    """Copy the journal at `path` to the new file `to`, and verify the copy; the number of its entries.

    The copy has its name only once it is sound. Raises JournalError where it cannot be made, or `to` exists already,
    and JournalDamaged where the books are damaged, which leaves no copy.
    """
    part = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise JournalError(f"{part}: cannot be written ({error.strerror})") from error
    try:
        _copy(path, part)
        with closing(JournalReader(part)) as copy:
            count = copy.verify()
        os.link(part, to)  # which, unlike a rename, replaces nothing
        sync_directory(to.parent)
    except apsw.Error as error:
        raise translated(to, error) from error
    except FileExistsError as error:
        raise JournalError(f"{to}: is there already, and no backup is written over; give another name") from error
    except OSError as error:
        raise JournalError(f"{to}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _copy(path: Path, to: Path) -> None:
    """As of one moment: SQLite's own copy, out of a snapshot that a writing till does not disturb."""
    with closing(JournalReader(path)) as books, closing(apsw.Connection(str(to))) as copy:
        books.copy_into(copy)
        copy.execute("pragma journal_mode = delete").fetchall()  # one file, to be carried away
    descriptor = os.open(to, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
