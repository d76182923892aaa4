"""Text for chat services: made harmless, and as it arrives at each of them through Apprise."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from watcher.delivery.channel import AppriseChannel
from watcher.delivery.chat import Service, defuse, prepare, shorten
from watcher.delivery.message import render
from watcher.delivery.plain import clean
from watcher.model import DigestEntry, Message

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text("a \n\ud800\u202e<@]().\x1b»«")

# --- harmless ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "<!channel>",
        "<@U1>",
        "＠all",
        "[x](https://y.example)",
        "[x]: https://y.example",
        "https://y.example",
        "www.y.example",
        "||weg||",
        "~~weg~~",
        "&#64;all",
        "&commat;all",
    ],
)
def test_defused_text_no_longer_has_the_mention_but_reads_the_same(text: str) -> None:
    assert text not in defuse(f"kijk {text} hier")
    assert clean(defuse(text)) == text


@pytest.mark.parametrize("text", ["# kop", "> citaat", "- lijst", "1. lijst", "---", "| a | b |"])
def test_a_line_does_not_begin_with_what_is_markup_there(text: str) -> None:
    assert not defuse(f"Kop\n{text}").endswith(f"\n{text}")
    assert clean(defuse(text)) == text


def test_code_would_hide_the_link_so_its_mark_is_another_character() -> None:
    assert defuse("```a `b`") == "ˋˋˋa ˋbˋ"


@pytest.mark.parametrize("text", ["R.T. Erdogan", "om 18.20 uur", "1.500", "a/b", "Slot. Begin"])
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert defuse(text) == text


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://a.example/@everyone", "https://a.example/%40everyone"),
        ("https://a.example/a_b?c[]=1&d=2#e", "https://a.example/a_b?c%5B%5D=1&d=2#e"),
        ("https://a.example/_a_/*b*/~~c", "https://a.example/%5Fa%5F/%2Ab%2A/%7E~c"),
    ],
)
def test_a_link_still_works_when_defused(link: str, shown: str) -> None:
    assert defuse(f"Kop\n{link}\n") == f"Kop\n{shown}\n"


@given(ANY_TEXT)
def test_defuse_never_fails(text: str) -> None:
    defuse(text)


# --- short -------------------------------------------------------------------------------------

BODY = "Kop\nhttps://a.example/\n\nBron\n\nZin een.\n\nZin twee.\n\nWaarom: x\n\nMelding 1"


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (100, ["Kop", "Bron", "Zin een.", "Zin twee.", "Waarom", "Melding"]),
        (len(BODY) - 1, ["Kop", "Bron", "Zin een.", "Waarom", "Melding"]),
        (55, ["Kop", "Bron", "Waarom", "Melding"]),
        (25, ["Kop"]),
    ],
)
def test_shorten_drops_sentences_first(limit: int, left: list[str]) -> None:
    short = shorten(BODY, limit)
    assert len(short) <= limit
    assert "https://a.example/" in short
    assert [
        block.split(":")[0].split("\n")[0].split(" 1")[0] for block in short.split("\n\n")
    ] == left


@given(ANY_TEXT, st.integers(1, 200))
def test_shorten_keeps_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


def test_a_headline_too_long_is_cut_before_the_link() -> None:
    assert shorten("Een lange kop die niet past\nhttps://a.example/", 30) == (
        "Een lange…\nhttps://a.example/"
    )


def test_what_counts_is_what_the_service_counts() -> None:
    short = shorten("Kop &&&&\nhttps://a.example/", 35, lambda text: len(html.escape(text)))
    assert short == "Kop &&…\nhttps://a.example/"


@given(ANY_TEXT, st.integers(1, 60), st.sampled_from(["discord", "ntfy", "workflows", "tgram"]))
def test_prepared_text_keeps_the_limit(text: str, limit: int, scheme: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    service = Service(scheme=scheme, title_max=0, text_max=100 + limit, grown=html.escape)
    title, short = prepare(service, "Titel", text)
    if scheme in {"discord", "tgram"}:
        assert len(html.escape(f"{title}\r\n{short}")) <= 100 + limit


# --- as it arrives -----------------------------------------------------------------------------

LINK = "https://nieuws.example/artikel?a=1&b=2"
SCRIPT = Path(__file__).with_name("redirected_sender.py")
ROOT = str(Path(__file__).resolve().parents[2])
#: What login and joining a room need as an answer.
MATRIX = {"access_token": "t", "user_id": "@u:x", "home_server": "x", "room_id": "!r:x"}

Shown = tuple[str, str]


@dataclass(frozen=True)
class Chat:
    """A service: its address, where it is told, how people see that, and what it takes."""

    url: str
    path: str
    read: Callable[[Any], Shown]
    limit: int = 10**6
    size: Callable[[str], int] = len


def slack(value: Any) -> Shown:
    assert value["mrkdwn"] is False
    (one,) = value["attachments"]
    return html.unescape(one["title"]), only_entities(one["text"])


def only_entities(text: str) -> str:
    """Slack: everything between < and > would be a link or a mention."""
    assert "<" not in text
    return html.unescape(text)


def teams(value: Any) -> Shown:
    card = value["attachments"][0]["content"]
    assert card["msteams"] == {"width": "full"}, "no mentions"
    title, body = card["body"]
    assert (title["type"], body["type"]) == ("TextBlock", "TextBlock")
    # A link's words are its address, so people see one.
    text = re.sub(r"\[(https://\S+)\]\(\1\)", r"\1", body["text"])
    assert not re.search(r"[^\n]\n[^\n]", text), "a card joins such lines"
    return title["text"], text


def telegram(value: Any) -> Shown:
    assert (value["parse_mode"], value["disable_web_page_preview"]) == ("HTML", True)
    title, text = re.fullmatch(r"<b>(.*?)</b>\r\n(.*)", value["text"], re.DOTALL).groups()  # type: ignore[union-attr]
    assert "<" not in title + text
    return html.unescape(title), html.unescape(text)


def titled(text: str) -> Shown:
    title, _, body = text.partition("\r\n")
    return title, body


def matrix(value: Any) -> Shown:
    assert set(value) == {"msgtype", "body"}, "no HTML beside it"
    return titled(value["body"].removeprefix("# "))


def discord(value: Any) -> Shown:
    assert not set(value) & {"embeds", "allow_mentions", "avatar_url"}
    return titled(value["content"])


CHATS = {
    "slack": Chat("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "/slack", slack, 35_000),
    "teams": Chat("workflows://127.0.0.1:{port}/3e2d1f/sig1234/", "/workflows", teams, 28_000),
    "telegram": Chat("tgram://123456789:abcdefg_hijklmnop/12315544/", "/bot", telegram, 4096),
    "matrix": Chat("matrix://u:p@127.0.0.1:{port}/!room:x/", "/_matrix", matrix, 65_000),
    "mattermost": Chat(
        "mmost://127.0.0.1:{port}/" + "t" * 26, "/hooks", lambda value: titled(value["text"]), 4000
    ),
    "discord": Chat("discord://" + "4" * 24 + "/" + "A" * 64, "/discord", discord, 2000),
    "ntfy": Chat(
        "ntfy://127.0.0.1:{port}/onderwerp",
        "/",
        lambda value: (value["title"], value["message"]),
        4096,
        lambda text: len(text.encode()),
    ),
}
#: Options of an address that would have Apprise convert the text, or look for mentions in it.
OPTIONS = ("", "?format=markdown", "?format=html&overflow=split")


class Receivers:
    """All services at one port: each request as (path, value)."""

    def __init__(self) -> None:
        self.port = 0
        self.got: list[tuple[str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """What each of them says when all is well."""
        self.got.append((request.path, json.loads(await request.text() or "{}")))
        if request.path.startswith("/slack"):
            return web.Response(text="ok")
        return web.json_response(MATRIX)

    def last(self, chat: Chat) -> tuple[Shown, Any]:
        """The last message to a service, as people see it and as it came."""
        messages = [
            value
            for path, value in self.got
            if path.startswith(chat.path) and ("_matrix" not in path or "/send/" in path)
        ]
        return chat.read(messages[-1]), messages[-1]


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    """The services, on a free port."""
    receivers = Receivers()
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", receivers.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receivers.port = runner.addresses[0][1]
    yield receivers
    await runner.cleanup()


@pytest.fixture
async def start(receivers: Receivers) -> AsyncIterator[Callable[..., Any]]:
    """The real child for addresses; what it returns sends a message to one of them."""
    started: list[asyncio.subprocess.Process] = []

    async def run(*urls: str) -> Callable[..., Any]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(SCRIPT), str(receivers.port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
        started.append(process)
        assert process.stdin is not None
        assert process.stdout is not None

        async def ask(value: Any) -> Any:
            process.stdin.write(json.dumps(value).encode() + b"\n")  # type: ignore[union-attr]
            async with asyncio.timeout(20):
                return json.loads(await process.stdout.readline())  # type: ignore[union-attr]

        config = {"urls": [url.format(port=receivers.port) for url in urls], "timeout": 5}
        assert await ask(config) == {"ready": []}

        async def send(message: Message, recipient: int = 0) -> None:
            request = {"id": "de-1", "recipient": recipient, "alert_id": "al-1"}
            answer = await ask({**request, "title": message.title, "text": message.text})
            assert answer["sent"] == "done", answer

        return send

    yield run
    for process in started:
        process.kill()
        await process.wait()


def hostile_message(sample: Any, hostile: str) -> Message:
    """An alert about an article that says this in its headline and in each sentence."""
    shown = hostile.strip() or "leeg"
    text = f"{shown}\n\nEerst {shown} bom.\n\n{shown}\n\n{shown} en een bom."
    hits = [
        replace(sample.match.hits[0], start=at, end=at + 3, text="bom", term="bom")
        for at in (found.start() for found in re.finditer("bom", text))
    ]
    article = replace(
        sample.article, title=shown, text=text, headline_end=len(shown), place=shown, url=LINK
    )
    match = replace(sample.match, hits=tuple(hits))
    alert = replace(sample.alert, kind="UPDATE")
    return render(alert, article, match, language="nl", timezone="Europe/Amsterdam")


def digest_of(sample: Any, hostiles: list[str], chat: Chat) -> list[Message]:
    """All of them in as few messages as the channel for this service makes."""
    entries = [
        DigestEntry(
            alert=replace(sample.alert, code="digest", kind="DIGEST", id=f"al-{number}"),
            article=replace(
                sample.article, title=hostile, place=hostile, url=f"{LINK}&n={number}."
            ),
            match=sample.match,
        )
        for number, hostile in enumerate(hostiles)
    ]
    channel = AppriseChannel("piket", [chat.url], language="nl", timezone="Europe/Amsterdam")
    return [message for message, _ in channel.render_digest(entries)]


WORST = [
    "@everyone @here @channel @room @all @**all** ＠all",
    "<!channel> <!here|here> <@U123456> <@&1> <#C123|kanaal> <at>jan</at> <users/all>",
    "[bank](https://kwaad.example) ![x](https://kwaad.example/x.png) [a][b]",
    "[bank]: https://kwaad.example",
    "<https://kwaad.example|bank> <https://kwaad.example> <a href='https://k.example'>b</a>",
    "https://kwaad.example/alleen-een-adres",
    "http://kwaad.example@127.0.0.1/ www.kwaad.example kwaad.example jan@kwaad.example",
    "javascript://kwaad.example slack://user?team=T1 tg://resolve?domain=x",
    "&lt;!channel&gt; &#64;everyone &amp;lt;b&gt;",
    "*vet* **vet** _schuin_ __onder__ `code` ~~weg~~ ||spoiler||",
    "``` ~~~ || ** __",
    "# kop",
    "> citaat",
    ">>> alles",
    "- lijst",
    "---",
    "| a | b |",
    "\\[bank\\](https://kwaad.example) \\@everyone \\<!channel>",
    "{{7*7}} ${HOME} %s {0} {{app_body}}",
    "\x00\x1b[2J\ud800\u202e@everyone",
    "İıŞşßæœ ﷽ 漢字 العربية 👨‍👩‍👧‍👦",
]


@pytest.mark.parametrize("name", CHATS)
async def test_nothing_of_an_article_comes_alive(
    name: str,
    sample: Any,
    live: re.Pattern[str],
    receivers: Receivers,
    start: Callable[..., Any],
) -> None:
    chat = CHATS[name]
    send = await start(*(chat.url + option for option in OPTIONS))
    for recipient, _ in enumerate(OPTIONS):
        # The harmless one first: what is tested must be able to pass.
        for hostile in ["Gewoon", *WORST]:
            message = hostile_message(sample, hostile)
            await send(message, recipient)
            (title, text), raw = receivers.last(chat)
            assert text.count(LINK) == 1, text
            assert not live.search(f"{title}\n{text}".replace(LINK, "")), (hostile, title, text)
            assert clean(text) == clean(message.text.replace("`", "ˋ")), "it reads the same"
            assert "github" not in json.dumps(raw), "no pictures from elsewhere"
            # One that services could not have taken would have been refused there.
            json.dumps(raw).encode()


@pytest.mark.parametrize("name", CHATS)
async def test_nothing_of_a_digest_comes_alive_or_is_lost(
    name: str,
    sample: Any,
    live: re.Pattern[str],
    receivers: Receivers,
    start: Callable[..., Any],
) -> None:
    chat = CHATS[name]
    send = await start(chat.url)
    hostiles = [*WORST, "@<" * 40, "👨‍👩‍👧" * 40, "漢" * 80, "&" * 80] * 3
    links = set()
    messages = digest_of(sample, hostiles, chat)
    for message in messages:
        await send(message)
        (title, text), _ = receivers.last(chat)
        links |= set(re.findall(r"https://nieuws\.example/\S+", text))
        shown = f"{title}\n{text}"
        assert not live.search(re.sub(r"https://nieuws\.example/\S+", "", shown)), shown
    assert links == {f"{LINK}&n={number}." for number in range(len(hostiles))}, "all are told"
    assert len(messages) < len(hostiles) / 2


def long_message(sentence: str) -> Message:
    """Far more than any service takes."""
    head = [f"Kop\n{LINK}", "Bron"]
    tail = ["Waarom: regel", "Melding al-1"]
    body = [f"Zin {number} {sentence}einde" for number in range(700)]
    return Message(title="Titel", text="\n\n".join([*head, *body, *tail]))


@pytest.mark.parametrize("name", CHATS)
async def test_what_is_too_long_loses_sentences_and_never_the_link(
    name: str, receivers: Receivers, start: Callable[..., Any]
) -> None:
    chat = CHATS[name]
    send = await start(chat.url)
    for sentence in ("woord " * 20, "<&> " * 20, "één " * 20, "👨‍👩‍👧 " * 20, "漢 " * 20):
        await send(long_message(sentence))
        (title, text), raw = receivers.last(chat)
        assert title.endswith("Titel")
        assert chat.size(text) <= chat.limit
        assert len(json.dumps(raw)) < 8000 or name != "ntfy", "it would become a file"
        assert len(json.dumps(raw)) < 28_000 or name != "teams", "Teams refuses it"
        blocks = [block.strip() for block in re.split(r"(?:\r?\n){2}", text)]
        assert LINK in text
        assert blocks[-2:] == ["Waarom: regel", "Melding al-1"]
        sentences = [block for block in blocks if block.startswith("Zin ")]
        assert len(sentences) > 3
        assert all(block.endswith("einde") for block in sentences), "whole sentences only"
        assert [int(block.split()[1]) for block in sentences] == list(range(len(sentences)))
