"""The interconnection in the world: who pays whose code, by which rule, once, and who owes whom afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.acquiring import Acquirer, Asked
from firmware_sim.ledger import Ledger, customer_account
from firmware_sim.ledger_words import Customer, State
from firmware_sim.phones.phone import Phone, Shown
from firmware_sim.place import Place
from firmware_sim.switch import NotPayable, Switch, Taken, app_of
from terminal.codes.emv.merchant import MerchantPayload, Point, build, parse
from terminal.codes.emv.universal import BILL, static_code, universal_code
from terminal.money import CNY, Money
from terminal.places import AGREEMENTS
from terminal.routing.agreements import Direction, Presence, Question, decide, load

INTEROP = load(AGREEMENTS)
MERCHANT, INSTITUTION, ORDER = "777290058112345", "00010000", "POS0100001"
EIGHT = ("wechat", "alipay", "unionpay", "ccb", "boc", "bocom", "pab", "citic")
OWN_CODES = {
    "wechat": "weixin://wxpay/bizpayurl?pr=Abc123",
    "alipay": "https://qr.alipay.com/bax01234abcd",
    "unionpay": "https://qr.95516.com/00010000/01116734936470044423094034227630",
}
CHENGDU, DALI = Place(city="Chengdu"), Place(city="Dali")
TRIAL = Place(city="Chengdu", trials=True)


class Town:
    """A ledger, a clock on a day of which the agreements speak, and a switch in one place."""

    def __init__(self, place: Place) -> None:
        self.clock = HandClock()
        self.ledger = Ledger()
        self.place = place
        self.switch = Switch(self.ledger, self.clock, INTEROP, place)

    def shop(self, institution: str) -> Acquirer:
        return Acquirer(self.ledger, self.clock, MERCHANT, institution=institution, host=institution)

    def shows(self, scheme: str, *, order_no: str = ORDER, amount: int = 1250) -> str:
        """The text of an order that a shop of this scheme shows."""
        text = f"{OWN_CODES[scheme]}{order_no}"
        self.shop(scheme).show(Asked(order_no, amount, order_no), text, self.clock.wall() + 120)
        return text

    def shows_universal(self, *, order_no: str = ORDER, amount: int = 1250) -> str:
        self.shows("unionpay", order_no=order_no, amount=amount)
        return universal_code(order_no, Money(amount), self.place.shop_of(INSTITUTION, MERCHANT))

    def phone(self, wallet: str, name: str = "", *, balance: int = 1_000_000, **traits: object) -> Phone:
        customer = Customer(name or wallet, wallet=wallet, **traits)  # type: ignore[arg-type]
        self.ledger.add_customer(customer, balance)
        return Phone(customer.id, self.ledger, self.clock, Random(1), self.switch)

    def paid_by(self, order_no: str = ORDER) -> str:
        order = self.ledger.find(MERCHANT, order_no)
        return order.customer if order and order.state is State.PAID else ""


@pytest.mark.parametrize("place", [CHENGDU, DALI, TRIAL], ids=["capital", "elsewhere", "trial"])
@pytest.mark.parametrize("scheme", OWN_CODES)
@pytest.mark.parametrize("wallet", EIGHT)
def test_every_wallet_pays_every_code_exactly_where_the_agreements_say_so(
    wallet: str, scheme: str, place: Place
) -> None:
    town = Town(place)
    phone, code = town.phone(wallet), town.shows(scheme)
    question = Question(
        app_of(wallet), scheme, Direction.APP_SCANS, date(2026, 11, 23), city=place.city, trials=place.trials
    )
    decision = decide(question, INTEROP)
    shown = phone.scan(code)
    if decision.allowed:
        assert (shown, town.paid_by(), phone.why) == (Shown.PAID, wallet, ())
    else:
        assert (shown, town.paid_by()) == (Shown.NOT_OURS, "")
        assert phone.why == (decision.why, *decision.turns_on), "a refusal says why, and what would change it"
    assert town.ledger.check() == []


def test_the_wechat_app_pays_a_quickpass_code_in_chengdu_and_not_in_dali() -> None:
    town = Town(CHENGDU)
    assert town.phone("wechat").scan(town.shows("unionpay")) is Shown.PAID
    town = Town(DALI)
    phone = town.phone("wechat")
    assert phone.scan(town.shows("unionpay")) is Shown.NOT_OURS
    assert "in the provincial capitals" in " ".join(phone.why)


@pytest.mark.parametrize("wallet", EIGHT)
def test_the_universal_code_is_paid_by_each_wallet(wallet: str) -> None:
    town = Town(DALI)
    phone = town.phone(wallet)
    assert phone.scan(town.shows_universal()) is Shown.PAID
    assert town.paid_by() == wallet
    assert town.ledger.balance(customer_account(wallet)) == 1_000_000 - 1250
    assert town.ledger.check() == []


def test_the_universal_code_is_paid_once_by_whoever_is_first() -> None:
    town = Town(CHENGDU)
    code = town.shows_universal()
    phones = [town.phone(wallet) for wallet in EIGHT]
    assert [phone.scan(code) for phone in phones] == [Shown.PAID, *[Shown.OVER] * 7]
    assert town.paid_by() == EIGHT[0]


def test_of_two_who_asked_before_either_paid_one_pays_and_the_other_is_told_so() -> None:
    town = Town(CHENGDU)
    code = town.shows_universal()
    ann, bob = Customer("ann", wallet="wechat"), Customer("bob", wallet="ccb")
    for customer in (ann, bob):
        town.ledger.add_customer(customer, 5000)
    handles = {customer: town.switch.inquire(code, customer).handle for customer in (ann, bob)}
    town.switch.pay(handles[bob], bob)
    with pytest.raises(Taken):
        town.switch.pay(handles[ann], ann)
    assert town.paid_by() == "bob"
    assert town.ledger.balance(customer_account("ann")) == 5000


def test_somebody_who_looks_for_a_password_has_the_order_until_it_is_typed() -> None:
    town = Town(CHENGDU)
    code = town.shows_universal()
    slow, quick = town.phone("boc", needs_password=True, types_after_s=20.0), town.phone("alipay")
    assert slow.scan(code) is Shown.PASSWORD
    assert quick.scan(code) is Shown.OVER
    town.clock.advance(21)
    town.ledger.advance(town.clock.wall())
    assert town.paid_by() == "boc"


def test_an_inquiry_says_the_shop_the_amount_the_order_and_the_rule() -> None:
    town = Town(CHENGDU)
    customer = Customer("ann", wallet="wechat")
    told = town.switch.inquire(town.shows("unionpay"), customer)
    assert (told.order_no, told.amount, told.currency, told.payee) == (ORDER, 1250, "CNY", "unionpay")
    assert (told.shop, told.mcc, told.rule) == ("Saoma Demo Store", "5411", "wechat-quickpass")


def test_a_handle_pays_once_and_only_for_the_app_that_asked() -> None:
    town = Town(CHENGDU)
    code = town.shows("unionpay")
    ann, eve = Customer("ann", wallet="ccb"), Customer("eve", wallet="ccb")
    for customer in (ann, eve):
        town.ledger.add_customer(customer, 5000)
    handle = town.switch.inquire(code, ann).handle
    with pytest.raises(NotPayable, match="another's, or was used"):
        town.switch.pay(handle, eve)
    handle = town.switch.inquire(code, ann).handle
    town.switch.pay(handle, ann)
    with pytest.raises(NotPayable):
        town.switch.pay(handle, ann)


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: replace(payload, amount="0.01"),
        lambda payload: replace(payload, additional={BILL: "POS0199999"}),
        lambda payload: replace(payload, additional={}),
        lambda payload: replace(payload, currency="344"),
    ],
    ids=["another amount", "another order", "no order", "another currency"],
)
def test_a_universal_code_that_was_tampered_with_is_nobodys(
    change: Callable[[MerchantPayload], MerchantPayload],
) -> None:
    town = Town(CHENGDU)
    phone = town.phone("unionpay")
    assert phone.scan(build(change(parse(town.shows_universal())))) is Shown.NOT_OURS
    assert town.paid_by() == ""


@pytest.mark.parametrize("text", ["", "hello", "https://example.com/", "\x1b[2J", "0" * 3000, "00020101021163040000"])
def test_what_is_no_shops_code_is_refused_whatever_it_holds(text: str) -> None:
    town = Town(CHENGDU)
    phone = town.phone("ccb")
    assert phone.scan(text) is Shown.NOT_OURS
    assert phone.why == ("this is no shop's code",)


def test_a_wallet_that_the_agreements_do_not_know_pays_nothing_here() -> None:
    town = Town(CHENGDU)
    phone = town.phone("alipayplus")
    assert phone.scan(town.shows_universal()) is Shown.NOT_OURS
    assert "know no app" in phone.why[0]


def test_institutions_owe_each_other_what_crossed_between_them_and_settle_to_nought() -> None:
    town = Town(TRIAL)
    crossed: dict[str, int] = {}
    for number, wallet in enumerate(EIGHT):
        for scheme in OWN_CODES:
            amount, order_no = 100 + number, f"N{number}{scheme}"
            if (
                town.phone(wallet, f"{wallet}{scheme}").scan(town.shows(scheme, order_no=order_no, amount=amount))
                is Shown.PAID
                and wallet != scheme
            ):
                crossed[wallet] = crossed.get(wallet, 0) + amount
                crossed[scheme] = crossed.get(scheme, 0) - amount
    positions = town.ledger.positions()
    assert positions == crossed
    assert sum(positions.values()) == 0
    transfers = town.ledger.settle()
    assert transfers
    assert set(town.ledger.positions().values()) == {0}
    assert town.ledger.check() == []


# --- online: a page opens the app -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "scheme", "payers", "refused"),
    [
        ("luckin", "wechat", ("wechat", "unionpay"), ("alipay", "ccb")),
        ("jd", "wechat", ("wechat", "unionpay"), ("alipay",)),
        ("eleme", "alipay", ("alipay", "wechat"), ("unionpay", "boc")),
        ("kaola", "alipay", ("alipay", "wechat"), ("citic",)),
    ],
)
def test_an_online_order_is_paid_by_the_wallets_that_its_page_offers_and_no_other(
    service: str, scheme: str, payers: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    town = Town(DALI)
    offers = town.switch.offers(service)
    assert [app for app, decision in offers.items() if decision.allowed] == [app_of(wallet) for wallet in payers]
    for wallet in refused:
        phone = town.phone(wallet)
        assert phone.scan(town.shows(scheme, order_no=wallet), presence=Presence.ONLINE) is Shown.NOT_OURS
        assert phone.why
    for wallet in payers:
        assert town.phone(wallet).scan(town.shows(scheme, order_no=wallet), presence=Presence.ONLINE) is Shown.PAID
        assert town.paid_by(wallet) == wallet


def test_an_agreement_for_pages_does_not_hold_at_a_counter() -> None:
    town = Town(DALI)
    phone = town.phone("wechat")
    assert phone.scan(town.shows("alipay")) is Shown.NOT_OURS
    assert phone.why[1:] == ("wechat-online-alibaba covers app scans counter, online",)


def test_a_service_that_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="there are tencent-music"):
        Town(DALI).switch.offers("nobody")


# --- static codes: the customer enters the amount ------------------------------------------------------------


def with_plate(town: Town) -> str:
    text = static_code(town.place.shop_of(INSTITUTION, MERCHANT), CNY)
    plate = town.shop("unionpay").plate(text, "http://127.0.0.1:9/notify", memo=lambda now_s: f"{now_s:.0f}")
    town.switch.plates[text] = plate
    return text


def test_a_static_code_is_paid_with_the_amount_that_the_customer_enters_again_and_again() -> None:
    town = Town(CHENGDU)
    text = with_plate(town)
    assert town.phone("wechat").scan(text, 250) is Shown.PAID
    assert town.phone("citic").scan(text, 375) is Shown.PAID
    orders = town.ledger.purchases(MERCHANT)
    assert [(order.amount, order.customer, order.state) for order in orders] == [
        (250, "wechat", State.PAID),
        (375, "citic", State.PAID),
    ]
    assert len({order.order_no for order in orders}) == 2
    assert [notice.purchase for notice in town.ledger.notices_due(town.clock.wall())] == [1, 2]


def test_a_static_code_without_an_amount_makes_no_order() -> None:
    town = Town(CHENGDU)
    phone = town.phone("alipay")
    assert phone.scan(with_plate(town)) is Shown.NOT_OURS
    assert "enters the amount" in phone.why[0]
    assert town.ledger.purchases(MERCHANT) == []


def test_an_inquiry_of_a_static_code_leaves_the_amount_to_the_customer() -> None:
    town = Town(CHENGDU)
    told = town.switch.inquire(with_plate(town), Customer("ann", wallet="pab"))
    assert (told.amount, told.order_no) == (None, "")


def test_an_agreements_limit_holds_for_an_amount_that_is_entered_too() -> None:
    rows = tuple(replace(row, limit=500) if row.key == "wechat-quickpass" else row for row in INTEROP.agreement)
    town = Town(CHENGDU)
    town.switch = Switch(town.ledger, town.clock, replace(INTEROP, agreement=rows), CHENGDU)
    phone = town.phone("wechat")
    code = town.shows("unionpay", amount=501)
    assert phone.scan(code) is Shown.NOT_OURS
    assert "up to 500" in " ".join(phone.why)
    payload = MerchantPayload(
        accounts=(CHENGDU.shop_of(INSTITUTION, MERCHANT).unionpay.account(),),
        mcc="5411",
        currency="156",
        country="CN",
        name="SHOP",
        city="CHENGDU",
        point=Point.STATIC,
    )
    text = build(payload)
    town.switch.plates[text] = town.shop("unionpay").plate(text, "", memo=str)
    assert phone.scan(text, 501) is Shown.NOT_OURS
    assert phone.scan(text, 500) is Shown.PAID
