"""A sound for each thing that must be known without looking. Pure: a phase in, a WAV file's bytes out.

One sound never means two outcomes. High and single is good, two low ones are bad (the convention of contactless
readers), three falling ones say that nobody knows.
"""

import io
import math
import wave
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal.steps import Phase

RATE_HZ = 22_050
PEAK = 0.5 * 32_767  # half of full scale: loud enough, and small speakers do not rattle
RAMP_S = 0.004  # a tone that starts at once clicks
SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Tone:
    """One note; a silence where `hz` is 0."""

    hz: float
    seconds: float


_REST = Tone(0, 0.08)

READ: Sequence[Tone] = (Tone(2400, 0.04),)
TONES: Mapping[Phase, Sequence[Tone]] = {
    Phase.PROCESSING: READ,  # the code was read: the phone may be taken away
    Phase.HELD: READ,
    Phase.APPROVED: (Tone(1500, 0.5),),
    Phase.DECLINED: (Tone(750, 0.2), _REST, Tone(750, 0.2)),
    Phase.REFUSED: (Tone(750, 0.2), _REST, Tone(600, 0.2)),
    Phase.REVERSED: (Tone(900, 0.15), _REST, Tone(700, 0.3)),
    Phase.REFUNDED: (Tone(1200, 0.15), _REST, Tone(1500, 0.25)),
    Phase.UNKNOWN: (Tone(900, 0.2), _REST, Tone(700, 0.2), _REST, Tone(500, 0.35)),
}


def wav(tones: Sequence[Tone]) -> bytes:
    """These notes one after another: mono, 16 bits, `RATE_HZ`."""
    samples = array("h")
    for tone in tones:
        samples.extend(_samples(tone))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def _samples(tone: Tone) -> list[int]:
    count = round(tone.seconds * RATE_HZ)
    ramp = RAMP_S * RATE_HZ
    turn = math.tau * tone.hz / RATE_HZ
    return [round(PEAK * min(1.0, at / ramp, (count - at) / ramp) * math.sin(turn * at)) for at in range(count)]
