"""Sales at a counter, with whatever the bench has: one suite for stand-ins, for real devices, and for a mixture."""

import pytest

from firmware_sim.hil.acquirer import Acquirer
from firmware_sim.hil.camera import Camera
from firmware_sim.hil.display import Display
from firmware_sim.hil.phone import Phone
from firmware_sim.hil.printer import Printer
from firmware_sim.hil.scanner import Scanner
from firmware_sim.hil.till import Till
from terminal.money import Money

MILK = Money(1250)


def await_code(till: Till) -> None:
    till.charge(MILK)
    till.wait_for("await_code")


@pytest.mark.parametrize("wallet", ["wechat", "unionpay"])
def test_a_customer_pays_under_the_scanner(
    till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer, wallet: str
) -> None:
    till.wait_for_device("scanner")
    await_code(till)
    scanner.scan(phone.show_code(wallet))
    paid = till.wait_for("approved", "declined", "unknown")
    assert paid.phase == "approved"
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_a_customer_pays_before_the_camera(till: Till, camera: Camera, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("camera")
    await_code(till)
    camera.show(phone.show_code("alipay"))
    paid = till.wait_for("approved")
    camera.clear()
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_a_customer_scans_the_tills_own_code(till: Till, phone: Phone, acquirer: Acquirer) -> None:
    phone.scan(till.show_code(MILK, "wechat"))
    paid = till.wait_for("approved")
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_a_customer_types_the_password(till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("scanner")
    await_code(till)
    scanner.scan(phone.show_code("wechat", needs_password=True, types_after_s=None))
    asked = till.wait_for("confirming")
    assert acquirer.ledger(asked.order_id) == 0
    phone.type_password()
    assert till.wait_for("approved").order_id == asked.order_id
    assert acquirer.ledger(asked.order_id) == MILK.minor


def test_a_customer_who_is_broke_pays_nothing(till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("scanner")
    await_code(till)
    scanner.scan(phone.show_code("wechat", balance_fen=0))
    refused = till.wait_for("declined", "approved")
    assert (refused.phase, refused.reason) == ("declined", "insufficient_funds")
    assert acquirer.ledger(refused.order_id) == 0


def test_money_is_given_back(till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("scanner")
    await_code(till)
    scanner.scan(phone.show_code("wechat"))
    paid = till.wait_for("approved")
    till.refund(paid.order_id, Money(450))
    till.wait_for("refunded")
    acquirer.wait_for(paid.order_id, MILK.minor - 450)


def test_the_customer_reads_what_is_to_be_paid_and_that_it_was(
    till: Till, display: Display, scanner: Scanner, phone: Phone
) -> None:
    till.wait_for_device("scanner")
    till.wait_for_device("display")
    await_code(till)
    display.wait_for("12.50")
    scanner.scan(phone.show_code("wechat"))
    till.wait_for("approved")
    display.wait_for("PAID")


def test_a_receipt_waits_for_a_new_roll(till: Till, printer: Printer, scanner: Scanner, phone: Phone) -> None:
    printer.run_out()
    till.wait_for_device("scanner")
    await_code(till)
    scanner.scan(phone.show_code("wechat"))
    paid = till.wait_for("approved")
    till.wait_for_device("printer", up=False)
    assert not printer.has_paper(paid.order_id)
    printer.new_roll()
    printer.paper(saying=paid.order_id)
    till.reprint()
    printer.paper(saying=paid.order_id)
