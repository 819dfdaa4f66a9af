import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar

from firmware_sim.drawing.counter import Picture
from firmware_sim.drawing.scenes import APPROACH_S, LEAVE_S, Counter

Grey = NDArray[np.uint8]

CODE, GTIN = "134567890123456789", "6901234567892"
WALLETS = ["wechat", "alipay", "unionpay", "ecny", "nobody has heard of it"]
AT_S = 100.0


def visited(seed: int, wallet: str = "wechat") -> Counter:
    counter = Counter(seed)
    counter.arrive(CODE, wallet, AT_S)
    return counter


def grey(picture: Picture) -> Grey:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def texts(picture: Picture) -> set[str]:
    formats = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128]
    return {found.text for found in zxingcpp.read_barcodes(grey(picture), formats=formats)}


@pytest.fixture(scope="module")
def counter() -> Counter:
    return visited(3)


def test_an_empty_counter_is_a_noisy_picture_with_nothing_to_read() -> None:
    counter = Counter(1)
    assert counter.is_empty(0.0)
    assert counter.in_full_view_s is None
    frames = [counter.frame(tick / 30) for tick in range(6)]
    assert all(frame.shape == (720, 1280, 3) and frame.dtype == np.uint8 for frame in frames)
    assert not texts(frames[0])
    assert len({frame.tobytes() for frame in frames}) > 1, "the sensor's noise is never still"
    assert max(np.abs(frame.astype(int) - frames[0]).mean() for frame in frames) < 6


def test_empty_frames_are_read_only_so_that_a_camera_may_encode_them_once() -> None:
    assert not Counter(1).frame(0.0).flags.writeable


def test_the_same_seed_and_visits_give_the_same_pixels_and_another_seed_does_not(counter: Counter) -> None:
    again, other = visited(3), visited(4)
    for t_s in (AT_S - 1, AT_S + 0.2, AT_S + 1.3):
        assert np.array_equal(counter.frame(t_s), again.frame(t_s))
        assert not np.array_equal(counter.frame(t_s), other.frame(t_s))


def test_each_customer_holds_another_phone(counter: Counter) -> None:
    twice = visited(3)
    twice.leave(AT_S + 2)
    twice.arrive(CODE, "wechat", AT_S + 10)
    first, second = twice.frame(AT_S + 1), twice.frame(AT_S + 11)
    assert np.abs(first.astype(int) - second).max() > 60
    assert CODE in texts(second)


@pytest.fixture(scope="module")
def held() -> list[Grey]:
    """Two moments of each of twenty phones, held still as well as a hand can."""
    counter, pictures = Counter(7), []
    for customer in range(20):
        at_s = AT_S + 10 * customer
        counter.arrive(CODE, WALLETS[customer % len(WALLETS)], at_s)
        pictures += [grey(counter.frame(at_s + 0.7 + 0.23 * index)) for index in range(2)]
        counter.leave(at_s + 2)
    return pictures


def by_zxing(picture: Grey, wanted: zxingcpp.BarcodeFormat) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture, formats=[wanted])]


def by_zbar(picture: Grey, wanted: pyzbar.ZBarSymbol) -> list[str]:
    return [found.data.decode() for found in pyzbar.decode(picture, [wanted])]


def test_a_held_qr_is_read_by_both_engines_on_most_frames(held: list[Grey]) -> None:
    zxing = [by_zxing(picture, zxingcpp.BarcodeFormat.QRCode) for picture in held]
    zbar = [by_zbar(picture, pyzbar.ZBarSymbol.QRCODE) for picture in held]
    for read in (zxing, zbar):
        assert sum(found == [CODE] for found in read) >= 0.85 * len(held)
        assert all(found in ([], [CODE]) for found in read)


def test_held_bars_are_read_sometimes_for_they_are_turned_and_blurred(held: list[Grey]) -> None:
    zxing = [by_zxing(picture, zxingcpp.BarcodeFormat.Code128) for picture in held]
    zbar = [by_zbar(picture, pyzbar.ZBarSymbol.CODE128) for picture in held]
    read = sum([CODE] in found for found in zip(zxing, zbar, strict=True))
    assert 0.1 * len(held) <= read <= 0.7 * len(held)


def test_full_view_is_when_a_code_is_first_whole(counter: Counter) -> None:
    moment = counter.in_full_view_s
    assert moment is not None
    assert AT_S < moment < AT_S + APPROACH_S
    assert not any(CODE in texts(counter.frame(t_s)) for t_s in np.arange(AT_S, moment, 1 / 60))


def test_a_phone_stays_until_it_is_told_to_leave_and_is_then_gone() -> None:
    counter = visited(5)
    assert not counter.is_empty(AT_S + 3600)
    counter.leave(AT_S + 2)
    assert not counter.is_empty(AT_S + 2)
    assert CODE in texts(counter.frame(AT_S + 1.9))
    assert counter.is_empty(AT_S + 2 + LEAVE_S)
    assert not counter.frame(AT_S + 2 + LEAVE_S).flags.writeable


def test_it_moves_out_of_the_picture_and_not_all_at_once() -> None:
    counter = visited(6)
    counter.leave(AT_S + 2)
    empty = counter.frame(AT_S - 1).astype(int)
    covered = [(np.abs(counter.frame(AT_S + t_s) - empty) > 40).mean() for t_s in (1.9, 2.2, 2.3, 2.39)]
    assert covered == sorted(covered, reverse=True)
    assert covered[0] > 0.1
    assert covered[-1] < 0.02


def test_nobody_may_arrive_before_the_last_one_has_gone() -> None:
    counter = visited(1)
    with pytest.raises(ValueError, match="still there"):
        counter.arrive(CODE, "wechat", AT_S + 5)
    counter.leave(AT_S + 1)
    with pytest.raises(ValueError, match="still there"):
        counter.arrive(CODE, "wechat", AT_S + 1 + LEAVE_S / 2)
    counter.arrive(CODE, "wechat", AT_S + 1 + LEAVE_S)


def test_packs_of_goods_are_held_up_one_after_the_other_and_most_are_read() -> None:
    counter, read = Counter(7), []
    for index in range(12):
        at_s = AT_S + 10 * index
        counter.lay(GTIN, at_s)
        assert counter.in_full_view_s is not None
        assert at_s < counter.in_full_view_s < at_s + APPROACH_S
        read += by_zxing(grey(counter.frame(at_s + 0.7)), zxingcpp.BarcodeFormat.EAN13)
        with pytest.raises(ValueError, match="still there"):
            counter.arrive(CODE, "wechat", at_s + 1)
        counter.leave(at_s + 2)
        assert counter.is_empty(at_s + 2 + LEAVE_S)
    assert set(read) == {GTIN}
    assert len(read) >= 6


def test_leaving_is_nothing_where_nobody_stands() -> None:
    counter = Counter(1)
    counter.leave(5.0)
    assert counter.is_empty(5.1)


def test_other_picture_sizes_work() -> None:
    counter = Counter(2, size=(640, 480))
    counter.arrive(CODE, "alipay", 0.0)
    assert counter.frame(1.0).shape == (480, 640, 3)
