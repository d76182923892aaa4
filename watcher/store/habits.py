"""Lines that a source repeats under different headlines: counted, learned, taken back."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.listing import FurnitureRow
from watcher.model import Decision, Outcome
from watcher.store.driver import Draft, Statements, Values, select_in
from watcher.store.rows import column, insert, moment
from watcher.text import digest, fold_key

#: Under so many headlines a line is furniture.
ENOUGH = 3
#: What was seen so long ago, in microseconds, counts no more.
_FORGET = 14 * 86_400_000_000

_INSERT_LINE = insert("line", ("source", "key", "headline", "line", "at"))
_INSERT_FURNITURE = insert("furniture", ("source", "key", "line", "kept", "at"))
_REPEATED = f"""
    SELECT key, MIN(line) AS line FROM line WHERE source = :source AND key IN ({{names}})
    GROUP BY key HAVING COUNT(*) >= {ENOUGH}
"""


def learn(tx: Statements, source: str, decisions: Sequence[Decision], now: int) -> None:
    """Count the lines of new articles, and call furniture what was repeated often enough.

    Only articles that are new, and under headlines that differ: the same article, fetched again,
    revised or copied, repeats all its lines. A line in which a rule found something is text.
    """
    rows: dict[tuple[str, str], Values] = {}
    for decision in decisions:
        if decision.verdict.outcome is not Outcome.NEW:
            continue
        headline = digest(fold_key(decision.candidate.article.title))
        for key, line in _lines(decision):
            rows[key, headline] = {
                "source": source,
                "key": key,
                "headline": headline,
                "line": column(line),
                "at": now,
            }
    if not rows:
        return
    tx.executemany(_INSERT_LINE, [rows[each] for each in sorted(rows)])
    values: Draft = {"source": source, "old": now - _FORGET}
    tx.execute("DELETE FROM line WHERE source = :source AND at < :old", values)
    found = select_in(tx, _REPEATED, {key for key, _ in rows}, {"source": source})
    learned: list[Values] = [
        {"source": source, "key": row["key"], "line": row["line"], "kept": 0, "at": now}
        for row in sorted(found, key=lambda row: str(row["key"]))
    ]
    tx.executemany(_INSERT_FURNITURE, learned)


def _lines(decision: Decision) -> list[tuple[str, str]]:
    candidate = decision.candidate
    hits = {hit.text for match in candidate.matches for hit in match.hits}
    return [each for each in candidate.lines if not any(hit in each[1] for hit in hits)]


def furniture(tx: Statements, source: str) -> list[FurnitureRow]:
    """See `watcher.interfaces.Store.furniture`."""
    sql = "SELECT * FROM furniture WHERE source = :source ORDER BY at DESC, key"
    return [
        FurnitureRow(key=row["key"], line=row["line"], kept=bool(row["kept"]), at=moment(row["at"]))
        for row in tx.query(sql, {"source": source})
    ]


def keep_line(tx: Statements, source: str, key: str, *, kept: bool) -> bool:
    """See `watcher.interfaces.Store.keep_line`."""
    found = tx.query(
        "UPDATE furniture SET kept = :kept WHERE source = :source AND key = :key RETURNING key",
        {"source": source, "key": key, "kept": int(kept)},
    )
    return bool(found)
