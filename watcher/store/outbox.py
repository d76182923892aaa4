"""The outbox: claiming deliveries, settling them, and giving back what a dead node held."""

from __future__ import annotations

from watcher.model import Claim, DeliveryState, Lane, Settlement
from watcher.store.driver import Draft, Statements
from watcher.store.handling import take_over
from watcher.store.rows import column, delivery_row, micros, moment, to_delivery

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
    INSERT INTO delivery_log (delivery_id, attempt, at, outcome, error)
    VALUES (:id, :attempt, :at, :outcome, :error)
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
        line: Draft = {"id": claim.delivery.id, "attempt": claim.attempt, "at": now}
        tx.execute(_LOG, line | {"outcome": str(settlement.state), "error": error})
        rows = [delivery_row(one, now, now) for one in settlement.instead]
        take_over(tx, claim.delivery.id, rows)


def return_claimed(tx: Statements, owner: str) -> int:
    """How many deliveries, claimed by this owner, went back to pending."""
    return tx.execute(_RETURN_OF_OWNER, {"owner": owner})


def next_due(tx: Statements) -> int | None:
    """When the next delivery is due, in microseconds."""
    at: int | None = tx.query(_NEXT_DUE)[0]["at"]
    return at
