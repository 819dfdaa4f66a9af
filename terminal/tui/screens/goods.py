"""The keys of the sale that are about goods: each is one thing asked of the till, or opens what there is to choose."""

from collections.abc import Callable

from textual.screen import Screen

from terminal.basket.handling import Act, Handling
from terminal.tui.bridge import TillPort
from terminal.tui.choices import LONGEST_OFF, Choice, discounts, held, items, tips
from terminal.tui.sale import LONGEST_AMOUNT, Sale, emptied, gone_to
from terminal.tui.screens.choosing import ChoiceScreen
from terminal.tui.widgets.basket import BasketPane
from terminal.tui.wording import Texts


class GoodsKeys(Screen[None]):
    """What the sale screen is besides; it shows what is `_set`."""

    def __init__(self, till: TillPort, texts: Texts, tips: tuple[int, ...]) -> None:
        """`tips` are the percents that are offered before goods are paid for."""
        super().__init__()
        self._till = till
        self._texts = texts
        self._tips = tips
        self._sale = Sale(till.snapshot())

    def redraw(self) -> None:
        """Show what is known now."""
        raise NotImplementedError

    def on_basket_pane_chosen(self, message: BasketPane.Chosen) -> None:
        self._set(gone_to(self._sale, message.line - self._sale.line))

    def action_line_up(self) -> None:
        self._set(gone_to(self._sale, -1))

    def action_line_down(self) -> None:
        self._set(gone_to(self._sale, 1))

    def action_pay_goods(self) -> None:
        """The till knows what they come to; where tips are usual, one is asked for first."""
        if self._tips and not self._sale.snapshot.laid.basket.tip:
            self._choose("tip", self._tips_for, longest_number=LONGEST_AMOUNT)
        else:
            self._till.charge_due()

    def action_pay_rest(self) -> None:
        self._till.charge_due()

    def action_show_goods(self) -> None:
        self._till.show_due()

    def action_times(self) -> None:
        self._till.handle(Handling(Act.TIMES, self._number()))

    def action_quantity(self) -> None:
        self._till.handle(Handling(Act.COUNT, self._number(), self._sale.line))

    def action_priced(self) -> None:
        self._till.handle(Handling(Act.LAY_PRICED, self._number()))

    def action_more(self) -> None:
        self._till.handle(Handling(Act.MORE))

    def action_void(self) -> None:
        self._till.handle(Handling(Act.VOID, line=self._sale.line))

    def action_void_all(self) -> None:
        self._till.handle(Handling(Act.VOID))

    def action_undo(self) -> None:
        self._till.handle(Handling(Act.UNDO))

    def action_hold(self) -> None:
        self._till.handle(Handling(Act.HOLD))

    def action_resume(self) -> None:
        """The one that waits, or the chosen one of several."""
        waiting = self._sale.snapshot.laid.held
        if len(waiting) == 1:
            self._till.handle(Handling(Act.RESUME, waiting[0].number))
        else:
            self._choose("held", lambda _, texts: held(self._sale.snapshot.laid.held, texts), longest_number=1)

    def action_discount(self) -> None:
        typed = self._sale.typed
        self._forget()
        self._choose("discount", self._discounts, typed=typed, longest_number=LONGEST_OFF)

    def action_look_up(self) -> None:
        """An item by name or number; of the digits that were typed, if any were."""
        typed = self._sale.typed
        self._forget()
        self._choose("item", lambda text, texts: items(self._till.search(text), texts.language), typed=typed)

    def _discounts(self, typed: str, texts: Texts) -> list[Choice]:
        basket = self._sale.snapshot.laid.basket
        return discounts(basket, self._sale.line, typed, texts) if basket.lines else []

    def _tips_for(self, typed: str, texts: Texts) -> list[Choice]:
        return tips(self._sale.snapshot.laid.basket, self._tips, typed, texts)

    def _choose(
        self, name: str, choices: Callable[[str, Texts], list[Choice]], *, typed: str = "", longest_number: int = 0
    ) -> None:
        screen = ChoiceScreen(self._till, self._texts, name, choices, typed=typed, longest_number=longest_number)
        self.app.push_screen(screen)

    def _number(self) -> int:
        """The digits that were typed: they are used up by that."""
        number = int(self._sale.typed or "0")
        self._forget()
        return number

    def _forget(self) -> None:
        self._set(emptied(self._sale))

    def _set(self, sale: Sale) -> None:
        self._sale = sale
        self.redraw()
