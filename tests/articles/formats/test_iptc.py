"""IPTC's own examples of ninjs, NewsML and NITF: the right fields, in the table beside this."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watcher.articles.extract import extract
from watcher.model import Article, Document, Extraction

EXPECTED = tomllib.loads(Path(__file__).with_name("iptc.toml").read_text(encoding="utf-8"))
FIELDS = (
    "language",
    "place",
    "author",
    "credit",
    "slugline",
    "urgency",
    "version",
    "section",
    "guid",
    "embargoed",
)


@pytest.fixture
def read(shared: Path, make_document: Callable[..., Document]) -> Callable[[str], Extraction]:
    """An example, read as a document without a language or a time zone of its own."""

    def read(name: str) -> Extraction:
        body = (shared / "iptc" / name).read_bytes()
        return extract(make_document(body, name=Path(name).name, timezone="UTC"))

    return read


def test_every_example_is_in_the_table(shared: Path) -> None:
    files = (path for path in (shared / "iptc").rglob("*.*") if path.suffix in {".json", ".xml"})
    assert {path.relative_to(shared / "iptc").as_posix() for path in files} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_says_what_it_says(name: str, read: Callable[[str], Extraction]) -> None:
    expected, found = EXPECTED[name], read(name)
    if "failure" in expected:
        assert str(found.failure).startswith(expected["failure"])
        return
    assert found.failure is None
    assert len(found.articles) == expected.get("articles", 1)
    assert said(found.articles[0]) == wanted(expected)


def said(article: Article) -> dict[str, Any]:
    """What the article says, as the table does."""
    body = article.text[article.headline_end :].strip()
    dated = article.published_source == "document"
    return {
        "title": article.title[:30],
        "begins": body[:30],
        "published": article.published if dated else None,
        "status": article.status,
        **{name: getattr(article, name) for name in FIELDS},
    }


def wanted(expected: dict[str, Any]) -> dict[str, Any]:
    """The table's row with what it leaves out."""
    return {
        "begins": "",
        "published": None,
        "status": "usable",
        **dict.fromkeys(FIELDS),
        **{name: value for name, value in expected.items() if name != "articles"},
    }
