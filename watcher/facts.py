"""Facts: the sentences in which a rule's words stand, and which of them a story has not said. Pure.

A live blog grows by a sentence, a copy by none. Names and numbers count for more than other words:
"twaalf doden" where the story had "negen" is a fact, whatever else the sentence repeats.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from watcher.likeness import Profile, profile, runs_of, terms_of
from watcher.model import Article, Earlier, Match
from watcher.sentences import sentence_around, sentence_spans

#: A sentence of which an earlier text has so much of its runs of three words is a copy.
_COPIED = 0.5
#: With thousands of hits the first ones do.
_LOOKED_AT = 200
#: Sentences of a correction that are shown.
_SHOWN = 3
#: "DELFZIJL (ANP) - " further down a text, where a live blog grew above it: no name of the news.
_DATELINE = re.compile(r"\A[^()\n]{0,40}\([A-Z]{2,8}(?:/[A-Z]{2,8})*\)\s?[-–—_]+\s")
#: Kinds of terms that make a sentence a fact by themselves.
_TELLING = frozenset(("name", "number", "small"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A matched sentence that is new: its place in the article's text, and whether it has a name
    or a number that the story did not have."""

    start: int
    end: int
    named: bool


def new_facts(article: Article, match: Match, story: Sequence[Earlier]) -> tuple[Fact, ...]:
    """The matched sentences of the body that none of the story's earlier articles said."""
    earlier = [profile(one.text, one.headline_end) for one in story]
    known = frozenset(term for one in earlier for term in one.terms)
    found = (_fact(article, *span, earlier, known) for span in _matched(article, match))
    return tuple(fact for fact in found if fact is not None)


def _matched(article: Article, match: Match) -> list[tuple[int, int]]:
    floor = article.headline_end
    spans = dict.fromkeys(
        sentence_around(article.text, floor, hit.start, hit.end)
        for hit in match.hits[:_LOOKED_AT]
        if hit.start >= floor
    )
    return sorted(spans)


def _fact(
    article: Article, start: int, end: int, earlier: Sequence[Profile], known: frozenset[str]
) -> Fact | None:
    sentence = _DATELINE.sub("", article.text[start:end])
    runs = runs_of(sentence)
    copied = any(len(runs & one.runs) >= _COPIED * len(runs) for one in earlier)
    telling = (term for term, kind in terms_of(sentence).items() if kind in _TELLING)
    named = any(term not in known for term in telling)
    return None if copied and not named else Fact(start=start, end=end, named=named)


def newest_sentence(article: Article, story: Sequence[Earlier]) -> tuple[int, int] | None:
    """The sentence of the body that says most that the story has not said: what is new about an
    article whose matched sentences are not; None if there is none."""
    known = frozenset(term for one in story for term in profile(one.text, one.headline_end).terms)
    best, span = 0, None
    for start, end in sentence_spans(article.text, article.headline_end, _LOOKED_AT):
        news = sum(term not in known for term in terms_of(article.text[start:end]))
        if news > best:
            best, span = news, (start, end)
    return span


def sentences_with(article: Article, numbers: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The places of the first sentences of the body in which one of these numbers stands."""
    wanted = {f"#{number}" for number in numbers}
    spans = sentence_spans(article.text, article.headline_end, _LOOKED_AT) if wanted else ()
    found = (span for span in spans if not wanted.isdisjoint(terms_of(article.text[slice(*span)])))
    return tuple(islice(found, _SHOWN))
