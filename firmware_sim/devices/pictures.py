"""A stand-in camera's pictures on their way to a till: made into JPEGs, and spoiled where that is asked for."""

import threading
from collections import OrderedDict

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

KEPT_JPEGS = 16  # pictures that are shown again and again (an empty counter) are encoded once


class Jpegs:
    """Encodes (H, W, 3) blue, green, red. Read-only pictures are taken to stay as they are, and encoded once."""

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._known: OrderedDict[int, tuple[Picture, bytes]] = OrderedDict()

    def encoded(self, picture: Picture) -> bytes:
        known = self._known.get(id(picture))
        if known:
            return known[1]
        jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self._quality])[1].tobytes()
        if not picture.flags.writeable:
            self._known[id(picture)] = (picture, jpeg)  # holding the picture keeps its id its own
            while len(self._known) > KEPT_JPEGS:
                self._known.popitem(last=False)
        return jpeg


class Spoiler:
    """Spoils so many of the next pictures: half of each is lost, or it comes in another size than before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._to_tear = self._to_shrink = 0

    def tear(self, pictures: int) -> None:
        """The next pictures lose their second half on the way."""
        with self._lock:
            self._to_tear = pictures

    def shrink(self, pictures: int) -> None:
        """The next pictures come in half the width and height."""
        with self._lock:
            self._to_shrink = pictures

    def drawn(self, picture: Picture) -> Picture:
        with self._lock:
            if not self._to_shrink:
                return picture
            self._to_shrink -= 1
        return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5), dtype=np.uint8)

    def sent(self, data: bytes) -> bytes:
        with self._lock:
            if not self._to_tear:
                return data
            self._to_tear -= 1
        return data[: len(data) // 2]
