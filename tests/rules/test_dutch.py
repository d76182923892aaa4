"""Dutch as it is written: the gold lists, with nothing but the defaults and their options."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from watcher.model import Article, RuleInfo
from watcher.rules.match import RuleSet
from watcher.rules.rule import AnyOf, Condition, Near, Rule, Term

OPTION = re.compile(r"(\w+)=(\[[^\]]*\]|\S+)")
#: The list's words for what the rule language calls compound:.
COMPOUND = {"any": "both", "dict": "both", "head": "left"}


@dataclass(frozen=True)
class Score:
    """How often a list's expectation was met."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def matches(rules: RuleSet, text: str) -> bool:
    article = Article(
        id="a",
        source="s",
        document="d",
        part=1,
        parts=1,
        kind="article",
        title="t",
        title_source="lead",
        text=text,
        seen=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return bool(rules.match(article))


def compiled(condition: Condition) -> RuleSet:
    return RuleSet([Rule(info=RuleInfo(id="r", title=""), condition=condition)])


def condition_of(term: str, options: str) -> Condition:
    """What an analyst writes for a term with the options of the list's column."""
    named = dict(OPTION.findall(options))
    compound = COMPOUND.get(named.get("compound", ""), "")
    accents = named.get("diacritics", "auto")
    children: list[Condition]
    if "separable" in named:
        children = [Term(named["separable"])]
    elif named.get("ellipsis") == "on":
        seam = term.replace("-", "|") if "-" in term else term.replace("verbod", "|verbod")
        children = [Term(seam, compound=compound)]
    else:
        others = [*_listed(named.get("entity", "[]")), *_listed(named.get("demonym", "[]"))]
        children = [
            Term(name, alias=bool(others), compound=compound, accents=accents)
            for name in dict.fromkeys([term, *others])
        ]
    return AnyOf((*children, *_also(named.get("also", "[]"))))


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text[1:-1].split(";") if one.strip()]


def _also(text: str) -> Iterator[Condition]:
    for one in _listed(text):
        near = re.fullmatch(r"(.+) ~(\d+) (.+)", one)
        if near is None:
            yield Term(one)
        else:
            names = AnyOf(tuple(Term(name) for name in near[3].split("|")))
            yield Near((Term(near[1]), names), int(near[2]))


def score(pairs: Iterator[tuple[bool, bool]]) -> Score:
    """The score of (expected, found) pairs."""
    counted = list(pairs)
    return Score(
        right=sum(expected and found for expected, found in counted),
        false=sum(found and not expected for expected, found in counted),
        missed=sum(expected and not found for expected, found in counted),
    )


def test_the_gold_list_reaches_its_goal(shared: Path) -> None:
    with (shared / "nl" / "gold.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rules = {
        key: compiled(condition_of(*key)) for key in {(row["term"], row["options"]) for row in rows}
    }
    result = score(
        (row["expected"] == "1", matches(rules[row["term"], row["options"]], row["sentence"]))
        for row in rows
    )
    assert len(rows) > 350
    assert result.f1 >= 0.90, result


def test_compounds_in_real_news_words_reach_their_goal(shared: Path) -> None:
    with (shared / "nl" / "news_words.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if len(row["term"]) >= 5]
    rules = {term: compiled(Term(term)) for term in {row["term"] for row in rows}}
    result = score(
        (row["label"] != "other", matches(rules[row["term"]], f"Het {row['word']} dus."))
        for row in rows
        if row["label"] != "derived"
    )
    assert len(rows) > 250
    assert result.precision >= 0.96, result
    assert result.recall >= 0.98, result
