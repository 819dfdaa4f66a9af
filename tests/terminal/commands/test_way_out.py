"""What nobody should type, and places that nobody should name: a sentence with the way out, and never a traceback."""

import os
from pathlib import Path
from typing import Any

import apsw
import pytest

from firmware_sim.control import ask
from terminal.cli import main
from terminal.commands.demo import _told

CODE = "134567890123456789"


@pytest.mark.parametrize("bad", ["65536", "99999999", "-1", "x", "٣"])
@pytest.mark.parametrize("words", [["demo", "--web"], ["run", "--web"], ["sandbox", "--port"]], ids=" ".join)
def test_a_port_that_is_none_is_wrong_usage(words: list[str], bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words[:-1], f"{words[-1]}={bad}"])
    assert ended.value.code == 2
    assert "a port from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["sandbox"], ["explain", CODE]], ids=" ".join)
def test_a_country_has_two_capital_letters(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--country", "China"])
    assert ended.value.code == 2
    assert "as CN or JP" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["demo", "--headless"], ["sandbox"], ["operator", "list"]], ids=" ".join)
def test_a_state_folder_that_cannot_be_written_is_something_missing(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # for root, who may write anywhere, only a disk says no
    words = [words[0], "--state", str(tmp_path), *words[1:]]
    assert main(words) == 3
    told = capsys.readouterr().err
    assert str(tmp_path) in told
    assert "--state" in told


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "till.log").mkdir()
    assert main(["demo", "--headless", "--state", str(tmp_path)]) == 3
    assert capsys.readouterr().err == f"saoma: {tmp_path / 'till.log'}: Is a directory\n"


def test_where_pictures_cannot_be_drawn_the_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["read", "--draw", str(tmp_path / "file" / "x"), "picture.png"]) == 2
    assert str(tmp_path / "file" / "x") in capsys.readouterr().err


def test_books_that_are_there_and_cannot_be_opened_are_not_said_to_be_missing(
    tmp_path: Path, mocker: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").touch()
    mocker.patch("apsw.Connection", side_effect=apsw.CantOpenError)
    assert main(["journal", "list", "--state", str(tmp_path)]) == 3
    assert "it must be ours to read" in capsys.readouterr().err


def test_a_service_that_everybody_may_pay_has_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    main(["interop", "--service", "jd"])
    assert "the other 0" not in capsys.readouterr().out


def test_nobody_at_a_control_address_is_said_in_words() -> None:
    with pytest.raises(ConnectionError, match="no world answers there") as caught:
        ask("http://127.0.0.1:1", "phone/open", {})
    assert "urlopen" not in str(caught.value)


def test_a_score_is_told_without_brackets() -> None:
    score: list[object] = [[], {"n": 5, "p50": None}, 0, True]
    assert [_told(one) for one in score] == ["none", "n 5, p50 none", "0", "True"]
