"""`python -m firmware_sim world|sandbox`: the surroundings of a till as a process of their own."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from firmware_sim.sandbox import Sandbox
from terminal.clock import Clock


def main() -> int:
    args = _parser().parse_args()
    clock = Clock(args.speed, args.start_wall, args.real_start)
    run = _world if args.what == "world" else _sandbox
    try:
        asyncio.run(run(args, clock))
    except OSError as error:  # a port that is taken, a folder that cannot be written
        sys.stderr.write(f"saoma {args.what}: {error}\n")
        return 3
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_sim", description=__doc__)
    parser.add_argument("what", choices=("world", "sandbox"))
    parser.add_argument("--state", type=Path, required=True, help="where keys, ledger and paper are kept")
    parser.add_argument("--seed", type=int, default=7, help="who comes to the counter")
    parser.add_argument("--port", type=int, default=0, help="the sandbox's port on 127.0.0.1")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster the world's clock runs")
    parser.add_argument("--start-wall", type=float, help="unix seconds at which its clock begins")
    parser.add_argument("--real-start", type=float, help="the machine's monotonic seconds at that moment")
    parser.add_argument("--json", action="store_true", help="addresses and credentials as one JSON line")
    return parser


async def _world(args: argparse.Namespace, clock: Clock) -> None:
    from firmware_sim.world import World  # noqa: PLC0415 - loads OpenCV, which a sandbox does without

    async with World(args.state, seed=args.seed, clock=clock).running() as ready:
        _say(ready)
        await _until_told(with_parent=True)


async def _sandbox(args: argparse.Namespace, clock: Clock) -> None:
    async with Sandbox(args.state, clock=clock, port=args.port).running() as ready:
        if args.json:
            _say(ready)
        else:
            sys.stdout.write("\n".join(f"{name:<22} {value}" for name, value in ready.items()) + "\nCtrl-C ends it.\n")
            sys.stdout.flush()
        await _until_told(with_parent=False)


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
