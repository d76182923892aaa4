"""Values as JSON and times as people read them: the same in every command."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from watcher.errors import Problem
from watcher.listing import (
    AlertRow,
    DeliveryRow,
)
from watcher.model import (
    Article,
    Hit,
    Hold,
    Match,
    Quarantined,
    Silence,
)

_ESCAPES = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def echo(text: str = "", *, err: bool = False, color: bool | None = None) -> None:
    """Print a line; what in it is somebody else's has gone through `plain`.

    Escape sequences are stripped where stdout is no terminal, unless ``color`` says otherwise.
    """
    click.echo(text, err=err, color=color)


def plain(text: str) -> str:
    """Somebody else's text on one line, without control characters."""
    return " ".join(text.translate(_ESCAPES).split())


def echo_json(value: object) -> None:
    """One JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode())


def show_time(moment: datetime | None, timezone: str) -> str | None:
    """RFC 3339 in the configured zone, to the second."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")


def article_json(article: Article, timezone: str) -> dict[str, Any]:
    """An article as `watcher try --json` and the archive show it."""
    return {
        "id": article.id,
        "document": article.document,
        "part": article.part,
        "parts": article.parts,
        "kind": article.kind,
        "title": article.title,
        "title_source": article.title_source,
        "place": article.place,
        "agencies": list(article.agencies),
        "language": article.language,
        "published": show_time(article.published, timezone),
        "published_source": article.published_source,
        "published_precision_s": article.published_precision_s,
        "url": article.url,
        "author": article.author,
        "section": article.section,
        "slugline": article.slugline,
        "credit": article.credit,
        "urgency": article.urgency,
        "version": article.version,
        "status": article.status,
        "embargoed": show_time(article.embargoed, timezone),
        "remarks": list(article.remarks),
        "tags": list(article.tags),
        "source": article.source,
        "encoding": article.encoding,
        "text": article.text,
    }


def match_json(match: Match) -> dict[str, Any]:
    """A match with its hits."""
    return {
        "rule": match.rule.id,
        "severity": match.rule.severity.value,
        "status": match.rule.status.value,
        "hits": [hit_json(hit) for hit in match.hits],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One hit, at its place in the article's text."""
    return {
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "term": hit.term,
        "how": hit.how,
        "field": hit.field,
        "negated": hit.negated,
    }


def alert_json(row: AlertRow, timezone: str) -> dict[str, Any]:
    """An alert with its deliveries."""
    alert = row.alert
    return {
        "id": alert.id,
        "kind": alert.kind,
        "rule": alert.rule,
        "severity": alert.severity.value,
        "title": alert.title,
        "article": alert.article,
        "story": alert.story,
        "source": alert.source,
        "created": show_time(alert.created, timezone),
        "state": row.state,
        "reason": alert.reason,
        "held": [hold_json(one, timezone) for one in row.holds],
        "deliveries": [delivery_json(one, timezone) for one in row.deliveries],
    }


def hold_json(hold: Hold, timezone: str) -> dict[str, Any]:
    """A channel that is told later: until when, and why."""
    until = show_time(hold.due, timezone)
    return {"channel": hold.channel, "until": until, "why": hold.code}


def silence_json(row: Silence, timezone: str) -> dict[str, Any]:
    """A silence in force."""
    return {
        "id": row.id,
        "rule": row.rule or None,
        "story": row.story or None,
        "tag": row.tag or None,
        "until": show_time(row.until, timezone),
        "why": row.why,
        "author": row.author,
        "created": show_time(row.created, timezone),
        "state": "active",
    }


def delivery_json(row: DeliveryRow, timezone: str) -> dict[str, Any]:
    """A delivery, without the alert it belongs to."""
    return {
        "id": row.id,
        "channel": row.channel,
        "recipient": row.recipient,
        "state": row.state.value,
        "attempts": row.attempts,
        "next_try": show_time(row.next_try, timezone),
        "last_try": show_time(row.last_try, timezone),
        "last_error": row.last_error or None,
        "possible_repeat": row.possible_repeat,
    }


def queue_json(row: DeliveryRow, timezone: str) -> dict[str, Any]:
    """A delivery with the alert it belongs to."""
    return {
        **delivery_json(row, timezone),
        "alert": row.alert,
        "rule": row.rule,
        "title": row.title,
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem in a file."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "level": problem.level,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def quarantine_json(one: Quarantined, timezone: str) -> dict[str, Any]:
    """A document that could not be read."""
    return {
        "source": one.source,
        "document": one.document,
        "reason": one.reason,
        "at": show_time(one.at, timezone),
    }


def echo_rows(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for row in rows:
        echo_json(row)
