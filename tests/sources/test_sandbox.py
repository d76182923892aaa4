"""The child that parses: what a document does, it does to the child and to no other document."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from watcher.articles.habits import line_key
from watcher.model import Document
from watcher.sources.sandbox import Sandbox

GOOD = b"Kop van het bericht\n\nHet kabinet overweegt een embargo, zei de minister vrijdag.\n"
DEADLINE = timedelta(seconds=1)
FAILED = "reading it took longer than 1 s or ended the parser"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A parser with a short deadline."""
    sandbox = Sandbox(deadline=DEADLINE)
    yield sandbox
    await sandbox.close()


def feed_of(items: int) -> bytes:
    """A feed that takes long to read."""
    item = b"<item><title>x</title><description>y</description></item>"
    return b"<rss version='2.0'><channel>" + item * items + b"</channel></rss>"


def parsers() -> list[int]:
    """The parsing children of this process."""
    found = []
    for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"watcher.sources.parsing" in command:
            found.append(int(pid))
    return found


def limits_of(pid: int) -> dict[str, list[str]]:
    """Soft and hard limits of a process, by name."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:25].strip(): line[25:].split()[:2] for line in lines}


def used_memory(pid: int) -> int:
    """The address space that a process has now, in bytes."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


async def the_parser(sandbox: Sandbox) -> int:
    """The child's process id."""
    await sandbox.start()
    (pid,) = parsers()
    return pid


async def test_documents_come_back_in_order_with_their_articles(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    documents = [make_document(GOOD.replace(b"Kop", b"Kop %d" % n)) for n in range(250)]
    found = await sandbox.parse(documents)
    assert [one.document for one in found] == documents
    titles = [one.articles[0].title for one in found]
    assert titles == [f"Kop {n} van het bericht" for n in range(250)]


async def test_every_field_survives_the_way_through_the_pipe(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    from watcher.articles.extract import extract

    documents = [
        make_document(GOOD, language="nl", split=False, captured=None),
        make_document(
            "Kop\n\nCaf\xe9, \u2603 en meer dan vier woorden.".encode("cp1252", "replace")
        ),
        make_document(b"\x00\x01\x02" * 99),
        make_document(GOOD, name="caf\\xe9\n.txt", encoding="utf-8"),
        make_document(
            b"<rss version='2.0'><channel><item><guid>g</guid><title>T</title><link>http://x.example"
            b"/1</link><pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate></item></channel></rss>",
            url="http://x.example/",
        ),
    ]
    assert await sandbox.parse(documents) == [extract(one) for one in documents]
    known = replace(documents[-1], known=extract(documents[-1]).reading)
    assert await sandbox.parse([known]) == [extract(known)]


async def test_no_documents_need_no_child(sandbox: Sandbox) -> None:
    assert await sandbox.parse([]) == []
    assert parsers() == []


async def test_only_the_document_that_takes_too_long_is_refused(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    documents = [make_document(GOOD, name=f"{number}.txt") for number in range(3)]
    documents.insert(1, make_document(feed_of(200_000), url="http://x.example/"))
    first, slow, *others = await sandbox.parse(documents)
    assert (slow.failure, slow.articles) == (FAILED, ())
    assert [one.failure for one in (first, *others)] == [None] * 3
    assert [len(one.articles) for one in (first, *others)] == [1] * 3


async def test_a_child_that_hangs_while_it_starts_does_not_stop_the_folder_for_ever(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    parsing = asyncio.create_task(sandbox.parse([make_document(GOOD)]))
    async with asyncio.timeout(20):
        while not parsers():  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(0)
    os.kill(parsers()[0], signal.SIGSTOP)
    try:
        async with asyncio.timeout(3 * DEADLINE.total_seconds()):
            await asyncio.wait({parsing})  # a result, or OSError: the machine's trouble
        assert not parsing.cancelled()
        parsing.exception()
    finally:
        parsing.cancel()
        for pid in parsers():
            os.kill(pid, signal.SIGCONT)


async def test_a_child_that_was_killed_costs_no_document(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    pid = await the_parser(sandbox)
    os.kill(pid, signal.SIGSTOP)
    asyncio.get_running_loop().call_later(0.1, os.kill, pid, signal.SIGKILL)
    found = await sandbox.parse([make_document(GOOD) for _ in range(5)])
    assert [one.failure for one in found] == [None] * 5
    assert parsers() not in ([], [pid])


async def test_a_child_that_died_between_two_polls_is_replaced(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    pid = await the_parser(sandbox)
    os.kill(pid, signal.SIGKILL)
    (found,) = await sandbox.parse([make_document(GOOD)])
    assert found.failure is None


async def test_a_document_that_eats_all_memory_is_refused_alone(
    make_document: Callable[..., Document],
) -> None:
    """The child's limit is lowered to a little more than it has, to be there sooner."""
    bomb = make_document(feed_of(30_000), name="bom.xml", url="http://x.example/")
    good = [make_document(GOOD, name=f"{number}.txt") for number in range(2)]
    sandbox = Sandbox(deadline=timedelta(seconds=30))
    try:
        pid = await the_parser(sandbox)
        await sandbox.parse(good)  # what is imported late is there
        limit = used_memory(pid) + 40_000_000
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, 1 << 30))
        first, found, last = await sandbox.parse([good[0], bomb, good[1]])
    finally:
        await sandbox.close()
    assert found.articles == ()
    assert "memory" in str(found.failure).lower()
    assert (first.failure, last.failure) == (None, None)


async def test_the_child_ends_with_its_sandbox(sandbox: Sandbox) -> None:
    pid = await the_parser(sandbox)
    await sandbox.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_child_has_limits_and_cannot_write_files(sandbox: Sandbox) -> None:
    pid = await the_parser(sandbox)
    limits = limits_of(pid)
    assert limits["Max address space"] == [str(1 << 30)] * 2
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]


# --- several sources at once -------------------------------------------------------------------


async def test_each_source_gets_its_own_articles_without_its_own_furniture(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    body = b"Kop %d van het bericht\n\nHet kabinet overweegt een embargo.\n\nVelsmeer aan de Vels\n"
    documents = [make_document(body % number) for number in range(20)]
    habits = [{line_key("Velsmeer aan de Vels")} if number % 2 else set() for number in range(20)]
    found = await asyncio.gather(
        *(sandbox.parse([one], habits=own) for one, own in zip(documents, habits, strict=True))
    )
    assert [one.articles[0].title for (one,) in found] == [
        f"Kop {number} van het bericht" for number in range(20)
    ]
    assert ["aan de Vels" in one.articles[0].text for (one,) in found] == [True, False] * 10


async def test_only_the_source_that_takes_too_long_is_refused(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    slow = make_document(feed_of(200_000), url="http://x.example/")
    documents = [make_document(GOOD), slow, make_document(GOOD)]
    found = await asyncio.gather(*(sandbox.parse([one]) for one in documents))
    assert [one.failure for (one,) in found] == [None, FAILED, None]


async def test_whoever_stops_waiting_leaves_no_answer_to_others(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    gone = asyncio.create_task(sandbox.parse([make_document(feed_of(500))]))
    await asyncio.sleep(0.3)
    gone.cancel()
    (found,) = await sandbox.parse([make_document(GOOD)])
    assert found.articles[0].title == "Kop van het bericht"


async def test_closing_gives_up_what_is_being_read(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    reading = asyncio.create_task(sandbox.parse([make_document(feed_of(200_000))]))
    await asyncio.sleep(0.1)
    await sandbox.close()
    with pytest.raises(asyncio.CancelledError):
        await reading
