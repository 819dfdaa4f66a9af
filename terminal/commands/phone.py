"""`saoma phone`: a customer's wallet of a running demo or sandbox, in this terminal or in any browser.

The phone is the world's: this becomes a process of its own and never imports it.
"""

import argparse

from terminal.commands.becoming import become
from terminal.commands.language import add_lang, read_here
from terminal.places import state_dir

PURPOSES = ("demo", "sandbox")  # where a world is looked for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wallet", metavar="NAME", help="whose app: wechat, alipay, unionpay, ccb, boc, bocom, pab, citic"
    )
    parser.add_argument("--careful", action="store_true", help="ask for the password at every payment")
    parser.add_argument("--web", action="store_true", help="print a link for a browser on this machine instead")
    parser.add_argument("--lan", action="store_true", help="print one for a phone on the local network, with a warning")
    parser.add_argument("--state", metavar="DIR", help="of the demo or sandbox (default: whichever is running)")
    parser.add_argument("--world", metavar="URL", help="its control address, where it is known")
    add_lang(parser, "the language it speaks", read_here())


def run(args: argparse.Namespace) -> int:
    words = ["phone", "--lang", args.lang]
    places = [args.state] if args.state else [str(state_dir(None, purpose)) for purpose in PURPOSES]
    for place in places:
        words += ["--state", place]
    for name in ("wallet", "world"):
        if (value := getattr(args, name)) is not None:
            words += [f"--{name}", value]
    words += [f"--{name}" for name in ("careful", "web", "lan") if getattr(args, name)]
    become("firmware_sim", words)
