"""The table of traces: as big as the window, however long the archive."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.likeness import Traces
from watcher.store.driver import Statements
from watcher.store.nearby import keep_traces
from watcher.store.sqlite import SqliteDriver

_WINDOW = 1_000


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[SqliteDriver]:
    driver = SqliteDriver(tmp_path / "watcher.db")
    yield driver
    driver.close()


def _keep(tx: Statements, chance: random.Random, now: int, runs: tuple[int, ...] = ()) -> None:
    """One article with traces of its own, and these."""
    own = sorted(chance.randrange(2**32) for _ in range(8))
    keep_traces(tx, {f"{now:016x}": Traces((*runs, *own[len(runs) :]), {})}, now, now - _WINDOW)


def _count(tx: Statements, table: str) -> int:
    return int(tx.query(f"SELECT COUNT(*) AS rows FROM {table}")[0]["rows"])


def test_the_table_has_no_more_than_two_windows(driver: SqliteDriver) -> None:
    chance = random.Random(1)
    sizes = []
    with driver.transaction() as tx:
        for now in range(6 * _WINDOW):
            _keep(tx, chance, now)
            if now % _WINDOW == 0:
                sizes.append(_count(tx, "trace") / (8 * _WINDOW))
        young = tx.query("SELECT COUNT(*) AS rows FROM trace WHERE at >= :at", {"at": now - 999})
    assert max(sizes) < 2
    assert young[0]["rows"] == 8 * _WINDOW


def test_what_stood_in_too_many_articles_is_rare_again_when_they_are_old(
    driver: SqliteDriver,
) -> None:
    chance = random.Random(2)
    with driver.transaction() as tx:
        for now in range(400):
            _keep(tx, chance, now, runs=(7,))
        assert _count(tx, "common_trace WHERE hash = 7") == 1
        assert _count(tx, "trace WHERE hash = 7") == 0
        for now in range(5 * _WINDOW, 5 * _WINDOW + 20):
            _keep(tx, chance, now, runs=(7,))
        assert _count(tx, "trace WHERE hash = 7") == 20
