"""`saoma run`: the till on real devices."""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.places import state_dir

if TYPE_CHECKING:
    from terminal.config import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="contracts and devices (see configs/)")
    parser.add_argument(
        "--camera", metavar="SOURCE", help="0, /dev/video0, a URL, a video file or a folder of pictures"
    )
    parser.add_argument("--scanner", metavar="PORT", help="a serial scanner's port, or an address pyserial knows")
    parser.add_argument("--printer", metavar="URL", help="tcp://host:9100 or a device such as /dev/usb/lp0")
    parser.add_argument("--engine", choices=("auto", "zbar", "zxing"), help="force one reader")
    parser.add_argument("--lang", choices=("zh", "en"), help="the screen's language")
    parser.add_argument("--state", metavar="DIR", help="where journal and keys are kept")


def run(args: argparse.Namespace) -> int:
    import random

    from terminal.clock import Clock
    from terminal.compose import Counter
    from terminal.config import Config, load
    from terminal.logs import log_to
    from terminal.schemes import SETTINGS

    if not sys.stdout.isatty():
        sys.stderr.write("saoma run: needs a terminal to draw on; `saoma demo --headless` does not\n")
        return 3
    config = _overridden(load(Path(args.config), SETTINGS) if args.config else Config(), args)
    state = state_dir(args.state, "till")
    log_to(state / "till.log")
    counter = Counter(config, state=state, clock=Clock(), rng=random.SystemRandom(), is_demo=False)
    with counter:
        from terminal.tui.app import PosApp  # after the till has begun: books before looks
        from terminal.tui.own_screen import own_screen

        with own_screen(state / "till.log"):
            PosApp(counter.till, language=config.till.language, shop=config.till.shop, demo=False).run()
    return 0


def _overridden(config: "Config", args: argparse.Namespace) -> "Config":
    """The command line has the last word."""
    given = {
        "camera": {"source": args.camera},
        "scanner": {"port": args.scanner},
        "printer": {"url": args.printer},
        "reader": {"engine": args.engine},
        "till": {"language": args.lang},
    }
    for section, settings in given.items():
        meant = {name: value for name, value in settings.items() if value is not None}
        config = dataclasses.replace(config, **{section: dataclasses.replace(getattr(config, section), **meant)})
    return config
