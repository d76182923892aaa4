"""Between model values and table rows."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.counts import Entry, Tally
from watcher.listing import (
    AlertRow,
    DeliveryRow,
)
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Delivery,
    DeliveryState,
    Hit,
    Hold,
    Match,
    Message,
    Outcome,
    Quarantined,
    Seen,
    Severity,
    SourceState,
    Verdict,
)
from watcher.store.driver import Draft, Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: What a database cannot keep: PostgreSQL no NUL, neither engine half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: States in which a delivery will be tried again at a known time.
_TRIED_AGAIN = (DeliveryState.PENDING, DeliveryState.LATER)

_ARTICLE_FIELDS = tuple(field.name for field in fields(Article))
_ALERT_FIELDS = tuple(field.name for field in fields(Alert))
ARTICLE_COLUMNS = (
    *_ARTICLE_FIELDS,
    "story",
    "text_key",
    "duplicate_of",
    "revision_of",
    "story_reason",
    "changes",
)
ALERT_COLUMNS = _ALERT_FIELDS

#: Columns of a listed delivery: of the tables delivery and alert.
DELIVERY_ROW_COLUMNS = (
    "delivery.id, delivery.alert_id, alert.rule, alert.title, delivery.channel, "
    "delivery.recipient, delivery.state, delivery.attempts, delivery.next_try, "
    "delivery.last_error, delivery.possible_repeat, delivery.created, "
    "(SELECT MAX(at) FROM delivery_log WHERE delivery_log.delivery_id = delivery.id) AS last_try"
)


def micros(value: datetime | timedelta) -> int:
    """Microseconds since 1970, or of a duration; exact, unlike ``timestamp()``."""
    span = value - _EPOCH if isinstance(value, datetime) else value
    return span // _MICROSECOND


def moment(value: int) -> datetime:
    """The time of that many microseconds since 1970."""
    return _EPOCH + value * _MICROSECOND


def _moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def storable(text: str) -> str:
    """The text with U+FFFD for each character no database keeps, so that offsets stay right.

    One such character in a feed must not make its whole batch fail for ever.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd")


def column(value: object) -> str | int | None:
    """A model field as the database keeps it."""
    if isinstance(value, str):
        return storable(str(value))
    if value is None:
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, datetime | timedelta):
        return micros(value)
    return json.dumps(asdict(value) if isinstance(value, Tally) else value)


def insert(table: str, columns: tuple[str, ...]) -> str:
    """The INSERT that leaves rows alone which are there already."""
    names = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({names}) ON CONFLICT DO NOTHING"


# --- values to rows ----------------------------------------------------------------------------


def article_row(candidate: Candidate, verdict: Verdict) -> Draft:
    """`ARTICLE_COLUMNS` of an article that is stored."""
    row = {name: column(getattr(candidate.article, name)) for name in _ARTICLE_FIELDS}
    row["story"] = verdict.story
    row["text_key"] = candidate.text_key
    row["story_reason"] = column(verdict.reason)
    row["changes"] = column(verdict.changes)
    row["duplicate_of"] = verdict.of if verdict.outcome is Outcome.DUPLICATE else None
    row["revision_of"] = verdict.of if verdict.outcome is Outcome.REVISION else None
    return row


def match_row(article: str, match: Match, at: int) -> Draft:
    """A row of rule_match."""
    return {
        "article_id": article,
        "rule": match.rule.id,
        "severity": str(match.rule.severity),
        "status": str(match.rule.status),
        "hits": json.dumps([asdict(hit) for hit in match.hits]),
        "at": at,
        "counts_as": article if match.counts_as == "" else match.counts_as,
    }


def alert_row(alert: Alert) -> Draft:
    """`ALERT_COLUMNS` of an alert."""
    return {name: column(getattr(alert, name)) for name in _ALERT_FIELDS}


def delivery_row(delivery: Delivery, at: int, created: int) -> Draft:
    """A new row of the outbox, due at once or when its embargo ends; ``created`` is its place in
    the queue."""
    held = delivery.not_before and max(at, micros(delivery.not_before))
    return {
        "id": delivery.id,
        "alert_id": delivery.alert,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        # What is pending is due, whatever its time says.
        "state": str(DeliveryState.LATER if held else DeliveryState.PENDING),
        "next_try": held or at,
        "message": json.dumps(asdict(delivery.message)),
        "created": created,
    }


# --- rows to values ----------------------------------------------------------------------------


def to_seen(row: Row) -> Seen:
    """What is known under one key."""
    return Seen(
        article=row["id"],
        source=row["source"],
        story=row["story"],
        text_key=row["text_key"],
        guid=row["guid"],
        seen=moment(row["seen"]),
    )


def to_source_state(row: Row) -> SourceState:
    """What is remembered of a source."""
    return SourceState(
        name=row["name"],
        next_due=moment(row["next_due"]),
        etag=row["etag"],
        modified=row["modified"],
        body_hash=row["body_hash"],
        failures=row["failures"],
        error=row["error"],
        error_since=_moment_or_none(row["error_since"]),
        last_success=_moment_or_none(row["last_success"]),
        full_at=_moment_or_none(row["full_at"]),
        moved_to=row["moved_to"],
        gap=None if row["gap"] is None else row["gap"] * _MICROSECOND,
        last_new=_moment_or_none(row["last_new"]),
        event=row["event"],
        event_at=_moment_or_none(row["event_at"]),
    )


def to_delivery(row: Row) -> Delivery:
    """A delivery as it was recorded, with its message."""
    return Delivery(
        id=row["id"],
        alert=row["alert_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        message=Message(**json.loads(row["message"])),
    )


def to_delivery_row(row: Row) -> DeliveryRow:
    """A delivery as commands list it, from `DELIVERY_ROW_COLUMNS`."""
    state = DeliveryState(row["state"])
    return DeliveryRow(
        id=row["id"],
        alert=row["alert_id"],
        rule=row["rule"],
        title=row["title"],
        channel=row["channel"],
        recipient=row["recipient"],
        state=state,
        attempts=row["attempts"],
        next_try=_moment_or_none(row["next_try"]) if state in _TRIED_AGAIN else None,
        last_error=row["last_error"],
        possible_repeat=bool(row["possible_repeat"]),
        last_try=_moment_or_none(row["last_try"]),
    )


def to_alert_row(
    row: Row, deliveries: tuple[DeliveryRow, ...], holds: tuple[Hold, ...] = ()
) -> AlertRow:
    """An alert as commands list it, from `ALERT_COLUMNS`."""
    return AlertRow(alert=to_alert(row), deliveries=deliveries, holds=holds)


def to_alert(row: Row) -> Alert:
    """An alert from `ALERT_COLUMNS`."""
    value: dict[str, Any] = {name: row[name] for name in _ALERT_FIELDS}
    value["severity"] = Severity(row["severity"])
    value["created"] = moment(row["created"])
    value["suppressed"] = bool(row["suppressed"])
    value["channels"] = tuple(json.loads(row["channels"]))
    value["reported_by"] = tuple(json.loads(row["reported_by"]))
    value["news"] = tuple((start, end) for start, end in json.loads(row["news"]))
    value["tally"] = _to_tally(row["tally"])
    return Alert(**value)


def _to_tally(text: str | None) -> Tally | None:
    if text is None:
        return None
    value: dict[str, Any] = json.loads(text)
    value["entries"] = tuple(Entry(**one) for one in value["entries"])
    return Tally(**value)


#: Columns of an article that are times, and lists.
_ARTICLE_TIMES = ("seen", "published", "embargoed")
_ARTICLE_LISTS = ("agencies", "remarks", "tags")


def to_article(row: Row) -> Article:
    """An article as it was recorded."""
    value: dict[str, Any] = {name: row[name] for name in _ARTICLE_FIELDS}
    value |= {name: _moment_or_none(row[name]) for name in _ARTICLE_TIMES}
    value |= {name: tuple(json.loads(row[name])) for name in _ARTICLE_LISTS}
    return Article(**value)


def to_hits(text: str) -> tuple[Hit, ...]:
    """The hits of a row of rule_match."""
    return tuple(Hit(**one) for one in json.loads(text))


def to_quarantined(row: Row) -> Quarantined:
    """A document that could not be read."""
    return Quarantined(
        source=row["source"],
        document=row["document"],
        reason=row["reason"],
        at=moment(row["at"]),
    )
