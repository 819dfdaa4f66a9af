"""`saoma simulate`: the whole shop in virtual time, from one seed, with everything that can go wrong.

The world is no part of the terminal: this becomes the simulation's own process and never imports it.
"""

import argparse

from terminal.commands.becoming import become


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--payments", default="1000", metavar="N", help="how many at least (default: 1000)")
    parser.add_argument("--seed", default="1", help="what all of it is drawn from; the same seed, the same run")
    parser.add_argument("--faults", default="all", help="all, none, or names with commas between them")
    parser.add_argument("--tills", default="2", metavar="N", help="tills of the shop (default: 2)")
    parser.add_argument("--signatures", choices=("cheap", "real"), default="cheap", help="a keyed hash, or RSA itself")
    parser.add_argument(
        "--wire", choices=("plain", "real"), default="plain", help="plain words for speed, or the wallets' own bytes"
    )
    parser.add_argument("--jobs", default="1", metavar="N", help="processes; the result is the same (default: 1)")
    parser.add_argument("--replay", metavar="FILE", help="tell a scenario file again, and nothing else")
    parser.add_argument("--save", metavar="FILE", help="where a failure is kept, made small")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    words: list[str] = []
    for name in ("payments", "seed", "faults", "tills", "signatures", "wire", "jobs", "replay", "save"):
        value = getattr(args, name)
        words += [f"--{name}={value}"] if value is not None else []
    words += ["--json"] if args.json else []
    become("firmware_sim.simulation", words)
