"""What the printer does when: a receipt for what was paid, the same again as a copy, the slip of a day, the drawer."""

from terminal.books.settlement import Settlement
from terminal.errors import DeviceError, JournalError
from terminal.till.paper import Paper
from terminal.till.printing import PrintQueue
from terminal.till.station import Station

OWED_S = 3600.0  # for how long a customer may come back for a receipt that a stop has kept from being printed


class Receipts:
    """Belongs to the till's loop."""

    def __init__(self, paper: Paper, station: Station) -> None:
        self._paper = paper
        self._clock = station.clock
        self._board = station.board
        self._journal = station.journal
        self._spawn = station.spawn
        self._queue = PrintQueue(station.board.device)

    def start(self) -> None:
        """From now on it is said how the printer is, and what it owes from before the start is printed as copies."""
        if self._paper.printer.url:
            self._spawn(self._queue.watch(self._paper.status))
            self._catch_up()

    def _catch_up(self) -> None:
        recent = self._journal.unprinted(round((self._clock.wall() - OWED_S) * 1000))
        owed = [one for one in recent if self._journal.left_of(one).minor]
        for one in owed:
            self._later(one.order_id, is_copy=True)
        if owed:
            self._board.notice("receipt.owed", str(len(owed)))

    def open_drawer(self) -> bool:
        """At once, also while paper waits for a new roll; whether there is a printer for it to hang on."""
        has_printer = bool(self._paper.printer.url)
        if has_printer:
            self._spawn(self._kick())
        return has_printer

    def refunded(self) -> None:
        """Money went back, and the bill may ask for a hand in the drawer."""
        if self._paper.printer.drawer == "refund":
            self.open_drawer()

    def print(self, order_id: str) -> None:
        """Of a payment that has just been approved."""
        if self._paper.printer.drawer == "sale":
            self.open_drawer()
        self._later(order_id, is_copy=False)

    def again(self, order_id: str = "") -> None:
        """An order's, or the last one, marked as a copy."""
        attempt = self._journal.attempt(order_id) if order_id else self._journal.last_paid()
        if attempt is None:
            self._board.notice("receipt.none")
        elif not self._paper.printer.url:
            self._board.notice("receipt.no_printer")
        else:
            self._later(attempt.order_id, is_copy=True)

    def slip(self, settlement: Settlement, title: str) -> None:
        if self._paper.printer.url:
            self._spawn(self._queue.print(lambda: self._paper.print_slip(self._journal, settlement, title)))

    async def test(self) -> str:
        """A slip that shows what this printer can do; raises DeviceError with what keeps it from printing."""
        if problem := await self._queue.tried(self._paper.print_test):
            raise DeviceError(problem)
        return "a test slip: are the letters whole, and is the code read?"

    def _later(self, order_id: str, *, is_copy: bool) -> None:
        if self._paper.printer.url:
            self._spawn(self._print(order_id, is_copy=is_copy))

    async def _kick(self) -> None:
        await self._queue.tried(self._paper.open_drawer)

    async def _print(self, order_id: str, *, is_copy: bool) -> None:
        await self._queue.print(lambda: self._paper.print(self._journal, order_id, is_copy=is_copy))
        try:
            self._journal.note(order_id, "RECEIPT", {"copy": is_copy})
        except JournalError as error:
            self._board.notice("journal.trouble", str(error))
