"""`saoma run`: the till on real devices."""

import argparse
import dataclasses
import gc
import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands.language import add_lang, read_here
from terminal.commands.serving import add_web, is_served, is_to_serve, serve
from terminal.commands.taping import add_record, recorder_for
from terminal.places import state_dir

if TYPE_CHECKING:
    from terminal.config import Config
    from terminal.operators import Operator
    from terminal.tui.looks import Looks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="contracts and devices (see configs/)")
    parser.add_argument(
        "--camera", metavar="SOURCE", help="0, /dev/video0, a URL, a video file or a folder of pictures"
    )
    parser.add_argument("--scanner", metavar="PORT", help="a serial scanner's port, or an address pyserial knows")
    parser.add_argument("--printer", metavar="URL", help="tcp://host:9100 or a device such as /dev/usb/lp0")
    parser.add_argument("--engine", choices=("auto", "zbar", "zxing"), help="force one reader")
    add_lang(parser, "the screen's language")
    parser.add_argument("--state", metavar="DIR", help="where journal and keys are kept")
    parser.add_argument("--training", action="store_true", help="practise with simulated wallets and books of its own")
    add_web(parser)
    add_record(parser)


def run(args: argparse.Namespace) -> int:
    from terminal.config import Config, load
    from terminal.logs import log_to
    from terminal.operators import operators_of
    from terminal.schemes import SETTINGS
    from terminal.tui.looks import looks_of

    if is_to_serve(args):
        return serve(args.words, args.web)
    if not (sys.stdout.isatty() or is_served()):
        sys.stderr.write("saoma run: needs a terminal to draw on; `saoma demo --headless` does not\n")
        return 3
    gc.disable()  # until the screen stands: all that is loaded meanwhile stays
    config = _overridden(load(Path(args.config), SETTINGS) if args.config else Config(), args)
    state = state_dir(args.state, "till")
    log_to(state / "till.log")
    looks = dataclasses.replace(looks_of(config.screen, config.keys, state, os.environ), tips=config.basket.tips)
    operators = operators_of(state)
    training = args.training
    while _session(args, config, state, looks, operators, training=training):
        training = not training
    return 0


def _session(
    args: argparse.Namespace,
    config: "Config",
    state: Path,
    looks: "Looks",
    operators: tuple["Operator", ...],
    *,
    training: bool,
) -> bool:
    """One till with its screen until somebody leaves it; whether that was to begin training, or to end it."""
    import random

    from terminal.clock import Clock
    from terminal.compose import Counter
    from terminal.deploy.notify import supervised
    from terminal.training import FOLDER, lesson

    clock = Clock()
    with ExitStack() as running:
        practice = running.enter_context(lesson(config, state / FOLDER, clock)) if training else None
        counter = Counter(
            practice.config if practice else config,
            state=state / FOLDER if practice else state,
            clock=clock,
            rng=random.SystemRandom(),
            is_demo=False,
            is_lesson=training,
            recorder=recorder_for(args, clock),
            operators={one.number: one.role for one in operators},
        )
        running.enter_context(counter)
        running.enter_context(supervised(counter.is_alive))
        from terminal.tui.app import PosApp  # after the till has begun: books before looks
        from terminal.tui.bridge import Extra
        from terminal.tui.own_screen import show
        from terminal.tui.seat import Staff

        drawer = Extra(looks.key("drawer"), "drawer", "Open drawer", "打开钱箱", counter.till.open_drawer)
        extras = [drawer] if config.printer.url else []
        if practice and practice.ways:
            come = partial(practice.customer, counter.till)
            extras.append(Extra(looks.key("training.customer"), "training.customer", "Next one", "下一位", come))
        app = PosApp(
            counter.till,
            language=config.till.language,
            shop=config.till.shop,
            extras=extras,
            looks=looks,
            staff=Staff(operators, None if args.record else training),
        )
        show(app, state / "till.log")
    return app.is_switching


def _overridden(config: "Config", args: argparse.Namespace) -> "Config":
    """The command line has the last word."""
    given = {
        "camera": {"source": args.camera},
        "scanner": {"port": args.scanner},
        "printer": {"url": args.printer},
        "reader": {"engine": args.engine},
        "till": {"language": args.lang or (None if args.config else read_here())},
    }
    for section, settings in given.items():
        meant = {name: value for name, value in settings.items() if value is not None}
        config = dataclasses.replace(config, **{section: dataclasses.replace(getattr(config, section), **meant)})
    return config
