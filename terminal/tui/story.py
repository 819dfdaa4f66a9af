"""One payment told whole: what it is, what became of it and when, and every message to its acquirer, decoded. Pure.

The messages keep the scheme's own names, so that what stands here can be held against its manual.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from rich.cells import cell_len

from terminal.books.conversation import Exchange
from terminal.books.listing import Story
from terminal.model import Entry, Reason
from terminal.tui.formats import amount, day
from terminal.tui.payments import state_word, wallet_name
from terminal.tui.text import clean, fitted, folded
from terminal.tui.wording import Texts

LABEL_CELLS = 16
_FIELD_CELLS = 34  # of a message's name, at most
_SAID = ("said", "transaction_id", "payer", "settled", "rate", "operator")  # of an entry, in this order


def heading(story: Story, texts: Texts) -> str:
    one = story.line.attempt
    return texts("story.title", order=one.order_id, state=state_word(story.line, texts))


def facts(story: Story, texts: Texts) -> list[str]:
    """What it is: amounts, wallet, code, acquirer."""
    one, back = story.line.attempt, story.line.refunded
    left = one.money - back
    told = {
        "amount": amount(one.money, texts.language),
        "refunded": amount(back, texts.language) if back.minor else "",
        "left": amount(left, texts.language) if back.minor else "",
        "wallet": wallet_name(one.scheme or one.acquirer, texts),
        "code": one.masked or texts("story.shown"),
        "acquirer": one.acquirer,
        "begun": _begun(one.begun_ms, texts),
    }
    return [f"{fitted(texts(f'story.{name}'), LABEL_CELLS)}{fact}" for name, fact in told.items() if fact]


def events(story: Story, texts: Texts, columns: int) -> list[str]:
    """What became of it, oldest first, with the times."""
    return [line for entry in story.entries for line in _event(entry, texts, columns)]


def _event(entry: Entry, texts: Texts, columns: int) -> list[str]:
    word = texts(f"state.{entry.kind}") if f"state.{entry.kind}" in texts else entry.kind
    at = clock(entry.wall_ms)
    told = f"{at}  {fitted(word, LABEL_CELLS)}{_why(entry.body, texts)}".rstrip()
    return folded(told, columns, indent=len(at) + 2 + LABEL_CELLS)


def _why(body: Mapping[str, object], texts: Texts) -> str:
    said = [str(body[name]) for name in _SAID if body.get(name)]
    reason = str(body.get("reason", ""))
    if reason and reason in set(Reason):
        said.insert(0, texts(f"reason.{reason}"))
    elif reason:
        said.insert(0, reason)
    if body.get("copy"):
        said.append(texts("story.copy"))
    return "  ".join(said)


def _begun(wall_ms: int, texts: Texts) -> str:
    at = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone()
    return f"{day(at.date(), texts.language)} {at:%H:%M:%S}"


def clock(wall_ms: int) -> str:
    """The time of day here, to the millisecond: messages follow one another fast."""
    at = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone()
    return f"{at:%H:%M:%S}.{wall_ms % 1000:03}"


# --- the wire view ----------------------------------------------------------------------------------------


def wire(said: Iterable[Exchange], texts: Texts, columns: int) -> list[str]:
    """Every exchange: who asked what, the fields, the reply, and what the till made of it."""
    lines = [line for exchange in said for line in _exchange(exchange, texts, columns)]
    return lines or list(texts.lines("story.no_wire"))


def _exchange(one: Exchange, texts: Texts, columns: int) -> Iterator[str]:
    to_us = one.operation == "notice"
    arrow = "<--" if to_us else "-->"
    asked = f"{one.acquirer}  {operation(one.operation, texts)}  {one.method} {one.path}".rstrip()
    yield from folded(f"{clock(one.wall_ms)} {arrow} {asked}", columns, indent=4)
    yield from _fields(one.asked, columns)
    yield f"{clock(one.wall_ms + one.took_ms)} {'-->' if to_us else '<--'} {_reply(one, texts)}"
    yield from _fields(one.said, columns)
    if one.meant:
        yield f"    = {': '.join(meaning(one.meant, texts))}"
    yield ""


def _reply(one: Exchange, texts: Texts) -> str:
    if not one.status and not one.said:
        return texts("story.no_reply", ms=one.took_ms)
    status = f"HTTP {one.status}" if one.status else texts("story.reply")
    return texts("story.after", status=status, ms=one.took_ms)


def operation(name: str, texts: Texts) -> str:
    """What was asked for, or told."""
    key = f"operation.{name}"
    return texts(key) if key in texts else name


def meaning(meant: tuple[str, ...], texts: Texts) -> list[str]:
    """The verdict and the reason in words."""
    keys = zip(("verdict", "reason"), meant, strict=False)
    return [texts(f"{kind}.{one}") if f"{kind}.{one}" in texts else one for kind, one in keys]


def _fields(fields: Mapping[str, str], columns: int) -> Iterator[str]:
    """Name and value; a value too long for its line goes on in the next ones, under itself."""
    wide = min(max((cell_len(clean(name)) for name in fields), default=0), _FIELD_CELLS, columns // 2)
    for name, text in fields.items():
        yield from folded(f"    {fitted(name, wide)}  {text}", columns, indent=wide + 6)
