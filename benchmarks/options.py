"""What may be asked of a benchmark."""

import argparse


def whole_number(word: str) -> int:
    """Of rounds, pictures, customers: as argparse wants it, with what is allowed where it is none."""
    if not word.strip().isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number above 0")
    return int(word)
