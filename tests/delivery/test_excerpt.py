"""Which sentences are shown, and what is marked in them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from watcher.delivery.excerpt import Passage, choose_excerpt
from watcher.model import Article, Hit


def mark(passage: Passage) -> str:
    return "".join(f"[{run.text}]" if run.hit else run.text for run in passage)


def find(text: str, *terms: str) -> list[Hit]:
    found = [
        Hit(start=m.start(), end=m.end(), text=m.group(), term=term, how="exact", field="body")
        for term in terms
        for m in re.finditer(re.escape(term), text)
    ]
    return sorted(found, key=lambda one: one.start)


@pytest.fixture
def article(sample) -> Article:  # type: ignore[no-untyped-def]
    return replace(sample.article, headline_end=0)


@pytest.mark.parametrize(
    ("text", "terms", "shown"),
    [
        ("Een zin. Hier vrede. Nog een. Vrede.", ["vrede"], ["Hier [vrede].", "Nog een."]),
        (
            "Dat zei mr. De Vries over vrede. Einde.",
            ["vrede"],
            ["Dat zei mr. De Vries over [vrede].", "Einde."],
        ),
        ("Ook R.T. Erdogan wil vrede. Ja.", ["vrede"], ["Ook R.T. Erdogan wil [vrede].", "Ja."]),
        (
            "Het kostte 3.500 euro aan vrede. Ja.",
            ["vrede"],
            ["Het kostte 3.500 euro aan [vrede].", "Ja."],
        ),
        ("Kop zonder punt\n\nVrede is ver. Ja.", ["Vrede"], ["[Vrede] is ver.", "Ja."]),
        ("Slot. “Vrede”, zei hij. Ja.", ["Vrede"], ["“[Vrede]”, zei hij.", "Ja."]),
        ("Over twee\nregels vrede. Ja.", ["vrede"], ["Over twee regels [vrede].", "Ja."]),
        ("Alleen vrede", ["vrede"], ["Alleen [vrede]"]),
        ("A vrede. B oorlog. C vrede.", ["vrede", "oorlog"], ["A [vrede].", "B [oorlog]."]),
        ("Een aa. Een aa. Een aa. Een bb.", ["aa.", "bb."], ["Een [aa.]", "Een [bb.]"]),
    ],
)
def test_sentences(article: Article, text: str, terms: list[str], shown: list[str]) -> None:
    excerpt = choose_excerpt(replace(article, text=text), find(text, *terms))
    assert [mark(passage) for passage in excerpt.passages] == shown


def test_at_most_four_sentences_and_the_rest_is_counted(article: Article) -> None:
    text = " ".join(f"Zin met woord{letter}." for letter in "abcdefg") + " Nog eens woorda."
    excerpt = choose_excerpt(
        replace(article, text=text), find(text, *(f"woord{letter}" for letter in "abcdefg"))
    )
    assert (len(excerpt.passages), excerpt.hidden(4), excerpt.hidden(0)) == (4, 4, 8)


def test_overlapping_hits_are_one_mark(article: Article) -> None:
    text = "Het staakt-het-vuren houdt."
    excerpt = choose_excerpt(replace(article, text=text), find(text, "staakt-het", "het-vuren"))
    assert mark(excerpt.passages[0]) == "Het [staakt-het-vuren] houdt."


def test_a_sentence_without_end_is_cut_at_words(article: Article) -> None:
    text = "woord " * 500 + "vrede " + "woord " * 500
    passage = mark(choose_excerpt(replace(article, text=text), find(text, "vrede")).passages[0])
    assert re.fullmatch(r"…(woord )+\[vrede\]( woord)+…", passage)
    assert len(passage) < 520


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 2), (0, 999), (3, 3)])
def test_offsets_outside_the_text_are_no_hit(article: Article, start: int, end: int) -> None:
    wrong = Hit(start=start, end=end, text="x", term="x", how="exact", field="body")
    excerpt = choose_excerpt(replace(article, text="Kort."), [wrong])
    assert (excerpt.total, [mark(passage) for passage in excerpt.passages]) == (0, ["Kort."])
