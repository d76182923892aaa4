"""Feeds over real HTTP: what is asked, what is refused, and what is remembered."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from watcher.articles.extract import extract
from watcher.model import SourceState
from watcher.sources.feed import FeedSource
from watcher.sources.fetch import Fetcher, FetchLimits
from watcher.sources.politeness import Pace

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


@asynccontextmanager
async def serving() -> AsyncIterator[Wire]:
    """A server on the loopback interface."""
    wire = Wire()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    server.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """The feed's host."""
    async with serving() as wire:
        yield wire


@pytest.fixture
async def other() -> AsyncIterator[Wire]:
    """Another host."""
    async with serving() as wire:
        yield wire


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """The way to the web, open to the loopback network: 100,000 bytes at most, in a second."""
    fetcher = Fetcher(
        concurrency=4,
        per_host=2,
        limits=FetchLimits(timeout=timedelta(seconds=1), max_bytes=100_000, user_agent="proef"),
        allowed=[ip_network("127.0.0.0/8")],
    )
    yield fetcher
    await fetcher.close()


PACE = Pace(
    every=timedelta(minutes=10), fastest=timedelta(minutes=5), slowest=timedelta(minutes=30)
)


@pytest.fixture
def source(wire: Wire, fetcher: Fetcher) -> FeedSource:
    """A feed on that server."""
    url = f"http://127.0.0.1:{wire.port}/rss?a=1"
    return FeedSource(name="map", url=url, pace=PACE, fetcher=fetcher)


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
    known = replace(known, full_at=datetime.now(UTC))
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
    assert (await source.poll(state)).documents[0].body == RSS


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


async def test_a_closed_port_is_an_error(fetcher: Fetcher, state: SourceState) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = FeedSource(name="map", url=f"http://127.0.0.1:{port}/", pace=PACE, fetcher=fetcher)
    assert (await source.poll(state)).error.startswith("cannot connect")


async def test_a_user_name_is_told_to_the_server_and_nobody_else(
    fetcher: Fetcher, wire: Wire, state: SourceState
) -> None:
    url = f"http://jan:geh%40im@127.0.0.1:{wire.port}/rss"
    source = FeedSource(name="map", url=url, pace=PACE, fetcher=fetcher)
    wire.answer(RSS)
    (document,) = (await source.poll(state)).documents
    assert "Authorization: Basic amFuOmdlaEBpbQ==\r\n" in wire.requests[0]
    assert source.spec.lane_name == f"127.0.0.1:{wire.port}"
    assert "jan" not in f"{document.name} {document.url} {source.spec.url}"


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
async def test_a_move_for_good_is_remembered_and_told_once(
    source: FeedSource, wire: Wire, other: Wire, state: SourceState, status: str
) -> None:
    wire.answer(b"", status, Location=f"http://127.0.0.1:{other.port}/nieuw")
    other.answer(RSS)
    first = await source.poll(state)
    target = f"http://127.0.0.1:{other.port}/nieuw"
    assert (first.moved_to, first.event) == (target, f"moved for good to {target}; change its url")
    again = await source.poll(replace(state, moved_to=target))
    assert (again.moved_to, again.event) == (target, "")
    assert (len(wire.requests), len(other.requests)) == (1, 2)


async def test_a_move_for_now_is_not_remembered(
    source: FeedSource, wire: Wire, other: Wire, state: SourceState
) -> None:
    wire.answer(b"", "302 Found", Location=f"http://127.0.0.1:{other.port}/nieuw")
    other.answer(RSS)
    poll = await source.poll(state)
    assert (poll.moved_to, poll.event, len(poll.documents)) == ("", "", 1)


async def test_a_move_that_leads_nowhere_is_forgotten(
    source: FeedSource, wire: Wire, other: Wire, state: SourceState
) -> None:
    wire.answer(RSS)
    other.answer(b"", "404 Not Found")
    moved = replace(state, moved_to=f"http://127.0.0.1:{other.port}/nieuw")
    assert (await source.poll(moved)).error == "HTTP 404 Not Found"
    poll = await source.poll(replace(moved, failures=2))
    assert (poll.error, poll.moved_to, len(poll.documents)) == ("", "", 1)


async def test_secrets_stay_with_the_host_they_are_for(
    fetcher: Fetcher, wire: Wire, other: Wire, state: SourceState
) -> None:
    url = f"http://jan:geheim@127.0.0.1:{wire.port}/rss"
    headers = {"X-Key": "sleutel"}
    source = FeedSource(name="map", url=url, pace=PACE, fetcher=fetcher, headers=headers)
    target = f"http://127.0.0.1:{other.port}/nieuw"
    wire.answer(b"", "301 Moved", Location=target)
    other.answer(RSS)
    await source.poll(state)
    await source.poll(replace(state, moved_to=target))
    assert "X-Key: sleutel\r\n" in wire.requests[0]
    assert len(other.requests) == 2
    assert not [one for one in other.requests if "X-Key" in one or "Authorization" in one]


async def test_a_body_is_asked_for_unconditionally_once_a_day(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(RSS)
    known = replace(state, etag='"x"', modified="Mon, 02 Mar 2026 09:00:00 GMT", body_hash="h")
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    assert (await source.poll(replace(known, full_at=yesterday))).full
    assert "If-None-Match" not in wire.requests[0]
    assert "If-Modified-Since" not in wire.requests[0]
    assert not (await source.poll(replace(known, full_at=datetime.now(UTC)))).full
    assert "If-None-Match" in wire.requests[1]


async def test_a_feed_that_has_ended_is_asked_once_a_day(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    wire.answer(b"", "410 Gone")
    poll = await source.poll(state)
    assert poll.error.startswith("HTTP 410 Gone: the publisher has ended this feed")
    assert poll.wait is not None
    assert poll.wait > timedelta(hours=20)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_host_that_asks_to_be_left_alone_is(
    source: FeedSource, wire: Wire, state: SourceState, status: str
) -> None:
    wire.answer(b"", status, Retry_After="7200")
    poll = await source.poll(state)
    assert poll.error == f"HTTP {status}: asks to be left alone for 7200 s"
    assert poll.lane_wait == timedelta(hours=2)
    assert poll.wait is not None
    assert poll.wait > timedelta(hours=1.5)


async def test_an_address_that_is_not_public_is_not_asked(
    wire: Wire, other: Wire, state: SourceState
) -> None:
    """Nor when a public feed redirects to it: each hop is checked where it connects."""
    fetcher = Fetcher(
        concurrency=1, per_host=1, limits=FetchLimits(), allowed=[ip_network("127.0.0.1/32")]
    )
    wire.answer(b"", "302 Found", Location=f"http://127.0.0.2:{other.port}/")
    for url in (
        f"http://127.0.0.2:{wire.port}/",
        f"http://127.0.0.1:{wire.port}/",
        f"http://[::1]:{wire.port}/",
        f"http://[::ffff:127.0.0.2]:{wire.port}/",
    ):
        source = FeedSource(name="map", url=url, pace=PACE, fetcher=fetcher)
        error = (await source.poll(state)).error
        assert error.startswith("not asked: it is a"), (url, error)
    assert (len(wire.requests), len(other.requests)) == (1, 0)
    await fetcher.close()


# --- items that are known ----------------------------------------------------------------------

LONGER = RSS.replace(b"<item>", b"<item><title>Twee</title></item><item>")


async def recorded(source: FeedSource, wire: Wire, state: SourceState, body: bytes) -> SourceState:
    """The state after a poll that brought this body, all of which was recorded."""
    wire.answer(body)
    poll = await source.poll(state)
    await source.acknowledge([extract(one) for one in poll.documents])
    return replace(state, body_hash=poll.body_hash, full_at=datetime.now(UTC))


async def test_what_was_recorded_is_known_with_the_next_body(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    state = await recorded(source, wire, state, RSS)
    state = await recorded(source, wire, state, RSS)
    wire.answer(LONGER)
    (document,) = (await source.poll(state)).documents
    assert [one.title for one in extract(document).articles] == ["Twee"]


async def test_what_was_not_recorded_is_not_known(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    """A poll that ended between parsing and commit; then one of another node, or a backup."""
    state = await recorded(source, wire, state, RSS)
    wire.answer(LONGER)
    (document,) = (await source.poll(state)).documents
    assert document.known
    (document,) = (await source.poll(state)).documents
    assert document.known is None
    await source.acknowledge([extract(document)])
    wire.answer(RSS)
    (document,) = (await source.poll(replace(state, body_hash="another"))).documents
    assert document.known is None


async def test_once_a_day_everything_is_read(
    source: FeedSource, wire: Wire, state: SourceState
) -> None:
    state = await recorded(source, wire, state, RSS)
    wire.answer(LONGER)
    (document,) = (await source.poll(replace(state, full_at=None))).documents
    assert document.known is None


async def test_a_feed_of_teasers_is_always_read(
    wire: Wire, fetcher: Fetcher, state: SourceState
) -> None:
    """What is known of its articles are the pages that they link to."""
    url = f"http://127.0.0.1:{wire.port}/rss"
    source = FeedSource(name="map", url=url, pace=PACE, fetcher=fetcher, full=True)
    state = await recorded(source, wire, state, RSS)
    wire.answer(LONGER)
    (document,) = (await source.poll(state)).documents
    assert document.known is None
