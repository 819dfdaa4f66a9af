import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from terminal.scanning.pictures import UnreadablePicture, load_grey, pictures_in

RNG = np.random.default_rng(4)
GREY = cv2.normalize(
    cv2.GaussianBlur(RNG.integers(0, 256, (40, 60)).astype(np.uint8), (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX
)


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        *((mode, "a.png") for mode in ("L", "RGB", "RGBA", "LA", "P", "I;16")),
        *(("RGB", name) for name in ("a.bmp", "a.webp", "a.gif")),
        *((mode, "a.tif") for mode in ("L", "CMYK")),
    ],
)
def test_however_it_was_saved_the_same_grey_comes_out(mode: str, name: str, tmp_path: Path) -> None:
    image = Image.fromarray(GREY.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(GREY).convert(mode)
    image.save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
    loaded = load_grey(tmp_path / name)
    assert loaded.dtype == np.uint8
    assert loaded.shape == GREY.shape
    assert np.abs(loaded.astype(int) - GREY).max() <= 2


def test_one_bit_pictures_are_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(GREY > 127).save(tmp_path / "a.png")
    assert set(np.unique(load_grey(tmp_path / "a.png"))) == {0, 255}


def test_black_on_nothing_is_black_on_white(tmp_path: Path) -> None:
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[5:15, 5:15, 3] = 255
    cv2.imwrite(str(tmp_path / "logo.png"), picture)
    grey = load_grey(tmp_path / "logo.png")
    assert (grey[0, 0], grey[10, 10]) == (255, 0)


def test_a_single_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.webp")
    assert load_grey(tmp_path / "dot.webp").shape == (1, 1)


def test_a_turned_photograph_is_left_as_the_sensor_saw_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees to look at it
    Image.fromarray(GREY).save(tmp_path / "a.jpg", exif=exif)
    assert load_grey(tmp_path / "a.jpg").shape == GREY.shape


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x00\x00\x00\x00WEBP"]
)
def test_what_is_no_picture_is_named_with_the_way_out(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.png").write_bytes(data)
    with pytest.raises(UnreadablePicture, match=r"odd\.png: .*save it.* as PNG or JPEG"):
        load_grey(tmp_path / "odd.png")


def test_any_damage_to_a_file_gets_an_answer_or_a_clear_error(tmp_path: Path) -> None:
    good = cv2.imencode(".png", GREY)[1].tobytes()
    path = tmp_path / "damaged.png"
    rng = np.random.default_rng(8)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(good[: rng.integers(1, len(good) + 1)])
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            outcomes.add(load_grey(path).dtype.name)
        except UnreadablePicture:
            outcomes.add("refused")
    assert outcomes <= {"uint8", "refused"}
    assert "refused" in outcomes


def test_a_header_that_claims_too_much_is_not_believed(tmp_path: Path) -> None:
    good = bytearray(cv2.imencode(".png", GREY)[1].tobytes())
    good[16:24] = struct.pack(">II", 100_000, 100_000)
    good[29:33] = struct.pack(">I", zlib.crc32(good[12:29]))
    (tmp_path / "bomb.png").write_bytes(good)
    with pytest.raises(UnreadablePicture, match="more than 150 million pixels: save it smaller"):
        load_grey(tmp_path / "bomb.png")


def test_a_missing_file_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_grey(tmp_path / "none.png")


def test_a_folder_is_walked_by_name_for_pictures_only(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "deep/c.webp", "notes.txt", "d.png/e.gif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path)]
    assert names == ["a.jpg", "b.PNG", "d.png/e.gif", "deep/c.webp"]
