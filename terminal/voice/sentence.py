"""What is said aloud of a sale: only of a verified outcome, and only the amount in the books. Pure.

Chinese counters announce wallet, 到账 and the amount ("微信支付到账 十二元五角"); the English follows its sense.
"""

from terminal.money import CNY, Money
from terminal.steps import Phase, Step

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
_TENS = 10
_GROUP = 10_000

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TIES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"))

_ZH = {Phase.APPROVED: "{wallet}到账 {amount}", Phase.REFUNDED: "已退款 {amount}"}
_EN = {Phase.APPROVED: "{wallet} received, {amount}", Phase.REFUNDED: "refunded, {amount}"}
_ZH_PLAIN = {Phase.DECLINED: "支付失败", Phase.REVERSED: "支付已撤销", Phase.UNKNOWN: "结果未知，请勿重复收款"}
_EN_PLAIN = {
    Phase.DECLINED: "payment declined",
    Phase.REVERSED: "payment taken back",
    Phase.UNKNOWN: "result unknown, do not charge again",
}


def sentence(step: Step, language: str) -> str:
    """What to say of this step; empty where nothing is to be said."""
    with_amount, plain, spell = (_ZH, _ZH_PLAIN, chinese) if language == "zh" else (_EN, _EN_PLAIN, english)
    if step.phase in with_amount and step.money is not None:
        return with_amount[step.phase].format(wallet=step.wallet, amount=spell(step.money)).strip(" ,")
    return plain.get(step.phase, "")


def chinese(money: Money) -> str:
    """十二元五角; an amount in another currency by its digits and code."""
    if money.currency != CNY:
        return f"{money.decimal} {money.currency.code}"
    yuan, fen = divmod(money.minor, 100)
    jiao, fen = divmod(fen, _TENS)
    parts = [f"{_chinese_number(yuan)}元"] if yuan or not (jiao or fen) else []
    if jiao:
        parts.append(f"{_DIGITS[jiao]}角")
    elif yuan and fen:
        parts.append("零")
    if fen:
        parts.append(f"{_DIGITS[fen]}分")
    return "".join(parts)


def english(money: Money) -> str:
    """Twelve yuan fifty; an amount in another currency by its digits and code."""
    if money.currency != CNY:
        return f"{money.decimal} {money.currency.code}"
    yuan, fen = divmod(money.minor, 100)
    if not yuan and fen:
        return f"{_english_number(fen)} fen"
    if not fen:
        return f"{_english_number(yuan)} yuan"
    return f"{_english_number(yuan)} yuan {'oh ' if fen < _TENS else ''}{_english_number(fen)}"


def _chinese_number(number: int) -> str:
    """Groups of four digits, the highest first; a gap within is one 零."""
    groups = []
    while number:
        number, group = divmod(number, _GROUP)
        groups.append(group)
    said = ""
    for index in reversed(range(len(groups))):
        group = groups[index]
        if not group:
            continue
        gap = bool(said) and (group < _GROUP // _TENS or not groups[index + 1])
        said += (_DIGITS[0] if gap else "") + _chinese_group(group) + _GROUPS[index]
    return said.removeprefix("一") if said.startswith("一十") else said or _DIGITS[0]


def _chinese_group(group: int) -> str:
    said, gap = "", False
    for place in reversed(range(len(_PLACES))):
        digit = group // _TENS**place % _TENS
        if digit:
            said += (_DIGITS[0] if gap and said else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return said


def _english_number(number: int) -> str:
    for size, name in _SCALES:
        if number >= size:
            rest = number % size
            return f"{_english_number(number // size)} {name}{' ' + _english_number(rest) if rest else ''}"
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return f"{_ONES[hundreds]} hundred{' and ' + _english_number(rest) if rest else ''}"
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, _TENS)
    return _TIES[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
