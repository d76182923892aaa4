"""The transaction of what we have to say ourselves: fence, decide, write; nothing is compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from watcher.model import Decision, History, Lane
from watcher.store.counts import settle_lulls, watch
from watcher.store.driver import Statements, select_in
from watcher.store.holds import present, write_holds
from watcher.store.record import fence, write


def record_notices(
    tx: Statements,
    lane: Lane,
    decide: Callable[[History], Sequence[Decision]],
    watched: Collection[str] | None,
    memory: timedelta,
) -> Sequence[Decision]:
    """See `watcher.interfaces.Store.record_notices`."""
    now = fence(tx, lane)
    still = watch(tx, watched, now) if watched is not None else {}
    decisions = decide(replace(present(tx, now, memory), still=still))
    ids = [each.candidate.article.id for each in decisions]
    there = {
        row["id"] for row in select_in(tx, "SELECT id FROM article WHERE id IN ({names})", ids)
    }
    new = [each for each in decisions if each.candidate.article.id not in there]
    # No rule matched a notice: nothing may count it.
    bare = [replace(each, candidate=replace(each.candidate, matches=())) for each in new]
    write(tx, bare, now)
    write_holds(tx, bare, now)
    settle_lulls(tx, (alert.rule for each in decisions for alert in each.alerts), still)
    return new
