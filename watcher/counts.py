"""What rules count over their matches: volume, usual numbers, and times without any. Nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Tell when so many articles came within a time; or articles of so many different sources or
    stories (``distinct``)."""

    articles: int
    within: timedelta
    distinct: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """Tell when ``factor`` times as many articles came in a window as usual over the baseline
    before it, and ``least`` at least."""

    factor: float
    window: timedelta = timedelta(days=1)
    baseline: timedelta = timedelta(days=14)
    least: int = 5


@dataclass(frozen=True, slots=True)
class Lull:
    """Tell when nothing came for so long."""

    after: timedelta


Volume = When | Spike | Lull


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A counted article, as far as a message names it."""

    title: str
    source: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted for a rule in its window, up to now.

    ``values`` are the different things it counts: articles (a copy counts as the article it
    repeats), sources or stories. ``counts_as`` says of the articles in the window as what they
    count. ``recent`` are the newest of those things, each with an article; ``sources`` all of
    theirs, None where they were too many to look at. ``running`` says that the rule's last match
    was told of, or belonged to what had been told.
    """

    values: frozenset[str] = frozenset()
    counts_as: Mapping[str, str] = field(default_factory=dict)
    recent: tuple[tuple[str, Entry], ...] = ()
    sources: frozenset[str] | None = frozenset()
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How much a rule finds: articles a day, over the time before its window.

    ``known`` is how much of that time we have seen, ``asked`` how much of it there should be.
    """

    per_day: float
    known: timedelta
    asked: timedelta


class Counts(Protocol):
    """Counts of one store, read when they are asked for: most articles match no rule that counts.

    What is read does not change before the transaction ends.
    """

    def counted(self, rule: str, volume: When | Spike) -> Counted:
        """What was counted in the window that ends now."""

    def usual(self, rule: str, volume: When | Spike) -> Usual:
        """What is usual for this rule before that window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What an alert about a count says: how many of what (article, source or story), in how many
    seconds, from how many sources (None: not known), how many a day are usual (None: not known
    yet), and some of the articles beside the alert's own."""

    count: int
    what: str
    span_s: int
    sources: int | None = None
    usual: float | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """Since when a rule has found nothing, and its last match, if there is one."""

    since: datetime
    last: datetime | None = None
