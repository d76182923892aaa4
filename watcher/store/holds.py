"""Alerts that are told later, silences, and what was sent lately: the tables behind timing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from watcher.model import Decision, Held, History, Hold, Released, Sending, Silence
from watcher.store.driver import Draft, Row, Statements, Values, select_in
from watcher.store.outbox import write_deliveries
from watcher.store.rows import (
    column,
    insert,
    micros,
    moment,
    to_alert,
    to_article,
    to_hits,
)
from watcher.text import digest

_INSERT_HELD = insert("held", ("alert_id", "channel", "due", "code", "gather", "at"))
_ANY_DUE = """
    SELECT 1 AS due FROM held
    WHERE channel = :channel AND due <= (SELECT watcher_now()) LIMIT 1
"""
#: All of one occasion are due at the same moment; so many are one digest.
_DUE = """
    SELECT alert_id, channel, due, code, gather FROM held
    WHERE channel = :channel AND due <= :now ORDER BY due, at, alert_id LIMIT 1000
"""
_HITS = "SELECT article_id, rule, hits FROM rule_match WHERE article_id IN ({names})"
#: Tell that nothing more comes of alerts that nobody was told of.
_DROP = """
    UPDATE alert SET suppressed = 1, code = 'dropped', reason = :reason
    WHERE id = :alert
        AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.alert_id = alert.id)
        AND NOT EXISTS (SELECT 1 FROM digest WHERE digest.alert_id = alert.id)
"""
#: An alert to several recipients of a channel is one message.
_SENT = """
    SELECT alert.rule, delivery.channel, MIN(delivery.created) AS at
    FROM delivery JOIN alert ON alert.id = delivery.alert_id
    WHERE delivery.created > :since
    GROUP BY delivery.alert_id, delivery.channel, alert.rule
"""
_GATHERING = """
    SELECT channel, gather, MIN(due) AS due FROM held
    WHERE gather <> '' AND due > :now GROUP BY channel, gather
"""
_SILENCES = "SELECT * FROM silence WHERE until > :now ORDER BY until, id"


def write_holds(tx: Statements, decisions: Iterable[Decision], now: int) -> None:
    """Remember what is told later."""
    rows: list[Values] = [
        {
            "alert_id": one.alert, "channel": one.channel, "due": micros(one.due),
            "code": one.code, "gather": column(one.group), "at": now,
        }
        for each in decisions
        for one in each.holds
    ]  # fmt: skip
    rows.sort(key=lambda row: (str(row["alert_id"]), str(row["channel"])))
    tx.executemany(_INSERT_HELD, rows)


def any_due(tx: Statements, channel: str) -> bool:
    """Whether the time of something has come that is held for this channel."""
    return bool(tx.query(_ANY_DUE, {"channel": channel}))


def release(
    tx: Statements, channel: str, now: int, compose: Callable[[Sequence[Held]], Released]
) -> int:
    """See `watcher.interfaces.Store.release_held`."""
    rows = tx.query(_DUE + tx.skip_locked, {"channel": channel, "now": now})
    if not rows:
        return 0
    released = compose(list(_read(tx, rows)))
    mine: list[Values] = [{"alert": row["alert_id"], "channel": channel} for row in rows]
    tx.executemany("DELETE FROM held WHERE alert_id = :alert AND channel = :channel", mine)
    write_deliveries(tx, released.deliveries, now)
    dropped = sorted(released.dropped.items())
    tx.executemany(_DROP, [{"alert": alert, "reason": column(why)} for alert, why in dropped])
    return len(rows)


def _read(tx: Statements, rows: Sequence[Row]) -> Iterable[Held]:
    found = select_in(
        tx, "SELECT * FROM alert WHERE id IN ({names})", {row["alert_id"] for row in rows}
    )
    alerts = {row["id"]: to_alert(row) for row in found}
    ids = {alert.article for alert in alerts.values()}
    articles = {
        row["id"]: to_article(row)
        for row in select_in(tx, "SELECT * FROM article WHERE id IN ({names})", ids)
    }
    hits = {
        (row["article_id"], row["rule"]): to_hits(row["hits"]) for row in select_in(tx, _HITS, ids)
    }
    for row in rows:
        alert = alerts[row["alert_id"]]
        yield Held(
            hold=to_hold(row),
            alert=alert,
            article=articles[alert.article],
            hits=hits.get((alert.article, alert.rule), ()),
        )


def to_hold(row: Row) -> Hold:
    """A row of held."""
    return Hold(
        alert=row["alert_id"],
        channel=row["channel"],
        due=moment(row["due"]),
        code=row["code"],
        group=row["gather"],
    )


def present(tx: Statements, now: int, memory: timedelta) -> History:
    """What any decision must know, whatever it is about."""
    return History(
        now=moment(now),
        sent=_sent_since(tx, now - micros(memory)) if memory else (),
        gathering=_gathering(tx, now),
        silences=silences(tx, now),
    )


def _sent_since(tx: Statements, since: int) -> tuple[Sending, ...]:
    """What channels were given since then, as far as limits count it."""
    return tuple(
        Sending(rule=row["rule"], channel=row["channel"], at=moment(row["at"]))
        for row in tx.query(_SENT, {"since": since})
    )


def _gathering(tx: Statements, now: int) -> dict[tuple[str, str], datetime]:
    """Channels and groups that wait for more, with the end of their wait."""
    return {
        (row["channel"], row["gather"]): moment(row["due"])
        for row in tx.query(_GATHERING, {"now": now})
    }


# --- silences ----------------------------------------------------------------------------------


def silences(tx: Statements, now: int) -> tuple[Silence, ...]:
    """Those in force, the one that ends first before the others."""
    return tuple(_to_silence(row) for row in tx.query(_SILENCES, {"now": now}))


def _to_silence(row: Row) -> Silence:
    value: dict[str, Any] = {
        name: row[name] for name in ("id", "why", "author", "rule", "story", "tag")
    }
    return Silence(**value, until=moment(row["until"]), created=moment(row["created"]))


def add_silence(tx: Statements, silence: Silence, now: int) -> Silence:
    """See `watcher.interfaces.Store.add_silence`."""
    made: Draft = {
        "id": digest(str(now), silence.rule, silence.story, silence.tag, silence.author)[:8],
        "until": now + micros(silence.until - silence.created),
        "created": now,
        **{
            name: column(getattr(silence, name))
            for name in ("why", "author", "rule", "story", "tag")
        },
    }
    names = ("id", "until", "why", "author", "created", "rule", "story", "tag")
    tx.execute(insert("silence", names), made)
    return _to_silence(made)


def end_silence(tx: Statements, start: str, now: int) -> int:
    """See `watcher.interfaces.Store.end_silence`."""
    return tx.execute(
        "UPDATE silence SET until = :now"
        " WHERE until > :now AND :length > 0 AND substr(id, 1, :length) = :start",
        {"now": now, "start": start, "length": len(start)},
    )
