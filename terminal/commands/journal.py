"""`saoma journal`: the books, to look at beside a running till or without one."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.errors import JournalDamaged, PlaceError
from terminal.model import Entry
from terminal.places import state_dir

TOLD_EVERY = 5000  # entries

if TYPE_CHECKING:
    from terminal.books.journal import JournalReader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("list", "show", "verify", "export"),
        help="newest entries; one order; check every entry; all entries to a file, each checked",
    )
    parser.add_argument("order", nargs="?", help="the order number, for `show`")
    parser.add_argument("--last", type=int, default=20, metavar="N", help="how many entries to list (default 20)")
    parser.add_argument("--demo", action="store_true", help="the demo's books instead of the till's")
    parser.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    parser.add_argument("--json", action="store_true", help="one JSON line an entry")
    to = parser.add_mutually_exclusive_group()
    to.add_argument("--csv", metavar="FILE", help="where `export` writes a table")
    to.add_argument("--jsonl", metavar="FILE", help="where `export` writes one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from terminal.books.journal import JournalReader

    if args.what == "show" and not args.order:
        sys.stderr.write("saoma journal show: which order? `saoma journal list` names them\n")
        return 2
    if args.what == "export" and not (args.csv or args.jsonl):
        sys.stderr.write("saoma journal export: where to? give --csv FILE or --jsonl FILE\n")
        return 2
    path = journal_path(args.state, demo=args.demo)
    try:
        with closing(JournalReader(path)) as reader:
            return {"list": _list, "show": _show, "verify": _verify, "export": _export}[args.what](reader, args)
    except JournalDamaged as error:
        sys.stdout.write(json.dumps({"ok": False, "why": str(error)}) + "\n" if args.json else f"DAMAGED  {error}\n")
        return 1


def _list(books: "JournalReader", args: argparse.Namespace) -> int:
    sys.stdout.writelines(_lines(books.entries(last=args.last), args.json))
    return 0


def _show(books: "JournalReader", args: argparse.Namespace) -> int:
    entries = books.entries(order_id=args.order)
    if not entries:
        sys.stderr.write(f"saoma: no order {args.order} in {books.path}\n")
        return 1
    sys.stdout.writelines(_lines(entries, args.json))
    return 0


def _verify(books: "JournalReader", args: argparse.Namespace) -> int:
    count = books.verify()
    sound = {"ok": True, "entries": count, "path": str(books.path)}
    sys.stdout.write(json.dumps(sound) + "\n" if args.json else f"sound: {count} entries, every one in its place\n")
    return 0


def _export(books: "JournalReader", args: argparse.Namespace) -> int:
    """The file has what is sound, whatever comes behind it."""
    from terminal.books.export import to_csv, to_jsonl

    path, write = (Path(args.csv), to_csv) if args.csv else (Path(args.jsonl), to_jsonl)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            count = write(books, file, _progress)
    except OSError as error:
        raise PlaceError(f"{path}: cannot be written ({error.strerror})") from error
    exported = {"ok": True, "entries": count, "path": str(path)}
    sys.stdout.write(json.dumps(exported) + "\n" if args.json else f"exported: {count} entries to {path}\n")
    return 0


def _progress(count: int) -> None:
    if count % TOLD_EVERY == 0 and sys.stderr.isatty():
        sys.stderr.write(f"\r{count} entries")
        sys.stderr.flush()


def journal_path(state: str | None, *, demo: bool) -> Path:
    """The file that `saoma run` or `saoma demo` writes."""
    return state_dir(state, "demo" if demo else "till") / "journal.db"


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
