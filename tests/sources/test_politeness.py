"""When a feed is asked again: tables of what it did, and the wait that follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import SourceState
from watcher.sources.politeness import (
    Pace,
    fresh_for,
    learned_wait,
    retry_after,
    wait_after_error,
    wait_after_success,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PACE = Pace(
    every=timedelta(minutes=10), fastest=timedelta(minutes=2), slowest=timedelta(minutes=35)
)
NEVER = SourceState(name="bode", next_due=NOW)


def minutes(count: float | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


@pytest.mark.parametrize(
    ("gap", "quiet_hours", "wait"),
    [
        (None, None, 10),
        (None, 1, 10),
        (30, 1, 10),
        (10, 0.1, 10),
        (6, 0.1, 6),
        (1, 0.1, 2),
        (6, 23, 6),
        (6, 25, 20),
        (None, 49, 30),
        (6, 1000, 35),
    ],
)
def test_the_interval_is_learned_within_its_bounds(
    gap: float | None, quiet_hours: float | None, wait: float
) -> None:
    last_new = None if quiet_hours is None else NOW - timedelta(hours=quiet_hours)
    state = replace(NEVER, gap=minutes(gap), last_new=last_new)
    assert learned_wait(PACE, state, NOW) == timedelta(minutes=wait)


@pytest.mark.parametrize(("asked", "wait"), [(None, 10), (5, 10), (25, 25), (60, 60), (6000, 60)])
def test_what_a_server_asks_is_kept_up_to_an_hour(asked: float | None, wait: float) -> None:
    assert wait_after_success(PACE, NEVER, NOW, minutes(asked)) == timedelta(minutes=wait)


@pytest.mark.parametrize(
    ("failures", "asked", "wait"),
    [(0, None, 10), (1, None, 20), (2, None, 40), (3, None, 60), (10_000, None, 60),
     (0, 5, 10), (0, 90, 90), (9, 90, 90), (0, 1e6, 1440)],
)  # fmt: skip
def test_errors_slow_a_feed_down_and_never_stop_it(
    failures: int, asked: float | None, wait: float
) -> None:
    assert wait_after_error(PACE, failures, minutes(asked)) == timedelta(minutes=wait)


def test_a_feed_asked_once_a_day_is_not_asked_more_often_for_being_in_error() -> None:
    daily = Pace(every=timedelta(days=1), fastest=timedelta(days=1), slowest=timedelta(days=3))
    assert wait_after_error(daily, 5, None) == timedelta(days=1)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, b"", None),
        ({"Cache-Control": "max-age=600"}, b"", 600),
        ({"Cache-Control": 'public, Max-Age="90"'}, b"", 90),
        ({"Cache-Control": "s-maxage=600"}, b"", None),
        ({"Cache-Control": "no-cache, max-age=600"}, b"", None),
        ({"Cache-Control": "max-age=x"}, b"", None),
        ({"Expires": "Mon, 02 Mar 2026 12:05:00 GMT"}, b"", 300),
        ({"Expires": "Mon, 02 Mar 2026 11:00:00 GMT"}, b"", 0),
        ({"Expires": "Mon, 02 Mar 2026 09:05:00 GMT", "Date": "Mon, 02 Mar 2026 09:00:00 GMT"},
         b"", 300),
        ({"Expires": "0"}, b"", None),
        ({"Cache-Control": "max-age=60", "Expires": "Mon, 02 Mar 2026 12:05:00 GMT"}, b"", 60),
        ({}, b"<rss><channel><ttl>15</ttl>", 900),
        ({"Cache-Control": "max-age=60"}, b"<ttl> 15 </ttl>", 900),
        ({}, b"<ttl>soms</ttl>", None),
    ],
)  # fmt: skip
def test_how_long_an_answer_is_good(
    headers: dict[str, str], body: bytes, seconds: float | None
) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert fresh_for(headers, body, NOW) == expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("Mon, 02 Mar 2026 12:02:00 GMT", 120), ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
     ("", None), ("bald", None), ("-5", None), ("99999999999", 86_400), ("²", None)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after({"Retry-After": value}, NOW) == expected
