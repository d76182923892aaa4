"""What rules might lack, from what the archive has: words like theirs, and phrases that readers
called noise. Pure; suggestions only, because spelling variants are often other people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from watcher.model import Hit
from watcher.rules.rule import Rule
from watcher.rules.stats import written_terms
from watcher.text import fold_key

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
#: Shorter terms are like too many words; names may differ by two letters when they are longer.
_LIKE, _CONTAINED, _LONG_NAME = 6, 5, 7
#: What stands in so many articles is no slip of a single editor.
_SEEN = 2
_MOST = 8
#: With these before it a term is only itself.
_ARTICLES = frozenset(
    ("de", "het", "een", "deze", "die", "dit", "dat", "geen", "the", "a", "an", "this", "that")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something to add to a rule: ``kind`` is variant or except; ``articles`` have it."""

    rule: str
    kind: str
    text: str
    term: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An article that a rule told of, its hits there, and whether readers called it useless."""

    rule: str
    text: str
    hits: tuple[Hit, ...]
    useless: bool


def count_words(texts: Iterable[str]) -> Counter[str]:
    """In how many of these texts each word stands, as it is written first."""
    counted: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text in texts:
        words = {fold_key(word): word for word in reversed(_WORD.findall(text))}
        for key, word in words.items():
            written.setdefault(key, word)
        counted.update(words.keys())
    return Counter({written[key]: count for key, count in counted.items()})


def suggest_variants(
    rules: Sequence[Rule], words: Mapping[str, int], found: Mapping[str, frozenset[str]]
) -> Iterator[Suggestion]:
    """Words of the archive that are like a rule's and that it did not find.

    ``words`` are those of `count_words`; ``found`` are, by rules, the folded words of their hits.
    """
    usual = [(word, fold_key(word), count) for word, count in words.items() if count >= _SEEN]
    for rule in rules:
        terms = [term for term in sorted(written_terms(rule.condition)) if _WORD.fullmatch(term)]
        known = found.get(rule.info.id, frozenset()) | {fold_key(term) for term in terms}
        for term in terms:
            like = sorted(
                (-count, word)
                for word, key, count in usual
                if key not in known and _is_like(term, word, key)
            )
            for count, word in like[:_MOST]:
                yield Suggestion(
                    rule=rule.info.id, kind="variant", text=word, term=term, articles=-count
                )


def _is_like(term: str, word: str, key: str) -> bool:
    own = fold_key(term)
    if len(own) >= _CONTAINED and term.islower() and (key.startswith(own) or key.endswith(own)):
        return True
    if len(own) < _LIKE or own[0] != key[0] or term[0].isupper() != word[0].isupper():
        return False
    edits = 2 if term[0].isupper() and len(own) >= _LONG_NAME else 1
    return _distance(own, key, edits) <= edits


def _distance(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out or changed; above ``most`` nobody counts on."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        now = [at]
        for place, theirs in enumerate(other, start=1):
            now.append(min(before[place] + 1, now[-1] + 1, before[place - 1] + (letter != theirs)))
        if min(now) > most:
            return most + 1
        before = now
    return before[-1]


def suggest_excepts(judged: Sequence[Judged]) -> Iterator[Suggestion]:
    """Phrases around hits that only stand in what readers called useless."""
    for rule in sorted({one.rule for one in judged if one.useless}):
        mine = [one for one in judged if one.rule == rule]
        good = [fold_key(one.text) for one in mine if not one.useless]
        phrases: Counter[tuple[str, str]] = Counter()
        for one in (one for one in mine if one.useless):
            phrases.update({pair for hit in one.hits for pair in _around(one.text, hit)})
        told = [
            (-count, len(phrase), phrase, term)
            for (phrase, term), count in phrases.items()
            if not any(fold_key(phrase) in text for text in good)
        ]
        for count, _, phrase, term in sorted(told)[:2]:
            if -count < _SEEN:
                continue
            yield Suggestion(rule=rule, kind="except", text=phrase, term=term, articles=-count)


def _around(text: str, hit: Hit) -> Iterator[tuple[str, str]]:
    """The hit with the word before it, and with the word behind it."""
    before = re.search(r"(\w[\w'’-]*)[ ]\Z", text[max(0, hit.start - 40) : hit.start])
    behind = re.match(r"[ ](\w[\w'’-]*)", text[hit.end : hit.end + 40])
    if before and before[1].lower() not in _ARTICLES:
        yield f"{before[1]} {hit.text}", hit.term
    if behind:
        yield f"{hit.text} {behind[1]}", hit.term
