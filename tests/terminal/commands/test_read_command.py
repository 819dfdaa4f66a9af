import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from firmware_sim.devices.camera import MjpegCamera
from firmware_sim.drawing import codes
from terminal.commands import read as command
from terminal.vision.engines import Engines, load

CODE = "134567890123456789"


def saoma_read(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def save(path: Path, text: str = CODE) -> Path:
    Image.fromarray(np.kron(codes.qr(text), np.ones((4, 4), np.uint8))).save(path)
    return path


def save_blank(path: Path) -> Path:
    Image.new("L", (200, 100), 255).save(path)
    return path


def test_each_picture_is_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, blank = save(tmp_path / "a.png"), save_blank(tmp_path / "b.png")
    assert saoma_read("--json", str(one), str(blank)) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["path"] == str(one)
    (symbol,) = first["symbols"]
    assert (symbol["symbology"], symbol["aim"], symbol["text"]) == ("QR", "]Q1", CODE)
    assert np.array(symbol["corners"]).shape == (4, 2)
    assert second == {"path": str(blank), "symbols": []}


def test_for_people_there_is_a_line_for_each_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, blank = save(tmp_path / "a.png"), save_blank(tmp_path / "b.png")
    assert saoma_read(str(one), str(blank)) == 0
    assert capsys.readouterr().out.splitlines() == [f"{one}: QR {CODE}", f"{blank}: no code"]


def test_control_characters_are_shown_and_never_sent_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b[2Jgone\x07\r\nnext\u202etxt 扫码"
    assert saoma_read(str(save(tmp_path / "a.png", hostile))) == 0
    shown = capsys.readouterr().out
    assert shown.rstrip("\n").isprintable()
    assert r"\x1b[2Jgone\x07\r\nnext\u202etxt 扫码" in shown
    assert saoma_read("--json", str(tmp_path / "a.png")) == 0
    line = capsys.readouterr().out
    assert line.rstrip("\n").isprintable()
    assert json.loads(line)["symbols"][0]["text"] == hostile


def test_no_code_anywhere_is_a_no(tmp_path: Path) -> None:
    assert saoma_read(str(save_blank(tmp_path / "a.png"))) == 1


def test_folders_are_walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    save(tmp_path / "deep" / "a.png")
    save(tmp_path / "b.png", "another")
    (tmp_path / "notes.txt").write_text("no picture")
    assert saoma_read("--json", str(tmp_path)) == 0
    texts = [json.loads(line)["symbols"][0]["text"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(texts) == [CODE, "another"]


def test_an_empty_folder_is_a_no_with_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert saoma_read(str(tmp_path)) == 1
    assert "name a picture, or a folder that holds some" in capsys.readouterr().err


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.png").write_text("hello")
    missing, good = tmp_path / "none.png", save(tmp_path / "a.png")
    assert saoma_read(str(missing), str(tmp_path / "text.png"), str(good)) == 2
    out, err = capsys.readouterr()
    assert out == f"{good}: QR {CODE}\n"
    assert f"{missing}: no such file: check the path" in err
    assert f"{tmp_path / 'text.png'}: not a picture: save it as PNG or JPEG" in err


def test_an_unknown_symbology_is_wrong_usage_and_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        saoma_read("--symbologies", "QR,Maxi", "a.png")
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert "no symbology 'Maxi'" in error
    assert "QR, MicroQR, Code128, EAN-13, EAN-8, UPC-A, UPC-E, ITF, Code39, Codabar, DataMatrix, PDF417, Aztec" in error


@pytest.mark.parametrize(("symbologies", "code"), [("qr", 0), ("EAN-13, QR", 0), ("Code128,EAN-13", 1)])
def test_only_the_symbologies_asked_for_are_read(symbologies: str, code: int, tmp_path: Path) -> None:
    assert saoma_read("--symbologies", symbologies, str(save(tmp_path / "a.png"))) == code


@pytest.mark.parametrize("engine", [engine.name for engine in load().present])
def test_an_engine_can_be_forced(engine: str, tmp_path: Path) -> None:
    assert saoma_read("--engine", engine, str(save(tmp_path / "a.png"))) == 0


def test_an_engine_that_is_asked_for_and_missing_is_the_environments_fault(
    tmp_path: Path, mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = Engines(tuple(one for one in load().present if one.name == "zxing"), ("libzbar is not on this machine",))
    mocker.patch("terminal.vision.engines.load", return_value=alone)
    assert saoma_read("--engine", "zbar", str(save(tmp_path / "a.png"))) == 3
    assert saoma_read(str(tmp_path / "a.png")) == 0
    assert "libzbar is not on this machine" in capsys.readouterr().err


def test_a_video_is_read_through_and_each_code_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "counter.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 480))
    for text in [None] * 5 + [CODE] * 8 + [None] * 5 + ["another"] * 8:
        frame = np.full((480, 640, 3), 200, np.uint8)
        if text:
            code = np.kron(codes.qr(text), np.ones((6, 6), np.uint8))
            frame[100 : 100 + len(code), 200 : 200 + len(code)] = code[..., None]
        video.write(frame)
    video.release()
    assert saoma_read("--json", str(path)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert [symbol["text"] for symbol in json.loads(line)["symbols"]] == [CODE, "another"]


def test_a_stream_is_told_as_it_comes_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    frame = np.full((480, 640, 3), 200, np.uint8)
    code = np.kron(codes.qr(CODE), np.ones((6, 6), np.uint8))
    frame[100 : 100 + len(code), 200 : 200 + len(code)] = code[..., None]
    camera = MjpegCamera(lambda _t_s: frame)
    camera.start()
    lines: list[str] = []

    class Listener:
        """A stdout that switches the camera off once it was told something."""

        encoding = "utf-8"

        def write(self, text: str) -> int:
            lines.append(text)
            camera.unplug()
            return len(text)

        def flush(self) -> None:
            pass

    stdout, sys.stdout = sys.stdout, Listener()  # type: ignore[assignment]
    try:
        assert saoma_read("--json", camera.url) == 0
    finally:
        sys.stdout = stdout
        camera.stop()
    assert [json.loads(line)["symbols"][0]["text"] for line in lines] == [CODE]


def test_a_stream_that_does_not_open_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert saoma_read("http://127.0.0.1:9/camera.mjpg") == 2
    assert "http://127.0.0.1:9/camera.mjpg does not open" in capsys.readouterr().err


def test_a_picture_that_may_not_be_opened_is_named(tmp_path: Path, mocker, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(save(tmp_path / "a.png"))
    mocker.patch("terminal.scanning.pictures.load_grey", side_effect=PermissionError(13, "Permission denied", picture))
    assert saoma_read(picture) == 2
    assert f"{picture}: Permission denied: check its rights, or use another place" in capsys.readouterr().err


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10_000, 5_000)])
def test_tiny_and_huge_pictures_get_an_answer(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("L", size, 200).save(tmp_path / "a.png")
    assert saoma_read(str(tmp_path / "a.png")) == 1


def test_how_a_picture_was_read_can_be_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = save(tmp_path / "a.png")
    assert saoma_read("--explain", str(picture)) == 0
    first, *steps = capsys.readouterr().out.splitlines()
    assert first == f"{picture}: QR {CODE}"
    assert any("zxing smaller" in step and CODE in step and " ms " in step for step in steps)
    assert saoma_read("--explain", "--json", str(picture)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["read_by"] == ["zxing smaller"]
    assert {"step": "smaller", "engine": "zxing", "read": [{"symbology": "QR", "text": CODE}]}.items() <= next(
        look for look in told["looks"] if look["read"]
    ).items()
    assert all(look["took_ms"] >= 0 for look in told["looks"])


def test_what_was_looked_at_can_be_drawn(tmp_path: Path) -> None:
    picture, folder = save(tmp_path / "a.png"), tmp_path / "deep" / "drawn"
    assert saoma_read("--draw", str(folder), str(picture), str(save_blank(tmp_path / "b.png"))) == 0
    drawn, blank = (np.asarray(Image.open(path)) for path in sorted(folder.iterdir()))
    assert drawn.shape == (*np.asarray(Image.open(picture)).shape, 3)
    assert ((drawn == (60, 200, 60)).all(axis=2)).sum() > 100  # a green outline
    assert not ((blank == (60, 200, 60)).all(axis=2)).any()


def test_a_folder_to_draw_into_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert saoma_read("--draw", str(tmp_path / "file" / "drawn"), str(save(tmp_path / "a.png"))) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_on_a_terminal_long_work_has_a_bar(tmp_path: Path, mocker, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [str(save(tmp_path / f"{name}.png")) for name in "abcd"]
    mocker.patch.object(command, "PROGRESS_AFTER_S", 0.0)
    mocker.patch.object(sys.stderr, "isatty", return_value=True)
    assert saoma_read(*pictures) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert "[###############               ] 2 of 4" in err
    assert err.endswith("\r")
