"""What the phone page's server answers, to a browser that behaves and to one that does not."""

import asyncio
import io
import json
import random
import re
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image

from firmware_sim.acquirers import Acquirers
from firmware_sim.drawing import codes
from firmware_sim.hand_clock import HandClock
from firmware_sim.ledger_words import Refusal
from firmware_sim.phones.desk import Desk
from firmware_sim.phones.held import NOT_OURS, OVER, Happened
from firmware_sim.phones.web import server
from firmware_sim.phones.web.drawings import drawn
from firmware_sim.phones.web.server import MOST_BYTES, Page

WORDS = json.loads(files("firmware_sim.phones.web").joinpath("words.json").read_text("utf-8"))


def _png(text: str, scale: int = 6) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.kron(codes.qr(text), np.ones((scale, scale), np.uint8))).save(file, "PNG")
    return file.getvalue()


def _huge_png(side: int) -> bytes:
    """A few kilobytes that say that they are so many pixels wide and high: all of them white."""
    rows = zlib.compress(b"\x00" + b"\xff" * side, 9)
    header = side.to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in chunks
    )


@pytest.fixture(scope="module")
def acquirers(keys: Path) -> Iterator[Acquirers]:
    acquirers = Acquirers(keys, HandClock(), random.Random(1))
    yield acquirers
    acquirers.ledger.close()


class Visitor:
    """A browser that was let in."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def post(self, path: str, body: bytes | dict[str, object]) -> tuple[int, Any]:
        kind = {"json": body} if isinstance(body, dict) else {"data": body}
        origin = {"Origin": self._url}
        async with self._session.post(self._url + path, headers=origin, **kind) as reply:
            text = await reply.text()
            return reply.status, json.loads(text) if reply.content_type == "application/json" else text

    async def get(self, path: str) -> aiohttp.ClientResponse:
        reply = await self._session.get(self._url + path)
        await reply.read()
        return reply


@asynccontextmanager
async def _let_in(acquirers: Acquirers) -> AsyncIterator[Visitor]:
    page = Page(Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, None))
    link = (await page.link({}))["url"]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        assert (await session.get(link)).status == 200
        yield Visitor(session, link.partition("/?")[0])
    await page.close()


@pytest.fixture
async def visitor(acquirers: Acquirers) -> AsyncIterator[Visitor]:
    async with _let_in(acquirers) as visitor:
        yield visitor


async def test_the_page_asks_nobody_but_its_own_server(visitor: Visitor) -> None:
    for path in ("/", "/phone.js", "/phone.css", "/words.json"):
        reply = await visitor.get(path)
        text = await reply.text()
        assert reply.status == 200
        assert not re.search(r"https?://|[\"'(=]//", text), f"{path} names an address"
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
        assert "unsafe" not in policy
        assert "*" not in policy


async def test_nothing_else_is_served(visitor: Visitor) -> None:
    for path in ("/server.py", "/../server.py", "/%2e%2e/server.py", "/phone/wallets", "/static/"):
        assert (await visitor.get(path)).status in (403, 404, 405)


async def test_a_phone_is_opened_and_its_code_drawn(visitor: Visitor) -> None:
    status, offered = await visitor.post("/phone/wallets", {})
    assert status == 200
    assert len(offered["wallets"]) == 8
    status, face = await visitor.post("/phone/open", {"wallet": "citic"})
    assert (status, face["names"]["zh"]) == (200, "中信银行")
    assert {name: face[name] for name in ("qr", "bars")} == drawn(face["code"])


async def test_a_photograph_is_read(visitor: Visitor) -> None:
    _, face = await visitor.post("/phone/open", {"wallet": "wechat"})
    status, shown = await visitor.post(f"/photo?phone={face['phone']}", _png("weixin://wxpay/bizpayurl?pr=none"))
    assert (status, shown["news"]["reason"]) == (200, "not_ours")


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"no picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;",
        b"PK\x03\x04" + bytes(60),
        _png("x")[:200],
        _png("x").replace(b"IDAT", b"IDAX"),
        _huge_png(5000),
        _huge_png(60_000),
    ],
    ids=["empty", "text", "svg", "postscript", "gif", "zip", "cut", "broken", "too many pixels", "bomb"],
)
async def test_what_is_no_photograph_is_refused(visitor: Visitor, picture: bytes) -> None:
    _, face = await visitor.post("/phone/open", {"wallet": "wechat"})
    status, said = await visitor.post(f"/photo?phone={face['phone']}", picture)
    assert (status, list(said)) == (400, ["error"])
    assert (await visitor.post("/phone/face", {"phone": face["phone"]}))[0] == 200


async def test_a_photograph_too_large_is_not_even_taken(visitor: Visitor) -> None:
    status, _ = await visitor.post("/photo?phone=x", bytes(MOST_BYTES + 1))
    assert status == 413


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/phone/open", b"{"),
        ("/phone/open", b"[]"),
        ("/phone/agree", b"[]"),
        ("/phone/agree", b"[" * 100_000),
        ("/phone/open", b'"wechat"'),
        ("/phone/open", b"\xff\xfe"),
        ("/phone/open", b'{"wallet": ["wechat"]}'),
        ("/phone/open", b'{"wallet": "alipayplus"}'),
        ("/phone/face", b'{"phone": {}}'),
        ("/photo", _png("x")),
        ("/photo?phone=nobody", _png("x")),
    ],
)
async def test_nonsense_is_said_to_be_so(visitor: Visitor, path: str, body: bytes) -> None:
    status, said = await visitor.post(path, body)
    assert (status, list(said)) == (400, ["error"])


async def test_only_questions_about_phones_are_answered(visitor: Visitor) -> None:
    for name in ("page", "books", "code", "../fault", "%2e%2e/fault"):
        assert (await visitor.post(f"/phone/{name}", {}))[0] == 404


def test_a_drawing_is_the_code_that_others_draw() -> None:
    code = "134567890123456789"
    qr = drawn(code)["qr"]
    modules = codes.qr(code)
    dark = sum(int(bar.split("h")[1].split("v")[0]) for bar in qr["path"].split("M")[1:])
    assert (qr["modules"], dark) == (modules.shape[1], int((modules == 0).sum()))


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for name, sentence in WORDS["en"].items():
        facts = {part.partition("}")[0] for part in sentence.split("{")[1:]}
        assert facts == {part.partition("}")[0] for part in WORDS["zh"][name].split("{")[1:]}, name
    assert all(reason.keys() == {"zh", "en"} for reason in WORDS["reasons"].values())


def test_there_are_words_for_whatever_keeps_a_phone_from_paying() -> None:
    issuers = (Refusal.INSUFFICIENT_FUNDS, Refusal.OVER_LIMIT, Refusal.OVER_DAY_LIMIT)
    assert {*issuers, Refusal.WRONG_PASSWORD, Refusal.NOT_TYPED, NOT_OURS, OVER, ""} == WORDS["reasons"].keys()
    assert {*Happened} <= WORDS["en"].keys()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is nobody's address")
async def test_the_local_network_is_listened_on_only_when_asked(
    acquirers: Acquirers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_own_address", lambda: "127.0.0.2")
    page = Page(Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, None))
    here, there = [(await page.link(question))["url"] for question in ({}, {"lan": True})]
    assert (await page.link({"lan": "yes"}))["url"].startswith("http://127.0.0.1:")
    async with aiohttp.ClientSession() as session:
        assert here.startswith("http://127.0.0.1:")
        assert there.startswith("http://127.0.0.2:")
        assert (await session.get(there, headers={"Host": "shop.example"})).status == 403
        assert (await session.get(there)).status == 200
    await page.close()


async def test_links_that_are_asked_for_at_once_are_of_one_page(acquirers: Acquirers) -> None:
    page = Page(Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, None))
    links = await asyncio.gather(*(page.link({}) for _ in range(3)))
    assert len({link["url"].partition("/?")[0] for link in links}) == 1
    await page.close()


async def test_where_there_is_no_network_that_is_said(acquirers: Acquirers, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(server, "_own_address", nowhere)
    page = Page(Desk(acquirers.crowd, acquirers.ledger, acquirers.clock, acquirers.switch, None))
    with pytest.raises(ValueError, match="Network is unreachable"):
        await page.link({"lan": True})
    await page.close()
