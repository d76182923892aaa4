"""HTML pages: the main text through trafilatura, everything else from what the page states."""

from __future__ import annotations

import codecs
import logging
import re
from urllib.parse import urljoin

from watcher.articles.decode import decode, guess_encoding
from watcher.articles.formats.page_head import PageHead, read_head
from watcher.articles.item import Item, Items
from watcher.articles.markup import PAGE_PARTS, one_line, text_of_html
from watcher.errors import UnreadableDocument
from watcher.language import primary_language
from watcher.model import Document

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_SITE_NAME = re.compile(r"\s+[|–—-]\s+[^|–—]{2,40}\Z")
#: A page with fewer words is an error page or an empty frame, and no article.
_FEWEST_WORDS = 4


def read_html(document: Document) -> Items:
    """The article of a page. Raises `UnreadableDocument` when there is none."""
    html, encoding = _decoded(document)
    head = read_head(html)
    text, remarks = _main_text(html)
    if len(text.split()) < _FEWEST_WORDS:
        raise UnreadableDocument(f'there is no article in this HTML page, only "{text[:60]}"')
    moment = head.published(document.timezone)
    canonical = _absolute(document.url, head.canonical)
    links = (canonical, head.metas.get("og:url", ""), document.url or "")
    return Items(
        (
            Item(
                title=_title(head),
                text=text,
                link=next((link for link in links if link.startswith("http")), ""),
                author=one_line(head.author()),
                published=moment.at if moment else None,
                precision_s=moment.precision_s if moment else 1,
                language=primary_language(head.language()),
                section=one_line(head.section()),
                encoding=encoding,
                remarks=remarks,
                may_be_strip=True,
            ),
        )
    )


def _decoded(document: Document) -> tuple[str, str]:
    """The page as text. Only where it is no UTF-8 does the page's own word for it count."""
    stated = document.encoding
    if stated is None and guess_encoding(document.body) == "cp1252":
        sources = (document.content_type.encode(), document.body[:4096])
        found = next(filter(None, map(_CHARSET.search, sources)), None)
        name = found[1].decode() if found else ""
        if _is_known(name) and codecs.lookup(name).name not in {"utf-8", "iso8859-1", "ascii"}:
            return document.body.decode(name, "replace"), name.lower()
    return decode(document.body, stated)


def _is_known(encoding: str) -> bool:
    try:
        return bool(encoding) and codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        return False


def _title(head: PageHead) -> str:
    title = one_line(text_of_html(head.headline()))
    return _SITE_NAME.sub("", title) if title == one_line(head.title) else title


def _absolute(base: str | None, link: str) -> str:
    try:
        return urljoin(base or "", link) if link else ""
    except ValueError:
        return ""


def _main_text(html: str) -> tuple[str, tuple[str, ...]]:
    """The main text, and what is to be said about how it was found."""
    text = _by_trafilatura(html)
    if len(text.split()) >= _FEWEST_WORDS:
        return text, ()
    remark = "the main text of this page was not found; this is all of its text"
    return text_of_html(html, silent=PAGE_PARTS), (remark,)


def _by_trafilatura(html: str) -> str:
    # Loaded only here: it costs more than everything else the child has in memory.
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(
            html,
            favor_precision=True,
            include_comments=False,
            include_formatting=False,
            include_links=False,
            with_metadata=False,
        )
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - what it raises over broken pages: they have text all the same
        return ""
    return "\n\n".join(line for line in (found or "").split("\n") if line.strip())
