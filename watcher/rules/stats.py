"""How rules do: what they find, which of their words never hit, which find the same. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from watcher.rules.rule import Condition, In, Masked, NoneOf, Reference, Rule, Term

#: Two rules of which the one with fewer stories shares so much with the other are the same news;
#: of fewer stories than this nobody can tell.
_SAME, _FEW = 0.9, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSeen:
    """A recorded match: its rule, its story, how many days ago, and the terms that hit."""

    rule: str
    story: str
    days_ago: int
    terms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStats:
    """What one rule came to. ``trend`` counts matches on each day, today last.

    ``unused`` are terms of it that never hit; ``stopped`` says that it found something in the
    first half of the time and nothing in the second. ``useful`` and ``useless`` are readers' words.
    """

    rule: str
    matches: int
    stories: int
    trend: tuple[int, ...]
    unused: tuple[str, ...] = ()
    stopped: bool = False
    useful: int = 0
    useless: int = 0
    #: Other rules that tell of the same stories, with the share of the smaller one.
    overlaps: tuple[tuple[str, float], ...] = ()


def rule_stats(
    rules: Sequence[Rule],
    seen: Iterable[MatchSeen],
    days: int,
    verdicts: Mapping[str, tuple[int, int]],
) -> list[RuleStats]:
    """The statistics of each rule over so many days; ``verdicts`` are (useful, useless)."""
    trends: dict[str, list[int]] = defaultdict(lambda: [0] * days)
    stories: dict[str, set[str]] = defaultdict(set)
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seen:
        trends[one.rule][days - 1 - min(one.days_ago, days - 1)] += 1
        stories[one.rule].add(one.story)
        hits[one.rule].update(one.terms)
    overlaps = _overlaps(stories, {rule.info.id for rule in rules})
    return [
        _stats(rule, trends, stories, hits, overlaps, verdicts.get(rule.info.id, (0, 0)))
        for rule in rules
    ]


def _stats(
    rule: Rule,
    trends: Mapping[str, list[int]],
    stories: Mapping[str, set[str]],
    hits: Mapping[str, Counter[str]],
    overlaps: Mapping[str, list[tuple[str, float]]],
    verdict: tuple[int, int],
) -> RuleStats:
    name = rule.info.id
    trend = tuple(trends[name])
    half = len(trend) // 2
    found = hits.get(name, Counter())
    return RuleStats(
        rule=name,
        matches=sum(trend),
        stories=len(stories.get(name, ())),
        trend=trend,
        # Of a rule that found nothing at all that is said already.
        unused=tuple(sorted(written_terms(rule.condition) - found.keys())) if sum(trend) else (),
        stopped=any(trend[:half]) and not any(trend[half:]),
        useful=verdict[0],
        useless=verdict[1],
        overlaps=tuple(overlaps.get(name, ())),
    )


def _overlaps(
    stories: Mapping[str, set[str]], known: Collection[str]
) -> dict[str, list[tuple[str, float]]]:
    """Pairs of rules that tell of the same, each named with the other."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    large = [name for name in sorted(stories) if name in known and len(stories[name]) >= _FEW]
    for one, other in combinations(large, 2):
        shared = len(stories[one] & stories[other])
        share = shared / min(len(stories[one]), len(stories[other]))
        if share >= _SAME:
            found[one].append((other, share))
            found[other].append((one, share))
    return found


def written_terms(condition: Condition) -> set[str]:
    """The terms that could hit: those of what must be absent never do."""
    return set(_written(condition))


def _written(condition: Condition) -> Iterator[str]:
    match condition:
        case Term():
            yield condition.text
        case Reference() | NoneOf():
            return
        case In() | Masked():
            yield from _written(condition.child)
        case _:
            for child in condition.children:
                yield from _written(child)
