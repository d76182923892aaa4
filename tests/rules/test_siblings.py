"""When one list is said to lack what another has."""

from __future__ import annotations

import pytest

from watcher.model import RuleInfo
from watcher.rules.rule import AllOf, AnyOf, Rule, Term
from watcher.rules.siblings import Siblings


def listed(*words: str, alias: bool = False) -> AnyOf:
    return AnyOf(tuple(Term(word, alias=alias) for word in words))


def others(siblings: Siblings, *words: str) -> list[tuple[str, str]]:
    return [(term.text, name) for term, name in siblings.others([Term(one) for one in words])]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (["bestand", "wapenstilstand"], [("gevechtspauze", "$vrede")]),
        (["bestand"], [("wapenstilstand", "$vrede"), ("gevechtspauze", "$vrede")]),
        (["bestand", "olie"], []),
        (["bestand", "wapenstilstand", "a", "b", "c"], []),
        (["bestand", "wapenstilstand", "gevechtspauze"], []),
    ],
)
def test_lists_must_be_about_the_same_thing(
    own: list[str], expected: list[tuple[str, str]]
) -> None:
    vrede = listed("bestand", "wapenstilstand", "gevechtspauze")
    assert others(Siblings([], {"$vrede": vrede}), *own) == expected


def test_a_word_is_not_a_long_list() -> None:
    economy = listed("rente", "inflatie", "banen", "lonen", "prijzen", "krimp")
    assert others(Siblings([], {"$economie": economy}), "rente") == []


def test_lists_of_rules_count_and_names_of_entities_do_not() -> None:
    condition = AllOf((listed("brand", "vuur"), listed("Kyiv", "Oekraïne", alias=True)))
    siblings = Siblings([Rule(info=RuleInfo(id="brand", title=""), condition=condition)], {})
    assert others(siblings, "brand") == [("vuur", "brand")]
    assert others(siblings, "Kyiv") == []


def test_the_words_for_one_language_belong_to_their_list() -> None:
    both = AnyOf((Term("bestand"), Term("pauze"), listed("truce", "ceasefire")))
    siblings = Siblings([], {"$vrede": both})
    assert ("truce", "$vrede") in others(siblings, "bestand", "pauze")
