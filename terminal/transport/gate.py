"""Who may come in to a page that this machine serves: whoever was handed its link, and no other web page.

A link works once: it lets one browser in, which is known by a cookie from then on. A stranger on the network, a
second use of a link, a name that points here but is not ours (DNS rebinding), and another site's page that asks in
the browser's name are all refused alike.
"""

import ipaddress
import secrets
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

TOKEN = "token"  # noqa: S105 - the name of it in a link
TOKEN_BYTES = 24
ASKS_ONLY = ("GET", "HEAD")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
REFUSED = "403\n\n请打开 saoma 打印的链接：每个链接只能用一次。\nOpen the link that saoma printed: each works once.\n"
# The address has a token in it, which no other site is to be told; nothing is to be kept, framed or guessed at.
ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Gate:
    """The links and browsers of one page. `policy` is its Content-Security-Policy."""

    def __init__(self, policy: str) -> None:
        self._policy = policy
        self._links: set[str] = set()
        self._guests: set[str] = set()

    def link(self, base_url: str) -> str:
        """An address that lets one browser in, once."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._links.add(token)
        return f"{base_url}/?{TOKEN}={token}"

    def guard(self, app: web.Application) -> None:
        """Nothing of `app` is answered but through here."""
        app.middlewares.append(self._keep)
        app.on_response_prepare.append(self._dress)

    @web.middleware
    async def _keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not (_is_ours(request) and _is_asked_by_us(request)):
            raise web.HTTPForbidden(text=REFUSED)
        if request.cookies.get(_cookie(request)) in self._guests:
            return await handler(request)
        self._use_link(request)
        response = await handler(request)
        guest = secrets.token_urlsafe(TOKEN_BYTES)
        self._guests.add(guest)
        response.set_cookie(_cookie(request), guest, httponly=True, samesite="Strict", path="/")
        return response

    def _use_link(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a request that brings no link, or one that was used."""
        token = request.query.get(TOKEN, "")
        if request.method != hdrs.METH_GET or request.path != "/" or token not in self._links:
            raise web.HTTPForbidden(text=REFUSED)
        self._links.remove(token)

    async def _dress(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(ALWAYS)
        response.headers["Content-Security-Policy"] = self._policy


def _cookie(request: web.Request) -> str:
    """Browsers know cookies by the address alone: of two pages on this machine each has a name of its own."""
    return f"saoma-{request.url.port}"


def _is_ours(request: web.Request) -> bool:
    """The host that was asked for is the very address that was reached. A port may have been forwarded."""
    assert request.transport is not None, "a request is answered while its connection stands"
    reached: str = request.transport.get_extra_info("sockname")[0]
    host = request.url.host
    return host == reached or (host in LOOPBACK_NAMES and ipaddress.ip_address(reached).is_loopback)


def _is_asked_by_us(request: web.Request) -> bool:
    """What changes something, and a WebSocket, says which page asks: ours."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return request.method in ASKS_ONLY and hdrs.UPGRADE not in request.headers
    return urlsplit(origin).netloc == request.host
