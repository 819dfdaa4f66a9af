"""What keeps a till from opening is said where somebody sees it: in a browser, on the screen itself."""

import pytest

from terminal import cli
from terminal.commands import run
from terminal.errors import JournalLocked
from terminal.tui import sorry
from terminal.tui.sorry import SorryApp

LOCKED = "another till has the books [bold]here[/]\x1b[2J"


async def test_it_says_its_sentence_and_obeys_none_of_it_until_a_key_is_pressed() -> None:
    app = SorryApp(LOCKED)
    async with app.run_test(size=(80, 24)) as pilot:
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "another till has the books [bold]here[/]?[2J" in text
        await pilot.press("x")
    assert app.return_code == 0


async def test_a_sentence_of_ours_stands_there_in_both_languages() -> None:
    app = SorryApp("/var/lib/saoma: kept by process 4711; close that till, or give another --state")
    async with app.run_test(size=(100, 24)):
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "/var/lib/saoma: kept by process 4711; close that till" in text
        assert "/var/lib/saoma: 正由进程 4711 使用" in text


@pytest.mark.parametrize("driver", ["", "textual.drivers.web_driver:WebDriver"])
def test_a_command_that_fails_in_a_browser_says_so_there(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Heard:
        def __init__(self, sentence: str) -> None:
            self.sentence = sentence

        def run(self) -> None:
            said.append(self.sentence)

    def locked(_: object) -> int:
        raise JournalLocked(LOCKED)

    monkeypatch.setattr(run, "run", locked)
    monkeypatch.setattr(sorry, "SorryApp", Heard)
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    if driver:
        monkeypatch.setenv("TEXTUAL_DRIVER", driver)
    assert cli.main(["run"]) == cli.MISSING
    assert said == ([LOCKED] if driver else [])
