"""Lists that say the same thing: what one of them lacks and another one has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from watcher.rules.rule import AnyOf, Condition, In, Masked, Reference, Rule, Term

#: Two lists are about the same thing if they share half of the one (two words of it at least, if
#: it has two) and a fifth of the other.
_OWN, _OTHERS, _LEAST = 2, 5, 2
#: What names a list: a definition, or the rule that it stands in.
Named = tuple[str, tuple[Term, ...]]


class Siblings:
    """The lists of words in all rules and definitions; names of entities are no such lists."""

    def __init__(self, rules: Iterable[Rule], defines: Mapping[str, Condition]) -> None:
        by_terms: dict[tuple[Term, ...], str] = {}
        for name, condition in defines.items():
            _collect(name, condition, by_terms)
        for rule in rules:
            _collect(rule.info.id, rule.condition, by_terms)
        self._lists: list[Named] = [(name, terms) for terms, name in by_terms.items()]
        self._by_term: dict[str, list[int]] = defaultdict(list)
        for number, (_, terms) in enumerate(self._lists):
            for term in terms:
                self._by_term[term.text].append(number)

    def others(self, terms: Sequence[Term]) -> Iterator[tuple[Term, str]]:
        """The terms that these have not and a list like theirs has, with the name of that list;
        those of the most similar list first."""
        own = {term.text for term in terms if not term.alias}
        shared = Counter(number for text in own for number in self._by_term.get(text, ()))
        for number, count in shared.most_common():
            name, others = self._lists[number]
            least = max(min(_LEAST, len(own)), len(own) / _OWN)
            if count >= least and count * _OTHERS >= len(others):
                yield from ((term, name) for term in others if term.text not in own)


def _collect(name: str, condition: Condition, by_terms: dict[tuple[Term, ...], str]) -> None:
    """The lists in a condition; one that stands in several places has its first name."""
    for terms in _lists_in(condition):
        by_terms.setdefault(terms, name)


def _lists_in(condition: Condition) -> Iterator[tuple[Term, ...]]:
    match condition:
        case Term() | Reference():
            return
        case Masked(child=child) | In(child=child):
            yield from _lists_in(child)
        case AnyOf():
            terms = tuple(_words(condition))
            if len(terms) > 1:
                yield terms
            for child in condition.children:
                if not isinstance(child, AnyOf):
                    yield from _lists_in(child)
        case _:
            for child in condition.children:
                yield from _lists_in(child)


def _words(condition: AnyOf) -> Iterator[Term]:
    """The words of a list, those for one language among them."""
    for child in condition.children:
        if isinstance(child, Term) and not child.alias:
            yield child
        elif isinstance(child, AnyOf):
            yield from _words(child)
