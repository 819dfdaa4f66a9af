"""`python -m firmware_sim.simulation`: a shop in virtual time, with all that can go wrong, and the rules held."""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from firmware_sim.simulation.acquirers import Level
from firmware_sim.simulation.run import (
    NAMES,
    SALES,
    Failure,
    Progress,
    Totals,
    afternoons,
    recorded,
    simulate,
    simulate_by_many,
    stage,
)
from firmware_sim.simulation.scenario_file import Play, load, save, shrunk
from terminal.errors import ConfigError

OK, NO, USAGE, INTERRUPTED = 0, 1, 2, 130
REDRAW_S, BAR = 0.5, 30


def main(words: Sequence[str] | None = None) -> int:
    args = _parser().parse_args(words)
    try:
        return _run(args)
    except (ConfigError, ValueError) as error:
        sys.stderr.write(f"saoma simulate: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="saoma simulate", description=__doc__)
    parser.add_argument("--payments", type=_count, metavar="N", default=1000, help="how many at least (default: 1000)")
    parser.add_argument("--seed", default="1", help="what all of it is drawn from; the same seed, the same run")
    parser.add_argument("--faults", default="all", help=f"all, none, or some of {', '.join(NAMES)}")
    parser.add_argument("--tills", type=_count, metavar="N", default=2, help="tills of the shop (default: 2)")
    parser.add_argument(
        "--sales", type=_count, metavar="N", default=SALES, help=f"customers of an afternoon (default: {SALES})"
    )
    parser.add_argument("--wire", choices=tuple(Level), default=Level.PLAIN, help="plain words, or the wallets' own")
    parser.add_argument("--signatures", choices=("cheap", "real"), default="cheap", help="a keyed hash, or RSA itself")
    parser.add_argument(
        "--jobs", type=_count, metavar="N", default=1, help="processes; the result is the same (default: 1)"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE", help="tell a scenario file again, and nothing else")
    parser.add_argument("--save", type=Path, metavar="FILE", help="where a failure is kept, made small")
    parser.add_argument("--keys", type=Path, help="where the acquirers' keys are kept between runs")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    if args.save and not args.save.parent.is_dir():  # found out before the hours, not after them
        raise ConfigError(f"--save {args.save}: there is no folder {args.save.parent}")
    keys = args.keys or Path(platformdirs.user_cache_dir("saoma")) / "simulation"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_real = args.signatures == "real"
    drawn = afternoons(args.seed, args.sales, args.tills, names(args.faults), wire=Level(args.wire))
    if args.jobs > 1 and not args.replay:
        many = {"real_signatures": is_real, "progress": _progress(args.payments)}
        totals, failure = simulate_by_many(args.jobs, drawn, args.payments, keys, **many)
    else:
        with stage(keys, real_signatures=is_real) as play:
            if args.replay:
                totals, failure = simulate(iter([load(args.replay)]), 1, play)
            else:
                totals, failure = simulate(drawn, args.payments, play, _progress(args.payments))
    _say(args, totals, failure)
    if failure and not args.replay:
        with stage(keys, real_signatures=is_real) as play:
            _keep(failure, args.save or Path(f"scenario-{failure.scenario.seed.replace('/', '-')}.json"), play)
    return NO if failure else OK


def names(text: str) -> frozenset[str]:
    """Which faults are meant; raises ValueError for one that there is not."""
    chosen = {"all": NAMES, "none": ()}.get(text, tuple(filter(None, text.split(","))))
    if unknown := sorted(set(chosen) - set(NAMES)):
        raise ValueError(f"no fault is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return frozenset(chosen)


def _progress(payments: int) -> Progress:
    """A bar on a terminal's stderr, drawn anew now and then, and cleared away at the end."""
    next_s = time.monotonic() + REDRAW_S

    def draw(totals: Totals) -> None:
        nonlocal next_s
        if sys.stderr.isatty() and (time.monotonic() > next_s or totals.payments >= payments):
            next_s = time.monotonic() + REDRAW_S
            sys.stderr.write(f"\r\x1b[K{_bar(totals, payments) if totals.payments < payments else ''}")
            sys.stderr.flush()

    return draw


def _bar(totals: Totals, payments: int) -> str:
    done = totals.payments / payments
    left_s = round(totals.wall_s / done - totals.wall_s)
    bar = "━" * round(done * BAR)
    counted = f"{totals.payments} payments, {totals.power_cuts} power cuts"
    return f"{bar:╌<{BAR}} {done:4.0%}  {counted}, {left_s // 60}:{left_s % 60:02} left"


def _say(args: argparse.Namespace, totals: Totals, failure: Failure | None) -> None:
    trace = hashlib.sha256(" ".join(totals.traces).encode()).hexdigest()
    table = {"seed": args.seed, "wire": args.wire, "faults_asked": args.faults, **totals.as_table(), "trace": trace}
    table["broken"] = list(failure.outcome.broken) if failure else []
    if args.json:
        sys.stdout.write(json.dumps(table) + "\n")
    else:
        sys.stdout.write("".join(f"{name:20} {value}\n" for name, value in table.items() if name not in _LISTS))
        sys.stdout.write("".join(f"  {name:18} {count}\n" for name, count in table["faults"].items()))
        sys.stdout.write("every rule held\n" if failure is None else "")
    if failure is not None:
        broken, last = "\n".join(failure.outcome.broken), "\n".join(failure.outcome.last)
        sys.stderr.write(f"\nbroken on afternoon {failure.scenario.seed}:\n{broken}\n\nits last lines:\n{last}\n")


_LISTS = ("faults", "broken")


def _keep(failure: Failure, path: Path, play: Play) -> None:
    """As small as it can be made, to be told again."""
    small = shrunk(recorded(failure), failure.outcome, play)
    save(small, path)
    customers = sum(len(till) for till in small.visits)
    mishaps = len(small.script or {})
    sys.stderr.write(f"\nmade small ({customers} customers, {mishaps} mishaps): saoma simulate --replay {path}\n")


if __name__ == "__main__":
    sys.exit(main())
