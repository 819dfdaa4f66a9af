"""The acquirer's side of a POS's batch: what is in it, whether the terminal has the same, and its end."""

import logging

from firmware_sim.hosts import unionpay_pos_words as words
from firmware_sim.hosts.acquiring import Acquirer
from firmware_sim.hosts.unionpay_pos_keys import Keys
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import State
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import elements
from terminal.schemes.unionpay_pos.calls import batch_of
from terminal.schemes.unionpay_pos.codes import next_batch
from terminal.schemes.unionpay_pos.dialect import Message
from terminal.schemes.unionpay_pos.elements import Balance, Item, Totals

LOG = logging.getLogger("saoma.hosts")


class Batches:
    """Settles one after the other. One that is closed may be settled again, by a till that has not heard, and stays."""

    def __init__(self, ledger: Ledger, acquirer: Acquirer, keys: Keys) -> None:
        self._ledger = ledger
        self._acquirer = acquirer
        self._keys = keys
        self._uploaded: dict[int, Item] = {}

    def items(self, batch: str) -> list[Item]:
        """What went well in a batch, as this side remembers it: sales that stand, then what was given back."""
        begins = words.order_no(self._keys.terminal_no, batch, "")
        self._acquirer.now()
        orders = self._ledger.purchases(self._keys.merchant_no)
        sales = [one for one in orders if one.state is State.PAID and one.order_no.startswith(begins)]
        backs = [back for one in orders if one.state is State.PAID for back in self._acquirer.refunds(one)]
        debits = [Item(words.trace(one.order_no), one.amount, voucher=words.voucher(one)) for one in sales]
        return debits + [
            Item(words.trace(one.refund_no), one.amount, is_credit=True)
            for one in backs
            if one.refund_no.startswith(begins)
        ]

    def settle(self, message: Message) -> dict[int, str]:
        """DE 48 with the digit that says whether both sides have the same; if so the batch is closed."""
        totals, _ = elements.parse_totals(message[48])
        batch = batch_of(message)
        self._uploaded.clear()
        balance = Balance.EQUAL if totals == Totals.of(self.items(batch)) else Balance.UNEQUAL
        if balance is Balance.EQUAL:
            self._close(batch)
        return {48: elements.totals_element(totals, balance)}

    def upload(self, message: Message) -> None:
        """Eight items or fewer; one that comes twice counts once."""
        self._uploaded |= {item.trace: item for item in elements.parse_upload(message[48])}

    def end(self, message: Message) -> None:
        """From here on this side's books stand; where the terminal's differ is for a person to read."""
        if message[48] != f"{len(self._uploaded):04}":
            raise Malformed("DE 48", "must count the items that came")
        batch = batch_of(message)
        here = {item.trace: item.amount for item in self.items(batch)}
        there = {item.trace: item.amount for item in self._uploaded.values()}
        for trace in sorted(trace for trace in here | there if here.get(trace) != there.get(trace)):
            LOG.info("unionpay_pos: trace %06d: %s here, %s there", trace, here.get(trace), there.get(trace))
        self._close(batch)

    def _close(self, batch: str) -> None:
        if batch == self._keys.batch:
            self._keys.begin(next_batch(batch))
