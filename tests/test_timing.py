"""Times in plain words, over weekends and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.timing import (
    Clock,
    Quiet,
    Rate,
    free_at,
    next_clock,
    parse_clock,
    parse_quiet,
    parse_rate,
    quiet_until,
)

ZONE = ZoneInfo("Europe/Amsterdam")
WEEK = frozenset(range(5))


def local(text: str) -> datetime:
    """A local time in UTC, the first of two where there are two."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("08:30", Clock(510)),
        ("8.30", Clock(510)),
        ("mon-fri 16:00", Clock(960, WEEK)),
        ("ma-vr 16:00", Clock(960, WEEK)),
        ("za 00:00", Clock(0, frozenset({5}))),
        ("fri-mon 23:59", Clock(1439, frozenset({4, 5, 6, 0}))),
        ("mon, wed 07:30", Clock(450, frozenset({0, 2}))),
    ],
)
def test_a_clock_time_is_read(text: str, clock: Clock) -> None:
    assert parse_clock(text) == clock


@pytest.mark.parametrize(
    "text", ["", "8", "24:00", "08:60", "noon", "funday 08:00", "mon 8:3", "-1:00"]
)
def test_what_is_no_clock_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time like"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("23:00-07:00", Quiet(1380, 420)),
        ("sat-sun 00:00-24:00", Quiet(0, 1440, frozenset({5, 6}))),
        ("za-zo 12.00 ", None),
        ("12:00-12:00", None),
        ("23:00", None),
        ("25:00-07:00", None),
    ],
)
def test_quiet_hours_are_read_or_refused(text: str, quiet: Quiet | None) -> None:
    if quiet is None:
        with pytest.raises(ValueError, match=r"must be|begins when"):
            parse_quiet(text)
    else:
        assert parse_quiet(text) == quiet


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("3/1h", Rate(3, timedelta(hours=1))),
        ("10/5m", Rate(10, timedelta(minutes=5))),
        ("0/1h", None),
        ("3/0s", None),
        ("3", None),
        ("3/uur", None),
    ],
)
def test_a_rate_is_read_or_refused(text: str, rate: Rate | None) -> None:
    if rate is None:
        with pytest.raises(ValueError, match="a number in a time"):
            parse_rate(text)
    else:
        assert parse_rate(text) == rate


@pytest.mark.parametrize(
    ("clocks", "after", "expected"),
    [
        (["08:30"], "2026-11-20T08:29", "2026-11-20T08:30"),
        (["08:30"], "2026-11-20T08:30", "2026-11-21T08:30"),
        (["08:30", "16:00"], "2026-11-20T09:00", "2026-11-20T16:00"),
        (["mon-fri 16:00"], "2026-11-20T17:00", "2026-11-23T16:00"),  # a Friday
        (["fri 16:00"], "2026-11-20T17:00", "2026-11-27T16:00"),
        # The night of two hours between two and three: the first of both.
        (["02:30"], "2026-10-25T01:00", "2026-10-25T02:30"),
        # The night without that hour: once all the same.
        (["02:30"], "2027-03-28T01:00", "2027-03-28T03:30"),
        (["08:30"], "2027-03-27T09:00", "2027-03-28T08:30"),
    ],
)
def test_a_clock_strikes_next(clocks: list[str], after: str, expected: str) -> None:
    found = next_clock([parse_clock(one) for one in clocks], local(after), ZONE)
    assert found == local(expected)


def test_a_clock_strikes_once_a_date_whatever_the_night() -> None:
    """Hour by hour over both changes of a year: each local date has its one moment."""
    clocks = [parse_clock("02:30")]
    for start in ("2026-10-23T12:00", "2027-03-26T12:00"):
        now = local(start)
        moments = {
            next_clock(clocks, now + timedelta(minutes=20 * step), ZONE) for step in range(3 * 96)
        }
        dates = [moment.astimezone(ZONE).date() for moment in sorted(moments)]
        assert len(dates) == len(set(dates)) >= 4


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        (["23:00-07:00"], "2026-11-20T22:59", None),
        (["23:00-07:00"], "2026-11-20T23:00", "2026-11-21T07:00"),
        (["23:00-07:00"], "2026-11-21T06:59", "2026-11-21T07:00"),
        (["23:00-07:00"], "2026-11-21T07:00", None),
        (["22:00-24:00", "00:00-07:00"], "2026-11-20T22:10", "2026-11-21T07:00"),
        (["sat-sun 00:00-24:00"], "2026-11-21T10:00", "2026-11-23T00:00"),
        (["sat-sun 00:00-24:00"], "2026-11-20T23:59", None),
        # It begins on Friday night.
        (["fri 23:00-07:00"], "2026-11-21T03:00", "2026-11-21T07:00"),
        (["fri 23:00-07:00"], "2026-11-22T03:00", None),
        (["00:00-24:00"], "2026-11-20T10:00", "2026-12-04T00:00"),
        # Nine hours of sleep in October, seven in March.
        (["23:00-07:00"], "2026-10-24T23:30", "2026-10-25T07:00"),
        (["23:00-07:00"], "2027-03-27T23:30", "2027-03-28T07:00"),
    ],
)
def test_quiet_hours_end(hours: list[str], now: str, end: str | None) -> None:
    found = quiet_until([parse_quiet(one) for one in hours], local(now), ZONE)
    assert found == (local(end) if end else None)


@pytest.mark.parametrize(
    ("minutes_ago", "free_in"),
    [
        ([], None),
        ([10, 20], None),
        ([10, 20, 30], 30),
        ([1, 2, 59], 1),
        ([1, 2, 3, 4], 57),
        ([61, 1, 2], None),
    ],
)
def test_there_is_room_again_when_the_oldest_is_old_enough(
    minutes_ago: list[int], free_in: int | None
) -> None:
    now = local("2026-11-20T12:00")
    times = [now - timedelta(minutes=minutes) for minutes in minutes_ago]
    expected = None if free_in is None else now + timedelta(minutes=free_in)
    assert free_at(Rate(3, timedelta(hours=1)), times, now) == expected
