"""`saoma interop`: who may pay whom, where, from when, as the agreements file has it."""

import argparse
import json
import sys
from collections.abc import Iterable

from terminal.commands import agreed
from terminal.commands.columns import columns
from terminal.errors import ConfigError

NO_RULE = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--table", action="store_true", help="every app with every scheme (the default)")
    what.add_argument("--service", metavar="NAME", help="which wallets an online service's page offers")
    agreed.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    rows = list(_service(args) if args.service else _table(args))
    if args.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        told = [{name: row[name] for name in row if name != "why"} for row in rows if row["rule"] != NO_RULE]
        sys.stdout.writelines(f"{line}\n" for line in columns(told))
        if others := len(rows) - len(told):
            sys.stdout.write(f"refused, as no agreement covers them: the other {others}\n")
    return 0


def _table(args: argparse.Namespace) -> Iterable[dict[str, str]]:
    from terminal.routing.agreements import table

    for app, scheme, direction, presence, decision in table(agreed.interop(args), agreed.day(args), trials=args.trials):
        yield {
            "app": app.key,
            "code": scheme,
            "direction": direction.value.replace("_", " "),
            "where": presence.value,
            "may": "yes" if decision.allowed else "no",
            "rule": decision.rule or NO_RULE,
            "why": decision.why,
            "turns_on": "; ".join(decision.turns_on),
        }


def _service(args: argparse.Namespace) -> Iterable[dict[str, str]]:
    from terminal.routing.agreements import offered

    interop = agreed.interop(args)
    service = next((one for one in interop.service if one.key == args.service), None)
    if service is None:
        raise ConfigError(
            f"no service is called {args.service!r}; there are {', '.join(s.key for s in interop.service)}"
        )
    for app, decision in offered(service, interop, agreed.day(args)):
        may = "yes" if decision.allowed else "no"
        yield {
            "service": service.name,
            "app": app.key,
            "may": may,
            "rule": decision.rule or NO_RULE,
            "why": decision.why,
        }
