"""What a phone's camera makes of a picture: the text of the one QR code in it, by zxing-cpp and nothing of ours."""

import io

import numpy as np
import zxingcpp
from PIL import Image, UnidentifiedImageError

QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
MOST_PIXELS = 4096 * 4096
KINDS = ("PNG", "JPEG", "WEBP")  # what phones and browsers make; Pillow knows others that run programs


def read_code(png: bytes) -> str:
    """The text of the QR code in a picture; raises ValueError where there is none, or more than one."""
    try:
        with Image.open(io.BytesIO(png), formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("the picture is larger than a phone would take")
            grey = np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("that is no picture") from error
    found = zxingcpp.read_barcodes(grey, formats=QR)
    if len(found) != 1:
        raise ValueError(f"there are {len(found)} QR codes in the picture: one is wanted")
    return found[0].text
