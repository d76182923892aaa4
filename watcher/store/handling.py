"""What people do with alerts and deliveries: look at one, send again, give up, judge."""

from __future__ import annotations

from collections.abc import Iterable

from watcher.listing import AlertDetail, AttemptRow, Feedback, Usefulness
from watcher.model import DeliveryState
from watcher.store.driver import Draft, Statements, select_in
from watcher.store.rows import column, moment, to_delivery

_ALERTS = "SELECT id FROM alert WHERE id >= :start AND id < :end ORDER BY id LIMIT 3"
#: Those of an alert, also where it was told in a digest.
_DELIVERIES = """
    SELECT delivery.* FROM delivery WHERE alert_id = :alert
    UNION
    SELECT delivery.* FROM delivery JOIN digest ON digest.delivery_id = delivery.id
    WHERE digest.alert_id = :alert
"""
_LOG = """
    SELECT delivery_id, attempt, at, outcome, error FROM delivery_log
    WHERE delivery_id IN ({names})
"""
_FEEDBACK = "SELECT useful, note, author, at FROM feedback WHERE alert_id = :alert"
_GIVE_FEEDBACK = """
    INSERT INTO feedback (alert_id, useful, note, author, at)
    VALUES (:alert, :useful, :note, :author, watcher_now())
    ON CONFLICT (alert_id) DO UPDATE SET
        useful = excluded.useful, note = excluded.note, author = excluded.author, at = excluded.at
"""
_USEFULNESS = """
    SELECT alert.rule, COUNT(CASE WHEN useful = 1 THEN 1 END) AS useful,
        COUNT(CASE WHEN useful = 0 THEN 1 END) AS useless
    FROM feedback JOIN alert ON alert.id = feedback.alert_id GROUP BY alert.rule
"""
#: As if it were new: it has all the time again that a new one has. Its attempts go on counting.
_AGAIN = """
    UPDATE delivery SET state = 'pending', next_try = :now, created = :now, dropped = 0,
        possible_repeat = CASE WHEN state = 'done' THEN 1 ELSE possible_repeat END
    WHERE id = :id AND state <> 'claimed'
"""
_DROP = """
    UPDATE delivery SET state = 'dead', dropped = 1, next_try = NULL, last_error = :why
    WHERE id = :id AND state <> 'done'
"""


def find_alerts(tx: Statements, start: str) -> list[str]:
    """The ids of alerts that begin so, three at most."""
    # Behind every id that begins so: ids are of hexadecimal digits.
    rows = tx.query(_ALERTS, {"start": start, "end": start + "g"})
    return [row["id"] for row in rows]


def detail(tx: Statements, alert: str) -> AlertDetail:
    """What was sent of an alert, each attempt, and what readers said of it."""
    rows = tx.query(_DELIVERIES, {"alert": alert})
    ids = [row["id"] for row in rows]
    log = sorted(select_in(tx, _LOG, ids), key=lambda row: (row["at"], row["attempt"]))
    said = tx.query(_FEEDBACK, {"alert": alert})
    return AlertDetail(
        messages={row["id"]: to_delivery(row).message for row in rows},
        attempts=tuple(
            AttemptRow(
                delivery=row["delivery_id"],
                attempt=row["attempt"],
                at=moment(row["at"]),
                outcome=DeliveryState(row["outcome"]),
                error=row["error"],
            )
            for row in log
        ),
        feedback=next(
            (
                Feedback(
                    useful=bool(row["useful"]),
                    note=row["note"],
                    author=row["author"],
                    at=moment(row["at"]),
                )
                for row in said
            ),
            None,
        ),
    )


def give_feedback(tx: Statements, alert: str, useful: bool, note: str, author: str) -> None:
    """Remember what a reader thinks of an alert; the last word counts."""
    values: Draft = {"alert": alert, "useful": int(useful)}
    tx.execute(_GIVE_FEEDBACK, values | {"note": column(note), "author": column(author)})


def usefulness(tx: Statements) -> dict[str, Usefulness]:
    """See `watcher.interfaces.Store.usefulness`."""
    rows = tx.query(_USEFULNESS)
    return {row["rule"]: Usefulness(useful=row["useful"], useless=row["useless"]) for row in rows}


def judged(tx: Statements) -> dict[tuple[str, str], bool]:
    """See `watcher.interfaces.Store.judged`."""
    rows = tx.query(
        "SELECT alert.rule, alert.article, feedback.useful"
        " FROM feedback JOIN alert ON alert.id = feedback.alert_id"
    )
    return {(row["rule"], row["article"]): bool(row["useful"]) for row in rows}


def resend(tx: Statements, alert: str, now: int) -> int:
    """Send what there is of an alert once more; what is held goes now. Returns how many."""
    rows = tx.query(_DELIVERIES, {"alert": alert})
    again = sum(tx.execute(_AGAIN, {"id": row["id"], "now": now}) for row in rows)
    return again + tx.execute(
        "UPDATE held SET due = :now WHERE alert_id = :alert AND due > :now",
        {"alert": alert, "now": now},
    )


def retry(tx: Statements, ids: Iterable[str], now: int) -> int:
    """Try these deliveries now, dead ones too; how many that are."""
    return sum(tx.execute(_AGAIN, {"id": one, "now": now}) for one in sorted(ids))


def drop(tx: Statements, ids: Iterable[str], why: str) -> int:
    """Give these deliveries up for good; how many that are."""
    return sum(tx.execute(_DROP, {"id": one, "why": column(why)}) for one in sorted(ids))
