"""Feeds over real HTTP: what is asked, what is refused, and what is remembered."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import pytest

from watcher.model import SourceState
from watcher.sources.feed import FeedSource, FetchLimits, open_session

RSS = b"<rss version='2.0'><channel><item><title>Een</title></item></channel></rss>"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Wire:
    """A server that answers every connection with the same raw bytes."""

    port: int = 0
    reply: bytes = b""
    #: Whether the connection stays open after the reply.
    hold: bool = False
    requests: list[str] = field(default_factory=list)

    def answer(
        self, body: bytes, status: str = "200 OK", length: int | None = None, **headers: str
    ) -> None:
        """Answer with a body; ``length`` is what Content-Length says."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body) if length is None else length}")
        head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close"])
        self.reply = head.encode("latin-1") + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(self.reply)
            await writer.drain()
            if self.hold:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A server on the loopback interface."""
    wire = Wire()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The session as the daemon opens it."""
    async with open_session(concurrency=4, per_host=2) as session:
        yield session


@pytest.fixture
def source(wire: Wire, session: aiohttp.ClientSession) -> FeedSource:
    """A feed on that server: at most 100,000 bytes, in a second."""
    return FeedSource(
        name="map",
        url=f"http://127.0.0.1:{wire.port}/rss?a=1",
        every=timedelta(minutes=10),
        session=session,
        limits=FetchLimits(timeout=timedelta(seconds=1), max_bytes=100_000, user_agent="proef"),
    )


async def test_a_body_becomes_a_document_with_its_validators(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(RSS, ETag='"x"', Last_Modified="Mon, 02 Mar 2026 09:00:00 GMT")
    poll = await source.poll(state)
    (document,) = poll.documents
    assert (document.body, document.url) == (RSS, f"http://127.0.0.1:{wire.port}/rss?a=1")
    assert (poll.etag, poll.modified) == ('"x"', "Mon, 02 Mar 2026 09:00:00 GMT")
    assert poll.body_hash
    (request,) = wire.requests
    assert "If-None-Match" not in request
    assert "User-Agent: proef\r\n" in request
    assert "Accept-Encoding: gzip, deflate\r\n" in request


async def test_validators_are_sent_and_not_modified_keeps_them(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    known = replace(state, etag='W/"x"', modified="Mon, 02 Mar 2026 09:00:00 GMT", body_hash="h")
    wire.reply = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    poll = await source.poll(known)
    assert (poll.documents, poll.error) == ((), "")
    assert (poll.etag, poll.modified, poll.body_hash) == (known.etag, known.modified, "h")
    assert 'If-None-Match: W/"x"\r\n' in wire.requests[0]
    assert "If-Modified-Since: Mon, 02 Mar 2026 09:00:00 GMT\r\n" in wire.requests[0]


async def test_the_same_body_without_validators_is_no_document(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(RSS)
    first = await source.poll(state)
    again = await source.poll(replace(state, body_hash=first.body_hash))
    assert (again.documents, again.body_hash, again.error) == ((), first.body_hash, "")


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_compressed_body_is_read(
    source: FeedSource, wire: Wire, state: SourceState, pack: Callable[[bytes], bytes]
) -> None:
    wire.answer(pack(RSS), Content_Encoding="gzip" if pack is gzip.compress else "deflate")
    assert (await source.poll(state)).documents[0].body == RSS


@pytest.mark.parametrize("cut", [1, 8, 9, 30])
async def test_a_compressed_body_that_was_cut_off_is_an_error(
    source: FeedSource, wire: Wire, state: SourceState, cut: int
) -> None:
    """With a Content-Length that fits what is left, only the compression knows of it."""
    wire.answer(gzip.compress(RSS)[:-cut], Content_Encoding="gzip")
    poll = await source.poll(state)
    assert (poll.documents, poll.error, poll.etag) == ((), "the compressed body was cut off", "")


@pytest.mark.parametrize(
    "body",
    [RSS, b"\x1f\x8b" + b"x" * 50, gzip.compress(RSS)[:-8] + b"12345678"],
    ids=["plain", "broken", "wrong checksum"],
)
async def test_a_body_that_is_not_compressed_as_it_says_is_an_error(
    source: FeedSource, wire: Wire, state: SourceState, body: bytes
) -> None:
    wire.answer(body, Content_Encoding="gzip")
    poll = await source.poll(state)
    assert poll.documents == ()
    assert poll.error


async def test_a_body_of_several_compressed_members_is_whole(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    """RFC 9110 allows it, and servers that append to packed files send it."""
    wire.answer(gzip.compress(RSS[:30]) + gzip.compress(RSS[30:]), Content_Encoding="gzip")
    poll = await source.poll(state)
    assert poll.error or poll.documents[0].body == RSS


async def test_bytes_behind_a_compressed_body_count_too(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(gzip.compress(RSS) + b"x" * 5_000_000, Content_Encoding="gzip")
    assert (await source.poll(state)).error


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_that_is_too_large_is_refused_after_decompression(
    source: FeedSource, wire: Wire, state: SourceState, packed: bool
) -> None:
    body = b" " * 100_000_000 if packed else b" " * 100_001
    wire.answer(*((gzip.compress(body),) if packed else (body,)),
                **({"Content_Encoding": "gzip"} if packed else {}))  # fmt: skip
    assert (await source.poll(state)).error == "larger than 100,000 bytes"


async def test_a_body_of_exactly_the_largest_size_is_read(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(gzip.compress(b" " * 100_000), Content_Encoding="gzip")
    assert len((await source.poll(state)).documents[0].body) == 100_000


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("500 Internal Server Error", "HTTP 500 Internal Server Error"),
        ("404 Weg", "HTTP 404 Weg"),
        ("429 Too Many Requests", "HTTP 429 Too Many Requests"),
        ("204 No Content", "HTTP 204 No Content"),
    ],
)
async def test_any_other_status_is_an_error(
    source: FeedSource, wire: Wire, state: SourceState, status: str, error: str
) -> None:
    wire.answer(b"" if "204" in status else RSS, status)
    poll = await source.poll(state)
    assert (poll.documents, poll.error) == ((), error)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<rss>", "cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", "cut off"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 'as "br"'),
        (ELSEWHERE % b"/rss", "redirects"),
        (ELSEWHERE % b"gopher://x/", ""),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ""),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", ""),
    ],
)
async def test_an_answer_that_is_no_answer_is_an_error_of_the_source(
    source: FeedSource, wire: Wire, state: SourceState, reply: bytes, error: str
) -> None:
    wire.reply = reply
    poll = await source.poll(state)
    assert poll.documents == ()
    assert poll.error
    assert error in poll.error


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<rss>"])
async def test_the_deadline_is_for_the_whole_request(
    source: FeedSource, wire: Wire, state: SourceState, reply: bytes
) -> None:
    wire.reply, wire.hold = reply, True
    async with asyncio.timeout(20):
        assert (await source.poll(state)).error == "no complete answer within 1 s"


async def test_a_closed_port_is_an_error(
    session: aiohttp.ClientSession, state: SourceState
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = FeedSource(
        name="map",
        url=f"http://127.0.0.1:{port}/",
        every=timedelta(minutes=10),
        session=session,
        limits=FetchLimits(),
    )
    assert (await source.poll(state)).error.startswith("cannot connect")


async def test_a_user_name_is_no_part_of_the_lane(session: aiohttp.ClientSession) -> None:
    source = FeedSource(
        name="map",
        url="https://jan:geheim@Nieuws.Example:8443/rss",
        every=timedelta(minutes=10),
        session=session,
        limits=FetchLimits(),
    )
    assert source.spec.lane_name == "nieuws.example:8443"
