"""From what the sale screen knows to what it shows. Pure: no screen library, no clock, and so most of the tests.

Texts that came from outside (wallet names, acquirers' words, details) pass through here as they are: the widgets
put them on the screen through `text.shown`.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from terminal.model import Reason, State, masked
from terminal.money import Currency, Money
from terminal.steps import DeviceKind, DeviceState, Laid, Notice, OpenAttempt, Phase, Step
from terminal.tui.commands import AWAITING, BY_ID, COMMANDS, EMPTY, ENTERING, LAYING, Command
from terminal.tui.goods import Goods, changed, goods, summed
from terminal.tui.ledger import order_lines
from terminal.tui.sale import Sale
from terminal.tui.wording import Texts

BAR_STEPS = 20  # a bar moves this often in its life, not with every tick
LOOKING_FPS, RESTING_FPS = 10.0, 2.0  # preview pictures a second, with and without a code to wait for
LAST_SALES = 8
_MARKS = (DeviceKind.ACQUIRER, DeviceKind.CAMERA, DeviceKind.SCANNER, DeviceKind.PRINTER)

Devices = tuple[DeviceState, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One device's place in the status bar; up and down differ by a sign, not only by colour."""

    label: str
    up: bool


@dataclass(frozen=True, slots=True)
class Status:
    shop: str
    demo: str
    marks: tuple[Mark, ...]
    open_attempts: str
    clock: str


@dataclass(frozen=True, slots=True)
class Headline:
    """Word, instruction, and what is left of the time: `fraction` from 1 down to 0, None where there is no limit."""

    word: str
    instruction: str
    seconds: str = ""
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    caption: str
    sign: str
    digits: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a payment, to be read at arm's length."""

    word: str
    sign: str
    digits: str
    lines: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class View:
    phase: Phase
    status: Status
    headline: Headline
    amount: Amount
    goods: Goods | None  # where the keypad stands otherwise
    guide: tuple[str, ...]  # where the keypad stands while digits are an amount
    outcome: Outcome | None
    shown_code: str  # ours, to be drawn for the customer in place of the preview
    event: str
    info: tuple[str, ...]  # devices that are down, then the day and the last sales
    no_picture: str  # instead of a preview where there is none
    camera_up: bool
    preview_fps: float
    awaits: str  # what the camera looks for
    live: tuple[Command, ...]


def view(sale: Sale, texts: Texts, *, now_s: float, wall_s: float, shop: str, demo: bool) -> View:
    """`now_s` is the till's monotonic time, on which deadlines are; `wall_s` is Unix time."""
    step = sale.step
    return View(
        phase=step.phase,
        status=_status(sale, texts, wall_s, shop, demo),
        headline=_rung_up(texts)
        if step.phase is Phase.IDLE and EMPTY not in sale.there
        else headline(step, texts, now_s, sale.snapshot.devices),
        amount=_amount(sale, texts),
        goods=goods(sale, texts) if _shows_goods(sale) else None,
        guide=_guide(step, texts, sale.snapshot.devices),
        outcome=_outcome(step, sale.snapshot.currency, texts) if step.phase.is_outcome else None,
        shown_code=step.shown_code if step.phase is Phase.SHOWING else "",
        event=_event(sale, texts),
        info=(*_faults(sale.snapshot.devices, texts), *_sales(sale, texts)),
        no_picture=_no_picture(sale.snapshot.devices, texts),
        camera_up=not _cameras_down(sale.snapshot.devices),
        preview_fps=0.0 if step.phase.is_outcome else LOOKING_FPS if step.phase in AWAITING else RESTING_FPS,
        awaits=texts("common.awaits_payment" if step.phase in AWAITING else "common.awaits_any"),
        live=tuple(command for command in COMMANDS if command.is_live(step.phase, sale.typed, sale.there)),
    )


def _shows_goods(sale: Sale) -> bool:
    """Unless our code has to be drawn, which wants the room, or the end of a payment."""
    is_sale = not sale.phase.is_outcome and sale.phase not in (Phase.SHOWING, Phase.REFUNDING)
    return bool(sale.snapshot.laid.basket.lines) and is_sale


def _guide(step: Step, texts: Texts, devices: Devices) -> tuple[str, ...]:
    """What the cashier may tell the customer, where the phase has such words."""
    key = f"phase.{step.phase}.guide"
    return texts.lines(key, wallet=wallet(step.wallet, texts), reader=_reader(devices, texts)) if key in texts else ()


def _reader(devices: Devices, texts: Texts) -> str:
    """What customers hold their codes to."""
    has_camera = any(device.kind is DeviceKind.CAMERA for device in devices)
    return texts(f"kind.{DeviceKind.CAMERA if has_camera else DeviceKind.SCANNER}")


def _rung_up(texts: Texts) -> Headline:
    """Idle as far as payments go, and yet in the middle of a sale."""
    return Headline(texts("goods.word"), texts("goods.instruction"))


def headline(step: Step, texts: Texts, now_s: float, devices: Devices) -> Headline:
    """What is happening, to whom, and for how much longer."""
    facts = {"wallet": wallet(step.wallet, texts), "reader": _reader(devices, texts)}
    instruction = texts(f"phase.{step.phase}.instruction", **facts)
    if step.round and step.phase.is_paying:
        instruction = f"{instruction} {texts('common.round', round=step.round)}"
    word = texts(f"phase.{step.phase}.word")
    if step.deadline_s is None:
        return Headline(word, instruction)
    left_s, whole_s = max(0.0, step.deadline_s - now_s), max(step.deadline_s - step.since_s, 0.001)
    fraction = math.ceil(min(1.0, left_s / whole_s) * BAR_STEPS) / BAR_STEPS
    return Headline(word, instruction, texts("common.seconds", seconds=math.ceil(left_s)), fraction)


def wallet(name: str, texts: Texts) -> str:
    """The wallet as it is called in the cashier's language, or as it came."""
    if not name:
        return texts("common.wallet")
    return texts(f"wallet.{name}") if f"wallet.{name}" in texts else name


def sentence(event: Notice | DeviceState | Laid, texts: Texts) -> str:
    """What there is to say in words; a notice that nobody wrote a sentence for is shown by its key."""
    if isinstance(event, Laid):
        return changed(event, texts)
    if isinstance(event, DeviceState):
        return texts("device.up", name=called(event.name, texts)) if event.up else _trouble(event, texts)
    if f"notice.{event.key}" in texts:
        return texts(f"notice.{event.key}", detail=texts.heard(event.detail)).strip()
    return texts("notice.other", key=event.key, detail=event.detail)


def called(name: str, texts: Texts) -> str:
    """A device by its own name, but the one that has none by its kind, and a wallet's line by the wallet."""
    known = (key for key in (f"kind.{name}", f"wallet.{name}") if key in texts)
    return next(map(texts, known), name)


def hour(wall_s: float) -> str:
    """The time of day here, to the minute."""
    return datetime.fromtimestamp(wall_s, UTC).astimezone().strftime("%H:%M")


def _status(sale: Sale, texts: Texts, wall_s: float, shop: str, demo: bool) -> Status:
    devices = sale.snapshot.devices
    kinds = [kind for kind in _MARKS if any(device.kind is kind for device in devices)]
    marks = tuple(
        Mark(texts(f"device.{kind}"), all(device.up for device in devices if device.kind is kind)) for kind in kinds
    )
    waiting: tuple[OpenAttempt, ...] = sale.snapshot.open_attempts
    open_attempts = texts("common.open", count=len(waiting)) if waiting else ""
    return Status(shop, texts("common.demo") if demo else "", marks, open_attempts, hour(wall_s))


def _amount(sale: Sale, texts: Texts) -> Amount:
    typing = sale.phase in ENTERING and (sale.typed or sale.phase is not Phase.PART_PAID)  # there, the rest is shown
    laid = sale.snapshot.laid.basket
    of_goods = laid.lines and sale.phase in LAYING and not sale.typed
    money = laid.total if of_goods else sale.typed_money if typing else sale.step.money or sale.typed_money
    return Amount(_caption(sale, money, texts), money.currency.sign or money.currency.code, money.decimal)


def _caption(sale: Sale, money: Money, texts: Texts) -> str:
    if sale.phase in AWAITING and sale.typed:
        return texts("common.typed_code", code=masked(sale.typed))
    if sale.step.code and not sale.phase.is_outcome and sale.phase not in (Phase.IDLE, Phase.PART_PAID):
        return texts("common.held_code", wallet=wallet(sale.step.wallet, texts), code=sale.step.code)
    laid, split = sale.snapshot.laid, sale.step.split
    if sale.phase in LAYING and not sale.typed and (laid.basket.lines or laid.times > 1):
        return summed(laid, texts)
    if split and not sale.typed:
        name = "goods.split" if money == split.rest else "goods.part"
        return texts(name, paid=split.paid.decimal, total=split.total.decimal)
    return texts("common.amount", currency=money.currency.code)


def _outcome(step: Step, currency: Currency, texts: Texts) -> Outcome:
    """`currency` is the till's, for an end that is about no amount."""
    name = wallet(step.wallet, texts)
    money = step.money or Money(0, currency)
    lines = [texts("common.held_code", wallet=name, code=step.code).strip()]
    if step.reason is not Reason.NONE:
        lines.append(texts(f"reason.{step.reason}"))
    if step.said and step.phase is not Phase.APPROVED:
        lines.append(texts("common.said", said=texts.heard(step.said)))
    if step.settled:
        lines.append(texts("common.settled", money=step.settled))
    if step.order_id:
        lines.append(texts("common.order", order=step.order_id))
    word, after = texts(f"phase.{step.phase}.word"), texts(f"phase.{step.phase}.next", wallet=name)
    return Outcome(word, money.currency.sign or money.currency.code, money.decimal, tuple(lines), after)


def _event(sale: Sale, texts: Texts) -> str:
    """What was said last, and when; of goods that they may be taken off again, as long as they may."""
    if (remark := sale.remark) is None:
        return ""
    said = f"{hour(remark.wall_s)}  {sentence(remark.event, texts)}"
    can_undo = isinstance(remark.event, Laid) and BY_ID["undo"].is_live(sale.phase, sale.typed, sale.there)
    return texts("goods.undo", event=said) if can_undo else said


def _faults(devices: Devices, texts: Texts) -> list[str]:
    return [f"! {_trouble(device, texts)}" for device in devices if not device.up]


def _trouble(device: DeviceState, texts: Texts) -> str:
    """What it says is wrong, and which it is, where it has not said so."""
    said, name = texts.heard(device.detail), called(device.name, texts)
    return said if said.startswith(name) else texts("device.down", name=name, detail=said)


def _sales(sale: Sale, texts: Texts) -> list[str]:
    """The day's takings, then the newest orders with what became of them."""
    snapshot = sale.snapshot
    total = snapshot.approved_total or Money(0)
    head = texts.counted("common.takings", snapshot.approved_count, total=total)
    lines = [
        f"{hour(line.wall_ms / 1000)}  {line.money}  {_state_word(line.state, texts)}"
        for line in order_lines(sale.entries)
        if line.money  # else it was begun long ago, and only its end is among these
    ][:LAST_SALES]
    return [head if snapshot.approved_count else texts("common.no_sales"), *lines]


def _state_word(state: State, texts: Texts) -> str:
    return texts(f"state.{state}")


def _no_picture(devices: Devices, texts: Texts) -> str:
    down = _cameras_down(devices)
    return texts("common.camera_down", detail=texts.heard(down[0].detail)) if down else texts("common.no_camera")


def _cameras_down(devices: Devices) -> list[DeviceState]:
    return [device for device in devices if device.kind is DeviceKind.CAMERA and not device.up]
