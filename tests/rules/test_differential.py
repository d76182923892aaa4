"""The engine agrees with a slow, obvious evaluator on generated rules and articles."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from watcher.model import Article, RuleInfo
from watcher.rules.causes import say
from watcher.rules.explain import Explainer
from watcher.rules.match import RuleSet
from watcher.rules.outline import Node
from watcher.rules.rule import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    In,
    Masked,
    Mentions,
    Near,
    NoneOf,
    Rule,
    Same,
    Term,
)

Span = tuple[int, int]

KINDS = ["any", "all", "none", "near", "same", "least", "mentions", "in", "mask"]
WORDS = ["olie", "gas", "kolen", "haven", "brug", "stad", "dorp", "rivier", "berg", "zee"]
#: Pairs a run; the whole 20,000 of the goal take seconds.
PAIRS = 200_000 if os.environ.get("WATCHER_SOAK") else 20_000


def make_text(chance: random.Random) -> str:
    paragraphs = []
    for _ in range(chance.randint(1, 3)):
        sentences = [
            " ".join(chance.choice([*WORDS, "de", "en", "is"]) for _ in range(chance.randint(1, 7)))
            for _ in range(chance.randint(1, 3))
        ]
        paragraphs.append(". ".join(one.capitalize() for one in sentences) + ".")
    return "\n\n".join(paragraphs)


def make_condition(  # noqa: C901 - one case a condition
    chance: random.Random, depth: int = 0
) -> Condition:
    kind = chance.choice(["term"] * 3 + KINDS)
    if depth == 3 or kind == "term":
        return make_term(chance)
    children = tuple(make_condition(chance, depth + 1) for _ in range(chance.randint(2, 3)))
    terms = tuple(make_term(chance) for _ in range(2))
    match kind:
        case "any":
            return AnyOf(children)
        case "all":
            return AllOf(children)
        case "none":
            return NoneOf(children[:1])
        case "near":
            return Near(terms, chance.randint(0, 4), chance.random() < 0.4)
        case "same":
            return Same(chance.choice(["sentence", "paragraph"]), terms)
        case "least":
            return AtLeast(chance.randint(1, len(children)), children)
        case "mentions":
            return Mentions(chance.randint(1, 3), terms)
        case "in":
            return In(chance.choice(["lead", "body"]), children[0])
        case _:
            return Masked(children[0], (make_term(chance, phrase=True),))


def make_term(chance: random.Random, *, phrase: bool = False) -> Term:
    words = [chance.choice(WORDS) for _ in range(2 if phrase or chance.random() < 0.2 else 1)]
    return Term(" ".join(words), compound="none", forms="none")


# --- the reference: spans of words, nothing compiled ---------------------------------------------


def inside(one: Span, two: Span) -> bool:
    return one != two and two[0] <= one[0] and one[1] <= two[1]


class Slow:
    """One text, evaluated by looking at every word every time."""

    def __init__(self, text: str) -> None:
        self.words = [(one.start(), one.end()) for one in re.finditer(r"\w+", text)]
        self.text = text.lower()
        self.breaks = [0, *(one.end() for one in re.finditer(r"\n\n", text)), len(text) + 1]
        self.stops = sorted(
            {*self.breaks, *(one.end() for one in re.finditer(r"\. (?=[A-Z])", text))}
        )

    def spans(self, term: Term, keep: list[Span]) -> list[Span]:
        wanted = term.text.split()
        found = []
        for first in range(len(self.words) - len(wanted) + 1):
            run = self.words[first : first + len(wanted)]
            whole = (run[0][0], run[-1][1])
            if self.text[whole[0] : whole[1]] == " ".join(wanted) and self.kept(whole, keep):
                found.append(whole)
        return found

    @staticmethod
    def kept(span: Span, keep: list[Span]) -> bool:
        return any(start <= span[0] < end for start, end in keep)

    def holds(  # noqa: C901 - one case a condition, as plainly as can be
        self, node: Condition, keep: list[Span], masks: list[Span]
    ) -> list[Span] | None:
        everywhere = [(0, len(self.text) + 1)]
        match node:
            case Term():
                spans = [
                    one
                    for one in self.spans(node, keep)
                    if not any(one[0] < end and start < one[1] for start, end in masks)
                ]
                return spans or None
            case AnyOf(children=children):
                return self.joined(children, keep, masks, 1)
            case AtLeast(count=count, children=children):
                return self.joined(children, keep, masks, count)
            case AllOf(children=children):
                return self.joined(children, keep, masks, len(children))
            case NoneOf(children=children):
                return None if self.joined(children, keep, masks, 1) is not None else []
            case Mentions(count=count, children=children):
                spans = set(self.joined(children, keep, masks, 1) or ())
                outer = [
                    one
                    for one in spans
                    if not any(
                        two != one and two[0] <= one[0] and one[1] <= two[1] for two in spans
                    )
                ]
                return list(spans) if len(outer) >= count else None
            case In(field=field, child=child):
                first = self.breaks[1]
                place = (0, first) if field == "lead" else (first, len(self.text) + 1)
                return self.holds(child, self.cut(keep, [place]), masks)
            case Masked(child=child, masks=terms):
                more = [span for term in terms for span in self.spans(term, everywhere)]
                return self.holds(child, keep, [*masks, *more])
            case Same(unit=unit, children=children):
                edges = self.stops if unit == "sentence" else self.breaks
                found = []
                for place in pairwise(edges):
                    here = self.cut(keep, [place])
                    found += self.joined(children, here, masks, len(children)) or []
                return found or None
            case Near():
                return self.near(node, keep, masks)
        raise AssertionError(node)

    def joined(
        self, children: Sequence[Condition], keep: list[Span], masks: list[Span], count: int
    ) -> list[Span] | None:
        judged = [self.holds(child, keep, masks) for child in children]
        holding = [one for one in judged if one is not None]
        return [span for one in holding for span in one] if len(holding) >= count else None

    @staticmethod
    def cut(keep: list[Span], places: list[Span]) -> list[Span]:
        return [(max(a, c), min(b, d)) for a, b in keep for c, d in places if max(a, c) < min(b, d)]

    def near(self, node: Near, keep: list[Span], masks: list[Span]) -> list[Span] | None:
        left, right = (self.holds(child, keep, masks) or [] for child in node.children)
        found: list[Span] = []
        for one in left:
            for two in right:
                first, second = (one, two) if one < two else (two, one)
                if node.ordered and first != one:
                    continue
                if first[1] > second[0] or one == two:
                    continue
                between = sum(first[1] <= start and end <= second[0] for start, end in self.words)
                same = not any(first[0] < edge <= second[0] for edge in self.breaks[1:-1])
                if between <= node.within and same:
                    found += [one, two]
        return found or None


def article_of(text: str) -> Article:
    return Article(
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


def test_engine_and_reference_agree() -> None:
    chance = random.Random(7)
    pairs = holding = 0
    while pairs < PAIRS:
        rules = [
            Rule(info=RuleInfo(id=f"r{number}", title=""), condition=make_condition(chance))
            for number in range(40)
        ]
        engine = RuleSet(rules)
        for _ in range(25):
            text = make_text(chance)
            slow = Slow(text)
            found = {match.rule.id for match in engine.match(article_of(text))}
            everywhere = [(0, len(text) + 1)]
            expected = {
                rule.info.id
                for rule in rules
                if slow.holds(rule.condition, everywhere, []) is not None
            }
            differing = found ^ expected
            assert not differing, (text, [r.condition for r in rules if r.info.id in differing])
            pairs += len(rules)
            holding += len(found)
    assert 0.1 < holding / pairs < 0.9, "rules that always or never hold would prove little"


def test_explanations_have_the_verdict_of_the_matcher() -> None:
    chance = random.Random(11)
    judged = holding = 0
    for _ in range(60):
        rules = [
            Rule(info=RuleInfo(id=f"r{number}", title=""), condition=make_condition(chance))
            for number in range(20)
        ]
        explainer = Explainer(RuleSet(rules))
        for _ in range(4):
            one = article_of(make_text(chance))
            matched = {match.rule.id: match for match in explainer.rules.match(one)}
            reading = explainer.about(one)
            for rule in rules:
                explanation = reading.explain(rule)
                match = matched.get(rule.info.id)
                assert explanation.holds is (match is not None), (one.text, rule.condition)
                assert (explanation.cause is None) is explanation.holds
                if match is not None:
                    assert explanation.tree.hits == match.hits
                for node in nodes(explanation.tree):
                    assert (node.cause is None) is node.holds
                    assert node.cause is None or say(node.cause, "nl")
                judged += 1
                holding += explanation.holds
    assert 0.1 < holding / judged < 0.9


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)
