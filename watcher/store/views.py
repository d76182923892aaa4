"""What commands list: alerts, deliveries and the overview, always read in bounded pieces."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from watcher import notices
from watcher.listing import (
    AlertRow,
    ChannelRow,
    DeliveryRow,
    Overview,
    SourceHealth,
    SourceRow,
)
from watcher.model import (
    DeliveryState,
    Hold,
    Quarantined,
)
from watcher.store.driver import Draft, Driver, Row, Statements, Values, select_in
from watcher.store.holds import silences, to_hold
from watcher.store.rows import (
    ALERT_COLUMNS,
    DELIVERY_ROW_COLUMNS,
    micros,
    moment,
    to_alert_row,
    to_delivery_row,
    to_quarantined,
    to_source_state,
)

#: Rows read at a time: a list of any length takes little memory and holds no transaction open.
_PAGE = 500
#: The most recent quarantined documents that the overview shows.
_QUARANTINE_SHOWN = 50
_BEFORE_ALL = -(2**62)
_AFTER_ALL = 2**62

_DELIVERIES_OF = f"""
    SELECT {DELIVERY_ROW_COLUMNS}
    FROM delivery JOIN alert ON alert.id = delivery.alert_id
    WHERE delivery.alert_id IN ({{names}})
"""

#: Days of 24 hours back from now.
_TRENDS = """
    SELECT rule, (:now - at) / :day AS ago, COUNT(*) AS matches
    FROM rule_match WHERE at > :first GROUP BY rule, (:now - at) / :day
"""
_HOLDS_OF = """
    SELECT alert_id, channel, due, code, gather FROM held WHERE alert_id IN ({names})
"""
#: The digests that tell of an alert among others.
_DIGESTS_OF = f"""
    SELECT digest.alert_id AS told, {DELIVERY_ROW_COLUMNS}
    FROM digest JOIN delivery ON delivery.id = digest.delivery_id
    JOIN alert ON alert.id = delivery.alert_id
    WHERE digest.alert_id IN ({{names}})
"""

_DELIVERIES_IN = f"""
    SELECT {DELIVERY_ROW_COLUMNS}
    FROM delivery JOIN alert ON alert.id = delivery.alert_id
    WHERE delivery.state = :state AND delivery.dropped = 0
        AND (delivery.created, delivery.id) > (:created, :id)
    ORDER BY delivery.created, delivery.id LIMIT {_PAGE}
"""

#: Channels that something was ever tried on, without reading all that was; what is not done, and
#: what is held.
_CHANNELS = """
    WITH RECURSIVE tried (channel) AS (
        SELECT MIN(channel) FROM delivery_log
        UNION ALL
        SELECT (SELECT MIN(later.channel) FROM delivery_log AS later
                WHERE later.channel > tried.channel)
        FROM tried WHERE tried.channel IS NOT NULL
    )
    SELECT channel, SUM(waiting) AS waiting, SUM(dead) AS dead, SUM(held) AS held FROM (
        SELECT channel, 0 AS waiting, 0 AS dead, 0 AS held FROM tried WHERE channel IS NOT NULL
        UNION ALL
        SELECT channel, CASE WHEN state = 'dead' THEN 0 ELSE 1 END AS waiting,
            CASE WHEN state = 'dead' AND dropped = 0 THEN 1 ELSE 0 END AS dead, 0 AS held
        FROM delivery WHERE state IN ('pending', 'claimed', 'later', 'dead')
        UNION ALL
        SELECT channel, 0 AS waiting, 0 AS dead, 1 AS held FROM held
    ) AS together GROUP BY channel ORDER BY channel
"""
_LAST_SUCCESS = """
    SELECT MAX(at) AS at FROM delivery_log WHERE channel = :channel AND outcome = 'done'
"""
#: How the channel's latest attempt ended.
_LAST_ERROR = """
    SELECT error FROM delivery_log WHERE channel = :channel
    ORDER BY at DESC, attempt DESC, delivery_id LIMIT 1
"""
_DAY = 86_400_000_000
#: A late date is a mistake of the publisher, and so is one of last year: neither is lag.
_HEALTH = f"""
    SELECT source, MIN(seen) AS first,
        COUNT(CASE WHEN seen >= :day THEN 1 END) AS day,
        COUNT(CASE WHEN seen < :day THEN 1 END) AS before,
        AVG(CASE WHEN published_source = 'document' AND seen - published BETWEEN 0 AND {_DAY}
            THEN seen - published END) AS lag
    FROM article WHERE seen >= :first AND kind <> '{notices.KIND}' GROUP BY source
"""


def alerts(
    driver: Driver,
    since: datetime | None,
    rule: str | None,
    channel: str | None,
    only: str | None = None,
) -> Iterator[AlertRow]:
    """See `watcher.interfaces.Store.alerts`."""
    conditions = ["(created, id) < (:created, :id)"]
    values: Draft = {"created": _AFTER_ALL, "id": ""}
    if since is not None:
        conditions.append("created >= :since")
        values["since"] = micros(since)
    if only is not None:
        conditions.append("id = :only")
        values["only"] = only
    if rule is not None:
        conditions.append("rule = :rule")
        values["rule"] = rule
    if channel is not None:
        conditions.append(
            "(EXISTS (SELECT 1 FROM delivery LEFT JOIN digest ON digest.delivery_id = delivery.id"
            " WHERE (delivery.alert_id = alert.id OR digest.alert_id = alert.id)"
            " AND delivery.channel = :channel) OR EXISTS (SELECT 1 FROM held"
            " WHERE held.alert_id = alert.id AND held.channel = :channel))"
        )
        values["channel"] = channel
    sql = (
        f"SELECT {', '.join(ALERT_COLUMNS)} FROM alert WHERE {' AND '.join(conditions)}"
        f" ORDER BY created DESC, id DESC LIMIT {_PAGE}"
    )
    rows: Sequence[Row] = ()
    while not values["id"] or len(rows) == _PAGE:
        with driver.transaction(read_only=True) as tx:
            rows = tx.query(sql, values)
            found = alert_rows(tx, rows)
        yield from found
        if not rows:
            return
        values |= {"created": rows[-1]["created"], "id": rows[-1]["id"]}


def alert_rows(tx: Statements, rows: Sequence[Row]) -> list[AlertRow]:
    """Alerts with their deliveries and holds, from `ALERT_COLUMNS`."""
    deliveries = _deliveries_of(tx, rows)
    holds = _holds_of(tx, rows)
    return [
        to_alert_row(row, tuple(deliveries.get(row["id"], ())), tuple(holds.get(row["id"], ())))
        for row in rows
    ]


def _deliveries_of(tx: Statements, rows: Sequence[Row]) -> dict[str, list[DeliveryRow]]:
    ids = [row["id"] for row in rows]
    found = [(row["alert_id"], row) for row in select_in(tx, _DELIVERIES_OF, ids)]
    found += [(row["told"], row) for row in select_in(tx, _DIGESTS_OF, ids)]
    result: dict[str, list[DeliveryRow]] = {}
    for alert, row in sorted(found, key=lambda one: (one[1]["channel"], one[1]["recipient"])):
        result.setdefault(alert, []).append(to_delivery_row(row))
    return result


def _holds_of(tx: Statements, rows: Sequence[Row]) -> dict[str, list[Hold]]:
    result: dict[str, list[Hold]] = {}
    found = select_in(tx, _HOLDS_OF, [row["id"] for row in rows])
    for row in sorted(found, key=lambda one: (one["due"], one["channel"])):
        result.setdefault(row["alert_id"], []).append(to_hold(row))
    return result


def deliveries(driver: Driver, states: Sequence[DeliveryState]) -> Iterator[DeliveryRow]:
    """See `watcher.interfaces.Store.deliveries`."""
    # Each state by itself follows its index; in one statement every page would sort them all.
    lists = [_in_state(driver, state) for state in dict.fromkeys(states)]
    for row in heapq.merge(*lists, key=lambda row: (row["created"], row["id"])):
        yield to_delivery_row(row)


def _in_state(driver: Driver, state: DeliveryState) -> Iterator[Row]:
    values: Draft = {"state": str(state), "created": _BEFORE_ALL, "id": ""}
    while True:
        with driver.transaction(read_only=True) as tx:
            rows = tx.query(_DELIVERIES_IN, values)
        yield from rows
        if len(rows) < _PAGE:
            return
        values |= {"created": rows[-1]["created"], "id": rows[-1]["id"]}


def trends(tx: Statements, days: int) -> dict[str, tuple[int, ...]]:
    """See `watcher.interfaces.Store.trends`."""
    now = int(tx.query("SELECT watcher_now() AS now")[0]["now"])
    counts: dict[str, list[int]] = {}
    for row in tx.query(_TRENDS, {"now": now, "first": now - days * _DAY, "day": _DAY}):
        # A clock that was set back makes matches of the future: they are of today.
        ago = max(0, int(row["ago"]))
        counts.setdefault(row["rule"], [0] * days)[days - 1 - ago] += row["matches"]
    return {rule: tuple(each) for rule, each in counts.items()}


def overview(tx: Statements) -> Overview:
    """See `watcher.interfaces.Store.overview`."""
    (totals,) = tx.query(
        """
        SELECT watcher_now() AS now,
            (SELECT COUNT(*) FROM article) AS articles,
            (SELECT COUNT(*) FROM article WHERE source = :own AND kind = :notice) AS notices,
            (SELECT COUNT(*) FROM alert) AS alerts,
            (SELECT COUNT(*) FROM alert WHERE code = 'no-route') AS unrouted
        """,
        {"own": notices.SOURCE, "notice": notices.KIND},
    )
    notes = tx.query("SELECT name, value FROM note ORDER BY name")
    return Overview(
        now=moment(totals["now"]),
        # What we said ourselves is no news.
        articles=totals["articles"] - totals["notices"],
        alerts=totals["alerts"],
        unrouted=totals["unrouted"],
        sources=_sources(tx),
        channels=_channels(tx),
        quarantine=_quarantine(tx),
        notes={row["name"]: row["value"] for row in notes},
        silences=silences(tx, int(totals["now"])),
    )


def _sources(tx: Statements) -> tuple[SourceRow, ...]:
    return tuple(
        SourceRow(
            name=row["name"],
            type=row["type"],
            paused=bool(row["paused"]),
            held=bool(row["held"]),
            state=to_source_state(row),
            articles=row["articles"],
        )
        for row in tx.query("SELECT * FROM source WHERE present = 1 ORDER BY name")
    )


def source_health(tx: Statements) -> dict[str, SourceHealth]:
    """See `watcher.interfaces.Store.source_health`."""
    now = int(tx.query("SELECT watcher_now() AS now")[0]["now"])
    values: Draft = {"day": now - _DAY, "first": now - 15 * _DAY}
    return {
        row["source"]: SourceHealth(
            day=row["day"],
            # A source of yesterday has no habit yet.
            normal=row["before"] * _DAY / (now - _DAY - row["first"])
            if row["first"] < now - 2 * _DAY
            else None,
            lag=None if row["lag"] is None else timedelta(microseconds=int(row["lag"])),
        )
        for row in tx.query(_HEALTH, values)
    }


def _channels(tx: Statements) -> tuple[ChannelRow, ...]:
    return tuple(_channel(tx, row) for row in tx.query(_CHANNELS))


def _channel(tx: Statements, row: Row) -> ChannelRow:
    named: Values = {"channel": row["channel"]}
    success = tx.query(_LAST_SUCCESS, named)[0]["at"]
    last = tx.query(_LAST_ERROR, named)
    return ChannelRow(
        name=row["channel"],
        waiting=int(row["waiting"]),
        dead=int(row["dead"]),
        held=int(row["held"]),
        last_success=None if success is None else moment(success),
        last_error=last[0]["error"] if last else "",
    )


def _quarantine(tx: Statements) -> tuple[Quarantined, ...]:
    rows = tx.query(
        "SELECT source, document, reason, at FROM quarantine"
        f" ORDER BY at DESC, id LIMIT {_QUARANTINE_SHOWN}"
    )
    return tuple(map(to_quarantined, rows))
