"""What to do with damaged books: keep the file, save what can be read, and not pretend.

The damaged files are set aside untouched. A new journal begins with an entry that says so; every attempt that can
still be read is taken over. What was finished in the sound part stays finished. Everything else, and whatever stands
behind the first bad entry, becomes a case for a person: its last line may be the one that was lost. So does a payment
of which a refund cannot be made out, for it would be given back twice.

The power may fail in the middle of this too: all is taken over in one transaction, and a start that finds books set
aside which nobody has taken over from goes on with that.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from terminal.books.files import sync_directory
from terminal.books.journal import DAMAGED, Attempt, Journal, JournalReader, RefundLine
from terminal.errors import JournalDamaged, JournalError
from terminal.model import RefundState, State
from terminal.money import Money

DAY_S = 24 * 3600
CUT_SHORT = "set aside by a start that was cut short"
_REFUND_KINDS = frozenset(state.value for state in RefundState)


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
    opened = partial(kind, path, wall=wall, monotonic=monotonic)
    try:
        journal = opened()
    except JournalDamaged as error:
        why = str(error)
    else:
        left = _left_behind(journal)
        return journal, _taken_over(journal, left, _readable(left), CUT_SHORT) if left else None
    aside = _set_aside(path, round(wall()))
    saved = _readable(aside)
    # Behind what can be read there may have been later boots: one that no till has come to, the days since 1970.
    journal = opened(first_boot=max(saved.boot, round(wall() / DAY_S)))
    return journal, _taken_over(journal, aside, saved, why)


# --- aside ------------------------------------------------------------------------------------------------


def _asides(path: Path) -> list[Path]:
    """All damaged books of a journal, the newest last."""
    found = path.parent.glob(f"{path.stem}-damaged-*{path.suffix}")
    return sorted((one for one in found if _stamp(one).isdecimal()), key=lambda one: int(_stamp(one)))


def _stamp(aside: Path) -> str:
    """What it was named after; no number of seconds where a person named it."""
    return aside.stem.rpartition("-")[2]


def _set_aside(path: Path, stamp: int) -> Path:
    """Under a name of its own, later than any before; or what is left of it behind what is aside already."""
    asides = _asides(path)
    if asides and not (path.exists() and path.stat().st_size):
        path.unlink(missing_ok=True)  # new books that had only just been begun
        aside = asides[-1]
    else:
        newest = int(_stamp(asides[-1])) if asides else 0
        aside = path.with_name(f"{path.stem}-damaged-{max(stamp, newest + 1)}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    sync_directory(path.parent)
    return aside


def _left_behind(journal: Journal) -> Path | None:
    """Books that were set aside for this journal, which has taken over nothing and begun nothing since."""
    asides = _asides(journal.path)
    if not asides or any(entry.body["file"] == asides[-1].name for entry in journal.entries_of(DAMAGED)):
        return None
    return None if journal.attempts() else asides[-1]


def _taken_over(journal: Journal, aside: Path, saved: "_Saved", why: str) -> Salvage:
    salvage = Salvage(aside, why, len(saved.sound), len(saved.doubtful))
    counts = {"taken_over": salvage.taken_over, "for_a_person": salvage.for_a_person}
    journal.take_over({"file": aside.name, "why": why, **counts}, (*saved.sound, *saved.doubtful), saved.refunds)
    return salvage


# --- what can be read -------------------------------------------------------------------------------------


Found = list[tuple[Attempt, bytes]]


@dataclass(frozen=True, slots=True)
class _Saved:
    """Attempts with a known end, attempts without, refunds, and the last boot number seen."""

    sound: Found
    doubtful: Found
    refunds: list[RefundLine]
    boot: int


def _readable(path: Path) -> _Saved:
    try:
        reader = JournalReader(path)
    except JournalError:  # nothing in it can be read, or it was gone
        return _Saved([], [], [], 0)
    try:
        told = _sound_part(reader)
        found = _attempts(reader)
        refunds, lost = _refunds(reader, told)
    finally:
        reader.close()
    ends = {order_id: state for order_id, state in told.ended.items() if order_id not in lost and not state.is_open}
    sound = [(one, mac) for one, mac in found if ends.get(one.order_id) == one.state and told.agrees(one.money, one)]
    done = {one.order_id for one, _ in sound}
    doubtful = [(replace(one, state=State.MANUAL), mac) for one, mac in found if one.order_id not in done]
    known = {one.order_id for one, _ in found}
    return _Saved(sound, doubtful, [line for line in refunds if line.attempt.order_id in known], told.boot)


@dataclass(slots=True)
class _Told:
    """What the unbroken part of the chain says: last states by order, amounts by order and refund, the last boot."""

    ended: dict[str, State] = field(default_factory=dict)
    minor: dict[tuple[str, str], object] = field(default_factory=dict)  # without a refund: what was paid
    boot: int = 0

    def agrees(self, money: Money, attempt: Attempt, refund_id: str = "") -> bool:
        """Whether it was this amount, as far as is told."""
        return self.minor.get((attempt.order_id, refund_id), money.minor) == money.minor


def _sound_part(reader: JournalReader) -> _Told:
    told = _Told()
    with suppress(JournalError):  # the end of what is sound: exactly what was asked
        for entry in reader.sound_entries():
            told.boot = max(told.boot, entry.boot)
            if entry.kind in State.__members__:
                told.ended[entry.order_id] = State(entry.kind)
            if "minor" in entry.body and (entry.kind in State.__members__ or entry.kind in _REFUND_KINDS):
                told.minor[entry.order_id, str(entry.body.get("refund_id", ""))] = entry.body["minor"]
    return told


def _attempts(reader: JournalReader) -> Found:
    found: Found = []
    with suppress(JournalError):  # pages that cannot be read hold what cannot be taken over
        found.extend(pair for pair in reader.attempts_with_macs() if _is_whole(*pair))
    return found


def _refunds(reader: JournalReader, told: _Told) -> tuple[list[RefundLine], set[str]]:
    """Refunds that ended as they did, open ones for a person, as the end of their entries may be lost.

    Beside them the orders of those that cannot be made out.
    """
    whole: list[RefundLine] = []
    lost: set[str] = set()
    with suppress(JournalError):  # what else there was, the entries say
        for order_id, line in reader.refunds_if_made_out():
            if line and _is_whole_refund(line) and told.agrees(line.money, line.attempt, line.refund_id):
                whole.append(replace(line, state=RefundState.MANUAL) if line.state.is_open else line)
            else:
                lost.add(order_id)
    asked = {(order_id, refund_id) for order_id, refund_id in told.minor if refund_id}
    lost |= {order_id for order_id, _ in asked - {(line.attempt.order_id, line.refund_id) for line in whole}}
    return whole, lost


def _is_whole(one: Attempt, mac: bytes) -> bool:
    """A byte that turned over may have made other types of what was written."""
    texts = (one.order_id, one.sale_id, one.acquirer, one.scheme, one.masked)
    return isinstance(mac, bytes) and _are(str, *texts) and _are(int, one.money.minor, one.begun_ms, one.trace)


def _is_whole_refund(one: RefundLine) -> bool:
    return _are(str, one.refund_id, one.reason) and _are(int, one.money.minor, one.begun_ms, one.trace)


def _are(kind: type, *values: object) -> bool:
    return all(isinstance(value, kind) for value in values)
