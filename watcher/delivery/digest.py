"""Several alerts in one message: as many messages as a service's limit asks for. Pure and total."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from watcher.delivery.message import (
    MARKS,
    TITLE_MAX,
    html_page,
    list_found,
    show_source,
    show_title,
)
from watcher.delivery.plain import link, one_line
from watcher.delivery.words import WORDS, Language
from watcher.model import Alert, DigestEntry, Message

#: Characters for what stands above the entries, and between them.
_ROOM = 300


def render_digest(
    entries: Sequence[DigestEntry],
    *,
    language: Language,
    timezone: str,
    limit: int,
    size: Callable[[str], int] = len,
) -> list[tuple[Message, Sequence[DigestEntry]]]:
    """Messages of at most ``limit`` characters of text, each with the entries it tells of;
    ``size`` counts them.

    ``entries`` are alerts of one occasion (their code) in the order they are shown. Every entry
    is in exactly one message; one that is longer than the limit is cut, its link last.
    """
    zone = ZoneInfo(timezone)
    blocks = [(entry, _block(entry, language, zone, limit - _ROOM, size)) for entry in entries]
    parts = list(_parts(blocks, limit - _ROOM, size))
    return [
        (
            _message(part, number, len(parts), len(entries), language),
            [entry for entry, _ in part],
        )
        for number, part in enumerate(parts, start=1)
    ]


_Block = tuple[DigestEntry, list[str]]


def _block(
    entry: DigestEntry,
    language: Language,
    zone: ZoneInfo,
    room: int,
    size: Callable[[str], int],
) -> list[str]:
    """An entry's lines: mark, rule and headline; link; source and times; what was found."""
    words = WORDS[language]
    lines = [
        show_title(_alone(entry.alert), entry.article, entry.match, language),
        link(entry.article.url) or "",
        show_source(entry.article, language, zone),
        f"{words['found']}: {list_found(entry.match, words)}",
        f"{words['alert']} {one_line(entry.alert.id, 80)}",
    ]
    while sum(map(size, lines)) > room and len(lines) > 2:
        lines.pop()
    # Half a link is worse than none.
    return [line for line in lines if line and size(line) <= room]


def _alone(alert: Alert) -> Alert:
    """The alert as it would be told by itself: that it is part of a digest is said above it."""
    return replace(alert, kind="NEW") if alert.kind == "DIGEST" else alert


def _parts(
    blocks: Sequence[_Block], room: int, size: Callable[[str], int]
) -> Iterator[list[_Block]]:
    part: list[_Block] = []
    full = 0
    for entry, lines in blocks:
        length = sum(size(line) + 2 for line in lines) + 2
        if part and full + length > room:
            yield part
            part, full = [], 0
        part.append((entry, lines))
        full += length
    if part:
        yield part


def _message(
    part: Sequence[_Block], number: int, parts: int, count: int, language: Language
) -> Message:
    words = WORDS[language]
    first = part[0][0].alert
    occasion = words.get(f"digest {first.code} {count}") or words[f"digest {first.code}"]
    occasion = occasion.format(count=count, source=one_line(first.source, 40))
    if parts > 1:
        occasion += f" ({number}/{parts})"
    heaviest = max((entry.alert.severity for entry, _ in part), key=lambda one: one.rank)
    title = one_line(f"{MARKS[heaviest]} {occasion}", TITLE_MAX)
    text = "\n\n".join([occasion, *("\n".join(lines) for _, lines in part)])
    body = [f"<h1>{html.escape(occasion)}</h1>", *(_html(*block) for block in part)]
    return Message(title=title, text=text, html=html_page(title, body, language))


def _html(entry: DigestEntry, lines: Sequence[str]) -> str:
    """An entry as a paragraph; a link's text is its address, and what is less is smaller."""
    url = link(entry.article.url)
    title, *others = map(html.escape, lines)
    shown = [
        f'<a href="{line}" rel="noreferrer">{line}</a>'
        if url and line == html.escape(url)
        else f'<span class="meta">{line}</span>'
        for line in others
    ]
    return f'<p class="entry">{"<br>".join([f"<strong>{title}</strong>", *shown])}</p>'
