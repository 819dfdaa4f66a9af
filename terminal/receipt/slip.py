"""The slip of a day that was settled: what it came to, and every line that a person must see to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from terminal.money import Money
from terminal.receipt.lines import Align, Cut, Feed, Line, Pair, Rule, Text, amount

MOST_LISTED = 40  # differences on one paper


@dataclass(frozen=True, slots=True)
class Sum:
    name: str  # "sales", "refunds", "undone", "open", "for_a_person", "net"
    count: int | None
    money: Money


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours` and `theirs` are None where that side does not have it."""

    what: str  # a kind, as the books name it
    number: str
    ours: Money | None
    theirs: Money | None


@dataclass(frozen=True, slots=True)
class Slip:
    """What a settlement slip says; `printed_at` is the shop's own wall time."""

    shop: str
    terminal_id: str
    acquirer: str
    day: str
    sums: tuple[Sum, ...]
    matched: int
    waits: int
    differences: tuple[Difference, ...]
    batch: str
    chain_head: str  # the journal's newest hash: what was written before this cannot be changed unseen
    printed_at: datetime
    language: str = "zh"
    is_training: bool = False  # no real money moved
    is_lesson: bool = False  # nor was any meant to


WORDS = {
    "zh": {
        "title": "结算单",
        "training": "演示 · 非真实资金",
        "acquirer": "收单机构",
        "day": "结算日",
        "batch": "下一批次",
        "terminal": "终端号",
        "sales": "消费",
        "refunds": "退款",
        "undone": "已撤销",
        "open": "处理中",
        "for_a_person": "待人工处理",
        "net": "净额",
        "matched": "对账一致",
        "waits": "次日再对",
        "differences": "差异",
        "agrees": "账目一致",
        "differs": "账目不一致 请核对",
        "ours": "本机",
        "theirs": "机构",
        "none": "无",
        "more": "其余见电子账单",
        "head": "账本校验",
        "time": "时间",
        "signature": "签名",
    },
    "en": {
        "title": "SETTLEMENT",
        "training": "DEMO - NO REAL MONEY",
        "acquirer": "Acquirer",
        "day": "Day",
        "batch": "Next batch",
        "terminal": "Terminal",
        "sales": "Sales",
        "refunds": "Refunds",
        "undone": "Undone",
        "open": "Still open",
        "for_a_person": "For a person",
        "net": "Net",
        "matched": "Matched",
        "waits": "Waiting",
        "differences": "Differences",
        "agrees": "BOOKS AGREE",
        "differs": "BOOKS DIFFER: SEE BELOW",
        "ours": "here",
        "theirs": "there",
        "none": "none",
        "more": "and more: see the CSV",
        "head": "Journal",
        "time": "Time",
        "signature": "Signature",
    },
}


def slip_lines(slip: Slip) -> list[Line]:
    """The slip from top to bottom, cut at the end."""
    words = WORDS[slip.language]
    facts = {"acquirer": slip.acquirer, "day": slip.day, "batch": slip.batch, "terminal": slip.terminal_id}
    counts = {"matched": slip.matched, "waits": slip.waits, "differences": len(slip.differences)}
    return [
        Text(slip.shop, Align.CENTRE, big=True),
        Text(words["title"], Align.CENTRE),
        *([Text(f"*** {WORDS[slip.language]['lesson']} ***", Align.CENTRE)] if slip.is_lesson else []),
        *([Text(f"*** {words['training']} ***", Align.CENTRE)] if slip.is_training else []),
        Rule(),
        *(Pair(words[name], fact) for name, fact in facts.items() if fact),
        Rule(),
        *(Pair(_counted(words[one.name], one.count), amount(one.money)) for one in slip.sums),
        Rule(),
        *(Pair(words[name], str(count)) for name, count in counts.items()),
        Text(words["differs" if slip.differences else "agrees"], Align.CENTRE),
        *_differences(slip, words),
        Rule(),
        Pair(words["head"], slip.chain_head),
        Pair(words["time"], f"{slip.printed_at:%Y-%m-%d %H:%M:%S}"),
        Feed(),
        Text(f"{words['signature']}: ____________"),
        Feed(2),
        Cut(),
    ]


def _differences(slip: Slip, words: dict[str, str]) -> Iterator[Line]:
    for one in slip.differences[:MOST_LISTED]:
        sides = ((words["ours"], one.ours), (words["theirs"], one.theirs))
        said = " ".join(f"{side} {amount(money) if money else words['none']}" for side, money in sides)
        yield Text(f"{one.what} {one.number}")
        yield Text(said, Align.RIGHT)
    if len(slip.differences) > MOST_LISTED:
        yield Text(words["more"], Align.CENTRE)


def _counted(name: str, count: int | None) -> str:
    return name if count is None else f"{name} {count}"
