"""When a feed is asked again: pure arithmetic over what it brought and what its server said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from watcher.model import SourceState

DAY = timedelta(days=1)
#: A server that says how long its answer is good is believed for so long at most: some say a
#: year, and news would be late.
LONGEST_ASKED = timedelta(hours=1)
#: Errors are asked about again at least so often, however many there were.
LONGEST_BACKOFF = timedelta(hours=1)
#: Nothing new for so long is quiet; each further such span adds one interval to the wait.
_QUIET = DAY
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
#: RSS says how long it is good near its beginning.
_HEAD = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a feed is asked: ``every``, learned within ``fastest`` and ``slowest``."""

    every: timedelta
    fastest: timedelta
    slowest: timedelta


def learned_wait(pace: Pace, state: SourceState, now: datetime) -> timedelta:
    """The interval that fits what the feed brings.

    One that brings articles more often than it is asked is asked as often as they come; one that
    brought nothing for days is asked less and less; all within the pace's bounds.
    """
    if state.last_new is None:
        return pace.every
    quiet = now - state.last_new
    if quiet >= _QUIET:
        return min(pace.slowest, pace.every * (1 + quiet // _QUIET))
    if state.gap is not None and state.gap < pace.every:
        return max(pace.fastest, state.gap)
    return pace.every


def wait_after_success(
    pace: Pace, state: SourceState, now: datetime, asked: timedelta | None
) -> timedelta:
    """Until the next poll; ``asked`` is how long the server says that its answer is good."""
    return max(learned_wait(pace, state, now), min(asked or timedelta(), LONGEST_ASKED))


def wait_after_error(pace: Pace, failures: int, retry_after: timedelta | None) -> timedelta:
    """Until a feed in error is asked again; ``failures`` counts those before this one.

    Doubling from ``every``, never for good; a server's own Retry-After is kept up to a day.
    """
    doubled = pace.every * (1 << min(failures, 20))
    wait = min(doubled, max(pace.every, LONGEST_BACKOFF))
    return max(wait, min(retry_after, DAY)) if retry_after is not None else wait


def fresh_for(headers: Mapping[str, str], body: bytes, now: datetime) -> timedelta | None:
    """How long an answer is good by its Cache-Control or Expires, and by the feed's ttl."""
    spans = [_cached_for(headers, now), _ttl(body)]
    return max((span for span in spans if span is not None), default=None)


def _cached_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    control = headers.get("Cache-Control", "")
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return None
    age = _MAX_AGE.search(control)
    if age:
        return timedelta(seconds=int(age[1]))
    expires = _http_date(headers.get("Expires", ""))
    if expires is None:
        return None
    # By the server's own clock, where it shows one.
    return max(timedelta(), expires - (_http_date(headers.get("Date", "")) or now))


def _ttl(body: bytes) -> timedelta | None:
    found = _TTL.search(body, 0, _HEAD)
    return timedelta(minutes=int(found[1])) if found else None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What a server asks for with Retry-After: seconds or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), int(DAY.total_seconds())))
    at = _http_date(value)
    return None if at is None else max(timedelta(), at - now)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
