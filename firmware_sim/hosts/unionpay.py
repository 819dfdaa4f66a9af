"""UnionPay's open platform 5.1.0 as a merchant meets it: sale, apply, reversal, void, refund, query, notice.

A sale is accepted before anybody knows what the issuer thinks of it: that is told by a query. An order is named by
its number and its time. What is done with orders and money is every acquirer's (`acquiring.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts import acquiring
from firmware_sim.hosts import unionpay_words as words
from firmware_sim.hosts.acquiring import Acquirer, Asked, Habits, Plate
from firmware_sim.hosts.host import Host
from firmware_sim.hosts.unionpay_gate import Gate
from firmware_sim.hosts.unionpay_keys import Keys
from firmware_sim.hosts.unionpay_words import Manners, Refused
from firmware_sim.issuers import issuers
from firmware_sim.issuing import DAY_S
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Refusal, Returned, State
from firmware_sim.place import Place
from firmware_sim.rates import quoted
from terminal.clock import Clock
from terminal.codes.emv.universal import static_code
from terminal.exchange import Rate
from terminal.money import BY_NUMBER, CURRENCIES, Money
from terminal.scheme import Operation, Reply, Request
from terminal.schemes.beijing import stamp
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay import form
from terminal.schemes.unionpay.calls import BACK, QUERIES, Ask, Kind
from terminal.schemes.unionpay.replies import Said
from terminal.schemes.unionpay.wire import OPERATIONS, settlement_day

HABITS = Habits(
    same_order_again=False,  # a number that has been used is a duplicate, whatever it asks
    tombstones=False,
    reverse_within_s=DAY_S,  # and within the settlement day, which is shorter
    refund_within_s=30 * DAY_S,  # "refunds of QR products are supported for 30 days"
)


class UnionpayHost(Host):
    name = "unionpay"
    late_s = 35.0  # it is listened to for half a minute
    ladder_s = (60.0, 120.0, 240.0, 300.0)  # told five times in all, after 1, 2, 4 and 5 minutes

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        faults: Faults,
        habits: Habits = HABITS,
        manners: Manners | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self._ledger = ledger
        self._keys = keys
        self._manners = manners or Manners()
        self._gate = Gate(keys)
        self.acquirer = Acquirer(ledger, clock, keys.mer_id, institution="unionpay", host=self.name, habits=habits)
        self._calls: Mapping[Kind, Callable[[Ask, Fault], Said]] = {
            Kind.SALE: self._sale,
            Kind.APPLY: self._apply,
            Kind.REVERSAL: self._reversal,
            Kind.VOID: self._void,
            Kind.REFUND: self._refund,
            Kind.QUERY: self._query,
        }

    def serves(self, path: str) -> bool:
        return path.partition("?")[0] in (BACK, QUERIES)

    def operation(self, request: Request) -> Operation | None:
        try:
            ask = Ask.parse(form.read_form(request.body), request.path)
        except Malformed:
            return None
        return OPERATIONS[ask.kind]

    def amount(self, request: Request) -> int | None:
        try:
            ask = Ask.parse(form.read_form(request.body), request.path)
        except Malformed:
            return None
        return int(ask.amount) if ask.amount else None

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        try:
            message = form.read_form(request.body)
            self._gate.authenticate(message)
            ask = Ask.parse(message, request.path)
            said = self._spoilt(self._carry_out(ask, fault), fault.spoil)
        except acquiring.Refused as refused:
            said = self._refused(request, words.refused(refused.why, self.operation(request), str(refused)))
        except Malformed as error:
            said = self._refused(request, words.malformed(error))
        except Refused as refused:
            said = self._refused(request, refused)
        if fault.spoil is Spoil.FAULT:
            said = replace(words.naming(request), resp_code=words.BUSY, resp_msg=words.TEXTS[words.BUSY])
        return self._gate.reply(said, fault.spoil)

    def refuse(self, request: Request, why: str) -> Reply:
        said = self._refused(request, words.refused(why, self.operation(request), acquiring.plain(why)))
        return self._gate.reply(said, Spoil.NOTHING)

    def merchant_config(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "scheme": "unionpay",
            "mer_id": self._keys.mer_id,
            "private_key": str(files.merchant_key),
            "certificate": str(files.merchant_certificate),
            "authorities": [str(files.authority_certificate)],
        }

    def credentials(self) -> dict[str, Any]:
        files = self._keys.files
        return {
            "merId": self._keys.mer_id,
            "certId": self._keys.cert_id,
            "private_key": str(files.merchant_key),
            "certificate": str(files.merchant_certificate),
            "authority_certificate": str(files.authority_certificate),
            "backTransUrl": BACK,
            "singleQueryUrl": QUERIES,
        }

    def universal_config(self, place: Place) -> dict[str, Any]:
        """The same with the code that every wallet can pay, for orders that are shown."""
        says = {"institution": words.INSTITUTION, "shop": place.shop, "city": place.city, "mcc": place.mcc}
        return {**self.merchant_config(), "name": "universal", "shows": "universal", **says}

    def plate(self, notify_url: str, place: Place) -> Plate:
        text = static_code(place.shop_of(words.INSTITUTION, self._keys.mer_id), CURRENCIES[place.currency])
        return self.acquirer.plate(text, notify_url, memo=stamp)

    # What is told without being asked.

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        said = self._told(purchase) if returned is None else self._returned(purchase, returned)
        return self._gate.notice(self._spoilt(said, fault.spoil), fault.spoil)

    def heard(self, reply: Reply) -> bool:
        return reply.status in (200, 302)

    # The calls.

    def _carry_out(self, ask: Ask, fault: Fault) -> Said:
        if ask.mer_id != self._keys.mer_id:
            raise Refused("31", "merId is not the merchant whose certificate this is")
        if ask.kind not in (Kind.QUERY, Kind.REVERSAL):
            self._is_new(ask)
        return self._calls[ask.kind](ask, fault)

    def _sale(self, ask: Ask, fault: Fault) -> Said:
        asks_password = fault.act is Act.ASK_PASSWORD
        try:
            purchase = self.acquirer.charge(self._order(ask), ask.qr_no, wants_password=asks_password)
        except acquiring.Refused:
            # What the issuer refuses is accepted here, kept, and told by a query.
            if (kept := self._ledger.find(ask.mer_id, ask.order_id)) is None:
                raise
            purchase = kept
        return words.echo(ask, query_id=words.query_id(purchase))

    def _apply(self, ask: Ask, _: Fault) -> Said:
        digits = int(self._ledger.hash(f"{ask.mer_id} {ask.order_id}"), 16) % 10**30
        expires_s = words.expiry(ask, self.acquirer.now())
        purchase = self.acquirer.show(self._order(ask), words.MERCHANT_CODE.format(digits=digits), expires_s)
        return words.echo(ask, qr_code=purchase.shown_as or "")

    def _query(self, ask: Ask, _: Fault) -> Said:
        if self._ledger.find(ask.mer_id, ask.order_id) is None:
            return replace(self._returned(*self.acquirer.find_refund(ask.order_id)), txn_time=ask.txn_time)
        return self._told(self.acquirer.as_queried(self._named(ask.order_id, ask.txn_time)))

    def _reversal(self, ask: Ask, _: Fault) -> Said:
        if self._ledger.find(ask.mer_id, ask.order_id) is not None:
            purchase = self._named(ask.order_id, ask.txn_time)
            self._same_day(purchase)
            if purchase.state is State.PAID and purchase.refunded:
                raise Refused("45", "some or all of the payment has been given back already")
        elif not self.acquirer.habits.tombstones:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        self.acquirer.reverse(ask.order_id)
        return words.echo(ask)

    def _void(self, ask: Ask, _: Fault) -> Said:
        purchase = self._original(ask)
        self._same_day(purchase)
        if int(ask.amount) != purchase.amount:
            raise Refused(words.WRONG_AMOUNT[0], "a void is of the whole amount", words.WRONG_AMOUNT[1])
        if purchase.refunded:
            raise Refused("45", "some or all of the payment has been given back already")
        return self._give_back(ask, purchase)

    def _refund(self, ask: Ask, _: Fault) -> Said:
        purchase = self._original(ask)
        if purchase.refunded == purchase.amount and purchase.state is State.PAID:
            raise Refused("45", "all of the payment has been given back already")
        return self._give_back(ask, purchase)

    # What they share.

    def _order(self, ask: Ask) -> Asked:
        if ask.currency not in BY_NUMBER:
            raise acquiring.Refused(Refusal.CURRENCY)
        currency, content = BY_NUMBER[ask.currency].code, " ".join(ask.fields().values())
        return Asked(ask.order_id, int(ask.amount), content, currency, ask.back_url, memo=ask.txn_time)

    def _is_new(self, ask: Ask) -> None:
        """A number is used once, by an order or by a refund, and dated with the present."""
        if abs(words.time_of(ask.txn_time, "txn_time") - self.clock.wall()) > self._manners.txn_time_within_s:
            raise Malformed("txnTime", "must be about the present time in Beijing")
        mine = (ask.mer_id, ask.order_id)
        if self._ledger.find(*mine) or self._ledger.find_refund(*mine):
            raise Refused("12", "this orderId has been used")

    def _named(self, order_id: str, txn_time: str) -> Purchase:
        purchase = self.acquirer.find(order_id)
        if purchase.memo != txn_time:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return purchase

    def _original(self, ask: Ask) -> Purchase:
        if not ask.orig_qry_id:
            return self._named(ask.orig_order_id, ask.orig_txn_time)
        match = words.QUERY_ID.fullmatch(ask.orig_qry_id)
        purchase = self.acquirer.numbered(int(match["number"]) if match else 0)
        if words.query_id(purchase) != ask.orig_qry_id:
            raise acquiring.Refused(Refusal.NO_SUCH_ORDER)
        return purchase

    def _same_day(self, purchase: Purchase) -> None:
        if settlement_day(purchase.created_s) != settlement_day(self.clock.wall()):
            raise Refused("39", "the settlement day of the order, 23:00 to 23:00 in Beijing, is over")

    def _give_back(self, ask: Ask, purchase: Purchase) -> Said:
        returned = self.acquirer.refund(purchase, ask.order_id, int(ask.amount), notify_url=ask.back_url)
        return words.echo(ask, query_id=words.refund_query_id(returned), orig_qry_id=words.query_id(purchase))

    # What became of it.

    def _told(self, purchase: Purchase) -> Said:
        customer = self._ledger.customer(purchase.customer)
        wallet = customer.wallet if customer else ""
        code, text = words.state(purchase, wallet, self._manners)
        numeric = CURRENCIES[purchase.currency].numeric
        kind = Kind.APPLY if purchase.shown_as else Kind.SALE
        return Said(
            *words.ACCEPTED,
            *kind.value,
            mer_id=purchase.merchant,
            order_id=purchase.order_no,
            txn_time=purchase.memo,
            amount=str(purchase.amount),
            currency=numeric,
            query_id=words.query_id(purchase),
            orig_resp_code=code,
            orig_resp_msg=text,
            **({} if purchase.paid_s is None else self._paid(purchase, purchase.paid_s, wallet)),
        )

    def _paid(self, purchase: Purchase, paid_s: float, wallet: str) -> dict[str, str]:
        day = f"{settlement_day(paid_s):%m%d}"
        rate, amount = self._rate(purchase), Money(purchase.amount, CURRENCIES[purchase.currency])
        paid = rate.convert(amount) if rate else amount
        label = issuers()[wallet].label if wallet in issuers() else ""
        return {**words.settled(paid, purchase.number, paid_s, day, rate), "issuer_name": label}

    def _returned(self, purchase: Purchase, returned: Returned) -> Said:
        """A refund or a void; the ledger does not keep which: the whole within the day was a void."""
        same_day = settlement_day(returned.created_s) == settlement_day(purchase.created_s)
        kind = Kind.VOID if same_day and returned.amount == purchase.amount else Kind.REFUND
        is_done = self.clock.wall() >= returned.done_s
        code, text = words.ACCEPTED if is_done else ("05", words.TEXTS["05"])
        numeric, rate = CURRENCIES[purchase.currency].numeric, self._rate(purchase)
        day = f"{settlement_day(returned.created_s):%m%d}"
        return Said(
            *words.ACCEPTED,
            *kind.value,
            mer_id=returned.merchant,
            order_id=returned.refund_no,
            amount=str(returned.amount),
            currency=numeric,
            query_id=words.refund_query_id(returned),
            orig_qry_id=words.query_id(purchase),
            orig_resp_code=code,
            orig_resp_msg=text,
            **words.settled(self._paid_back(purchase, returned), returned.number, returned.created_s, day, rate),
        )

    def _rate(self, purchase: Purchase) -> Rate | None:
        """At what a payment is changed into the shop's money: the rate of its own day, for its refunds too."""
        settles_in = self._manners.settles_in
        if settles_in in ("", purchase.currency) or purchase.paid_s is None:
            return None
        return quoted(CURRENCIES[purchase.currency], CURRENCIES[settles_in], purchase.paid_s)

    def _paid_back(self, purchase: Purchase, returned: Returned) -> Money:
        """What a refund takes from the shop, so that all refunds together take what the payment brought."""
        currency, rate = CURRENCIES[purchase.currency], self._rate(purchase)
        amount = Money(returned.amount, currency)
        before = sum(one.amount for one in self._ledger.refunds_of(purchase) if one.number < returned.number)
        return rate.convert_part(amount, Money(before, currency)) if rate else amount

    def _spoilt(self, said: Said, spoil: Spoil) -> Said:
        if spoil is Spoil.AMOUNT and said.amount:
            return replace(said, amount=str(int(said.amount) + 1))
        if spoil is Spoil.WORD:
            return replace(said, **({"orig_resp_code": words.ODD} if said.orig_resp_code else {"resp_code": words.ODD}))
        return said

    def _refused(self, request: Request, refused: Refused) -> Said:
        self.tell(request, refused.code, str(refused))
        return replace(words.naming(request), resp_code=refused.code, resp_msg=refused.text)
