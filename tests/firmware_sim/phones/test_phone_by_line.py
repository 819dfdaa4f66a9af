"""A wallet in a terminal: what stands there, what may be typed, and how it finds the world that it belongs to."""

import io
import json
import os
import random
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.cells import cell_len

from firmware_sim.acquirers import Acquirers
from firmware_sim.drawing import codes
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.acquiring import Asked
from firmware_sim.phones.by_line import Wallet, _words, converse
from firmware_sim.phones.desk import Desk
from firmware_sim.phones.held import PASSWORD
from firmware_sim.whereabouts import FILE, findable, found
from terminal.errors import PlaceError

NATIVE = "weixin://wxpay/bizpayurl?pr="
DEAR = 150_000


class Table:
    """A wallet on a table beside a shop."""

    def __init__(self, acquirers: Acquirers, held_up: list[str]) -> None:
        def hold_up(code: str, _network: str) -> None:
            held_up.append(code)

        desk = Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, hold_up)
        self.held_up = held_up
        self._acquirers = acquirers
        self._desk = desk

    def wallet(self, key: str = "wechat", language: str = "en") -> Wallet:
        def ask(what: str, told: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = self._desk.commands[f"phone/{what}"](told)
            return answer

        return Wallet(ask, language, ask("open", {"wallet": key}))

    def show(self, number: str, amount: int = DEAR) -> str:
        host = next(host for host in self._acquirers.hosts if host.name == "wechat")
        host.acquirer.show(Asked(number, amount, ""), NATIVE + number, self._acquirers.clock.wall() + 600)  # type: ignore[attr-defined]
        return NATIVE + number


@pytest.fixture(scope="module")
def table(keys: Path) -> Iterator[Table]:
    acquirers = Acquirers(keys, HandClock(), random.Random(1))
    yield Table(acquirers, [])
    acquirers.ledger.close()


def test_its_code_stands_there_as_digits_and_as_a_qr_code_that_is_read_back(table: Table) -> None:
    wallet = table.wallet()
    drawn = wallet.drawn()
    assert wallet.face["code"] in drawn.replace(" ", "")
    assert "WeChat Pay · ¥100000.00" in drawn
    rows = [row.split("\x1b[30;107m")[1].removesuffix("\x1b[0m") for row in drawn.splitlines() if "\x1b[30;107m" in row]
    halves = {"█": (0, 0), "▀": (0, 255), "▄": (255, 0), " ": (255, 255)}
    cells = np.array([[halves[cell] for cell in row] for row in rows])
    modules = cells.transpose(0, 2, 1).reshape(-1, cells.shape[1])
    assert (modules[: cells.shape[1]] == codes.qr(wallet.face["code"])).all()


def test_a_pasted_code_is_paid_with_the_password(table: Table) -> None:
    wallet = table.wallet()
    wallet.answer(table.show("L1"))
    assert "Pay ¥1500.00 to Saoma Demo Store" in wallet.drawn()
    wallet.answer("000000")
    assert "tries left: 2" in wallet.drawn()
    wallet.answer(PASSWORD)
    assert "✓ Paid ¥1500.00" in wallet.drawn()


def test_a_picture_is_scanned_by_its_path(table: Table, tmp_path: Path) -> None:
    picture = tmp_path / "the counter.png"
    Image.fromarray(np.kron(codes.qr(table.show("L2")), np.ones((5, 5), np.uint8))).save(picture)
    wallet = table.wallet()
    wallet.answer(f"'{picture}'")
    assert "Pay ¥1500.00" in wallet.drawn()
    wallet.answer("n")
    assert "Pay ¥1500.00" not in wallet.drawn()
    with pytest.raises(ValueError, match="no picture"):
        wallet.answer(str(_text_file(tmp_path)))


def _text_file(folder: Path) -> Path:
    file = folder / "notes.txt"
    file.write_text("hello")
    return file


def test_a_code_that_cannot_be_paid_is_explained_in_both_languages(table: Table) -> None:
    for language, says in (("en", "this wallet cannot pay that code"), ("zh", "这个钱包付不了这个码")):
        wallet = table.wallet("alipay", language)
        wallet.answer(table.show(f"L3{language}"))
        assert says in wallet.drawn()
        assert "wechat" in wallet.drawn()


def test_it_is_held_up_to_the_worlds_camera(table: Table) -> None:
    wallet = table.wallet()
    wallet.answer("h")
    assert table.held_up == [wallet.face["code"]]


def test_what_is_typed_is_answered_until_the_end(table: Table) -> None:
    screen, (keyboard, hand) = io.StringIO(), os.pipe()
    os.write(hand, f"\nhello\n{table.show('L4')}\n{PASSWORD}\nq\nnever read\n".encode())
    with os.fdopen(keyboard) as typed, os.fdopen(hand, "w"):  # the line stays open, as a keyboard does
        converse(table.wallet(), typed, screen)
    shown = screen.getvalue()
    assert (
        shown.index("this wallet cannot pay that code") < shown.index("Pay ¥1500.00") < shown.index("✓ Paid ¥1500.00")
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_may_be_typed_is_said_in_lines_that_fit_a_terminal(language: str) -> None:
    for name in ("line", "lineAsk", "lineAmount"):
        sentence = str(_words()[language][name]).format(password=PASSWORD)
        assert all(cell_len(line) < 80 for line in sentence.splitlines()), name


def test_a_world_is_found_only_while_it_runs(tmp_path: Path) -> None:
    with findable(tmp_path, "http://127.0.0.1:9"):
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
        with pytest.raises(PlaceError, match="start `saoma demo`"):  # nobody answers there
            found([tmp_path])
    assert not (tmp_path / FILE).exists()
    for rubbish in (b"", b"{", b"{}", b'{"control": 5}'):
        (tmp_path / FILE).write_bytes(rubbish)
        with pytest.raises(PlaceError):
            found([tmp_path / "nowhere", tmp_path])


def test_the_command_finds_a_running_sandbox(tmp_path: Path) -> None:
    saoma = [sys.executable, "-m", "terminal"]
    sandbox = subprocess.Popen([*saoma, "sandbox", "--json", "--state", str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert sandbox.stdout is not None
        assert json.loads(sandbox.stdout.readline())["control"]
        phone = [*saoma, "phone", "--state", str(tmp_path)]
        words = [*phone, "--wallet", "ccb", "--lang", "zh"]
        typed = subprocess.run(words, input="q\n", capture_output=True, text=True, check=False)
        assert (typed.returncode, typed.stderr) == (0, "")
        assert "中国建设银行" in typed.stdout
        link = subprocess.run([*phone, "--web"], capture_output=True, text=True, check=True).stdout.strip()
        with urllib.request.urlopen(link, timeout=60) as page:
            assert page.status == 200
    finally:
        sandbox.terminate()
        sandbox.wait()
