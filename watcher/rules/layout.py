"""Where words, sentences and paragraphs of an article begin: found only when a rule asks."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

_WORD = re.compile(r"[^\W_]+(?:[-\u2010\u2011'’][^\W_]+)*")
_SENTENCE_END = re.compile(
    r"(?:[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“”‘’«(\[\-–—]*[A-ZÀ-ÖØ-Þ0-9])|\n\s*\n)"
)
#: Words that end in a full stop without ending a sentence.
_ABBREVIATIONS = frozenset(
    [
        "a.s", "art", "bijv", "blz", "bv", "ca", "d.w.z", "dhr", "dr", "drs", "enz", "etc",
        "gen", "ing", "ir", "jhr", "jl", "jr", "m.n", "mevr", "min", "mr", "mrs", "ms", "nl",
        "nr", "o.a", "o.l.v", "prof", "resp", "sgt", "sr", "st", "t.a.v", "t.o.v", "tel", "vs",
        "z.g", "zgn",
    ]
)  # fmt: skip


class Layout:
    """The places in one text."""

    def __init__(self, text: str, headline_end: int) -> None:
        self._text = text
        self._headline_end = headline_end

    @cached_property
    def _words(self) -> list[int]:
        return [found.start() for found in _WORD.finditer(self._text)]

    @cached_property
    def _paragraphs(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\n\s*\n", self._text))]

    @cached_property
    def _sentences(self) -> list[int]:
        return [0, *(end.end() for end in _SENTENCE_END.finditer(self._text) if self._ends(end))]

    def _ends(self, end: re.Match[str]) -> bool:
        """False for the full stop of an abbreviation or an initial."""
        if not end[0].startswith("."):
            return True
        before = self._text[max(0, end.start() - 8) : end.start()]
        word = re.split(r"[\s(]", before)[-1]
        initial = len(word) == 1 and word.isupper()
        return not initial and word.casefold() not in _ABBREVIATIONS

    @property
    def length(self) -> int:
        """How many words the text has."""
        return len(self._words)

    def flowing(self) -> Layout:
        """The layout of the same text as if it were one paragraph."""
        return _Flowing(self._text, self._headline_end)

    def word(self, position: int) -> int:
        """The number of the word at or before this position."""
        return bisect_right(self._words, position)

    def word_end(self, position: int) -> int:
        """Where the word that begins at this position ends."""
        found = _WORD.match(self._text, position)
        return found.end() if found else position + 1

    def gap(self, end: int, start: int) -> int:
        """How many words stand between an occurrence that ends and one that starts there."""
        return max(0, self.word(start) - self.word(end - 1) - 1)

    def paragraph(self, position: int) -> int:
        """The number of the paragraph of this position; the headline is one of its own."""
        return bisect_right(self._paragraphs, position)

    def unit(self, kind: str, position: int) -> int:
        """The number of the sentence or paragraph of this position."""
        if kind == "sentence":
            return bisect_right(self._sentences, position)
        return self.paragraph(position)

    def field(self, position: int) -> str:
        """headline, lead (the first paragraph after it) or body."""
        if position < self._headline_end:
            return "headline"
        begin = self._headline_end + 2 if self._headline_end else 0
        return "lead" if self.paragraph(position) <= self.paragraph(begin) else "body"


class _Flowing(Layout):
    def paragraph(self, position: int) -> int:
        """Always the same."""
        return 0
