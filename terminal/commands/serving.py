"""`--web`: the same command once more, with a browser for a terminal."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from terminal.errors import SaomaError

DRIVER = "TEXTUAL_DRIVER"  # set for the process that draws in the browser
HIGHEST_PORT = 65535
NEEDS = "--web needs textual-serve, which is not installed: pip install 'textual-serve>=1.1.3'"


def add_web(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--web",
        type=port,
        nargs="?",
        const=0,
        metavar="PORT",
        help="in a browser on this machine; prints a link that works once (needs the extra `web`)",
    )


def port(text: str) -> int:
    """For argparse; 0 is any that is free."""
    if not (text.isascii() and text.isdecimal() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r}: a port from 0 to {HIGHEST_PORT}")
    return int(text)


def is_served() -> bool:
    """Whether this process draws in a browser."""
    return DRIVER in os.environ


def is_to_serve(args: argparse.Namespace) -> bool:
    """Whether this process is the one that serves."""
    return args.web is not None and not is_served()


def serve(words: Sequence[str], port: int) -> int:
    """Serve `saoma WORDS` until Ctrl-C; raises SaomaError where that cannot be."""
    try:
        from terminal.tui.served.server import TillServer
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("textual_serve"):
            raise SaomaError(NEEDS) from error
        raise
    server = TillServer([sys.executable, "-m", "terminal", *words])
    try:
        asyncio.run(server.run(port, _say))
    except OSError as error:
        raise SaomaError(f"--web {port}: {error.strerror or error}") from error
    return 0


def _say(url: str) -> None:
    sys.stderr.write("The till, for one browser on this machine (Ctrl-C ends it):\n")
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
