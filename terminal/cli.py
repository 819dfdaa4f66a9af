"""The command line: one table of commands, each in a module that is loaded only when it is asked for.

Exit codes: 0 good, 1 the answer is no, 2 wrong usage, 3 the environment is missing something.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.errors import ConfigError, SaomaError

OK, NO, USAGE, MISSING = 0, 1, 2, 3
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    does: str
    example: str


COMMANDS = (
    Command(
        "demo", "the world and a till, with customers paying", "saoma demo --headless --customers 20 --seed 7 --json"
    ),
    Command("run", "the till on real devices", "saoma run --camera 0 --scanner /dev/ttyACM0"),
    Command("read", "read the codes in pictures, folders, videos, streams", "saoma read photo.jpg --json"),
    Command("explain", "what a code is, where it would go, and why", "saoma explain 134567890123456789"),
    Command("interop", "who may pay whom, where, from when", "saoma interop --table --at 2021-10-01"),
    Command("sandbox", "the acquirer hosts alone, for anybody's SDK", "saoma sandbox --json"),
    Command("phone", "a customer's wallet, in the terminal or as a page for a real phone", "saoma phone --web"),
    Command("scenario", "a story played at every acquirer", "saoma scenario run configs/stories/counter.toml"),
    Command(
        "simulate",
        "the whole shop in virtual time, with everything that can go wrong",
        "saoma simulate --payments 1000 --json",
    ),
    Command("journal", "the books: list, show, verify, export", "saoma journal export --csv journal.csv"),
    Command("settle", "the end of a day, held against the acquirers' bills", "saoma settle --config till.toml"),
    Command(
        "reconcile",
        "a bill held against the books",
        "saoma reconcile --bill bill.csv --acquirer wechat --config till.toml",
    ),
    Command("replay", "a recorded session again, held against what it did", "saoma replay tape"),
    Command("bench", "us beside our peers, in one run", "saoma bench stream --seeds 1,2"),
    Command(
        "install-service",
        "this machine as a till at boot: what is written, or all of it",
        "saoma install-service --dry-run",
    ),
    Command("operator", "who may sign on at the till", 'saoma operator add 7 "Li Lei" --role manager'),
    Command("doctor", "what is plugged in, what is missing, what to type", "saoma doctor"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = next((one for one in COMMANDS if words and one.name == words[0]), None)
    if command is None:
        return _top(words)
    try:
        return _run(command, words)
    except ConfigError as error:
        return _say(error, USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `saoma … | head`: nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (SaomaError, OSError) as error:  # or a file of somebody else's, a full disk
        return _say(error, MISSING)


def _run(command: Command, words: Sequence[str]) -> int:
    module = importlib.import_module(f"terminal.commands.{command.name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"saoma {command.name}", description=f"{command.does}.", epilog=f"example: {command.example}"
    )
    module.add_arguments(parser)
    code: int = module.run(parser.parse_args(words[1:], argparse.Namespace(words=tuple(words))))
    return code


def _top(words: Sequence[str]) -> int:
    width = max(len(command.name) for command in COMMANDS)
    lines = "\n".join(f"  {command.name.ljust(width)}  {command.does}" for command in COMMANDS)
    parser = argparse.ArgumentParser(
        prog="saoma",
        usage="saoma COMMAND [options]",
        description="A checkout terminal for the QR-payment counter, and the world to test it against.",
        epilog=f"commands:\n{lines}\n\n`saoma COMMAND --help` tells more.  example: saoma demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"saoma {_version()}" if "--version" in words else "")
    if not words:
        parser.print_help()
        return USAGE
    if not words[0].startswith("-"):
        parser.error(f"no command {words[0]!r}; there are {', '.join(command.name for command in COMMANDS)}")
    parser.parse_args(words)
    return OK


def _version() -> str:
    from importlib.metadata import version

    return version("saoma")


def _say(error: SaomaError | OSError, code: int) -> int:
    told = str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        told = f"{error.filename}: {error.strerror}"
    if "TEXTUAL_DRIVER" in os.environ:  # drawn in a browser, where nobody sees our standard error
        from terminal.tui.sorry import SorryApp

        SorryApp(told).run()
    sys.stderr.write(f"saoma: {told}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
