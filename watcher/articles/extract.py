"""A document to articles: its format read, furniture off, strips split, times, language.

The one entrance to this package. Pure: the same document always gives the same articles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from watcher.articles.decode import tidy
from watcher.articles.embargo import find_embargo
from watcher.articles.formats.archive import read_archive
from watcher.articles.formats.feed import read_feed
from watcher.articles.formats.html import read_html
from watcher.articles.formats.json_file import read_json
from watcher.articles.formats.mail import read_mail
from watcher.articles.formats.sniff import format_of
from watcher.articles.formats.text import read_text
from watcher.articles.formats.times import DAY
from watcher.articles.formats.xml_file import read_xml
from watcher.articles.habits import line_keys
from watcher.articles.item import Cut, Item, Items
from watcher.articles.split import Piece, Pieces, split_text
from watcher.errors import UnreadableDocument
from watcher.language import detect_language
from watcher.model import Article, Document, Extraction, Lines, Part, Reading
from watcher.text import digest

MAX_TITLE = 200
_LEAD_TITLE = 90
#: Documents in documents (an attachment of a forwarded mail in an archive) up to this depth.
_MAX_DEPTH = 4
#: Clocks may differ by so much without a remark.
_CLOCKS_DIFFER = timedelta(minutes=5)

_READERS: dict[str, Callable[[Document], Items]] = {
    "feed": read_feed,
    "html": read_html,
    "json": read_json,
    "text": read_text,
    "xml": read_xml,
}
#: What holds other documents is also given the way to read them.
_CONTAINERS = {"mail": read_mail, "zip": read_archive}
#: What the address of a feed may answer with.
_FEEDS = frozenset(("feed", "json", "xml"))


def extract(document: Document, *, habits: Collection[str] = ()) -> Extraction:
    """The articles of a document, in order, or the reason why there are none.

    ``habits`` are the keys of lines that its source repeats (`habits.line_keys`).
    Never raises for what is in the document. Article ids are empty: dedup gives them.
    What the document knows already is skipped where reading it again would change nothing.
    """
    if document.known and document.known.habits != _named(habits):
        document = replace(document, known=None)
    try:
        return _articles_of(document, _read(document, ()), habits)
    except UnreadableDocument as error:
        return Extraction(document=document, failure=str(error))


def _read(document: Document, inside: tuple[str, ...]) -> Items:
    """The items of a document that stands in documents of these formats.

    Whatever hostile bytes make a library raise, it means: this document cannot be read.
    """
    kind = _format(document, inside)
    try:
        if kind in _CONTAINERS:
            return _CONTAINERS[kind](document, partial(_read, inside=(*inside, kind)))
        return _READERS[kind](document)
    except (UnreadableDocument, MemoryError):
        raise
    except RecursionError as error:
        raise UnreadableDocument("it is nested too deeply") from error
    except Exception as error:
        raise UnreadableDocument(f"reading it as {kind} failed: {type(error).__name__}") from error


def _format(document: Document, inside: tuple[str, ...]) -> str:
    if not document.body.strip(b"\0 \t\r\n"):
        raise UnreadableDocument("the document is empty")
    kind = format_of(document)
    if document.expects == "feed" and kind not in _FEEDS:
        return "feed"
    if kind == "zip" and "zip" in inside:
        raise UnreadableDocument("an archive in an archive is not read")
    if len(inside) > _MAX_DEPTH:
        raise UnreadableDocument("documents are nested too deeply in it")
    return kind


def _articles_of(document: Document, found: Items, habits: Collection[str]) -> Extraction:
    read = [_read_item(document, item, habits) for item in found.items]
    skipped = found.cut.skipped if found.cut else ()
    empty = sum(not each.articles for each in read)
    losses = list(found.losses)
    if empty:
        count = len(read) + len(skipped)
        losses.append(f"{empty} of {count} items have neither title nor text")
    if found.items and empty == len(read) and not skipped:
        raise UnreadableDocument("there is no text in the document")
    return Extraction(
        document=document,
        articles=tuple(_numbered(read, found.cut)),
        losses=tuple(losses),
        dropped=tuple(line for each in read for line in each.dropped),
        lines=tuple(lines for each in read for lines in each.lines),
        skipped=skipped,
        reading=_reading(read, found.cut, habits),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What one item came to."""

    articles: Sequence[Article]
    lines: Sequence[Lines]
    dropped: Sequence[str]


def _read_item(document: Document, item: Item, habits: Collection[str]) -> _Read:
    pieces = _pieces(item, document, habits)
    dropped = list(pieces.dropped)
    articles: list[Article] = []
    lines: list[Lines] = []
    for (article, notice), piece in zip(
        _articles(document, item, pieces), pieces.pieces, strict=True
    ):
        dropped += notice
        if article.text:
            articles.append(article)
            lines.append(tuple(line_keys(piece.paragraphs)) if document.boilerplate else ())
    return _Read(articles, lines, dropped)


def _numbered(read: Sequence[_Read], cut: Cut | None) -> Iterator[Article]:
    """The articles with their numbers in the document, in which those skipped have one too."""
    rest = iter(read)
    places = cut.places if cut else [""] * len(read)
    found = [None if isinstance(place, Part) else next(rest) for place in places]
    parts = sum(1 if each is None else len(each.articles) for each in found)
    part = 0
    for each in found:
        if each is None:
            part += 1
            continue
        for article in each.articles:
            part += 1
            yield replace(article, part=part, parts=parts)


def _reading(read: Sequence[_Read], cut: Cut | None, habits: Collection[str]) -> Reading | None:
    """What will be known of the document; None unless each of its items is one article."""
    if cut is None or any(len(each.articles) != 1 for each in read):
        return None
    articles = (article for each in read for article in each.articles)
    parts = tuple(
        place if isinstance(place, Part) else _part(place, next(articles)) for place in cut.places
    )
    return Reading(frame=cut.frame, encoding=cut.encoding, habits=_named(habits), parts=parts)


def _part(name: str, article: Article) -> Part:
    return Part(digest=name, guid=article.guid, url=article.url)


def _named(habits: Collection[str]) -> str:
    """A digest of these lines' keys; "" for none."""
    return digest(*sorted(habits)) if habits else ""


def _pieces(item: Item, document: Document, habits: Collection[str]) -> Pieces:
    """The pieces of an item's text, the first of them under the item's own headline."""
    split = document.split and item.may_be_strip
    text = tidy(item.text)
    found = split_text(text, split=split, boilerplate=document.boilerplate, habits=habits)
    title, first = tidy(item.title), found.pieces[0]
    if first.is_brief and len(found.pieces) > 1:
        # A page or mail of nothing but briefs: its title is not the first one's headline.
        return replace(found, dropped=(*found.dropped, *([title] if title else [])))
    if title or item.standfirst:
        _put_on_top(first, title, tidy(item.standfirst))
    return found


def _without_embargo(item: Item, piece: Piece, document: Document) -> tuple[Item, tuple[str, ...]]:
    """The item under the embargo that stands above the piece's text; that line is none of it."""
    lines = [piece.headline or "", *piece.paragraphs[:2]]
    for place, line in enumerate(lines):
        found = find_embargo(line, document.seen, document.timezone)
        if found is None:
            continue
        if place == 0:
            piece.headline = found.rest or None
        else:
            piece.paragraphs[place - 1] = found.rest
        until = max(found.until, item.embargoed) if item.embargoed else found.until
        return replace(item, embargoed=until), (line,)
    return item, ()


def _put_on_top(piece: Piece, title: str, standfirst: str) -> None:
    """The item has a headline of its own; what looked like one is the first paragraph.

    The standfirst comes only now, because a dateline stands before the text proper.
    """
    if piece.headline and title:
        piece.paragraphs.insert(0, piece.headline)
    piece.headline = title or piece.headline
    while piece.paragraphs[:1] == [title]:
        del piece.paragraphs[0]
    piece.paragraphs[:0] = [block for block in standfirst.split("\n\n") if block != title]


def _articles(
    document: Document, item: Item, pieces: Pieces
) -> Iterator[tuple[Article, tuple[str, ...]]]:
    """The articles of an item, each with the line about an embargo that stood above it."""
    if pieces.unsure:
        remark = f"kept whole, though it may be several articles: {pieces.unsure}"
        item = replace(item, remarks=(*item.remarks, remark))
    for number, piece in enumerate(pieces.pieces, start=1):
        guid = item.guid if number == 1 or not item.guid else f"{item.guid}#{number}"
        released, notice = _without_embargo(item, piece, document)
        article = _with_item(_article(document, released, piece), released)
        language = _language(document, item, article.text)
        yield replace(article, guid=guid or None, language=language), notice


def _language(document: Document, item: Item, text: str) -> str | None:
    """What the text shows; what the source or the publisher says is only the expectation.

    The source's configured language comes first: publishers leave "en-us" in their feeds.
    """
    if document.language:
        return document.language
    return detect_language(text, document.usual_language or item.language or None)


def _with_item(article: Article, item: Item) -> Article:
    return replace(
        article,
        document=item.document or article.document,
        place=item.place or article.place,
        agencies=item.agencies or article.agencies,
        url=item.link if item.link.startswith(("http://", "https://")) else None,
        author=item.author or None,
        encoding=item.encoding or None,
        section=item.section or None,
        slugline=item.slugline or None,
        credit=item.credit or None,
        urgency=item.urgency,
        version=item.version or None,
        status=item.status,
        embargoed=item.embargoed,
    )


def _article(document: Document, item: Item, piece: Piece) -> Article:
    headline = piece.headline or ""
    text = "\n\n".join([*([headline] if headline else []), *filter(None, piece.paragraphs)])
    published, source, precision = _published(document, item, piece)
    remarks = item.remarks
    if published > document.seen:
        # Not later than seen: an article from the future would never grow old.
        if published > document.seen + _CLOCKS_DIFFER:
            remarks += (f"dated in the future: {published:%Y-%m-%d %H:%M} UTC",)
        published = document.seen
    return Article(
        id="",
        source=document.source,
        document=document.name,
        part=0,
        parts=0,
        kind="brief" if piece.is_brief else "article",
        title=_cut(headline, MAX_TITLE) or _lead_title(piece),
        title_source="headline" if headline else "lead",
        text=text,
        headline_end=len(headline),
        seen=document.seen,
        place=piece.dateline.place if piece.dateline else None,
        agencies=piece.dateline.agencies if piece.dateline else (),
        tags=document.tags,
        published=published,
        published_source=source,
        published_precision_s=precision,
        remarks=remarks,
    )


def _published(document: Document, item: Item, piece: Piece) -> tuple[datetime, str, int]:
    """When it was published, where that is known from, and how many seconds it may be off.

    A brief's own time counts back from the capture; its page's or mail's date is only its day.
    Without any time only the day of the capture is known.
    """
    captured = document.captured or document.seen
    if piece.relative and (piece.is_brief or not item.published):
        precision = int(piece.relative.precision.total_seconds())
        return piece.relative.before(captured), "relative", precision
    if item.published:
        precision = max(item.precision_s, DAY) if piece.is_brief else item.precision_s
        return item.published, "document", precision
    return captured, "file", DAY


def _lead_title(piece: Piece) -> str:
    return _cut(piece.paragraphs[0] if piece.paragraphs else "", _LEAD_TITLE)


def _cut(text: str, length: int) -> str:
    """The text on one line, cut at a word with an ellipsis when it is too long."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"
