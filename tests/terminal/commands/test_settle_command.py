"""`saoma settle` and `saoma reconcile`, against real hosts behind real sockets, on a day that is over."""

import asyncio
import csv
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import lab as labs
from firmware_sim.devices.printer import Printer
from firmware_sim.faults import Faults
from firmware_sim.hosts import framed, http, unionpay_pos_keys
from firmware_sim.hosts.unionpay_pos import PosHost
from firmware_sim.lab import Lab
from firmware_sim.ledger import Ledger
from terminal.books.journal import Journal, JournalReader
from terminal.cli import main
from terminal.clock import Clock
from terminal.model import State
from terminal.scheme import Bills

DAY = date.today() - timedelta(days=2)  # noqa: DTZ011 - any day whose bill is ready, wherever this runs

Saoma = Callable[..., Coroutine[None, None, int]]


@pytest.fixture(params=["wechat", "alipay"])
async def lab(request: pytest.FixtureRequest, keys: Path) -> AsyncIterator[Lab]:
    """A day has been sold; its host is behind HTTP now, and its till's configuration is in `till.toml`."""
    lab = Lab(keys, request.param, DAY)
    lab.ordinary_day()
    running = await http.serve([lab.host])
    contract = {**lab.host.merchant_config(), "base_url": running.url, "fee_percent": 0.6}
    lines = [f"{name} = {json.dumps(value, default=str)}" for name, value in contract.items()]
    (keys / "till.toml").write_text("\n".join(['[till]\nterminal_id = "POS01"\nlanguage = "en"\n[[acquirer]]', *lines]))
    yield lab
    await running.close()
    lab.close()
    for left in keys.glob("journal*"):
        left.unlink()


@pytest.fixture
def saoma(lab: Lab, keys: Path) -> Saoma:
    """Run a command on the lab's till, while its host answers by the clock on the wall."""

    async def run(command: str, *more: str) -> int:
        lab.clock.now_s = time.time() - lab.clock.start_wall_s
        words = [command, "--state", str(keys), "--config", str(keys / "till.toml"), "--day", str(DAY), *more]
        return await asyncio.to_thread(main, words)

    return run


async def test_a_day_that_agrees_is_settled_and_written_down(lab: Lab, saoma: Saoma, keys: Path, capsys: Any) -> None:
    lab.journal.close()
    assert await saoma("settle", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (settlement,) = told["settlements"]
    assert (told["ok"], told["recorded"], settlement["matched"], settlement["strangers"]) == (True, True, 8, 1)
    with closing(JournalReader(keys / "journal.db")) as books:
        entry = books.entries_of("SETTLED")[-1]
        assert entry.body == settlement
        assert books.verify() == entry.seq


async def test_a_difference_ends_with_one_and_says_what_to_do(
    lab: Lab, saoma: Saoma, tmp_path: Path, capsys: Any
) -> None:
    key = labs.there_not_here(lab)
    lab.journal.close()
    assert await saoma("settle", "--csv", str(tmp_path / "day.csv")) == 1
    told = capsys.readouterr().out
    assert f"there_not_here    {key}  here none, there CNY 12.50" in told
    assert "give it back" in told
    with (tmp_path / "day.csv").open(newline="") as file:
        rows = {row["what"]: row for row in csv.DictReader(file)}
    assert (rows["there_not_here"]["order"], rows["there_not_here"]["theirs"]) == (key, "12.50")
    assert (rows["sales"]["count"], rows["sales"]["ours"]) == ("5", "1011.38")


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_settled_day_is_backed_up_or_it_is_said_why_not(
    is_there: bool, lab: Lab, saoma: Saoma, keys: Path, tmp_path: Path, capsys: Any
) -> None:
    stick, config = tmp_path / "stick", keys / "till.toml"
    config.write_text(f"{config.read_text()}\n[books]\nbackup = {json.dumps(str(stick))}\n")
    if is_there:
        stick.mkdir()
    lab.journal.close()
    assert await saoma("settle", "--json") == 0
    assert ("not backed up" in capsys.readouterr().err) is not is_there
    for copy in stick.glob("*"):
        with closing(JournalReader(copy)) as books:
            assert books.entries_of("SETTLED")
    assert len(list(stick.glob("journal-POS01-*.db"))) == is_there


async def test_beside_a_till_the_day_is_told_and_not_written_down(lab: Lab, saoma: Saoma, capsys: Any) -> None:
    before = lab.journal.entries()
    assert await saoma("settle", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["recorded"] is False
    assert "not written down" in printed.err
    assert lab.journal.entries() == before


async def test_a_bill_fetched_by_hand_is_held_against_the_books(
    lab: Lab, saoma: Saoma, tmp_path: Path, capsys: Any
) -> None:
    key = labs.here_not_there(lab)
    lab.journal.close()
    (tmp_path / "bill").write_bytes(_bill(lab))
    assert await saoma("reconcile", "--bill", str(tmp_path / "bill"), "--acquirer", lab.acquirer.name, "--json") == 1
    (settlement,) = json.loads(capsys.readouterr().out)["settlements"]
    assert [one["order_id"] for one in settlement["differences"]] == [key]


async def test_a_file_that_is_no_bill_is_refused(lab: Lab, saoma: Saoma, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "bill").write_bytes(b"`12.50,`a bill it is not\n")
    assert await saoma("reconcile", "--bill", str(tmp_path / "bill"), "--acquirer", lab.acquirer.name) == 3
    assert "cannot be believed" in capsys.readouterr().err


async def test_a_table_that_cannot_be_written_is_said(lab: Lab, saoma: Saoma, tmp_path: Path, capsys: Any) -> None:
    assert await saoma("settle", "--csv", str(tmp_path / "nowhere" / "day.csv")) == 3
    assert "day.csv: cannot be written" in capsys.readouterr().err


async def test_a_day_whose_bill_is_not_ready_is_not_settled(lab: Lab, saoma: Saoma, capsys: Any) -> None:
    lab.journal.close()
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011
    assert await saoma("settle", "--day", str(tomorrow)) == 1
    assert f"{lab.acquirer.name} is not settled" in capsys.readouterr().err


async def test_without_contracts_there_is_nothing_to_settle_with(tmp_path: Path, capsys: Any) -> None:
    assert await asyncio.to_thread(main, ["settle", "--state", str(tmp_path)]) == 2
    assert "--config" in capsys.readouterr().err


def _bill(lab: Lab) -> bytes:
    """As the merchant's page would have it: what came last over the wire."""
    lab.at(labs.BILLS_READY_S)
    wire = lab.wire
    assert isinstance(wire, Bills)
    fetching = wire.bill(lab.day, now_s=int(lab.clock.wall()), nonces=iter(("1" * 32, "2" * 32)))
    reply = lab.reply(next(fetching))
    try:
        while True:
            reply = lab.reply(fetching.send(reply))
    except StopIteration:
        return reply.body


@pytest.mark.parametrize("lab", ["alipay"], indirect=True)  # which may be asked to undo at once
async def test_what_was_left_open_is_carried_on_before_the_day_is_settled(lab: Lab, saoma: Saoma, keys: Path) -> None:
    lab.clock.now_s = time.time() - lab.clock.start_wall_s
    order = lab.order()
    lab.pay(order)
    lab.write(order, State.REVERSING)
    lab.journal.close()
    assert await saoma("settle") == 0
    with closing(JournalReader(keys / "journal.db")) as books:
        kinds = [entry.kind for entry in books.entries()]
    assert kinds[-2:] == ["REVERSED", "SETTLED"]
    net = {line.order_no: line.net for merchant in lab.ledger.merchants() for line in lab.ledger.books(merchant)}
    assert net[order.order_id] == 0


async def test_a_slip_is_printed_where_it_was_asked_for(lab: Lab, saoma: Saoma, keys: Path, tmp_path: Path) -> None:
    lab.journal.close()
    with Printer(tmp_path / "paper") as printer:
        text = (keys / "till.toml").read_text()
        (keys / "till.toml").write_text(f'[printer]\nurl = "{printer.url}"\n{text}')
        assert await saoma("settle", "--print") == 0
        (paper,) = await asyncio.to_thread(printer.wait_for_papers, 1, timeout_s=60)
    assert "BOOKS AGREE" in paper.text


async def test_a_batch_is_closed_from_the_command_line_but_not_beside_a_till(tmp_path: Path, capsys: Any) -> None:
    keys = unionpay_pos_keys.load_or_make(tmp_path)
    line = await framed.listen(PosHost(Ledger(), keys, Clock(), Faults()))
    contract = {"scheme": "unionpay_pos", "base_url": line.url, "terminal_no": keys.terminal_no}
    contract |= {"merchant_no": keys.merchant_no, "master_key": str(keys.files.master_key)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in contract.items()]
    (tmp_path / "till.toml").write_text("\n".join(["[[acquirer]]", *lines]))
    words = ["settle", "--json", "--state", str(tmp_path), "--config", str(tmp_path / "till.toml")]
    with closing(Journal(tmp_path / "journal.db", wall=time.time, monotonic=time.monotonic)):
        assert await asyncio.to_thread(main, words) == 1
        assert "closed by the till that keeps it" in capsys.readouterr().err
    for batch in ("000002", "000003"):
        assert await asyncio.to_thread(main, words) == 0
        (settlement,) = json.loads(capsys.readouterr().out)["settlements"]
        assert (settlement["batch"], keys.batch) == (batch, batch)
    await line.close()
