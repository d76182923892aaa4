"""Thousands of made-up texts through every form that an alert takes: each can be delivered."""

from __future__ import annotations

import json
import random
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest

from watcher.delivery.chat import Service, prepare, weight
from watcher.delivery.digest import render_digest
from watcher.delivery.letter import write_letter
from watcher.delivery.message import render, render_terminal
from watcher.mailbox import Mailbox
from watcher.model import Alert, Article, Delivery, DigestEntry, Hit, Match, Message, RuleInfo

SAMPLE, ALL = 200, 5_000
AMSTERDAM = "Europe/Amsterdam"
#: What only the texts of others could bring into our plain text.
REFUSED = {"Cc", "Cs"}
OURS = {"html", "head", "meta", "title", "style", "body", "h1", "p", "strong", "a", "mark"} | {
    *("small", "dl", "dt", "dd", "span", "br")
}
ESCAPES = {"\x1b[1m", "\x1b[2m", "\x1b[1;7m", "\x1b[0m"}
#: An address alone on its line, in a card as a link to itself.
LINK = re.compile(r"https?://[^ ]+$|\[(https?://[^ ]+)\]\(\1\)$")
SERVICES = (
    Service(scheme="discord", title_max=250, text_max=2000, together=True),
    Service(scheme="slack", title_max=250, text_max=35_000),
    Service(scheme="tgram", title_max=0, text_max=4096),
    Service(scheme="workflows", title_max=250, text_max=1000),
    Service(scheme="ntfy", title_max=200, text_max=7800, together=True),
    Service(scheme="sms", title_max=0, text_max=160),
)


def made_up(count: int, hostile: tuple[str, ...]) -> Iterator[str]:
    """Texts of all lengths from all of Unicode, words, marks and what is meant badly; the same
    ones each time."""
    dice = random.Random(20251212)
    pieces = [*(one[:400] for one in hostile), *"@<[]()!|~*_`#>&;:/.,\\\"'-=+$%{}^ \n\t\r\0"]
    words = ["bom", "Oekraïne", "staakt-het-vuren", "kwaad.example", "https://kwaad.example/x"]
    for _ in range(count):
        parts: list[str] = []
        for _ in range(dice.choice((0, 1, 2, 5, 20, 80))):
            kind = dice.random()
            if kind < 0.3:
                parts.append(chr(dice.randrange(sys.maxunicode + 1)) * dice.choice((1, 1, 1, 40)))
            elif kind < 0.5:
                parts.append("".join(chr(dice.randrange(0x2000)) for _ in range(8)))
            else:
                parts.append(dice.choice(pieces if kind < 0.8 else words))
            parts.append(dice.choice(("", " ", " ", "\n", "\n\n")))
        yield "".join(parts)


def everywhere(sample: Any, text: str, dice: random.Random) -> tuple[Alert, Article, Match]:
    """An alert with this text in every place that is not ours, and hits anywhere in it."""
    spans = [sorted((dice.randint(-9, len(text) + 9), dice.randint(0, 400))) for _ in range(5)]
    hits = tuple(
        Hit(start=start, end=end, text=text, term=text, how="exact", field="body", negated=end % 2)  # type: ignore[arg-type]
        for start, end in spans
    )
    rule = RuleInfo(id=text, title=text, why=text, owner=text)
    article = replace(
        sample.article,
        title=text,
        text=text,
        headline_end=dice.randint(0, 60),
        source=text,
        document=text,
        place=text,
        agencies=(text,) * 3,
        url=dice.choice((text, f"https://a.example/{text}", sample.article.url)),
    )
    alert = replace(
        sample.alert, id=text, reason=text, code=text, kind="UPDATE", reported_by=(text,)
    )
    return alert, article, Match(rule=rule, hits=hits)


def check_plain(text: str, limit: int) -> None:
    """It can be encoded, says nothing to a terminal and keeps the limit."""
    text.encode("utf-8")
    json.dumps(text)
    assert len(text) <= limit
    bad = {one for one in text if unicodedata.category(one) in REFUSED and one != "\n"}
    assert not bad, bad


class Tags(HTMLParser):
    """The elements that a browser would make, and what it would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        self.seen.add(tag)
        for name, value in attrs:
            assert name in {"href", "rel", "class", "lang", "charset", "name", "content"}
            assert name != "href" or (value or "").lower().startswith(("http://", "https://"))


def check_html(page: str) -> None:
    """Our elements and no others."""
    page.encode("utf-8")
    parser = Tags()
    parser.feed(page)
    assert parser.seen <= OURS


def check_mail(message: Message) -> None:
    """A server takes it, and it is read as it was written."""
    box = Mailbox(address="wacht@x.example", name=message.title[:20])
    delivery = Delivery(
        id="de-1", alert="al-1", channel="post", recipient="x@x.example", message=message
    )
    mail = write_letter(delivery, message, sender=box, recipient=box, now=delivery_time())
    assert mail.isascii()
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    parsed = message_from_bytes(mail, policy=policy.default)
    plain = parsed.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert plain.replace("\r\n", "\n").rstrip("\n") == message.text.rstrip("\n")


def delivery_time() -> datetime:
    """Any moment."""
    return datetime(2025, 12, 12, 17, 30, tzinfo=UTC)


def check_chat(message: Message, live: re.Pattern[str]) -> None:
    """Within the limits of each service, nothing alive, and our link is there."""
    links = [line for line in message.text.split("\n") if LINK.match(line)]
    for service in SERVICES:
        title, text = prepare(service, message.title, message.text)
        check_plain(title, max(service.title_max, 78 * 2))
        size = len(text.encode()) if service.scheme == "ntfy" else len(text.encode("utf-16")) // 2
        most = {"workflows": 20_000, "ntfy": 3_500}.get(service.scheme, service.text_max)
        assert size <= most + 1
        kept = [line for line in text.split("\n") if LINK.match(line)]
        if service.scheme != "sms":
            assert len(kept) == len(links)
        rest = "\n".join(line for line in text.split("\n") if line not in kept)
        assert not live.search(f"{title}\n{rest}"), (title, rest)


@pytest.mark.parametrize("count", [SAMPLE, pytest.param(ALL, marks=pytest.mark.soak)])
def test_every_text_can_be_delivered_in_every_form(
    count: int, sample: Any, hostile_texts: tuple[str, ...], live: re.Pattern[str]
) -> None:
    dice = random.Random(count)
    entries = []
    for text in made_up(count, hostile_texts):
        alert, article, match = everywhere(sample, text, dice)
        language: Any = dice.choice(("nl", "en"))
        message = render(alert, article, match, language=language, timezone=AMSTERDAM)
        check_plain(message.title, 78)
        assert "\n" not in message.title
        check_plain(message.text, 3000)
        check_html(message.html or "")
        check_mail(message)
        check_chat(message, live)
        for color in (False, True):
            shown = render_terminal(
                alert, article, match, language=language, timezone=AMSTERDAM, color=color
            )
            escapes = set(re.findall("\x1b[^m]*m?", shown))
            assert escapes <= (ESCAPES if color else set())
            check_plain(re.sub("\x1b[^m]*m", "", shown), 10_000)
        entries.append(DigestEntry(alert=alert, article=article, match=match))
    for limit, size in ((900, weight), (1_900, weight), (100_000, len)):
        check_digest(entries, limit, size)


def check_digest(entries: list[DigestEntry], limit: int, size: Any) -> None:
    """Within the limit as it is counted, each alert in one message of it."""
    entries = [replace(one, alert=replace(one.alert, code="digest")) for one in entries]
    rendered = render_digest(entries, language="nl", timezone=AMSTERDAM, limit=limit, size=size)
    assert [entry for _, told in rendered for entry in told] == entries
    for message, _ in rendered:
        check_plain(message.text, limit)
        assert size(message.text) <= limit
        check_html(message.html or "")
        check_mail(message)
        if limit == 1_900:
            check_chat_digest(message)


def check_chat_digest(message: Message) -> None:
    """No entry is cut off where there is least room."""
    for service in (SERVICES[0], SERVICES[2], SERVICES[4]):
        _, text = prepare(service, message.title, message.text)
        assert text.count("\n\n") == message.text.count("\n\n")
