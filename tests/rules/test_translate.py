"""Boolean strings of other services become rules with the same verdicts."""

from __future__ import annotations

import pytest

from watcher.rules.check import test_article as article_of
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet
from watcher.rules.query import QueryProblemError
from watcher.rules.rule import TextTest
from watcher.rules.translate import rule_of_query, translate_query


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("a AND b", "a AND b"),
        ("a w/5 b", "a NEAR/5 b"),
        ("a PRE/3 b", "a ONEAR/3 b"),
        ("a near/4f b", "a ONEAR/4 b"),
        ("a AND NOT b", "a NOT b"),
        ("a andnot b", "a NOT b"),
        ("a and (b or c) not d", "a AND (b OR c) NOT d"),
        # With operators in capitals the small ones are words; in quotes everything is.
        ("brood AND or", "brood AND or"),
        ('"w/5 and or" or a', '"w/5 and or" OR a'),
        ("toetred! OR toetred*", "toetred* OR toetred*"),
        ("HEADLINE(embargo OR sanctie)", "title:(embargo OR sanctie)"),
        ("titel: embargo", "title:embargo"),
        ("embargo -Gaza", "embargo NOT Gaza"),
        ("staakt-het-vuren", "staakt-het-vuren"),
    ],
)
def test_operators_are_written_as_ours(theirs: str, ours: str) -> None:
    assert translate_query(theirs) == ours


@pytest.mark.parametrize(
    ("query", "yes", "no"),
    [
        (
            '"EU toetreding" OR (toetred* NEAR/8 "Europese Unie")',
            ["De EU toetreding vordert.", "Oekraïne wil toetreden tot de Europese Unie."],
            ["De Europese Unie vergadert.", "Wie wil er toetreden tot de bond?"],
        ),
        (
            "(embargo OR sanctie*) w/3 graan NOT Gaza",
            ["Een embargo op graan."],
            ["Een embargo op graan in Gaza.", "Embargo en brood en nog veel meer en graan."],
        ),
        ("vuur PRE/2 brand", ["Vuur en brand."], ["Brand en vuur."]),
        ('embargo AND ("Den Haag" OR Brussel)', ["Embargo in Den Haag."], ["Embargo in Parijs."]),
    ],
)
def test_the_rule_finds_what_the_query_finds(query: str, yes: list[str], no: list[str]) -> None:
    text = rule_of_query(query, rule_id="r", title="Titel: met dubbele punt")
    plain = f"rules:\n  - id: r\n    match:\n      query: |-\n        {translate_query(query)}\n"
    for source in (text, plain):
        rules, problems = link([parse_rules(source, "r.yaml")])
        assert problems == []
        found = RuleSet(rules)
        verdicts = [
            bool(found.match(article_of(TextTest(line=1, expected=True, text=one))))
            for one in (*yes, *no)
        ]
        assert verdicts == [True] * len(yes) + [False] * len(no), source


@pytest.mark.parametrize("query", ["", "a b", "(a OR b", '"a', "a NEAR/x b", "source:nos AND a"])
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(QueryProblemError):
        rule_of_query(query, rule_id="r")
