"""Alerts to send, and real receivers on the loopback interface to send them to."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from watcher.model import (
    Alert,
    Article,
    Claim,
    Delivery,
    Hit,
    Lane,
    Match,
    Message,
    RuleInfo,
    Severity,
)

HEADLINE = "Turkije dringt bij Rusland aan op staakt-het-vuren"
TEXT = (
    f"{HEADLINE}\n\n"
    "Een staakt-het-vuren zou van nut kunnen zijn, zei president R.T. Erdogan vrijdag. "
    "De twee spraken elkaar in Asjchabad.\n\n"
    "Van een wapenstilstand is nog geen sprake. Poetin reageerde niet."
)
NOW = datetime(2025, 12, 12, 17, 26, tzinfo=UTC)

#: What articles may contain, and what it must do to nobody.
HOSTILE = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b[2J\x1b[31mrood",
    "\x9b31mrood",
    "\x1b]0;titel\x07",
    "\x07\x07",
    "\x08\x08\x08weg",
    "regel\r\nBcc: a@b.example",
    "regel\rover",
    "\n.\n",
    "\r\n.\r\nQUIT\r\n",
    "\x85\u2028\u2029",
    "\x0b\x0c",
    "\ud800",
    "\udfff einde",
    "\ud83d\ude00",
    "\ud83d x \ude00",
    "\ufffe\uffff",
    "\ufdd0",
    "\U0010ffff",
    "\u202egnol\u202c",
    "\u2066isolaat",
    "\u200e\u200f\u061c",
    "\ufeffBOM",
    "zacht\u00adstreepje",
    "nul\u200bbreed",
    "Z" + "\u0301" * 5000,
    "👨‍👩‍👧‍👦 familie",
    "🏴\U000e0067\U000e0062\U000e007f",
    "@everyone",
    "@here @channel @room",
    "<!channel>",
    "<!here|here>",
    "<@U123456>",
    "<#C123|kanaal>",
    "@**all**",
    "[bank](https://kwaad.example)",
    "<https://kwaad.example|bank>",
    "![plaatje](https://kwaad.example/x.png)",
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    '" onmouseover="alert(1)',
    "</mark></p><iframe>",
    "&lt;script&gt; &amp; &#x3c;",
    "<![CDATA[ ]]> <?xml?>",
    "<!DOCTYPE x [<!ENTITY e 'x'>]>&e;",
    "{{7*7}} ${HOME} %s %(x)s {0}",
    "'; DROP TABLE alert; --",
    "=cmd|' /C calc'!A0",
    "*vet* _schuin_ `code` ~~weg~~ ||spoiler||",
    "```\nblok\n```",
    "# kop\n> citaat\n- lijst",
    "---\n===",
    "»dubbel« »gemerkt«",
    "woord" * 20_000,
    "woord " * 20_000,
    "Kort. " * 20_000,
    "\n\n" * 20_000,
    "İıŞşßæœ ﷽ ㄅ 漢字",
    "العربية עברית",
    "x" * 5_000_000,
)


#: What services make something of, wherever it stands; invisible joiners take it apart.
LIVE = re.compile(
    r"[@＠]\w|&#|&\w+;|@\*|<[^\s\u2060…]|\]\(|\]\[|\]:|\w://|\w\.[^\W\d_]{2}|`|\|\||~~|\*\*|__"
    r"|^[#>*+=|-]",
    re.MULTILINE,
)


@pytest.fixture
def live() -> re.Pattern[str]:
    """Mentions, links and markup that a chat service would obey."""
    return LIVE


def hit(text: str, term: str, *, negated: bool = False, after: int = 0) -> Hit:
    """The first place of a term in a text."""
    start = text.index(term, after)
    return Hit(
        start=start,
        end=start + len(term),
        text=term,
        term=term,
        how="exact",
        field="body",
        negated=negated,
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``hostile`` with every hostile text."""
    if "hostile" in metafunc.fixturenames:
        metafunc.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))


@pytest.fixture
def hostile_texts() -> tuple[str, ...]:
    """All of them, for one test."""
    return HOSTILE


@pytest.fixture
def make_hit() -> Callable[..., Hit]:
    """Make hits by their words."""
    return hit


@dataclass(frozen=True)
class Sample:
    """Values to change with `dataclasses.replace`."""

    alert: Alert
    article: Article
    match: Match


@pytest.fixture
def sample() -> Sample:
    """An alert with everything in it."""
    rule = RuleInfo(
        id="bestand",
        title="Bestand Oekraïne",
        severity=Severity.HIGH,
        why="Elke stap naar een bestand",
        owner="desk-buitenland",
    )
    body = TEXT.index("\n\n")
    hits = (
        hit(TEXT, "staakt-het-vuren"),
        hit(TEXT, "staakt-het-vuren", after=body),
        hit(TEXT, "wapenstilstand", negated=True),
    )
    article = Article(
        id="ar-1",
        source="anp",
        document="strip.txt",
        part=5,
        parts=8,
        kind="brief",
        title=HEADLINE,
        title_source="headline",
        text=TEXT,
        headline_end=len(HEADLINE),
        seen=NOW,
        place="ASJCHABAD",
        agencies=("ANP", "RTR"),
        published=datetime(2025, 12, 12, 17, 20, tzinfo=UTC),
        published_source="document",
        url="https://nieuws.example/artikel?a=1&b=2",
    )
    alert = Alert(
        id="al-7f3a9c",
        rule="bestand",
        severity=Severity.HIGH,
        title=HEADLINE,
        article="ar-1",
        story="st-1",
        source="anp",
        created=NOW,
        code="first-report",
        reason="first report of this story for this rule",
    )
    return Sample(alert, article, Match(rule=rule, hits=hits))


@pytest.fixture
def make_claim() -> Callable[..., Claim]:
    """A claimed delivery to a recipient."""

    def make(recipient: str, message: Message | None = None, **changes: Any) -> Claim:
        message = message or Message(title="Titel", text="Kop\nhttps://nieuws.example/\n\nTekst")
        delivery = Delivery(
            id="de-1", alert="al-1", channel="kanaal", recipient=recipient, message=message
        )
        claim = Claim(
            delivery=delivery,
            lane=Lane(kind="channel", name="kanaal", token=1),
            attempt=1,
            created=NOW,
            now=NOW,
        )
        return replace(claim, **changes)

    return make


@dataclass
class Receiver:
    """A web server that answers by path and remembers what it got."""

    port: int = 0
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str, *, scheme: str = "json", user: str = "") -> str:
        """An Apprise URL that ends up at this path."""
        return f"{scheme}://{user}127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """/status/404, /rst, /never, /drip; anything else is fine."""
        body = await request.text()
        self.requests.append((request.path, dict(request.headers), body))
        self.arrived.set()
        kind = request.path.strip("/").split("/")[0]
        if kind == "status":
            status = int(request.path.split("/")[2])
            headers = {"Location": "/elders"} if status == 302 else dict(request.query)
            return web.Response(status=status, headers=headers)
        if kind == "rst":
            _reset(request)
        if kind in {"never", "drip"}:
            await self._hold(request, drip=kind == "drip")
        return web.Response(text="ok")

    async def _hold(self, request: web.Request, *, drip: bool) -> None:
        """Say nothing until the test is over, or one byte a second."""
        while not self.over.is_set():
            if drip and request.transport is not None:
                request.transport.write(b"H")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), 1)


def _reset(request: web.Request) -> None:
    assert request.transport is not None
    raw: socket.socket = request.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A real receiver on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]
    await web.SockSite(runner, listener).start()
    yield receiver
    receiver.over.set()
    await runner.cleanup()


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


#: What a mail server may do instead of answering.
HANG, CLOSE, RESET, DRIP, FLOOD = "HANG", "CLOSE", "RESET", "DRIP", "FLOOD"


@dataclass
class PostOffice:
    """A mail server that answers as told, and remembers what it was told.

    ``script`` has answers (or one of the words above) for "greeting", commands like "RCPT" or
    "RCPT jan@x.example", "text" (in the middle of the mail) and "end".
    """

    script: dict[str, str] = field(default_factory=dict)
    port: int = 0
    commands: list[str] = field(default_factory=list)
    #: What was handed over with its end, and what was not.
    mails: list[bytes] = field(default_factory=list)
    torn: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.arrived.set()
        try:
            if await self._say(writer, "greeting", "220 mx.example"):
                await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().strip():
            self.commands.append(line)
            verb = line.split(" ")[0].upper()
            usual = {"EHLO": "250-mx.example\r\n250 SIZE 9000000", "DATA": "354 go on"}
            found = re.search("<(.*)>", line)
            stage = f"{verb} {found[1]}" if found else verb
            stage = stage if stage in self.script else verb
            if not await self._say(writer, stage, usual.get(verb, "250 ok")) or verb == "QUIT":
                return
            taking = verb == "DATA" and "DATA" not in self.script
            if taking and not await self._take_mail(reader, writer):
                return

    async def _take_mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if "text" in self.script:
            self.torn.append(await reader.readuntil(b"--\r\n"))
            return await self._say(writer, "text", "")
        self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
        return await self._say(writer, "end", "250 taken")

    async def _say(self, writer: asyncio.StreamWriter, stage: str, usual: str) -> bool:
        """Answer, or not; whether the conversation goes on."""
        answer = self.script.get(stage, usual)
        if answer == RESET:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        while answer == FLOOD:
            writer.write(b"250-x\r\n" * 10_000)
            await writer.drain()
        while answer in {HANG, DRIP} and not self.over.is_set():
            if answer == DRIP:
                writer.write(b"2")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), 0.2)
        if answer in {HANG, DRIP, RESET, CLOSE}:
            return False
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
        return True


@pytest.fixture
async def open_post_office() -> AsyncIterator[Callable[..., Any]]:
    """Mail servers on free ports."""
    offices: list[tuple[PostOffice, asyncio.Server]] = []

    async def make(**script: str) -> PostOffice:
        office = PostOffice({key.replace("_", " "): value for key, value in script.items()})
        server = await asyncio.start_server(office.serve, "127.0.0.1", 0, limit=1 << 24)
        office.port = server.sockets[0].getsockname()[1]
        offices.append((office, server))
        return office

    yield make
    for office, server in offices:
        office.over.set()
        server.close()
