"""The compiled rule set: one pass over an article, then only the rules that can hold.

Every folded spelling of every term stands in one Aho-Corasick automaton. A rule is registered
under its most selective group of terms, one of which must occur for it to hold, so an article
costs what it contains and not what the rule files contain.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import inf

from watcher.model import Article, Hit, Match, RuleInfo
from watcher.rules.accept import Accepted, accept, is_negated, stands_alone
from watcher.rules.automaton import Finder, make_finder
from watcher.rules.judge import Evidence, Occurrence, judge, longest
from watcher.rules.layout import Layout
from watcher.rules.rule import (
    AnyOf,
    AtLeast,
    Condition,
    In,
    Masked,
    Mentions,
    NoneOf,
    Reference,
    Rule,
    Term,
    Where,
)
from watcher.rules.term import Pattern, compile_term, is_regex, regex_of
from watcher.rules.where import fits
from watcher.text import fold

#: A text of ten megabytes may say one word a million times: so many are looked at, and so many
#: hits are kept with a match.
MAX_OCCURRENCES = 5_000
MAX_HITS = 500

Found = dict[Term, list[Occurrence]]


@dataclass(frozen=True, slots=True)
class _Literal:
    """What the automaton's hit on one string may mean: patterns, each with the number of its
    term and, where it is simple, how it is found."""

    patterns: tuple[tuple[Pattern, int, str], ...]
    closed_left: bool
    closed_right: bool


@dataclass(frozen=True, slots=True)
class _Compiled:
    info: RuleInfo
    condition: Condition
    where: Where | None


class RuleSet:
    """Rules compiled for matching; immutable, so that a reload is an exchange of one name.

    The rules are linked (no references) and their terms are valid: `watcher.rules.load` sees
    to both.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._rules = [_Compiled(rule.info, rule.condition, rule.where) for rule in self.rules]
        with _no_collection():
            terms = dict.fromkeys(term for rule in self.rules for term in terms_of(rule.condition))
            self._regexes = [(term, regex_of(term.text)) for term in terms if is_regex(term.text)]
            self._terms = tuple(terms)
            self._literals, self._occurrences = _build(self._terms)
            self._by_term, self._always = _register(self._rules)

    def __len__(self) -> int:
        return len(self.rules)

    def match(self, article: Article, *, stated: frozenset[str] | None = None) -> tuple[Match, ...]:
        """The rules that hold for this article, in the order of the rule files.

        ``stated`` names the metadata that a test states: the rest counts as fitting.
        """
        found = self._find(article)
        numbers = {number for term in found for number in self._by_term.get(term, ())}
        numbers.update(self._always)
        if not numbers:
            return ()
        evidence = _evidence(article, found)
        layout = evidence.layout
        matches: list[Match] = []
        for number in sorted(numbers):
            rule = self._rules[number]
            if rule.where is not None and not fits(rule.where, article, layout, stated):
                continue
            judged = judge(rule.condition, evidence)
            if judged is not None:
                matches.append(Match(rule=rule.info, hits=make_hits(article, layout, judged)))
        return tuple(matches)

    def evidence(self, article: Article) -> Evidence:
        """What of all terms was found in an article: what `match` judges by."""
        return _evidence(article, self._find(article))

    def _find(self, article: Article) -> Found:
        text = article.text
        folded = fold(text)
        hay = folded.text
        length = len(hay)
        even = folded.starts is None
        # By number: hashing a term takes longer than all the rest of an occurrence.
        by_number: dict[int, list[Occurrence]] = {}
        for index, start, end in self._occurrences(hay):
            literal = self._literals[index]
            if literal.closed_left and start and hay[start - 1].isalnum():
                continue
            if literal.closed_right and end < length and hay[end].isalnum():
                continue
            alone = even and stands_alone(text, start, end)
            for pattern, number, how in literal.patterns:
                span: Accepted | None = (start, end, how)
                if not alone or not how:
                    span = accept(pattern, folded, text, start, end)
                if span is None:
                    continue
                found = by_number.setdefault(number, [])
                if len(found) < MAX_OCCURRENCES:
                    found.append(Occurrence(*span, self._terms[number].text))
        return self._in_language(by_number, article.language) | self._find_regexes(article)

    def _in_language(
        self, by_number: Mapping[int, list[Occurrence]], language: str | None
    ) -> Found:
        terms = ((self._terms[number], found) for number, found in by_number.items())
        return {term: found for term, found in terms if _reads(term, language)}

    def _find_regexes(self, article: Article) -> Found:
        found: Found = {}
        for term, regex in self._regexes:
            if not _reads(term, article.language) or (regex.literal not in article.text):
                continue
            spans = islice(regex.find(article.text), MAX_OCCURRENCES)
            occurrences = [Occurrence(start, end, "regex", term.text) for start, end in spans]
            if occurrences:
                found[term] = occurrences
        return found


def _reads(term: Term, language: str | None) -> bool:
    """Whether the term is for articles of this language; one of unknown language is of any."""
    return not term.languages or not language or language in term.languages


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: nothing made here is garbage, and there is much of it.

    To look through it again and again takes a third of the time of compiling.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


#: A reload compiles only the terms that are new.
patterns_of = lru_cache(maxsize=200_000)(compile_term)


def _build(terms: Sequence[Term]) -> tuple[list[_Literal], Finder]:
    by_literal: dict[str, list[tuple[Pattern, int, str]]] = defaultdict(list)
    for number, term in enumerate(terms):
        for pattern in patterns_of(term):
            how = pattern.how if pattern.is_simple else ""
            by_literal[pattern.literal].append((pattern, number, how))
    literals = [_literal(patterns) for patterns in by_literal.values()]
    return literals, make_finder(list(by_literal))


def _literal(patterns: Sequence[tuple[Pattern, int, str]]) -> _Literal:
    left = right = ""
    for pattern, _, _ in patterns:
        left = left or pattern.left
        right = right or pattern.right
    return _Literal(tuple(patterns), not left, not right)


def _register(rules: Sequence[_Compiled]) -> tuple[dict[Term, tuple[int, ...]], tuple[int, ...]]:
    """Rule numbers by the terms of their most selective group, and those to try always."""
    use = Counter(term for rule in rules for term in set(terms_of(rule.condition)))
    by_term: dict[Term, list[int]] = defaultdict(list)
    always: list[int] = []
    for number, rule in enumerate(rules):
        group = _group(rule.condition, use)
        if group is None:
            always.append(number)
            continue
        for term in group:
            by_term[term].append(number)
    return {term: tuple(numbers) for term, numbers in by_term.items()}, tuple(always)


def _group(condition: Condition, use: Counter[Term]) -> frozenset[Term] | None:
    """Terms one of which must occur for the condition to hold; None: it may hold without any.

    Of several groups the one whose terms the fewest rules use: rare words are named by few.
    """
    match condition:
        case Term():
            return frozenset((condition,))
        case Masked(child=child) | In(child=child):
            return _group(child, use)
        case NoneOf():
            return None
        case Reference():
            raise TypeError("a rule set is compiled from linked rules")
        case AnyOf(children=children) | Mentions(children=children):
            return _union([_group(child, use) for child in children])
        case AtLeast(count=count, children=children):
            # Of any so many children, one is among all but the last count - 1.
            groups = sorted((_group(child, use) for child in children), key=_weight(use))
            return _union(groups[: len(groups) - count + 1])
        case _:
            known = [_group(child, use) for child in condition.children]
            return min(known, key=_weight(use))


def _weight(use: Counter[Term]) -> Callable[[frozenset[Term] | None], float]:
    """How many rules use the terms of a group; a group that is not known weighs most."""
    return lambda group: inf if group is None else sum(use[term] for term in group)


def _union(groups: Sequence[frozenset[Term] | None]) -> frozenset[Term] | None:
    whole = [group for group in groups if group is not None]
    return frozenset().union(*whole) if len(whole) == len(groups) else None


def terms_of(condition: Condition) -> Iterable[Term]:
    """Every term in a linked condition, masks too."""
    match condition:
        case Term():
            yield condition
        case Masked(child=child, masks=masks):
            yield from terms_of(child)
            yield from masks
        case In(child=child):
            yield from terms_of(child)
        case Reference():
            return
        case _:
            for child in condition.children:
                yield from terms_of(child)


def _evidence(article: Article, found: Found) -> Evidence:
    return Evidence(found, Layout(article.text, article.headline_end))


def make_hits(article: Article, layout: Layout, judged: Iterable[Occurrence]) -> tuple[Hit, ...]:
    """What made a condition hold as hits, in text order, none inside another."""
    return tuple(_hit(article, layout, one) for one in longest(judged)[:MAX_HITS])


def _hit(article: Article, layout: Layout, found: Occurrence) -> Hit:
    return Hit(
        start=found.start,
        end=found.end,
        text=article.text[found.start : found.end],
        term=found.term,
        how=found.how,
        field=layout.field(found.start),
        negated=is_negated(article.text, found.start),
    )
