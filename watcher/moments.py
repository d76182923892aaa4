"""Dates and times as editors write them, in Dutch and English.

They are written out here: machines often lack the locale.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}

#: From here on the time of day says nothing: only the date is known.
_DATE_ONLY_S = 12 * 3600
_ROUGH_S = 1800


def written_time(moment: datetime, language: str, timezone: tzinfo, *, precision_s: int = 0) -> str:
    """Day, date and time as an editor writes them, "rond"/"about" when half an hour off."""
    local = _local(moment, timezone)
    date = (
        f"{_DAYS[language][local.weekday()]} {local.day} "
        f"{_MONTHS[language][local.month - 1]} {local.year}"
    )
    if precision_s >= _DATE_ONLY_S:
        return date
    return f"{date}, {clock(moment, language, timezone, rough=precision_s >= _ROUGH_S)}"


def clock(moment: datetime, language: str, timezone: tzinfo, *, rough: bool = False) -> str:
    """The time of day: "18.20 uur" or "18:20"."""
    local = _local(moment, timezone)
    if language == "nl":
        return f"{'rond ' if rough else ''}{local.hour}.{local.minute:02} uur"
    return f"{'about ' if rough else ''}{local.hour:02}:{local.minute:02}"


def same_day(first: datetime, second: datetime, timezone: tzinfo) -> bool:
    """Whether two moments fall on one date there."""
    return _local(first, timezone).date() == _local(second, timezone).date()


def _local(moment: datetime, timezone: tzinfo) -> datetime:
    try:
        return moment.astimezone(timezone)
    except OverflowError:  # a feed dated in the year 1 or 9999
        return moment.astimezone(UTC)
