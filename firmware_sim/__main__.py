"""`python -m firmware_sim WHAT`: a till's surroundings, or one device of them, as a process of its own."""

import argparse
import asyncio
import dataclasses
import json
import logging
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from firmware_sim.devices.alone import add_devices
from firmware_sim.phones.alone import add_phone
from firmware_sim.place import Place
from firmware_sim.rates import IN_YUAN
from firmware_sim.sandbox import Sandbox
from firmware_sim.stories import load
from firmware_sim.wallets import WALLETS
from firmware_sim.whereabouts import findable
from terminal.clock import Clock
from terminal.errors import ConfigError, SaomaError
from terminal.places import AGREEMENTS
from terminal.routing.agreements import Interop
from terminal.routing.agreements import load as load_agreements

OK, NO, USAGE, MISSING, INTERRUPTED = 0, 1, 2, 3, 130
COMMANDS = ("sandbox", "phone", "scenario")  # come here by `saoma`, and speak in its name


def main() -> int:
    args = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        return int(args.run(args))
    except ConfigError as error:
        return _sorry(args, error, USAGE)
    except (OSError, SaomaError) as error:  # a port that is taken, a folder that cannot be written
        return _sorry(args, error, MISSING)
    except KeyboardInterrupt:
        return INTERRUPTED


def _sorry(args: argparse.Namespace, error: Exception, code: int) -> int:
    sys.stderr.write(f"saoma {args.what}: {error}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_sim", description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)
    world = _add(kinds, "world", lambda args: asyncio.run(_world(args)))
    world.add_argument("--seed", type=int, default=7, help="who comes to the counter")
    sandbox = _add(kinds, "sandbox", lambda args: asyncio.run(_sandbox(args)))
    sandbox.add_argument("--port", type=int, default=0, help="the HTTP hosts' port on 127.0.0.1")
    sandbox.add_argument("--json", action="store_true", help="addresses and credentials as one JSON line")
    sandbox.add_argument("--faults-by-amount", action="store_true", help="amounts ask for faults by their last digits")
    sandbox.add_argument("--scenario", type=Path, help="a story whose steps are told one by one")
    for kind in (world, sandbox):
        kind.add_argument("--state", type=Path, required=True, help="where keys, ledger and paper are kept")
        kind.add_argument("--speed", type=float, default=1.0, help="how much faster the world's clock runs")
        kind.add_argument("--start-wall", type=float, help="unix seconds at which its clock begins")
        kind.add_argument("--real-start", type=float, help="the machine's monotonic seconds at that moment")
        kind.add_argument("--city", default=Place().city, help="where the shops are: agreements may hold there or not")
        kind.add_argument("--country", default=Place().country, help="as CN or JP")
        kind.add_argument("--currency", default=Place().currency, help="what shops abroad ask for, as HKD")
        kind.add_argument("--settles-in", default=Place().settles_in, help="what UnionPay pays them in, as USD")
        kind.add_argument("--trials", action="store_true", help="the shops take part in the wallets' trials")
        kind.add_argument("--agreements", type=Path, default=AGREEMENTS, help="between the wallets, as a file")
    add_devices(lambda name, run: _add(kinds, name, run))
    add_phone(lambda name, run: _add(kinds, name, run))
    scenario = _add(kinds, "scenario", _scenario)
    scenario.add_argument("file", type=Path, help="a story")
    scenario.add_argument("--host", action="append", default=[], help="at this host only")
    scenario.add_argument("--wallet", action="append", choices=tuple(WALLETS), help="with this wallet only")
    scenario.add_argument("--json", action="store_true", help="how each step ended, one JSON line each")
    return parser


def _add(kinds: Any, name: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, prog=f"saoma {name}" if name in COMMANDS else None)
    parser.set_defaults(run=run)
    return parser


def _clock(args: argparse.Namespace) -> Clock:
    return Clock(args.speed, args.start_wall, args.real_start)


def _place(args: argparse.Namespace) -> tuple[Place, Interop]:
    """Raises ConfigError."""
    for code in filter(None, (args.currency, args.settles_in)):
        if code not in IN_YUAN:
            raise ConfigError(f"{code}: nobody quotes that currency here; there are {', '.join(IN_YUAN)}")
    return Place(args.city, args.country, args.currency, args.settles_in, args.trials), load_agreements(args.agreements)


async def _world(args: argparse.Namespace) -> int:
    from firmware_sim.world import World  # noqa: PLC0415 - loads OpenCV, which a sandbox does without

    place, interop = _place(args)
    async with World(args.state, seed=args.seed, clock=_clock(args), place=place, interop=interop).running() as ready:
        with findable(args.state, ready["control"]):
            _say(ready)
            await _until_told(with_parent=True)
    return OK


async def _sandbox(args: argparse.Namespace) -> int:
    story = load(args.scenario) if args.scenario else None
    place, interop = _place(args)
    sandbox = Sandbox(
        args.state,
        clock=_clock(args),
        port=args.port,
        by_amount=args.faults_by_amount,
        story=story,
        place=place,
        interop=interop,
    )
    async with sandbox.running() as ready:
        with findable(args.state, ready["control"]):
            if args.json:
                _say(ready)
            else:
                sys.stdout.write(_told(ready))
                sys.stdout.flush()
            await _until_told(with_parent=False)
        score = sandbox.score()
    if score is None:
        return OK
    _say(score)
    return NO if score["wrong"] else OK


def _scenario(args: argparse.Namespace) -> int:
    from firmware_sim.stage import play_everywhere  # noqa: PLC0415 - loads every wallet

    logging.disable(logging.INFO)  # hundreds of refusals that are all as they should be
    story = load(args.file)
    played = wrong = 0
    with tempfile.TemporaryDirectory(prefix="saoma-story-") as state:
        for outcome in play_everywhere(story, Path(state), args.host, args.wallet or tuple(WALLETS)):
            played += 1
            wrong += bool(outcome.wrong)
            if args.json:
                _say(dataclasses.asdict(outcome))
            elif outcome.wrong:
                where = f"{outcome.host}, {outcome.wallet}, {outcome.way}"
                sys.stdout.write(f"{outcome.step} ({where}): {'; '.join(outcome.wrong)}\n")
    if not played:
        raise ConfigError("nothing was played: no such host, or none that this wallet may pay at")
    sys.stderr.write(f"{story.title}: {played} sales played, {wrong} ended otherwise than told\n")
    return NO if wrong else OK


def _told(ready: dict[str, Any]) -> str:
    """Addresses and credentials for people."""
    lines = [f"control  {ready['control']}"]
    for name, credentials in ready["hosts"].items():
        lines += ["", f"{name}", *(f"  {key:<22} {value}" for key, value in credentials.items())]
    lines += ["", "# The same for `saoma run --config FILE`:"]
    for contract in ready["acquirer"]:
        lines += [
            "",
            "[[acquirer]]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in contract.items()),
        ]
    return "\n".join([*lines, "", "docs/sandbox.md tells the rest. Ctrl-C ends it.", ""])


def _say(ready: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


async def _until_told(*, with_parent: bool) -> None:
    """Until a signal, or until whoever started us is gone: their end of our standard input closes."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    if with_parent:
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        loop.create_task(reader.read()).add_done_callback(lambda _: ended.set())
    await ended.wait()


if __name__ == "__main__":
    sys.exit(main())
