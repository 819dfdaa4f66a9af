"""Carries one request to an acquirer and brings its reply back, or says how far it got.

The difference that matters is between `NotSent` (no connection stood) and `NoAnswer` (a byte may have left): only
errors of the connect phase may be the former. Nothing is ever sent twice from here: no retries, no redirects,
for a 307 would carry the payment a second time.

The library is loaded by the first request or before it (`load`), not with this module: a till stands sooner without.
"""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terminal.errors import ConfigError, NoAnswer, NotSent
from terminal.scheme import Reply, Request

if TYPE_CHECKING:
    import aiohttp

LONGEST_REPLY = 1 << 20  # bytes: far beyond any acquirer's answer, near enough to refuse a flood
IDLE_CONNECTION_S = 10.0  # below any server's own limit: a connection closed under us would be a NoAnswer


class HttpTransport:
    """One acquirer's address. Belongs to the loop on which it is first used."""

    def __init__(self, base_url: str) -> None:
        """Raises ConfigError for what is no address: found out by the first payment, it would be an unknown one."""
        if not _names_a_host(base_url):
            raise ConfigError(f"base_url = {base_url!r}: an address is https://host or http://host:port")
        self.base_url = base_url.rstrip("/")
        self._session: "aiohttp.ClientSession | None" = None  # noqa: UP037 - not loaded yet

    async def exchange(self, request: Request, *, timeout_s: float) -> Reply:
        """Send it once and wait at most `timeout_s` real seconds; raises NotSent or NoAnswer."""
        import aiohttp  # noqa: PLC0415
        from yarl import URL  # noqa: PLC0415

        session = self._session = self._session or self._connect()
        try:
            async with session.request(
                request.method,
                # The signature covers the path as it stands: nobody may re-encode it on the way.
                URL(self.base_url + request.path, encoded=True),
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as response:
                body = await self._whole(response)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, headers, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection to {self.base_url}") from error
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise NoAnswer(f"no whole reply from {self.base_url} ({type(error).__name__})") from error

    async def _whole(self, response: "aiohttp.ClientResponse") -> bytes:
        """The body, however many pieces it comes in."""
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > LONGEST_REPLY:
                raise NoAnswer(f"{self.base_url} sent more than {LONGEST_REPLY} bytes")
        return bytes(body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _connect(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_CONNECTION_S),
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding",),
            cookie_jar=aiohttp.DummyCookieJar(),
        )


def _names_a_host(base_url: str) -> bool:
    try:
        url = urlsplit(base_url)
        return bool(url.hostname) and url.port != 0
    except ValueError:  # brackets that do not close, a port that is none
        return False


def load() -> None:
    """Have ready what the first request needs; takes a part of a second."""
    import aiohttp  # noqa: F401, PLC0415
