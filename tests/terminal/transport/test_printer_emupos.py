"""Receipts of ours beside a printer simulator that is nobody of ours (emupos, put there by `make clients`).

It draws Chinese as boxes, so it proves commands, codes, status and the drawer; Chinese is proved elsewhere.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from terminal.errors import DeviceError
from terminal.model import Verdict
from terminal.money import Money
from terminal.receipt.escpos import as_escpos
from terminal.receipt.lines import OpenDrawer, Receipt, lines
from terminal.transport.printer import Paper, print_when_ready, printer_status

EMUPOS = Path(__file__).parents[3] / ".venv/clients/emupos/bin/emupos"
DEADLINE_S = 60.0
COLUMNS = 48
RECEIPT = Receipt(
    shop="West Lake Tea",
    terminal_id="POS-01",
    order_id="20261123-POS01-000042",
    wallet="WeChat Pay",
    code="13************6789",
    money=Money(123456),
    verdict=Verdict.APPROVED,
    transaction_id="4200001234202611231234567890",
    paid_at=datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC),
    language="en",
)

pytestmark = pytest.mark.skipif(not EMUPOS.exists(), reason="emupos is not here: `make clients` puts it there")


@dataclass(frozen=True)
class Emupos:
    url: str
    api: str
    receipts: Path
    log: Path

    def fault(self, name: str, *, active: bool) -> None:
        method = "PUT" if active else "DELETE"
        asked = urllib.request.Request(f"{self.api}/devices/front/faults/{name}", method=method)
        urllib.request.urlopen(asked, timeout=DEADLINE_S).close()

    @property
    def drawer(self) -> str:
        with urllib.request.urlopen(f"{self.api}/devices/front", timeout=DEADLINE_S) as told:
            return str(json.load(told)["state"]["drawer"])

    def wait_for_receipts(self, count: int) -> list[Path]:
        until("receipts", lambda: len(list(self.receipts.glob("*.json"))) >= count)
        return sorted(self.receipts.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)


def until(what: str, condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, f"no {what} within {DEADLINE_S} s"
        time.sleep(0.02)


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def emupos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emupos]:
    folder = tmp_path_factory.mktemp("emupos")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, api = one.getsockname()[1], other.getsockname()[1]
    (folder / "emupos.yaml").write_text(
        f"schema: 1\napi: {{ host: 127.0.0.1, port: {api} }}\ndevices:\n"
        f"  - id: front\n    type: printer\n    profile: epson-tm-t20iii\n    receipts_dir: {folder / 'receipts'}\n"
        f"    connections:\n      - tcp: {{ port: {port} }}\n"
    )
    log = folder / "log"
    with log.open("wb") as out:
        command = [EMUPOS, "run", "--config", folder / "emupos.yaml"]
        running = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        until("printer", lambda: answers(port) and answers(api))
        yield Emupos(f"tcp://127.0.0.1:{port}", f"http://127.0.0.1:{api}/api/v1", folder / "receipts", log)
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder)


@pytest.mark.parametrize("draws_qr", [False, True])
async def test_a_receipt_is_understood_whole_and_its_qr_reads_back(emupos: Emupos, draws_qr: bool) -> None:
    data = as_escpos([OpenDrawer(), *lines(RECEIPT)], COLUMNS, draws_qr=draws_qr)
    before = len(list(emupos.receipts.glob("*.json")))
    status = await print_when_ready(emupos.url, data, timeout_s=DEADLINE_S)
    assert status.paper in (Paper.OK, Paper.UNKNOWN)  # its first answer may take longer than a printer's
    meta = emupos.wait_for_receipts(before + 1)[-1]
    text = meta.with_suffix(".txt").read_text()
    assert re.search(r"Order +20261123-POS01-000042", text)
    assert json.loads(meta.read_text())["boundary"] == "cut"
    codes = zxingcpp.read_barcodes(np.asarray(Image.open(meta.with_suffix(".png")).convert("L")))
    assert [code.text for code in codes] == ["20261123-POS01-000042"]
    assert "command.unknown" not in emupos.log.read_text()
    assert emupos.drawer == "open"


@pytest.mark.parametrize(("fault", "said"), [("paper-out", "out of paper"), ("cover-open", "cover is open")])
async def test_its_faults_are_understood_and_nothing_is_sent_meanwhile(emupos: Emupos, fault: str, said: str) -> None:
    before = len(list(emupos.receipts.glob("*.json")))
    emupos.fault(fault, active=True)
    with pytest.raises(DeviceError, match=said):
        await print_when_ready(emupos.url, as_escpos(lines(RECEIPT), COLUMNS), timeout_s=DEADLINE_S)
    emupos.fault(fault, active=False)
    assert (await printer_status(emupos.url)).problem == ""
    await print_when_ready(emupos.url, as_escpos(lines(RECEIPT), COLUMNS), timeout_s=DEADLINE_S)
    assert len(emupos.wait_for_receipts(before + 1)) == before + 1


async def test_paper_that_runs_low_is_told(emupos: Emupos) -> None:
    emupos.fault("paper-near-end", active=True)
    assert (await printer_status(emupos.url)).paper is Paper.LOW
    emupos.fault("paper-near-end", active=False)
