"""Every reader that is installed, behind one shape."""

import cv2
import numpy as np
import pytest

from benchmarks.peers import OURS, Grey, Peer, chosen, peers
from firmware_sim.drawing import codes
from terminal.model import Symbology
from terminal.vision.options import COUNTER
from terminal.vision.symbol import RETAIL

CODE = "134567890123456789"
STILLS, MISSING = peers(stream=False)
WATCHERS, _ = peers(stream=True)


def qr() -> Grey:
    return np.kron(codes.qr(CODE), np.ones((6, 6), np.uint8))


def pack() -> Grey:
    """An EAN-13 on a grey table: OpenCV's detector finds none on an endless white sheet."""
    bars = np.repeat(np.repeat(codes.ean13("6901234567892")[None], 70, axis=0), 3, axis=1)
    framed = cv2.copyMakeBorder(bars, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=255)
    table = cv2.copyMakeBorder(framed, 120, 120, 120, 120, cv2.BORDER_CONSTANT, value=110)
    return cv2.GaussianBlur(table, (0, 0), 0.8).astype(np.uint8)


def test_what_a_project_would_reach_for_is_there() -> None:
    names = [peer.name for peer in STILLS]
    assert {"zxing", "zxing-wanted", "zxing-once", OURS} <= set(names)
    assert names[-1] == OURS
    assert len(names) + len(MISSING) == 9 or any("pyzbar" in sentence for sentence in MISSING)


@pytest.mark.parametrize(
    "peer", [one for one in STILLS + WATCHERS if Symbology.QR in one.families], ids=lambda peer: peer.name
)
def test_each_reads_a_drawn_qr(peer: Peer) -> None:
    assert {found.value for found in peer.fresh(COUNTER)(qr())} == {CODE}


@pytest.mark.parametrize(
    "peer", [one for one in STILLS + WATCHERS if one.families >= RETAIL], ids=lambda peer: peer.name
)
def test_each_reads_a_drawn_pack_as_thirteen_digits(peer: Peer) -> None:
    assert {found.value for found in peer.fresh(COUNTER)(pack())} <= {"6901234567892"}
    if peer.name != "cv2-barcode":
        assert peer.fresh(COUNTER)(pack())


@pytest.mark.parametrize("peer", STILLS, ids=lambda peer: peer.name)
def test_what_nobody_asked_for_is_left_out(peer: Peer) -> None:
    assert peer.fresh(frozenset({Symbology.CODE128}))(qr()) == []


@pytest.mark.parametrize("peer", STILLS, ids=lambda peer: peer.name)
def test_a_picture_of_one_pixel_has_no_code(peer: Peer) -> None:
    assert peer.fresh(COUNTER)(np.zeros((1, 1), np.uint8)) == []


def test_readers_are_chosen_by_name_in_their_own_order() -> None:
    assert [peer.name for peer in chosen(STILLS, "saoma, zxing")] == ["zxing", "saoma"]


def test_a_reader_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"no peer zebra; there are zxing, "):
        chosen(STILLS, "zebra,saoma")
