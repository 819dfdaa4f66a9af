"""What a person is told and asked for each verb of a real role, and what becomes of the answer."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.hil.acquirer import RealAcquirer
from firmware_sim.hil.bench import Bench
from firmware_sim.hil.camera import RealCamera
from firmware_sim.hil.display import RealDisplay
from firmware_sim.hil.person import Person
from firmware_sim.hil.phone import RealPhone, ShownCode
from firmware_sim.hil.printer import RealDrawer, RealPrinter
from firmware_sim.hil.scanner import RealScanner
from terminal.tui.qr import picture

WITHIN_S = 60.0
BENCH = Bench()
UNREAD = ShownCode("alipay")  # the code of a real phone

Verb = Callable[[Person], object]


@pytest.mark.parametrize(
    ("verb", "answer", "asked", "said"),
    [
        (lambda one: RealScanner(BENCH, one).scan("690"), "", "Hold this code under the scanner", None),
        (lambda one: RealScanner(BENCH, one).scan(UNREAD), "", "Hold the phone with the alipay code under", None),
        (lambda one: RealCamera(BENCH, one).show("690"), "", "Hold this code before the camera", None),
        (lambda one: RealCamera(BENCH, one).show(UNREAD), "", "Hold the phone with the alipay code before", None),
        (lambda one: RealCamera(BENCH, one).clear(), "", "Take away what is before the camera", None),
        (lambda one: RealPhone(one).show_code("alipay").text, "", "Open the payment code of alipay", ""),
        (lambda one: RealPhone(one).scan(picture("weixin://x")), "", "Scan this with wechat, and pay", ""),
        (lambda one: RealPhone(one).type_password(), "", "Type the password on the phone", None),
        (
            lambda one: RealPrinter(BENCH, one).paper("12.50").text,
            "y",
            "Has a paper come out that says '12.50'?",
            "12.50",
        ),
        (lambda one: RealPrinter(BENCH, one).has_paper(), "n", "Does a new paper lie there?", False),
        (lambda one: RealPrinter(BENCH, one).run_out(), "", "Take the roll out of the printer", None),
        (lambda one: RealDisplay(BENCH, one).text(), "12.50", "Type what stands on the customer's display", "12.50"),
        (lambda one: RealDrawer(one).opened, "y", "Is the cash drawer open?", True),
        (lambda one: RealDrawer(one).close(), "", "Push the cash drawer shut", None),
        (lambda one: RealAcquirer([], one).ledger("A1"), "1250", "How many fen has the merchant of order A1", 1250),
        (lambda one: RealAcquirer([], one).down(), "", "Cut the line to the acquirer", None),
    ],
)
def test_a_person_is_told_and_believed(
    terminal: tuple[int, Path], verb: Verb, answer: str, asked: str, said: object
) -> None:
    far, path = terminal
    os.write(far, f"{answer}\n".encode())
    assert verb(Person(WITHIN_S, path)) == said
    assert f">>> {asked}" in os.read(far, 1 << 16).decode()


@pytest.mark.parametrize(
    "verb",
    [
        lambda one: RealPrinter(BENCH, one).paper("12.50"),
        lambda one: RealDisplay(BENCH, one).wait_for("12.50"),
        lambda one: RealAcquirer([], one).wait_for("A1", 1250),
    ],
)
def test_what_a_person_does_not_see_is_not_there(terminal: tuple[int, Path], verb: Verb) -> None:
    far, path = terminal
    os.write(far, b"n\n")
    with pytest.raises(TimeoutError, match=r"12.?50"):
        verb(Person(WITHIN_S, path))


def test_what_a_simulated_device_cannot_see_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="cannot see a real phone"):
        _ = UNREAD.read
