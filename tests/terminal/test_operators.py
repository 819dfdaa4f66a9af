"""Who may do what: PINs that are kept as hashes, a door that closes, and one table of rights."""

import stat
from pathlib import Path
from typing import Any

import pytest

from terminal import operators
from terminal.cli import main
from terminal.errors import ConfigError
from terminal.operators import (
    FILE,
    LOCKED_S,
    TABLE,
    WRONG_PINS,
    Act,
    Door,
    Operator,
    Pin,
    Role,
    SignOn,
    keep,
    operators_of,
)

SALT = bytes(range(16))
LI = Operator("7", "李雷", Role.CASHIER, Pin.of("4711", SALT))
HAN = Operator("9", "Han Meimei", Role.MANAGER, Pin.of("2580", SALT))


def test_a_hash_is_the_published_one() -> None:
    """RFC 7914, section 12: the vector of N = 16384, r = 8, p = 1, of which the first 32 bytes."""
    expected = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    assert operators._scrypt("pleaseletmein", b"SodiumChloride").hex() == expected


def test_a_pin_fits_itself_and_nothing_else_and_is_in_no_repr() -> None:
    assert LI.pin.fits("4711")
    assert not LI.pin.fits("4712")
    assert Pin.of("4711") != Pin.of("4711")  # a salt each
    assert "4711" not in repr(LI)
    assert LI.pin.hash.hex() not in repr(LI)
    assert "salt" not in repr(LI)


@pytest.mark.parametrize("pin", ["", "123", "abcd", "1111", "1234", "9876", "1" * 13, "１２３４"])
def test_a_pin_that_nobody_should_have_is_refused(pin: str) -> None:
    with pytest.raises(ConfigError):
        Pin.of(pin)


def test_the_table_names_every_act_and_each_role_may_more() -> None:
    assert set(TABLE) == set(Act)
    rights = [{act for act in Act if role >= TABLE[act]} for role in Role]
    assert rights[0] < rights[1] < rights[2] == set(Act)


# --- the door ---------------------------------------------------------------------------------------------


def test_a_number_and_its_pin_are_let_in() -> None:
    assert Door([LI, HAN]).enter("7", "4711", 0.0) == (SignOn.WELCOME, LI)


def test_five_wrong_pins_close_a_number_for_a_minute_even_to_the_right_one() -> None:
    door = Door([LI, HAN])
    said = [door.enter("7", "0000", 0.0)[0] for _ in range(WRONG_PINS)]
    assert said == [SignOn.WRONG] * (WRONG_PINS - 1) + [SignOn.LOCKED]
    assert door.enter("7", "4711", LOCKED_S - 0.1) == (SignOn.LOCKED, None)
    assert door.enter("9", "2580", 1.0) == (SignOn.WELCOME, HAN)  # others go on
    assert door.enter("7", "4711", LOCKED_S) == (SignOn.WELCOME, LI)


def test_a_right_pin_in_between_starts_the_count_anew() -> None:
    door = Door([LI])
    for pin in ["0000"] * 4 + ["4711"] + ["0000"] * 4:
        said, _ = door.enter("7", pin, 0.0)
    assert said is SignOn.WRONG


def test_an_unknown_number_is_answered_as_a_wrong_pin_is() -> None:
    door = Door([LI])
    assert [door.enter("8", "4711", 0.0)[0] for _ in range(WRONG_PINS)][-1] is SignOn.LOCKED


# --- the file ---------------------------------------------------------------------------------------------


def test_without_a_file_nobody_is_kept_out(tmp_path: Path) -> None:
    assert operators_of(tmp_path) == ()
    assert Door(()).is_open


def test_what_is_kept_is_read_again_by_its_owner_alone(tmp_path: Path) -> None:
    keep(tmp_path, [LI, HAN])
    assert operators_of(tmp_path) == (LI, HAN)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert "4711" not in (tmp_path / FILE).read_text()
    keep(tmp_path, [])
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[operator",
        "operator = 3",
        '[[operator]]\nnumber = "7"',
        '[[operator]]\nnumber = "7"\nname = "x"\nrole = "boss"\nsalt = "00"\nhash = "00"',
        '[[operator]]\nnumber = "7"\nname = "x"\nrole = "cashier"\nsalt = "zz"\nhash = "00"',
        '[[operator]]\nnumber = "x"\nname = "x"\nrole = "cashier"\nsalt = "00"\nhash = "00"',
    ],
)
def test_a_damaged_file_opens_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ConfigError):
        operators_of(tmp_path)


# --- the command ------------------------------------------------------------------------------------------


def typed(mocker: Any, *pins: str) -> Any:
    return mocker.patch("getpass.getpass", side_effect=pins)


def test_operators_are_added_listed_and_removed(tmp_path: Path, mocker: Any, capsys: Any) -> None:
    state = ["operator", "--state", str(tmp_path)]
    typed(mocker, "2580", "2580", "4711", "4711")
    assert main([*state, "add", "9", "Han Meimei", "--role", "manager"]) == 0
    assert main([*state, "add", "7", "李雷"]) == 0
    assert main([*state, "list"]) == 0
    told = capsys.readouterr()
    assert "manager     Han Meimei" in told.out
    assert "2580" not in told.out + told.err
    assert main([*state, "remove", "9"]) == 1  # the last manager
    assert main([*state, "remove", "7"]) == 0
    assert [one.number for one in operators_of(tmp_path)] == ["9"]
    assert main([*state, "remove", "9"]) == 0
    assert operators_of(tmp_path) == ()


def test_two_pins_that_differ_change_nothing(tmp_path: Path, mocker: Any) -> None:
    typed(mocker, "2580", "2581")
    assert main(["operator", "--state", str(tmp_path), "add", "9", "Han", "--role", "manager"]) == 1
    assert not (tmp_path / FILE).exists()


def test_the_first_operator_must_be_a_manager(tmp_path: Path, mocker: Any, capsys: Any) -> None:
    asked = typed(mocker)
    assert main(["operator", "--state", str(tmp_path), "add", "7", "Li"]) == 1
    assert "manager" in capsys.readouterr().err
    asked.assert_not_called()


def test_who_types_no_pin_changes_nothing(tmp_path: Path, mocker: Any, capsys: Any) -> None:
    mocker.patch("getpass.getpass", side_effect=EOFError)  # Ctrl-D, or nobody is there to type
    assert main(["operator", "--state", str(tmp_path), "add", "9", "Han", "--role", "manager"]) == 1
    assert "no PIN was typed" in capsys.readouterr().err
    assert not (tmp_path / FILE).exists()


def test_an_operator_without_a_name_is_refused_and_an_empty_list_says_what_it_means(
    tmp_path: Path, capsys: Any
) -> None:
    state = ["operator", "--state", str(tmp_path)]
    assert main([*state, "add", "9", " ", "--role", "manager"]) == 2
    assert main([*state, "list"]) == 0
    assert "everybody may do everything" in capsys.readouterr().err
