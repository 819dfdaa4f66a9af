"""`python -m firmware_sim phone`: a wallet of a world that is running already, in this terminal or in a browser."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from firmware_sim.control import ask
from firmware_sim.wallets import WALLETS
from firmware_sim.whereabouts import found
from terminal.errors import ConfigError
from terminal.tui.qr import as_lines

OPEN_TO_ALL = (
    "Now open to the local network, not encrypted. The link lets one browser in, once; all money here is fictional.\n"
    "现在局域网可以访问，没有加密。链接只能打开一个浏览器，只能用一次；这里的钱都是假的。\n"
)


def add_phone(add: Callable[[str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]) -> None:
    phone = add("phone", _run)
    phone.add_argument("--world", metavar="URL", help="a world's control address")
    phone.add_argument("--state", type=Path, action="append", default=[], help="where one may be running")
    phone.add_argument("--wallet", choices=tuple(WALLETS), default="wechat", help="whose app it has")
    phone.add_argument("--careful", action="store_true", help="it asks for the password at every payment")
    phone.add_argument("--lang", choices=("zh", "en"), default="zh")
    phone.add_argument("--web", action="store_true", help="a link to the page for a browser instead")
    phone.add_argument("--lan", action="store_true", help="such a link for the local network: a real phone")


def _run(args: argparse.Namespace) -> int:
    from firmware_sim.phones.by_line import Wallet, converse  # noqa: PLC0415 - numpy: not for every command

    if args.world and not args.world.startswith("http://"):
        raise ConfigError(f"--world {args.world!r}: a control address begins with http://")
    control = args.world or found(args.state)
    try:
        if not (args.web or args.lan):
            converse(Wallet.taken_out(control, args.wallet, args.lang, careful=args.careful), sys.stdin, sys.stdout)
            return 0
        url = ask(control, "phone/page", {"lan": args.lan})["url"]
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if args.lan:
        sys.stderr.write(OPEN_TO_ALL)
        sys.stdout.writelines(f"{line}\n" for line in as_lines(url))
    sys.stdout.write(f"{url}\n")
    return 0
