"""What became of an archived article: its story, its alerts, each delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from watcher.cli.output import alert_json, hit_json, plain, show_time
from watcher.cli.phrases import Speaker
from watcher.listing import AlertRow, ArticleRow, DeliveryRow, MatchRow, RelatedRow
from watcher.model import DeliveryState

#: Other articles of a story that are named, and sentences that changed.
_OTHERS, _CHANGES = 8, 12


def life_lines(row: ArticleRow, timezone: str, speak: Speaker) -> Iterator[str]:
    """The life of an article, line by line."""
    article = row.article
    yield speak("life")
    seen = show_time(article.seen, timezone)
    yield "  " + speak("seen", time=seen, source=article.source)
    yield from _story(row, timezone, speak)
    if row.changes:
        yield "  " + speak("changed")
        yield from (f"    {plain(one)}" for one in row.changes[:_CHANGES])
    if not row.alerts:
        yield "  " + speak("no alert")
    for alert in row.alerts:
        yield from alert_lines(alert, timezone, speak)


def _story(row: ArticleRow, timezone: str, speak: Speaker) -> Iterator[str]:
    first = row.story == row.article.id
    reason = speak("first of story") if first else plain(row.story_reason)
    if row.duplicate_of:
        reason = reason or speak("duplicate of", of=row.duplicate_of)
    if row.revision_of:
        reason = reason or speak("revision of", of=row.revision_of)
    yield "  " + speak("story", story=row.story, reason=reason)
    if row.others:
        yield "  " + speak("in story")
        for one in row.others[:_OTHERS]:
            yield f"    {related_line(one, timezone)}"
        if len(row.others) > _OTHERS:
            yield "    " + speak("more in story", count=len(row.others) - _OTHERS)


def related_line(one: RelatedRow, timezone: str) -> str:
    """Another article in one line."""
    return f"{one.article}  {show_time(one.seen, timezone)}  {one.source}: {plain(one.title)}"


def alert_lines(row: AlertRow, timezone: str, speak: Speaker) -> Iterator[str]:
    """An alert: why it was told or not, and what became of each delivery."""
    alert = row.alert
    if alert.suppressed:
        yield f"  ✗ {alert.rule}: " + speak("suppressed", reason=plain(speak.reason(row)))
        return
    reason = plain(speak.reason(row))
    yield f"  ✓ {alert.rule}: " + speak("alert", id=alert.id, kind=alert.kind, reason=reason)
    for hold in row.holds:
        time, why = show_time(hold.due, timezone), speak.why_held(hold.code)
        yield "      " + speak("held", channel=hold.channel, time=time, why=why)
    for one in row.deliveries:
        yield "      " + _delivery(one, timezone, speak)


def _delivery(row: DeliveryRow, timezone: str, speak: Speaker) -> str:
    def time(moment: datetime | None) -> str:
        return show_time(moment, timezone) or "?"

    key = row.state.value
    # What was never tried waits for a press embargo to end.
    if row.state is DeliveryState.LATER and not row.attempts:
        key = "waits"
    told = DeliveryState.DONE, DeliveryState.DEAD
    line = speak(
        key,
        to=f"{row.channel} ({row.recipient})",
        time=time(row.last_try if row.state in told else row.next_try),
        attempts=row.attempts,
        error=plain(row.last_error),
    )
    return line + (speak("possible repeat") if row.possible_repeat else "")


# --- JSON ----------------------------------------------------------------------------------------


def life_json(row: ArticleRow, timezone: str) -> dict[str, Any]:
    """The same facts."""
    return {
        "source": row.article.source,
        "seen": show_time(row.article.seen, timezone),
        "story": row.story,
        "story_reason": row.story_reason,
        "duplicate_of": row.duplicate_of,
        "revision_of": row.revision_of,
        "changes": list(row.changes),
        "others": [related_json(one, timezone) for one in row.others],
        "matches": [_match_json(one, timezone) for one in row.matches],
        "alerts": [alert_json(one, timezone) for one in row.alerts],
    }


def related_json(one: RelatedRow, timezone: str) -> dict[str, Any]:
    """Another article, without its text."""
    return {
        "id": one.article,
        "source": one.source,
        "title": one.title,
        "seen": show_time(one.seen, timezone),
        "duplicate_of": one.duplicate_of,
        "revision_of": one.revision_of,
        "reason": one.reason,
    }


def _match_json(one: MatchRow, timezone: str) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity.value,
        "status": one.status.value,
        "at": show_time(one.at, timezone),
        "hits": [hit_json(hit) for hit in one.hits],
    }
