"""The store over either engine: the schedule of lanes and sources, and the way to the rest."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from watcher.errors import StoreError
from watcher.listing import (
    AlertDetail,
    AlertRow,
    DeliveryRow,
    FurnitureRow,
    Overview,
    SourceHealth,
    Usefulness,
)
from watcher.model import (
    Candidate,
    Claim,
    Decision,
    DeliveryState,
    Held,
    History,
    Lane,
    PollRecord,
    Released,
    Settlement,
    Silence,
    SourceSpec,
    SourceState,
)
from watcher.store import habits, handling, holds, outbox, views
from watcher.store.archive import Archive
from watcher.store.driver import (
    Conflict,
    Draft,
    Driver,
    Outcome,
    Statements,
    first_alone,
    run_alone,
    select_in,
)
from watcher.store.notices import record_notices
from watcher.store.record import record
from watcher.store.rows import column, micros, moment, to_source_state
from watcher.store.sqlite import SqliteDriver

T = TypeVar("T")

#: How often a transaction is run when others change the same rows at the same moment.
_TRIES = 5

#: Seconds after which a group is committed: so long others wait for it, and other processes
#: for the file.
_GROUP_S = 0.05

#: When the first of a lane's sources is due; NULL without any.
_FIRST_SOURCE = """
    (SELECT MIN(source.next_due) FROM source
     WHERE source.lane_kind = lane.kind AND source.lane_name = lane.name
         AND source.present = 1 AND source.paused = 0 AND source.held = 0)
"""

_SELECT_LANE = """
    SELECT name FROM lane
    WHERE kind = :kind AND (lease_until <= :now OR owner = :owner)
"""
_MOST_OVERDUE = " AND next_due <= :now AND not_before <= :now ORDER BY next_due, name LIMIT :limit"

#: A lane at work is not due: or the same owner's next look would take it again, and again.
_TAKE_LANE = """
    UPDATE lane SET token = token + 1, owner = :owner, lease = :lease,
        lease_until = :now + :lease,
        next_due = CASE WHEN next_due IS NULL THEN NULL ELSE :now + :lease END
    WHERE kind = :kind AND name = :name
    RETURNING token
"""

_SYNC_SOURCE = """
    INSERT INTO source (name, type, lane_kind, lane_name, every, paused, url, next_due)
    VALUES (:name, :type, :lane_kind, :lane_name, :every, :paused, :url, :now)
    ON CONFLICT (name) DO UPDATE SET
        type = excluded.type, lane_kind = excluded.lane_kind, lane_name = excluded.lane_name,
        every = excluded.every, paused = excluded.paused, present = 1,
        next_due = CASE WHEN source.next_due > excluded.next_due + excluded.every
            THEN excluded.next_due + excluded.every ELSE source.next_due END
"""
#: Another URL under the same name: what the old one said of itself is no longer true.
_FORGET_URL = """
    UPDATE source SET url = :url, etag = '', modified = '', body_hash = '', moved_to = '',
        full_at = NULL, failures = 0, next_due = :now
    WHERE name = :name AND url <> :url
"""

_SOURCES = """
    SELECT * FROM source
    WHERE lane_kind = :kind AND lane_name = :name AND present = 1 AND paused = 0 AND held = 0
        AND (:all = 1 OR next_due <= :now)
    ORDER BY next_due, name
"""


class SqlStore(Archive):
    """`watcher.interfaces.Store` over a driver: one SQL text for both engines."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def now(self) -> datetime:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return moment(_now(tx))

    def sync_sources(self, sources: Sequence[SourceSpec]) -> None:
        """See `Store`."""
        self._write(lambda tx: _sync_sources(tx, sources))

    def claim_lane(
        self, kind: str, owner: str, lease: timedelta, *, name: str | None = None
    ) -> Lane | None:
        """See `Store`. A claimed lane is due again when its lease ends or it is released."""
        return self._write(lambda tx: _claim_lane(tx, kind, owner, lease, name, _now(tx)))

    def claim_lanes(self, kind: str, owner: str, lease: timedelta, limit: int) -> list[Lane]:
        """See `Store`."""

        def claim(tx: Statements) -> list[Lane]:
            now = _now(tx)
            values: Draft = {"kind": kind, "owner": owner, "now": now, "limit": limit}
            rows = tx.query(_SELECT_LANE + _MOST_OVERDUE + tx.skip_locked, values)
            return [_take_lane(tx, kind, row["name"], owner, lease, now) for row in rows]

        return self._write(claim)

    def sources(self, lane: Lane, *, due_only: bool = True) -> list[SourceState]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            values: Draft = {"kind": lane.kind, "name": lane.name}
            rows = tx.query(_SOURCES, values | {"now": _now(tx), "all": int(not due_only)})
        return [to_source_state(row) for row in rows]

    def release(self, lane: Lane) -> None:
        """See `Store`."""
        sql = f"""
            UPDATE lane SET lease_until = 0, owner = '', next_due = {_FIRST_SOURCE}
            WHERE kind = :kind AND name = :name AND token = :token
        """
        values: Draft = {"kind": lane.kind, "name": lane.name, "token": lane.token}
        self._write(lambda tx: tx.execute(sql, values))

    def record(
        self,
        lane: Lane,
        poll: PollRecord,
        candidates: Sequence[Candidate],
        decide: Callable[[History], Sequence[Decision]],
        *,
        window: timedelta = timedelta(hours=72),
        memory: timedelta = timedelta(),
    ) -> Sequence[Decision]:
        """See `Store`."""
        return self._write(lambda tx: record(tx, lane, poll, candidates, decide, window, memory))

    def record_notices(
        self,
        lane: Lane,
        decide: Callable[[History], Sequence[Decision]],
        *,
        watched: Collection[str] | None = None,
        memory: timedelta = timedelta(),
    ) -> Sequence[Decision]:
        """See `Store`."""
        return self._write(lambda tx: record_notices(tx, lane, decide, watched, memory))

    def release_held(self, channel: str, compose: Callable[[Sequence[Held]], Released]) -> int:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            if not holds.any_due(tx, channel):
                return 0
        return self._write(lambda tx: holds.release(tx, channel, _now(tx), compose))

    def silences(self) -> tuple[Silence, ...]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return holds.silences(tx, _now(tx))

    def add_silence(self, silence: Silence) -> Silence:
        """See `Store`."""
        return self._write(lambda tx: holds.add_silence(tx, silence, _now(tx)))

    def end_silence(self, start: str) -> int:
        """See `Store`."""
        return self._write(lambda tx: holds.end_silence(tx, start, _now(tx)))

    def claim_delivery(self, channel: str, owner: str, lease: timedelta) -> Claim | None:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            if not outbox.any_due(tx, channel):
                return None

        def claim(tx: Statements) -> Claim | None:
            now = _now(tx)
            lane = _claim_lane(tx, "channel", owner, lease, channel, now)
            return outbox.claim_oldest(tx, lane, now) if lane else None

        return self._write(claim)

    def settle(self, claim: Claim, settlement: Settlement) -> None:
        """See `Store`."""
        self._write(lambda tx: outbox.settle(tx, claim, settlement, _now(tx)))

    def find_alerts(self, start: str) -> list[str]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return handling.find_alerts(tx, start)

    def alert_detail(self, alert: str) -> AlertDetail:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return handling.detail(tx, alert)

    def give_feedback(self, alert: str, *, useful: bool, note: str, author: str) -> None:
        """See `Store`."""
        self._write(lambda tx: handling.give_feedback(tx, alert, useful, note, author))

    def usefulness(self) -> dict[str, Usefulness]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return handling.usefulness(tx)

    def judged(self) -> dict[tuple[str, str], bool]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return handling.judged(tx)

    def resend(self, alert: str) -> int:
        """See `Store`."""
        return self._write(lambda tx: handling.resend(tx, alert, _now(tx)))

    def retry(self, deliveries: Iterable[str]) -> int:
        """See `Store`."""
        ids = sorted(deliveries)
        return self._write(lambda tx: handling.retry(tx, ids, _now(tx)))

    def drop(self, deliveries: Iterable[str], why: str) -> int:
        """See `Store`."""
        ids = sorted(deliveries)
        return self._write(lambda tx: handling.drop(tx, ids, why))

    def recover(self, owner: str) -> int:
        """See `Store`. What is left of the old process cannot record any more either."""

        def recover(tx: Statements) -> int:
            values = {"owner": owner}
            tx.query(
                "SELECT name FROM lane WHERE owner = :owner ORDER BY kind, name" + tx.wait_locked,
                values,
            )
            returned = outbox.return_claimed(tx, owner)
            tx.execute(
                f"""
                UPDATE lane SET lease_until = 0, owner = '', token = token + 1,
                    next_due = {_FIRST_SOURCE}
                WHERE owner = :owner
                """,
                values,
            )
            return returned

        return self._write(recover)

    def next_due(self) -> datetime | None:
        """See `Store`. A delivery under way counts with the end of its lease."""
        with self._driver.transaction(read_only=True) as tx:
            at = outbox.next_due(tx)
        return None if at is None else moment(at)

    def alerts(
        self,
        *,
        since: datetime | None = None,
        rule: str | None = None,
        channel: str | None = None,
        only: str | None = None,
    ) -> Iterable[AlertRow]:
        """See `Store`."""
        return views.alerts(self._driver, since, rule, channel, only)

    def deliveries(self, states: Sequence[DeliveryState]) -> Iterable[DeliveryRow]:
        """See `Store`."""
        return views.deliveries(self._driver, states)

    def overview(self) -> Overview:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return views.overview(tx)

    def trends(self, days: int) -> dict[str, tuple[int, ...]]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return views.trends(tx, days)

    def source_health(self) -> dict[str, SourceHealth]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return views.source_health(tx)

    def tell(self, source: str, event: str) -> None:
        """See `Store`."""
        sql = "UPDATE source SET event = :event, event_at = watcher_now() WHERE name = :source"
        values: Draft = {"source": source, "event": column(event)}
        self._write(lambda tx: tx.execute(sql, values))

    def hold(self, source: str, held: bool) -> bool:
        """See `Store`. Its lane is due when the first of the others is."""

        def hold(tx: Statements) -> bool:
            tx.query("SELECT name FROM lane ORDER BY kind, name" + tx.wait_locked)
            values: Draft = {"source": source, "held": int(held), "now": _now(tx)}
            found = tx.query(
                "UPDATE source SET held = :held WHERE name = :source AND present = 1"
                " RETURNING lane_kind, lane_name",
                values,
            )
            for row in found:
                tx.execute(
                    f"UPDATE lane SET next_due = {_FIRST_SOURCE}"
                    " WHERE kind = :kind AND name = :name AND lease_until <= :now",
                    values | {"kind": row["lane_kind"], "name": row["lane_name"]},
                )
            return bool(found)

        return self._write(hold)

    def habits(self, source: str) -> frozenset[str]:
        """See `Store`."""
        return frozenset(row.key for row in self.furniture(source) if not row.kept)

    def furniture(self, source: str) -> list[FurnitureRow]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return habits.furniture(tx, source)

    def keep_line(self, source: str, key: str, kept: bool) -> bool:
        """See `Store`."""
        return self._write(lambda tx: habits.keep_line(tx, source, key, kept=kept))

    def known(self, keys: Iterable[str]) -> set[str]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            rows = select_in(tx, "SELECT key FROM seen WHERE key IN ({names})", keys)
        return {row["key"] for row in rows}

    def note(self, name: str, value: str) -> None:
        """See `Store`."""
        forget = "DELETE FROM note WHERE name = :name"
        remember = """
            INSERT INTO note (name, value, at) VALUES (:name, :value, watcher_now())
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
        """
        values: Draft = {"name": name, "value": column(value)}
        self._write(lambda tx: tx.execute(remember if value else forget, values))

    def together(self, functions: Sequence[Callable[[], object]]) -> list[Outcome]:
        """What these functions, which use this store, come to, in order: each as if it ran alone,
        while they share a commit. On disk when this returns.

        Those that there is no time for are left out; the first is always run. A group that fails
        as a whole is run again, one by one, so that each has its own error or none.
        """
        if len(functions) == 1:
            return first_alone(functions)
        try:
            with self._driver.group():
                return list(_for_a_while(functions))
        except StoreError:
            return [run_alone(function) for function in functions]

    def close(self) -> None:
        """See `Store`."""
        self._driver.close()

    def _write(self, work: Callable[[Statements], T]) -> T:
        for attempt in range(1, _TRIES + 1):
            try:
                with self._driver.transaction() as tx:
                    return work(tx)
            except Conflict:
                if attempt == _TRIES:
                    raise
                # Two that met once would meet again if both came back at once.
                time.sleep(random.uniform(0, 0.02 * attempt))
        raise AssertionError("unreachable")


def _for_a_while(functions: Iterable[Callable[[], object]]) -> Iterator[Outcome]:
    end = time.monotonic() + _GROUP_S
    for function in functions:
        yield run_alone(function)
        if time.monotonic() > end:
            return


def _now(tx: Statements) -> int:
    return int(tx.query("SELECT watcher_now() AS now")[0]["now"])


def _claim_lane(
    tx: Statements, kind: str, owner: str, lease: timedelta, name: str | None, now: int
) -> Lane | None:
    """Lock the row first and change it in a second statement: one statement lost a wake-up."""
    values: Draft = {"kind": kind, "owner": owner, "now": now, "name": name, "limit": 1}
    if name is None:
        rows = tx.query(_SELECT_LANE + _MOST_OVERDUE + tx.skip_locked, values)
    else:
        tx.execute(
            "INSERT INTO lane (kind, name) VALUES (:kind, :name) ON CONFLICT DO NOTHING", values
        )
        rows = tx.query(_SELECT_LANE + " AND name = :name" + tx.skip_locked, values)
    return _take_lane(tx, kind, rows[0]["name"], owner, lease, now) if rows else None


def _take_lane(
    tx: Statements, kind: str, name: str, owner: str, lease: timedelta, now: int
) -> Lane:
    values: Draft = {"kind": kind, "name": name, "owner": owner, "lease": micros(lease)}
    (row,) = tx.query(_TAKE_LANE, values | {"now": now})
    return Lane(kind=kind, name=name, token=row["token"])


def _sync_sources(tx: Statements, sources: Sequence[SourceSpec]) -> None:
    # Lanes before sources, in the order record() takes them.
    tx.query("SELECT name FROM lane ORDER BY kind, name" + tx.wait_locked)
    now = _now(tx)
    present = {row["name"] for row in tx.query("SELECT name FROM source WHERE present = 1")}
    gone = sorted(present.difference(spec.name for spec in sources))
    tx.executemany(
        "UPDATE source SET present = 0 WHERE name = :name", [{"name": name} for name in gone]
    )
    tx.executemany(
        _SYNC_SOURCE,
        [
            {
                "name": spec.name,
                "type": spec.type,
                "lane_kind": spec.lane_kind,
                "lane_name": spec.lane_name,
                "every": micros(spec.every),
                "paused": int(spec.paused),
                "url": spec.url,
                "now": now,
            }
            for spec in sorted(sources, key=lambda spec: spec.name)
        ],
    )
    tx.executemany(
        _FORGET_URL,
        [
            {"name": spec.name, "url": spec.url, "now": now}
            for spec in sorted(sources, key=lambda spec: spec.name)
        ],
    )
    lanes = sorted({(spec.lane_kind, spec.lane_name) for spec in sources})
    tx.executemany(
        "INSERT INTO lane (kind, name) VALUES (:kind, :name) ON CONFLICT DO NOTHING",
        [{"kind": kind, "name": name} for kind, name in lanes],
    )
    # A lane at work finds its next time when it is released.
    tx.execute(
        f"""
        UPDATE lane SET next_due = {_FIRST_SOURCE}
        WHERE lease_until <= :now AND kind NOT IN ('channel', 'cron')
        """,
        {"now": now},
    )


def open_store(
    url: str, *, clock: Callable[[], datetime] | None = None, read_only: bool = False
) -> SqlStore:
    """Open and, unless it is only read, create or migrate the store.

    ``url`` is ``sqlite:/path/to/file.db`` (a relative path belongs to the working folder) or
    ``postgresql://…``. ``clock`` replaces the database's clock in tests.
    """
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:"))
        return SqlStore(SqliteDriver(path, clock=clock, read_only=read_only))
    if not url.startswith(("postgresql://", "postgres://")):
        raise StoreError("The store's url must begin with sqlite: or postgresql://.")
    try:
        # The extra is optional, and psycopg is slow to import.
        from watcher.store.postgres import PostgresDriver
    except ImportError as error:
        raise StoreError(
            "PostgreSQL needs a part that is not installed: "
            f'pip install "news-watcher[postgres]" ({error}).'
        ) from error
    return SqlStore(PostgresDriver(url, clock=clock, read_only=read_only))
