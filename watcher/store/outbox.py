"""The outbox: claiming deliveries, settling them, and giving back what a dead node held."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.model import Claim, Delivery, DeliveryState, Lane, Settlement
from watcher.store.driver import Draft, Statements, Values
from watcher.store.rows import column, delivery_row, insert, micros, moment, to_delivery

_INSERT = insert(
    "delivery",
    ("id", "alert_id", "channel", "recipient", "state", "next_try", "message", "created"),
)
_INSERT_DIGEST = insert("digest", ("delivery_id", "alert_id"))
#: What a delivery tells of that another one told of.
_SAME_DIGEST = """
    INSERT INTO digest (delivery_id, alert_id)
    SELECT :new, digest.alert_id FROM digest WHERE digest.delivery_id = :old
    ON CONFLICT DO NOTHING
"""

#: What is pending is due whatever its time says: a clock that was set back holds nothing up. What
#: is claimed counts as well: whoever claimed it may be gone.
_ANY_DUE = """
    SELECT 1 AS due FROM delivery
    WHERE channel = :channel AND state IN ('pending', 'claimed')
    UNION ALL
    SELECT 1 AS due FROM delivery
    WHERE channel = :channel AND state = 'later' AND next_try <= (SELECT watcher_now())
    LIMIT 1
"""
_RETURN_STALE = """
    UPDATE delivery SET state = 'pending', possible_repeat = 1
    WHERE channel = :channel AND state = 'claimed' AND token <> :token
"""
_OLDEST_PENDING = """
    SELECT * FROM delivery WHERE channel = :channel AND state = 'pending'
    ORDER BY created, id LIMIT 1
"""
_OLDEST_LATER = """
    SELECT * FROM delivery WHERE channel = :channel AND state = 'later' AND next_try <= :now
    ORDER BY created, id LIMIT 1
"""
_CLAIM = """
    UPDATE delivery SET state = 'claimed', attempts = attempts + 1, token = :token
    WHERE id = :id
"""
#: Once an attempt may have arrived, every later one may be a repeat.
_SETTLE = """
    UPDATE delivery SET state = :state, next_try = :next_try, last_error = :error,
        possible_repeat = CASE WHEN :repeat = 1 THEN 1 ELSE possible_repeat END
    WHERE id = :id AND state = 'claimed' AND token = :token
"""
_LOG = """
    INSERT INTO delivery_log (delivery_id, channel, attempt, at, outcome, error)
    VALUES (:id, :channel, :attempt, :at, :outcome, :error)
    ON CONFLICT (delivery_id, attempt) DO UPDATE SET
        at = excluded.at, outcome = excluded.outcome, error = excluded.error
"""
_RETURN_OF_OWNER = """
    UPDATE delivery SET state = 'pending', possible_repeat = 1
    WHERE state = 'claimed'
        AND channel IN (SELECT name FROM lane WHERE kind = 'channel' AND owner = :owner)
"""
#: What another node has claimed is due when that node's lease ends, if it never settles it.
_NEXT_DUE = """
    SELECT MIN(at) AS at FROM (
        SELECT MIN(created) AS at FROM delivery WHERE state = 'pending'
        UNION ALL
        SELECT MIN(next_try) AS at FROM delivery WHERE state = 'later'
        UNION ALL
        SELECT MIN(lane.lease_until) AS at
        FROM delivery JOIN lane ON lane.kind = 'channel' AND lane.name = delivery.channel
        WHERE delivery.state = 'claimed'
        UNION ALL
        SELECT MIN(due) AS at FROM held
    ) AS dues
"""


def write_deliveries(tx: Statements, deliveries: Sequence[Delivery], now: int) -> None:
    """New rows of the outbox, in the order in which they are to be sent."""
    # A microsecond apart, so that they keep it.
    rows = [delivery_row(one, now, now + number) for number, one in enumerate(deliveries)]
    tx.executemany(_INSERT, sorted(rows, key=lambda row: str(row["id"])))
    digests: list[Values] = [
        {"delivery_id": one.id, "alert_id": alert} for one in deliveries for alert in one.also
    ]
    digests.sort(key=lambda row: (str(row["delivery_id"]), str(row["alert_id"])))
    tx.executemany(_INSERT_DIGEST, digests)


def _take_over(tx: Statements, old: str, instead: Sequence[Delivery], now: int) -> None:
    """Deliveries on another channel in place of one that does not arrive; of the same alerts.

    An alert that the other channel has anyway is not told there twice.
    """
    for one in sorted(instead, key=lambda one: one.id):
        if tx.execute(_INSERT, delivery_row(one, now, now)):
            tx.execute(_SAME_DIGEST, {"new": one.id, "old": old})


def any_due(tx: Statements, channel: str) -> bool:
    """Whether this channel may have something to claim."""
    return bool(tx.query(_ANY_DUE, {"channel": channel}))


def claim_oldest(tx: Statements, lane: Lane, now: int) -> Claim | None:
    """Under the channel's lane: return what was claimed before, then claim the oldest due."""
    tx.execute(_RETURN_STALE, {"channel": lane.name, "token": lane.token})
    values: Draft = {"channel": lane.name, "now": now}
    # Two statements, because each has its index, however long the outbox has become.
    due = [*tx.query(_OLDEST_PENDING, values), *tx.query(_OLDEST_LATER, values)]
    if not due:
        return None
    row = min(due, key=lambda row: (row["created"], row["id"]))
    tx.execute(_CLAIM, {"id": row["id"], "token": lane.token})
    return Claim(
        delivery=to_delivery(row),
        lane=lane,
        attempt=row["attempts"] + 1,
        created=moment(row["created"]),
        now=moment(now),
        possible_repeat=bool(row["possible_repeat"]),
    )


def settle(tx: Statements, claim: Claim, settlement: Settlement, now: int) -> None:
    """See `watcher.interfaces.Store.settle`."""
    later = settlement.state in (DeliveryState.LATER, DeliveryState.PENDING)
    error = column(settlement.error)
    change: Draft = {
        "id": claim.delivery.id,
        "state": str(settlement.state),
        "next_try": now + micros(settlement.wait) if later else None,
        "error": error,
        "repeat": int(settlement.possible_repeat),
        "token": claim.lane.token,
    }
    if tx.execute(_SETTLE, change):
        line: Draft = {"id": claim.delivery.id, "channel": claim.delivery.channel}
        line |= {"attempt": claim.attempt, "at": now, "error": error}
        tx.execute(_LOG, line | {"outcome": str(settlement.state)})
        _take_over(tx, claim.delivery.id, settlement.instead, now)


def return_claimed(tx: Statements, owner: str) -> int:
    """How many deliveries, claimed by this owner, went back to pending."""
    return tx.execute(_RETURN_OF_OWNER, {"owner": owner})


def next_due(tx: Statements) -> int | None:
    """When the next delivery is due, in microseconds."""
    at: int | None = tx.query(_NEXT_DUE)[0]["at"]
    return at
