"""How rules do, from what was recorded."""

from __future__ import annotations

from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.rule import Rule
from watcher.rules.stats import MatchSeen, rule_stats

RULES = """
rules:
  - {id: een, match: {any: [embargo, sanctie], in: headline}, except: [handelsembargo]}
  - {id: twee, match: {all: [brand, {none: [oefening]}]}}
  - {id: drie, match: vis}
"""


def rules() -> list[Rule]:
    found, problems = link([parse_rules(RULES, "r.yaml")])
    assert problems == []
    return list(found)


def seen(rule: str, story: str = "s", days_ago: int = 0, *terms: str) -> MatchSeen:
    return MatchSeen(rule=rule, story=story, days_ago=days_ago, terms=frozenset(terms))


def test_matches_days_and_words_that_never_hit() -> None:
    rows = [seen("een", "s", 0, "embargo"), seen("een", "s", 1, "embargo"), seen("een", "t", 9)]
    een, twee, _ = rule_stats(rules(), rows, 4, {"een": (3, 1)})
    assert (een.matches, een.stories, een.trend) == (3, 2, (1, 0, 1, 1))
    assert een.unused == ("sanctie",)
    assert (een.useful, een.useless) == (3, 1)
    assert (twee.matches, twee.unused) == (0, ())


def test_what_must_be_absent_is_no_word_that_never_hits() -> None:
    _, twee, _ = rule_stats(rules(), [seen("twee", "s", 0, "brand")], 4, {})
    assert twee.unused == ()


def test_a_rule_that_stopped_is_named() -> None:
    een, twee, drie = rule_stats(rules(), [seen("een", "s", 3), seen("twee", "s", 0)], 4, {})
    assert (een.stopped, twee.stopped, drie.stopped) == (True, False, False)


def test_rules_with_the_same_stories_are_named_with_each_other() -> None:
    same = [seen(rule, f"s{number}") for rule in ("een", "twee") for number in range(10)]
    more = [seen("twee", f"t{number}") for number in range(10)]
    few = [seen("drie", f"s{number}") for number in range(3)]
    een, twee, drie = rule_stats(rules(), [*same, *more, *few], 4, {})
    assert (een.overlaps, twee.overlaps, drie.overlaps) == (
        (("twee", 1.0),), (("een", 1.0),), (),
    )  # fmt: skip
