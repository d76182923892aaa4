"""Where sentences begin and end: by their full stops, and not at those of abbreviations."""

from __future__ import annotations

import re

#: How far a sentence is looked for; longer ones are cut there.
REACH = 240
#: What stands between two paragraphs.
BREAK = "\n\n"

_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[\"'“‘„«»(\[]*[A-ZÀ-ÖØ-Þ0-9])")
#: A full stop after these ends no sentence: initials, titles, and words that take a name.
_SHORT = re.compile(
    r"(?:^|[\s(\"'“‘„.-])(?:[^\W\d_]|'?s|[dm]r|[dm]rs|ir|ing|prof|ds|st|ste|sint|gen|kol|lt|sgt"
    r"|sen|rep|gov|jr|sr|nr|bijv|resp|mgr|zgn)\.$",
    re.IGNORECASE,
)


def sentence_around(text: str, floor: int, begin: int, end: int) -> tuple[int, int]:
    """The sentence around these characters, not before ``floor``; at most ``REACH`` to either
    side of where they begin."""
    low = max(floor, begin - REACH)
    at = text.rfind(BREAK, low, begin)
    if at >= 0:
        low = at + len(BREAK)
    elif low > floor:
        low = _word_start(text, low, begin)
    start = low
    # A little beyond the start of the hit, for the capital that the expression looks ahead to.
    for found in _END.finditer(text, low, begin + 3):
        if found.end() <= begin and not _is_short(text, found.start()):
            start = found.end()
    while start < begin and text[start].isspace():
        start += 1
    stop = end_of(text, end, min(len(text), end + REACH))
    return start, min(stop, start + 3 * REACH)


def _is_short(text: str, stop: int) -> bool:
    """Whether the full stop at ``stop`` belongs to an abbreviation or an initial."""
    return _SHORT.search(text, max(0, stop - 12), stop + 1) is not None


def end_of(text: str, start: int, limit: int) -> int:
    """Where the sentence that goes on at ``start`` ends, at most ``limit``."""
    at = text.find(BREAK, start, limit)
    if at >= 0:
        limit = at
    for found in _END.finditer(text, max(0, start - 1), min(len(text), limit + 2)):
        if found.end() > start and not _is_short(text, found.start()):
            return min(found.end(), limit)
    if limit == len(text) or at >= 0:
        return limit
    space = text.rfind(" ", start, limit)
    return space if space > start else limit


def _word_start(text: str, low: int, limit: int) -> int:
    space = text.find(" ", low, limit)
    return space + 1 if space >= 0 else low


def sentence_spans(text: str, start: int, most: int) -> list[tuple[int, int]]:
    """Where the first sentences from there on begin and end, without the blanks between them."""
    spans: list[tuple[int, int]] = []
    while len(spans) < most:
        while start < len(text) and text[start].isspace():
            start += 1
        if start >= len(text):
            break
        end = max(start + 1, end_of(text, start + 1, min(len(text), start + 2 * REACH)))
        spans.append((start, start + len(text[start:end].rstrip())))
        start = end
    return spans


def sentences(text: str, most: int) -> list[str]:
    """The first sentences of a text, a headline among them."""
    return [text[start:end] for start, end in sentence_spans(text, 0, most)]
