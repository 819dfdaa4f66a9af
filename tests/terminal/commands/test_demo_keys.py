"""The demo's own keys."""

from pathlib import Path
from typing import Any

import pytest

from terminal.commands.demo import keys_of
from terminal.config import ScreenConfig
from terminal.errors import ConfigError
from terminal.tui.commands import COMMANDS, DEMO, SHOP
from terminal.tui.looks import Looks, looks_of

PANEL = "o"


def looks(tmp_path: Path, **keys: tuple[str, ...]) -> Looks:
    named = {name.replace("__", "."): keys for name, keys in keys.items()}
    return looks_of(ScreenConfig(), named, tmp_path, {"TERM": "xterm"}, DEMO)


def test_none_of_them_is_a_cashiers_key(mocker: Any) -> None:
    keys = [extra.key for extra in keys_of(mocker.Mock(), mocker.Mock(), Looks(extras=DEMO))] + [PANEL]
    assert len(set(keys)) == len(keys)
    assert not {key for command in COMMANDS for key in command.keys} & set(keys)


def test_each_does_what_it_says(mocker: Any) -> None:
    customers, onlooker = mocker.Mock(), mocker.Mock()
    for extra in keys_of(customers, onlooker, Looks(extras=DEMO)):
        extra.run()
    assert [call.args[0] for call in onlooker.coming.call_args_list] == ["broke", "slow", "no_password", "lost_reply"]
    for done in (customers.hurry, customers.pause, customers.pull_the_plug, onlooker.cut):
        done.assert_called_once_with()


def test_in_a_browser_nobody_would_start_the_till_again(mocker: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "web")
    assert "demo.plug" not in {extra.id for extra in keys_of(mocker.Mock(), mocker.Mock(), Looks(extras=DEMO))}


def test_each_can_be_laid_elsewhere_and_is_called_by_its_new_key(mocker: Any, tmp_path: Path) -> None:
    changed = looks(tmp_path, demo__broke=("y",), demo__cut=("ctrl+k",), demo__panel=("b",))
    keys = {extra.id: extra.key for extra in keys_of(mocker.Mock(), mocker.Mock(), changed)}
    assert (keys["demo.broke"], keys["demo.cut"], keys["demo.slow"]) == ("y", "ctrl+k", "w")
    assert changed.key("demo.panel") == "b"
    assert changed.commands == COMMANDS
    assert {one.id for one in changed.extras} == {one.id for one in DEMO} >= keys.keys()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"demo__next": ("j",)}, "journal and demo.next both want J"),
        ({"demo__next": ("b",)}, "both want B"),
        ({"journal": ("z",)}, "journal and demo.cut both want Z"),
        ({"demo__next": ("y", "ctrl+y")}, "one key"),
        ({"pay": ("nonsense",)}, "no key 'nonsense'"),
        ({"pay": ("",)}, "no key ''"),
        ({"pay": ("hyper+k",)}, "no key 'hyper"),
    ],
)
def test_a_key_that_another_has_or_nobody_is_refused(tmp_path: Path, keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace("+", ".")):
        looks(tmp_path, **keys)


def test_a_shop_and_a_demo_may_share_a_file_and_a_shop_does_not_want_the_demos_keys(tmp_path: Path) -> None:
    keys = {"demo.plug": ("y",), "drawer": ("ctrl+o",)}
    assert looks_of(ScreenConfig(), {**keys, "pay": ("k",)}, tmp_path, {}, SHOP).key("drawer") == "ctrl+o"
    assert looks_of(ScreenConfig(), {**keys, "pay": ("k",)}, tmp_path, {}, DEMO).key("demo.plug") == "y"
    assert looks_of(ScreenConfig(), {"journal": ("z", "ctrl+j")}, tmp_path, {}, SHOP).commands != COMMANDS
