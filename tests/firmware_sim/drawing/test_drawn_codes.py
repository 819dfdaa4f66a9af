import numpy as np
import pytest
import zxingcpp

from firmware_sim.drawing import codes


def enlarged(modules: codes.Modules, scale: int = 4) -> codes.Modules:
    return np.kron(modules, np.ones((scale, scale), np.uint8))


@pytest.mark.parametrize("text", ["134567890123456789", "https://qr.95516.com/00010000/62", "你好，二维码", "1"])
def test_a_qr_is_read_back_and_is_never_a_micro_qr(text: str) -> None:
    modules = codes.qr(text)
    assert modules.dtype == np.uint8
    assert set(np.unique(modules)) == {0, 255}
    assert modules.shape[0] == modules.shape[1] >= 21 + 2 * codes.QR_QUIET
    (found,) = zxingcpp.read_barcodes(enlarged(modules))
    assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.QRCode)


@pytest.mark.parametrize("text", ["134567890123456789", "ABC-abc 42", "6"])
def test_bars_are_read_back(text: str) -> None:
    row = codes.code128(text)
    (found,) = zxingcpp.read_barcodes(enlarged(np.tile(row, (20, 1)), 3))
    assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.Code128)


def test_eighteen_digits_go_in_pairs_as_on_a_phone() -> None:
    assert len(codes.code128("134567890123456789")) == 11 + 9 * 11 + 11 + 13 + 2 * codes.BARS_QUIET


def test_quiet_zones_are_light() -> None:
    modules = codes.qr("1", quiet=2)
    assert (modules[:2] == 255).all()
    assert (modules[:, -2:] == 255).all()
    assert (codes.code128("1", quiet=7)[:7] == 255).all()
