"""The engine for several nodes: PostgreSQL through psycopg 3, READ COMMITTED and row locks.

Importing this file needs the extra ``news-watcher[postgres]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from watcher.errors import StoreError
from watcher.store.driver import Conflict, Row, Statements, Values, check_applied
from watcher.store.rows import micros
from watcher.store.schema import MIGRATIONS

#: Serialisation failure, deadlock, and a lock that did not come free within `lock_timeout`.
_RETRYABLE = frozenset({"40001", "40P01", "55P03"})

#: For each session. A node that freezes inside a transaction holds keys others wait for: the
#: server ends it. Half a minute is far above any honest wait and below the leases.
_SETTINGS: tuple[LiteralString, ...] = (
    "SET idle_in_transaction_session_timeout = '30s'",
    "SET lock_timeout = '20s'",
)

#: The database's clock in microseconds. ``watcher.clock_offset`` (microseconds, for example
#: through PGOPTIONS) moves it for a whole process, ``watcher.clock`` stops it at one value:
#: both exist for tests and are never set otherwise.
_CLOCK: LiteralString = """
CREATE OR REPLACE FUNCTION watcher_now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(
        nullif(current_setting('watcher.clock', true), '')::bigint,
        floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint
            + coalesce(nullif(current_setting('watcher.clock_offset', true), '')::bigint, 0))
$$
"""

_PARAMETER = re.compile(r"(?<!:):([a-z_]\w*)")


@lru_cache(maxsize=512)
def _translated(sql: str) -> bytes:
    """``:name`` as psycopg writes it, leaving ``::`` casts alone."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")).encode()


class PostgresDriver:
    """A connection to PostgreSQL that comes back by itself; see `watcher.store.driver.Driver`."""

    skip_locked = " FOR UPDATE SKIP LOCKED"
    #: Not FOR UPDATE: rows that refer to these may be written meanwhile.
    wait_locked = " FOR NO KEY UPDATE"

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] | None = None,
        read_only: bool = False,
    ) -> None:
        self._url = url
        self._clock = clock
        self._read_only = read_only
        self._where, self._secrets = _described(url)
        self._connection = self._connect()
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Statements]:
        """See `Driver`."""
        try:
            self._begin(read_only)
            yield self
            # The server answers ROLLBACK, not an error, where a statement had failed before.
            if self._connection.execute("COMMIT").statusmessage != "COMMIT":
                raise StoreError(f"{self._where} did not commit.")
        except psycopg.Error as error:
            self._roll_back()
            raise self._explained(error) from error
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def group(self) -> Iterator[None]:
        """See `Driver`: each stays a transaction of its own. Together they would hold locks on
        the keys of several polls, in no common order, and nodes would deadlock."""
        yield

    def query(self, sql: str, values: Values | None = None) -> Sequence[Row]:
        """See `Statements`."""
        return self._connection.execute(_translated(sql), values or {}).fetchall()

    def execute(self, sql: str, values: Values | None = None) -> int:
        """See `Statements`."""
        return self._connection.execute(_translated(sql), values or {}).rowcount

    def executemany(self, sql: str, rows: Sequence[Values]) -> int:
        """See `Statements`. psycopg sends all rows before it reads the first answer."""
        if not rows:
            return 0
        with self._connection.cursor() as cursor:
            cursor.executemany(_translated(sql), rows)
            return cursor.rowcount

    def close(self) -> None:
        """Give back the connection."""
        self._connection.close()

    def _connect(self) -> psycopg.Connection[DictRow]:
        try:
            connection = psycopg.connect(
                make_conninfo(self._url, **_timeouts(self._url)),
                autocommit=True,
                row_factory=dict_row,
                client_encoding="utf8",
                fallback_application_name="news-watcher",
            )
        except psycopg.Error as error:
            # Not chained: libpq repeats parts of the address, and with it secrets.
            raise StoreError(
                f"{self._where} cannot be reached ({self._redacted(error)}): check that it runs "
                "and that the store's url is right."
            ) from None
        try:
            self._prepare(connection)
        except psycopg.Error as error:
            connection.close()
            raise self._explained(error) from error
        except StoreError:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: psycopg.Connection[DictRow]) -> None:
        for setting in _SETTINGS:
            connection.execute(setting)
        found = connection.execute(
            "SELECT current_setting('server_encoding') AS encoding,"
            " current_setting('synchronous_commit') AS commit"
        ).fetchone()
        if found and found["encoding"] != "UTF8":
            raise StoreError(f"{self._where} is not in UTF-8: create it with ENCODING 'UTF8'.")
        if found and found["commit"] == "off":
            # What was answered must be on disk; stricter settings (a standby's) are kept.
            connection.execute("SET synchronous_commit = on")
        if self._read_only:
            connection.execute("SET default_transaction_read_only = on")

    def _begin(self, read_only: bool) -> None:
        if self._connection.closed:
            self._connection = self._connect()
        begin: LiteralString = (
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            if read_only
            else "BEGIN ISOLATION LEVEL READ COMMITTED"
        )
        try:
            self._connection.execute(begin)
        except psycopg.OperationalError:
            # The server went away while nothing was under way: nothing can have been lost.
            if not self._connection.closed:
                raise
            self._connection = self._connect()
            self._connection.execute(begin)
        if self._clock:
            stopped = str(micros(self._clock()))
            self._connection.execute("SELECT set_config('watcher.clock', %s, false)", [stopped])

    def _roll_back(self) -> None:
        if self._connection.info.transaction_status is not TransactionStatus.IDLE:
            # A broken connection has rolled back already.
            with suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def _migrate(self) -> None:
        with self.transaction(read_only=True):
            if not self._missing():
                return
        with suppress(Conflict, _AlreadyThere), self.transaction():
            # Two nodes that start together both find no table, and IF NOT EXISTS still collides.
            self._create_migration_table()
        with self.transaction():
            # Nodes queue up here; whoever comes second finds the work done.
            self.execute("LOCK TABLE watcher_migration IN EXCLUSIVE MODE")
            if self._missing():
                self._apply()

    def _create_migration_table(self) -> None:
        try:
            self.execute(
                "CREATE TABLE IF NOT EXISTS watcher_migration"
                " (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)"
            )
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject) as error:
            raise _AlreadyThere from error

    def _missing(self) -> bool:
        (table,) = self.query("SELECT to_regclass('watcher_migration') IS NULL AS missing")
        if table["missing"] and self._read_only:
            raise StoreError(f"there is no store yet at {self._where}: start `watcher run` first.")
        names = [] if table["missing"] else self.query("SELECT name FROM watcher_migration")
        applied = [row["name"] for row in names]
        return check_applied(applied, self._where, read_only=self._read_only)

    def _apply(self) -> None:
        self.execute(_CLOCK)
        applied = {row["name"] for row in self.query("SELECT name FROM watcher_migration")}
        for name, statements in MIGRATIONS:
            if name not in applied:
                for statement in statements:
                    self.execute(statement)
                self.execute(
                    "INSERT INTO watcher_migration (name, at) VALUES (:name, watcher_now())",
                    {"name": name},
                )

    def _redacted(self, error: psycopg.Error) -> str:
        text = (error.diag.message_primary or str(error)).strip() or type(error).__name__
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())

    def _explained(self, error: psycopg.Error) -> StoreError:
        if error.sqlstate in _RETRYABLE:
            return Conflict(f"{self._where} is kept busy by another node; try again.")
        return StoreError(f"{self._where} could not be used: {self._redacted(error)}.")


class _AlreadyThere(Exception):
    """Another node created it at this very moment."""


def _parsed(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url)
    except psycopg.Error:
        # libpq quotes the address it could not read, secrets included.
        raise StoreError(
            "The store's url is not a PostgreSQL address: it must look like "
            "postgresql://user@host/database."
        ) from None


def _described(url: str) -> tuple[str, tuple[str, ...]]:
    """What messages may call this database, and what they may never contain."""
    given = _parsed(url)
    name = given.get("dbname") or given.get("user") or "default"
    host = given.get("host") or given.get("hostaddr") or "this machine"
    plain = [str(given[key]) for key in ("password", "sslpassword") if given.get(key)]
    secrets = {form for each in plain for form in (each, quote(each), quote(each, safe=""))}
    return f"PostgreSQL database {name} at {host}", tuple(sorted(secrets, key=len, reverse=True))


def _timeouts(url: str) -> dict[str, int]:
    """How long an unreachable server is waited for, where the address does not say so."""
    given = _parsed(url)
    wanted = {"connect_timeout": 10, "keepalives_idle": 10, "tcp_user_timeout": 30_000}
    return {name: value for name, value in wanted.items() if name not in given}
