"""What only the embedded engine has: its file, its pragmas and its errors."""

from __future__ import annotations

import os
import resource
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from watcher.errors import StoreError
from watcher.store.driver import Conflict
from watcher.store.schema import MIGRATION_NAMES, MIGRATIONS
from watcher.store.sqlite import SqliteDriver, backup
from watcher.store.store import SqlStore, open_store


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "watcher.db"


@pytest.fixture
def driver(path):
    driver = SqliteDriver(path, busy=timedelta(milliseconds=20))
    yield driver
    driver.close()


@pytest.fixture
def store(driver) -> SqlStore:
    return SqlStore(driver)


@pytest.fixture
def other(path, driver):
    """Another process's connection to the same file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 20)],
)
def test_pragmas_that_the_promise_rests_on(driver, pragma, value):
    with driver.transaction(read_only=True) as tx:
        assert tx.query(f"PRAGMA {pragma}")[0][0] == value


def test_a_pragma_that_does_not_take_is_an_error(driver):
    with pytest.raises(StoreError, match="page_size is 4096, not 12345"):
        driver._set("page_size", 12345)


def test_foreign_keys_are_enforced(driver):
    with pytest.raises(StoreError, match="FOREIGN KEY"), driver.transaction() as tx:
        tx.execute("INSERT INTO seen (key, article_id) VALUES ('k', 'nowhere')")


def test_a_relative_path_belongs_to_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:odd name?#%.db").close()
    assert (tmp_path / "odd name?#%.db").exists()


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_not_a_database_is_left_as_it_is(path, read_only):
    path.write_text("name = 'not a database'\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"watcher\.db is not a database"):
        SqliteDriver(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"folder .*/nowhere for the store does not exist"):
        SqliteDriver(tmp_path / "nowhere" / "watcher.db")


def test_a_folder_in_place_of_the_file_is_named(path):
    path.mkdir()
    with pytest.raises(StoreError, match=r"watcher\.db cannot be opened: check the rights"):
        SqliteDriver(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(path):
    path.parent.chmod(0o500)
    with pytest.raises(StoreError, match=r"watcher\.db cannot be opened: check the rights"):
        SqliteDriver(path)


def test_reading_does_not_create_a_store(path):
    with pytest.raises(StoreError, match=r"there is no store yet at .*watcher\.db"):
        open_store(f"sqlite:{path}", read_only=True)
    assert list(path.parent.iterdir()) == []


def test_reading_may_not_write(path, driver):
    reader = SqliteDriver(path, read_only=True)
    try:
        with pytest.raises(StoreError, match="may not be written"), reader.transaction() as tx:
            tx.execute("DELETE FROM note")
    finally:
        reader.close()


def test_a_full_disk_writes_nothing_and_says_so(driver, store, feed, build):
    feed.tell("a")
    with driver.transaction(read_only=True) as tx:
        (pages,) = tx.query("PRAGMA page_count")
        tx.query(f"PRAGMA max_page_count = {pages[0]}")
    big = build.new(build.candidate("b", text="x" * 100_000))
    with pytest.raises(StoreError, match=r"watcher\.db cannot be written, the disk is full"):
        feed.record(big, etag="e")
    assert store.overview().articles == 1
    assert store.overview().sources[0].state.etag == ""
    with driver.transaction(read_only=True) as tx:
        tx.query("PRAGMA max_page_count = 1000000")
    feed.record(big)
    assert store.overview().articles == 2


def test_of_several_that_share_a_commit_only_what_is_too_large_is_refused(driver, store):
    with driver.transaction(read_only=True) as tx:
        (pages,) = tx.query("PRAGMA page_count")
        tx.query(f"PRAGMA max_page_count = {pages[0]}")
    found = store.together(
        [lambda text=text: store.note("n" + text[:1], text) for text in ("a", "b" * 100_000, "c")]
    )
    assert [type(one.error) for one in found] == [type(None), StoreError, type(None)]
    assert sorted(store.overview().notes) == ["na", "nc"]


def test_a_write_that_the_system_refuses_is_explained_and_rolled_back(store, path):
    store.note("before", "x")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
    try:
        with pytest.raises(StoreError, match=r"watcher\.db .*disk"):
            store.note("during", "x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    store.note("after", "x")
    assert sorted(store.overview().notes) == ["after", "before"]


def test_a_reader_sees_the_last_commit_while_another_writes(store, other):
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO note (name, value, at) VALUES ('n', 'v', 0)")
    assert store.overview().notes == {}
    other.execute("COMMIT")
    assert store.overview().notes == {"n": "v"}


def test_a_writer_that_never_ends_is_named_as_the_cause(store, other):
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Conflict, match="kept busy by another process"):
        store.note("n", "v")


def test_a_writer_waits_for_the_one_before(path, driver, other):
    patient = open_store(f"sqlite:{path}")
    other.execute("BEGIN IMMEDIATE")
    thread = threading.Thread(target=patient.note, args=("n", "v"))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    other.execute("COMMIT")
    thread.join()
    assert patient.overview().notes == {"n": "v"}
    patient.close()


def test_after_an_error_the_next_transaction_is_clean(store):
    def work(tx):
        tx.execute("INSERT INTO note (name, value, at) VALUES ('n', 'v', 0)")
        tx.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="no such table"):
        store._write(work)
    assert store.overview().notes == {}
    store.note("n", "v")


def test_the_migrations_are_readable_for_sqlite_utils(driver, other):
    rows = other.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
    assert rows == [("watcher", name) for name in MIGRATION_NAMES]


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "old.db"
    old = Database(path)
    migrations = Migrations("watcher")
    name, statements = MIGRATIONS[0]

    def apply(database):
        for statement in statements:
            database.conn.execute(statement)

    migrations(name=name)(apply)
    migrations.apply(old)
    old.conn.execute("INSERT INTO note (name, value, at) VALUES ('kept', 'v', 0)")
    old.conn.commit()
    old.close()
    store = open_store(f"sqlite:{path}")
    assert store.overview().notes == {"kept": "v"}
    store.close()
    columns = {row[1] for row in sqlite3.connect(path).execute("PRAGMA table_info(article)")}
    assert "tags" in columns


@pytest.mark.parametrize("url", ["mysql://me:s3cret@host/db", "watcher.db", ""])
def test_another_kind_of_url_is_refused_without_repeating_it(url):
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "s3cret" not in str(caught.value)


def test_a_backup_beside_a_writer_has_the_last_commit(tmp_path, path, store, other):
    store.note("n", "v")
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM note")
    target = tmp_path / "copy.db"
    assert backup(f"sqlite:{path}", target)
    other.execute("ROLLBACK")
    copy = open_store(f"sqlite:{target}")
    assert copy.overview().notes == {"n": "v"}
    copy.close()


def test_nothing_is_copied_without_a_store(tmp_path):
    assert not backup(f"sqlite:{tmp_path}/none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_to_nowhere_is_explained(tmp_path, path, store):
    with pytest.raises(StoreError, match=r"copied to .*nowhere"):
        backup(f"sqlite:{path}", tmp_path / "nowhere" / "copy.db")
