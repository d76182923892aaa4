"""Dates and times as editors write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from watcher.moments import clock, same_day, written_time

ZONE = ZoneInfo("Europe/Amsterdam")
LATE = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("precision_s", "dutch", "english"),
    [
        (0, "maandag 2 maart 2026, 0.05 uur", "Monday 2 March 2026, 00:05"),
        (1800, "maandag 2 maart 2026, rond 0.05 uur", "Monday 2 March 2026, about 00:05"),
        (86_400, "maandag 2 maart 2026", "Monday 2 March 2026"),
    ],
)
def test_a_moment_in_words(precision_s: int, dutch: str, english: str) -> None:
    assert written_time(LATE, "nl", ZONE, precision_s=precision_s) == dutch
    assert written_time(LATE, "en", ZONE, precision_s=precision_s) == english


def test_a_year_that_has_no_local_time_is_shown_all_the_same() -> None:
    assert clock(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "nl", ZONE) == "23.59 uur"


def test_a_day_is_one_of_the_zone() -> None:
    assert not same_day(LATE, datetime(2026, 3, 1, 22, tzinfo=UTC), ZONE)
    assert same_day(LATE, datetime(2026, 3, 2, 22, tzinfo=UTC), ZONE)
