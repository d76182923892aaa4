"""Times in plain words: "mon-fri 07:30", "23:00-07:00", "3/1h"; and what they mean in a zone. Pure.

Clock times are those of people in a time zone. Where a night has an hour twice, the first one
counts; where it has none, the time an hour later; so each has one moment on every date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.text import parse_duration

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAGEN = ("ma", "di", "wo", "do", "vr", "za", "zo")
_NUMBERS = {name: at for names in (_DAYS, _DAGEN) for at, name in enumerate(names)}
_EVERY_DAY = frozenset(range(7))
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})\Z")
_RATE = re.compile(r"(\d+)\s?/\s?(\S+)\Z")
_CLOCK_LIKE = 'must be a time like "08:30" or "mon-fri 16:00"'
_QUIET_LIKE = 'must be hours like "23:00-07:00" or "sat-sun 00:00-24:00"'
_RATE_LIKE = 'must be a number in a time, like "3/1h" or "10/5m"'


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, in minutes, on some days of the week (0 is Monday)."""

    minute: int
    days: frozenset[int] = _EVERY_DAY


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is disturbed: from a minute of the day to another, which is one of
    the next day where it is not later. ``days`` are those on which they begin."""

    begin: int
    end: int
    days: frozenset[int] = _EVERY_DAY


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many in any such time."""

    most: int
    within: timedelta


def parse_clock(text: str) -> Clock:
    """ "08:30" or "mon-fri 16:00". Raises ValueError that says what is asked for."""
    days, time = _split_days(text, _CLOCK_LIKE)
    return Clock(_minute(time, _CLOCK_LIKE, last=24 * 60 - 1), days)


def parse_quiet(text: str) -> Quiet:
    """ "23:00-07:00" or "sat-sun 00:00-24:00". Raises ValueError that says what is asked for."""
    days, hours = _split_days(text, _QUIET_LIKE)
    begin, dash, end = hours.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(_QUIET_LIKE)
    quiet = Quiet(
        _minute(begin.strip(), _QUIET_LIKE, last=24 * 60 - 1),
        _minute(end.strip(), _QUIET_LIKE, last=24 * 60),
        days,
    )
    if quiet.begin == quiet.end:
        raise ValueError('begins when it ends; for a whole day write "00:00-24:00"')
    return quiet


def parse_rate(text: str) -> Rate:
    """ "3/1h" or "10/5m". Raises ValueError that says what is asked for."""
    found = _RATE.match(text.strip())
    try:
        rate = Rate(int(found[1]), parse_duration(found[2])) if found else None
    except ValueError:
        rate = None
    if rate is None or rate.most < 1 or not rate.within:
        raise ValueError(_RATE_LIKE)
    return rate


def _split_days(text: str, like: str) -> tuple[frozenset[int], str]:
    """The days that stand before a time, and the rest."""
    words = text.strip().lower().rsplit(" ", 1)
    if len(words) == 1:
        return _EVERY_DAY, words[0]
    days: set[int] = set()
    for part in re.split(r"[,\s]+", words[0].strip()):
        first, _, last = part.partition("-")
        if first not in _NUMBERS or (last and last not in _NUMBERS):
            raise ValueError(f"{like}; days are {' '.join(_DAYS)} or {' '.join(_DAGEN)}")
        begin, end = _NUMBERS[first], _NUMBERS[last or first]
        # "fri-mon" goes over the weekend.
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days), words[1]


def _minute(text: str, like: str, *, last: int) -> int:
    found = _TIME.match(text)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minute <= last:
        raise ValueError(like)
    return minute


def next_clock(clocks: Iterable[Clock], after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after ``after`` at which one of these strikes, in UTC."""
    today = after.astimezone(zone).date()
    moments = (
        _moment(day, clock.minute, zone)
        for clock in clocks
        # A week and a day: a weekday's time of today may be over.
        for day in (today + timedelta(days=step) for step in range(9))
        if day.weekday() in clock.days
    )
    return min(moment for moment in moments if moment > after)


def quiet_until(hours: Iterable[Quiet], now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end in which ``now`` falls, in UTC; None outside of them.

    Hours that meet are one: "22:00-24:00" and "00:00-07:00" end at seven.
    """
    hours = tuple(hours)
    end: datetime | None = None
    # Whoever makes every hour quiet is told a week later.
    for _ in range(14):
        later = _quiet_end(hours, end or now, zone)
        if later is None:
            break
        end = later
    return end


def _quiet_end(hours: Iterable[Quiet], now: datetime, zone: ZoneInfo) -> datetime | None:
    today = now.astimezone(zone).date()
    ends: list[datetime] = []
    for quiet in hours:
        for day in (today - timedelta(days=1), today):
            last = day + timedelta(days=1) if quiet.end <= quiet.begin else day
            begin, end = _moment(day, quiet.begin, zone), _moment(last, quiet.end, zone)
            if day.weekday() in quiet.days and begin <= now < end:
                ends.append(end)
    return max(ends, default=None)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A minute of a local date, which may be 1440, in UTC."""
    if minute == 24 * 60:
        day, minute = day + timedelta(days=1), 0
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return local.astimezone(UTC)


def free_at(rate: Rate, times: Iterable[datetime], now: datetime) -> datetime | None:
    """When there is room under this rate again, after these times; None if there is room now."""
    recent = sorted(time for time in times if time > now - rate.within)
    return recent[-rate.most] + rate.within if len(recent) >= rate.most else None
