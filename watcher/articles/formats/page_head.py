"""What an HTML page says about itself: title, author, times, language, address, section."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from watcher.articles.formats.times import DAY, Moment, parse_time

_META_TIMES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.issued",
    "dcterms.created",
    "datepublished",
    "publication_date",
    "publish-date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
)
_MAX_NODES = 2_000
_MAX_SCRIPTS = 20


@dataclass(slots=True)
class PageHead:
    """A page's own statements, as found; the methods choose among them."""

    lang: str = ""
    title: str = ""
    canonical: str = ""
    metas: dict[str, str] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    node: dict[str, Any] = field(default_factory=dict)

    def headline(self) -> str:
        """The article's title, without the site's name where that is possible."""
        stated = _string(self.node.get("headline")) or self.metas.get("og:title", "")
        return stated or self.title

    def author(self) -> str:
        """Names of people or desks."""
        people = self.node.get("author")
        names = dict.fromkeys(_name(one) for one in _several(people))
        stated = ", ".join(name for name in names if name)
        meta = self.metas.get("author", "") or self.metas.get("article:author", "")
        return stated or ("" if meta.startswith("http") else meta)

    def language(self) -> str:
        """A language tag, or ""."""
        stated = _string(self.node.get("inLanguage"))
        return self.lang or self.metas.get("og:locale", "") or stated

    def section(self) -> str:
        """The part of the site or paper."""
        stated = (_string(one) for one in _several(self.node.get("articleSection")))
        return self.metas.get("article:section", "") or next(filter(None, stated), "")

    def published(self, zone: str) -> Moment | None:
        """The first time that is known to the minute; only without one, the first day."""
        stated = (
            _string(self.node.get("datePublished")),
            *(self.metas.get(name, "") for name in _META_TIMES),
            *self.times,
        )
        moments = [moment for text in stated if (moment := parse_time(text, zone))]
        return min(moments, key=lambda moment: moment.precision_s >= DAY, default=None)


def read_head(html: str) -> PageHead:
    """What the page says of itself; never raises."""
    reader = _Reader()
    reader.feed(html)
    head = reader.head
    head.node = _article_node(head.scripts)
    return head


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.head = PageHead()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the page states in attributes."""
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "html":
            self.head.lang = values.get("lang", "") or values.get("xml:lang", "")
        elif tag == "meta":
            self._meta(values)
        elif tag == "link" and "canonical" in values.get("rel", "").lower().split():
            self.head.canonical = self.head.canonical or values.get("href", "")
        elif tag == "time" and values.get("datetime"):
            self.head.times.append(values["datetime"])
        elif tag == "title" and not self.head.title:
            self._inside = "title"
        elif tag == "script" and "ld+json" in values.get("type", "").lower():
            self._inside = "script"
            self.head.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """The title or the script is over."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep the title and JSON-LD."""
        if self._inside == "title":
            self.head.title += data
        elif self._inside == "script":
            self.head.scripts[-1] += data

    def _meta(self, values: dict[str, str]) -> None:
        name = values.get("property") or values.get("name") or values.get("itemprop") or ""
        if name and values.get("content"):
            self.head.metas.setdefault(name.lower(), values["content"])


def _article_node(scripts: list[str]) -> dict[str, Any]:
    """The JSON-LD node of the article: an Article or Posting, else one with a date."""
    nodes = [node for text in scripts[:_MAX_SCRIPTS] for node in _nodes(text)]
    dated = [node for node in nodes if node.get("datePublished")]
    articles = [node for node in dated or nodes if _is_article(node)]
    return next(iter(articles or dated), {})


def _nodes(text: str) -> Iterator[dict[str, Any]]:
    """Every object in it, outer ones before those inside them."""
    try:
        waiting = deque([json.loads(text, strict=False)])
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        value = waiting.popleft()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_article(node: dict[str, Any]) -> bool:
    kinds = (_string(kind) for kind in _several(node.get("@type")))
    return any(kind.endswith(("Article", "Posting")) for kind in kinds)


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(value: object) -> str:
    return _string(value.get("name")) if isinstance(value, dict) else _string(value)


def _string(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
