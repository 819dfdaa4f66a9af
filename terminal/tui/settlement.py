"""The end of the day, acquirer by acquirer: what it has come to, what is open, how far it is, what differed. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from terminal.books.settlement import Totals
from terminal.model import Entry
from terminal.money import CURRENCIES, Money
from terminal.steps import Settling, Stage
from terminal.till.due import Due
from terminal.tui.formats import amount, day
from terminal.tui.payments import age
from terminal.tui.text import fitted, folded
from terminal.tui.wording import Texts

_CELLS = (12, 14, 17, 13, 5)  # acquirer, day, sales, refunds, what is open
LABEL_CELLS = 18
BAR_CELLS = 30
# How far along an acquirer's day each stage is; its exchanges bring it nearer to the next.
_PARTS = {Stage.CLOSING: 0.1, Stage.FETCHING: 0.1, Stage.MATCHING: 0.8, Stage.DONE: 1.0}
_A_LOT = 12  # exchanges


def heading(texts: Texts, columns: int) -> str:
    return _cells(
        columns, *(texts(f"settle.{name}") for name in ("acquirer", "day", "sales", "refunds", "open", "last"))
    )


def rows(dues: Sequence[Due], texts: Texts, columns: int) -> tuple[str, ...]:
    """One acquirer a line; two contracts with one acquirer are told apart by our own names for them."""
    titles = [due.title for due in dues]
    names = [wallet(one.title, texts) if titles.count(one.title) == 1 else one.acquirer for one in dues]
    return tuple(_row(due, name, texts, columns) for due, name in zip(dues, names, strict=True))


def _row(due: Due, name: str, texts: Texts, columns: int) -> str:
    sums = due.totals[0].sums if due.totals else {}
    sales, refunds = (_sum(sums[name].count, sums[name].money) if sums else "0" for name in ("sales", "refunds"))
    waiting = len(due.open_orders) + len(due.open_refunds)
    return _cells(
        columns,
        name,
        texts("settle.batch") if due.closes_batch else day(due.day, texts.language),
        sales,
        refunds,
        f"! {waiting}" if waiting else "0",
        _last(due, texts),
    )


def wallet(title: str, texts: Texts) -> str:
    return texts(f"wallet.{title}") if f"wallet.{title}" in texts else title


def _sum(count: int, money: Money) -> str:
    return f"{count}  {money.decimal}"


def _cells(columns: int, *texts: str) -> str:
    """Side by side; the last gets what is left."""
    left = max(columns - sum(_CELLS) - len(_CELLS), 0)
    return " ".join(fitted(text, width) for text, width in zip(texts, (*_CELLS, left), strict=True))


def _last(due: Due, texts: Texts) -> str:
    if due.settled is None:
        return texts("settle.never")
    return texts("settle.agrees") if due.settled.body.get("agrees") else texts("settle.differs")


# --- one acquirer -----------------------------------------------------------------------------------------


def details(due: Due, texts: Texts, now_s: float, columns: int) -> list[str]:
    """What is open first, then what the day came to, then how the last settling went and what is to be done."""
    told = [*_open(due, texts, now_s), *_totals(due, texts), *_settled(due.settled, texts)]
    return [part for line in told for part in folded(line, columns, indent=3)]


def _open(due: Due, texts: Texts, now_s: float) -> Iterator[str]:
    waiting = [(one.begun_ms, one.money, one.order_id, str(one.state)) for one in due.open_orders]
    waiting += [(one.begun_ms, one.money, one.attempt.order_id, str(one.state)) for one in due.open_refunds]
    if waiting:
        yield texts.counted("settle.still_open", len(waiting))
        for begun_ms, money, order_id, state in sorted(waiting, key=lambda one: one[0]):
            for_long = age(now_s - begun_ms / 1000, texts)
            yield f"  ! {order_id}  {amount(money, texts.language)}  {texts(f'state.{state}')}  {for_long}"
        yield ""


def _totals(due: Due, texts: Texts) -> Iterator[str]:
    if not due.totals:
        yield texts("settle.nothing_sold")
    for one in due.totals:
        yield from _sums(one, texts)
    yield ""


def _sums(totals: Totals, texts: Texts) -> Iterator[str]:
    for name, one in totals.sums.items():
        if one.count or name in ("sales", "refunds"):
            label = fitted(texts(f"settle.sum.{name}"), LABEL_CELLS)
            yield f"{label}{one.count:>5}  {amount(one.money, texts.language)}"
    yield f"{fitted(texts('settle.sum.net'), LABEL_CELLS)}{'':>5}  {amount(totals.net, texts.language)}"


def _settled(entry: Entry | None, texts: Texts) -> Iterator[str]:
    if entry is None:
        yield texts("settle.not_yet")
        return
    body = entry.body
    at = datetime.fromtimestamp(entry.wall_ms / 1000, UTC).astimezone()
    when = day(date.fromisoformat(str(body["day"])), texts.language)
    yield texts("settle.was", day=when, at=f"{at:%H:%M}", matched=body.get("matched", 0))
    differences = [*_findings(body.get("differences"))]
    waits = [*_findings(body.get("waits"))]
    if not differences:
        yield texts("settle.no_differences")
    for one in differences:
        yield from _finding("!", one, texts)
    for one in waits:
        yield from _finding("-", one, texts)


def _findings(listed: object) -> Iterable[Mapping[str, object]]:
    return (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()


def _finding(mark: str, one: Mapping[str, object], texts: Texts) -> Iterator[str]:
    """Which payment, what each side says, and what to do about it."""
    key = f"difference.{one.get('kind')}"
    kind = texts(key) if key in texts else str(one.get("kind"))
    number = f"{one.get('order_id', '')} {one.get('refund_id', '')}".strip()
    sides = (f"{texts(f'settle.{side}')} {_side(one, side, texts)}" for side in ("ours", "theirs"))
    yield ""
    yield f" {mark} {kind}  {number}"
    yield f"   {'   '.join(sides)}"
    if f"{key}.do" in texts:
        yield f"   {texts(f'{key}.do')}"


def _side(one: Mapping[str, object], side: str, texts: Texts) -> str:
    minor, currency = one.get(f"{side}_minor"), CURRENCIES.get(str(one.get("currency")))
    return amount(Money(minor, currency), texts.language) if isinstance(minor, int) and currency else "-"


# --- while it goes on -------------------------------------------------------------------------------------


def progress(settling: Settling | None, texts: Texts) -> str:
    """A bar and words; empty while nothing is settled."""
    if settling is None:
        return ""
    fraction = (settling.number - 1 + _part(settling)) / settling.count
    filled = round(fraction * BAR_CELLS)
    stage = texts(f"settle.stage.{settling.stage}")
    place = f"{settling.number}/{settling.count}"
    return f"[{('█' * filled).ljust(BAR_CELLS)}] {fraction * 100:3.0f} %  {settling.acquirer} {place}  {stage}"


def _part(settling: Settling) -> float:
    begun = _PARTS[settling.stage]
    ahead = 0.9 - begun if settling.stage in (Stage.CLOSING, Stage.FETCHING) else 0.0
    return begun + ahead * settling.exchanges / (settling.exchanges + _A_LOT)
