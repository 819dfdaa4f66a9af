import io

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
