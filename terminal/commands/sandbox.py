"""`saoma sandbox`: the acquirer hosts alone, with addresses and credentials for anybody's SDK.

The hosts are the world's: this becomes the world's own process and never imports it.
"""

import argparse
from pathlib import Path

from terminal.commands.agreed import country
from terminal.commands.becoming import become
from terminal.commands.serving import port
from terminal.places import state_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=0, help="the port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--state", metavar="DIR", help="where keys and ledger are kept")
    parser.add_argument("--json", action="store_true", help="print addresses and credentials as one JSON line")
    parser.add_argument(
        "--faults-by-amount", action="store_true", help="amounts ask for faults by their last digits (docs/sandbox.md)"
    )
    parser.add_argument(
        "--city", metavar="NAME", help="where the shops are: agreements may hold there or not (Shanghai)"
    )
    parser.add_argument("--country", type=country, metavar="XX", help="likewise, as HK (CN)")
    parser.add_argument("--currency", metavar="XXX", help="what shops abroad ask for, as HKD")
    parser.add_argument("--settles-in", metavar="XXX", help="what UnionPay pays them in, as USD")
    parser.add_argument("--trials", action="store_true", help="the shops take part in the wallets' trials")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="a story whose steps are told one by one")


def run(args: argparse.Namespace) -> int:
    state = state_dir(args.state, "sandbox")
    words = ["sandbox", "--state", str(state), "--port", str(args.port)]
    words += ["--json"] * args.json + ["--faults-by-amount"] * args.faults_by_amount
    words += ["--trials"] * args.trials
    for name in ("city", "country", "currency", "settles_in"):
        if (value := getattr(args, name)) is not None:
            words += [f"--{name.replace('_', '-')}", value]
    if args.scenario:
        words += ["--scenario", str(args.scenario)]
    become("firmware_sim", words)
