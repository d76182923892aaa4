"""The one transaction of ingest: fence, claim keys, read history, decide, write everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from watcher.errors import LostLease
from watcher.model import (
    Candidate,
    Decision,
    History,
    Lane,
    Nearby,
    Outcome,
    PollRecord,
    Quarantined,
    Seen,
    Told,
    Verdict,
)
from watcher.store.counts import StoredCounts
from watcher.store.driver import Draft, Statements, Values, select_in
from watcher.store.habits import learn
from watcher.store.holds import present, write_holds
from watcher.store.nearby import find_nearby, write_traces
from watcher.store.outbox import write_deliveries
from watcher.store.rows import (
    ALERT_COLUMNS,
    ARTICLE_COLUMNS,
    alert_row,
    article_row,
    column,
    insert,
    match_row,
    micros,
    moment,
    to_seen,
)

_INSERT_ARTICLE = insert("article", ARTICLE_COLUMNS)
_INSERT_SEEN = insert("seen", ("key", "article_id"))
_INSERT_MATCH = insert(
    "rule_match", ("article_id", "rule", "severity", "status", "hits", "at", "counts_as")
)
_INSERT_ALERT = insert("alert", ALERT_COLUMNS)

_SELECT_SEEN = """
    SELECT seen.key, article.id, article.source, article.story, article.text_key, article.guid,
           article.seen
    FROM seen JOIN article ON article.id = seen.article_id
    WHERE seen.key IN ({names})
"""

#: Of when the articles are, as `watcher.alerts.dated` says.
_TOLD = """
    SELECT alert.id, alert.rule, alert.story, alert.created, alert.kind, alert.channels,
        CASE WHEN article.published IS NULL OR article.published_precision_s > 3600
            THEN article.seen ELSE article.published END AS dated
    FROM alert JOIN article ON article.id = alert.article
    WHERE alert.suppressed = 0 AND alert.story IN ({names})
"""

_QUARANTINE = """
    INSERT INTO quarantine (id, source, document, reason, at, times)
    VALUES (:id, :source, :document, :reason, :at, 1)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, times = quarantine.times + 1
"""

#: The usual gap moves a quarter of the way to what this poll says.
_BROUGHT = """
    articles = articles + :brought,
    gap = CASE WHEN :brought = 0 OR last_new IS NULL THEN gap
        WHEN gap IS NULL THEN (:now - last_new) / :brought
        ELSE (3 * gap + (:now - last_new) / :brought) / 4 END,
    last_new = CASE WHEN :brought = 0 THEN last_new ELSE :now END
"""
_POLL_SUCCEEDED = f"""
    UPDATE source SET etag = :etag, modified = :modified, body_hash = :body_hash,
        failures = 0, error = '', error_since = NULL, last_poll = :now, last_success = :now,
        next_due = :now + COALESCE(:wait, every), moved_to = :moved_to,
        full_at = CASE WHEN :full = 1 THEN :now ELSE full_at END, {_BROUGHT}
    WHERE name = :source
"""
#: The validators stay: they belong to the last body that was completely recorded.
_POLL_FAILED = f"""
    UPDATE source SET failures = failures + 1, error = :error,
        error_since = COALESCE(error_since, :now), last_poll = :now,
        next_due = :now + COALESCE(:wait, every), {_BROUGHT}
    WHERE name = :source
"""
_POLL_GOES_ON = f"UPDATE source SET {_BROUGHT} WHERE name = :source"
_EVENT = "UPDATE source SET event = :event, event_at = :now WHERE name = :source"
#: No source of this lane is asked before then.
_LANE_WAITS = """
    UPDATE lane SET not_before = :now + :wait WHERE kind = :kind AND name = :name
"""


def record(
    tx: Statements,
    lane: Lane,
    poll: PollRecord,
    candidates: Sequence[Candidate],
    decide: Callable[[History], Sequence[Decision]],
    window: timedelta,
    memory: timedelta,
) -> Sequence[Decision]:
    """See `watcher.interfaces.Store.record`. Returns what was decided."""
    now = fence(tx, lane)
    decisions: Sequence[Decision] = ()
    if candidates:
        claimed, seen = _claim_keys(tx, candidates)
        since = now - micros(window)
        near = find_nearby(tx, candidates, seen, since)
        stories = {each.story for each in seen.values()}
        stories.update(one.story for each in near.values() for one in each.articles)
        _lock_stories(tx, candidates, seen, near)
        history = replace(
            present(tx, now, memory),
            seen=seen,
            told=_told(tx, stories),
            near=near,
            counts=StoredCounts(tx, now),
        )
        decisions = _known_where_stored(tx, decide(history))
        stored = [each for each in decisions if _stored(each)]
        write(tx, stored, now)
        write_holds(tx, stored, now)
        write_traces(tx, stored, now, since)
        _settle_keys(tx, claimed, decisions)
        learn(tx, poll.source, decisions, now)
    _write_quarantine(tx, poll.quarantined)
    _write_source(tx, poll, now, sum(_counts(each) for each in decisions))
    if poll.lane_wait is not None:
        values = {"kind": lane.kind, "name": lane.name, "wait": column(poll.lane_wait)}
        tx.execute(_LANE_WAITS, values | {"now": now})
    return decisions


def fence(tx: Statements, lane: Lane) -> int:
    """Renew the lease, and hold the lane's row until commit, so that nobody can take it before."""
    rows = tx.query(
        """
        UPDATE lane SET lease_until = watcher_now() + lease,
            next_due = CASE WHEN next_due IS NULL THEN NULL ELSE watcher_now() + lease END
        WHERE kind = :kind AND name = :name AND token = :token
        RETURNING lease_until - lease AS now
        """,
        {"kind": lane.kind, "name": lane.name, "token": lane.token},
    )
    if not rows:
        raise LostLease
    return int(rows[0]["now"])


def _claim_keys(
    tx: Statements, candidates: Sequence[Candidate]
) -> tuple[dict[str, str], dict[str, Seen]]:
    """The keys that are ours to give out, each with the article it points to for now; and what
    is known under the others.

    Keys are written before the decision, not after it: whoever writes the same key in another
    transaction waits here until the first one has committed and then reads what it decided, so
    one text from two places at once is one story. Sorted, because opposite orders deadlock.
    """
    guess: dict[str, str] = {}
    for candidate in candidates:
        for key in candidate.keys:
            guess.setdefault(key, candidate.article.id)
    seen = _read_seen(tx, guess)
    free = sorted(guess.keys() - seen.keys())
    written = tx.executemany(_INSERT_SEEN, [{"key": key, "article_id": guess[key]} for key in free])
    if written < len(free):
        seen = _read_seen(tx, guess)
    return {key: guess[key] for key in free if key not in seen}, seen


def _read_seen(tx: Statements, keys: Iterable[str]) -> dict[str, Seen]:
    # The join leaves out keys claimed by this very transaction: their articles are not there yet.
    return {row["key"]: to_seen(row) for row in select_in(tx, _SELECT_SEEN, keys)}


def _lock_stories(
    tx: Statements,
    candidates: Sequence[Candidate],
    seen: dict[str, Seen],
    near: Mapping[str, Nearby],
) -> None:
    """Make others wait that may add to the same stories, or both would find nobody told yet."""
    if not tx.wait_locked:
        return
    stories = {one.story for each in near.values() for one in each.articles}
    for candidate in candidates:
        found = [seen[key] for key in candidate.keys if key in seen]
        # An article that is there already will tell nobody, so most polls lock nothing.
        if candidate.article.id not in {each.article for each in found}:
            stories.update(each.story for each in found)
    select_in(
        tx,
        "SELECT id FROM article WHERE story IN ({names}) ORDER BY id" + tx.wait_locked,
        stories,
    )


def _told(tx: Statements, stories: Iterable[str]) -> dict[tuple[str, str], Told]:
    rows = select_in(
        tx,
        _TOLD,
        stories,
    )
    told: dict[tuple[str, str], Told] = {}
    for row in sorted(rows, key=lambda row: (row["created"], row["id"])):
        key = (row["rule"], row["story"])
        first = told.get(key)
        dated = moment(row["dated"])
        told[key] = Told(
            first=first.first if first else row["id"],
            channels=first.channels if first else tuple(json.loads(row["channels"])),
            last=max(first.last, dated) if first else dated,
            kinds=(first.kinds if first else frozenset()) | {row["kind"]},
        )
    return told


def _known_where_stored(tx: Statements, decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions, KNOWN where the article is in the store already, or earlier in this batch."""
    ids = [each.candidate.article.id for each in decisions if _stored(each)]
    there = {
        row["id"] for row in select_in(tx, "SELECT id FROM article WHERE id IN ({names})", ids)
    }
    result = []
    for decision in decisions:
        article = decision.candidate.article.id
        if _stored(decision) and article in there:
            verdict = Verdict(
                outcome=Outcome.KNOWN,
                story=decision.verdict.story,
                of=article,
                reason="this article is in the store already",
            )
            decision = replace(decision, verdict=verdict, alerts=(), deliveries=())
        there.add(article)
        result.append(decision)
    return result


def _stored(decision: Decision) -> bool:
    return decision.verdict.outcome is not Outcome.KNOWN


def _counts(decision: Decision) -> bool:
    return decision.verdict.outcome in (Outcome.NEW, Outcome.DUPLICATE, Outcome.FOLLOW_UP)


def write(tx: Statements, decisions: Sequence[Decision], now: int) -> None:
    """Articles, matches, alerts and deliveries; each table in the order of its key."""
    articles = [article_row(each.candidate, each.verdict) for each in decisions]
    matches = [
        match_row(each.candidate.article.id, match, now)
        for each in decisions
        for match in each.candidate.matches
    ]
    alerts = [alert_row(alert) for each in decisions for alert in each.alerts]
    tx.executemany(_INSERT_ARTICLE, _by(articles, "id"))
    tx.executemany(_INSERT_MATCH, _by(matches, "article_id", "rule"))
    tx.executemany(_INSERT_ALERT, _by(alerts, "id"))
    write_deliveries(tx, [one for each in decisions for one in each.deliveries], now)


def _by(rows: Sequence[Values], *names: str) -> list[Values]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in names])


def _settle_keys(tx: Statements, claimed: dict[str, str], decisions: Sequence[Decision]) -> None:
    """Point claimed keys to what was decided: those of a KNOWN article to the earlier one."""
    target: dict[str, str | None] = {}
    for decision in decisions:
        article = decision.candidate.article.id if _stored(decision) else decision.verdict.of
        for key in decision.candidate.keys:
            target.setdefault(key, article)
    moved: list[Values] = []
    dropped: list[Values] = []
    for key, guess in sorted(claimed.items()):
        article = target.get(key)
        if article is None:
            dropped.append({"key": key})
        elif article != guess:
            moved.append({"key": key, "article": article})
    tx.executemany("UPDATE seen SET article_id = :article WHERE key = :key", moved)
    tx.executemany("DELETE FROM seen WHERE key = :key", dropped)


def _write_quarantine(tx: Statements, quarantined: Sequence[Quarantined]) -> None:
    rows: list[Values] = []
    for each in quarantined:
        row = {name: column(getattr(each, name)) for name in ("source", "document", "reason", "at")}
        text = "\x00".join(str(row[name]) for name in ("source", "document", "reason"))
        rows.append({**row, "id": hashlib.blake2b(text.encode(), digest_size=16).hexdigest()})
    tx.executemany(_QUARANTINE, _by(rows, "id"))


def _write_source(tx: Statements, poll: PollRecord, now: int, brought: int) -> None:
    values: Draft = {"source": poll.source, "brought": brought, "now": now}
    if poll.event:
        tx.execute(_EVENT, values | {"event": column(poll.event)})
    if not poll.final:
        if brought:
            tx.execute(_POLL_GOES_ON, values)
        return
    values |= {"wait": column(poll.wait)}
    if poll.error:
        tx.execute(_POLL_FAILED, values | {"error": column(poll.error)})
        return
    validators: Draft = {
        name: column(getattr(poll, name))
        for name in ("etag", "modified", "body_hash", "moved_to", "full")
    }
    tx.execute(_POLL_SUCCEEDED, values | validators)
