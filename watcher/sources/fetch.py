"""One request for strangers' bytes: addresses, redirects, time and size are checked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import aiohttp

from watcher.errors import FetchError
from watcher.sources.guard import ForbiddenAddress, Network, open_socket
from watcher.sources.inflate import Body

MAX_REDIRECTS = 5
_CHUNK = 1 << 16
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one request may cost: seconds for all of it, bytes before and after decompression."""

    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10_000_000
    user_agent: str = "news-watcher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said. ``body`` is complete, and only there with status 200.

    ``url`` is where it came from; ``moved_to`` where permanent redirects alone led ("" nowhere).
    """

    status: int
    url: str
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    moved_to: str = ""


class Fetcher:
    """The process's one way to the web: connections are shared, cookies and proxies are not.

    ``allowed`` are networks that may be asked although they are not public.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        per_host: int,
        limits: FetchLimits,
        allowed: Sequence[Network] = (),
    ) -> None:
        self.limits = limits
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=concurrency, limit_per_host=per_host, socket_factory=open_socket(allowed)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            # The deadline is one for all of a request, redirects and body included.
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"Accept-Encoding": "gzip, deflate", "User-Agent": limits.user_agent},
        )

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a URL. Raises `FetchError` for everything that is no complete answer.

        ``secret_headers`` go to the URL's own origin only, however it redirects.
        """
        limit_s = self.limits.timeout.total_seconds()
        try:
            async with asyncio.timeout(limit_s):
                return await self._follow(url, headers or {}, secret_headers or {})
        except TimeoutError:
            raise FetchError(f"no complete answer within {limit_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(_explain(error)) from None

    async def close(self) -> None:
        """Give back the connections."""
        await self._session.close()

    async def _follow(
        self, url: str, headers: Mapping[str, str], secret_headers: Mapping[str, str]
    ) -> Answer:
        at, moved_to, permanent = url, "", True
        for _ in range(MAX_REDIRECTS + 1):
            asked = dict(headers)
            if secret_headers and origin(at) == origin(url):
                asked |= secret_headers
            async with self._session.get(at, headers=asked, allow_redirects=False) as response:
                target = response.headers.get("Location", "")
                if response.status not in _REDIRECTS or not target:
                    return await self._answer(response, at, moved_to)
                at = _redirected(at, target)
                permanent = permanent and response.status in _PERMANENT
                moved_to = at if permanent else moved_to
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    async def _answer(self, response: aiohttp.ClientResponse, url: str, moved_to: str) -> Answer:
        body = b""
        if response.status == 200:
            collected = Body(response.headers.get("Content-Encoding", ""), self.limits.max_bytes)
            async for chunk in response.content.iter_chunked(_CHUNK):
                collected.add(chunk)
            body = collected.finish()
        return Answer(
            status=response.status,
            url=url,
            reason=response.reason or "",
            headers=response.headers,
            body=body,
            moved_to=moved_to,
        )


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Whom a secret for this URL may be told: scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname, parts.port


def split_user(url: str) -> tuple[str, dict[str, str]]:
    """The URL without the user name and password in it, and the header that says them."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    name, _, password = user.partition(":")
    login = aiohttp.encode_basic_auth(unquote(name), unquote(password), encoding="utf-8")
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": login}


def _redirected(at: str, target: str) -> str:
    """Where a redirect leads. Raises `FetchError` where that is none of the web's schemes."""
    url = urljoin(at, target.strip())
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise FetchError(f'a redirect to "{parts.scheme}:", which is not followed')
    # A user name in a redirect is somebody else's choice.
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _explain(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not valid: {_reason(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        refused = isinstance(inner, ForbiddenAddress) or "allow_private" in str(inner)
        return f"not asked: {inner}" if refused else f"cannot connect: {_reason(inner)}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the body was cut off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(error, aiohttp.InvalidURL):
        return "this is no URL that can be asked"
    return f"{type(error).__name__}: {error}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "verify_message", "") or getattr(error, "strerror", "") or error)
