"""What to do with damaged books: keep the file, save what can be read, and not pretend.

The damaged files are set aside untouched. A new journal begins with an entry that says so; every attempt that can
still be read is taken over. What was finished in the sound part stays finished. Everything else, and whatever stands
behind the first bad entry, becomes a case for a person: its last line may be the one that was lost.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from terminal.books.files import DAMAGE
from terminal.books.journal import Attempt, Journal, JournalReader, RefundLine
from terminal.errors import JournalDamaged, JournalError
from terminal.model import RefundState, State

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged journal."""

    kept_as: Path
    why: str
    taken_over: int  # attempts whose end is known
    for_a_person: int  # attempts whose end is not


def open_books(
    path: Path, *, wall: Callable[[], float], monotonic: Callable[[], float], kind: Callable[..., Journal] = Journal
) -> tuple[Journal, Salvage | None]:
    """The journal, and what had to be done to have one. Raises JournalLocked, or JournalError where none can be."""
    try:
        return kind(path, wall=wall, monotonic=monotonic), None
    except JournalDamaged as error:
        why = str(error)
    aside = _set_aside(path, round(wall()))
    sound, doubtful, refunds, boot = _readable(aside)
    # Where no boot could be read, one that no till has come to: the days since 1970.
    first_boot = boot or round(wall() / DAY_S)
    journal = kind(path, wall=wall, monotonic=monotonic, first_boot=first_boot)
    salvage = Salvage(aside, why, len(sound), len(doubtful))
    journal.note(
        "",
        "DAMAGED",
        {"file": aside.name, "why": why, "taken_over": salvage.taken_over, "for_a_person": salvage.for_a_person},
    )
    for attempt, code_mac in (*sound, *doubtful):
        journal.adopt(attempt, code_mac)
    for line in refunds:
        journal.adopt_refund(line)
    return journal, salvage


def _set_aside(path: Path, stamp: int) -> Path:
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


Found = list[tuple[Attempt, bytes]]


def _readable(path: Path) -> tuple[Found, Found, list[RefundLine], int]:
    """Attempts with a known end, attempts without, refunds, and the last boot number seen."""
    try:
        reader = JournalReader(path)
    except JournalError:  # nothing in it can be read, or it was gone
        return [], [], [], 0
    try:
        ended, boot = _sound_ends(reader)
        found = _attempts(reader)
        refunds = _refunds(reader)
    finally:
        reader.close()
    sound = [(one, mac) for one, mac in found if ended.get(one.order_id) == one.state and not one.state.is_open]
    done = {one.order_id for one, _ in sound}
    doubtful = [(replace(one, state=State.MANUAL), mac) for one, mac in found if one.order_id not in done]
    return sound, doubtful, [line for line in refunds if line.attempt in {one for one, _ in found}], boot


def _sound_ends(reader: JournalReader) -> tuple[dict[str, State], int]:
    """The last state of each order in the unbroken part of the chain."""
    ended: dict[str, State] = {}
    boot = 0
    try:
        for entry in reader.sound_entries():
            boot = max(boot, entry.boot)
            if entry.kind in State.__members__:
                ended[entry.order_id] = State(entry.kind)
    except (JournalDamaged, apsw.Error, *DAMAGE):
        pass  # the end of what is sound: exactly what was asked
    return ended, boot


def _refunds(reader: JournalReader) -> list[RefundLine]:
    """Refunds that ended as they did; an open one is for a person, as the end of its entries may be lost."""
    with suppress(apsw.Error, *DAMAGE):
        return [replace(line, state=RefundState.MANUAL) if line.state.is_open else line for line in reader.refunds()]
    return []


def _attempts(reader: JournalReader) -> Found:
    found: Found = []
    with suppress(apsw.Error, *DAMAGE):  # pages that cannot be read hold what cannot be taken over
        found.extend(pair for pair in reader.attempts_with_macs() if _is_whole(*pair))
    return found


def _is_whole(one: Attempt, mac: bytes) -> bool:
    """A byte that turned over may have made other types of what was written."""
    texts = (one.order_id, one.sale_id, one.acquirer, one.scheme, one.masked)
    numbers = (one.money.minor, one.begun_ms, one.trace)
    return (
        isinstance(mac, bytes)
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(number, int) for number in numbers)
    )
