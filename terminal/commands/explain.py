"""`saoma explain`: what a text is, where it would go or who may pay it, and why."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terminal.commands import agreed
from terminal.model import Channel, Goods, Meaning, MerchantCode, NotOurs, PaymentCode

if TYPE_CHECKING:
    from terminal.codes.classify import Considered
    from terminal.routing.agreements import Decision

# The contracts of a shop that nobody configured: what the demo's merchant has.
DEFAULT_CONTRACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("wechat", ("wechat",)),
    ("alipay", ("alipay",)),
    ("unionpay", ("unionpay",)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """The answer: who carries it or may pay it (empty: nobody), and the steps that led there."""

    by: str
    steps: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="the code's text, as a scanner would send it")
    parser.add_argument("--channel", choices=[one.value for one in Channel], default="scanner", help="how it came in")
    parser.add_argument("--config", metavar="FILE", help="whose contracts decide (default: the demo's)")
    parser.add_argument("--app", help="whose phone scans this shop's code: wechat, quickpass, alipay, ccb…")
    parser.add_argument("--city", default="", help="where: an agreement may hold in some cities only")
    parser.add_argument(
        "--country", type=agreed.country, default="CN", help="where, as CN or JP (default: %(default)s)"
    )
    parser.add_argument("--online", action="store_true", help="on a page or in an app, not at a counter")
    agreed.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from terminal.codes.classify import classify, explain

    channel = Channel(args.channel)
    meaning = classify(args.text, channel=channel)
    told = Told("", ())
    if isinstance(meaning, PaymentCode):
        told = _carried(meaning, args)
    elif isinstance(meaning, MerchantCode):
        told = _paid(meaning, args)
    steps = [*(_step(one) for one in explain(args.text, channel=channel)), *told.steps]
    who = {"acquirer": told.by, "app": ""} if isinstance(meaning, PaymentCode) else {"acquirer": "", "app": told.by}
    answer = {**describe(meaning), **who, "steps": steps}
    if args.json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join([f"{answer['kind']}: {answer['what']}", *(f"  - {step}" for step in steps)]) + "\n")
    asked = isinstance(meaning, PaymentCode | NotOurs) or (isinstance(meaning, MerchantCode) and args.app)
    return 1 if asked and not told.by else 0


def _carried(code: PaymentCode, args: argparse.Namespace) -> Told:
    """Which acquirer a customer's code goes to."""
    from pathlib import Path

    from terminal.compose import contracts_of
    from terminal.config import load
    from terminal.routing.route import Contract, Setting, route
    from terminal.schemes import SETTINGS

    contracts = [Contract(name, takes) for name, takes in DEFAULT_CONTRACTS]
    if args.config:
        contracts = contracts_of(load(Path(args.config), SETTINGS))
    setting = Setting(agreed.interop(args), agreed.day(args), args.city, args.country, args.trials)
    way = route(code, contracts, setting)
    return Told(way.acquirer, way.steps)


def _paid(code: MerchantCode, args: argparse.Namespace) -> Told:
    """Whether an app may pay a shop's code: by the first of its accounts that it may."""
    from terminal.codes.emv.merchant import parse
    from terminal.codes.emv.universal import schemes_of
    from terminal.routing.agreements import Direction, Presence, Question, decide_first

    if not args.app:
        return Told("", ("--app says whose phone scans it, and then whether that app may pay it",))
    question = Question(
        args.app,
        code.scheme,
        Direction.APP_SCANS,
        agreed.day(args),
        Presence.ONLINE if args.online else Presence.OFFLINE,
        args.city,
        args.country,
        trials=args.trials,
    )
    schemes = schemes_of(parse(args.text)) if code.kind == "emv" else (code.scheme,)
    decisions = decide_first(question, schemes, agreed.interop(args))
    steps = tuple(step for scheme, decision in decisions for step in _reasons(scheme, decision))
    if decisions and decisions[-1][1].allowed:
        return Told(args.app, steps)
    return Told("", (*steps, f"{args.app} may not pay it"))


def _reasons(scheme: str, decision: "Decision") -> Iterator[str]:
    verdict = "yes" if decision.allowed else "no"
    yield f"{scheme} account: {verdict}, by {decision.rule or 'no rule'}: {decision.why}"
    yield from (f"{'rests on' if decision.allowed else 'would take'}: {one}" for one in decision.turns_on)


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
