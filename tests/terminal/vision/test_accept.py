import pytest

from terminal.model import Corners, Symbol, Symbology
from terminal.vision.accept import Findings, accepted, covers, is_possible
from terminal.vision.options import Options
from terminal.vision.symbol import Reading

HERE: Corners = ((10, 10), (110, 10), (110, 50), (10, 50))
THERE: Corners = ((10, 200), (110, 200), (110, 240), (10, 240))
EAN, OTHER_EAN = "6901234567892", "9074932437075"
EVERYTHING = Options(frozenset(Symbology))


def reading(
    text: str = EAN,
    symbology: Symbology = Symbology.EAN13,
    engine: str = "zxing",
    step: str = "whole",
    quality: int = 0,
    corners: Corners = HERE,
) -> Reading:
    return Reading(Symbol(text, text.encode(), symbology, "]E0", corners, step), engine, quality)


def texts(*readings: Reading) -> list[str]:
    return [symbol.text for symbol in accepted(readings, EVERYTHING)]


def test_what_both_engines_read_is_believed() -> None:
    symbols = accepted([reading(), reading(engine="zbar", step="upright", quality=2)], EVERYTHING)
    assert [(one.text, one.read_by) for one in symbols] == [(EAN, "zbar+zxing whole")]


@pytest.mark.parametrize("times", [1, 2, 30])
def test_what_one_engine_repeats_of_the_same_crop_is_not_believed(times: int) -> None:
    assert texts(*[reading()] * times) == []
    assert texts(*[reading(engine="zbar", quality=30)] * times) == []


@pytest.mark.parametrize("step", ["along", "stretched", "sharpened", "sharper"])
def test_zxing_alone_is_believed_where_it_reads_the_same_from_bars_that_were_changed(step: str) -> None:
    assert texts(reading(), reading(step=step)) == [EAN]


@pytest.mark.parametrize(
    "steps", [("whole", "upright", "band"), ("along", "stretched"), ("stretched", "stretched cleared")]
)
def test_zxing_alone_is_not_believed_from_crops_that_show_the_same(steps: tuple[str, ...]) -> None:
    """It read 0410170415144 for 7450278415144 in eight crops of blurred bars, all of them as wide as they were."""
    assert texts(*(reading(step=step) for step in steps)) == []


def test_sharpening_may_mislead_both_engines() -> None:
    """Both read 069105290893945711 for 168605290893945711, zbar on two lines."""
    sharp = reading(step="sharpened")
    assert texts(sharp, reading(engine="zbar", step="sharper", quality=7)) == []
    assert texts(sharp, reading(engine="zbar", step="sharper", quality=8)) == [EAN]
    assert texts(sharp, reading(engine="own", step="upright", quality=5)) == [EAN]


def test_zbar_alone_is_believed_when_many_scan_lines_agree_and_some_of_bars_that_were_changed() -> None:
    """Of blurred bars 142 lines read 1061216867428 for 2061956867428: they all saw the same."""
    alone = reading(engine="zbar", step="upright", quality=142)
    assert texts(alone) == []
    assert texts(alone, reading(engine="zbar", step="along", quality=2)) == []
    assert texts(alone, reading(engine="zbar", step="along", quality=3)) == [EAN]
    few = [reading(engine="zbar", step=step, quality=29) for step in ("upright", "along", "sharper")]
    assert texts(*few) == []


def test_a_upc_e_that_zbar_sees_in_an_ean_is_not_believed() -> None:
    """01220104 on 33 lines, and 01121278 on 60, out of EAN-13 that it did not read."""
    assert texts(reading("01121278", Symbology.UPCE, "zbar", "upright", 60)) == []


def test_our_own_reader_is_believed_by_its_margin() -> None:
    assert texts(reading(engine="own", quality=19)) == []
    assert texts(reading(engine="own", quality=20)) == [EAN]


def test_of_a_code_128_our_own_reader_must_be_surer() -> None:
    """It read 100569723790465599 for 100569173790463199 with a margin of 20, behind a stripe of glare."""
    assert texts(reading("134567890123456789", Symbology.CODE128, "own", quality=29)) == []
    assert texts(reading("134567890123456789", Symbology.CODE128, "own", quality=30)) == ["134567890123456789"]


def test_our_own_readers_best_guess_without_any_margin_confirms_nobody() -> None:
    assert texts(reading(), reading(engine="own", quality=4)) == []
    assert texts(reading(), reading(engine="own", quality=5)) == [EAN]


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.DATA_MATRIX, Symbology.PDF417, Symbology.AZTEC])
def test_a_matrix_code_corrects_itself_and_needs_one_read(symbology: Symbology) -> None:
    assert texts(reading("any text", symbology)) == ["any text"]


def test_code_128_needs_a_second_witness() -> None:
    """zxing-cpp read 131000040000899596 for 131000000000039596 off a blurred phone, three frames running."""
    alone = reading("131000040000899596", Symbology.CODE128)
    assert texts(alone, alone, alone) == []


def test_a_micro_qr_is_believed_when_it_had_error_correction_to_spare() -> None:
    assert texts(reading("850389", Symbology.MICRO_QR, quality=0)) == []
    assert texts(reading("COPIES", Symbology.MICRO_QR, quality=60)) == ["COPIES"]


def test_of_two_values_in_one_place_the_better_supported_is_kept() -> None:
    wrong = reading(OTHER_EAN, engine="zbar", quality=60)
    assert texts(wrong, reading(), reading(engine="zbar", quality=5)) == [EAN]


def test_two_codes_in_two_places_are_both_told() -> None:
    one, other = "134567890123456789", "287654321098765432"
    assert texts(reading(one, Symbology.QR), reading(other, Symbology.QR, corners=THERE)) == [one, other]


def test_bars_beside_a_matrix_are_no_rivals_even_where_their_boxes_meet() -> None:
    both = [reading("1", Symbology.QR), *(reading("2222", Symbology.CODE128, engine) for engine in ("zxing", "zbar"))]
    assert sorted(texts(*both)) == ["1", "2222"]


def test_a_value_seen_twice_is_told_once() -> None:
    assert texts(reading("x", Symbology.QR), reading("x", Symbology.QR, corners=THERE)) == ["x"]


def test_where_the_engines_spell_a_qr_differently_zxing_is_believed() -> None:
    assert texts(reading("窶冱", Symbology.QR, "zbar"), reading("’s", Symbology.QR)) == ["’s"]


@pytest.mark.parametrize(
    ("symbology", "text"),
    [
        (Symbology.EAN13, "6901234567893"),  # check digit
        (Symbology.EAN13, "690123456789"),  # length
        (Symbology.UPCE, "0123"),
        (Symbology.CODE39, "T"),  # out of a carpet
        (Symbology.ITF, "1334"),  # part of 2167361334
        (Symbology.DATA_MATRIX, "not wanted at a counter"),
    ],
)
def test_what_cannot_be_is_not_weighed(symbology: Symbology, text: str) -> None:
    assert not is_possible(Symbol(text, b"", symbology, ""), Options())


def test_an_itf_has_fourteen_digits_unless_any_length_was_asked_for() -> None:
    ten = Symbol("2167361334", b"", Symbology.ITF, "]I0")
    assert not is_possible(ten, Options())
    assert is_possible(ten, Options(itf_lengths=frozenset()))
    assert is_possible(Symbol("00012345678905", b"", Symbology.ITF, "]I1"), Options())


def test_a_line_without_height_still_covers_its_place() -> None:
    line: Corners = ((10, 30), (110, 30), (110, 30), (10, 30))
    assert covers(line, (60, 33))
    assert not covers(line, (60, 60))


def test_findings_are_settled_when_nothing_that_was_read_is_in_doubt() -> None:
    findings = Findings(EVERYTHING)
    assert not findings.are_settled
    findings.add([reading()])
    assert not findings.are_settled
    findings.add([reading(engine="zbar", quality=3)])
    assert findings.are_settled
    assert findings.cover((60, 30))
    assert not findings.cover((60, 220))


def test_what_lies_where_a_better_value_was_read_is_no_longer_in_doubt() -> None:
    findings = Findings(EVERYTHING)
    findings.add([reading(OTHER_EAN, engine="zbar", quality=3), reading(corners=THERE)])
    assert sorted(symbol.text for symbol in findings.doubtful) == sorted([OTHER_EAN, EAN])
    findings.add([reading("2222", Symbology.CODE128), reading("2222", Symbology.CODE128, engine="zbar")])
    assert [symbol.text for symbol in findings.doubtful] == [EAN]
