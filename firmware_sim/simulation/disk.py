"""A disk that tells the truth about power cuts: what was not synced may be there, or torn, or gone.

A VFS for SQLite that lives in memory. Only xSync makes writes durable; at a cut each write since then is kept, dropped
or torn at a sector's edge, in any combination, and a file whose removal was not synced with its directory may be back.
SQLite gets no shared memory from it, so a journal on it is opened in exclusive locking mode, and in no other way
differently: the statements, the log and the syncs are those of a till.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import apsw

SECTOR = 512
VFS_NAME = "saoma-power-loss"
_POWERSAFE = apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE  # as SQLite assumes of every disk


class Fate(StrEnum):
    """What became of one write that had not been synced."""

    KEPT = "kept"
    LOST = "lost"
    TORN = "torn"  # only some of its sectors
    GARBLED = "garbled"  # the sector that was being written is noise


Image = Mapping[str, bytes]
Choose = Callable[[int], Fate]
Write = tuple[int, bytes | None]  # (offset, data), or (size, None): cut to that size
Still = tuple[bytes, tuple[Write, ...]]  # what was synced, and what was written since


class _File:
    """What SQLite sees of a file, and what it would be if all that was not synced were lost.

    Nearly everything that happens to a journal's files is a write at the end of the log, and next to nothing is read
    again while the power lasts: writes are kept as they came, and put into one another where somebody looks.
    """

    __slots__ = ("_base", "_done", "_live", "pending", "size")

    def __init__(self, data: bytes = b"") -> None:
        self.size = len(data)
        self.pending: list[Write] = []
        self._base = data
        self._done: list[Write] = []  # to the base, and synced
        self._live: bytes | None = data  # while nothing is written

    @property
    def synced(self) -> bytes:
        if self._done:
            self._base = _written(self._base, self._done)
            self._done.clear()
        return self._base

    @property
    def live(self) -> bytes:
        if self._live is None:
            self._live = _written(self.synced, self.pending)
        return self._live

    def write(self, data: bytes, offset: int) -> None:
        self._live = None
        self.pending.append((offset, data))
        self.size = max(self.size, offset + len(data))

    def truncate(self, size: int) -> None:
        self._live = None
        self.pending.append((size, None))
        self.size = size

    def sync(self) -> None:
        self._done += self.pending
        self.pending.clear()


@dataclass(frozen=True, slots=True)
class Medium:
    """A disk at one moment: of each file what was synced, and the writes since then that a power cut decides about."""

    files: Mapping[str, Still]
    removed: Mapping[str, Still]  # whose removal was not synced

    @property
    def unsynced(self) -> int:
        """How many writes a power cut would put at risk."""
        return sum(len(pending) for _, pending in self.files.values())

    def survivors(self, rng: random.Random, choose: Choose | None = None) -> dict[str, bytes]:
        """What is on it if the power fails now; `choose` says what becomes of the n-th unsynced write."""
        fate = choose or (lambda _: rng.choice(_LIKELY))
        number = 0
        image = {}
        returned = {name: file for name, file in self.removed.items() if rng.random() < 0.5}  # noqa: PLR2004 - a coin
        for name, (synced, pending) in {**returned, **self.files}.items():
            if not pending:
                image[name] = synced
                continue
            file = BytesIO(synced)
            for offset, written in pending:
                _survive(file, offset, written, fate(number), rng)
                number += 1
            image[name] = file.getvalue()
        return image


class Disk:
    """One till's medium. `on_step` is called before every write, truncation, sync and removal, with its number."""

    is_dead = False  # without power it locks nothing any more, and SQLite does not tidy up as it is closed

    def __init__(self, image: Image | None = None, on_step: Callable[[int], None] | None = None) -> None:
        self._files = {name: _File(data) for name, data in (image or {}).items()}
        self._removed: dict[str, _File] = {}  # whose removal was not synced
        self._on_step = on_step
        self.steps = 0
        self.syncs = 0

    def survivors(self, rng: random.Random, choose: Choose | None = None) -> dict[str, bytes]:
        """What is on the medium if the power fails now."""
        return self.medium().survivors(rng, choose)

    def medium(self) -> Medium:
        """The medium as it is at this moment; cheap while little changes between one and the next."""
        return Medium(_still(self._files), _still(self._removed))

    @property
    def unsynced(self) -> int:
        """How many writes a power cut would put at risk."""
        return sum(len(file.pending) for file in self._files.values())

    @property
    def contents(self) -> dict[str, bytes]:
        """What is read from it while the power lasts."""
        return {name: file.live for name, file in self._files.items()}

    # What SQLite does with it.

    def step(self) -> None:
        self.steps += 1
        if self._on_step is not None:
            self._on_step(self.steps)

    def exists(self, name: str) -> bool:
        return name in self._files

    def open(self, name: str) -> _File:
        return self._files.setdefault(name, _File())

    def remove(self, name: str, *, synced: bool) -> None:
        self.step()
        if name in self._files:
            file = self._files.pop(name)
            if not synced:
                self._removed[name] = file
        if synced:
            self._removed.clear()  # one directory


_LIKELY = (Fate.LOST, Fate.LOST, Fate.KEPT, Fate.KEPT, Fate.TORN, Fate.GARBLED)


def _still(files: Mapping[str, _File]) -> dict[str, Still]:
    return {name: (file.synced, tuple(file.pending)) for name, file in files.items()}


def _written(data: bytes, writes: Sequence[Write]) -> bytes:
    if not writes:
        return data
    file = BytesIO(data)
    longest = max(offset + len(written or b"") for offset, written in writes)
    if longest > len(data):  # as long as it will ever be, at once
        _write(file, longest - 1, b"\0")
    for offset, written in writes:
        _write(file, offset, written)
    return file.getvalue()


def _survive(file: BytesIO, offset: int, written: bytes | None, fate: Fate, rng: random.Random) -> None:
    if fate is Fate.LOST:
        return
    if written is None or fate is Fate.KEPT or len(written) <= 1:
        _write(file, offset, written)
        return
    edge = min(len(written), SECTOR * rng.randrange(1 + len(written) // SECTOR))
    part = written[:edge]
    if fate is Fate.GARBLED:
        part += rng.randbytes(min(SECTOR, len(written) - edge))
    _write(file, offset, part)


def _write(file: BytesIO, offset: int, written: bytes | None) -> None:
    """Behind the end, there are noughts in between."""
    if written is None:
        file.truncate(offset)
    else:
        file.seek(offset)
        file.write(written)


class _OpenFile:
    """What SQLite holds of a file. Method names are SQLite's."""

    def __init__(self, disk: Disk, file: _File) -> None:
        self._disk = disk
        self._file = file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._file.live[offset : offset + amount]

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.step()
        self._file.write(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.step()
        self._file.truncate(size)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        self._disk.step()
        self._disk.syncs += 1
        self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return self._file.size

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _POWERSAFE

    def xLock(self, _level: int) -> None:  # noqa: N802
        """Nobody else is there."""
        if self._disk.is_dead:
            raise apsw.BusyError

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        """Likewise."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xClose(self) -> None:  # noqa: N802
        """The bytes stay with the disk."""


class _Drives(apsw.VFS):
    """Finds the disk by the folder of the file."""

    def __init__(self) -> None:
        self.disks: dict[str, Disk] = {}
        super().__init__(VFS_NAME, "", makedefault=True)

    def _disk(self, name: str) -> Disk:
        return self.disks[name.rpartition("/")[0]]

    def xOpen(self, name: str | apsw.URIFilename | None, _flags: list[int]) -> _OpenFile:  # type: ignore[override]  # noqa: N802
        assert name is not None, "a journal makes no temporary files"
        path = name if isinstance(name, str) else name.filename()
        disk = self._disk(path)
        return _OpenFile(disk, disk.open(path))

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk(filename).remove(filename, synced=syncdir)

    def xAccess(self, pathname: str, _flags: int) -> bool:  # noqa: N802
        return self._disk(pathname).exists(pathname)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


def hold_place(path: Path) -> None:
    """For a file on such a disk, so that it is there for whoever asks the system, and not an empty one."""
    path.write_bytes(bytes(SECTOR))


@contextmanager
def drives() -> Iterator[dict[str, Disk]]:
    """While it lasts, files that SQLite opens are on these disks, by folder; databases in memory are not concerned."""
    before = apsw.vfs_names()[0]
    vfs = _Drives()
    apsw.connection_hooks.append(_exclusive)
    try:
        yield vfs.disks
    finally:
        apsw.connection_hooks.remove(_exclusive)
        apsw.set_default_vfs(before)
        vfs.unregister()


def _exclusive(connection: apsw.Connection) -> None:
    if connection.filename:
        connection.execute("pragma locking_mode = exclusive").fetchall()
