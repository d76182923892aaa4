"""What commands show of the store: rows of lists, and the store at a glance.

Frozen values like those of `watcher.model`, every datetime aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model import (
    Alert,
    Article,
    DeliveryState,
    Hit,
    Hold,
    Message,
    Quarantined,
    Severity,
    Silence,
    SourceState,
    Status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as commands list it; ``last_try`` is when the last attempt ended."""

    id: str
    alert: str
    rule: str
    title: str
    channel: str
    recipient: str
    state: DeliveryState
    attempts: int
    next_try: datetime | None
    last_error: str
    possible_repeat: bool
    last_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as commands list it, with its deliveries."""

    alert: Alert
    deliveries: tuple[DeliveryRow, ...] = ()
    #: Channels that are told of it later.
    holds: tuple[Hold, ...] = ()

    @property
    def state(self) -> str:
        """suppressed, told (at least one delivery arrived) or waiting."""
        if self.alert.suppressed:
            return "suppressed"
        if any(delivery.state is DeliveryState.DONE for delivery in self.deliveries):
            return "told"
        return "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One transmission, and what it came to."""

    delivery: str
    attempt: int
    at: datetime
    outcome: DeliveryState
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a reader thinks of an alert."""

    useful: bool
    note: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usefulness:
    """What readers think of a rule's alerts."""

    useful: int
    useless: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDetail:
    """All that is known of what was sent of an alert: messages by delivery, every attempt."""

    messages: Mapping[str, Message]
    attempts: tuple[AttemptRow, ...] = ()
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """A rule that matched an article when it came in, as it then was."""

    rule: str
    severity: Severity
    status: Status
    hits: tuple[Hit, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRow:
    """An article of the archive in one line: what it is called, and why it is in its story."""

    article: str
    source: str
    title: str
    seen: datetime
    duplicate_of: str | None
    revision_of: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMatch:
    """What a rule found in an article, and when."""

    rule: str
    article: str
    story: str
    at: datetime
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article of the archive with what was decided about it.

    ``changes`` are the sentences that a revision took away ("- …") and brought ("+ …");
    ``others`` the other articles of its story, oldest first.
    """

    article: Article
    story: str
    story_reason: str
    duplicate_of: str | None
    revision_of: str | None
    changes: tuple[str, ...]
    matches: tuple[MatchRow, ...]
    alerts: tuple[AlertRow, ...]
    others: tuple[RelatedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source as commands list it; ``articles`` counts what it brought, ever.

    ``paused`` by the configuration, ``held`` by hand.
    """

    name: str
    type: str
    paused: bool
    held: bool
    state: SourceState
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What a source brings, against its own habit.

    ``day`` counts the articles of the last 24 hours, ``normal`` those of an average day in the
    two weeks before (None: not known yet). ``lag`` is the usual time between publication and our
    seeing it, of articles with a date.
    """

    day: int
    normal: float | None
    lag: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnitureRow:
    """A line that a source repeats; with ``kept`` somebody said that it is text all the same."""

    key: str
    line: str
    kept: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A channel's queue; ``last_success`` is None when nothing has ever arrived. ``held`` are
    alerts that it is told of later."""

    name: str
    waiting: int
    dead: int
    last_success: datetime | None
    last_error: str = ""
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The store at a glance, for ``watcher status``."""

    now: datetime
    articles: int
    alerts: int
    unrouted: int
    sources: tuple[SourceRow, ...]
    channels: tuple[ChannelRow, ...]
    quarantine: tuple[Quarantined, ...]
    notes: Mapping[str, str]
    silences: tuple[Silence, ...] = ()
