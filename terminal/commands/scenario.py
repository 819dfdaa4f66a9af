"""`saoma scenario run`: a story played at every acquirer, and whether each step ended as it says.

The hosts are the world's: this becomes the world's own process and never imports it.
"""

import argparse

from terminal.commands.becoming import become


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("run",), help="play it")
    parser.add_argument("file", help="a story, as in configs/stories")
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="at this host only (again for more)"
    )
    parser.add_argument(
        "--wallet", action="append", default=[], metavar="NAME", help="with this wallet only (likewise)"
    )
    parser.add_argument("--json", action="store_true", help="how each step ended, one JSON line each")


def run(args: argparse.Namespace) -> int:
    words = ["scenario", args.file]
    for host in args.host:
        words += ["--host", host]
    for wallet in args.wallet:
        words += ["--wallet", wallet]
    words += ["--json"] * args.json
    become("firmware_sim", words)
