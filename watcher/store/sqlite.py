"""The embedded engine: one SQLite file, one writer, every commit on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database, Migrations

from watcher.errors import StoreError
from watcher.store.driver import Conflict, Row, Statements, Values, check_applied
from watcher.store.rows import micros
from watcher.store.schema import MIGRATION_SET, MIGRATIONS

#: How long a statement waits for another process that is writing.
BUSY = timedelta(seconds=5)

#: What an operator can do about an error, by SQLite's primary result code.
_ADVICE = {
    sqlite3.SQLITE_NOTADB: "is not a database: correct the store's url, or restore a backup",
    sqlite3.SQLITE_CORRUPT: "is damaged: stop the daemon and restore a backup",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full: make room",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports an error: check the disk",
    sqlite3.SQLITE_READONLY: "may not be written: check the rights on the file and its folder",
    sqlite3.SQLITE_PERM: "may not be used: check the rights on the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the rights on the file and its folder",
}


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Group:
    """Transactions that share a commit; ``error`` ended all of them."""

    error: StoreError | None = None


class SqliteDriver:
    """An open SQLite file; see `watcher.store.driver.Driver`."""

    #: One writer at a time: there is nobody to pass over or to wait for.
    skip_locked = ""
    wait_locked = ""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] | None = None,
        read_only: bool = False,
        busy: timedelta = BUSY,
    ) -> None:
        self._path = path
        self._clock = clock or _system_clock
        self._group: _Group | None = None
        self._check_place(read_only)
        try:
            self._connection = self._connect(read_only, busy)
        except sqlite3.Error as error:
            raise _explained(self._path, error) from error
        try:
            self._prepare(read_only, busy)
        except sqlite3.Error as error:
            self.close()
            raise _explained(self._path, error) from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Statements]:
        """See `Driver`. A writer locks at BEGIN: a read that turns into a write would fail at
        once where another process wrote in between, however long it is told to wait."""
        if self._group is not None:
            with self._part(self._group, read_only):
                yield self
            return
        try:
            self._connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
            yield self
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise _explained(self._path, error) from error
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def group(self) -> Iterator[None]:
        """See `Driver`."""
        with self.transaction():
            self._group = group = _Group()
            try:
                yield
            finally:
                self._group = None
            if group.error is not None:
                raise group.error

    @contextmanager
    def _part(self, group: _Group, read_only: bool) -> Iterator[None]:
        """A transaction inside a group: a savepoint.

        After an error of its own SQLite may have rolled back everything, and what came then
        would be outside any transaction: nothing does.
        """
        if group.error is not None:
            raise group.error
        try:
            if not read_only:
                self._connection.execute("SAVEPOINT part")
            yield
            if not read_only:
                self._connection.execute("RELEASE part")
        except sqlite3.Error as error:
            group.error = _explained(self._path, error)
            raise group.error from error
        except BaseException:
            if not read_only and self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO part")
                self._connection.execute("RELEASE part")
            raise

    def query(self, sql: str, values: Values | None = None) -> Sequence[Row]:
        """See `Statements`."""
        return self._connection.execute(sql, values or {}).fetchall()

    def execute(self, sql: str, values: Values | None = None) -> int:
        """See `Statements`."""
        return self._connection.execute(sql, values or {}).rowcount

    def executemany(self, sql: str, rows: Sequence[Values]) -> int:
        """See `Statements`."""
        return self._connection.executemany(sql, rows).rowcount if rows else 0

    def close(self) -> None:
        """Give back the file."""
        self._connection.close()

    def _check_place(self, read_only: bool) -> None:
        # SQLite says "unable to open database file" for all of these.
        if read_only and not self._path.exists():
            raise StoreError(f"there is no store yet at {self._path}: start `watcher run` first.")
        if not self._path.parent.is_dir():
            raise StoreError(
                f"The folder {self._path.parent} for the store does not exist: create it, "
                "or correct the store's url."
            )

    def _connect(self, read_only: bool, busy: timedelta) -> sqlite3.Connection:
        return sqlite3.connect(
            _uri(self._path, "ro" if read_only else "rwc"),
            uri=True,
            timeout=busy.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )

    def _prepare(self, read_only: bool, busy: timedelta) -> None:
        # Plugins of the sqlite-utils command line have no business in the daemon.
        database = Database(self._connection, execute_plugins=False)
        self._connection.create_function("watcher_now", 0, lambda: micros(self._clock()))
        self._set("busy_timeout", busy // timedelta(milliseconds=1))
        self._set("foreign_keys", 1)
        if not read_only:
            self._set("journal_mode", "wal")
            self._set("synchronous", 2)
        self._migrate(database, read_only)
        self._connection.row_factory = sqlite3.Row

    def _set(self, pragma: str, value: str | int) -> None:
        # SQLite ignores what it does not know or cannot do, so the answer is read back.
        self._connection.execute(f"PRAGMA {pragma} = {value}").fetchall()
        (found,) = self._connection.execute(f"PRAGMA {pragma}").fetchone()
        if found != value:
            raise StoreError(
                f"{self._path} cannot be used safely here ({pragma} is {found}, not {value}): "
                "put the store on a local disk."
            )

    def _migrate(self, database: Database, read_only: bool) -> None:
        migrations = _migrations()

        def missing() -> bool:
            applied = [each.name for each in migrations.applied(database)]
            return check_applied(applied, str(self._path), read_only=read_only)

        if missing():
            # Migrations.apply begins each with a deferred BEGIN of its own, which two processes
            # that start together could not both turn into a write; inside ours it is a savepoint.
            with self.transaction():
                if missing():
                    migrations.apply(database)

    def _roll_back(self) -> None:
        # After a full disk SQLite may have rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def backup(url: str, target: Path) -> bool:
    """Copy the last commit to a file, beside a running daemon; False if there is no store yet."""
    path = Path(url.removeprefix("sqlite:"))
    if not path.exists():
        return False
    try:
        with (
            closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as source,
            closing(sqlite3.connect(_uri(target, "rwc"), uri=True)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise _explained(path, error, f" while it was copied to {target}") from error
    return True


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _explained(path: Path, error: sqlite3.Error, when: str = "") -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Conflict(f"{path} is kept busy by another process{when}; try again.")
    if advice := _ADVICE.get(code):
        return StoreError(f"{path} {advice} ({error}{when}).")
    return StoreError(f"{path} could not be used{when}: {error}.")


def _migrations() -> Migrations:
    migrations = Migrations(MIGRATION_SET)
    for name, statements in MIGRATIONS:

        def apply(database: Database, statements: tuple[str, ...] = statements) -> None:
            # Not executescript: it would commit.
            for statement in statements:
                database.conn.execute(statement)

        migrations(name=name)(apply)
    return migrations
