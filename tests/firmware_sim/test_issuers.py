"""The banks as data: whole, told apart, and saying no in words that the till knows."""

from random import Random

import pytest

from firmware_sim.issuers import CODE_LENGTH, Issuer, issuers
from firmware_sim.ledger_words import Refusal
from firmware_sim.wallets import WALLETS
from terminal.codes.classify import classify
from terminal.model import Channel, PaymentCode, Verdict
from terminal.schemes.unionpay import outcomes

EACH = pytest.mark.parametrize("issuer", issuers().values(), ids=issuers())


def test_the_five_banks_and_unionpays_own_app_are_there() -> None:
    assert set(issuers()) == {"unionpay", "ccb", "boc", "bocom", "pab", "citic"}
    labels = [issuer.label for issuer in issuers().values()]
    assert labels == ["云闪付", "建设银行", "中国银行", "交通银行", "平安银行", "中信银行"]


@EACH
def test_its_codes_are_unionpays_to_a_till(issuer: Issuer) -> None:
    for seed in range(20):
        code = WALLETS[issuer.key].code(Random(seed))
        assert len(code) == CODE_LENGTH
        meaning = classify(code, channel=Channel.SCANNER)
        assert isinstance(meaning, PaymentCode)
        assert meaning.scheme == "unionpay"


@EACH
def test_its_refusals_are_neutral_words_and_known_codes(issuer: Issuer) -> None:
    assert set(issuer.declines) <= set(Refusal)
    for decline in issuer.declines.values():
        assert outcomes.of_state(decline.code)[0] is Verdict.DECLINED
        assert decline.text


@EACH
def test_its_limits_make_sense(issuer: Issuer) -> None:
    assert 0 < issuer.free_password_fen <= issuer.single_limit_fen <= issuer.day_limit_fen
    assert issuer.grade in ("D", "S", "2", "U")
    assert issuer.source


def test_no_two_banks_share_a_prefix() -> None:
    prefixes = [prefix for issuer in issuers().values() for prefix in issuer.prefixes]
    assert len(prefixes) == len(set(prefixes))


def test_some_banks_say_the_same_thing_differently() -> None:
    assert len({issuer.declines["insufficient_funds"] for issuer in issuers().values()}) > 1
