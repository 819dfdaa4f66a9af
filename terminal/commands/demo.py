"""`saoma demo`: the world and a till, with customers paying. All money is fictional."""

import argparse
import json
import random
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands.columns import columns
from terminal.errors import SaomaError
from terminal.places import state_dir
from terminal.steps import Notice

if TYPE_CHECKING:
    from terminal.clock import Clock
    from terminal.compose import Counter
    from terminal.demo import Cashier, World
    from terminal.till import TillThread

HEADLESS_SPEED = 30.0
PAUSE_S = 4.0  # between customers that somebody watches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="no screen: serve, then print the score")
    parser.add_argument("--customers", type=_count, default=20, metavar="N", help="how many, without a screen (20)")
    parser.add_argument("--seed", type=int, default=7, help="who comes and what goes wrong (7)")
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="X",
        help=f"how much faster the documented waits pass (1 on a screen, {HEADLESS_SPEED:g} without)",
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="the screen's language")
    parser.add_argument("--state", metavar="DIR", help="where the demo keeps its books and keys")
    parser.add_argument("--json", action="store_true", help="the score as JSON")


def run(args: argparse.Namespace) -> int:
    from terminal.clock import Clock
    from terminal.logs import log_to

    headless = args.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    if headless and not args.headless:
        sys.stderr.write("saoma demo: no terminal here, so without a screen (as with --headless)\n")
    state = state_dir(args.state, "demo")
    log_to(state / "till.log")
    clock = Clock(speed=args.speed or (HEADLESS_SPEED if headless else 1.0))
    return _headless(args, state, clock) if headless else _on_screen(args, state, clock)


def _headless(args: argparse.Namespace, state: Path, clock: "Clock") -> int:
    from terminal.demo import Cashier

    started_s = time.monotonic()
    world = _world(args, state, clock)
    try:
        with _counter(args, world, state, clock) as counter:
            cashier = Cashier(counter.till, world, clock)
            served = []
            for number in range(1, args.customers + 1):
                served.append(cashier.serve())
                cashier.clear()
                _progress(number, args.customers)
            score = cashier.settle(counter.journal_path, served)
    finally:
        world.stop()
    table = score.table() | {"seed": args.seed, "speed": clock.speed, "wall_s": round(time.monotonic() - started_s, 1)}
    _print(table, args.json)
    return 0 if table["books_agree"] else 1


def _on_screen(args: argparse.Namespace, state: Path, clock: "Clock") -> int:
    from terminal.demo import Cashier
    from terminal.tui.app import PosApp
    from terminal.tui.bridge import Extra
    from terminal.tui.own_screen import own_screen

    world = _world(args, state, clock)
    try:
        with _counter(args, world, state, clock) as counter:
            queue = Queue(Cashier(counter.till, world, clock), counter.till)
            extras = (
                Extra("c", "demo.next", "Next customer", "下一位顾客", queue.hurry),
                Extra("p", "demo.pause", "Customers on/off", "顾客 开/关", queue.pause),
            )
            queue.start()
            with own_screen(state / "till.log"):
                PosApp(counter.till, language=args.lang, shop="Saoma Demo Store", extras=extras, demo=True).run()
            queue.stop()
    finally:
        world.stop()
    return 0


class Queue:
    """Customers who come by themselves while somebody watches, until the door is closed."""

    def __init__(self, cashier: "Cashier", till: "TillThread") -> None:
        self._cashier = cashier
        self._till = till
        self._next = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="customers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._cashier.stop()
        self._next.set()
        self._thread.join()

    def hurry(self) -> None:
        """The next customer comes now."""
        self._next.set()

    def pause(self) -> None:
        """Customers stop coming by themselves, or begin to again."""
        if self._open.is_set():
            self._open.clear()
        else:
            self._open.set()
            self._next.set()

    def _serve(self) -> None:
        while not self._ended.is_set():
            self._next.wait(PAUSE_S if self._open.is_set() else None)
            self._next.clear()
            if not self._ended.is_set():
                self._cashier.clear()
                self._serve_one()

    def _serve_one(self) -> None:
        try:
            self._cashier.serve()
        except SaomaError as error:  # the world is gone; the till goes on without it
            self._till.say(Notice("demo.world", str(error)))
            self._ended.set()


def _world(args: argparse.Namespace, state: Path, clock: "Clock") -> "World":
    from terminal.demo import World

    return World(state, seed=args.seed, clock=clock)


def _counter(args: argparse.Namespace, world: "World", state: Path, clock: "Clock") -> "Counter":
    from terminal.compose import Counter
    from terminal.config import from_table
    from terminal.schemes import SETTINGS

    till = {"shop": "Saoma Demo Store", "language": args.lang, "listen": "127.0.0.1:0"}
    config = from_table({**world.ready["config"], "till": till}, "the world's own settings", state, SETTINGS)
    return Counter(config, state=state, clock=clock, rng=random.SystemRandom(), is_demo=True)


def _progress(number: int, of: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{number} of {of} customers served" + ("\n" if number == of else ""))
        sys.stderr.flush()


def _print(table: dict[str, object], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(table) + "\n")
        return
    rows = table.pop("by_wallet")
    for name, value in table.items():
        sys.stdout.write(f"{name.replace('_', ' '):<12} {value}\n")
    if isinstance(rows, list) and rows:
        sys.stdout.writelines(f"{line}\n" for line in ("", *columns(rows)))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 100_000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r}: a number of customers from 1 to 100000")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1.0 <= speed <= 1000.0:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r}: a factor from 1 to 1000")
    return speed
