"""The other articles of an alert about a number: headlines with their links. Pure and total."""

from __future__ import annotations

import html
from collections.abc import Iterator

from watcher.counts import Tally
from watcher.delivery.plain import link, one_line
from watcher.delivery.words import WORDS, Language

#: A longer link would take the room of several headlines.
_LINK_MAX = 250


def list_counted(tally: Tally | None, language: Language) -> tuple[tuple[str, str], ...]:
    """Lines of text, each with the link below it, or ""; nothing for alerts about one article."""
    return tuple(_lines(tally, WORDS[language])) if tally is not None and tally.entries else ()


def _lines(tally: Tally, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield words["counted"], ""
    for entry in tally.entries:
        headline = one_line(entry.title, 120) or words["untitled"]
        url = link(entry.url) or ""
        source = one_line(entry.source, 40)
        yield f"– {headline} ({source})", url if len(url) <= _LINK_MAX else ""
    # Its own article is shown above.
    more = tally.count - 1 - len(tally.entries)
    if more > 0:
        yield words["more counted"].format(count=more), ""


def text_of(counted: tuple[tuple[str, str], ...]) -> list[str]:
    """As lines of plain text; a link has a line of its own."""
    return [line for pair in counted for line in pair if line]


def html_of(counted: tuple[tuple[str, str], ...]) -> str:
    """As a paragraph; the text of a link is its address."""
    lines = [html.escape(text) for text, _ in counted]
    links = [html.escape(url) for _, url in counted]
    shown = [
        f'{line}<br><a href="{url}" rel="noreferrer">{url}</a>' if url else line
        for line, url in zip(lines, links, strict=True)
    ]
    return f"<p>{'<br>'.join(shown)}</p>" if shown else ""
