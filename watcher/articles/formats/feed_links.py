"""The feeds that an HTML page links to, for whoever was given the page's address instead."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from watcher.articles.decode import guess_encoding

_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
)
#: The links stand in a page's head, which ends long before this many bytes.
_HEAD_BYTES = 300_000


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """The absolute addresses of the feeds that a page names, in its order, each once."""
    reader = _Links()
    reader.feed(body[:_HEAD_BYTES].decode(guess_encoding(body), "replace"))
    base = _absolute(url, reader.base)
    links = (_absolute(base, href) for href in reader.links)
    return tuple(dict.fromkeys(link for link in links if _is_web(link)))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the page says its links start from, and the links to feeds."""
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "base":
            self.base = self.base or values.get("href", "")
        elif tag == "link" and values.get("href"):
            kind = values.get("type", "").split(";")[0].strip().lower()
            if "alternate" in values.get("rel", "").lower().split() and kind in _TYPES:
                self.links.append(values["href"])


def _absolute(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _is_web(link: str) -> bool:
    try:
        return urlsplit(link).scheme in {"http", "https"}
    except ValueError:
        return False
