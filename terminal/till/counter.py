"""What stands at the counter: one sale at a time, a code that was shown too early, and what goes on just now."""

from terminal.clock import Clock
from terminal.model import PaymentCode
from terminal.payment.actions import Woken
from terminal.steps import Phase, Step
from terminal.till.board import Board
from terminal.till.performer import Bell
from terminal.till.sale import Sale

AWAIT_CODE_S = 60.0  # how long a cashier waits for a phone before the till gives the amount back
HELD_CODE_S = 30.0  # how long a code that was shown too early is kept; it lives for about a minute


class Counter:
    """Belongs to the till's loop. Moves no money."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._sale: Sale | None = None
        self._held: PaymentCode | None = None
        self._held_until_s = 0.0
        self.bell: Bell | None = None  # of the payment or refund that goes on here

    @property
    def phase(self) -> Phase:
        return self._board.phase

    @property
    def sale(self) -> Sale | None:
        return self._sale

    @sale.setter
    def sale(self, sale: Sale | None) -> None:
        self._sale = sale
        self._board.split = sale.split if sale else None

    @property
    def part_paid(self) -> Sale | None:
        """The sale of which a part is paid and the rest is due, if that is what stands here."""
        return self._sale if self._sale and self._sale.is_part_paid else None

    # --- what goes on ------------------------------------------------------------------------------------

    def await_code(self, sale: Sale) -> None:
        self._board.for_a_while(Step(Phase.AWAIT_CODE, sale.due), AWAIT_CODE_S, self._time_is_up)

    def busy(self) -> Bell:
        """Something begins here; its bell."""
        self._board.no_timer()
        self.bell = Bell()
        return self.bell

    def clear(self) -> None:
        """Nothing goes on any more: what comes is the next customer, or the rest of a sale that is paid in part."""
        self._board.no_timer()
        self._held = None
        if (sale := self.part_paid) is not None:
            self._board.step(Step(Phase.PART_PAID, sale.rest, since_s=self._clock.monotonic()))
        else:
            self.sale = None
            self._board.step(Step(Phase.IDLE, since_s=self._clock.monotonic()))

    def cancel(self) -> None:
        """Before anything was sent: gone. After: the flow asks once more and undoes it."""
        if self.bell is not None:
            self.bell.ring(Woken.CANCELLED)
            self._board.notice("pay.cancelling")
        elif self.phase in (Phase.AWAIT_CODE, Phase.HELD):
            self.clear()
        elif self.phase is Phase.PART_PAID and self.part_paid:
            self._board.notice("split.to_give_back", str(self.part_paid.paid))

    def leave(self) -> None:
        """Nobody is here any more: a code that was shown, or a sale that waits for one, is not kept for the next."""
        self.drop_held()
        if self.phase in (Phase.AWAIT_CODE, Phase.HELD):
            self.clear()

    def keep(self) -> None:
        """The payment that was found, or came by the static code, is this sale's: its goods are handed over."""
        if self.bell is not None and self.phase in (Phase.FOUND, Phase.RECEIVED):
            self.bell.ring(Woken.KEPT)

    def query_now(self) -> None:
        if self.bell is not None:
            self.bell.ring(Woken.NUDGED)

    def dismiss(self) -> None:
        """Leave an outcome, also one that is not known: the till goes on with it by itself.

        A code that was shown meanwhile by the next customer is kept.
        """
        if self.phase.is_outcome:
            if self._held is None or self.part_paid:
                self.clear()
            else:
                self.sale = None
                self._show_held(self._held)

    # --- a code that was shown too early -----------------------------------------------------------------

    def holds(self, code: PaymentCode) -> bool:
        return code == self._held

    def hold(self, code: PaymentCode) -> None:
        self._held = code
        self._held_until_s = self._clock.monotonic() + HELD_CODE_S
        if (
            self.phase.is_outcome or self.phase is Phase.PART_PAID
        ):  # it stays on the screen; the next Pay finds the code
            self._board.later(HELD_CODE_S, self.drop_held)
        else:
            self._show_held(code)

    def take_held(self) -> PaymentCode | None:
        held, self._held = self._held, None
        return held

    def drop_held(self) -> None:
        self._held = None

    def _show_held(self, code: PaymentCode) -> None:
        left_s = self._held_until_s - self._clock.monotonic()
        self._board.for_a_while(Step(Phase.HELD, wallet=code.name, code=code.masked), left_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self._board.notice("await.timeout" if self.phase is Phase.AWAIT_CODE else "held.timeout")
        self.clear()
