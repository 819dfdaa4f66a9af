"""Drawn bars: ladders, what befalls a picture, and the count of misreads."""

import numpy as np
import pytest
import zxingcpp

from benchmarks import bars, misreads
from benchmarks.drawn_bars import Look, any_symbol, content, drawn, modules_of
from terminal.model import Symbology
from terminal.vision.symbol import Grey

SHARP = Look(sigma=0.3, noise=1, module=3)


@pytest.mark.parametrize(
    "symbology", [Symbology.EAN13, Symbology.EAN8, Symbology.UPCA, Symbology.UPCE, Symbology.CODE128]
)
def test_what_is_drawn_sharply_another_reader_reads(symbology: Symbology) -> None:
    rng = np.random.default_rng(3)
    modules, text = modules_of(symbology, content(symbology, rng))
    read = [one.text for one in zxingcpp.read_barcodes(drawn(modules, SHARP, rng), text_mode=zxingcpp.TextMode.Plain)]
    assert [one.rjust(13, "0") for one in read] == [misreads.comparable(symbology, text)]


def test_every_kind_of_symbol_is_drawn() -> None:
    rng = np.random.default_rng(4)
    drawn_kinds = {symbology for symbology, _, _ in (any_symbol(rng) for _ in range(60))}
    assert drawn_kinds == bars.WANTED


@pytest.mark.parametrize("number", range(len(misreads.KINDS)))
def test_a_picture_is_the_same_whenever_it_is_drawn(number: int) -> None:
    kind, (grey, text) = misreads.picture(7, number)
    again, (same, same_text) = misreads.picture(7, number)
    assert (kind, text) == (again, same_text)
    assert (grey == same).all()
    assert grey.dtype == np.uint8
    assert (text is not None) == (kind in {"whole symbols", "more whole symbols", "with an add-on"})


@pytest.mark.parametrize("number", [24664, 36074, 39204, 84394])
def test_what_was_once_misread_in_a_hundred_thousand_pictures_is_not(number: int) -> None:
    kind, (grey, text) = misreads.picture(1, number)
    assert (kind, text) == ("wrong checks", None)
    assert bars.readers()[bars.OURS](grey) == []


def test_what_is_not_in_a_picture_is_a_misread_and_what_is_in_it_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    def knows(grey: Grey) -> list[str]:
        return [text for known, text in whole if text and np.array_equal(known, grey)]

    whole = [misreads.picture(5, number)[1] for number in range(10)]
    found = misreads.run({"knows": knows, "invents": lambda grey: ["1"], "blind": lambda grey: []}, 10, seed=5)
    assert {name: len(wrong) for name, wrong in found["misread"].items()} == {"knows": 0, "invents": 10, "blind": 0}
    assert {name: right.total() for name, right in found["right"].items()} == {"knows": 3, "invents": 0, "blind": 0}
    assert found["with_symbol"] == 3
    assert '"pictures": 10' in capsys.readouterr().err


def test_a_run_can_be_taken_up_where_it_ended() -> None:
    def first_pixels(grey: Grey) -> list[str]:
        return [str(int(grey.sum()))]

    whole = misreads.run({"sum": first_pixels}, 6, seed=2)["misread"]["sum"]
    parts = [misreads.run({"sum": first_pixels}, 3, seed=2, first=first)["misread"]["sum"] for first in (0, 3)]
    assert whole == parts[0] + parts[1]


def test_half_is_the_last_step_before_fewer_were_read() -> None:
    assert bars.Tally(rates=[1.0, 0.6, 0.4, 0.7]).half([0.1, 0.2, 0.3, 0.4]) == 0.2
    assert bars.Tally(rates=[0.4, 1.0]).half([0.1, 0.2]) == 0


def test_a_ladder_is_shown_beside_the_best_peer() -> None:
    tallies = {
        "saoma": bars.Tally([1, 1, 0.5], 0, 0.3),
        "zxing": bars.Tally([1, 0.5, 0], 2, 0.1),
        "zbar": bars.Tally([0.5, 0, 0], 0, 0.2),
    }
    climbed = bars.Climb(Symbology.EAN13, "defocus, sigma in modules", [0.3, 0.6, 1.2], tallies, 10)
    assert climbed.halves == {"saoma": 1.2, "zxing": 0.6, "zbar": 0.3}
    assert "EAN-13: defocus, sigma in modules |   1.2 |   0.6 |  0.3 |               2.0" in bars.table([climbed])
    assert "Misread of 30 pictures: saoma 0, zxing 2, zbar 0." in bars.table([climbed])
    assert bars.as_json(climbed)["ratio"] == 2
    ((name, svg),) = bars.figures([climbed])
    assert name == "bars-blur-ean-13"
    assert all(reader in svg for reader in tallies)
