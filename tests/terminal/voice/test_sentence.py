"""What is said aloud is what is in the books, in the language of the counter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model import Reason
from terminal.money import CURRENCIES, Money
from terminal.steps import Phase, Step
from terminal.voice.sentence import chinese, english, sentence


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (1250, "十二元五角", "twelve yuan fifty"),
        (1, "一分", "one fen"),
        (5, "五分", "five fen"),
        (50, "五角", "fifty fen"),
        (105, "一元零五分", "one yuan oh five"),
        (1000, "十元", "ten yuan"),
        (11005, "一百一十元零五分", "one hundred and ten yuan oh five"),
        (10_100, "一百零一元", "one hundred and one yuan"),
        (100_100, "一千零一元", "one thousand one yuan"),
        (1_000_000, "一万元", "ten thousand yuan"),
        (1_001_000, "一万零一十元", "ten thousand ten yuan"),
        (10_500_000, "十万五千元", "one hundred and five thousand yuan"),
        (10_000_005_000, "一亿零五十元", "one hundred million fifty yuan"),
        (20_000_000_000, "二亿元", "two hundred million yuan"),
        (999_999, "九千九百九十九元九角九分", "nine thousand nine hundred and ninety-nine yuan ninety-nine"),
        (0, "零元", "zero yuan"),
    ],
)
def test_an_amount_is_said_as_people_say_it(fen: int, zh: str, en: str) -> None:
    assert chinese(Money(fen)) == zh
    assert english(Money(fen)) == en


def test_another_currency_is_said_by_its_digits() -> None:
    assert chinese(Money(1250, CURRENCIES["HKD"])) == english(Money(1250, CURRENCIES["HKD"])) == "12.50 HKD"


def test_the_wallet_and_the_amount_are_announced() -> None:
    step = Step(Phase.APPROVED, Money(1250), wallet="微信支付")

    assert sentence(step, "zh") == "微信支付到账 十二元五角"
    assert sentence(Step(Phase.APPROVED, Money(1250), wallet="WeChat Pay"), "en") == (
        "WeChat Pay received, twelve yuan fifty"
    )


@pytest.mark.parametrize("phase", [Phase.DECLINED, Phase.REVERSED, Phase.UNKNOWN])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_no_success_never_names_an_amount(phase: Phase, language: str) -> None:
    said = sentence(Step(phase, Money(1250), reason=Reason.OTHER), language)

    assert said
    assert not re.search("十二|twelve|12", said)


@pytest.mark.parametrize("phase", [Phase.PROCESSING, Phase.CONFIRMING, Phase.CHECKING, Phase.IDLE])
def test_nothing_is_said_before_an_outcome(phase: Phase) -> None:
    assert sentence(Step(phase, Money(1250)), "zh") == ""


_VALUES = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"元": 0}


def _number(said: str) -> int:
    """An independent reading of a Chinese number below 万亿: sections times their powers."""
    total = section = digit = 0
    for sign in said:
        if sign in "亿万":
            power = 100_000_000 if sign == "亿" else 10_000
            total = (total + section + digit) * power if sign == "亿" else total + (section + digit) * power
            section = digit = 0
        elif sign in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            digit = 0
        else:
            digit = _VALUES[sign]
    return total + section + digit


@given(st.integers(1, 999_999_999_999))
def test_a_chinese_number_reads_back(yuan: int) -> None:
    said = chinese(Money(yuan * 100))

    assert _number(said.removesuffix("元")) == yuan
    assert "零零" not in said
