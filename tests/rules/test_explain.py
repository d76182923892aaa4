"""Why a rule does not match: a case for each cause, and the same verdict as the matcher's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from watcher.model import Article
from watcher.rules.causes import SENTENCES, say
from watcher.rules.explain import Explainer, Explanation
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet

SHARED = """
entities:
  oekraine: {type: place, names: [Oekraïne, Kyiv]}
  rusland: {type: place, names: [Rusland, Kremlin], not: [Wit-Rusland, Kremlinmuur]}
define:
  bestand: [staakt-het-vuren, gevechtspauze]
  vrede: [staakt-het-vuren, wapenstilstand, gevechtspauze]
"""


def article(text: str, *, headline: str = "", **values: Any) -> Article:
    stated = {
        "id": "a", "source": "nos", "document": "d", "part": 1, "parts": 1, "kind": "article",
        "title": headline or "t", "title_source": "headline" if headline else "lead",
        "text": f"{headline}\n\n{text}" if headline else text, "headline_end": len(headline),
        "seen": datetime(2026, 1, 3, tzinfo=UTC), "language": "nl",
    }  # fmt: skip
    return Article(**(stated | values))


def explainer(rule: str) -> Explainer:
    """Of one rule, given as the lines under its id, and the shared names."""
    file = parse_rules(f"{SHARED}\nrules:\n  - id: r\n    {rule}\n", "r.yaml")
    rules, problems = link([file])
    assert [*file.problems, *problems] == []
    return Explainer(RuleSet(rules), [file])


def explain(rule: str, of: Article) -> Explanation:
    one = explainer(rule)
    return one.about(of).explain(one.rules.rules[0])


#: code, rule, text of the article, a part of the sentence, other things about the article.
MISSES: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("absent", "match: embargo", "Er is niets.", '"embargo" does not stand', {}),
    ("absent-all", "match: [brand, vuur]", "Er is niets.", 'none of "brand", "vuur" stands', {}),
    (
        "missing",
        "match: {all: [$bestand, olie, {any: ['@oekraine', '@rusland']}]}",
        "Een gevechtspauze en olie.",
        'all: 1 of 3 missing: @oekraine / @rusland; found "gevechtspauze", "olie"',
        {},
    ),
    (
        "missing-all",
        "match: {all: [embargo, olie]}",
        "Er is niets.",
        "all: nothing of it is there: embargo, olie",
        {},
    ),
    (
        "near-far",
        "match: {near: [embargo, olie], within: 3}",
        "Het embargo dat een meerderheid van de lidstaten wil voor de olie. Of olie.",
        "near ≤ 3: closest 9 words apart",
        {},
    ),
    (
        "near-paragraph",
        "match: {near: [embargo, olie], within: 8}",
        "Er komt een embargo.\n\nDe olie is duur.",
        "different paragraphs, closest 1 words apart",
        {},
    ),
    (
        "near-order",
        "match: {near: [embargo, olie], within: 8, ordered: true}",
        "De olie onder een embargo.",
        "the other way round",
        {},
    ),
    (
        "near-overlap",
        "match: {near: [embargo, olie-embargo], within: 8}",
        "Een olie-embargo.",
        "the same words twice",
        {},
    ),
    (
        "same-paragraph",
        "match: {same: sentence, of: [embargo, olie]}",
        "Er komt een embargo. De olie is duur.",
        "in one paragraph, but never in one sentence",
        {},
    ),
    (
        "same-unit",
        "match: {same: paragraph, of: [embargo, olie, gas]}",
        "Een embargo op olie.\n\nHet gas.",
        "at best 2 of 3, without gas",
        {},
    ),
    (
        "lacks",
        "match: {all: [$bestand, '@oekraine']}",
        "Een wapenstilstand in Oekraïne.",
        'found "wapenstilstand", which $bestand lacks; $vrede has it',
        {},
    ),
    (
        "similar",
        "match: staatsgreep",
        "Er was een staatsgrepje.",
        'found "staatsgrepje", which resembles "staatsgreep"',
        {},
    ),
    (
        "masked",
        "match: embargo\n    except: [onder embargo]",
        "Het rapport is onder embargo.",
        "masked by except: onder embargo",
        {},
    ),
    (
        "masked",
        "match: '@rusland'",
        "De Kremlinmuur is oud.",
        "masked by not: of @rusland: Kremlinmuur",
        {},
    ),
    (
        "none",
        "match: {all: [embargo, {none: [Gaza, Iran]}]}",
        "Een embargo, in Iran.",
        'none: stopped by "Iran"',
        {},
    ),
    (
        "not",
        "match: {query: 'embargo NOT Gaza'}",
        "Een embargo in Gaza.",
        'NOT in the query: stopped by "Gaza"',
        {},
    ),
    (
        "at-least",
        "match: {at_least: 2, of: [olie, gas, kolen]}",
        "Alleen olie.",
        "at_least: 2, but 1 of 3 found",
        {},
    ),
    (
        "mentions",
        "match: {mentions: 3, of: [olie, gas]}",
        "Olie en gas.",
        "mentions: 3, but only 2 found",
        {},
    ),
    (
        "field",
        "match: {any: [embargo], in: headline}",
        "Het embargo.",
        'in: headline, but "embargo" stands in the lead',
        {"headline": "Olie"},
    ),
    (
        "language",
        "match: {nl: [bestand]}",
        "The bestand is signed.",
        'language is en, "bestand" is for nl',
        {"language": "en"},
    ),
    ("acronym", "match: NAVO", "De navo komt.", 'found "navo", but the acronym NAVO', {}),
    ("capitals-line", "match: WHO", "DE WHO KOMT", "in a line of capitals", {}),
    ("name", "match: Poetin", "Zei poetin.", 'found "poetin", but the name Poetin', {}),
    ("other-name", "match: Rusland", "In Wit-Rusland.", 'found "Wit-Rusland", but with what', {}),
    ("accents", "match: passe", "Het is passé.", 'found "passé", which is another word', {}),
    (
        "exact",
        "match: =EU",
        "De eu wil het.",
        'found "eu", but =EU asks for exactly',
        {},
    ),
    (
        "exact",
        "match: {term: Zénith, accents: exact}",
        "In Zenith.",
        'found "Zenith", but Zénith asks for exactly',
        {},
    ),
    (
        "compound-unknown",
        "match: embargo",
        "Een xyqembargo.",
        'found "xyqembargo", but "xyq" is no known word',
        {},
    ),
    (
        "other-word",
        "match: leger",
        "De legering van brons.",
        'found "legering", which is a word of its own',
        {},
    ),
    (
        "compound-off",
        "match: olie",
        "De olieprijs stijgt.",
        "fewer than 5 letters",
        {},
    ),
    (
        "compound-off",
        "match: {term: verbod, compound: none}",
        "Een rookverbod.",
        'found "rookverbod"',
        {},
    ),
    (
        "forms-off",
        "match: {term: kind, forms: none, compound: none}",
        "Twee kinderen.",
        'found "kinderen", a form that "kind" does not look for',
        {},
    ),
    ("wildcard", "match: '*verbod'", "Twee verboden.", 'found "verboden", but with a star', {}),
    (
        "written-apart",
        "match: beurskrach",
        "Een beurs krach.",
        "with a seam that is found too: beurs|krach",
        {},
    ),
    (
        "written-closed",
        "match: centrale bank",
        "De centralebank.",
        "finds both: centrale-bank",
        {},
    ),
    (
        "sentence-end",
        "match: Europese Unie",
        "Dat is Europese. Unie is een woord.",
        "a sentence ends inside it",
        {},
    ),
    ("punctuation", "match: brand stichting", "De brand, stichting x.", "nothing between", {}),
    (
        "phrase-apart",
        "match: centrale bank",
        "De centrale Turkse bank.",
        'not side by side: "centrale Turkse bank"',
        {},
    ),
    ("address", "match: EU", "Zie www.europa.eu/EU.", "only in a web or mail address", {}),
    (
        "verb-far",
        "match: toe|treden",
        "Het land treedt na lange en zware besprekingen met alle andere lidstaten van daar toe.",
        '"toe" is more than 10 words away',
        {},
    ),
    ("verb-alone", "match: toe|treden", "Het land treedt.", 'no "toe" that belongs to it', {}),
    ("regex", r"match: '/CVE-\d+/'", "Geen lek.", "matches nothing in the text", {}),
    ("regex-case", r"match: '/CVE-\d+/'", "Het lek cve-12.", 'found "cve-12", but', {}),
    (
        "where",
        "match: embargo\n    where: {source: [anp-*]}",
        "Een embargo.",
        "where: source is nos, wanted anp-*",
        {},
    ),
    (
        "where",
        "match: embargo\n    where: {urgency: ['1', '2']}",
        "Een embargo.",
        "where: urgency is 5, wanted 1, 2",
        {"urgency": 5},
    ),
    (
        "where-unknown",
        "match: embargo\n    where: {place: [BRUSSEL]}",
        "Een embargo.",
        "where: the article has no place, wanted BRUSSEL",
        {},
    ),
    (
        "where-unknown",
        "match: embargo\n    where: {tags: [wire]}",
        "Een embargo.",
        "has no tags",
        {},
    ),
    (
        "where",
        "match: embargo\n    where: {kind: [brief]}",
        "Een embargo.",
        "where: kind is article, wanted brief",
        {},
    ),
    (
        "min-words",
        "match: embargo\n    where: {min_words: 50}",
        "Een embargo.",
        "where: 2 words, min_words: 50",
        {},
    ),
    (
        "max-age",
        "match: embargo\n    where: {max_age: 24h}",
        "Een embargo.",
        "where: 3d old when it was seen, max_age: 24h",
        {"published": datetime(2025, 12, 31, tzinfo=UTC)},
    ),
]


@pytest.mark.parametrize(("code", "rule", "text", "sentence", "values"), MISSES)
def test_a_miss_says_its_cause(
    code: str, rule: str, text: str, sentence: str, values: dict[str, Any]
) -> None:
    explanation = explain(rule, article(text, **values))
    assert not explanation.holds
    assert explanation.cause is not None
    said = say(explanation.cause)
    assert (explanation.cause.code, said) == (code, said)
    assert sentence in say(explanation.cause)
    assert "{" not in say(explanation.cause, "nl")
    assert 0 < explanation.cost <= 1


def test_every_cause_has_a_case() -> None:
    told = {code for code, *_ in MISSES} | {"draft", "off", "shadow"}
    assert told == set(SENTENCES)


@pytest.mark.parametrize("status", ["draft", "shadow", "off"])
def test_the_status_is_told_beside_the_verdict(status: str) -> None:
    explanation = explain(f"match: embargo\n    status: {status}", article("Een embargo."))
    assert explanation.holds
    assert explanation.status is not None
    assert f"status: {status}" in say(explanation.status)
    assert explain("match: embargo", article("Een embargo.")).status is None


def test_the_tree_has_names_words_and_places() -> None:
    rule = "match: {all: [$bestand, {any: ['@oekraine', '@rusland']}]}"
    text = "Een gevechtspauze in Rusland; in Wit-Rusland niet."
    explanation = explain(rule, article(text))
    assert explanation.holds
    assert explanation.cause is None
    bestand, places = explanation.tree.children
    assert (bestand.name, bestand.kind, bestand.holds) == ("$bestand", "any", True)
    assert [child.holds for child in bestand.children] == [False, True]
    assert [hit.text for hit in bestand.hits] == ["gevechtspauze"]
    oekraine, rusland = places.children
    assert (oekraine.name, oekraine.holds) == ("@oekraine", False)
    assert (rusland.name, rusland.kind, rusland.label) == (
        "@rusland",
        "not",
        "Wit-Rusland / Kremlinmuur",
    )
    assert [(hit.start, hit.text) for hit in rusland.hits] == [(21, "Rusland")]


def test_the_nearest_of_several_causes_is_told() -> None:
    rule = "match: [zeppelin, {near: [embargo, olie], within: 3}, NAVO]"
    text = "Het embargo dat de lidstaten willen voor alle olie. De navo zwijgt."
    explanation = explain(rule, article(text))
    assert explanation.cause is not None
    assert explanation.cause.code == "near-far"
    assert [text[slice(*place)] for place in explanation.cause.places] == ["embargo", "olie"]


def test_the_distance_is_that_at_which_the_rule_would_hold() -> None:
    text = "Het embargo dat een meerderheid van de lidstaten wil voor de olie."
    cause = explain("match: {near: [embargo, olie], within: 3}", article(text)).cause
    assert cause is not None
    words = dict(cause.values)["words"]
    assert not explain(
        f"match: {{near: [embargo, olie], within: {words - 1}}}", article(text)
    ).holds
    assert explain(f"match: {{near: [embargo, olie], within: {words}}}", article(text)).holds


RULES = """
rules:
  - {id: raak, match: embargo}
  - {id: bijna, severity: high, match: {near: [embargo, olie], within: 2}}
  - {id: half, match: {all: [embargo, zeppelin]}}
  - {id: ver, match: zeppelin}
  - {id: uit, status: off, match: {near: [embargo, olie], within: 3}}
  - {id: elders, match: embargo, where: {source: [anp]}}
"""


@pytest.mark.parametrize("all_explained", [300, 0])
def test_nearest_misses_are_few_and_in_order(
    all_explained: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.rules.explain._ALL_EXPLAINED", all_explained)
    file = parse_rules(RULES, "r.yaml")
    rules, _ = link([file])
    reading = Explainer(RuleSet(rules), [file]).about(
        article("Het embargo dat de lidstaten willen voor olie.")
    )
    assert [one.rule.info.id for one in reading.matching()] == ["raak"]
    assert [one.rule.info.id for one in reading.nearest()] == ["elders", "bijna", "half"]
    assert [one.rule.info.id for one in reading.nearest(1)] == ["elders"]
