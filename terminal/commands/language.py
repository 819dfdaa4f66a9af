"""Which language somebody reads who has not said it: Chinese where their surroundings are, else English."""

import argparse
import os
from collections.abc import Mapping

_FIRST_WINS = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX.1-2017, 8.2


def add_lang(parser: argparse.ArgumentParser, purpose: str, default: str | None = None) -> None:
    parser.add_argument("--lang", choices=("zh", "en"), default=default, help=purpose)


def read_here(environ: Mapping[str, str] = os.environ) -> str:
    """The language of a locale's environment, "zh" or "en"."""
    locale = next((value for name in _FIRST_WINS if (value := environ.get(name))), "")
    return "zh" if locale.startswith("zh") else "en"
