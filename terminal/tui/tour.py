"""What stands beside a demo's till: the customer's phone, the acquirer's books, the wire, and a narrator's line.

Pure: from a scene to rows of text. Where the scene comes from is the demo's affair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from terminal.books.conversation import Exchange
from terminal.money import Money
from terminal.steps import Phase, Step
from terminal.tui.commands import DEMO_KEYS
from terminal.tui.story import meaning, operation
from terminal.tui.view import wallet
from terminal.tui.wording import Texts

UNIVERSAL = "universal"
CAPS = {name: key.upper() for name, key in DEMO_KEYS.items()}
NOTICE = "notice"  # the operation of what an acquirer tells the till
FACTS = 2  # lines of a message's fields that are shown
# Which fields say most to somebody who looks on, the most telling first; parts of their names in any wallet's wire.
TELLING = (
    ("code", "trade_state", "trade_status", "respcode", "de 39", "result", "origrespcode"),
    ("auth_code", "qrno", "de 62", "total", "total_amount", "total_fee", "txnamt", "de 4", "trade_no", "orderid"),
    ("msg", "message", "respmsg", "state", "status", "payer", "buyer", "pay_time", "success_time", "query"),
)

Kind = Literal["title", "text", "out", "in", "bad", "keys"]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who stands at the counter, as anybody could see: `face` is what the phone shows."""

    number: int
    wallet: str
    story: str
    way: str
    money: Money
    code: str  # masked
    face: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The order in the acquirer's books."""

    host: str
    order_no: str
    money: Money
    state: str
    refunded: Money


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that somebody sees who looks on. `leg` of `legs` is where the tour is, 0 when it is over."""

    step: Step
    customer: Customer | None = None
    line: Line | None = None
    wire: tuple[Exchange, ...] = ()
    coming: str = ""
    is_cut: bool = False
    leg: int = 0
    legs: int = 0
    shows: str = ""  # whose code is shown
    plug: bool = False  # the plug will be pulled
    is_recovering: bool = False  # it was, and its payment is still being looked after


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the panel."""

    kind: Kind
    text: str = ""


def told(scene: Scene, texts: Texts, **caps: str) -> str:
    """The narrator's sentence: what is happening, and why it matters; empty where there is nothing to say.

    `caps` are the demo's keycaps by their names, where they are not the usual ones.
    """
    name = f"tour.told.{_told(scene)}"
    leg = f"{scene.leg}/{scene.legs}  " if scene.leg else ""
    return leg + texts(name, **(CAPS | caps)) if name in texts else ""


def _told(scene: Scene) -> str:
    phase = scene.step.phase
    if scene.is_recovering and phase in _RECOVERING:
        return _RECOVERING[phase]
    if scene.plug:
        return "plug.now" if phase is Phase.PROCESSING else "plug.next"
    if scene.is_cut and phase is not Phase.UNKNOWN:
        return "cut.paying" if phase.is_paying else "cut"
    if phase is Phase.IDLE and scene.coming:
        return f"coming.{scene.coming}"
    if phase is Phase.IDLE:
        return "next" if scene.leg else "yours"
    return f"{phase}{_variant(scene)}"


def _variant(scene: Scene) -> str:
    """Where a phase has more than one sentence, whose it is."""
    way, story = (scene.customer.way, scene.customer.story) if scene.customer else ("", "")
    match scene.step.phase:
        case Phase.AWAIT_CODE:
            return f".{way}"
        case Phase.APPROVED:
            return ".lost_reply" if story in ("lost_reply", "late_reply", "deaf_line") else f".{way}"
        case Phase.CONFIRMING if story in ("slow", "no_password"):
            return f".{story}"
        case Phase.SHOWING if scene.shows == UNIVERSAL:
            return f".{UNIVERSAL}"
    return ""


_RECOVERING: Mapping[Phase, str] = {
    Phase.PROCESSING: "recovering",
    Phase.CHECKING: "recovering",
    Phase.FOUND: "found",
    Phase.APPROVED: "recovered",
    Phase.IDLE: "recovered",
}


def rows(scene: Scene, keys: Sequence[tuple[str, str]], texts: Texts, width: int, height: int) -> list[Row]:
    """The panel: what it has room for, the newest message last. `keys` are caps with what they do."""
    above = [*_phone(scene, texts), Row("text"), *_books(scene, texts), Row("text")]
    below = list(_keys(keys, texts, width))
    room = height - len(above) - len(below) - 1
    if room < FACTS + 1:  # rather a message than the keys, which the help names too
        below, room = [], room + len(below)
    wire = [list(_exchange(one, texts, is_older=one is not scene.wire[-1])) for one in scene.wire]
    said = _newest(wire, room)
    if scene.step.phase is Phase.PROCESSING and not said:
        said = [Row("out", f"--> {operation(_asked(scene), texts)} ...")]
    title = Row("title", texts("tour.wire") + (f"  {texts('tour.cut_mark')}" if scene.is_cut else ""))
    quiet = [] if said else [Row("text", texts("tour.wire.none"))]
    filler = [Row("text")] * max(0, room - len(said) - len(quiet))
    return [*above, title, *said, *quiet, *filler, *below][:height]


def _phone(scene: Scene, texts: Texts) -> Iterator[Row]:
    yield Row("title", texts("tour.phone"))
    if (customer := scene.customer) is None:
        yield Row("text", texts("tour.nobody"))
        return
    yield Row("text", texts("tour.customer", wallet=wallet(customer.wallet, texts), number=customer.number))
    facts = {"code": customer.code, "money": customer.money, "why": _why(customer.why, texts)}
    bad = customer.face in ("refused", "given_back")
    yield Row("bad" if bad else "text", texts(f"tour.face.{customer.face}", **facts).rstrip())


def _why(reason: str, texts: Texts) -> str:
    """In the cashier's language where somebody wrote it, else in the world's own word."""
    return texts(f"tour.why.{reason}") if f"tour.why.{reason}" in texts else reason.replace("_", " ")


def _books(scene: Scene, texts: Texts) -> Iterator[Row]:
    yield Row("title", texts("tour.acquirer"))
    if (line := scene.line) is None:
        yield Row("text", texts("tour.line.none"))
        return
    yield Row("text", f"{line.host}  {line.order_no}")
    given_back = f"  {texts('tour.line.refunded', money=line.refunded)}" if line.refunded.minor else ""
    yield Row("text", texts(f"tour.line.{line.state}", money=line.money) + given_back)


def _keys(keys: Sequence[tuple[str, str]], texts: Texts, width: int) -> Iterator[Row]:
    """As many to a row as fit."""
    row = ""
    if keys:
        yield Row("title", texts("tour.keys"))
    for cap, does in keys:
        entry = f"{cap} {does}"
        if row and cell_len(row) + 3 + cell_len(entry) > width:
            yield Row("keys", row)
            row = ""
        row += f"   {entry}" if row else entry
    if row:
        yield Row("keys", row)


def _newest(exchanges: Sequence[list[Row]], room: int) -> list[Row]:
    """The last of them that fit whole; of one that is too long, its beginning."""
    kept: list[Row] = []
    for one in reversed(exchanges):
        if len(kept) + len(one) > room:
            return kept or one[: max(0, room)]
        kept = one + kept
    return kept


def _exchange(one: Exchange, texts: Texts, *, is_older: bool) -> Iterator[Row]:
    """A question, and its answer or the want of one; a notice is the acquirer's question. Older ones are kept short."""
    most = 0 if is_older else FACTS
    there, back = ("<--", "-->") if one.operation == NOTICE else ("-->", "<--")
    yield Row("out", f"{there} {operation(one.operation, texts)}  {one.acquirer}")
    yield from (Row("text", line) for line in _facts(one.asked, most))
    if not (one.status or one.said):
        yield Row("bad", f"--x {one.took_ms} ms  {texts('tour.wire.silence')}")
        return
    said = (f"{back} {one.took_ms} ms", str(one.status or ""), ": ".join(meaning(one.meant, texts)))
    yield Row("in", "  ".join(part for part in said if part))
    yield from (Row("text", line) for line in _facts(one.said, most))


def _facts(fields: Mapping[str, str], most: int) -> Iterator[str]:
    """The most telling fields, one to a line."""
    ranked = sorted(fields.items(), key=lambda field: _rank(field[0]))
    for name, text in [one for one in ranked if _rank(one[0]) < len(TELLING)][:most]:
        yield f"    {name.rpartition('.')[2]} {text}"


def _rank(name: str) -> int:
    found = (rank for rank, parts in enumerate(TELLING) if any(_is_called(name.lower(), part) for part in parts))
    return next(found, len(TELLING))


def _is_called(name: str, part: str) -> bool:
    """`out_trade_no` is a trade_no and `amount.total` a total, but `currencycode` is no code."""
    return name == part or name.endswith((f"_{part}", f".{part}")) or name.startswith(f"{part} ")


def _asked(scene: Scene) -> str:
    return "show" if scene.customer and scene.customer.way == "screen" else "pay"
