"""Who sold it is in the books with each attempt and each refund, hashed like the rest, and on the receipt."""

from pathlib import Path

from terminal.books.journal import Journal
from terminal.config import PrinterConfig, TillConfig
from terminal.model import Answer, Order, PaymentCode, Refund, State, Verdict
from terminal.money import Money
from terminal.till.paper import Paper


def order(number: int) -> Order:
    code = PaymentCode("wechat", f"13456789012345678{number}")
    return Order(f"POS-{number}", f"S{number}", Money(1250), code, "wechat", begun_s=1_763_812_800)


def test_each_first_entry_says_who_sold_and_a_till_without_operators_says_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", wall=lambda: 1_763_812_800.0, monotonic=lambda: 1.0)
    journal.begin(order(1))
    journal.operator = "7"
    journal.begin(order(2))
    journal.move("POS-2", State.APPROVED, Answer(Verdict.APPROVED))
    journal.operator = "9"
    journal.begin_refund(Refund("R1", order(2), Money(250), "broken"))
    sold = {(one.order_id, one.kind): one.body.get("operator") for one in journal.entries() if one.order_id}
    assert sold == {
        ("POS-1", "INTENT"): None,
        ("POS-2", "INTENT"): "7",
        ("POS-2", "APPROVED"): None,
        ("POS-2", "REFUND_ASKED"): "9",
    }
    assert journal.verify() == len(journal.entries())
    paper = Paper(PrinterConfig(), TillConfig(language="en")).text(journal, "POS-2")
    journal.close()
    assert next(line for line in paper.splitlines() if line.startswith("Cashier")).endswith(" 7")
