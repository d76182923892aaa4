"""Why a term is not found where something very like it stands: which of its demands refuses that.

Nothing is matched here by other means: the term's own patterns go through `watcher.rules.accept`
with one demand less, so that the demand that was left out is the cause.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from watcher.model import Article
from watcher.rules import compounds
from watcher.rules.accept import accept, is_ordinary_word
from watcher.rules.causes import Cause, Span, make_cause
from watcher.rules.layout import Layout
from watcher.rules.regex import compile_regex
from watcher.rules.rule import Term
from watcher.rules.term import (
    MIN_COMPOUND,
    Apart,
    Pattern,
    TermProblemError,
    compile_term,
    is_acronym,
    is_regex,
)
from watcher.text import Folded, fold, fold_key

#: So many occurrences of one string are looked at.
_LOOKED_AT = 200
#: Signs between the words of a phrase.
_SIGNS = re.compile(r"[.!?…,:;()\"“”„‘’«»]|\n(?=\n)")
_NO_WORD = re.compile(r"[\W_]+")
_MASKED = re.compile(r"\x00+")
#: Shorter terms resemble too much.
_MIN_SIMILAR = 7
_SAME_BEGINNING = 4
_ALIKE = 0.85
#: How far apart the words of a phrase may stand to be called one.
_APART = 6


#: A text and what it folds to.
_View = tuple[str, Folded]


def _view(text: str) -> _View:
    return text, fold(text)


class Probe:
    """One article, asked why it does not hold a term; what is found here is never a hit."""

    def __init__(self, article: Article, layout: Layout) -> None:
        self._article = article
        self._layout = layout
        self._text = article.text

    @cached_property
    def _folded(self) -> Folded:
        return fold(self._text)

    @cached_property
    def _without_signs(self) -> _View:
        """The text, every character at its place, with blanks for what ends phrases."""
        return _view(_SIGNS.sub(" ", self._text))

    @cached_property
    def _addresses(self) -> list[tuple[_View, Span]]:
        """Web and mail addresses as words, with their places."""
        spans = [self._folded.origin(*one.span()) for one in _MASKED.finditer(self._folded.text)]
        return [
            (_view(_NO_WORD.sub(" ", self._text[start:end])), (start, end)) for start, end in spans
        ]

    @cached_property
    def _squeezed(self) -> tuple[str, list[int]]:
        """The folded text without blanks, and where each character stands in the folded text."""
        kept = [(at, one) for at, one in enumerate(self._folded.text) if one != " "]
        return "".join(one for _, one in kept), [at for at, _ in kept]

    @cached_property
    def _words(self) -> dict[str, Span]:
        """The longer words of the text, folded, each with its first place."""
        words: dict[str, Span] = {}
        for found in re.finditer(r"\w+", self._folded.text):
            if len(found[0]) >= _MIN_SIMILAR - 1:
                words.setdefault(found[0], self._folded.origin(*found.span()))
        return words

    def cause(self, term: Term, *, thorough: bool = True) -> Cause:
        """Why the term is not found: the likeliest cause, or that nothing like it stands there.

        Without ``thorough`` words that only resemble it are not looked for.
        """
        text = " ".join(term.text.split())
        if is_regex(text):
            return min(self._regex(term, text), key=_cost)
        try:
            patterns = _patterns(term)
        except TermProblemError:  # pragma: no cover - rules with such terms are never compiled
            return make_cause("absent", term=text)
        if self._other_language(term):
            nearest = self._in_language(term, text, self._find(patterns))
        else:
            nearest = min(self._asked(term, text, patterns), key=_cost, default=None)
            if nearest is None and thorough:
                nearest = self._similar(text)
        return nearest or make_cause("absent", term=text)

    def find(self, term: Term) -> Span | None:
        """Where a term stands that no rule of the set may have asked for; None: nowhere."""
        if self._other_language(term) or is_regex(term.text):
            return None
        return self._find(_patterns(term))

    def _asked(self, term: Term, text: str, patterns: Sequence[Pattern]) -> Iterator[Cause]:
        questions: tuple[Callable[[Term, str, Sequence[Pattern]], Iterable[Cause | None]], ...] = (
            self._spelling,
            self._compound,
            self._shape,
            self._verb,
            self._place,
            self._joints,
        )
        for ask in questions:
            yield from (one for one in ask(term, text, patterns) if one is not None)

    # --- one demand less -------------------------------------------------------------------------

    def _other_language(self, term: Term) -> bool:
        language = self._article.language
        return bool(term.languages and language and language not in term.languages)

    def _in_language(self, term: Term, text: str, found: Span | None) -> Cause | None:
        if found is None or not term.languages:
            return None
        languages = tuple(sorted(term.languages))
        language = self._article.language
        return self._cause("language", text, found, language=language, languages=languages)

    def _spelling(
        self, term: Term, text: str, patterns: Sequence[Pattern]
    ) -> Iterator[Cause | None]:
        """Capitals, accents, exact spelling, another name."""
        small = [one._replace(capitals=(), acronym=False, particle=False) for one in patterns]
        if found := self._find(small):
            yield self._capitals(text, found)
        if found := self._find([one._replace(plain=False) for one in patterns]):
            yield self._cause("accents", text, found)
        if found := self._find([one._replace(exact="", accented="") for one in patterns]):
            yield self._cause("exact", text, found)
        if found := self._find([one._replace(acronym=True) for one in patterns]):
            start = re.split(r"[^\w-]", self._text[: found[0]])[-1]
            yield self._cause("other-name", text, (found[0] - len(start), found[1]))

    def _capitals(self, text: str, found: Span) -> Cause:
        written = self._text[slice(*found)]
        if is_acronym(text) and written.isupper():
            return self._cause("capitals-line", text, found)
        # "is" is no IS: to say so of every text would help nobody.
        cost = 0.8 if is_ordinary_word(fold_key(written)) else None
        return self._cause("acronym" if is_acronym(text) else "name", text, found, cost=cost)

    def _compound(
        self, term: Term, text: str, patterns: Sequence[Pattern]
    ) -> Iterator[Cause | None]:
        """Inside a longer word, whose rest is unknown or that is not allowed."""
        if "*" in text or text.startswith("="):
            return
        for pattern in patterns:
            if pattern.exact or pattern.tail or pattern.apart or len(pattern.literal) < 3:
                continue
            found = self._find([pattern._replace(left="any", right="any")])
            cause = found and self._inside(term, text, pattern, found)
            if cause:
                yield cause
                return

    def _inside(self, term: Term, text: str, pattern: Pattern, found: Span) -> Cause | None:
        word = fold_key(self._text[slice(*found)])
        at = word.find(pattern.literal)
        if at < 0:
            return None
        sides = [(pattern.left, word[:at]), (pattern.right, word[at + len(pattern.literal) :])]
        refused = [rest for allowed, rest in sides if rest and not allowed]
        fits = compounds.fits(word, at, at + len(pattern.literal))
        if not refused and not fits and len(pattern.literal) >= MIN_COMPOUND - 1:
            rest = max((rest for _, rest in sides), key=len)
            if compounds.is_word(word):
                return self._cause("other-word", text, found)
            return self._cause("compound-unknown", text, found, rest=rest)
        # "is" in "crisis" is no compound, but "bank" in "bankrekening" is.
        if refused and fits:
            return self._cause("compound-off", text, found, why=_why_off(term, text))
        return None

    def _shape(self, term: Term, text: str, _: Sequence[Pattern]) -> Iterator[Cause | None]:
        """Forms that the term does not look for, and what a star leaves out."""
        free = () if term.forms == "auto" else _patterns(replace(term, forms="auto"))
        if found := self._find(free):
            yield self._cause("forms-off", text, found)
        if "*" in text:
            plain = replace(term, text=text.replace("*", "").strip(), compound="", forms="auto")
            if found := self._find(_patterns(plain)):
                yield self._cause("wildcard", text, found)

    def _verb(self, _: Term, text: str, patterns: Sequence[Pattern]) -> Iterator[Cause | None]:
        """A separable verb whose particle is far away, or not there."""
        apart = [one for one in patterns if one.apart is not None]
        for one in apart:
            assert one.apart is not None
            particle = one.apart.particle
            if found := self._find([one._replace(apart=Apart(particle, within=40))]):
                yield self._cause("verb-far", text, found, particle=particle)
            elif found := self._find([one._replace(apart=None)]):
                yield self._cause("verb-alone", text, found, particle=particle)

    # --- other text ------------------------------------------------------------------------------

    def _place(self, _: Term, text: str, patterns: Sequence[Pattern]) -> Iterator[Cause | None]:
        """In an address, or over the end of a sentence."""
        for words, span in self._addresses:
            if self._find(patterns, words):
                yield self._cause("address", text, span)
        if " " not in fold_key(text):
            return
        if found := self._find(patterns, self._without_signs):
            ends = [self._layout.unit("sentence", at) for at in (found[0], found[1] - 1)]
            code = "punctuation" if ends[0] == ends[1] else "sentence-end"
            yield self._cause(code, text, found)
        elif "*" not in text:
            yield self._phrase_apart(text)

    def _phrase_apart(self, text: str) -> Cause | None:
        """All words of a phrase in the same order, a few others between them."""
        words = fold_key(text).split()
        gap = rf"\W+(?:\w+\W+){{1,{_APART}}}?"
        pattern = r"\b" + gap.join(map(re.escape, words)) + r"\b"
        found = re.search(pattern, self._folded.text)
        if found is None:
            return None
        span = self._folded.origin(*found.span())
        ends = [self._layout.unit("sentence", at) for at in (span[0], span[1] - 1)]
        return self._cause("phrase-apart", text, span) if ends[0] == ends[1] else None

    def _joints(self, _: Term, text: str, patterns: Sequence[Pattern]) -> Iterator[Cause | None]:
        """Written apart where the term is one word, or the other way round."""
        key = fold_key(text)
        if set("*|=/") & set(text) or len(key) < MIN_COMPOUND + 2 or not patterns:
            return
        squeezed, places = self._squeezed
        wanted = key.replace(" ", "")
        at = squeezed.find(wanted)
        while at >= 0:
            start, end = places[at], places[at + len(wanted) - 1] + 1
            written = self._folded.text[start:end]
            if written != key and self._stands_alone(start, end):
                yield self._joint(text, written, self._folded.origin(start, end))
                return
            at = squeezed.find(wanted, at + 1)

    def _joint(self, text: str, written: str, span: Span) -> Cause | None:
        if " " not in written:
            return self._cause("written-closed", text, span, seam=text.replace(" ", "-"))
        if " " in fold_key(text):
            return None
        cut = written.index(" ")
        return self._cause("written-apart", text, span, seam=f"{text[:cut]}|{text[cut:]}")

    def _stands_alone(self, start: int, end: int) -> bool:
        hay = self._folded.text
        return not (start and hay[start - 1].isalnum()) and not hay[end : end + 1].isalnum()

    def _regex(self, term: Term, text: str) -> Iterator[Cause]:
        yield make_cause("regex", term=text)
        if self._other_language(term):
            found = next(compile_regex(text[1:-1]).find(self._text), None)
            if cause := self._in_language(term, text, found):
                yield cause
            return
        source = text[1:-1]
        begin = r"\b" if source.startswith(r"\b") else ""
        found = next(compile_regex(f"{begin}(?i){source[len(begin) :]}").find(self._text), None)
        if found is not None:
            yield self._cause("regex-case", text, found)

    def _similar(self, text: str) -> Cause | None:
        """A word that is spelt nearly like the term, and is not simply another word."""
        key = fold_key(text.strip("*="))
        if len(key) < _MIN_SIMILAR or not key.isalpha():
            return None
        words = [one for one in self._words if one[:_SAME_BEGINNING] == key[:_SAME_BEGINNING]]
        for word in difflib.get_close_matches(key, words, n=3, cutoff=_ALIKE):
            longer = word.startswith(key) or key.startswith(word)
            if longer or not (compounds.is_word(word) and compounds.is_word(key)):
                return self._cause("similar", text, self._words[word])
        return None

    # --- looking ---------------------------------------------------------------------------------

    def _find(self, patterns: Iterable[Pattern], view: _View | None = None) -> Span | None:
        """The first occurrence in the article, or in another text."""
        written, folded = view or (self._text, self._folded)
        for pattern in dict.fromkeys(patterns):
            at = -1
            for _ in range(_LOOKED_AT):
                at = folded.text.find(pattern.literal, at + 1)
                if at < 0:
                    break
                end = at + len(pattern.literal)
                accepted = accept(pattern, folded, written, at, end)
                if accepted is not None:
                    return accepted[0], accepted[1]
        return None

    def _cause(
        self, code: str, term: str, place: Span, *, cost: float | None = None, **values: Any
    ) -> Cause:
        found = " ".join(self._text[slice(*place)].split())
        return make_cause(code, cost=cost, places=[place], term=term, found=found, **values)


def _patterns(term: Term) -> tuple[Pattern, ...]:
    try:
        return compile_term(term)
    except TermProblemError:
        return ()  # a variant that is no term: nothing is found by it


def _cost(cause: Cause) -> float:
    return cause.cost


def _why_off(term: Term, text: str) -> str:
    """Why the term is not looked for inside compounds: a code of the table of words."""
    if term.compound:
        return "why-option"
    if is_acronym(text):
        return "why-acronym"
    if " " in text:
        return "why-phrase"
    if term.languages and "nl" not in term.languages:
        return "why-language"
    return "why-short" if len(text) < MIN_COMPOUND else "why-name"
