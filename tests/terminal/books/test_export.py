"""The books for other programs: everything in its place, nothing that could be spent, no formula, nothing unchecked."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from terminal.books.export import COLUMNS, LONGEST, cell, to_csv, to_jsonl
from terminal.books.journal import Journal, JournalReader
from terminal.cli import main
from terminal.errors import JournalDamaged
from terminal.model import Answer, Order, PaymentCode, Reason, State, Verdict
from terminal.money import Money

CODE = "134567890123456789"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[JournalReader]:
    with closing(Journal(tmp_path / "journal.db", wall=lambda: 1.7e9, monotonic=lambda: 1.0)) as journal:
        journal.begin(Order("O1", "S1", Money(1250), PaymentCode("wechat", CODE, "WeChat Pay"), "wechat"))
        hostile = '=HYPERLINK("http://x")\n' + "y" * 5000
        journal.move("O1", State.REVERSING, Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, hostile, transaction_id="42"))
    with closing(JournalReader(tmp_path / "journal.db")) as reader:
        yield reader


def test_every_entry_is_a_row_with_its_facts_in_columns(books: JournalReader) -> None:
    out = io.StringIO()
    assert to_csv(books, out) == 3
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert tuple(rows[0]) == COLUMNS
    assert [row["kind"] for row in rows] == ["BOOT", "INTENT", "REVERSING"]
    intent = rows[1]
    assert (intent["order"], intent["minor"], intent["currency"], intent["code"]) == (
        "O1",
        "1250",
        "CNY",
        "13************6789",
    )
    assert rows[2]["transaction_id"] == "42"
    assert rows[2]["hash"] == books.entries()[-1].hash.hex()


@pytest.mark.parametrize("write", [to_csv, to_jsonl])
def test_neither_a_code_nor_what_it_could_be_found_by_leaves(books: JournalReader, write: object) -> None:
    out = io.StringIO()
    write(books, out)  # type: ignore[operator]
    mac = next(mac for _, mac in books.attempts_with_macs())
    for secret in (CODE, mac.hex(), "code_mac"):
        assert secret not in out.getvalue()


def test_lines_are_json_and_long_texts_are_cut(books: JournalReader) -> None:
    out = io.StringIO()
    assert to_jsonl(books, out) == 3
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert len(lines[2]["body"]["said"]) == LONGEST


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+CMD", "'+CMD"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("-12.50", "-12.50"),
        ("支付 ok", "支付 ok"),
        ("a\nb\x1b[31m", "a�b�[31m"),
    ],
)
def test_a_cell_is_no_formula_and_no_command(value: str, written: str) -> None:
    assert cell(value) == written


def test_an_export_stops_before_the_first_entry_that_was_changed(books: JournalReader) -> None:
    with closing(sqlite3.connect(books.path)) as db:
        db.execute("update entry set body = '{}' where seq = 2")
        db.commit()
    out = io.StringIO()
    with pytest.raises(JournalDamaged, match="entry 2"):
        to_jsonl(books, out)
    assert [json.loads(line)["seq"] for line in out.getvalue().splitlines()] == [1]


def test_the_command_writes_a_file_for_its_owner_alone(
    books: JournalReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out.csv"
    assert main(["journal", "export", "--csv", str(file), "--state", str(tmp_path)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(list(csv.reader(file.open(newline="")))) == 4
    assert "3 entries" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["journal", "export", "--state", str(tmp_path)])
    assert ended.value.code == 2
    assert main(["journal", "export", "--jsonl", str(tmp_path), "--state", str(tmp_path)]) == 3
