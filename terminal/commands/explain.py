"""`saoma explain`: what a text is, where it would go, and why."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from terminal.model import Channel, Goods, Meaning, MerchantCode, NotOurs, PaymentCode

if TYPE_CHECKING:
    from terminal.codes.classify import Considered

# The contracts of a shop that nobody configured: what the demo's merchant has.
DEFAULT_CONTRACTS: tuple[tuple[str, tuple[str, ...]], ...] = (("wechat", ("wechat",)),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="the code's text, as a scanner would send it")
    parser.add_argument("--channel", choices=[one.value for one in Channel], default="scanner", help="how it came in")
    parser.add_argument("--config", metavar="FILE", help="whose contracts decide (default: the demo's)")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from terminal.codes.classify import classify, explain
    from terminal.compose import contracts_of
    from terminal.config import load
    from terminal.routing.route import Contract, route
    from terminal.schemes import SETTINGS

    channel = Channel(args.channel)
    meaning = classify(args.text, channel=channel)
    steps = [_step(one) for one in explain(args.text, channel=channel)]
    acquirer = ""
    if isinstance(meaning, PaymentCode):
        contracts = [Contract(name, takes) for name, takes in DEFAULT_CONTRACTS]
        if args.config:
            contracts = contracts_of(load(Path(args.config), SETTINGS))
        way = route(meaning, contracts)
        acquirer = way.acquirer
        steps.extend(way.steps)
    told = {**describe(meaning), "acquirer": acquirer, "steps": steps}
    if args.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join([f"{told['kind']}: {told['what']}", *(f"  - {step}" for step in steps)]) + "\n")
    return 0 if acquirer or not isinstance(meaning, NotOurs | PaymentCode) else 1


def _step(considered: "Considered") -> str:
    source = f" [{considered.grade}: {considered.source}]" if considered.source else ""
    return f"{'' if considered.decided else 'not '}{considered.rule}: {considered.why}{source}"


def describe(meaning: Meaning) -> dict[str, str]:
    """A meaning in plain words; payment codes masked."""
    match meaning:
        case PaymentCode(scheme=scheme, name=name):
            return {"kind": "payment code", "scheme": scheme, "what": f"{name or scheme} {meaning.masked}"}
        case Goods(gtin=gtin):
            return {"kind": "goods", "scheme": "", "what": f"GTIN {gtin}"}
        case MerchantCode(scheme=scheme, kind=kind, name=name):
            return {"kind": "merchant code", "scheme": scheme, "what": f"{name or scheme} ({kind})"}
        case NotOurs(kind=kind, hint=hint):
            return {"kind": "not ours", "scheme": "", "what": f"{kind}: {hint}"}
