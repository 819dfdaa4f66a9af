"""The command line: help at once, errors that name the way out, and exit codes that mean something."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from terminal.books.journal import Journal
from terminal.cli import COMMANDS, main
from terminal.codes.emv.merchant import UnionPayAccount
from terminal.codes.emv.universal import Shop, universal_code
from terminal.model import Answer, Order, PaymentCode, State, Verdict
from terminal.money import Money

CODE = "134567890123456789"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A till's state with one payment in it."""
    with closing(Journal(tmp_path / "journal.db", wall=lambda: 1.7e9, monotonic=lambda: 1.0)) as journal:
        journal.begin(Order("O1", "S1", Money(1250), PaymentCode("wechat", CODE, "WeChat Pay"), "wechat"))
        journal.move("O1", State.APPROVED, Answer(Verdict.APPROVED, transaction_id="4200001"))
    return tmp_path


def test_help_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(command.name in told for command in COMMANDS)


def test_help_answers_without_numpy_or_anything_heavy() -> None:
    script = "import sys, terminal.cli\ntry: terminal.cli.main(['--help'])\nexcept SystemExit: pass\n"
    script += "print([name for name in ('numpy', 'cv2', 'textual', 'aiohttp', 'apsw') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-1] == "[]"


def test_the_till_loads_neither_the_screen_nor_the_camera() -> None:
    script = "import sys, terminal.till; print([name for name in ('textual', 'cv2', 'numpy') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"example: saoma {command}" in capsys.readouterr().out.replace("\n", " ")


def test_a_command_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["pay"])
    assert ended.value.code == 2
    assert "demo" in capsys.readouterr().err


def test_the_journal_is_listed_shown_and_verified(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "list", "--state", str(books), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["BOOT", "INTENT", "APPROVED"]
    assert main(["journal", "show", "O1", "--state", str(books)]) == 0
    told = capsys.readouterr().out
    assert "4200001" in told
    assert CODE not in told
    assert main(["journal", "verify", "--state", str(books), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 3


def test_the_journal_is_backed_up_once_and_the_copy_verified(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = str(books / "copy.db")
    assert main(["journal", "backup", copy, "--state", str(books), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "entries": 3, "path": copy}
    assert main(["journal", "verify", copy]) == 0
    assert "3 entries" in capsys.readouterr().out
    assert main(["journal", "backup", copy, "--state", str(books)]) == 3
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show"], "ORDER"),
        (["backup"], "FILE"),
        (["export"], "--csv"),
        (["export", "O1", "--csv", "a.csv"], "O1"),
        (["list", "O1"], "O1"),
    ],
)
def test_a_word_too_few_or_too_many_is_wrong_usage(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["journal", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_options_may_stand_before_the_order(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", "--state", str(books), "O1"]) == 0
    assert "O1" in capsys.readouterr().out


def test_a_damaged_journal_is_the_answer_no(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (books / "journal.db").write_bytes(b"nothing of the kind " * 400)
    assert main(["journal", "verify", "--state", str(books)]) == 1
    assert "DAMAGED" in capsys.readouterr().out


def test_an_order_that_is_not_there_is_the_answer_no(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", "O9", "--state", str(books)]) == 1
    assert "O9" in capsys.readouterr().err


def test_no_journal_is_something_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "list", "--state", str(tmp_path / "none")]) == 3
    assert "no journal here" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_folder_is_no_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "verify", str(tmp_path)]) == 3
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-3", "few"])
def test_so_many_entries_is_a_count(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["journal", "list", f"--last={wrong}"])
    assert ended.value.code == 2
    assert "how many, from 1" in capsys.readouterr().err


def test_more_entries_than_any_books_have_are_all_of_them(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "list", f"--last={10**30}", "--state", str(books)]) == 0
    assert "O1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "kind", "acquirer", "code"),
    [
        (CODE, "payment code", "wechat", 0),
        ("6225735053201615202", "payment code", "unionpay", 0),
        ("510000000000000000", "payment code", "", 1),
        ("6901234567892", "goods", "", 0),
        ("https://example.com", "not ours", "", 1),
        ("\x1b[2Jhello", "not ours", "", 1),
    ],
)
def test_explain_says_what_a_text_is_and_where_it_goes(
    text: str, kind: str, acquirer: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", text, "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["acquirer"]) == (kind, acquirer)
    assert told["steps"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--app", "wechat", "--city", "Chengdu"], 0, "in the provincial capitals"),
        (["--app", "wechat", "--city", "Mianyang"], 1, "would take: wechat-quickpass: in the provincial capitals"),
        (["--app", "alipay", "--city", "Chengdu"], 1, "trial"),
        (["--app", "alipay", "--city", "Chengdu", "--trials"], 0, "alipay-quickpass-trial"),
        (["--app", "ccb"], 0, "own scheme"),
        ([], 0, "--app says"),
    ],
)
def test_explain_says_whether_an_app_may_pay_a_shops_code_and_what_would_change_it(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "https://qr.95516.com/00010000/0111673493", "--at", "2021-10-01", *words]) == code
    assert told in capsys.readouterr().out


def test_a_universal_code_is_paid_by_the_account_that_an_app_may_pay(capsys: pytest.CaptureFixture[str]) -> None:
    shop = UnionPayAccount("48021000", "48021000", "898110012340001")
    text = universal_code("POS1", Money(1250), Shop(shop, "SHOP", "CHENGDU", "5411"))
    for app in ("wechat", "alipay", "quickpass", "ccb"):
        assert main(["explain", text, "--app", app, "--at", "2021-10-01", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["app"] == app


def test_interop_tells_what_is_agreed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interop", "--at", "2021-10-01"]) == 0
    told = capsys.readouterr().out
    assert "wechat-quickpass" in told
    assert "the other 53" in told
    assert main(["interop", "--service", "eleme", "--json"]) == 0
    assert {row["app"]: row["may"] for row in json.loads(capsys.readouterr().out)} == {"alipay": "yes", "wechat": "yes"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["interop", "--at", "yesterday"], "2021-10-01"),
        (["interop", "--service", "amazon"], "eleme"),
        (["interop", "--agreements", "nowhere.toml"], "nowhere.toml"),
        (["explain", "https://qr.95516.com/1", "--app", "venmo"], "quickpass"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_way_out(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert named in capsys.readouterr().err


def test_explain_never_prints_what_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "\x1b]0;PWNED\x07"])
    assert "\x1b" not in capsys.readouterr().out


def test_a_broken_configuration_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "shop.toml"
    config.write_text("[till]\nlanguage = 'fr'\n")
    assert main(["explain", CODE, "--config", str(config)]) == 2
    assert "till.language" in capsys.readouterr().err


def test_run_without_a_terminal_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 3
    assert "headless" in capsys.readouterr().err


def test_the_doctor_names_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--state", str(tmp_path), "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"python", "reader", "sqlite", "disk", "locale"} <= {one["what"] for one in found}
    assert all(one["do"] for one in found if one["ok"] is False)


def test_a_place_that_cannot_be_written_is_something_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["demo", "--headless", "--state", str(tmp_path / "file" / "demo")]) == 3
    assert "--state" in capsys.readouterr().err


@pytest.mark.parametrize("bad", ["0", "-3", "many", "1_0", "٣"])
def test_a_number_of_customers_that_is_none_is_wrong_usage(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--customers", bad])
    assert ended.value.code == 2
    assert "customers" in capsys.readouterr().err


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("saoma ")
