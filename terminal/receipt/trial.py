"""The slip that a printer is tried out with: letters of both alphabets, both sizes, both edges, a rule, a code."""

from terminal.receipt.lines import Align, Cut, Feed, Line, Pair, QrCode, Rule, Text


def trial_lines(shop: str, terminal_id: str) -> list[Line]:
    return [
        Text("TEST 测试", Align.CENTRE, big=True),
        Text(shop, Align.CENTRE),
        Rule(),
        Pair("ABC abc 0123456789", terminal_id),
        Pair("收银 扫码 打印", "¥1234.50"),
        Rule(),
        QrCode(f"TEST {terminal_id}"),
        Feed(),
        Cut(),
    ]
