"""A feed over HTTP: asked politely (only what changed), read with limits on time and size."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

import aiohttp

from watcher.errors import FetchError
from watcher.model import Document, Extraction, Poll, SourceSpec, SourceState

_CHUNK = 1 << 16
_MAX_REDIRECTS = 5
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one request may cost: seconds for all of it, bytes after decompression."""

    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10_000_000
    user_agent: str = "news-watcher"


class FeedSource:
    """The Source of `watcher.interfaces` for one feed URL."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        every: timedelta,
        session: aiohttp.ClientSession,
        limits: FetchLimits,
        language: str | None = None,
        tags: tuple[str, ...] = (),
        timezone: str = "Europe/Amsterdam",
        boilerplate: bool = True,
        paused: bool = False,
    ) -> None:
        self._url = url
        self._session = session
        self._limits = limits
        self._language = language
        self._tags = tags
        self._timezone = timezone
        self._boilerplate = boilerplate
        self.spec = SourceSpec(
            name=name,
            type="feed",
            lane_kind="host",
            lane_name=urlsplit(url).netloc.rpartition("@")[2].lower(),
            every=every,
            paused=paused,
        )

    async def poll(self, state: SourceState) -> Poll:
        """Ask once; a body that is the same as last time is no document."""
        try:
            async with asyncio.timeout(self._limits.timeout.total_seconds()):
                return await self._ask(state)
        except TimeoutError:
            seconds = self._limits.timeout.total_seconds()
            return self._failed(f"no complete answer within {seconds:g} s")
        except FetchError as error:
            return self._failed(str(error))
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            return self._failed(_explain(error))

    async def changed(self) -> None:
        """Never: a feed says nothing unless it is asked."""
        await asyncio.Event().wait()

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        """Nothing to do: the validators were recorded with the articles."""

    async def close(self) -> None:
        """Nothing to give back: the session belongs to the composition root."""

    def _failed(self, error: str) -> Poll:
        return Poll(source=self.spec.name, error=error)

    async def _ask(self, state: SourceState) -> Poll:
        headers = {"User-Agent": self._limits.user_agent, "Accept": _ACCEPT}
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.modified:
            headers["If-Modified-Since"] = state.modified
        async with self._session.get(
            self._url, headers=headers, max_redirects=_MAX_REDIRECTS
        ) as response:
            if response.status == 304:
                return self._unchanged(state)
            if response.status != 200:
                raise FetchError(f"HTTP {response.status} {response.reason or ''}".strip())
            body = await self._read(response)
            return self._changed(state, body, response)

    def _unchanged(self, state: SourceState) -> Poll:
        return Poll(
            source=self.spec.name,
            etag=state.etag,
            modified=state.modified,
            body_hash=state.body_hash,
        )

    def _changed(self, state: SourceState, body: bytes, response: aiohttp.ClientResponse) -> Poll:
        body_hash = blake2b(body, digest_size=16).hexdigest()
        document = Document(
            source=self.spec.name,
            name=self._url,
            body=body,
            seen=datetime.now(UTC),
            content_type=response.headers.get("Content-Type", ""),
            url=str(response.url),
            expects="feed",
            language=self._language,
            tags=self._tags,
            timezone=self._timezone,
            boilerplate=self._boilerplate,
        )
        return Poll(
            source=self.spec.name,
            documents=() if body_hash == state.body_hash else (document,),
            etag=response.headers.get("ETag", ""),
            modified=response.headers.get("Last-Modified", ""),
            body_hash=body_hash,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The whole body, decompressed here, so that its size and its end can be checked."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        inflate = _inflater(encoding)
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            while chunk:
                room = self._limits.max_bytes - len(body) + 1
                if inflate is None:
                    body += chunk
                    chunk = b""
                else:
                    if inflate.eof:  # RFC 9110 allows several members, one after the other
                        inflate = _inflater(encoding)
                        assert inflate is not None
                    body += inflate.decompress(chunk, room)
                    chunk = inflate.unconsumed_tail or inflate.unused_data
                if len(body) > self._limits.max_bytes:
                    raise FetchError(f"larger than {self._limits.max_bytes:,} bytes")
        if inflate and not inflate.eof:
            raise FetchError("the compressed body was cut off")
        return bytes(body)


def _inflater(encoding: str) -> zlib._Decompress | None:
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        # 32: take either a gzip or a zlib header.
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise FetchError(f'compressed as "{encoding}", which was not asked for')


def open_session(*, concurrency: int, per_host: int) -> aiohttp.ClientSession:
    """The one HTTP session of a process: no proxy from the environment, no cookies kept."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency, limit_per_host=per_host),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        # The deadline is the source's own, for all of a request.
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"Accept-Encoding": "gzip, deflate"},
    )


def _explain(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect: {error.os_error.strerror or error.os_error}"
    if isinstance(error, zlib.error):
        return "the compressed body is damaged, or not compressed as it says"
    if isinstance(error, aiohttp.TooManyRedirects):
        return f"more than {_MAX_REDIRECTS} redirects"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the body was cut off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    return f"{type(error).__name__}: {error}"
