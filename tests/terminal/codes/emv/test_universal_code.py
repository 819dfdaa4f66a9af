"""One code for every wallet: each finds its own account in it, and all find the same order."""

from dataclasses import replace

import cemacqr
import pytest
import segno

from terminal.codes.emv.merchant import Point, UnionPayAccount, parse
from terminal.codes.emv.tlv import Malformed
from terminal.codes.emv.universal import Shop, order_of, schemes_of, static_code, universal_code
from terminal.money import CNY, Money

ACCOUNT = UnionPayAccount("48021000", "48021000", "898110012340001")
SHOP = Shop(ACCOUNT, "Saoma Demo Store", "Chengdu", "5411")
ORDER = "POS010000100001ABCD"


def code(shop: Shop = SHOP) -> str:
    return universal_code(ORDER, Money(1250), shop)


def test_every_wallet_finds_its_account_and_the_same_order() -> None:
    payload = parse(code())
    assert schemes_of(payload) == ("unionpay", "wechat", "alipay")
    assert order_of(payload) == ORDER
    assert (payload.money, payload.point) == (Money(1250), Point.DYNAMIC)
    assert UnionPayAccount.of(payload) == ACCOUNT


def test_it_is_valid_by_an_independent_judge() -> None:
    assert cemacqr.validate(cemacqr.parse_payload(code()), cemacqr.EMVCO).ok


def test_it_stays_in_the_alphabet_that_makes_small_codes() -> None:
    assert segno.make(code(), error="l", micro=False).mode == "alphanumeric"
    assert int(segno.make(code(), error="l", micro=False).version) <= 8


def test_somebody_elses_merchant_code_has_no_order_of_ours() -> None:
    static = "000201010211153148021000480210008981100123400015204541153031565802CN5909TEST MART6008SHANGHAI6304BBD1"
    assert (schemes_of(parse(static)), order_of(parse(static))) == (("unionpay",), "")


def test_a_name_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Malformed, match="merchant name"):
        code(replace(SHOP, name="A name that is far too long for the standard"))


def test_a_static_one_names_no_order_and_no_amount() -> None:
    payload = parse(static_code(SHOP, CNY))
    assert (payload.point, payload.amount, order_of(payload)) == (Point.STATIC, "", "")
    assert schemes_of(payload) == ("unionpay", "wechat", "alipay")
