"""Which demand of a term refuses what stands there; and what is no reason worth telling."""

from __future__ import annotations

import pytest

from watcher.model import Article
from watcher.rules.hindrance import Probe
from watcher.rules.layout import Layout
from watcher.rules.rule import Term


@pytest.fixture
def cause_of(build_article):
    """The cause for a term in a text, by its code and its cost."""

    def cause(term: Term, text: str, language: str | None = "nl"):
        article: Article = build_article(text, language)
        found = Probe(article, Layout(text, 0)).cause(term)
        if found.places:
            told = dict(found.values)["found"]
            assert " ".join(text[slice(*found.places[0])].split()) == told
        return found

    return cause


@pytest.fixture
def build_article():
    from datetime import UTC, datetime

    def build(text: str, language: str | None) -> Article:
        return Article(
            id="a", source="s", document="d", part=1, parts=1, kind="article", title="t",
            title_source="lead", text=text, seen=datetime(2026, 1, 1, tzinfo=UTC),
            language=language,
        )  # fmt: skip

    return build


@pytest.mark.parametrize(
    ("term", "text", "code"),
    [
        (Term("EU"), "De minister leutert in Europa.", "absent"),
        (Term("bom"), "De bomen in het bos.", "absent"),
        (Term("regering"), "De regeling van gisteren.", "absent"),
        (Term("Europese Unie"), "De Unie. Daarna kwam het Europese parlement.", "absent"),
        (Term("importverbod"), "Een importverbot.", "similar"),
        (Term("oorlogsmisdaad"), "De oorlogsmisdaat.", "similar"),
        (Term("Van den Broek"), "Hans van. Den Broek.", "sentence-end"),
        (Term("staakt-het-vuren"), "Hij staakt. Het vuren ging door.", "sentence-end"),
        (Term("truce", frozenset(["en"])), "De Truce van truces.", "language"),
        (Term("/Truce/", frozenset(["en"])), "De Truce.", "language"),
        (Term("/truce/", frozenset(["en"])), "De Truce.", "regex"),
        (Term(r"/\btruce\b/"), "De Truce.", "regex-case"),
        (Term("EU"), "Mail EU@europa.eu of zie europa.eu/EU.", "address"),
        (Term("embargo"), "Het soft\u00adembargqo van 1\u00bd.", "absent"),
        (Term("=Staakt-het-vuren"), "Een staakt het vuren.", "exact"),
        (Term("apache", case="exact"), "De Apache.", "exact"),
    ],
)
def test_a_code_for_each(cause_of, term: Term, text: str, code: str) -> None:
    assert cause_of(term, text).code == code


def test_an_ordinary_word_is_hardly_an_acronym(cause_of) -> None:
    assert cause_of(Term("IS"), "Het is zo.").cost > cause_of(Term("NAVO"), "De navo.").cost


def test_in_an_article_of_unknown_language_no_language_is_wrong(cause_of) -> None:
    found = cause_of(Term("NATO", frozenset(["en"])), "De nato.", None)
    assert found.code == "acronym"


def test_places_lead_into_the_original_text(cause_of) -> None:
    text = "Zo\u00adiets:  de\u00a0 navo\u2026"
    (place,) = cause_of(Term("NAVO"), text).places
    assert text[slice(*place)] == "navo"
