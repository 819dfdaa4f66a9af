"""`saoma journal`: the books, to look at and to copy, beside a running till or without one."""

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
from terminal.places import JOURNAL, state_place

TOLD_EVERY = 5000  # entries
MOST_ENTRIES = 2**63 - 1  # as SQLite counts

if TYPE_CHECKING:
    from terminal.books.journal import JournalReader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--demo", action="store_true", help="the demo's books instead of the till's")
    where.add_argument("--state", metavar="DIR", help="where the till keeps its state")
    where.add_argument("--json", action="store_true", help="JSON, a line an entry")
    words = parser.add_subparsers(dest="what", required=True, metavar="|".join(_WORDS))
    word = {name: words.add_parser(name, parents=[where], help=does, description=does) for name, does in _WORDS.items()}
    word["list"].add_argument("--last", type=_how_many, default=20, metavar="N", help="how many (default 20)")
    word["show"].add_argument("order", metavar="ORDER", help="`saoma journal list` names them")
    word["verify"].add_argument("file", metavar="FILE", nargs="?", help="a copy, instead of the till's books")
    to = word["export"].add_mutually_exclusive_group(required=True)
    to.add_argument("--csv", metavar="FILE", help="as a table")
    to.add_argument("--jsonl", metavar="FILE", help="as one JSON object a line")
    word["backup"].add_argument("file", metavar="FILE", help="it must not exist yet")
    word["resolve"].add_argument("number", metavar="ORDER|REFUND", help="what was left to a person")
    word["resolve"].add_argument("--because", metavar="TEXT", type=_said, required=True, help="who found out what")
    word["resolve"].add_argument("--refund", choices=("done", "refused"), help="what became of it, if it is a refund")


_WORDS = {
    "list": "the newest entries",
    "show": "all entries of one order",
    "verify": "check every entry",
    "export": "all entries to a file, each checked",
    "backup": "a checked copy",
    "resolve": "end what the till could not, by what a person found out; with the till stopped",
}


def _said(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("say who found out what: it is kept")
    return text.strip()


def _how_many(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r}: how many, from 1")
    return min(int(text), MOST_ENTRIES)


def run(args: argparse.Namespace) -> int:
    from terminal.books.journal import JournalReader

    if args.what == "resolve":
        return _resolve(args)
    of_a_file = args.what == "verify" and args.file
    path = Path(args.file) if of_a_file else journal_path(args.state, demo=args.demo)
    try:
        with closing(JournalReader(path)) as reader:
            tools = {"list": _list, "show": _show, "verify": _verify, "export": _export, "backup": _backup}
            return tools[args.what](reader, args)
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


def _backup(books: "JournalReader", args: argparse.Namespace) -> int:
    """Without the key that codes are hashed under: it stays with the till."""
    from terminal.books.backup import back_up

    count = back_up(books.path, Path(args.file))
    kept = {"ok": True, "entries": count, "path": args.file}
    sys.stdout.write(json.dumps(kept) + "\n" if args.json else f"backed up and checked: {count} entries, {args.file}\n")
    return 0


def _resolve(args: argparse.Namespace) -> int:
    """A person's word, kept as evidence; the books must not be a running till's."""
    from terminal.books.journal import Journal, JournalReader
    from terminal.books.resolving import resolve
    from terminal.clock import Clock

    path, clock = journal_path(args.state, demo=args.demo), Clock()
    with closing(JournalReader(path)):  # looking makes no books where there are none
        pass
    with closing(Journal(path, wall=clock.wall, monotonic=clock.monotonic)) as journal:
        told = resolve(journal, args.number, args.because, refund_is=args.refund or "")
    sys.stdout.write(json.dumps({"ok": True, "said": told}) + "\n" if args.json else f"{told}\n")
    return 0


def _progress(count: int) -> None:
    if count % TOLD_EVERY == 0 and sys.stderr.isatty():
        sys.stderr.write(f"\r{count} entries")
        sys.stderr.flush()


def journal_path(state: str | None, *, demo: bool) -> Path:
    """The file that `saoma run` or `saoma demo` writes."""
    return state_place(state, "demo" if demo else "till") / JOURNAL


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
