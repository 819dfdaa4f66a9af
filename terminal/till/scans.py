"""What a scan means at the counter: goods, a payment for them, a code to keep for a moment, or something to say."""

from collections.abc import Sequence

from terminal.codes.classify import classify
from terminal.model import Channel, Goods, Meaning, MerchantCode, NotOurs, PaymentCode, Scan
from terminal.routing.route import Contract, route
from terminal.steps import Phase
from terminal.till.baskets import Baskets
from terminal.till.counter import Counter
from terminal.till.guard import Guard
from terminal.till.payments import Payments
from terminal.till.station import Station


class Scans:
    """Belongs to the till's loop."""

    def __init__(
        self,
        station: Station,
        counter: Counter,
        baskets: Baskets,
        payments: Payments,
        contracts: Sequence[Contract],
        guard: Guard,
    ) -> None:
        self._guard = guard
        self._journal = station.journal
        self._board = station.board
        self._counter = counter
        self._baskets = baskets
        self._payments = payments
        self._contracts = contracts

    def scanned(self, scans: Sequence[Scan]) -> None:
        """One look of the camera, or one line of a scanner: several codes are one moment.

        Before a locked till nothing is read of them, let alone kept: a payment code spends money.
        """
        if not self._guard.lets():
            return
        meanings = {scan: classify(scan.text, channel=scan.channel, symbology=scan.symbology) for scan in scans}
        codes = {meaning for meaning in meanings.values() if isinstance(meaning, PaymentCode)}
        for scan, meaning in meanings.items():
            if not codes:
                self._not_a_payment(scan, meaning)
            elif isinstance(meaning, Goods):
                self._baskets.still_in_view(meaning.gtin, scan)
        if len(codes) > 1:
            self._board.notice("code.two")
        elif codes:
            self._code(codes.pop())

    def _code(self, code: PaymentCode) -> None:
        phase = self._board.phase
        if phase.is_paying or self._counter.holds(code):
            return
        acquirer = route(code, self._contracts).acquirer
        if self._journal.order_with_code(code.digits) is not None:
            if phase is Phase.AWAIT_CODE:  # at other times it is the phone that just paid, still in view
                self._board.notice("code.used", code.masked)
        elif not acquirer:
            self._board.notice("code.no_contract", code.name or code.scheme)
        elif phase is Phase.AWAIT_CODE:
            self._payments.pay(code)
        elif phase is Phase.UNKNOWN:
            return
        elif self._baskets.due is None or self._counter.part_paid:  # a rest is not the first payer's, still in view
            self._counter.hold(code)
        else:
            self._payments.charge_goods(code)

    def _not_a_payment(self, scan: Scan, meaning: Meaning) -> None:
        match meaning:
            case Goods(gtin):
                self._baskets.scanned(gtin, scan)
            case MerchantCode(kind=kind, name=name):
                self._board.notice(f"code.merchant_{kind}", name)
            case NotOurs() if self._is_order(scan.text):
                self._board.notice("code.receipt", scan.text)
            case NotOurs(kind=kind):
                self._board.notice(f"code.{kind}", str(len(scan.text)) if scan.channel is Channel.KEYBOARD else "")

    def _is_order(self, text: str) -> bool:
        """A receipt of this till's: its code is the order's number."""
        return text.isascii() and text.isalnum() and self._journal.attempt(text) is not None
