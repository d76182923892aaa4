"""Counts in words, in Dutch and English: "5 artikelen uit 4 bronnen in 2 uur"."""

from __future__ import annotations

import math
from datetime import timedelta

from watcher.counts import Tally

_DAY_S = 86_400

#: (seconds, from so many on, words for one and for more).
_UNITS = {
    "nl": (
        (_DAY_S, 2, "dag", "dagen"),
        (3600, 1, "uur", "uur"),
        (60, 1, "minuut", "minuten"),
        (1, 0, "seconde", "seconden"),
    ),
    "en": (
        (_DAY_S, 2, "day", "days"),
        (3600, 1, "h", "h"),
        (60, 1, "min", "min"),
        (1, 0, "s", "s"),
    ),
}
_THINGS = {
    "nl": {
        "article": ("artikel", "artikelen"),
        "source": ("bron", "bronnen"),
        "story": ("verhaal", "verhalen"),
    },
    "en": {
        "article": ("article", "articles"),
        "source": ("source", "sources"),
        "story": ("story", "stories"),
    },
}
_WORDS = {
    "nl": {
        "from": "uit",
        "within": "in",
        "of": "van de",
        "usual": "; gewoonlijk {number} per dag",
        "usual articles": "; gewoonlijk {number} artikelen per dag",
    },
    "en": {
        "from": "from",
        "within": "within",
        "of": "of",
        "usual": "; usual is {number} a day",
        "usual articles": "; usual is {number} articles a day",
    },
}


def show_span(span: timedelta, language: str = "en") -> str:
    """A duration in its largest whole unit: "2 uur", "90 minuten", "14 dagen"."""
    seconds = round(span.total_seconds())
    for size, least, one, more in _UNITS[language]:
        number, rest = divmod(seconds, size)
        if not rest and number >= least:
            return f"{number} {one if number == 1 else more}"
    raise AssertionError("seconds divide everything")


def show_things(count: int, what: str, language: str = "en") -> str:
    """So many articles, sources or stories."""
    one, more = _THINGS[language][what]
    return f"{count} {one if count == 1 else more}"


def show_tally(tally: Tally, language: str = "en", *, usual: bool = True) -> str:
    """What an alert about a count says: the numbers, and what is usual."""
    words = _WORDS[language]
    parts = [show_things(tally.count, tally.what, language)]
    if tally.sources is not None and tally.what != "source":
        parts += [words["from"], show_things(tally.sources, "source", language)]
    parts += [words["within"], show_span(timedelta(seconds=tally.span_s), language)]
    shown = " ".join(parts)
    if usual and tally.usual is not None:
        of = "usual" if tally.what == "article" else "usual articles"
        shown += words[of].format(number=_number(tally.usual, language))
    return shown


def show_progress(count: int, least: float, what: str, span: timedelta) -> str:
    """How far a count is, in English: "3 of 5 articles within 2 h"."""
    return f"{count} of {show_things(math.ceil(least), what)} within {show_span(span)}"


def _number(value: float, language: str) -> str:
    """A number with one decimal where that says something."""
    text = f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    return text.replace(".", ",") if language == "nl" else text
