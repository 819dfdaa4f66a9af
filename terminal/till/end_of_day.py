"""The end of the day at the counter: one acquirer after another is settled, told as it goes, and written down."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from terminal.books.settlement import KIND, Settlement
from terminal.errors import JournalError, NoBill, TransportError
from terminal.scheme import Batches
from terminal.steps import Phase, Settling, Stage
from terminal.till.board import Board
from terminal.till.performer import Acquirer
from terminal.till.receipts import Receipts
from terminal.till.settling import Desk, can_settle, closes_batches, last_batch, last_day, settled
from terminal.till.station import Station


class EndOfDay:
    """Belongs to the till's loop."""

    def __init__(self, station: Station, receipts: Receipts, desk: Desk) -> None:
        self._station = station
        self._board = station.board
        self._receipts = receipts
        self._desk = desk
        self._under_way: Sequence[Acquirer] = ()

    @property
    def closes_a_batch(self) -> bool:
        """A batch is being closed: no money may move meanwhile."""
        return any(map(closes_batches, self._under_way))

    def start(self) -> None:
        """Each line goes on in the batch that its last closing opened."""
        for acquirer in self._station.acquirers.values():
            if isinstance(acquirer.wire, Batches) and (batch := last_batch(acquirer, self._station.journal)):
                acquirer.wire.begin(batch)

    def settle(self, acquirer: str = "", day: date | None = None) -> None:
        """End the day of one acquirer, or of all that can be settled: the newest day, or this one."""
        acquirers = self._station.acquirers.values()
        asked = [one for one in acquirers if acquirer in ("", one.name) and can_settle(one)]
        if self._board.phase.is_paying or self._board.phase is Phase.AWAIT_CODE:
            self._board.notice("pay.already")
        elif self._under_way:
            self._board.notice("settle.already")
        elif not asked:
            self._board.notice("settle.no_contract", acquirer)
        else:
            self._under_way = asked
            self._station.spawn(self._settle_all(asked, day))

    async def settled(self, acquirer: Acquirer, day: date | None = None, desk: Desk | None = None) -> Settlement:
        """Settle one acquirer's day, the newest that can be, and write it down; raises NoBill, NotSent, NoAnswer."""
        day = day or last_day(acquirer, self._station.clock.wall())
        settlement = await settled(acquirer, self._station.journal, day, desk or self._desk)
        self._station.journal.note("", KIND, settlement.table())
        return settlement

    async def _settle_all(self, acquirers: Sequence[Acquirer], day: date | None) -> None:
        try:
            for number, acquirer in enumerate(acquirers, start=1):
                await self._settle(acquirer, day, number, len(acquirers))
        finally:
            self._under_way = ()

    async def _settle(self, acquirer: Acquirer, day: date | None, number: int, count: int) -> None:
        """For whoever watches the counter: events say how far it is, and a notice how it went."""
        self._board.notice("settle.begun", acquirer.name)
        progress = Progress(self._board, acquirer.name, number, count)
        desk = replace(self._desk, on_stage=progress.stage, on_exchange=progress.exchange)
        try:
            settlement = await self.settled(acquirer, day, desk)
        except (NoBill, TransportError, JournalError) as error:
            self._board.notice("settle.none", str(error))
        else:
            self._say(acquirer, settlement)
            self._receipts.slip(settlement, acquirer.title)
        finally:
            progress.stage(Stage.DONE)

    def _say(self, acquirer: Acquirer, settlement: Settlement) -> None:
        facts = f"{acquirer.name} {settlement.day}: {settlement.matched}"
        if not settlement.agrees:
            self._board.notice("settle.differs", f"{facts}, {len(settlement.differences)}")
        elif settlement.waits:
            self._board.notice("settle.waits", f"{facts}, {len(settlement.waits)}")
        else:
            self._board.notice("settle.agrees", facts)


class Progress:
    """Tells the board how far the settling of one acquirer is."""

    def __init__(self, board: Board, acquirer: str, number: int, count: int) -> None:
        self._board = board
        self._place = acquirer, number, count
        self._stage = Stage.DONE

    def stage(self, stage: Stage) -> None:
        self._stage = stage
        self.exchange(0)

    def exchange(self, exchanges: int) -> None:
        self._board.settling(Settling(*self._place, self._stage, exchanges))
