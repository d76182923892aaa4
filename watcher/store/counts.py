"""What rules have found in a time, read when it is asked for; every question follows an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from watcher.counts import Counted, Entry, Spike, Still, Usual, When
from watcher.store.driver import Row, Statements, Values, select_in
from watcher.store.rows import insert, micros, moment

#: Articles looked at for a message; where there were more, nobody counts their sources.
_LOOKED_AT = 200
#: How far back what is usual is looked for, for rules that do not say.
_BASELINE = timedelta(days=14)

#: Copies are rows of their own that count as what they repeat; what does not count has NULL.
_COUNTED = """
    SELECT article_id, counts_as FROM rule_match
    WHERE rule = :rule AND at > :since AND counts_as IS NOT NULL
"""
_THINGS = """
    SELECT DISTINCT article.{column} AS thing
    FROM rule_match JOIN article ON article.id = rule_match.article_id
    WHERE rule_match.rule = :rule AND rule_match.at > :since AND rule_match.counts_as IS NOT NULL
"""
_RECENT = f"""
    SELECT rule_match.counts_as, article.source, article.story, article.title, article.url
    FROM rule_match JOIN article ON article.id = rule_match.article_id
    WHERE rule_match.rule = :rule AND rule_match.at > :since AND rule_match.counts_as IS NOT NULL
    ORDER BY rule_match.at DESC LIMIT {_LOOKED_AT}
"""
#: A match is told, or is of what was told, or its count had fallen before it (see watcher.volume).
_LAST = """
    SELECT suppressed, code FROM alert WHERE rule = :rule ORDER BY created DESC, id DESC LIMIT 1
"""
_BEFORE = """
    SELECT COUNT(DISTINCT counts_as) AS found FROM rule_match
    WHERE rule = :rule AND at > :begin AND at <= :end AND counts_as IS NOT NULL
"""
#: A rule that ran before anybody noted it has its first match.
_SINCE = """
    SELECT MIN(at) AS since FROM (
        SELECT since AS at FROM watched_rule WHERE rule = :rule
        UNION ALL
        SELECT MIN(at) AS at FROM rule_match WHERE rule = :rule
    ) AS begun
"""
#: Whoever counts holds this row until its commit: two nodes that count the same rule at once would
#: both miss the other's article, or both tell. One row for all rules, because no two batches ask
#: for theirs in the same order.
_LOCK = "SELECT rule FROM watched_rule WHERE rule = ''"

_INSERT_WATCHED = insert("watched_rule", ("rule", "since", "told"))
_STILL = """
    SELECT rule, since, told, (
        SELECT at FROM rule_match
        WHERE rule_match.rule = watched_rule.rule AND rule_match.counts_as IS NOT NULL
        ORDER BY at DESC LIMIT 1
    ) AS last
    FROM watched_rule WHERE rule IN ({names})
"""


class StoredCounts:
    """`watcher.counts.Counts` inside one transaction."""

    def __init__(self, tx: Statements, now: int) -> None:
        self._tx = tx
        self._now = now
        self._locked = False

    def counted(self, rule: str, volume: When | Spike) -> Counted:
        """See `Counts`."""
        if self._tx.wait_locked and not self._locked:
            self._tx.query(_LOCK + self._tx.wait_locked)
            self._locked = True
        span = volume.within if isinstance(volume, When) else volume.window
        column = (isinstance(volume, When) and volume.distinct) or "counts_as"
        values: Values = {"rule": rule, "since": self._now - micros(span)}
        counts_as = {
            row["article_id"]: row["counts_as"] for row in self._tx.query(_COUNTED, values)
        }
        things: Iterable[str] = counts_as.values()
        if column != "counts_as":
            found = self._tx.query(_THINGS.format(column=column), values)
            things = (row["thing"] for row in found)
        recent = self._tx.query(_RECENT, values)
        all_seen = len(counts_as) <= _LOOKED_AT
        return Counted(
            values=frozenset(things),
            counts_as=counts_as,
            recent=_newest(recent, column),
            sources=frozenset(row["source"] for row in recent) if all_seen else None,
            running=self._is_running(rule),
        )

    def usual(self, rule: str, volume: When | Spike) -> Usual:
        """See `Counts`."""
        span = volume.window if isinstance(volume, Spike) else volume.within
        asked = volume.baseline if isinstance(volume, Spike) else _BASELINE
        end = self._now - micros(span)
        (found,) = self._tx.query(_SINCE, {"rule": rule})
        since = end if found["since"] is None else int(found["since"])
        begin = min(max(end - micros(asked), since), end)
        known = moment(end) - moment(begin)
        if not known:
            return Usual(per_day=0.0, known=known, asked=asked)
        (before,) = self._tx.query(_BEFORE, {"rule": rule, "begin": begin, "end": end})
        per_day = int(before["found"]) * (timedelta(days=1) / known)
        return Usual(per_day=per_day, known=known, asked=asked)

    def _is_running(self, rule: str) -> bool:
        """Whether what the rule last found was told, or goes on what was."""
        last = self._tx.query(_LAST, {"rule": rule})
        return bool(last) and (not last[0]["suppressed"] or last[0]["code"] == "same-episode")


def _newest(rows: Sequence[Row], column: str) -> tuple[tuple[str, Entry], ...]:
    """The newest article of each thing that is counted."""
    found: dict[str, Entry] = {}
    for row in rows:
        entry = Entry(title=row["title"], source=row["source"], url=row["url"])
        found.setdefault(row[column], entry)
    return tuple(found.items())


def watch(tx: Statements, rules: Collection[str], now: int) -> dict[str, Still]:
    """Remember since when these rules run, and forget all others; since when each of them has
    found nothing, but for those of which that was told."""
    rows = tx.query("SELECT rule FROM watched_rule WHERE rule <> '' ORDER BY rule")
    known = {row["rule"] for row in rows}
    gone = sorted(known.difference(rules))
    tx.executemany("DELETE FROM watched_rule WHERE rule = :rule", [{"rule": one} for one in gone])
    new: list[Values] = [
        {"rule": one, "since": now, "told": None} for one in sorted(set(rules) - known)
    ]
    tx.executemany(_INSERT_WATCHED, new)
    still: dict[str, Still] = {}
    for row in select_in(tx, _STILL, rules):
        since = max(row["since"], row["last"] or 0)
        if row["told"] != since:
            last = None if row["last"] is None else moment(row["last"])
            still[row["rule"]] = Still(since=moment(since), last=last)
    return still


def settle_lulls(tx: Statements, rules: Iterable[str], still: dict[str, Still]) -> None:
    """Remember that it was told of these rules since when they have found nothing."""
    told: list[Values] = [
        {"rule": rule, "told": micros(still[rule].since)}
        for rule in sorted(set(rules) & set(still))
    ]
    tx.executemany("UPDATE watched_rule SET told = :told WHERE rule = :rule", told)
