"""Relative times, "38 minuten geleden": found, and counted back from when they were captured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR, _DAY, _WEEK = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(weeks=1),
)
#: First letters of a unit, longest first, in Dutch, English, German and French.
_UNITS = (
    (("sec", "sek"), _SECOND),
    (("minut", "min", "m"), _MINUTE),
    (("uur", "uren", "hour", "stunde", "heure", "hr", "h", "u"), _HOUR),
    (("dag", "day", "tag", "jour", "d"), _DAY),
    (("week", "weken", "woche", "semaine", "w"), _WEEK),
)
_COUNT = r"(?:\d{1,3}|een half|een|één|half|an?|einer|einem|une?)"
#: Longer spellings first: what follows may be glued on, so no word boundary can end them.
_UNIT = (
    r"(?:secondes|seconden|seconde|seconds|second|sekunden|sekunde|sec\.?"
    r"|minuten|minutes|minuut|minute|mins|min\.?"
    r"|uur|uren|hours|hour|hrs|hr|stunden|stunde|heures|heure"
    r"|dagen|dag|days|day|tagen|tag|jours|jour"
    r"|weken|weeks|week|wochen|woche|semaines|semaine)"
)
_RELATIVE = re.compile(
    rf"(?:(?P<count>{_COUNT}) ?(?P<unit>{_UNIT}) (?:geleden|ago)"
    rf"|(?P<short>\d{{1,3}})(?P<letter>[mhd]) ago"
    rf"|(?:vor|il y a) (?P<count2>{_COUNT}) (?P<unit2>{_UNIT}))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RelativeTime:
    """How long ago something was when it was captured, as written at text[start:end]."""

    ago: timedelta
    precision: timedelta
    start: int
    end: int

    def before(self, captured: datetime) -> datetime:
        """The moment itself."""
        return captured - self.ago


def find_relative_time(text: str, start: int = 0) -> RelativeTime | None:
    """The first relative time at or after this offset, or None."""
    if not _may_have_one(text.lower()):
        return None
    found = _RELATIVE.search(text, start)
    if found is None:
        return None
    count = (found["count"] or found["short"] or found["count2"]).lower()
    unit = _unit((found["unit"] or found["letter"] or found["unit2"]).lower())
    number = 0.5 if "half" in count else int(count) if count.isdigit() else 1
    return RelativeTime(unit * number, unit, found.start(), found.end())


def _may_have_one(text: str) -> bool:
    """False for a text without a sign of a relative time: nearly all lines.

    The expression takes a hundred times longer to say so. "l y a": it reads a dotless i as an i.
    """
    return " geleden" in text or " ago" in text or "vor " in text or "l y a " in text


def _unit(word: str) -> timedelta:
    return next(length for starts, length in _UNITS if word.startswith(starts))
