"""The language of an article: what its source says, unless the text clearly shows another."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.articles.extract import extract
from watcher.language import detect_language, primary_language
from watcher.model import Document

SENTENCES: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
)
BRIEFS = [(one, tag) for tag, several in SENTENCES.items() for one in several if len(one) > 90]
HEADLINES = [(one, tag) for tag, several in SENTENCES.items() for one in several if len(one) <= 90]
ENGLISH = (
    "The town council voted on Tuesday to build a new swimming pool on the edge of the village "
    "despite objections from residents, who fear more traffic."
)


def test_there_are_enough_sentences() -> None:
    assert {tag: len(several) for tag, several in SENTENCES.items()} == {
        "nl": 80,
        "en": 50,
        "de": 35,
        "fr": 35,
    }


def test_a_brief_shows_its_language() -> None:
    assert [one for one, tag in BRIEFS if detect_language(one, None) != tag] == []


def test_a_headline_shows_its_language_or_none() -> None:
    found = Counter(
        {tag: "right", None: "none"}.get(detect_language(one, None), "wrong")
        for one, tag in HEADLINES
    )
    assert found["wrong"] == 0
    assert found["right"] >= 0.85 * len(HEADLINES)


@pytest.mark.parametrize("prior", ["nl", "en", "de", "fr"])
def test_a_prior_stands_until_a_dozen_words_clearly_show_another(prior: str) -> None:
    briefs = Counter(detect_language(one, prior) == tag for one, tag in BRIEFS)
    assert briefs[False] <= 1
    assert {detect_language(one, prior) for one, _ in HEADLINES} == {prior}


@pytest.mark.parametrize(
    ("text", "prior", "language"),
    [
        ("", None, None),
        ("", "nl", "nl"),
        ("Weerbericht", None, None),
        ("1-0 2-3 4-4 0-0 1-1", "nl", "nl"),
        ("https://x.example/the/news/of/the/day " * 5, None, None),
        (ENGLISH, "nl", "en"),
        (ENGLISH.upper(), "nl", "en"),
        (ENGLISH, None, "en"),
        ("これは日本語のニュースです。" * 10, "nl", "nl"),
        ("これは日本語のニュースです。" * 10, None, None),
    ],
)
def test_what_decides(text: str, prior: str | None, language: str | None) -> None:
    assert detect_language(text, prior) == language


@pytest.mark.parametrize(
    ("tag", "primary"),
    [("nl-BE", "nl"), ("en_US", "en"), ("NB-no", "no"), ("zxx", ""), ("", ""), ("x-klingon", "")],
)
def test_a_tag(tag: str, primary: str) -> None:
    assert primary_language(tag) == primary


def test_every_article_has_its_own() -> None:
    body = (
        "<rss version='2.0'><channel><language>en-us</language>"
        f"<item><description>{ENGLISH}</description></item>"
        "<item><title>Kabinet overweegt embargo</title></item></channel></rss>"
    )
    seen = datetime(2026, 11, 20, 20, tzinfo=UTC)
    document = Document(source="s", name="d", body=body.encode(), seen=seen)
    found = extract(replace(document, usual_language="nl")).articles
    assert [one.language for one in found] == ["en", "nl"]
    found = extract(document).articles
    assert [one.language for one in found] == ["en", "en"]
