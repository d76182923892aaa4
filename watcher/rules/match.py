"""The compiled rule set: one pass over an article, then only the rules that can hold.

Every folded spelling of every term stands in one Aho-Corasick automaton. A rule is registered
under its most selective group of terms, one of which must occur for it to hold, so an article
costs what it contains and not what the rule files contain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from watcher.model import Article, Hit, Match, RuleInfo
from watcher.rules.rule import AllOf, AnyOf, Condition, Masked, NoneOf, Reference, Rule, Term
from watcher.rules.term import Pattern, compile_term
from watcher.text import Folded, fold

#: Up to so many strings the automaton is built for speed (some 2 MB, 20 ms).
_SMALL = 4_000

Span = tuple[int, int, str]
#: Occurrences by term: (start, end, how) in the article's text, in order.
Found = Mapping[Term, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class _Literal:
    """What the automaton's hit on one string may mean."""

    patterns: tuple[tuple[Pattern, Term], ...]
    closed_left: bool
    closed_right: bool


@dataclass(frozen=True, slots=True)
class _Compiled:
    info: RuleInfo
    condition: Condition


class RuleSet:
    """Rules compiled for matching; immutable, so that a reload is an exchange of one name.

    The rules are linked (no references) and their terms are valid: `watcher.rules.load` sees
    to both.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._rules = [_Compiled(rule.info, rule.condition) for rule in self.rules]
        terms = dict.fromkeys(term for rule in self.rules for term in terms_of(rule.condition))
        self._literals, self._automaton = _build(terms)
        self._by_term, self._always = _register(self._rules)

    def __len__(self) -> int:
        return len(self.rules)

    def match(self, article: Article) -> tuple[Match, ...]:
        """The rules that hold for this article, in the order of the rule files."""
        found = self._find(article)
        numbers = {number for term in found for number in self._by_term.get(term, ())}
        numbers.update(self._always)
        matches: list[Match] = []
        for number in sorted(numbers):
            rule = self._rules[number]
            if holds(rule.condition, found):
                spans = sorted(set(_hits(rule.condition, found)))
                hits = tuple(_hit(article, span) for span in _longest(spans))
                matches.append(Match(rule=rule.info, hits=hits))
        return tuple(matches)

    def _find(self, article: Article) -> Found:
        folded = fold(article.text)
        hay = folded.text
        length = len(hay)
        found: dict[Term, list[Span]] = {}
        language = article.language
        literals = self._literals
        for index, start, end in self._automaton.find_matches_as_indexes(hay, overlapping=True):
            literal = literals[index]
            if literal.closed_left and start and hay[start - 1].isalnum():
                continue
            if literal.closed_right and end < length and hay[end].isalnum():
                continue
            for pattern, term in literal.patterns:
                if term.languages and language and language not in term.languages:
                    continue
                span = _accept(pattern, folded, article.text, start, end)
                if span:
                    found.setdefault(term, []).append(span)
        return found


def _build(terms: Iterable[Term]) -> tuple[list[_Literal], AhoCorasick]:
    by_literal: dict[str, list[tuple[Pattern, Term]]] = defaultdict(list)
    for term in terms:
        for pattern in compile_term(term):
            by_literal[pattern.literal].append((pattern, term))
    literals = [
        _Literal(
            tuple(patterns),
            all(pattern.closed_left for pattern, _ in patterns),
            all(pattern.closed_right for pattern, _ in patterns),
        )
        for patterns in by_literal.values()
    ]
    # The larger table scans twice as fast while it fits the processor's caches.
    kind = Implementation.DFA if len(by_literal) <= _SMALL else None
    return literals, AhoCorasick(list(by_literal), implementation=kind)


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
        case Masked(child=child):
            return _group(child, use)
        case AnyOf(children=children):
            groups = [_group(child, use) for child in children]
            whole = [group for group in groups if group is not None]
            return frozenset().union(*whole) if len(whole) == len(groups) else None
        case AllOf(children=children):
            known = [group for child in children if (group := _group(child, use)) is not None]
            return min(known, key=lambda group: sum(use[term] for term in group), default=None)
        case NoneOf():
            return None
        case Reference():  # pragma: no cover - linking replaced them all
            raise TypeError("a rule set is compiled from linked rules")


def terms_of(condition: Condition) -> Iterable[Term]:
    """Every term in a linked condition, masks too."""
    match condition:
        case Term():
            yield condition
        case Masked(child=child, masks=masks):
            yield from terms_of(child)
            yield from masks
        case AnyOf(children=children) | AllOf(children=children) | NoneOf(children=children):
            for child in children:
                yield from terms_of(child)
        case Reference():
            return


def holds(condition: Condition, found: Found) -> bool:
    """Whether the condition holds for the occurrences found."""
    match condition:
        case Term():
            return bool(found.get(condition))
        case AnyOf(children=children):
            return any(holds(child, found) for child in children)
        case AllOf(children=children):
            return all(holds(child, found) for child in children)
        case NoneOf(children=children):
            return not any(holds(child, found) for child in children)
        case Masked(child=child, masks=masks):
            return holds(child, _unmasked(child, masks, found))
        case Reference():  # pragma: no cover - linking replaced them all
            raise TypeError("a rule set is compiled from linked rules")


def _hits(condition: Condition, found: Found) -> Iterable[tuple[int, int, str, str]]:
    """Occurrences that made a condition hold: (start, end, how, term as written)."""
    match condition:
        case Term():
            for start, end, how in found.get(condition, ()):
                yield start, end, how, condition.text
        case Masked(child=child, masks=masks):
            yield from _hits(child, _unmasked(child, masks, found))
        case AnyOf(children=children) | AllOf(children=children):
            for child in children:
                if holds(child, found):
                    yield from _hits(child, found)
        case _:
            return


def _unmasked(child: Condition, masks: tuple[Term, ...], found: Found) -> Found:
    """What is found of the child's terms outside every occurrence of a mask."""
    covered = [span for mask in masks for span in found.get(mask, ())]
    if not covered:
        return found
    return {
        term: [
            span
            for span in found.get(term, ())
            if not any(span[0] < end and start < span[1] for start, end, _ in covered)
        ]
        for term in terms_of(child)
    }


def _accept(pattern: Pattern, folded: Folded, text: str, start: int, end: int) -> Span | None:
    """The span of an occurrence in the original text, or None where the pattern refuses it."""
    hay = folded.text
    if not _edges_fit(pattern, hay, start, end) or not _capitals_fit(pattern, folded, text, start):
        return None
    if pattern.tail is not None:
        tail = pattern.tail.match(hay, end)
        if tail is None:
            return None
        end = tail.end()
    first, last = folded.origin(*_grow(pattern, hay, start, end))
    if pattern.exact and text[first:last] != pattern.exact:
        return None
    how = pattern.how
    if how == "exact" and not pattern.exact and _is_hyphen_part(text, first, last):
        how = "compound"
    return first, last, how


def _edges_fit(pattern: Pattern, hay: str, start: int, end: int) -> bool:
    if pattern.closed_left and start and hay[start - 1].isalnum():
        return False
    return not (pattern.closed_right and end < len(hay) and hay[end].isalnum())


def _grow(pattern: Pattern, hay: str, start: int, end: int) -> tuple[int, int]:
    """The span with the rest of its word, where a star stands at the term's edge."""
    while pattern.grow_left and start and hay[start - 1].isalnum():
        start -= 1
    while pattern.grow_right and end < len(hay) and hay[end].isalnum():
        end += 1
    return start, end


def _capitals_fit(pattern: Pattern, folded: Folded, text: str, start: int) -> bool:
    for begin, finish, throughout in pattern.capitals:
        first, last = folded.origin(start + begin, start + finish)
        word = text[first:last]
        if throughout:
            # Navo, Unesco: from four letters an acronym is also written as a name.
            if not word.isupper() and not (len(word) >= 4 and word[0].isupper()):
                return False
        elif not word[0].isupper():
            return False
    return True


def _is_hyphen_part(text: str, first: int, last: int) -> bool:
    before = text[first - 2 : first] if first >= 2 else ""
    after = text[last : last + 2]
    return (len(before) == 2 and before[1] in "-\u2010\u2011" and before[0].isalnum()) or (
        len(after) == 2 and after[0] in "-\u2010\u2011" and after[1].isalnum()
    )


def _longest(spans: list[tuple[int, int, str, str]]) -> Iterable[tuple[int, int, str, str]]:
    """One hit a span of characters: the longest where one lies inside another."""
    reach = -1
    for span in sorted(spans, key=lambda one: (one[0], -one[1], one[3])):
        if span[1] > reach:
            reach = span[1]
            yield span


def _hit(article: Article, span: tuple[int, int, str, str]) -> Hit:
    start, end, how, term = span
    return Hit(
        start=start,
        end=end,
        text=article.text[start:end],
        term=term,
        how=how,
        field=_field(article, start),
    )


def _field(article: Article, start: int) -> str:
    if start < article.headline_end:
        return "headline"
    body = article.headline_end + 2 if article.headline_end else 0
    lead_end = article.text.find("\n\n", body)
    return "lead" if lead_end < 0 or start < lead_end else "body"
