import io
import random
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from firmware_sim.drawing import codes
from firmware_sim.phones.eye import read_code


def _png(*texts: str, scale: int = 4) -> bytes:
    pictures = [np.kron(codes.qr(text), np.ones((scale, scale), np.uint8)) for text in texts]
    tallest = max((picture.shape[0] for picture in pictures), default=50)
    padded = [np.pad(one, ((0, tallest - one.shape[0]), (0, 8)), constant_values=255) for one in pictures]
    image = np.hstack(padded) if padded else np.full((50, 50), 255, np.uint8)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def test_the_text_of_the_one_code_in_a_picture_is_read() -> None:
    assert read_code(_png("https://qr.95516.com/00010000/0111")) == "https://qr.95516.com/00010000/0111"


@pytest.mark.parametrize(
    ("png", "says"),
    [
        (_png(), "there are 0 QR codes"),
        (_png("one", "two"), "there are 2 QR codes"),
        (b"no picture", "that is no picture"),
        (_png("cut")[:90], "that is no picture"),
    ],
)
def test_a_picture_without_exactly_one_code_is_refused(png: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_code(png)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_spoiled_picture_is_refused_or_read_and_does_nothing_else(kind: str, luck: str) -> None:
    rng, file = random.Random(f"{luck} {kind}"), io.BytesIO()
    Image.open(io.BytesIO(_png("https://qr.95516.com/00010000/0111"))).save(file, kind)
    for _ in range(150):
        spoiled = bytearray(file.getvalue())
        for _ in range(rng.randint(1, 8)):
            spoiled[rng.randrange(len(spoiled))] = rng.randrange(256)
        with suppress(ValueError):
            read_code(bytes(spoiled[: rng.choice((len(spoiled), rng.randrange(len(spoiled))))]))
