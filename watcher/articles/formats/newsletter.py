"""Several items in one mail: headings with a text and a link each, or parts between lines.

Only what repeats counts: one heading is a mail with a heading. In doubt a mail stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from watcher.articles.formats.flowed import is_footer, without_footer
from watcher.articles.markup import one_line

_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_BOLD = frozenset(("b", "strong"))
_BREAKS = frozenset(
    re.findall(
        r"\w+",
        "p div br tr td th li ul ol table section article header footer blockquote hr body",
    )
)
_SILENT = frozenset(("script", "style", "head", "title"))
_TITLE_WORDS = range(2, 31)
_FEWEST_WORDS = 5
#: What has no title or no link, and this many words, is kept under the subject.
_INTRODUCTION = 25
_MAX_BLOCKS = 5_000
_READ_ON = re.compile(
    r"(?:lees|read|weiter|mehr|lire|en savoir|naar|bekijk|meer|more|full|hele|volledig).{0,40}\Z",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"(?m)^[ \t]*(?:[-=_~#*]{5,}|(?:[*·•-] ){2,}[*·•-])[ \t]*$")
_URL = re.compile(r"https?://[^\s<>\"]+")
_ONLY_URL = re.compile(r"(?:[^\n:]{0,30}:?\s*)?<?https?://\S+>?\s*")


@dataclass(frozen=True, slots=True)
class NewsletterItem:
    """One item of a newsletter in plain text; an introduction has no title."""

    title: str
    text: str
    link: str


@dataclass(slots=True)
class _Block:
    """A run of text between two breaks: which parts of it are linked, and whether all is bold."""

    heading: bool = False
    text: str = ""
    bold: int = 0
    linked: int = 0
    links: list[str] = field(default_factory=list)

    def is_title(self) -> bool:
        words = len(self.text.split())
        letters = len("".join(self.text.split()))
        emphasised = self.bold == letters == self.linked
        return words in _TITLE_WORDS and (self.heading or emphasised)

    def leads_on(self) -> bool:
        """ "Lees verder": a short line that is a link and nothing else."""
        letters = len("".join(self.text.split()))
        short = len(self.text) <= 60 and self.linked == letters
        return short and (_READ_ON.match(self.text) is not None or len(self.text.split()) <= 2)


def html_items(html: str) -> tuple[NewsletterItem, ...]:
    """The items of an HTML newsletter: two or more titles with a text and a link, else none."""
    if not html:
        return ()
    reader = _Blocks()
    reader.feed(html)
    reader.close()
    blocks = _without_footer(reader.finished()[:_MAX_BLOCKS])
    return _several(_item(group) for group in _groups(blocks))


def text_items(text: str) -> tuple[NewsletterItem, ...]:
    """The items of a plain newsletter with lines of dashes between them, else none."""
    parts = _SEPARATOR.split(without_footer(text))
    if len(parts) < 2:
        return ()
    return _several(_text_item(part) for part in parts)


def _several(found: Iterable[NewsletterItem | None]) -> tuple[NewsletterItem, ...]:
    """The items, if at least two of them have titles."""
    items = tuple(filter(None, found))
    return items if sum(bool(item.title) for item in items) > 1 else ()


def _without_footer(blocks: Sequence[_Block]) -> list[_Block]:
    """The blocks before the footer, which may stand anywhere in the last two fifths."""
    kept = list(blocks)
    for place in range(len(kept) * 3 // 5, len(kept)):
        if is_footer(kept[place].text):
            return kept[:place]
    return kept


def _groups(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    """Each title with what follows it; what stands before the first has no title."""
    group: list[_Block] = []
    for block in blocks:
        if block.is_title():
            if group:
                yield group
            group = []
        group.append(block)
    if group:
        yield group


def _item(group: Sequence[_Block]) -> NewsletterItem | None:
    """A title with a text and a link, or an introduction of some length; else nothing."""
    has_title = group[0].is_title()
    paragraphs = [block for block in group[has_title:] if not block.leads_on()]
    text = "\n\n".join(block.text for block in paragraphs)
    link = next((link for block in group for link in block.links), "")
    words = len(text.split())
    if has_title and link and words >= _FEWEST_WORDS:
        return NewsletterItem(group[0].text, text, link)
    if words >= _INTRODUCTION:
        return NewsletterItem("", "\n\n".join(block.text for block in group), link)
    return None


def _text_item(part: str) -> NewsletterItem | None:
    lines = [line for line in part.strip().split("\n") if not _ONLY_URL.fullmatch(line)]
    title = one_line(lines[0]).lstrip("*#- ") if lines else ""
    text = "\n".join(lines[1:]).strip()
    link = _URL.search(part)
    url = link[0].rstrip(").,;>") if link else ""
    is_title = len(title.split()) in _TITLE_WORDS and not title.endswith((".", ":", ","))
    if is_title and len(text.split()) >= _FEWEST_WORDS:
        return NewsletterItem(title, text, url)
    if len(part.split()) >= _INTRODUCTION:
        return NewsletterItem("", part.strip(), url)
    return None


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[_Block] = []
        self._block = _Block()
        self._open = {"heading": 0, "bold": 0, "silent": 0}
        self._href = ""

    def finished(self) -> list[_Block]:
        """The blocks that have text."""
        self._break()
        return self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Breaks, emphasis and links begin."""
        if tag in _HEADINGS or tag in _BREAKS:
            self._break()
        self._count(tag, 1)
        if tag == "a":
            href = (dict(attrs).get("href") or "").strip()
            self._href = href if href.startswith(("http://", "https://")) else ""

    def handle_endtag(self, tag: str) -> None:
        """Breaks, emphasis and links end."""
        if tag in _HEADINGS or tag in _BREAKS:
            self._break()
        self._count(tag, -1)
        if tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        """Add to the block, and count what of it is bold or linked."""
        if self._open["silent"]:
            return
        block, letters = self._block, len("".join(data.split()))
        block.text += data
        block.heading = block.heading or bool(self._open["heading"] and letters)
        block.bold += letters if self._open["bold"] else 0
        if self._href and letters:
            block.linked += letters
            block.links.append(self._href)

    def _count(self, tag: str, step: int) -> None:
        kinds = (("heading", _HEADINGS), ("bold", _BOLD), ("silent", _SILENT))
        for kind, tags in kinds:
            if tag in tags:
                self._open[kind] = max(0, self._open[kind] + step)

    def _break(self) -> None:
        self._block.text = one_line(self._block.text)
        if self._block.text:
            self._blocks.append(self._block)
        self._block = _Block()
