"""What the journal needs of the system beside SQLite: a lock, a key, room on the disk, plain words for trouble."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import apsw

from terminal.errors import JournalDamaged, JournalError, JournalLocked

# What is raised only where a file is not what was written: pages, the schema's words, text, states or currencies.
DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, ValueError, KeyError, TypeError)
SHORTEST = 512  # bytes of a database: one page of the smallest size
KEY_BYTES = 32


def locked(path: Path) -> TextIO:
    """Held by an open file, so that a killed till leaves nothing behind; raises JournalLocked."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise JournalLocked(
            f"{path.parent}: kept by process {holder}; close that till, or give another --state"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def check_free(path: Path) -> None:
    """Raises JournalLocked where a till keeps the journal at `path`."""
    lock = path.with_suffix(".lock")
    if lock.exists():
        with suppress(OSError):
            locked(lock).close()


def code_key(path: Path) -> bytes:
    """The secret under which codes are hashed: made once, owner only, and in its place only once it is whole.

    Raises JournalError for one of another length, under which a hash would hide nothing.
    """
    if not path.exists():
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)  # from a start that was cut short
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        sync_directory(path.parent)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise JournalError(
            f"{path}: is no key of {KEY_BYTES} bytes; bring back the old one, or remove it: codes used so far are then "
            "not known to be used"
        )
    return key


def is_gone(path: Path) -> bool:
    """No file, or one too short for SQLite, which would begin anew in it without a word."""
    return not path.exists() or path.stat().st_size < SHORTEST


def room(path: Path) -> int:
    """Bytes that are left for us on its disk."""
    about = os.statvfs(path)
    return about.f_bavail * about.f_frsize


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def translated(path: Path, error: Exception) -> JournalError:
    """SQLite's trouble in a cashier's words."""
    if isinstance(error, apsw.FullError):
        return JournalError(f"{path}: the disk is full; free some space, nothing was charged meanwhile")
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError)):
        return JournalError(f"{path}: cannot be written (read-only); no payment is started")
    if isinstance(error, DAMAGE):
        return JournalDamaged(f"{path}: the file is damaged ({error})")
    return JournalError(f"{path}: {error}")
