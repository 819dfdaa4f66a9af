"""Whether the books are sound: the file, every hash, and what the entries lead to against what is kept as the state."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import apsw

from terminal.books.chain import sound_entries
from terminal.books.files import DAMAGE
from terminal.errors import JournalDamaged
from terminal.model import State

# What is not of the amount, the place and the code that it was brought into the books with.
_OTHER_ATTEMPT = """
select attempt.order_id from attempt left join entry on entry.seq =
    (select min(seq) from entry where order_id = attempt.order_id and body ->> 'code_mac' is not null)
where (body ->> 'sale_id', body ->> 'acquirer', body ->> 'minor', body ->> 'currency', body ->> 'code_mac')
    is not (sale_id, acquirer, minor, currency, lower(hex(code_mac))) limit 1
"""
_OTHER_REFUND = """
select refund.order_id from refund left join entry on entry.seq =
    (select min(seq) from entry where order_id = refund.order_id and body ->> 'refund_id' = refund_id)
where body ->> 'minor' is not minor limit 1
"""


def verify(db: apsw.Connection, path: Path, *, has_refunds: bool) -> int:
    """The number of entries; raises JournalDamaged naming the first thing that is wrong."""
    try:
        (health,) = db.execute("pragma integrity_check(1)").fetchall()[0]
        if health != "ok":
            raise JournalDamaged(f"{path}: the file is damaged ({health})")
        count = sum(1 for _ in sound_entries(db, path))
        wrong = next(chain(_wrong_attempts(db), _wrong_refunds(db) if has_refunds else ()), None)
        if wrong is not None:
            raise JournalDamaged(f"{path}: {wrong}")
    except DAMAGE as error:
        raise JournalDamaged(f"{path}: the file is damaged ({error})") from error
    return count


def _wrong_attempts(db: apsw.Connection) -> Iterator[str]:
    rows = db.execute("select order_id, kind from entry where order_id <> '' order by seq")
    led_to = {order_id: kind for order_id, kind in rows if kind in State.__members__}
    kept = dict(db.execute("select order_id, state from attempt"))
    for order_id in sorted(key for key in led_to.keys() | kept.keys() if led_to.get(key) != kept.get(key)):
        yield f"order {order_id} is not in the state that its entries lead to"
    for (order_id,) in db.execute(_OTHER_ATTEMPT):
        yield f"order {order_id} is not what it was when it began"


def _wrong_refunds(db: apsw.Connection) -> Iterator[str]:
    for (order_id,) in db.execute(_OTHER_REFUND):
        yield f"order {order_id} is not what it was when it began"
    asked = db.execute("select body ->> 'refund_id', kind from entry where kind like 'REFUND_%' order by seq")
    if dict(asked) != dict(db.execute("select refund_id, state from refund")):
        yield "a refund is not in the state that its entries lead to"
