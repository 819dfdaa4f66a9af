"""`saoma journal`: the books, to look at beside a running till or without one."""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from terminal.errors import JournalDamaged
from terminal.model import Entry
from terminal.places import state_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("list", "show", "verify"), help="newest entries; one order; check every entry")
    parser.add_argument("order", nargs="?", help="the order number, for `show`")
    parser.add_argument("--last", type=int, default=20, metavar="N", help="how many entries to list (default 20)")
    parser.add_argument("--demo", action="store_true", help="the demo's books instead of the till's")
    parser.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    parser.add_argument("--json", action="store_true", help="one JSON line an entry")


def run(args: argparse.Namespace) -> int:
    from terminal.books.journal import JournalReader

    path = journal_path(args.state, demo=args.demo)
    reader = JournalReader(path)
    try:
        if args.what == "verify":
            return _verify(reader, path, args.json)
        if args.what == "show" and not args.order:
            sys.stderr.write("saoma journal show: which order? `saoma journal list` names them\n")
            return 2
        last = None if args.what == "show" else args.last
        entries = reader.entries(order_id=args.order if args.what == "show" else None, last=last)
    finally:
        reader.close()
    if args.what == "show" and not entries:
        sys.stderr.write(f"saoma: no order {args.order} in {path}\n")
        return 1
    sys.stdout.writelines(_lines(entries, args.json))
    return 0


def journal_path(state: str | None, *, demo: bool) -> Path:
    """The file that `saoma run` or `saoma demo` writes."""
    return state_dir(state, "demo" if demo else "till") / "journal.db"


def _verify(reader: object, path: Path, as_json: bool) -> int:
    from terminal.books.journal import JournalReader

    assert isinstance(reader, JournalReader)
    try:
        count = reader.verify()
    except JournalDamaged as error:
        sys.stdout.write(json.dumps({"ok": False, "why": str(error)}) + "\n" if as_json else f"DAMAGED  {error}\n")
        return 1
    sound = {"ok": True, "entries": count, "path": str(path)}
    sys.stdout.write(json.dumps(sound) + "\n" if as_json else f"sound: {count} entries, every one in its place\n")
    return 0


def _lines(entries: Iterable[Entry], as_json: bool) -> Iterable[str]:
    for entry in entries:
        stamp = datetime.fromtimestamp(entry.wall_ms / 1000, UTC).isoformat(timespec="milliseconds")
        if as_json:
            line = {"seq": entry.seq, "boot": entry.boot, "at": stamp, "order": entry.order_id, "kind": entry.kind}
            yield json.dumps({**line, "body": entry.body}, ensure_ascii=False) + "\n"
        else:
            facts = " ".join(f"{name}={value}" for name, value in entry.body.items() if name not in _DULL)
            yield f"{entry.seq:>6}  {stamp}  {entry.order_id:<24} {entry.kind:<10} {_printable(facts)}\n"


_DULL = ("code_mac", "sale_id", "boot")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)
