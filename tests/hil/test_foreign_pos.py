"""Somebody else's POS as the device under test: the fixtures know nothing of whose till they are plugged into."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware_sim.hil.acquirer import Acquirer
from firmware_sim.hil.phone import Phone
from firmware_sim.hil.printer import Drawer, Printer
from firmware_sim.hil.scanner import Scanner

pytest.importorskip("wechatpy", reason="wechatpy is not installed: pip install 'saoma[dev]'")

POS = Path(__file__).with_name("foreign_pos.py")
WITHIN_S = 60.0
FEN = 1250

Sells = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def pos(scanner: Scanner, printer: Printer, acquirer: Acquirer) -> Iterator[Sells]:
    """Starts it, ready for one scan."""
    plan = {"scanner": scanner.config["port"], "printer": printer.config["url"], "fen": FEN}
    plan["wechat"] = acquirer.credentials("wechat_v2")
    with ExitStack() as started:

        def start(order: str) -> "subprocess.Popen[str]":
            words = [sys.executable, str(POS), json.dumps({**plan, "order": order})]
            process = started.enter_context(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
            started.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            return process

        yield start


def outcome(process: "subprocess.Popen[str]") -> str:
    return process.communicate(timeout=WITHIN_S)[0].strip()


def test_it_sells_prints_and_opens_the_drawer(
    pos: Sells, scanner: Scanner, phone: Phone, acquirer: Acquirer, printer: Printer, drawer: Drawer
) -> None:
    sale = pos("FOREIGN1")
    assert not drawer.opened
    scanner.scan(phone.show_code("wechat"))
    assert outcome(sale) == "SUCCESS"
    assert acquirer.ledger("FOREIGN1") == FEN
    assert "Milk 12.50" in printer.paper(saying="FOREIGN1").text
    assert drawer.opened
    drawer.close()
    assert not drawer.opened


def test_it_asks_after_a_reply_that_was_lost(
    pos: Sells, scanner: Scanner, phone: Phone, acquirer: Acquirer, printer: Printer
) -> None:
    acquirer.fault("lost_reply", on="pay")
    sale = pos("FOREIGN2")
    scanner.scan(phone.show_code("wechat"))
    assert outcome(sale) == "SUCCESS"
    assert acquirer.ledger("FOREIGN2") == FEN
    printer.paper(saying="FOREIGN2")


def test_it_prints_nothing_for_a_customer_who_is_broke(
    pos: Sells, scanner: Scanner, phone: Phone, acquirer: Acquirer, printer: Printer
) -> None:
    sale = pos("FOREIGN3")
    scanner.scan(phone.show_code("wechat", balance_fen=1))
    assert outcome(sale) == "NOTENOUGH"
    assert acquirer.ledger("FOREIGN3") == 0
    assert not printer.has_paper()
