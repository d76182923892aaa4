"""Which format a document has: by its content, by its name only where that leaves it open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.sniff import format_of
from watcher.model import Document

Make = Callable[..., Document]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("atom.xml", "feed"),
        ("bericht.eml", "mail"),
        ("bericht.txt", "text"),
        ("jsonfeed.json", "json"),
        ("newsml.xml", "xml"),
        ("nieuwsbrief.eml", "mail"),
        ("ninjs1.json", "json"),
        ("nitf.xml", "xml"),
        ("overzicht.eml", "mail"),
        ("pagina.html", "html"),
        ("rdf.xml", "feed"),
        ("rss.xml", "feed"),
    ],
)
@pytest.mark.parametrize("called", ["d", "verkeerd.txt", "verkeerd.html"])
def test_the_content_decides(
    sample: Callable[..., Document], name: str, kind: str, called: str
) -> None:
    assert format_of(sample(name, name=called)) == kind


@pytest.mark.parametrize(
    ("body", "values", "kind"),
    [
        (b"PK\x03\x04", {}, "zip"),
        ("\ufeff \n<rss version='2.0'>", {}, "feed"),
        ("<rss version='2.0'>".encode("utf-16"), {}, "feed"),
        ("<!-- <html> --><feed/>", {}, "feed"),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", {}, "html"),
        ("<p>Een stukje.</p>", {}, "html"),
        ("<?xml version='1.0'?><rss <item>", {}, "feed"),
        ("<kookboek></kookboek>", {}, "xml"),
        ("<EMBARGO TOT 12 UUR> Het kabinet overweegt een embargo.", {}, "text"),
        ("< 5 procent", {}, "text"),
        ("[Update] Het kabinet overweegt een embargo.", {}, "text"),
        ("[Update] kapot", {"name": "d.json"}, "json"),
        ('{"a": 1}', {}, "json"),
        ("From: a\nSubject: b\nDate: c\n\nd", {}, "mail"),
        ("Subject: b\n\nd", {}, "text"),
        ("Subject: b\n\nd", {"content_type": "message/rfc822"}, "mail"),
        ("Van: de redactie\nAan: u", {}, "text"),
    ],
)
def test_what_is_what(
    make_document: Make, body: bytes | str, values: dict[str, str], kind: str
) -> None:
    assert format_of(make_document(body, **values)) == kind


@pytest.mark.parametrize(
    "body", ["Een kort bericht.", "PK\x03\x04", "Subject: x\nReceived: y\n\nz"]
)
def test_only_a_feed_is_a_feed(make_document: Make, body: str) -> None:
    failure = extract(make_document(body, expects="feed")).failure
    assert failure == "this is not an RSS or Atom feed"


@pytest.mark.parametrize("name", ["jsonfeed.json", "ninjs3.json", "newsml.xml", "nitf.xml"])
def test_an_agencys_address_may_answer_in_its_own_format(
    sample: Callable[..., Document], name: str
) -> None:
    assert extract(sample(name, expects="feed")).articles


def test_documents_in_documents_in_documents_end(make_document: Make) -> None:
    inner = "Subject: kern\nReceived: x\n\nHet zwembad gaat open."
    for number in range(8):
        inner = (
            f"Subject: {number}\nReceived: x\nContent-Type: message/rfc822\n"
            f"Content-Disposition: attachment\n\n{inner}"
        )
    found = extract(make_document(inner))
    assert found.articles
    assert "nested too deeply" in found.losses[0]
