"""RSS and Atom bytes to items, every one of them, through feedparser."""

from __future__ import annotations

import calendar
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from watcher.articles.formats.feed_bytes import FeedParts, cut_feed
from watcher.articles.formats.feed_known import Outline, outline, same_encoding
from watcher.articles.formats.feed_links import feed_links
from watcher.articles.formats.sniff import looks_like_html
from watcher.articles.formats.times import Moment, is_vague, parse_time, plausible
from watcher.articles.formats.xml_bytes import repaired
from watcher.articles.item import Cut, Item, Items
from watcher.articles.markup import one_line, standfirst_and_text, text_of_html
from watcher.errors import UnreadableDocument
from watcher.language import primary_language
from watcher.model import Document

#: So many times parts of a feed are tried: enough to find fifty bad items among thousands, and
#: not so many that a feed of bad items takes all the time that its child has.
_MAX_TRIES = 600
_MAX_NAMED = 50
_MAX_SECTIONS = 5
_MAX_LINKS_NAMED = 5
# The standard library's parser. feedparser would look for libxml2's driver, in vain, each time:
# 0.1 ms a feed.
feedparser.api.PREFERRED_XML_PARSERS = []
_NO_FAULT = (type(None), feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def read_feed(document: Document) -> Items:
    """Every entry of a feed, in its order, and the names of those that could not be read.

    Raises `UnreadableDocument` when the bytes are no feed.
    """
    body = repaired(document.body, document.encoding)
    parts = cut_feed(body)
    shape = outline(document, parts)
    return _read_rest(document, body, parts, shape) or _read_all(document, body, parts, shape)


def _read_rest(
    document: Document, body: bytes, parts: FeedParts, shape: Outline | None
) -> Items | None:
    """The items that are not known from the last body; None where they must all be read."""
    known = shape.known(document.known) if shape else {}
    if not shape or not document.known or not known:
        return None
    new = [item for item, name in zip(parts.items, shape.items, strict=True) if name not in known]
    reader = _Reader(document)
    entries = reader.entries(b"".join((parts.head, *new, parts.rest or b"")))
    before = document.known.encoding
    if (
        reader.is_strict
        and len(entries) == len(new)
        and same_encoding(body, reader.encoding, before)
    ):
        places = tuple(known.get(name, name) for name in shape.items)
        return Items(_items(document, reader, entries), (), Cut(shape.frame, before, places))
    return None


def _read_all(document: Document, body: bytes, parts: FeedParts, shape: Outline | None) -> Items:
    reader = _Reader(document)
    entries = reader.entries(body)
    one_each = shape is not None and reader.is_strict and len(entries) == len(shape.items)
    cut = Cut(shape.frame, reader.encoding, shape.items) if shape and one_each else None
    losses: tuple[str, ...] = ()
    if len(entries) < len(parts.items):
        rescue = _Rescue(reader, parts)
        found = rescue.entries(0, len(parts.items))
        entries = max(entries, found, key=len)
        losses = _lost(rescue, len(parts.items))
    if not entries and not reader.version:
        raise UnreadableDocument(_no_feed(document, reader))
    return Items(_items(document, reader, entries), losses, cut)


def _items(document: Document, reader: _Reader, entries: Iterable[Any]) -> tuple[Item, ...]:
    return tuple(_item(entry, reader.language, document.timezone) for entry in entries)


def _no_feed(document: Document, reader: _Reader) -> str:
    if looks_like_html(document.body):
        links = feed_links(document.body, document.url or "")[:_MAX_LINKS_NAMED]
        hint = f"; it links to the feeds {' , '.join(links)}" if links else ""
        return f"this is an HTML page, not a feed{hint}"
    if reader.gave_up:
        return f"feedparser gave up: {reader.gave_up}"
    return "this is not an RSS or Atom feed"


class _Reader:
    """feedparser over one document and parts of it; remembers what the feed says of itself.

    ``encoding`` is that of the last bytes, and ``is_strict`` if they were well-formed.
    """

    def __init__(self, document: Document) -> None:
        # A charset in the header would contradict a body that was put into UTF-8.
        kind = document.content_type.split(";")[0] if document.encoding else document.content_type
        headers = {"content-location": document.url or "", "content-type": kind}
        self._headers = {name: value for name, value in headers.items() if value}
        self.version = ""
        self.language = ""
        self.encoding = ""
        self.is_strict = False
        self.gave_up = ""

    def entries(self, body: bytes) -> list[Any]:
        """The entries that feedparser finds; none when it gives up."""
        # Only BytesIO: feedparser takes a str for a URL or the name of a local file.
        try:
            feed = feedparser.parse(
                BytesIO(body),
                response_headers=self._headers,
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001 - 17 kinds came out of 30,000 mutated feeds
            self.gave_up = type(error).__name__
            return []
        self.version = self.version or str(feed.version or "")
        self.encoding = str(feed.get("encoding", "")).lower()
        # What is said about encoding and content type is no fault in the feed's XML; with one,
        # another parser reads all of it, and other items differently.
        self.is_strict = isinstance(feed.get("bozo_exception"), _NO_FAULT)
        self.language = self.language or primary_language(str(feed.feed.get("language", "")))
        return list(feed.entries)


@dataclass(slots=True)
class _Rescue:
    """Halves the feed until only the items to blame are left out."""

    reader: _Reader
    parts: FeedParts
    lost: list[int] = field(default_factory=list)
    tries: int = _MAX_TRIES
    bare: bool = False

    def entries(self, begin: int, end: int) -> list[Any]:
        """The entries of these items; the places of those without one go to ``lost``."""
        found = self._read(begin, end)
        if not found and end - begin == 1 and not self.bare:
            # What breaks the parser may stand in the head, over all of them.
            self.bare = True
            found = self._read(begin, end)
            self.bare = bool(found)
        if len(found) >= end - begin:
            return found
        if end - begin == 1 or self.tries <= 0:
            self.lost += range(begin + len(found), end)
            return found
        middle = (begin + end) // 2
        return [*self.entries(begin, middle), *self.entries(middle, end)]

    def _read(self, begin: int, end: int) -> list[Any]:
        self.tries -= 1
        return self.reader.entries(self.parts.some(begin, end, bare=self.bare))


def _lost(rescue: _Rescue, items: int) -> tuple[str, ...]:
    named = [
        f"{rescue.parts.name(place)} of {items} could not be read"
        for place in rescue.lost[:_MAX_NAMED]
    ]
    more = len(rescue.lost) - len(named)
    return (*named, *([f"and {more} more items"] if more else []))


def _item(entry: Any, language: str, zone: str) -> Item:
    moment = _moment(entry, zone)
    standfirst, text = _body(entry)
    credited = [_text(one.get("content", "")) for one in entry.get("media_credit", ()) or ()]
    return Item(
        title=one_line(_detail(entry.get("title_detail"), entry.get("title"))),
        standfirst=standfirst,
        text=text,
        guid=str(entry.get("id", "") or "").strip(),
        link=_link(entry),
        author=_author(entry),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=_language(entry) or language,
        section=_listed((tag.get("label") or tag.get("term")) for tag in _tags(entry)),
        credit=_listed(credited),
    )


def _link(entry: Any) -> str:
    """The page of the entry; feedparser sometimes answers with the last enclosure instead."""
    pages = (
        one.get("href") for one in entry.get("links", ()) or () if one.get("rel") == "alternate"
    )
    return str(next(filter(None, pages), "") or entry.get("link", "") or "").strip()


def _tags(entry: Any) -> Sequence[Any]:
    return list(entry.get("tags", ()) or ())[: 4 * _MAX_SECTIONS]


def _listed(values: Iterable[object]) -> str:
    """Different values in one line."""
    lines = (one_line(_text(value)) for value in values)
    return ", ".join(list(dict.fromkeys(line for line in lines if line))[:_MAX_SECTIONS])


def _author(entry: Any) -> str:
    names = _listed(one.get("name") for one in entry.get("authors", ()) or ())
    return names or one_line(_text(entry.get("author", "")))


def _language(entry: Any) -> str:
    stated = (
        entry.get("language"),
        *(one.get("language") for one in entry.get("content", ()) or ()),
        *((entry.get(name) or {}).get("language") for name in ("summary_detail", "title_detail")),
    )
    return next((tag for tag in map(primary_language, map(str, filter(None, stated))) if tag), "")


def _body(entry: Any) -> tuple[str, str]:
    """A standfirst, if the summary is one, and the longest of the entry's contents.

    Some feeds put all of it in one place, some in another, some a standfirst in the summary.
    """
    contents = [_detail(one, one.get("value")) for one in entry.get("content", ()) or ()]
    content = max(contents, key=len, default="")
    return standfirst_and_text(_detail(entry.get("summary_detail"), entry.get("summary")), content)


def _detail(detail: Any, value: object) -> str:
    """A text with the type it is said to have: in plain text a "<b>" is three characters."""
    if detail and detail.get("type") == "text/plain":
        return html.unescape(str(value or ""))
    return _text(value)


def _text(value: object) -> str:
    return text_of_html(str(value or ""))


def _moment(entry: Any, zone: str) -> Moment | None:
    """When it was published: what the feed wrote, read by us first and else by feedparser."""
    for name in ("published", "created", "updated"):
        # Not entry.get(): it answers "updated" with "published", and warns.
        raw = str(dict.get(entry, name) or "")
        moment = parse_time(raw, zone) or _as_feedparser_says(entry, name, raw)
        if moment:
            return moment
    return None


def _as_feedparser_says(entry: Any, name: str, raw: str) -> Moment | None:
    """Korean, Greek and Hungarian dates, days of the year and other forms that it knows."""
    parsed = dict.get(entry, f"{name}_parsed")
    if not parsed or is_vague(raw):
        return None
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Moment(at, 1) if plausible(at) else None
