"""Who may pay whom: every row of the file holds where it says, and nowhere else; what no row covers is refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from terminal.config import build, read_toml
from terminal.errors import ConfigError
from terminal.model import PaymentCode
from terminal.routing.agreements import (
    OWN,
    Agreement,
    App,
    Direction,
    Interop,
    Presence,
    Question,
    Region,
    Service,
    decide,
    offered,
    table,
)
from terminal.routing.route import Contract, Setting, route

FILE = Path(__file__).parents[3] / "configs" / "interop.toml"
INTEROP = build(Interop, read_toml(FILE), str(FILE), "", FILE.parent).checked(str(FILE))
DAY = date(2021, 10, 1)
SCHEMES = ("wechat", "alipay", "unionpay")
QUICKPASS_CODE = PaymentCode("unionpay", "6225735053201615202", "UnionPay QuickPass")


def met(row: Agreement, app: str, scheme: str) -> Question:
    """A question that meets every condition of a row."""
    cities = row.cities + tuple(city for one in INTEROP.region if one.key == row.region for city in one.cities)
    return Question(
        app,
        scheme,
        Direction(row.direction),
        row.starts,
        Presence(row.presence),
        city=(*cities, "")[0],
        country=(*row.countries, "XX")[0],
        trials=row.trial,
    )


def rows() -> Iterator[tuple[Agreement, str, str]]:
    for row in INTEROP.agreement:
        for app, scheme in product(row.apps, row.codes):
            yield row, app, scheme


@pytest.mark.parametrize(("row", "app", "scheme"), list(rows()), ids=lambda one: getattr(one, "key", one))
def test_every_row_of_the_file_allows_what_it_says_and_is_named(row: Agreement, app: str, scheme: str) -> None:
    decision = decide(met(row, app, scheme), INTEROP)
    assert decision.allowed
    assert decision.rule == row.key
    assert decision.why == row.source


@pytest.mark.parametrize(("row", "app", "scheme"), list(rows()), ids=lambda one: getattr(one, "key", one))
def test_a_row_holds_not_a_day_too_early_nor_elsewhere_nor_outside_its_trial(
    row: Agreement, app: str, scheme: str
) -> None:
    asked = met(row, app, scheme)
    others = [(replace(asked, day=row.starts - timedelta(days=1)), f"from {row.starts} on")]
    if row.countries:
        others.append((replace(asked, country="AQ"), f"in {row.countries[0]}"))
    if row.region:
        others.append((replace(asked, city="Mianyang"), "in the provincial capitals"))
    if row.trial:
        others.append((replace(asked, trials=False), "trial"))
    for question, condition in others:
        decision = decide(question, INTEROP)
        assert not decision.allowed
        assert decision.rule == row.key
        assert any(condition in one for one in decision.turns_on)


def test_every_pair_that_no_row_covers_is_refused_with_the_reason() -> None:
    covered = {(app, scheme, row.direction, row.presence) for row, app, scheme in rows()}
    refused = 0
    for app, scheme, direction, presence in product(INTEROP.app, SCHEMES, Direction, Presence):
        decision = decide(Question(app.key, scheme, direction, DAY, presence, "Chengdu", trials=True), INTEROP)
        if app.scheme != scheme and (app.key, scheme, direction.value, presence.value) not in covered:
            refused += 1
            assert not decision.allowed
            assert "no agreement lets" in decision.why
    assert refused == 53


@pytest.mark.parametrize("app", INTEROP.app, ids=lambda app: app.key)
def test_an_app_pays_its_own_schemes_codes_at_home(app: App) -> None:
    decision = decide(Question(app.key, app.scheme, Direction.COUNTER_SCANS, DAY), INTEROP)
    assert (decision.allowed, decision.rule) == (True, OWN)


def test_the_capitals_are_the_provinces_and_the_four_cities_that_are_provinces() -> None:
    (capitals,) = (region for region in INTEROP.region if region.key == "provincial_capitals")
    assert len(capitals.cities) == len(set(capitals.cities)) == 31
    assert {"Chengdu", "Lhasa", "Beijing", "Chongqing"} <= set(capitals.cities)
    assert "Shenzhen" not in capitals.cities


def test_wechat_scans_quickpass_in_chengdu_and_not_in_shenzhen() -> None:
    asked = Question("wechat", "unionpay", Direction.APP_SCANS, DAY, city="Chengdu")
    assert decide(asked, INTEROP).allowed
    assert not decide(replace(asked, city="Shenzhen"), INTEROP).allowed
    assert not decide(replace(asked, city=""), INTEROP).allowed


def test_the_table_has_a_row_for_every_app_scheme_direction_and_presence() -> None:
    told = list(table(INTEROP, DAY, trials=False))
    assert len(told) == len(INTEROP.app) * len(SCHEMES) * 4
    allowed = {(app.key, scheme) for app, scheme, _, _, decision in told if decision.allowed}
    assert ("ccb", "wechat") in allowed
    assert ("alipay", "unionpay") not in allowed


def test_a_limit_and_an_end_are_conditions_like_any_other() -> None:
    row = replace(INTEROP.agreement[0], limit=50_000, ends=date(2022, 1, 1))
    interop = replace(INTEROP, agreement=(row,))
    asked = replace(met(row, row.apps[0], row.codes[0]), amount=50_000)
    assert decide(asked, interop).allowed
    assert not decide(replace(asked, amount=50_001), interop).allowed
    assert not decide(replace(asked, day=date(2022, 1, 2)), interop).allowed


def test_a_service_offers_what_its_page_names_as_far_as_agreed() -> None:
    (eleme,) = (one for one in INTEROP.service if one.key == "eleme")
    assert {app.key: decision.allowed for app, decision in offered(eleme, INTEROP, DAY)} == {
        "alipay": True,
        "wechat": True,
    }
    before = {app.key: decision.allowed for app, decision in offered(eleme, INTEROP, date(2021, 9, 1))}
    assert before == {"alipay": True, "wechat": False}


@pytest.mark.parametrize("service", INTEROP.service, ids=lambda service: service.key)
def test_every_wallet_on_every_services_page_may_pay_there(service: Service) -> None:
    assert all(decision.allowed for _, decision in offered(service, INTEROP, DAY))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"apps": ("venmo",)}, "venmo"),
        ({"codes": ("paypal",)}, "paypal"),
        ({"region": "moon"}, "moon"),
    ],
)
def test_a_row_that_names_nothing_known_is_told(change: dict[str, object], named: str) -> None:
    wrong = replace(INTEROP.agreement[0], **change)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=named):
        replace(INTEROP, agreement=(wrong,)).checked("here")


def test_an_app_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"venmo.*wechat"):
        decide(Question("venmo", "wechat", Direction.APP_SCANS, DAY), INTEROP)


# --- routes ------------------------------------------------------------------------------------------------------


def test_a_contract_of_the_merchants_goes_before_any_agreement() -> None:
    way = route(QUICKPASS_CODE, [Contract("a", ("wechat",)), Contract("b", ("unionpay",))])
    assert way.acquirer == "b"
    assert any("takes unionpay codes" in step for step in way.steps)


def test_without_a_contract_or_an_agreement_nobody_carries_it() -> None:
    way = route(QUICKPASS_CODE, [Contract("a", ("wechat",))], Setting(INTEROP, DAY))
    assert way.acquirer == ""
    assert "ask for another wallet" in way.steps[-1]
    assert any("no agreement lets" in step for step in way.steps)


def test_an_agreement_opens_a_contract_to_another_wallets_code() -> None:
    row = Agreement(
        "wechat-counter", ("quickpass",), ("wechat",), "counter_scans_app", "offline", DAY, "U", "a test", region="r"
    )
    interop = replace(INTEROP, agreement=(row,), region=(Region("r", "the city", "CN", ("Chengdu",)),))
    contracts = [Contract("tencent", ("wechat",))]
    assert route(QUICKPASS_CODE, contracts, Setting(interop, DAY, "Chengdu")).acquirer == "tencent"
    assert route(QUICKPASS_CODE, contracts, Setting(interop, DAY, "Mianyang")).acquirer == ""
