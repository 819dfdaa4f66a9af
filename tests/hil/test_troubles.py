"""What goes wrong at a counter: lines that lose replies, plugs that are pulled, and a till that is killed."""

from firmware_sim.hil.acquirer import Acquirer
from firmware_sim.hil.camera import Camera
from firmware_sim.hil.phone import Phone
from firmware_sim.hil.scanner import Scanner
from firmware_sim.hil.till import Till
from terminal.money import Money

MILK = Money(1250)
HALF = 9  # bytes of a payment code's eighteen


def await_code(till: Till) -> None:
    till.charge(MILK)
    till.wait_for("await_code")


def test_a_lost_reply_is_found_out(till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("scanner")
    acquirer.fault("lost_reply", on="pay")
    await_code(till)
    scanner.scan(phone.show_code("wechat"))
    till.wait_for("checking")
    paid = till.wait_for("approved")
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_nothing_is_charged_while_the_acquirer_is_away(
    till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer
) -> None:
    till.wait_for_device("scanner")
    code = phone.show_code("wechat")
    acquirer.down()
    await_code(till)
    scanner.scan(code)
    failed = till.wait_for("declined", "unknown", "approved")
    assert (failed.phase, failed.reason) == ("declined", "not_sent")
    acquirer.up()
    assert acquirer.ledger(failed.order_id) == 0


def test_half_a_code_charges_nobody(till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer) -> None:
    till.wait_for_device("scanner")
    await_code(till)
    code = phone.show_code("wechat")
    scanner.scan(code, unplug_after=HALF)
    till.wait_for_device("scanner", up=False)
    scanner.plug()
    till.wait_for_device("scanner")
    assert till.state().phase == "await_code"
    scanner.scan(code)
    paid = till.wait_for("approved")
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_a_camera_that_was_pulled_out_is_taken_back(
    till: Till, camera: Camera, phone: Phone, acquirer: Acquirer
) -> None:
    till.wait_for_device("camera")
    camera.unplug()
    till.wait_for_device("camera", up=False)
    camera.plug()
    till.wait_for_device("camera")
    await_code(till)
    camera.show(phone.show_code("wechat"))
    paid = till.wait_for("approved")
    assert acquirer.ledger(paid.order_id) == MILK.minor


def test_a_till_killed_in_a_payment_finds_it_again(
    till: Till, scanner: Scanner, phone: Phone, acquirer: Acquirer
) -> None:
    till.wait_for_device("scanner")
    acquirer.fault("half_open", on="pay")
    await_code(till)
    scanner.scan(phone.show_code("wechat"))
    cut_short = till.wait_for("processing")
    acquirer.wait_for(cut_short.order_id, MILK.minor)
    till.kill()
    till.restart()
    found = till.wait_for("found")
    assert found.order_id == cut_short.order_id
    till.keep()
    till.wait_for("approved")
    assert acquirer.ledger(found.order_id) == MILK.minor
