"""The goods at the counter: laid down, counted, discounted, held for later, and gone once they are paid for.

There are no modes: goods that are scanned lie here, and while they do, what is charged is charged for them. While a
payment is under way they stay as they are. Every change is on the disk before it is told, and can be undone until the
basket is paid for.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from terminal.basket.basket import MOST_GRAMS, Basket, Item, Picked
from terminal.basket.catalogue import Catalogue
from terminal.basket.handling import Act, Handling, handled
from terminal.books.journal import Journal
from terminal.clock import Clock
from terminal.model import Channel, Order, Scan
from terminal.money import Money
from terminal.steps import Laid, Phase
from terminal.till.board import Board
from terminal.till.counter import Counter
from terminal.till.goods import Bought, goods_of, is_paid, note_goods
from terminal.till.guard import Guard
from terminal.till.in_view import InView, Sight
from terminal.till.shelf import Shelf, beside, keep, kept

NAMELESS = ("无码商品", "Item without code")
_OPEN = frozenset(phase for phase in Phase if phase.is_outcome) - {Phase.UNKNOWN} | {Phase.IDLE, Phase.HELD}


@dataclass(frozen=True, slots=True)
class _Hint:
    """What holds for the next thing alone."""

    touched: int | None = None
    times: int = 1
    unpriced: str = ""


class Baskets:
    """Belongs to the till's loop."""

    def __init__(
        self, board: Board, counter: Counter, journal: Journal, clock: Clock, catalogue: Catalogue, guard: Guard
    ) -> None:
        self._board = board
        self._counter = counter
        self._journal = journal
        self._clock = clock
        self._catalogue = catalogue
        self._guard = guard
        self._path: Path = beside(journal.path)
        self._in_view = InView()
        self._shelf = Shelf(self._empty)
        self._past: list[Shelf] = []
        self._hint = _Hint()

    def start(self) -> None:
        """What lay here when the till stopped, unless it has been paid for since."""
        try:
            found = kept(self._path)
        except (OSError, ValueError) as error:
            self._board.notice("basket.lost", str(error))
            return
        if found is not None:
            self._shelf = found
            if found.begun_ms and self._counter.part_paid is None and is_paid(self._journal, found.begun_ms):
                found = found.without(found.begun_ms)
            self._keep(found)

    @property
    def due(self) -> Money | None:
        """What the goods here come to, if any lie here."""
        basket = self._shelf.basket
        return basket.total if basket.lines else None

    def handle(self, handling: Handling) -> None:
        """What the cashier does with them."""
        match handling.act:
            case Act.LAY:
                self._lay_item(handling.code)
            case Act.LAY_PRICED:
                self._lay_priced(Money(handling.number, self._board.snapshot.currency))
            case Act.TIMES:
                self._times(handling.number)
            case Act.MORE:
                self._more()
            case Act.UNDO:
                self._undo()
            case Act.HOLD:
                self._hold()
            case Act.RESUME:
                self._resume(handling.number)
            case _:
                self._change(handling)

    # --- laying down -------------------------------------------------------------------------------------

    def scanned(self, gtin: str, scan: Scan) -> None:
        """A product's code was read."""
        sight = self._in_view.see(gtin, scan.taken_s) if scan.channel is Channel.CAMERA else Sight.NEW
        if sight is Sight.LINGERS:
            self._board.notice("basket.held_up", gtin)
        if sight is not Sight.NEW or not self._is_open():
            return
        picked = self._catalogue.find(gtin)
        if picked is None:
            self._hint = replace(self._hint, unpriced=gtin)
            self._board.notice("code.goods", gtin)
            self._tell()
        else:
            self._lay(picked)

    def still_in_view(self, gtin: str, scan: Scan) -> None:
        """It is in the picture with a payment code: whatever is paid for, this was not meant now."""
        if scan.channel is Channel.CAMERA:
            self._in_view.see(gtin, scan.taken_s)

    def _lay_item(self, code: str) -> None:
        """The item of this code, as it was looked up, or a number that was typed."""
        item = self._catalogue.item(code) or self._catalogue.item(code.lstrip("0"))
        picked = Picked(item) if item else self._catalogue.find(code)
        if picked is None:
            self._board.notice("basket.no_item", code)
        elif item and item.unit == "kg" and self._hint.times == 1:
            self._board.notice("basket.weigh", item.name_zh)
        elif self._is_open():
            self._lay(picked)

    def _lay_priced(self, price: Money) -> None:
        """Something at a typed price: what was scanned last if no catalogue has it, else a thing without a code."""
        if price.minor <= 0:
            self._board.notice("amount.zero")
        elif self._is_open():
            code = self._hint.unpriced
            names = (code.lstrip("0"),) * 2 if code else NAMELESS
            self._lay(Picked(Item(code, *names, price)))

    def _times(self, count: int) -> None:
        """The next thing that is laid down stands for so many; of what is weighed, for so many grams."""
        if not 1 <= count <= MOST_GRAMS:
            self._board.notice("basket.too_many")
        elif self._is_open():
            self._hint = replace(self._hint, times=count)
            self._tell()

    def _more(self) -> None:
        """One more of what was laid down last."""
        if (line := self._touched) is not None:
            self._change(Handling(Act.COUNT, self._shelf.basket.lines[line].quantity + 1, line))

    # --- changing ----------------------------------------------------------------------------------------

    def _change(self, handling: Handling) -> None:
        if not self._shelf.basket.lines:
            self._board.notice("basket.empty")
        elif self._is_open():
            try:
                after = handled(self._shelf.basket, handling)
            except (ValueError, IndexError):
                self._board.notice("basket.cannot")
                return
            if self._guard.lets_off(self._shelf.basket, after):
                touched = None if handling.act is Act.VOID else handling.line
                self._put(self._shelf.with_basket(after, self._now_ms), touched=touched)

    def _undo(self) -> None:
        """As it was before the last change."""
        if not self._past:
            self._board.notice("basket.nothing_to_undo")
        elif self._is_open():
            self._hint = _Hint()
            self._keep(self._past.pop())

    # --- holding -----------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """This customer has forgotten something: the next one is served meanwhile."""
        if not self._shelf.basket.lines:
            self._board.notice("basket.empty")
        elif self._is_open():
            self._put(self._shelf.aside())

    def _resume(self, number: int) -> None:
        """That customer is back. Whose goods lie here now, waits in turn."""
        shelf = self._shelf.resumed(number)
        if shelf is None:
            self._board.notice("basket.not_held", str(number))
        elif self._is_open():
            self._put(shelf)

    def park(self, order_id: str) -> None:
        """Nobody knows yet whether these goods are paid for: they wait, and the next customer is served."""
        bought = goods_of(self._journal, order_id)
        if bought and self._shelf.basket.lines and bought.begun_ms == self._shelf.begun_ms:
            self._past.clear()
            self._keep(self._shelf.aside())
            self._board.notice("basket.parked", str(self._shelf.held[-1].number))

    # --- paying ------------------------------------------------------------------------------------------

    def begun(self, order: Order) -> None:
        """They are about to be paid for: the books know it before anybody is asked. Raises JournalError."""
        sale = self._counter.sale
        if self._shelf.basket.lines and sale and order.sale_id == sale.attempt_id:
            note_goods(self._journal, order.order_id, Bought(self._shelf.begun_ms, self._shelf.basket))

    def paid(self, order: Order) -> None:
        """They are paid for, to the last part, and leave the counter."""
        lies_here = self._shelf.begun_ms or self._shelf.held
        bought = goods_of(self._journal, order.order_id) if lies_here else None
        if bought is not None:
            self._past.clear()
            self._hint = _Hint()
            self._keep(self._shelf.without(bought.begun_ms))

    # --- inside ------------------------------------------------------------------------------------------

    @property
    def _empty(self) -> Basket:
        return Basket(currency=self._board.snapshot.currency)

    @property
    def _now_ms(self) -> int:
        return round(self._clock.wall() * 1000)

    @property
    def _touched(self) -> int | None:
        """The line that changed last, or the newest."""
        last = len(self._shelf.basket) - 1
        touched = self._hint.touched
        return None if last < 0 else last if touched is None else min(touched, last)

    def _is_open(self) -> bool:
        """Whether goods may be changed now; the end of the last customer's payment makes room for the next one's."""
        if self._board.phase not in _OPEN or self._counter.part_paid:
            self._board.notice("basket.frozen")
            return False
        self._counter.dismiss()
        return True

    def _lay(self, picked: Picked) -> None:
        times = self._hint.times if picked.marked is None and picked.quantity == 1 else 1
        many = replace(picked, quantity=picked.quantity * times)
        basket = self._shelf.basket
        with suppress(ValueError):
            after = basket.add(many)
            changed = [place for place, line in enumerate(after.lines) if line not in basket.lines]
            self._put(self._shelf.with_basket(after, self._now_ms), touched=changed[-1] if changed else len(after) - 1)
            return
        self._board.notice("basket.too_many")

    def _put(self, shelf: Shelf, touched: int | None = None) -> None:
        """A change by hand."""
        if shelf != self._shelf:
            self._past.append(self._shelf)
        self._hint = _Hint(touched)
        self._keep(shelf)

    def _keep(self, shelf: Shelf) -> None:
        self._shelf = shelf
        try:
            keep(self._path, shelf)
        except OSError as error:  # the customer is served all the same
            self._board.notice("basket.not_kept", str(error))
        self._tell()

    def _tell(self) -> None:
        hint, shelf = self._hint, self._shelf
        touched = self._touched if shelf.basket.lines else None
        self._board.laid(Laid(shelf.basket, touched, hint.times, hint.unpriced, shelf.held, bool(self._past)))
