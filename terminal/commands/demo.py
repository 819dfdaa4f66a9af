"""`saoma demo`: the world and a till, with customers paying. All money is fictional."""

import argparse
import json
import os
import random
import sys
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.commands.columns import columns
from terminal.commands.language import add_lang, read_here
from terminal.commands.serving import add_web, is_served, is_to_serve, serve
from terminal.commands.taping import add_record, recorder_for
from terminal.errors import JournalError
from terminal.places import GOODS, JOURNAL, state_dir

if TYPE_CHECKING:
    from terminal.clock import Clock
    from terminal.compose import Counter
    from terminal.tour import Onlooker, Queue
    from terminal.tui.bridge import Extra
    from terminal.tui.looks import Looks
    from terminal.world import World

HEADLESS_SPEED = 30.0
BEAT_S = 1.5  # until a customer whom somebody watches has brought out the phone
STARTING = "Saoma: acquirers, wallets, a camera, a scanner and a printer are being simulated ..."
SCREENS_ROOMS = ("terminal.tui.app", "terminal.compose", "terminal.tour")
PRESS_ENTER = {"en": "Enter opens the till", "zh": "按回车打开收银台"}
CLEARED = "\r\x1b[K"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="no screen: serve, then print the score")
    parser.add_argument("--customers", type=_count, default=20, metavar="N", help="how many, without a screen (20)")
    parser.add_argument("--seed", type=int, default=8, help="who comes and what goes wrong (8)")
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="X",
        help=f"how much faster the documented waits pass (1 on a screen, {HEADLESS_SPEED:g} without)",
    )
    add_lang(parser, "the screen's language", read_here())
    parser.add_argument("--state", metavar="DIR", help="where the demo keeps its books and keys")
    parser.add_argument(
        "--config", metavar="FILE", help="how it looks and which keys it has: [screen] and [keys] of it"
    )
    parser.add_argument("--json", action="store_true", help="the score as JSON")
    parser.add_argument("--camera", metavar="SOURCE", help="a real webcam (0, a URL…) in place of the demo's own")
    parser.add_argument(
        "--phone",
        choices=("here", "lan"),
        nargs="?",
        const="here",
        help="you are the customer: a link to a phone's page, for this machine or for a real phone on the lan",
    )
    add_web(parser)
    add_record(parser)


def run(args: argparse.Namespace) -> int:
    from terminal.clock import Clock
    from terminal.logs import log_to

    if is_to_serve(args):
        return serve(args.words, args.web)
    headless = args.headless or not (is_served() or (sys.stdin.isatty() and sys.stdout.isatty()))
    if headless and not args.headless:
        sys.stderr.write("saoma demo: no terminal here, so without a screen (as with --headless)\n")
    state = state_dir(args.state, "demo")
    log_to(state / "till.log")
    speed = args.speed or (HEADLESS_SPEED if headless else 1.0)
    clock = Clock(speed=speed, start_wall_s=max(time.time(), _left_off_s(state)))
    return _headless(args, state, clock) if headless else _on_screen(args, state, clock)


def _left_off_s(state: Path) -> float:
    """When the last demo here ended: at sixty times life's speed that may be hours ahead, and time never goes back."""
    from terminal.books.files import DAMAGE
    from terminal.books.reader import JournalReader

    with suppress(JournalError, *DAMAGE):  # there was none; or it cannot be read, which the till will say
        reader = JournalReader(state / JOURNAL)
        try:
            return max((entry.wall_ms / 1000 for entry in reader.entries(last=1)), default=0.0)
        finally:
            reader.close()
    return 0.0


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
    from terminal.config import Config, load
    from terminal.schemes import SETTINGS
    from terminal.tui.commands import DEMO
    from terminal.tui.looks import looks_of

    config = load(Path(args.config), SETTINGS) if args.config else Config()
    # Before the screen library, which reads what it sets.
    looks = looks_of(config.screen, config.keys, state, os.environ, DEMO)
    if not is_served():
        sys.stdout.write(STARTING)
        sys.stdout.flush()
    world = _world(args, state, clock)
    try:
        from terminal.commands.supervised import supervised

        for room in SCREENS_ROOMS:  # while the world wakes up, and once for every life of the till
            import_module(room)
        if is_served():
            return _screen(args, state, world, looks)
        world.wait()
        sys.stdout.write(CLEARED)
        if args.phone:
            _offer(world.phone_page(lan=args.phone == "lan"), PRESS_ENTER[args.lang])
        return supervised(lambda kills: _screen(args, state, world, looks, kills))
    finally:
        world.stop()


def _screen(args: argparse.Namespace, state: Path, world: "World", looks: "Looks", kills: int = 0) -> int:
    """One till with its screen, until somebody leaves it or pulls its plug."""
    from terminal.demo import Cashier
    from terminal.tour import Onlooker, Queue
    from terminal.tui.app import PosApp
    from terminal.tui.bridge import Extra
    from terminal.tui.own_screen import show
    from terminal.tui.widgets.tour import Beside

    if args.record and kills:  # a tape is one life long
        args = argparse.Namespace(**{**vars(args), "record": f"{args.record}-{kills + 1}"})
    with _counter(args, world, state, world.clock) as counter:
        customers = Queue(Cashier(counter.till, world, world.clock, beat_s=BEAT_S), world, counter.till, kills=kills)
        onlooker = Onlooker(world, counter.till, customers, counter.journal_path)
        keys = keys_of(customers, onlooker, looks)
        beside = Beside(onlooker.scene, keys, looks.key("demo.panel"))
        panel = Extra(looks.key("demo.panel"), "demo.panel", "Panel", "侧栏", beside.toggle)
        if args.phone:
            customers.pause()
        for one in (customers, onlooker):
            one.start()
        app = PosApp(
            counter.till,
            language=args.lang,
            shop="Saoma Demo Store",
            extras=(*keys, panel),
            demo=True,
            looks=looks,
            beside=beside,
        )
        try:
            show(app, state / "till.log")
        finally:
            for one in (onlooker, customers):
                one.stop()
    return 0


def _offer(link: str, asks: str) -> None:
    """A phone's page, before the till covers it, with a QR code of it for the phone that it is for."""
    from terminal.tui.qr import as_lines

    sys.stdout.writelines(f"{line}\n" for line in as_lines(link))
    sys.stdout.write(f"{link}\n{asks} ")
    sys.stdout.flush()
    sys.stdin.readline()


def keys_of(customers: "Queue", onlooker: "Onlooker", looks: "Looks") -> tuple["Extra", ...]:
    """What somebody who watches may do."""
    from terminal.tui.bridge import Extra

    does = (
        ("demo.next", "Next one", "下一位", customers.hurry),
        ("demo.plug", "Pull plug", "拔电源", customers.pull_the_plug),
        ("demo.pause", "Pause", "暂停来客", customers.pause),
        ("demo.broke", "Broke", "没钱", partial(onlooker.coming, "broke")),
        ("demo.slow", "Slow", "很慢", partial(onlooker.coming, "slow")),
        ("demo.absent_minded", "Absent-minded", "忘输密码", partial(onlooker.coming, "no_password")),
        ("demo.lost_reply", "Lose a reply", "丢应答", partial(onlooker.coming, "lost_reply")),
        ("demo.cut", "Cut the line", "断线", onlooker.cut),
    )
    # In a browser nobody is there to start it again.
    return tuple(Extra(looks.key(one[0]), *one) for one in does if one[0] != "demo.plug" or not is_served())


def _world(args: argparse.Namespace, state: Path, clock: "Clock") -> "World":
    from terminal.world import World

    return World(state, seed=args.seed, clock=clock)


def _counter(args: argparse.Namespace, world: "World", state: Path, clock: "Clock") -> "Counter":
    from terminal.compose import Counter
    from terminal.config import from_table
    from terminal.schemes import SETTINGS

    till = {"shop": "Saoma Demo Store", "language": args.lang, "listen": "127.0.0.1:0"}
    table = {**world.ready["config"], "till": till, "basket": {"catalogue": str(GOODS)}}
    if args.headless:
        table["sound"] = {"outcomes": "off"}
    if args.camera is not None:
        table["camera"] = {"source": args.camera}
    config = from_table(table, "the world's own settings", state, SETTINGS)
    recorder = recorder_for(args, clock)
    return Counter(config, state=state, clock=clock, rng=random.SystemRandom(), is_demo=True, recorder=recorder)


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
        sys.stdout.write(f"{name.replace('_', ' '):<12} {_told(value)}\n")
    if isinstance(rows, list) and rows:
        sys.stdout.writelines(f"{line}\n" for line in ("", *columns(rows)))


def _told(value: object) -> str:
    """For people: no brackets, and a word where there is nothing."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


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
