from hypothesis import given
from hypothesis import strategies as st

from terminal.receipt.escpos import as_escpos
from terminal.receipt.lines import Align, Cut, Feed, OpenDrawer, Pair, QrCode, Rule, Text

START = bytes.fromhex("1B40 1C26")  # initialise, Chinese mode on


def test_text_is_gbk_under_its_alignment() -> None:
    assert as_escpos([Text("中¥", Align.CENTRE)]) == START + bytes.fromhex("1B6101 D6D0 A3A4 0A")


def test_big_text_is_twice_as_wide_and_high_and_back_to_normal_after() -> None:
    assert as_escpos([Text("A", Align.RIGHT, big=True)]) == START + bytes.fromhex("1B6102 1D2111 41 0A 1D2100")


def test_a_pair_fills_the_line() -> None:
    assert as_escpos([Pair("a", "b")], 32) == START + bytes.fromhex("1B6100") + b"a" + b" " * 30 + b"b\n"


def test_rule_feed_and_cut() -> None:
    assert as_escpos([Rule(), Feed(3), Cut()], 4) == START + bytes.fromhex("1B6100 2D2D2D2D 0A 1B6403 1D564200")


def test_a_qr_goes_with_its_length_in_the_order_printers_want() -> None:
    model, size, correction = "1D286B0400 314132 00", "1D286B0300 314306", "1D286B0300 314531"
    store, show = "1D286B0600 315030 414243", "1D286B0300 315130"
    assert as_escpos([QrCode("ABC")]) == START + bytes.fromhex("1B6101" + model + size + correction + store + show)


def test_a_qr_as_a_picture_tells_its_size_and_sends_all_of_it() -> None:
    head, picture = as_escpos([QrCode("ABC")], draws_qr=True).split(b"\x1dv0\x00")
    assert head == START + bytes.fromhex("1B6101")
    assert picture[:4] == bytes.fromhex("1000 7E00")  # 21 modules of 6 dots: 126 dots in 16 bytes, 126 rows
    assert len(picture) == 4 + 16 * 126
    assert picture[4:10] == bytes.fromhex("FFFFFFFFFFC0")  # the corner's 7 modules: 42 black dots, then white


def test_the_drawer_is_opened_by_a_pulse_that_opens_it_and_does_not_heat_it() -> None:
    assert as_escpos([OpenDrawer()]) == START + bytes.fromhex("1B7000 19FA")


def test_a_long_qr_counts_its_length_in_two_bytes() -> None:
    assert bytes.fromhex("1D286B 0302 315030") + b"x" * 512 in as_escpos([QrCode("x" * 512)])


@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_from_outside_add_no_command(left: str, right: str) -> None:
    made = as_escpos([Text(left, big=True), Pair(left, right)])
    assert made.count(b"\x1b") == 3
    assert made.count(b"\x1d") == 2
    assert made.count(b"\x1c") == 1
    assert b"\x10" not in made
