"""`saoma bench`: us beside our peers, on the machine at hand.

Benchmarks draw with the world and compare with other people's readers, so they are no part of the terminal: this
becomes their own process and never imports them.
"""

import argparse

from terminal.commands.becoming import become

WHAT = ("reading", "stream", "bars", "payments", "counter", "soak", "ui", "hosts")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=WHAT,
        help="pictures, streams, drawn bars, payments, a till, a long day, its screen, or acquirers",
    )
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, metavar="...", help="its own options: saoma bench reading --help"
    )


def run(args: argparse.Namespace) -> int:
    become("benchmarks", [args.what, *args.options])
