"""Embargoes of the press kind: a line that says when a text may be published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.articles.formats.times import MONTHS

_WEEKDAYS = (
    ("maandag", "monday", "montag", "lundi"),
    ("dinsdag", "tuesday", "dienstag", "mardi"),
    ("woensdag", "wednesday", "mittwoch", "mercredi"),
    ("donderdag", "thursday", "donnerstag", "jeudi"),
    ("vrijdag", "friday", "freitag", "vendredi"),
    ("zaterdag", "saturday", "samstag", "samedi"),
    ("zondag", "sunday", "sonntag", "dimanche"),
)
_TOMORROW = ("morgen", "tomorrow", "demain")
#: At the beginning of a line: running text speaks of "het embargo", and seldom of its hour.
_NOTICE = re.compile(
    r"[\W_]*(?:let op[:!,. ]+)?(?:onder |under )?(?:strikt |strict )?"
    r"(?:embargo(?:ed)?|sperrfrist)[:,]? ?(?:tot|until|till|bis|jusqu'à)(?P<day>[^\n]{0,40}?)"
    r"\b(?P<hour>[01]?\d|2[0-4])(?:[.:h](?P<minute>[0-5]\d)|(?=\s*(?:uur|uhr)\b))"
    r"\s*(?:uur|uhr|hrs?|h)?(?: ?(?:cet|cest|met|mez))?[)\]\s.:;–—-]*",
    re.IGNORECASE,
)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\.? ?([^\W\d_]{3,10})\.?(?: (\d{4}))?")


@dataclass(frozen=True, slots=True)
class Embargo:
    """Not to be published before ``until``; ``rest`` is what the line says besides."""

    until: datetime
    rest: str


def find_embargo(line: str, now: datetime, timezone: str) -> Embargo | None:
    """The embargo that a line begins with ("EMBARGO TOT 06.00 UUR"), or None.

    Without a date it is the first such hour after ``now``, in the source's time zone.
    """
    found = _NOTICE.match(line)
    if found is None:
        return None
    local = now.astimezone(ZoneInfo(timezone))
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    day = _day(found["day"].casefold(), local)
    midnight = (day or local).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight + timedelta(hours=hour, minutes=minute)
    if day is None and until < local:
        until += timedelta(days=1)
    return Embargo(until.astimezone(now.tzinfo), line[found.end() :].strip())


def _day(text: str, today: datetime) -> datetime | None:
    """The day that a text names, today or later; None where it names none."""
    found = _DAY_AND_MONTH.search(text)
    if found and (month := MONTHS.get(found[2])):
        try:
            day = today.replace(year=int(found[3] or today.year), month=month, day=int(found[1]))
        except ValueError:
            return None
        passed = day.date() < today.date() - timedelta(days=180)
        return day.replace(year=day.year + 1) if passed and not found[3] else day
    for number, names in enumerate(_WEEKDAYS):
        if any(name in text for name in names):
            return today + timedelta(days=(number - today.weekday()) % 7)
    return today + timedelta(days=1) if any(word in text for word in _TOMORROW) else None
