"""Which matched sentences say what a story had not said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watcher.facts import new_facts, newest_sentence, sentences_with
from watcher.model import Article, Earlier, Hit, Match, RuleInfo

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADLINE = "Schepen vast in Delfzijl"
TOLD = "De havenmeester kondigde een embargo af voor schepen met graan aan boord."
ASIDE = "Op de kade staan tientallen mensen te kijken."


def article(*sentences: str) -> Article:
    text = f"{HEADLINE}\n\n{' '.join(sentences)}"
    return Article(
        id="a", source="bode", document="d", part=1, parts=1, kind="article", title=HEADLINE,
        title_source="headline", text=text, headline_end=len(HEADLINE), seen=NOW,
    )  # fmt: skip


def match(found: Article, term: str = "embargo") -> Match:
    starts = [at for at in range(len(found.text)) if found.text.startswith(term, at)]
    hits = tuple(
        Hit(start=at, end=at + len(term), text=term, term=term, how="exact", field="body")
        for at in starts
    )
    return Match(rule=RuleInfo(id="r", title="R"), hits=hits)


def story(*sentences: str) -> list[Earlier]:
    return [
        Earlier(
            article="b", source="bode", story="s", text=article(*sentences).text,
            headline_end=len(HEADLINE), language="nl", seen=NOW,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "new"),
    [
        (TOLD, None),
        (f"DELFZIJL (ANP) - {TOLD}", None),
        # One word of ten changed is the same sentence.
        (TOLD.replace("kondigde", "riep"), None),
        (TOLD.replace("schepen", "42 schepen"), True),
        (TOLD.replace("havenmeester", "havenmeester van Emden"), True),
        ("Vissers breken het embargo en varen de haven uit.", False),
    ],
)
def test_a_sentence_is_new_by_its_words_or_by_one_name_or_number(
    sentence: str, new: bool | None
) -> None:
    found = article(ASIDE, sentence)
    facts = new_facts(found, match(found), story(TOLD, ASIDE))
    assert [one.named for one in facts] == ([] if new is None else [new])


def test_only_the_sentences_that_match_are_facts_and_they_are_placed_exactly() -> None:
    fresh = "Vissers breken het embargo en varen de haven uit."
    found = article(TOLD, "Burgemeester Postma is kwaad.", fresh)
    (fact,) = new_facts(found, match(found), story(TOLD, ASIDE))
    assert found.text[fact.start : fact.end].strip() == fresh


def test_what_is_newest_is_the_sentence_that_says_most_that_nobody_said() -> None:
    fresh = "Burgemeester Postma van Groningen stapt op."
    found = article(TOLD, fresh, ASIDE)
    span = newest_sentence(found, story(TOLD, ASIDE))
    assert span is not None
    assert found.text[slice(*span)].strip() == fresh
    assert newest_sentence(article(TOLD), story(TOLD)) is None


def test_a_correction_shows_the_sentences_with_its_numbers() -> None:
    mended = "Zestien schepen liggen stil."
    found = article(TOLD, mended, ASIDE)
    assert [found.text[start:end] for start, end in sentences_with(found, ["16"])] == [mended]
    assert sentences_with(found, []) == ()
