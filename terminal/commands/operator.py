"""`saoma operator`: who may sign on at this till. A PIN is typed twice, never given as an argument, never shown."""

import argparse
import getpass
import sys
from pathlib import Path

from terminal.operators import Operator, Pin, Role, checked, keep, operators_of, role_of
from terminal.places import state_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", metavar="DIR", help="the till's state directory")
    what = parser.add_subparsers(dest="what", required=True, metavar="add|list|remove")
    add = what.add_parser("add", help="a new operator, or a new PIN for one")
    add.add_argument("number", help="what is typed to sign on: 7")
    add.add_argument("name")
    add.add_argument("--role", choices=[role.word for role in Role], default=Role.CASHIER.word)
    remove = what.add_parser("remove", help="an operator who has left")
    remove.add_argument("number")
    what.add_parser("list", help="who may sign on")


def run(args: argparse.Namespace) -> int:
    folder = state_dir(args.state, "till")
    known = {one.number: one for one in operators_of(folder)}
    if args.what == "list":
        sys.stdout.writelines(f"{one.number:>6}  {one.role.word:<10}  {one.name}\n" for one in known.values())
        if not known:
            sys.stderr.write("saoma operator: there are none, so everybody may do everything: saoma operator add\n")
        return 0
    return _add(args, folder, known) if args.what == "add" else _remove(args.number, folder, known)


def _add(args: argparse.Namespace, folder: Path, known: dict[str, Operator]) -> int:
    number, name = checked(args.number, args.name)
    role = role_of(args.role)
    if not any(one.role is Role.MANAGER for one in known.values() if one.number != number) and role < Role.MANAGER:
        return _no("there must be a manager (--role manager): nobody else could change the settings")
    try:
        pin = Pin.of(getpass.getpass(f"PIN for {name} ({number}): "))
        if not pin.fits(getpass.getpass("the same once more: ")):
            return _no("the two PINs differ; nothing was changed")
    except EOFError:
        return _no("no PIN was typed; nothing was changed")
    known[number] = Operator(number, name, role, pin)
    keep(folder, known.values())
    return 0


def _remove(number: str, folder: Path, known: dict[str, Operator]) -> int:
    if known.pop(number, None) is None:
        return _no(f"there is no operator {number}; there are {', '.join(known) or 'none'}")
    if known and not any(one.role is Role.MANAGER for one in known.values()):
        return _no("that is the last manager: make another one first, or remove everybody else before")
    keep(folder, known.values())
    return 0


def _no(why: str) -> int:
    sys.stderr.write(f"saoma operator: {why}\n")
    return 1
