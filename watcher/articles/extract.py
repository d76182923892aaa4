"""A document to articles: format, encoding, furniture off, strips split, times.

The one entrance to this package. Pure: the same document always gives the same articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.articles.formats import feed
from watcher.articles.decode import decode, tidy
from watcher.articles.item import Item, Items
from watcher.articles.split import Piece, split_text
from watcher.errors import UnreadableDocument
from watcher.model import Article, Document, Extraction

MAX_TITLE = 200
_LEAD_TITLE = 90


def extract(document: Document) -> Extraction:
    """The articles of a document, in order, or the reason why there are none.

    Never raises for what is in the document. Article ids are empty: dedup gives them.
    """
    try:
        return _format_of(document)(document)
    except UnreadableDocument as error:
        return Extraction(document=document, failure=str(error))


def _format_of(document: Document) -> Callable[[Document], Extraction]:
    if not document.body.strip(b"\0 \t\r\n"):
        raise UnreadableDocument("the document is empty")
    if feed.looks_like_feed(document.body) or document.expects == "feed":
        return _feed
    if feed.looks_like_html(document.body):
        raise UnreadableDocument("HTML pages cannot be read yet; save the page as plain text")
    return _plain_text


def _plain_text(document: Document) -> Extraction:
    raw, encoding = decode(document.body, document.encoding)
    pieces = split_text(tidy(raw), split=document.split, boilerplate=document.boilerplate)
    articles = [
        _article(document, piece, part, len(pieces.pieces), encoding)
        for part, piece in enumerate(pieces.pieces, start=1)
    ]
    articles = [article for article in articles if article.text]
    if not articles:
        raise UnreadableDocument("there is no text in the document")
    return Extraction(document=document, articles=tuple(articles), dropped=pieces.dropped)


def _feed(document: Document) -> Extraction:
    found = feed.parse_feed(document.body, url=document.url, content_type=document.content_type)
    return _articles_of(document, found)


def _articles_of(document: Document, found: Items) -> Extraction:
    parts = len(found.items)
    articles = [
        article
        for part, item in enumerate(found.items, start=1)
        if (article := _item_article(document, item, part, parts)).text
    ]
    empty = parts - len(articles)
    losses = list(found.losses)
    losses += [f"{empty} of {parts} items have neither title nor text"] if empty else []
    return Extraction(document=document, articles=tuple(articles), losses=tuple(losses))


def _item_article(document: Document, item: Item, part: int, parts: int) -> Article:
    pieces = split_text(tidy(item.text), split=False, boilerplate=document.boilerplate)
    piece = pieces.pieces[0]
    title = tidy(item.title)
    if piece.headline:
        # The item has a headline of its own; what looked like one is the first paragraph.
        piece.paragraphs.insert(0, piece.headline)
    piece.headline = title or None
    if [title] == piece.paragraphs:
        piece.paragraphs = []
    return _with_item(_article(document, piece, part, parts, None), item, document)


def _with_item(article: Article, item: Item, document: Document) -> Article:
    return replace(
        article,
        document=item.document or article.document,
        language=document.language or item.language or None,
        published=item.published or document.seen,
        published_source="document" if item.published else "file",
        published_precision_s=item.precision_s if item.published else 86_400,
        place=item.place or article.place,
        agencies=item.agencies or article.agencies,
        url=item.link or None,
        guid=item.guid or None,
        author=item.author or None,
        encoding=item.encoding or article.encoding,
        section=item.section or None,
        slugline=item.slugline or None,
        credit=item.credit or None,
        urgency=item.urgency,
        version=item.version or None,
        status=item.status,
        embargoed=item.embargoed,
        remarks=item.remarks,
    )


def _article(
    document: Document, piece: Piece, part: int, parts: int, encoding: str | None
) -> Article:
    headline = piece.headline or ""
    text = "\n\n".join([*([headline] if headline else []), *filter(None, piece.paragraphs)])
    published, source, precision = _published(document, piece)
    return Article(
        id="",
        source=document.source,
        document=document.name,
        part=part,
        parts=parts,
        kind="brief" if piece.is_brief else "article",
        title=_cut(headline, MAX_TITLE) or _lead_title(piece),
        title_source="headline" if headline else "lead",
        text=text,
        headline_end=len(headline),
        seen=document.seen,
        place=piece.dateline.place if piece.dateline else None,
        agencies=piece.dateline.agencies if piece.dateline else (),
        language=document.language,
        tags=document.tags,
        published=published,
        published_source=source,
        published_precision_s=int(precision.total_seconds()),
        encoding=encoding,
    )


def _published(document: Document, piece: Piece) -> tuple[datetime, str, timedelta]:
    """When it was published, where that is known from, and how far off it may be.

    Without a time in the text only the day of the capture is known.
    """
    captured = document.captured or document.seen
    if piece.relative:
        return piece.relative.before(captured), "relative", piece.relative.precision
    return captured, "file", timedelta(days=1)


def _lead_title(piece: Piece) -> str:
    return _cut(piece.paragraphs[0] if piece.paragraphs else "", _LEAD_TITLE)


def _cut(text: str, length: int) -> str:
    """The text on one line, cut at a word with an ellipsis when it is too long."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"
