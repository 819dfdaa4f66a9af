"""`python -m benchmarks WHAT ...`: each benchmark is a module with a `main` that takes words and gives an exit code."""

import importlib
import sys
from collections.abc import Sequence

BENCHMARKS = {
    "reading": "photographs: right, unread and misread by symbology, and what it costs",
    "stream": "a counter's camera: CPU, frames read, first read",
    "bars": "drawn bars in steps of blur and noise",
    "payments": "the till's own part of a payment, beside a commit and a signature",
    "counter": "the till on a screen, with a camera: memory and CPU, idle and reading",
    "soak": "a thousand customers in one run: memory, threads, files, books",
    "ui": "the screen: keys with a camera running, and a cold start beside other programs'",
    "hosts": "signed calls a second of one core, beside the machine's own RSA",
}
USAGE, INTERRUPTED = 2, 130


def main(words: Sequence[str]) -> int:
    if not words or words[0] not in BENCHMARKS:
        lines = (f"  {name.ljust(8)} {does}\n" for name, does in BENCHMARKS.items())
        sys.stderr.write(f"usage: saoma bench WHAT [options]\n\n{''.join(lines)}")
        return USAGE
    module = importlib.import_module(f"benchmarks.{words[0]}")
    try:
        code: int = module.main(words[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
