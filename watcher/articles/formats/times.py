"""Dates as publishers write them: ISO, RFC 822 and words in four languages, zones read right.

feedparser reads CET, CEST and MEZ as UTC, a time without a zone as UTC, a year alone as
1 January, and no Dutch, German or French words; so what a feed wrote is read here first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: A moment known to the second, and one of which only the day is known.
SECOND, MINUTE, DAY = 1, 60, 86_400
#: No news was published on a machine before this; 1970-01-01 and year 1 mean "no date".
_OLDEST_YEAR = 1980
_MAX_LENGTH = 120

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januari januar jänner janvier janv",
            "february feb februari februar février fevrier févr fevr fév",
            "march mar maart mrt märz maerz mär mrz mars",
            "april apr avril avr",
            "may mei mai",
            "june jun juni juin",
            "july jul juli juillet juil",
            "august aug augustus août aout",
            "september sep sept septembre",
            "october oct oktober okt octobre",
            "november nov novembre",
            "december dec dezember dez décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
#: Hours east of Greenwich of the zone names that mean one thing in the news.
_ZONES = {
    name: hours
    for hours, names in {
        0: "z utc gmt ut wet",
        1: "cet mez met bst west wesz hnec",
        2: "cest mesz mest eet oez sast heec",
        3: "eest oesz msk trt",
        8: "hkt sgt awst",
        9: "jst kst",
        10: "aest",
        11: "aedt",
        12: "nzst",
        13: "nzdt",
        -3: "brt art",
        -4: "edt ast",
        -5: "est cdt",
        -6: "cst mdt",
        -7: "mst pdt",
        -8: "pst akdt",
    }.items()
    for name in names.split()
}

_OFFSET = r"(?:(?:gmt|utc)\s?)?(?P<sign>[+\-−])(?P<zh>\d{1,2})(?::?(?P<zm>\d\d))?(?!\d)"
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
    r"(?:(?:t|\s+t?)(?P<clock>\d\d:?\d\d\S*.*))?\Z",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d+\-−])(?P<hour>\d{1,2})\s?[:.hu]\s?(?P<minute>\d\d)(?!\d)"
    r"(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_COMPACT_CLOCK = re.compile(
    r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:[.,]\d+)?(?P<half>)"
)
_OFFSET_ONLY = re.compile(_OFFSET, re.IGNORECASE)
_WORD = re.compile(r"[a-zà-öø-ÿ]+", re.IGNORECASE)
_DAY_MONTH = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|de|e|\.)?[\s\-]+(?:of\s+)?"
    r"(?P<month>[a-zà-öø-ÿ]{3,10})\.?,?[\s\-]+'?(?P<year>\d{4}|\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"(?<![a-zà-öø-ÿ])(?P<month>[a-zà-öø-ÿ]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"(?:,\s*|\s+)(?P<between>(?:\d\d:\d\d(?::\d\d)?\s+(?:[a-z]{1,4}\s+)?)?)(?P<year>\d{4})(?!\d)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<!\d)(?P<day>\d{1,2})([./\-])(?P<month>\d{1,2})\2(?P<year>\d{4})(?!\d)")
_VAGUE = re.compile(r"\s*-?\d{1,4}(?:-\d\d)?\s*")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC and how many seconds it may be off."""

    at: datetime
    precision_s: int


def parse_time(text: str, zone: str = "UTC") -> Moment | None:
    """The moment a text names, or None; without a zone of its own it is local time in ``zone``.

    A year or month alone is no time, nor is one before 1980.
    """
    text = " ".join(text[:_MAX_LENGTH].split())
    try:
        return _iso(text, zone) or _words(text, zone)
    except (ValueError, OverflowError):
        return None


def is_vague(text: str) -> bool:
    """True for a year or a month alone."""
    return _VAGUE.fullmatch(text) is not None


def plausible(at: datetime) -> bool:
    """False for what a date field holds when nobody filled it in: 1970, the year 1."""
    return at.year >= _OLDEST_YEAR


def _iso(text: str, zone: str) -> Moment | None:
    found = _ISO.match(text)
    if found is None:
        return None
    day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    rest = found["clock"]
    if rest is None:
        return _moment(day, None, "", zone)
    clock = _CLOCK.match(rest) or _COMPACT_CLOCK.match(rest)
    return _moment(day, clock, rest[clock.end() :] if clock else "", zone)


def _words(text: str, zone: str) -> Moment | None:
    for pattern in (_DAY_MONTH, _MONTH_DAY, _NUMBERS):
        for found in pattern.finditer(text):
            day = _date(found)
            if day is None:
                continue
            rest = f"{text[: found.start()]} {found.groupdict().get('between') or ''} "
            rest += text[found.end() :]
            clock = _CLOCK.search(rest)
            return _moment(day, clock, rest[clock.end() :] if clock else "", zone)
    return None


def _date(found: re.Match[str]) -> date | None:
    month = found["month"].lower()
    number = int(month) if month.isdigit() else MONTHS.get(month)
    if number is None:
        return None
    day, year = int(found["day"]), int(found["year"])
    if number > 12 >= day and month.isdigit():
        day, number = number, day  # 11/20/2026: an American wrote it
    if year < 100:
        year += 2000 if year < 70 else 1900
    return date(year, number, day)


def _moment(day: date, clock: re.Match[str] | None, rest: str, zone: str) -> Moment | None:
    if day.year < _OLDEST_YEAR:
        return None
    if clock is None:
        # The day begins where its publisher is.
        return Moment(_utc(datetime.combine(day, time()), _zone(zone)), DAY)
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
    second = min(int(clock["second"] or 0), 59)  # a leap second is the last of its minute
    midnight = datetime.combine(day, time())
    local = midnight + timedelta(hours=hour, minutes=minute, seconds=second)
    if hour > 24 or minute > 59:
        return None
    precision = MINUTE if clock["second"] is None else SECOND
    return Moment(_utc(local, _stated_zone(rest) or _zone(zone)), precision)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _stated_zone(rest: str) -> tzinfo | None:
    offset = _OFFSET_ONLY.search(rest)
    if offset:
        minutes = int(offset["zh"]) * 60 + int(offset["zm"] or 0)
        return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    for word in _WORD.findall(rest):
        hours = _ZONES.get(word.lower())
        if hours is not None:
            return timezone(timedelta(hours=hours))
    return None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC
