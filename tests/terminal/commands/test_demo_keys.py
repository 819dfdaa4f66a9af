"""The demo's own keys."""

from typing import Any

from terminal.commands.demo import keys_of
from terminal.tui.commands import COMMANDS

PANEL = "o"


def test_none_of_them_is_a_cashiers_key(mocker: Any) -> None:
    keys = [extra.key for extra in keys_of(mocker.Mock(), mocker.Mock())] + [PANEL]
    assert len(set(keys)) == len(keys)
    assert not {key for command in COMMANDS for key in command.keys} & set(keys)


def test_each_does_what_it_says(mocker: Any) -> None:
    customers, onlooker = mocker.Mock(), mocker.Mock()
    for extra in keys_of(customers, onlooker):
        extra.run()
    assert [call.args[0] for call in onlooker.coming.call_args_list] == ["broke", "slow", "no_password", "lost_reply"]
    for done in (customers.hurry, customers.pause, customers.pull_the_plug, onlooker.cut):
        done.assert_called_once_with()


def test_in_a_browser_nobody_would_start_the_till_again(mocker: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "web")
    assert "demo.plug" not in {extra.id for extra in keys_of(mocker.Mock(), mocker.Mock())}
