"""Every reader at hand behind one shape: what a developer would reach for, and ours.

All get the same contiguous (H, W) uint8 array, which is what each of them likes best. What a peer finds in
symbologies nobody asked for is left out before judging, so that a default that looks for everything is not blamed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from benchmarks.score import Found
from terminal.model import Symbology
from terminal.vision import reader
from terminal.vision.options import Options
from terminal.vision.symbol import RETAIL

Grey = NDArray[np.uint8]
Read = Callable[[Grey], list[Found]]
Wanted = frozenset[Symbology]

OURS = "saoma"
BASE = "zxing"  # its cost is 1, others are told as a ratio to it
EVERYTHING = frozenset(Symbology)
ANY_ITF = Options(itf_lengths=frozenset())  # a photograph may show an ITF of any length; a till wants 14 digits

_Formats = zxingcpp.BarcodeFormat
ZXING = {
    Symbology.QR: _Formats.QRCode,
    Symbology.MICRO_QR: _Formats.MicroQRCode,
    Symbology.CODE128: _Formats.Code128,
    Symbology.EAN13: _Formats.EAN13,
    Symbology.EAN8: _Formats.EAN8,
    Symbology.UPCA: _Formats.UPCA,
    Symbology.UPCE: _Formats.UPCE,
    Symbology.ITF: _Formats.ITF,
    Symbology.CODE39: _Formats.Code39,
    Symbology.CODABAR: _Formats.Codabar,
    Symbology.DATA_MATRIX: _Formats.DataMatrix,
    Symbology.PDF417: _Formats.PDF417,
    Symbology.AZTEC: _Formats.Aztec,
}
# What it calls some of them when it looks for everything; which of these names it has depends on its version.
_VARIANTS = {
    "QRCodeModel1": Symbology.QR,
    "QRCodeModel2": Symbology.QR,
    "Code39Std": Symbology.CODE39,
    "Code39Ext": Symbology.CODE39,
    "Code32": Symbology.CODE39,
    "PZN": Symbology.CODE39,
    "ITF14": Symbology.ITF,
    "ISBN": Symbology.EAN13,
    "CompactPDF417": Symbology.PDF417,
    "AztecCode": Symbology.AZTEC,
}
FROM_ZXING = {theirs: ours for ours, theirs in ZXING.items()}
FROM_ZXING |= {getattr(_Formats, name): ours for name, ours in _VARIANTS.items() if hasattr(_Formats, name)}
ZBAR = {
    Symbology.QR: "QRCODE",
    Symbology.CODE128: "CODE128",
    Symbology.EAN13: "EAN13",
    Symbology.EAN8: "EAN8",
    Symbology.UPCA: "UPCA",
    Symbology.UPCE: "UPCE",
    Symbology.ITF: "I25",
    Symbology.CODE39: "CODE39",
    Symbology.CODABAR: "CODABAR",
}
FROM_ZBAR = {theirs: ours for ours, theirs in ZBAR.items()}
FROM_CV2 = {
    "EAN_13": Symbology.EAN13,
    "EAN_8": Symbology.EAN8,
    "UPC_A": Symbology.UPCA,
    "UPC_E": Symbology.UPCE,
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A reader: `start` makes a fresh one that looks for the wanted symbologies, as far as it can be told."""

    name: str
    does: str
    families: Wanted  # what it can read at all
    start: Callable[[Wanted], Read]

    def fresh(self, wanted: Wanted) -> Read:
        read = self.start(wanted)
        return lambda grey: [one for one in read(grey) if one.symbology in wanted]


def peers(*, stream: bool) -> tuple[list[Peer], list[str]]:
    """All that are installed, ours last, and a sentence about each that is missing.

    In a stream ours remembers what it saw; the others have nothing to remember.
    """
    zbar, missing_zbar = _zbar_peers()
    opencv, missing_opencv = _opencv_peers()
    ours = Peer(OURS, "ours", EVERYTHING, _our_stream if stream else _our_stills)
    return [*_zxing_peers(), *zbar, *opencv, ours], [*missing_zbar, *missing_opencv]


def chosen(everyone: Sequence[Peer], names: str | None) -> list[Peer]:
    """The peers named in a comma-separated list, all if there is none; ValueError names those that do not exist."""
    if names is None:
        return list(everyone)
    words = [word.strip() for word in names.split(",")]
    if unknown := set(words) - {peer.name for peer in everyone}:
        raise ValueError(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(peer.name for peer in everyone)}")
    return [peer for peer in everyone if peer.name in words]


# --- zxing-cpp -------------------------------------------------------------------------------------------


def _zxing_peers() -> list[Peer]:
    return [
        Peer(BASE, "zxing-cpp as it comes", EVERYTHING, lambda _: _zxing()),
        Peer(
            "zxing-wanted", "zxing-cpp, the wanted formats", EVERYTHING, lambda wanted: _zxing(formats=_formats(wanted))
        ),
        Peer("zxing-once", "the same without try_rotate, try_downscale, try_invert", EVERYTHING, _zxing_once),
    ]


def _zxing_once(wanted: Wanted) -> Read:
    return _zxing(formats=_formats(wanted), try_rotate=False, try_downscale=False, try_invert=False)


def _formats(wanted: Wanted) -> zxingcpp.BarcodeFormats:
    return zxingcpp.BarcodeFormats([ZXING[symbology] for symbology in Symbology if symbology in wanted])


def _zxing(**settings: Any) -> Read:
    def read(grey: Grey) -> list[Found]:
        # Plain: its default for people would rewrite GS1 and control characters, which is no matter of reading.
        found = zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain, **settings)
        return [Found(FROM_ZXING[one.format], one.text) for one in found if one.format in FROM_ZXING]

    return read


# --- zbar ------------------------------------------------------------------------------------------------


def _zbar_peers() -> tuple[list[Peer], list[str]]:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - its import fails where libzbar is missing
    except ImportError:
        return [], ["pyzbar: libzbar is not on this machine"]

    def reading(types: list[Any] | None) -> Read:
        def read(grey: Grey) -> list[Found]:
            found = [one for one in pyzbar.decode(grey, types) if one.type in FROM_ZBAR]
            return [Found(FROM_ZBAR[one.type], one.data.decode("utf-8", "replace")) for one in found]

        return read

    def wanted_only(wanted: Wanted) -> Read:
        return reading([pyzbar.ZBarSymbol[name] for symbology, name in ZBAR.items() if symbology in wanted])

    families = frozenset(ZBAR)
    return [
        Peer("pyzbar", "pyzbar as it comes", families, lambda _: reading(None)),
        Peer("pyzbar-wanted", "pyzbar, the wanted symbologies", families, wanted_only),
    ], []


# --- OpenCV ----------------------------------------------------------------------------------------------


def _opencv_peers() -> tuple[list[Peer], list[str]]:
    qr, bars = getattr(cv2, "QRCodeDetector", None), getattr(getattr(cv2, "barcode", None), "BarcodeDetector", None)
    aruco = getattr(cv2, "QRCodeDetectorAruco", None)
    present, missing = [], []
    for name, does, families, make, read_with in (
        ("cv2-qr", "cv2.QRCodeDetector", frozenset({Symbology.QR}), qr, _opencv_qr),
        ("cv2-qr-aruco", "cv2.QRCodeDetectorAruco", frozenset({Symbology.QR}), aruco, _opencv_qr),
        ("cv2-barcode", "cv2.barcode.BarcodeDetector", RETAIL, bars, _opencv_bars),
    ):
        if make is None:
            missing.append(f"{does}: not in OpenCV {cv2.__version__}")
        else:
            present.append(Peer(name, does, families, _starter(make, read_with)))
    return present, missing


def _starter(make: Callable[[], Any], read_with: Callable[[Any], Read]) -> Callable[[Wanted], Read]:
    """OpenCV's detectors cannot be told what to look for."""
    return lambda _: read_with(make())


def _opencv_qr(detector: Any) -> Read:
    def read(grey: Grey) -> list[Found]:
        try:
            _, texts, _, _ = detector.detectAndDecodeMulti(grey)
        except (cv2.error, UnicodeDecodeError):  # it raises on tiny pictures and on bytes that are no UTF-8
            return []
        return [Found(Symbology.QR, text) for text in texts if text]

    return read


def _opencv_bars(detector: Any) -> Read:
    def read(grey: Grey) -> list[Found]:
        try:
            _, texts, kinds, _ = detector.detectAndDecodeWithType(grey)
        except cv2.error:
            return []
        named = zip(texts, kinds, strict=True)
        return [Found(FROM_CV2[kind], text) for text, kind in named if text and kind in FROM_CV2]

    return read


# --- ours ------------------------------------------------------------------------------------------------


def _our_stills(wanted: Wanted) -> Read:
    options = Options(wanted, itf_lengths=ANY_ITF.itf_lengths)
    return lambda grey: [Found(one.symbology, one.text) for one in reader.read(grey, options)]


def _our_stream(wanted: Wanted) -> Read:
    watcher = reader.Reader(Options(wanted))
    return lambda grey: [Found(one.symbology, one.text) for one in watcher.look(grey)]
