"""What only PostgreSQL has: a server that goes away, an address with secrets, an extra."""

from __future__ import annotations

import sys
import threading
import traceback
from datetime import UTC, datetime, timedelta

import pytest

from watcher.errors import StoreError
from watcher.model import PollRecord
from watcher.store.store import open_store

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def url(cluster):
    return cluster.fresh()


@pytest.fixture
def admin(url):
    """Another connection to the same database."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


def cut(admin):
    """End every other connection to this database, as a restart of the server does."""
    admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def everything_said(caught):
    """The error and all it was caused by, without the lines of code a traceback shows."""
    chain = traceback.TracebackException.from_exception(caught.value)
    said = []
    while chain:
        said += chain.format_exception_only()
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "".join(said)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "watcher.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install \"news-watcher\[postgres\]\""):
        open_store("postgresql://localhost/watcher")


def test_an_unreachable_server_is_named_without_its_password():
    with pytest.raises(
        StoreError, match=r"database watcher at 127\.0\.0\.1 cannot be reached"
    ) as told:
        open_store("postgresql://me:s3cr%20et@127.0.0.1:1/watcher")
    said = everything_said(told)
    assert "refused" in said
    assert "s3cr" not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@host:port/watcher",
        "postgresql://me:s3cret@[host/watcher",
        "postgresql://me:s3cret@host/watcher?nonsense=s3cret",
        "postgresql://host/watcher?password=s3cret&connect_timeout=s3cret",
        "postgresql://me:s3cret@/watcher?host=/nowhere",
        "postgresql://s3cret@127.0.0.1:1/watcher?password=s3cret",
    ],
)
def test_no_error_repeats_a_secret(url):
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "s3cret" not in everything_said(caught)


def test_reading_does_not_create_a_store(url, admin):
    with pytest.raises(StoreError, match="there is no store yet at PostgreSQL database"):
        open_store(url, read_only=True)
    tables = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert admin.execute(tables).fetchone() == (0,)


def test_a_connection_that_was_cut_while_idle_comes_back(store, admin):
    store.note("n", "1")
    cut(admin)
    store.note("n", "2")
    cut(admin)
    assert store.overview().notes == {"n": "2"}


def test_a_server_that_restarts_is_found_again(store, cluster):
    store.note("n", "1")
    cluster.stop()
    with pytest.raises(StoreError, match="cannot be reached"):
        store.note("n", "2")
    cluster.start()
    store.note("n", "3")
    assert store.overview().notes == {"n": "3"}


def test_a_connection_cut_while_recording_writes_nothing(store, admin, feed, build):
    def decide(history):
        cut(admin)
        return [build.new(candidate)]

    candidate = build.candidate("a", "k")
    poll = PollRecord(source="nos", final=True, etag="e")
    lane = feed.claim()
    with pytest.raises(StoreError):
        store.record(lane, poll, [candidate], decide)
    assert store.overview().articles == 0
    store.record(lane, poll, [candidate], lambda history: [build.new(candidate)])
    assert store.overview().articles == 1


def test_commits_wait_for_the_disk_whatever_the_database_says(store, url, admin):
    name = admin.info.dbname
    admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
    again = open_store(url)
    with again._driver.transaction() as tx:
        assert tx.query("SHOW synchronous_commit")[0]["synchronous_commit"] == "on"
    again.close()


def test_stricter_commits_are_kept(store, url, admin):
    name = admin.info.dbname
    admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply".encode())
    again = open_store(url)
    with again._driver.transaction() as tx:
        assert tx.query("SHOW synchronous_commit")[0]["synchronous_commit"] == "remote_apply"
    again.close()


def test_a_database_that_is_not_utf8_is_refused(cluster, admin):
    admin.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    with pytest.raises(StoreError, match="not in UTF-8"):
        open_store(cluster.url("latin"))


def test_time_can_be_moved_for_a_whole_process(url, monkeypatch):
    hour = timedelta(hours=1)
    monkeypatch.setenv("PGOPTIONS", f"-c watcher.clock_offset={hour // timedelta(microseconds=1)}")
    store = open_store(url)
    assert abs(store.now() - hour - datetime.now(UTC)) < timedelta(seconds=5)
    store.close()


def test_a_lock_that_never_comes_free_is_named_as_the_cause(store, admin):
    store.note("n", "1")
    with store._driver.transaction(read_only=True) as tx:
        tx.execute("SET lock_timeout = '20ms'")
    with admin.transaction():
        admin.execute("UPDATE note SET value = '2'")
        with pytest.raises(StoreError, match="kept busy by another node"):
            store.note("n", "3")
    store.note("n", "4")
    assert store.overview().notes == {"n": "4"}


def test_two_nodes_that_deadlock_both_get_through(store, url, admin):
    store.note("a", "0")
    store.note("b", "0")
    tries = []

    def work(tx):
        tries.append(1)
        tx.execute("UPDATE note SET value = '1' WHERE name = 'a'")
        if len(tries) == 1:
            # The other node has b and now wants a: one of the two has to give way.
            admin.execute("SET deadlock_timeout = '10s'")
            admin.execute("BEGIN")
            admin.execute("UPDATE note SET value = '2' WHERE name = 'b'")
            crossing.start()
        tx.execute("UPDATE note SET value = '1' WHERE name = 'b'")

    def cross():
        admin.execute("UPDATE note SET value = '2' WHERE name = 'a'")
        admin.execute("COMMIT")

    crossing = threading.Thread(target=cross)
    store._write(work)
    crossing.join()
    assert len(tries) == 2
    assert store.overview().notes == {"a": "1", "b": "1"}


def test_parameters_are_told_from_casts_and_percents(store):
    with store._driver.transaction(read_only=True) as tx:
        (row,) = tx.query("SELECT :a::bigint % 4 AS rest, '100%' AS text", {"a": 7})
    assert (row["rest"], row["text"]) == (3, "100%")
