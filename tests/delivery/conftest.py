"""Alerts to send, and real receivers on the loopback interface to send them to."""

from __future__ import annotations

import asyncio
import contextlib
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
