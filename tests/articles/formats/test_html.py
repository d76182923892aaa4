"""HTML pages: the main text, what the page states of itself, and pages without an article."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.feed_links import feed_links
from watcher.model import Document

Make = Callable[..., Document]

TEXT = (
    "<p>De rechter heeft donderdag de eis van omwonenden tegen de bouw van het nieuwe zwembad in "
    "Velsmeer afgewezen.</p><p>Volgens de rechtbank heeft de gemeente de belangen zorgvuldig "
    "tegen elkaar afgewogen en mag de bouw in het voorjaar beginnen.</p>"
)


def page(head: str = "", body: str = TEXT, lang: str = "nl") -> str:
    """A page with an article."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>Kop - Krant</title>'
        f"{head}</head><body><article><h1>Kop</h1>{body}</article></body></html>"
    )


def linked(data: str) -> str:
    """JSON-LD in a page's head."""
    return f'<script type="application/ld+json">{data}</script>'


def test_a_page_says_everything_it_has(sample: Callable[..., Document]) -> None:
    (article,) = extract(sample("pagina.html")).articles
    assert (article.title, article.place, article.agencies) == (
        "Rechter wijst eis van bewoners af",
        "VELSMEER",
        ("ANP",),
    )
    paragraphs = article.text.split("\n\n")
    assert len(paragraphs) == 4
    assert paragraphs[1].startswith("De rechter heeft donderdag")
    assert paragraphs[-1].endswith("omdat het onderzoek naar het verkeer niet deugt.")
    assert article.published == datetime(2026, 11, 19, 14, 42, 10, tzinfo=UTC)
    assert article.published_precision_s == 1
    assert (article.author, article.section) == ("Anna de Wit, Koen Visser", "Regio")
    assert article.url == "https://velsmeerder.example/zwembad-rechter"
    assert article.language == "nl"


@pytest.mark.parametrize(
    ("head", "published", "precision"),
    [
        (linked('{"@type": "NewsArticle", "datePublished": "2026-11-19T15:00:00Z"}'), 15, 1),
        (linked('[{"@type": "LiveBlogPosting", "datePublished": "2026-11-19T14:00Z"}]'), 14, 60),
        (
            linked('{"@graph": [{"@type": "Article", "datePublished": "2026-11-19T13:00:00Z"}]}'),
            13,
            1,
        ),
        (
            linked("{kapot")
            + '<meta property="article:published_time" content="2026-11-19T12:00Z">',
            12,
            60,
        ),
        (
            linked('{"@type": "NewsArticle", "datePublished": "2026-11-19"}')
            + '<meta name="DC.date.issued" content="2026-11-19T11:00:00Z">',
            11,
            1,
        ),
        ('<meta name="date" content="2026-11-19T10:00:00+00:00">', 10, 1),
        ('<meta name="date" content="2026-11-19">', -1, 86_400),
    ],
)
def test_the_most_precise_time_counts(
    make_document: Make, head: str, published: int, precision: int
) -> None:
    (article,) = extract(make_document(page(head))).articles
    day = datetime(2026, 11, 19, tzinfo=UTC).timestamp() + published * 3600
    assert article.published == datetime.fromtimestamp(day, tz=UTC)
    assert article.published_precision_s == precision


def test_a_time_element_is_the_last_resort(make_document: Make) -> None:
    body = f'<time datetime="2026-11-19T09:30:00+01:00">gisteren</time>{TEXT}'
    (article,) = extract(make_document(page(body=body))).articles
    assert article.published == datetime(2026, 11, 19, 8, 30, tzinfo=UTC)


def test_a_page_without_a_time_is_as_old_as_its_capture(make_document: Make) -> None:
    captured = datetime(2026, 11, 18, tzinfo=UTC)
    (article,) = extract(make_document(page(), captured=captured)).articles
    assert (article.published, article.published_source) == (captured, "file")


def test_a_page_of_fragments_is_read_as_it_is_and_says_so(make_document: Make) -> None:
    body = "<html><body><nav>Menu</nav><div>Weer wolf gezien bij Harenveld</div></body></html>"
    (article,) = extract(make_document(body)).articles
    assert "Weer wolf gezien bij Harenveld" in article.text


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body></body></html>",
        "<html><body>403 Forbidden</body></html>",
        "<html><head><script>alert(1)</script></head><body><script>x()</script></body></html>",
    ],
)
def test_a_page_without_an_article_is_refused(make_document: Make, body: str) -> None:
    assert "no article in this HTML page" in str(extract(make_document(body)).failure)


@pytest.mark.parametrize(
    ("charset", "header"), [("windows-1250", ""), ("iso-8859-15", "text/html; charset=iso-8859-15")]
)
def test_the_encoding_that_the_page_names(make_document: Make, charset: str, header: str) -> None:
    html = page(
        body=TEXT.replace("Velsmeer", "Łódź" if charset == "windows-1250" else "Vélsmeer €")
    )
    html = html.replace("utf-8", "" if header else charset)
    found = extract(make_document(html.encode(charset), content_type=header))
    assert ("Łódź" if charset == "windows-1250" else "Vélsmeer €") in found.articles[0].text
    assert found.articles[0].encoding == charset


def test_a_page_that_is_a_strip_is_split(make_document: Make) -> None:
    briefs = "".join(
        f"<p>{place} (ANP) - De gemeente {place.title()} heeft dinsdag ingestemd met de bouw van "
        "een nieuw zwembad aan de rand van het dorp, ondanks bezwaren van omwonenden.</p>"
        for place in ("VELSMEER", "OOSTERWIJK", "DALMEN")
    )
    found = extract(make_document(page(body=briefs)))
    assert [one.place for one in found.articles] == ["VELSMEER", "OOSTERWIJK", "DALMEN"]


@pytest.mark.parametrize(
    ("html", "links"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" href="/rss">',
            ("https://k.example/rss",),
        ),
        (
            '<base href="https://elders.example/a/"><link REL="x Alternate" '
            'type="application/atom+xml; charset=utf-8" href="b">',
            ("https://elders.example/a/b",),
        ),
        ('<link rel="alternate" type="application/feed+json" href="http://[">', ()),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x">', ()),
        ('<link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet">', ()),
        (
            '<link rel="alternate" type="application/rss+xml" href="/a">' * 2,
            ("https://k.example/a",),
        ),
    ],
)
def test_feeds_that_a_page_links_to(html: str, links: tuple[str, ...]) -> None:
    assert feed_links(html.encode(), "https://k.example/nieuws/") == links


def test_what_a_page_needs_is_loaded_with_the_first_page() -> None:
    """A plain text must not pay for trafilatura and an XML parser."""
    code = (
        "import sys; from datetime import UTC, datetime; "
        "from watcher.articles.extract import extract; from watcher.model import Document; "
        "extract(Document(source='s', name='d', body=b'Een kort bericht.', "
        "seen=datetime(2026, 1, 1, tzinfo=UTC))); "
        "print(sorted({'trafilatura', 'lxml', 'requests', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
