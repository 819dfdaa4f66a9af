from dataclasses import replace

from terminal.model import Symbol, Symbology
from terminal.vision.options import Options
from terminal.vision.symbol import Reading
from terminal.vision.vote import Vote

OPTIONS = Options(frozenset(Symbology))


def reading(text: str, symbology: Symbology, engine: str = "zxing", step: str = "cut", x: float = 0) -> Reading:
    corners = ((x, 0.0), (x + 90, 0.0), (x + 90, 40.0), (x, 40.0))
    return Reading(Symbol(text, text.encode(), symbology, "", corners, step), engine, 5)


def cast(vote: Vote, *readings: Reading) -> list[str]:
    return [symbol.text for symbol in vote.cast(list(readings))]


def test_a_clean_read_is_believed_in_the_frame_it_is_made_in() -> None:
    assert cast(Vote(OPTIONS), reading("134567890123456789", Symbology.QR)) == ["134567890123456789"]


def test_two_frames_read_differently_prove_what_one_could_not() -> None:
    vote = Vote(OPTIONS)
    assert cast(vote, reading("6901234567892", Symbology.EAN13)) == []
    assert cast(vote, reading("6901234567892", Symbology.EAN13, step="along")) == ["6901234567892"]


def test_the_same_misread_in_every_frame_is_never_believed() -> None:
    vote = Vote(OPTIONS)
    assert not any(cast(vote, reading("131000040000899596", Symbology.CODE128)) for _ in range(40))
    assert [one.text for one in vote.doubtful([reading("131000040000899596", Symbology.CODE128)])]


def test_a_weak_symbology_must_have_been_seen_before() -> None:
    vote = Vote(OPTIONS)
    both = [reading("00012345678905", Symbology.ITF, engine) for engine in ("zxing", "zbar")]
    assert cast(vote, *both) == []
    assert cast(vote, *both) == ["00012345678905"]


def test_what_was_proved_half_a_second_ago_is_no_longer_in_doubt() -> None:
    vote = Vote(OPTIONS)
    both = [reading("134567890123456789", Symbology.CODE128, engine) for engine in ("zxing", "zbar")]
    assert [one.text for one in vote.doubtful(both[:1])] == ["134567890123456789"]
    cast(vote, *both)
    assert vote.doubtful(both[:1]) == []
    assert cast(vote, both[0]) == ["134567890123456789"]


def test_what_is_believed_stays_so_as_long_as_it_is_seen() -> None:
    vote = Vote(OPTIONS)
    both = [reading("134567890123456789", Symbology.CODE128, engine) for engine in ("zxing", "zbar")]
    cast(vote, *both)
    assert all(cast(vote, both[0]) for _ in range(60))
    for _ in range(16):
        cast(vote)
    assert cast(vote, both[0]) == []


def test_a_weaker_reading_of_the_same_kind_takes_nothing_back() -> None:
    vote = Vote(OPTIONS)
    strong, weak = (replace(reading("6901234567892", Symbology.EAN13, "own"), quality=margin) for margin in (60, 3))
    assert cast(Vote(OPTIONS), weak) == []
    assert cast(vote, strong) == cast(vote, weak) == ["6901234567892"]


def test_a_symbol_is_told_where_it_is_now() -> None:
    vote = Vote(OPTIONS)
    vote.cast([reading("134567890123456789", Symbology.CODE128, engine) for engine in ("zxing", "zbar")])
    (symbol,) = vote.cast([reading("134567890123456789", Symbology.CODE128, "zbar", x=50)])
    assert symbol.corners[0] == (50, 0)


def test_the_past_is_forgotten() -> None:
    vote = Vote(OPTIONS)
    cast(vote, reading("6901234567892", Symbology.EAN13))
    for _ in range(15):
        cast(vote)
    assert cast(vote, reading("6901234567892", Symbology.EAN13, step="upright")) == []


def test_a_refreshed_payment_code_is_believed_where_the_old_one_was() -> None:
    vote = Vote(OPTIONS)
    assert cast(vote, reading("134567890123456789", Symbology.QR)) == ["134567890123456789"]
    assert cast(vote, reading("138888888888888888", Symbology.QR)) == ["138888888888888888"]


def test_two_payment_codes_in_view_are_both_told() -> None:
    one, other = reading("134567890123456789", Symbology.QR), reading("287654321098765432", Symbology.QR, x=200)
    assert cast(Vote(OPTIONS), one, other) == ["134567890123456789", "287654321098765432"]
