"""What rules might lack."""

from __future__ import annotations

import pytest

from watcher.model import Hit
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.suggest import (
    Judged,
    Suggestion,
    count_words,
    suggest_excepts,
    suggest_variants,
)


def variants(term: str, *texts: str, found: frozenset[str] = frozenset()) -> list[str]:
    rules, problems = link([parse_rules(f"rules:\n  - {{id: r, match: {term}}}\n", "r.yaml")])
    assert problems == []
    words = count_words(texts)
    return [one.text for one in suggest_variants(list(rules), words, {"r": found})]


@pytest.mark.parametrize(
    ("term", "word", "is_suggested"),
    [
        ("embargo", "embargohouder", True),
        ("embargo", "embrago", False),
        ("embargo", "embargoo", True),
        ("sanctie", "sanktie", True),
        ("Zelensky", "Zelenskyy", True),
        ("Zelensky", "Zelenski", True),
        ("Rutte", "Route", False),
        ("Jansen", "jansen", False),
        ("brand", "brandweer", True),
        ("vis", "visser", False),
        ("embargo", "brood", False),
    ],
)
def test_words_like_a_term_are_suggested(term: str, word: str, is_suggested: bool) -> None:
    text = f"Vandaag sprak men over {word} in Delfzijl."
    assert (word in variants(term, text, text + " Morgen ook.")) is is_suggested


def test_once_is_a_slip_and_what_is_found_is_not_suggested() -> None:
    assert variants("embargo", "Een embargohouder.") == []
    texts = ["Een embargohouder.", "De embargohouder zei niets."]
    assert variants("embargo", *texts, found=frozenset({"embargohouder"})) == []


def judged(text: str, *, useless: bool) -> Judged:
    start = text.index("embargo")
    hit = Hit(start=start, end=start + 7, text="embargo", term="embargo", how="exact", field="body")
    return Judged(rule="r", text=text, hits=(hit,), useless=useless)


def test_a_phrase_that_only_noise_has_is_suggested() -> None:
    found = list(
        suggest_excepts(
            [
                judged("Het bericht staat onder embargo tot morgen.", useless=True),
                judged("Ook dit staat onder embargo, meldt men.", useless=True),
                judged("De EU stelt een embargo in.", useless=False),
            ]
        )
    )
    assert found[0] == Suggestion(
        rule="r", kind="except", text="onder embargo", term="embargo", articles=2
    )


def test_what_good_alerts_have_too_is_not_suggested() -> None:
    same = "Er komt een embargo op graan."
    assert list(suggest_excepts([judged(same, useless=True), judged(same, useless=False)])) == []


def test_one_verdict_is_not_enough_and_an_article_makes_no_phrase() -> None:
    assert list(suggest_excepts([judged("Onder embargo tot morgen.", useless=True)])) == []
    twice = [judged("Er kwam een embargo.", useless=True)] * 3
    assert list(suggest_excepts(twice)) == []
