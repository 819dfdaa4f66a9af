"""`--web`: what it needs, and which process serves and which one draws."""

import argparse
import gc
import socket
import sys

import pytest

from terminal import cli
from terminal.commands import serving


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """What would have been served: words and port."""
    asked: list[tuple[list[str], int]] = []

    def serve(words: list[str], port: int) -> int:
        asked.append((list(words), port))
        return 0

    for command in ("run", "demo"):
        monkeypatch.setattr(f"terminal.commands.{command}.serve", serve)
    monkeypatch.delenv(serving.DRIVER, raising=False)
    return asked


@pytest.mark.parametrize(
    ("words", "port"),
    [(["run", "--web"], 0), (["run", "--web", "8088", "--camera", "0"], 8088), (["demo", "--seed", "3", "--web"], 0)],
)
def test_the_same_words_are_served(served: list[tuple[list[str], int]], words: list[str], port: int) -> None:
    assert cli.main(words) == 0
    assert served == [(words, port)]
    assert gc.isenabled(), "who serves all day sweeps as well"


def test_the_process_that_draws_does_not_serve_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    serving.add_web(parser)
    args = parser.parse_args(["--web"])
    monkeypatch.delenv(serving.DRIVER, raising=False)
    assert serving.is_to_serve(args)
    monkeypatch.setenv(serving.DRIVER, "textual.drivers.web_driver:WebDriver")
    assert not serving.is_to_serve(args)


def test_without_the_extra_the_way_to_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.delitem(sys.modules, "terminal.tui.served.server", raising=False)
    monkeypatch.delitem(sys.modules, "textual_serve.server", raising=False)
    monkeypatch.delitem(sys.modules, "textual_serve.app_service", raising=False)
    monkeypatch.delenv(serving.DRIVER, raising=False)
    assert cli.main(["run", "--web"]) == cli.MISSING
    assert "pip install 'textual-serve" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("textual_serve")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["run", "--web", str(port)]) == cli.MISSING
    assert f"--web {port}" in capsys.readouterr().err
