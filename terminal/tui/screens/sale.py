"""The sale: amount, preview, what is happening, and its end. It holds no money state: it asks the till and shows."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from terminal.errors import SaomaError
from terminal.model import Entry
from terminal.steps import Event, Moved, Notice, Phase, Step
from terminal.tui.bindings import bindings
from terminal.tui.bridge import Extra, TillPort
from terminal.tui.commands import AWAITING, BY_ID, COMMANDS, ENTERING, FREE_SLOTS, Command
from terminal.tui.looks import Looks
from terminal.tui.sale import Sale, heard
from terminal.tui.screens.area import visit
from terminal.tui.screens.charts import ChartsScreen
from terminal.tui.screens.devices import DevicesScreen
from terminal.tui.screens.journal import JournalScreen
from terminal.tui.screens.paying import PaymentKeys
from terminal.tui.screens.refund import RECEIPT, RefundScreen
from terminal.tui.screens.settle import SettleScreen
from terminal.tui.view import View, view
from terminal.tui.widgets.amount import AmountPane
from terminal.tui.widgets.basket import BasketPane
from terminal.tui.widgets.keys import Cap, KeyBar, Keypad, Pad, cap_of, extra_cap, pad_caps
from terminal.tui.widgets.lines import Lines, StateLine, StatusBar
from terminal.tui.widgets.outcome import OutcomePane
from terminal.tui.widgets.preview import PreviewPane
from terminal.tui.widgets.qr import QrCard
from terminal.tui.widgets.tour import Beside
from terminal.tui.wording import Texts

TICK_S = 0.25  # a countdown is never further off than this
APPROVED_STAYS_S = 3.0
UNSEEN_S = 0.4  # a key in an outcome's first moments was meant for what stood there before
PAD_COLUMNS, PAD_ROWS = 100, 24  # from so many on there is room for a keypad beside the sale
_DIGITS = frozenset("0123456789")
RECENT = 60  # journal entries to look for the last sales in


class SaleScreen(PaymentKeys):
    BINDINGS = bindings(command for command in COMMANDS if not command.everywhere)
    AUTO_FOCUS = ""  # nothing here may take the focus: a scanner's Enter would press it

    def __init__(
        self,
        till: TillPort,
        texts: Texts,
        *,
        shop: str,
        demo: bool,
        extras: Sequence[Extra],
        beside: Beside | None = None,
        looks: Looks | None = None,
    ) -> None:
        looks = looks or Looks()
        super().__init__(till, texts, looks.tips)
        self._shop, self._demo, self._extras = shop, demo, tuple(extras)
        self._who = ""  # the operator, by number and name
        self._commands = {command.id: command for command in looks.commands}  # with the keys of this counter
        self._shown: tuple[View, bool] | None = None  # and whether the keypad stood beside it
        self._wants_pad = looks.keypad
        self._expected = ""  # a digit, until it is known whose it is
        # Kept by name, not looked up: the till may speak before they stand on the screen, or after.
        self._status, self._state, self._amount = StatusBar(), StateLine(), AmountPane()
        self._guide, self._info, self._event = Lines(id="guide"), Lines(id="info"), Lines(id="event")
        self._preview, self._outcome, self._keys = PreviewPane(till.preview, texts), OutcomePane(id="outcome"), KeyBar()
        self._card, self._basket = QrCard(texts), BasketPane()
        self._beside = beside
        self._sell, self._too_small = Horizontal(id="sell"), Lines(id="too-small")
        self._keypad, self._pad = Keypad(), Pad()

    @property
    def sale(self) -> Sale:
        return self._sale

    def compose(self) -> ComposeResult:
        yield self._status
        yield self._state
        with Vertical(id="body"):
            if self._beside:
                yield self._beside
                yield self._beside.narrator
            with self._sell:
                with Vertical(id="left"):
                    yield self._basket
                    yield self._amount
                    yield self._keypad
                    yield self._guide
                with Vertical(id="right"):
                    yield self._card
                    yield self._preview
                    yield self._info
                    yield self._pad
            yield self._outcome
        yield self._event
        yield self._keys
        yield self._too_small

    def on_mount(self) -> None:
        self._sale = Sale(self._till.snapshot())
        if self._beside:
            self._beside.speak(self._texts)
        self.set_interval(TICK_S, self.redraw)
        self.redraw()
        self._arrived(self._sale.step)

    def seated(self, who: str) -> None:
        """Somebody else sells."""
        self._who = who
        self.redraw()

    def speak(self, texts: Texts) -> None:
        """Go on in another language."""
        self._texts = texts
        self._shown = None
        if self._beside:
            self._beside.speak(texts)
        self.redraw()

    def hear(self, event: Event) -> None:
        """The till said something."""
        before = self._sale.step
        self._sale = heard(self._sale, event, self._till.snapshot(), self._till.clock.wall())
        after = self._sale.step
        if (before.phase, before.order_id) != (after.phase, after.order_id):
            self._arrived(after)
        if isinstance(event, Moved):
            self._look_up_sales()
        if self._beside and after is not before:
            self._beside.look()
        self.redraw()

    def expect(self, characters: str) -> None:
        """A digit that may be a scanner's first: in the amount at once, and typed when it is known to be a hand's."""
        expected = characters if characters in _DIGITS and not self._basket.display else ""
        if expected != self._expected:
            self._expected = expected
            self._amount.show(self._seen(self._with_digit(expected) if expected else self._sale).amount)

    def redraw(self) -> None:
        """Show what is known now; costs nothing on screen where nothing changed."""
        now = self._seen(self._sale)
        if (now, self._has_pad) != self._shown:
            self._shown = now, self._has_pad
            self._spread(now)

    def _seen(self, sale: Sale) -> View:
        clock = self._till.clock
        return view(
            sale,
            self._texts,
            now_s=clock.monotonic(),
            wall_s=clock.wall(),
            shop=f"{self._who}  {self._shop}".strip(),
            demo=self._demo,
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        command = BY_ID.get(action)
        return command is None or command.is_live(self._sale.phase, self._sale.typed, self._sale.there)

    def on_key(self, event: events.Key) -> None:
        if event.character in _DIGITS:
            self._expected = ""
            self.action_digit(event.character)
        elif self._sale.phase is Phase.APPROVED and all(event.key not in one.keys for one in self._commands.values()):
            self.action_go_on()

    def on_resize(self, event: events.Resize) -> None:
        size = self._texts("common.too_small", columns=event.size.width, rows=event.size.height)
        self._too_small.show((size,))
        self.redraw()

    def action_devices(self) -> None:
        visit(self.app, DevicesScreen, self._till, self._texts)

    def action_journal(self) -> None:
        visit(self.app, JournalScreen, self._till, self._texts)

    def action_refund(self) -> None:
        """Of the receipt that was scanned a moment ago, or of one that is still to be named."""
        remark = self._sale.remark.event if self._sale.remark else None
        scanned = remark.detail if isinstance(remark, Notice) and remark.key == RECEIPT else ""
        self.app.push_screen(RefundScreen(self._till, self._texts, scanned))

    def action_settle(self) -> None:
        visit(self.app, SettleScreen, self._till, self._texts)

    def action_charts(self) -> None:
        visit(self.app, ChartsScreen, self._till, self._texts)

    def action_keypad(self) -> None:
        """Keys to touch beside the sale, or none."""
        self._wants_pad = not self._wants_pad
        if self._wants_pad and not self._has_pad:
            self.hear(Notice("keypad.room", f"{PAD_COLUMNS} x {PAD_ROWS}"))
        self.redraw()

    def action_mute(self) -> None:
        self.hear(Notice("sound.off" if self._till.mute() else "sound.on"))

    @property
    def _has_pad(self) -> bool:
        """Where it is wanted, and there is room for it beside the sale."""
        taken = self._beside.outer_size.width if self._beside and self._beside.display else 0
        return self._wants_pad and self.size.width - taken >= PAD_COLUMNS and self.size.height >= PAD_ROWS

    def _arrived(self, step: Step) -> None:
        """A phase began: ring for an outcome, and see to it that an approval leaves by itself."""
        if step.phase.is_outcome:
            self._unseen = True
            self.set_timer(UNSEEN_S, self._now_seen)
            if self._till.rings():
                self.app.bell()
        if step.phase is Phase.APPROVED:
            self.set_timer(APPROVED_STAYS_S, partial(self._leave, step.order_id))
        if step.phase in ENTERING or step.phase.is_outcome:
            self._look_up_sales()

    def _now_seen(self) -> None:
        self._unseen = False

    def _leave(self, order_id: str) -> None:
        step = self._till.snapshot().step
        if step.phase is Phase.APPROVED and step.order_id == order_id:
            self._till.dismiss()

    @work(thread=True, exclusive=True, group="sales")
    def _look_up_sales(self) -> None:
        try:
            entries = tuple(self._till.entries(RECENT))
        except SaomaError as error:
            self.call_later(self.hear, Notice("journal.unreadable", str(error)))
            return
        self.call_later(self._show_sales, entries)

    def _show_sales(self, entries: tuple[Entry, ...]) -> None:
        self._set(replace(self._sale, entries=entries))

    def _spread(self, now: View) -> None:
        # On these two and not on the screen: a class there would style all its forty parts anew.
        for coloured in (self._state, self._outcome):
            coloured.set_classes(f"st-{now.phase.value.replace('_', '-')}")
        self._status.show(now.status)
        self._state.show(now.headline)
        self._amount.show(now.amount)
        self._guide.show(now.guide)
        self._info.show(now.info)
        self._event.show((f" {now.event}",))
        self._keys.show(self._caps(now.live))
        self._preview.pace(
            now.preview_fps, camera_up=now.camera_up, instead=now.no_picture, awaits=now.awaits, texts=self._texts
        )
        self._card.show(now.shown_code, self._texts)
        self._card.display = bool(now.shown_code)
        self._keys.set_class(bool(now.shown_code), "-code")
        has_pad = self._has_pad and not now.shown_code
        self._preview.display = not now.shown_code
        self._info.display = not (now.shown_code or has_pad)
        self._pad.display = has_pad
        self._pad.show(pad_caps(now.live, self._texts) if now.phase in ENTERING | AWAITING else {})
        self._sell.set_class(has_pad, "-pad")
        self._basket.display = now.goods is not None
        self._sell.set_class(now.goods is not None, "-goods")
        if now.goods:
            self._basket.show(now.goods)
        self._keypad.display = not (now.guide or now.goods or has_pad)
        self._guide.display = bool(now.guide) and not now.goods
        self._sell.display, self._outcome.display = now.outcome is None, now.outcome is not None
        if now.outcome:
            self._outcome.show((now.phase, now.outcome))

    def _caps(self, live: Sequence[Command]) -> dict[int, Cap]:
        """A place that is lent goes back to its own key as soon as that one is live."""
        here = [self._commands[command.id] for command in live if command.id in self._commands]
        own = {command.slot: cap_of(command, self._texts) for command in here if not command.lent}
        lent = {command.slot: cap_of(command, self._texts) for command in here if command.lent}
        extras = zip(FREE_SLOTS, (extra_cap(extra, self._texts) for extra in self._extras), strict=False)
        return lent | dict(extras) | own
