"""A copy of the books while a till keeps them: whole, checked, and never in the place of another file."""

import errno
import os
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import apsw

from terminal.books.files import sync_directory, translated
from terminal.books.reader import JournalReader
from terminal.errors import JournalError

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)  # what FAT, as on USB sticks, and some networks' disks say


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
        _give_name(part, to)
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


def back_up_into(folder: Path, path: Path, terminal_id: str, wall_s: float, *, keep: int) -> Path:
    """A backup named by till and time (UTC) in a folder that must be there; of this till's the newest `keep` stay.

    Raises as `back_up` does. No older one goes before the new one is sound.
    """
    made = folder / f"{path.stem}-{terminal_id}-{datetime.fromtimestamp(wall_s, UTC):%Y%m%dT%H%M%SZ}.db"
    back_up(path, made)
    ours = re.compile(rf"{re.escape(f'{path.stem}-{terminal_id}')}-\d{{8}}T\d{{6}}Z\.db")
    try:
        others = sorted(one for one in folder.iterdir() if ours.fullmatch(one.name) and one != made)
        for one in others[: max(0, len(others) - keep + 1)]:
            one.unlink()
    except OSError as error:
        raise JournalError(f"{folder}: older backups cannot be taken away ({error.strerror})") from error
    return made


def _give_name(part: Path, to: Path) -> None:
    """Without replacing anything; raises FileExistsError."""
    try:
        os.link(part, to)  # which, unlike a rename, replaces nothing
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # the name is ours now
        part.replace(to)


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
