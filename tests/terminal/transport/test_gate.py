"""A page that this machine serves lets in whoever has its link, and nobody that asks in a browser's name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web

from terminal.transport.gate import Gate


@dataclass
class Site:
    url: str
    gate: Gate
    browser: aiohttp.ClientSession
    changed: list[str]

    async def status(self, path: str = "/", *, method: str = "GET", **headers: str) -> int:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.browser.request(method, self.url + path, headers=told) as reply:
            return reply.status

    async def enter(self) -> None:
        assert (await self.browser.get(self.gate.link(self.url))).status == 200


@asynccontextmanager
async def _browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as session:  # keeps cookies of addresses
        yield session


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    changed: list[str] = []

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="inside")

    async def change(_: web.Request) -> web.Response:
        changed.append("once")
        return web.Response(text="done")

    app, gate = web.Application(), Gate("default-src 'none'")
    app.add_routes([web.get("/", page), web.get("/ws", page), web.post("/change", change)])
    gate.guard(app)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    async with _browser() as browser:
        yield Site(f"http://127.0.0.1:{place.port}", gate, browser, changed)
    await runner.cleanup()


async def test_nobody_gets_in_without_a_link(site: Site) -> None:
    for path in ("/", "/?token=", "/?token=guess", "/static/x", "/ws"):
        assert await site.status(path) == 403
    assert await site.status("/change", method="POST", Origin=site.url) == 403
    assert not site.changed


async def test_a_link_lets_one_browser_in_for_good_and_works_once(site: Site) -> None:
    link = site.gate.link(site.url)
    entered = await site.browser.get(link)
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert await site.status("/") == 200
    async with _browser() as other:
        assert (await other.get(link)).status == 403
        assert (await other.get(site.gate.link(site.url))).status == 200


async def test_a_link_is_not_used_up_by_who_only_looks(site: Site) -> None:
    link = site.gate.link(site.url)
    assert (await site.browser.head(link)).status == 403
    assert (await site.browser.get(link, headers={"Host": "evil.example"})).status == 403
    assert (await site.browser.get(link)).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "a b", "[::"]
)
async def test_a_name_that_only_points_here_is_refused(site: Site, host: str) -> None:
    await site.enter()
    assert await site.status("/", Host=host) in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "localhost:9999", "127.0.0.1:9999"])
async def test_a_forwarded_port_of_this_machine_is_let_in(site: Site, host: str) -> None:
    link = site.gate.link("")
    async with site.browser.get(site.url + link, headers={"Host": host}) as reply:
        assert reply.status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "http://127.0.0.1:1", ""])
async def test_another_sites_page_changes_nothing(site: Site, origin: str) -> None:
    await site.enter()
    assert await site.status("/change", method="POST", Origin=origin) == 403
    assert await site.status("/", Origin=origin) == 403
    assert not site.changed


async def test_who_changes_something_says_which_page_asks(site: Site) -> None:
    await site.enter()
    assert await site.status("/change", method="POST") == 403
    assert await site.status("/ws", Upgrade="websocket", Connection="Upgrade") == 403
    assert not site.changed
    assert await site.status("/change", method="POST", Origin=site.url) == 200
    assert site.changed == ["once"]


async def test_whatever_is_answered_may_not_be_framed_kept_or_told_on(site: Site) -> None:
    await site.enter()
    for path, method in (("/", "GET"), ("/nowhere", "GET"), ("/change", "POST")):
        async with site.browser.request(method, site.url + path) as reply:
            assert reply.headers["Content-Security-Policy"] == "default-src 'none'"
            assert reply.headers["X-Frame-Options"] == "DENY"
            assert reply.headers["Referrer-Policy"] == "no-referrer"
            assert reply.headers["Cache-Control"] == "no-store"
