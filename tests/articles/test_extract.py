"""Documents to articles: encodings, times, feeds, and what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.articles.extract import extract
from watcher.model import Article, Document

NOW = datetime(2026, 11, 20, 19, 20, tzinfo=UTC)


def document(body: bytes | str, **values: str) -> Document:
    raw = body.encode() if isinstance(body, str) else body
    return replace(Document(source="s", name="d", body=raw, seen=NOW), **values)  # type: ignore[arg-type]


def articles(body: bytes | str, **values: str) -> tuple[Article, ...]:
    found = extract(document(body, **values))
    assert found.failure is None
    return found.articles


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("Oekraïne: één zin.".encode(), "utf-8"),
        ("Oekraïne: één zin.".encode("utf-8-sig"), "utf-8-sig"),
        ("Oekraïne: één zin.".encode("utf-16"), "utf-16"),
        ("Oekraïne: één zin.".encode("utf-16-le"), "utf-16-le"),
        ("Oekraïne: één zin.".encode("utf-16-be"), "utf-16-be"),
        ("Oekraïne: één zin.".encode("cp1252"), "windows-1252"),
        (b"Oekra\xefne: \xe9\xe9n \x93zin\x94 \x81.", "windows-1252"),
    ],
)
def test_the_encoding_is_found(body: bytes, encoding: str) -> None:
    (article,) = articles(body)
    assert article.text.startswith("Oekraïne: één")
    assert article.encoding == encoding


def test_a_stated_encoding_is_taken_at_its_word() -> None:
    assert articles("Łódź".encode("iso8859-2"), encoding="iso8859-2")[0].text == "Łódź"
    assert extract(document(b"\xff", encoding="utf-8")).failure
    assert "not known" in str(extract(document(b"x", encoding="klingon")).failure)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\0\0\0\0", "empty"),
        (b" \n\t ", "empty"),
        (bytes(range(32)) * 20, "control characters"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "HTML"),
        ("\u00ad\u200b".encode(), None),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, why: str | None) -> None:
    failure = extract(document(body)).failure
    assert failure is None if why is None else why in str(failure)


@pytest.mark.parametrize(
    ("written", "ago", "precision"),
    [
        ("20 minuten geleden", timedelta(minutes=20), 60),
        ("1 uur geleden", timedelta(hours=1), 3600),
        ("een uur geleden", timedelta(hours=1), 3600),
        ("half uur geleden", timedelta(minutes=30), 3600),
        ("3 dagen geleden", timedelta(days=3), 86_400),
        ("2 weken geleden", timedelta(weeks=2), 604_800),
        ("45 seconden geleden", timedelta(seconds=45), 1),
        ("12 min. geleden", timedelta(minutes=12), 60),
        ("2 hours ago", timedelta(hours=2), 3600),
        ("5m ago", timedelta(minutes=5), 60),
        ("vor einer Stunde", timedelta(hours=1), 3600),
        ("vor 9 Minuten", timedelta(minutes=9), 60),
        ("il y a 12 minutes", timedelta(minutes=12), 60),
        ("il y a 2 heures", timedelta(hours=2), 3600),
    ],
)
def test_a_relative_time_counts_back_from_the_capture(
    written: str, ago: timedelta, precision: int
) -> None:
    captured = NOW - timedelta(hours=5)
    body = f"EDE (ANP) - Een bericht.\n{written}ZEIST (ANP) - Nog een bericht.\n{written}"
    found = extract(replace(document(body), captured=captured)).articles
    assert [(one.place, one.published, one.published_source) for one in found] == [
        ("EDE", captured - ago, "relative"),
        ("ZEIST", captured - ago, "relative"),
    ]
    assert {one.published_precision_s for one in found} == {precision}


def test_without_a_time_only_the_capture_is_known() -> None:
    (article,) = articles("Een bericht zonder tijd.")
    assert (article.published, article.published_source) == (NOW, "file")


def test_the_headline_is_part_of_the_text_and_known_by_its_end() -> None:
    (article,) = articles("De kop\nDe eerste alinea.\nDe tweede.")
    assert article.text == "De kop\n\nDe eerste alinea.\n\nDe tweede."
    assert article.text[: article.headline_end] == "De kop"
    assert (article.title, article.title_source) == ("De kop", "headline")


def test_without_a_headline_the_title_is_the_beginning() -> None:
    (article,) = articles("Turkije heeft tegen Rusland gezegd dat " + "het zo niet kan " * 20 + ".")
    assert article.title.startswith("Turkije heeft tegen Rusland gezegd")
    assert article.title.endswith("…")
    assert (len(article.title) <= 90, article.title_source, article.headline_end) == (
        True,
        "lead",
        0,
    )


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><language>nl-NL</language>
{items}</channel></rss>"""


def rss(count: int, body: str = "Tekst {n}.") -> str:
    items = "".join(
        f"<item><title>Kop {n}</title><guid>g{n}</guid><link>https://x.example/a/{n}</link>"
        f"<pubDate>Fri, 20 Nov 2026 08:15:00 +0100</pubDate>"
        f"<description>{body.format(n=n)}</description></item>"
        for n in range(count)
    )
    return RSS.format(items=items)


def test_every_item_of_a_feed_is_taken() -> None:
    found = articles(rss(1500))
    assert len(found) == 1500
    last = found[-1]
    assert (last.guid, last.url, last.title) == ("g1499", "https://x.example/a/1499", "Kop 1499")
    assert (last.part, last.parts, last.language) == (1500, 1500, "nl")
    assert last.published == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    assert last.text == "Kop 1499\n\nTekst 1499."


def test_markup_in_a_feed_becomes_paragraphs() -> None:
    body = (
        "&lt;p&gt;KIEV (ANP) - E&amp;eacute;n.&lt;/p&gt;"
        "&lt;script&gt;x()&lt;/script&gt;Twee &amp;lt; drie"
    )
    (article,) = articles(rss(1, body))
    assert article.text == "Kop 0\n\nEén.\n\nTwee < drie"
    assert (article.place, article.agencies) == ("KIEV", ("ANP",))


def test_one_poisoned_item_does_not_hide_the_others() -> None:
    found = articles(rss(3).replace("Tekst 1.", "Kapot &#xD83D; teken"))
    assert [one.title for one in found] == ["Kop 0", "Kop 1", "Kop 2"]


def test_a_cut_feed_gives_what_is_there_and_says_what_is_lost() -> None:
    whole = rss(10)
    found = extract(document(whole[: whole.index("<title>Kop 7")], url="https://x.example/rss"))
    assert len(found.articles) >= 7
    assert found.failure is None


def test_an_item_without_words_is_said_and_the_others_are_kept() -> None:
    body = RSS.format(items="<item><guid>1</guid></item><item><title>Kop</title></item>")
    found = extract(document(body))
    assert [one.title for one in found.articles] == ["Kop"]
    assert found.losses == ("1 of 2 items have neither title nor text",)


def test_html_from_a_feed_address_is_said_to_be_html() -> None:
    body = "<!DOCTYPE html><html><head><title>x</title></head><body>y</body></html>"
    assert "HTML" in str(extract(document(body, url="https://x.example/rss")).failure)


def test_feedparsers_own_feeds_never_break_us(shared: Path) -> None:
    paths = sorted((shared / "feeds" / "feedparser").rglob("*.xml"))
    assert len(paths) > 1000
    for path in paths:
        found = extract(document(path.read_bytes(), url="https://x.example/rss"))
        assert found.failure is None or found.failure


def test_the_same_document_always_gives_the_same_articles(root: Path) -> None:
    body = (root / "samples" / "strook.txt").read_bytes()
    assert articles(body) == articles(body)
