"""RSS, RDF and Atom: what an item says, dates, and one bad item among good ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import feedparser
import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.feed_bytes import cut_feed
from watcher.articles.formats.xml_bytes import repaired
from watcher.model import Document, Extraction

Make = Callable[..., Document]


def feed(*items: str, head: str = "") -> str:
    """An RSS feed of these items."""
    begin = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{head}'
    return f"{begin}{''.join(items)}</channel></rss>"


def item(title: str, text: str = "Er is weer een wolf gezien.", more: str = "") -> str:
    """One item."""
    return f"<item><title>{title}</title><description>{text}</description>{more}</item>"


def titles(found: Extraction) -> list[str]:
    """The articles by title."""
    return [one.title for one in found.articles]


def test_an_item_says_everything_it_has(sample: Callable[[str], Document]) -> None:
    first, second, third = extract(sample("rss.xml")).articles
    assert first.text == (
        "Raad stemt in met zwembad\n\nDe bouw begint in het voorjaar.\n\n"
        "De gemeenteraad heeft dinsdag ingestemd met de bouw van een zwembad.\n\n"
        "Omwonenden gaan naar de rechter."
    )
    assert (first.place, first.agencies, first.language) == ("VELSMEER", ("ANP",), "nl")
    assert (first.author, first.credit) == ("Anna de Wit", "ANP / Koen Visser")
    assert (first.section, first.guid) == ("Binnenland, Sport", "velsmeerder-101")
    assert first.published == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    assert second.title == "Brug naar Oosterwijk weer open"
    assert second.published == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert second.published_precision_s == 60
    assert third.published == third.seen
    assert third.remarks == ("dated in the future: 2026-12-31 22:00 UTC",)


def test_atom_and_rdf(sample: Callable[[str], Document]) -> None:
    (german,) = extract(sample("atom.xml")).articles
    assert german.url == "https://neuwalden.example/schwimmbad"
    assert (german.author, german.section, german.language) == (
        "Eva Roth, Jan Kern",
        "Politik",
        "de",
    )
    assert german.published == datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
    assert german.text.endswith("zugestimmt.\n\nDie Anwohner wollen klagen.")
    (french,) = extract(sample("rdf.xml")).articles
    assert (french.title, french.language) == ("Une piscine pour Valmory", "fr")
    assert "a voté mardi" in french.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"])
def test_the_encoding_of_a_feed(make_document: Make, encoding: str) -> None:
    named = {"cp1252": "windows-1252", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    body = feed(item("Café Oekraïne")).replace("?>", f' encoding="{named}"?>', 1)
    assert titles(extract(make_document(body.encode(encoding), expects="feed"))) == [
        "Café Oekraïne"
    ]


@pytest.mark.parametrize(
    ("poison", "kept"),
    [
        ("a &#xD83D; b", 3),
        ("a &#11; b", 3),
        ("a \x0b b", 3),
        ("<![CDATA[ nooit gesloten", 3),
        ("<!-- nooit gesloten", 3),
        ("<b>open <i>nog een", 3),
        ("a & b &onbekend; c", 3),
        ("a < b", 3),
        ("a <", 3),
    ],
)
def test_one_bad_item_never_hides_the_others(make_document: Make, poison: str, kept: int) -> None:
    found = extract(make_document(feed(item("Een"), item("Twee", poison), item("Drie"))))
    assert titles(found) == ["Een", "Twee", "Drie"][:kept]


#: feedparser raises over a chapter without a start, and over crossed sizes of an image.
CHAPTER = '<p:chapters xmlns:p="http://podlove.org/simple-chapters"><p:chapter/></p:chapters>'
IMAGE = "<image><height><width></height></image>"


def test_the_parser_still_breaks_over_them(make_document: Make) -> None:
    for body in (feed(item("Kop", more=CHAPTER)), feed(item("Kop"), head=IMAGE)):
        with pytest.raises(TypeError):
            feedparser.parse(BytesIO(body.encode()))


def test_an_item_that_breaks_the_parser_is_lost_alone_and_named(make_document: Make) -> None:
    items = [item(f"Kop {number}") for number in range(40)]
    items[17] = item("Kop 17", more=CHAPTER)
    items[31] = f"<item>{CHAPTER}</item>"
    found = extract(make_document(feed(*items)))
    assert titles(found) == [f"Kop {number}" for number in range(40) if number not in {17, 31}]
    assert found.losses == (
        'item 18 ("Kop 17") of 40 could not be read',
        "item 32 of 40 could not be read",
    )


def test_a_head_that_breaks_the_parser_costs_no_item(make_document: Make) -> None:
    found = extract(make_document(feed(item("Een"), item("Twee"), item("Drie"), head=IMAGE)))
    assert (titles(found), found.losses) == (["Een", "Twee", "Drie"], ())


def test_an_unreadable_name_of_the_encoding_costs_nothing(make_document: Make) -> None:
    body = feed(item("Een")).encode().replace(b'"1.0"?', b'"1.0" encoding="is\xc7-8859"?', 1)
    assert titles(extract(make_document(body, expects="feed"))) == ["Een"]


def test_a_feed_is_cut_without_being_read() -> None:
    body = feed("<!-- <item> -->", item("Een", "<![CDATA[<item>x</item>]]>"), item("Twee")).encode()
    parts = cut_feed(body)
    assert len(parts.items) == 2
    assert parts.items[1].endswith(b"</item>")
    assert parts.tail == b"</channel></rss>"
    assert parts.name(1) == 'item 2 ("Twee")'


def test_thousands_of_items_in_each_other_end_in_time(make_document: Make) -> None:
    body = feed("<item><title>x</title>" * 3000)
    found = extract(make_document(body))
    assert found.failure is None
    assert len(found.articles) == 3000


def test_repairing_leaves_good_bytes_alone() -> None:
    body = feed(item("Café")).encode()
    assert repaired(body) is body


@pytest.mark.parametrize(
    ("date", "source"),
    [("", "file"), ("1970-01-01", "file"), ("2026", "file"), ("onbekend", "file")],
)
def test_without_a_usable_date_it_is_as_old_as_its_capture(
    make_document: Make, date: str, source: str
) -> None:
    body = feed(item("Kop", more=f"<pubDate>{date}</pubDate>"))
    (article,) = extract(make_document(body)).articles
    assert (article.published, article.published_source) == (article.seen, source)


def test_a_time_without_a_zone_is_local_to_the_source(make_document: Make) -> None:
    body = feed(item("Kop", more="<pubDate>2026-11-20T08:15:00</pubDate>"))
    (amsterdam,) = extract(make_document(body)).articles
    (helsinki,) = extract(make_document(body, timezone="Europe/Helsinki")).articles
    assert amsterdam.published == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    assert helsinki.published == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)


def test_an_html_page_at_a_feeds_address_names_the_feeds(
    sample: Callable[..., Document],
) -> None:
    page = sample("pagina.html", expects="feed", url="https://velsmeerder.example/nieuws")
    assert extract(page).failure == (
        "this is an HTML page, not a feed; it links to the feeds "
        "https://velsmeerder.example/rss.xml , https://velsmeerder.example/atom.xml"
    )


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/kort", "mailto:x@y.example", "http://["])
def test_only_links_into_the_web_become_addresses(make_document: Make, link: str) -> None:
    (article,) = extract(make_document(feed(item("Kop", more=f"<link>{link}</link>")))).articles
    assert article.url is None or article.url.startswith("http")
