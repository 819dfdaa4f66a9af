"""Picture files as grey pixels, whatever they were saved as.

Pillow opens them: it knows the most kinds, and a damaged file costs it nothing. (OpenCV 5 spent nine seconds on 72
bytes of a damaged PNG.)
"""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from terminal.errors import SaomaError

Grey = NDArray[np.uint8]

_KINDS = "avif bmp dib gif icns ico jfif jp2 jpe jpeg jpg pbm pcx pgm png pnm ppm tga tif tiff webp"
SUFFIXES = frozenset(f".{kind}" for kind in _KINDS.split(" "))
LARGEST = 150_000_000  # pixels; a damaged or malicious header may claim anything
_DEEP = ("I", "F")  # modes that begin so have more than 8 bits
_WAY_OUT = "save it as PNG or JPEG"


class UnreadablePicture(SaomaError):
    """A file that is no picture, or a damaged one; the message names it."""


def pictures_in(folder: Path) -> Iterator[Path]:
    """The picture files under a folder, by name."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())


def load_grey(path: Path) -> Grey:
    """The first picture in a file as (H, W) uint8, what is transparent as white paper.

    It is left as the sensor saw it, for codes are read at any angle. Raises UnreadablePicture, or OSError where the
    file itself cannot be had.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is near Pillow's
        try:
            with Image.open(file) as image:
                return _grey(image, path)
        except UnidentifiedImageError as error:
            raise UnreadablePicture(f"{path}: not a picture: {_WAY_OUT}") from error
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's decoders say of damage
            raise UnreadablePicture(f"{path}: a damaged picture ({error}): {_WAY_OUT}") from error


def _grey(image: Image.Image, path: Path) -> Grey:
    if image.width * image.height > LARGEST:
        raise _too_large(path)
    if image.mode.startswith(_DEEP):
        return _scaled(np.asarray(image, dtype=np.float32))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(paper, layer)
    return np.asarray(image.convert("L"), dtype=np.uint8)


def _scaled(deep: NDArray[np.float32]) -> Grey:
    """With its brightest pixel white: how many bits were meant, the file does not always say."""
    brightest = float(deep.max(initial=0.0))
    light = np.clip(deep * (255 / brightest if brightest > 0 else 0), 0, 255)
    return np.asarray(light, dtype=np.uint8)


def _too_large(path: Path) -> UnreadablePicture:
    return UnreadablePicture(f"{path}: more than {LARGEST // 1_000_000} million pixels: save it smaller")
