"""The keys of the sale that are about paying: digits, pay, and the ways out of every wait.

Where leaving means more than leaving, it is asked, and the question says what it means.
"""

from collections.abc import Callable, Set

from terminal.steps import Phase
from terminal.tui.commands import BY_ID, ENTERING, OUTCOMES, PAYING
from terminal.tui.sale import Sale, erased, typed_digit
from terminal.tui.screens.goods import GoodsKeys
from terminal.tui.screens.question import Question

_OVER = OUTCOMES - {Phase.UNKNOWN}
_TYPING = ENTERING | _OVER | {Phase.AWAIT_CODE}


class PaymentKeys(GoodsKeys):
    """What the sale screen is besides."""

    _unseen = False  # an outcome that has only just come

    def action_digit(self, digits: str) -> None:
        """A digit of an amount or of a code read out; at an outcome, the first digit of the next sale."""
        if self._sale.phase in _OVER:
            self.action_go_on()
        self._set(self._with_digit(digits))

    def _with_digit(self, digits: str) -> Sale:
        """The sale as it will be, where digits can be typed now."""
        if self._sale.phase not in _TYPING:
            return self._sale
        return typed_digit(self._sale, digits, self._till.clock.wall())

    def action_erase(self) -> None:
        self._set(erased(self._sale))

    def action_clear(self) -> None:
        self._forget()

    def action_wipe(self) -> None:
        """Away with all digits, whatever they were."""
        self._forget()

    def action_pay(self) -> None:
        """Hand the amount over. It is used up by that, so a second press finds nothing to pay."""
        money = self._sale.typed_money
        self._forget()
        self._till.charge(money)

    def action_show(self) -> None:
        money = self._sale.typed_money
        self._forget()
        self._till.show_code(money)

    def action_show_instead(self) -> None:
        """The customer would rather scan than be scanned."""
        if self._sale.step.money is not None:
            self._forget()
            self._till.show_code(self._sale.step.money)

    def action_submit(self) -> None:
        code = self._sale.typed
        self._forget()
        self._till.typed(code)

    def action_cancel(self) -> None:
        """At once while nothing was sent; after that, leaving means undoing, so it is asked."""
        if self._sale.phase is Phase.RECEIVED:
            self._ask("ask.cancel_received", {Phase.RECEIVED}, self._till.cancel)
        elif self._sale.phase.is_paying:
            self._ask("ask.cancel", BY_ID["cancel"].phases & PAYING, self._till.cancel)
        else:
            self._forget()
            self._till.cancel()

    def action_give_back_parts(self) -> None:
        """Money goes back: it is asked, and the digits that stand there are no answer."""
        self._forget()
        self._ask("ask.give_back_parts", {Phase.PART_PAID}, self._till.give_back_parts)

    def action_keep(self) -> None:
        self._till.keep()

    def action_query(self) -> None:
        self._till.query_now()

    def action_reprint(self) -> None:
        self._till.reprint()

    def action_go_on(self) -> None:
        if self._unseen:
            return
        if self._sale.phase is Phase.UNKNOWN:
            self._ask("ask.dismiss", {Phase.UNKNOWN}, self._till.dismiss)
        else:
            self._till.dismiss()

    def _ask(self, key: str, phases: Set[Phase], run: Callable[[], None]) -> None:
        """While the sale is in one of these phases."""
        self.app.push_screen(Question(self._texts, key, frozenset(phases), run))
