"""What both engines offer the store: statements inside transactions, nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from watcher.errors import NewerSchema, StoreError
from watcher.store.schema import MIGRATION_NAMES

#: Parameters of one statement, by name.
Values = Mapping[str, str | int | None]
#: The same while they are being put together.
Draft = dict[str, str | int | None]

#: Names in one IN list: both engines take thousands, but plans and statement texts grow with it.
_IN_LIST = 500


class Conflict(StoreError):
    """Other processes kept changing the same rows of the store; try again."""

    exit_status = 75


class Row(Protocol):
    """One row of a result, by column name."""

    def __getitem__(self, key: str, /) -> Any:
        """The column's value: str, int or None."""


class Statements(Protocol):
    """What can be done inside a transaction. Parameters are written ``:name``."""

    #: Appended to a SELECT that claims: rows another transaction holds are passed over.
    skip_locked: str
    #: Appended to a SELECT that must have its rows: waits for whoever holds them.
    wait_locked: str

    def query(self, sql: str, values: Values | None = None) -> Sequence[Row]:
        """All rows of the result."""

    def execute(self, sql: str, values: Values | None = None) -> int:
        """How many rows the statement changed."""

    def executemany(self, sql: str, rows: Sequence[Values]) -> int:
        """How many rows were changed altogether; nothing happens without rows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function came to: its result, or its exception."""

    value: Any = None
    error: BaseException | None = None


def run_alone(function: Callable[[], object]) -> Outcome:
    """What this function comes to."""
    try:
        return Outcome(value=function())
    except Exception as error:  # noqa: BLE001 - raised again where the function is waited for
        return Outcome(error=error)


def first_alone(functions: Sequence[Callable[[], object]]) -> list[Outcome]:
    """What the first of these functions comes to."""
    return [run_alone(functions[0])]


class Driver(Protocol):
    """An open database. Used by one thread at a time."""

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[Statements]:
        """Commit at the end, roll back on any exception.

        A read-only one sees a single state of the database and waits for no writer. The engine's
        errors leave as `StoreError`; as `Conflict` when the same transaction may succeed if it
        is simply run again.
        """

    def group(self) -> AbstractContextManager[None]:
        """Transactions inside are parts of one: each can roll back alone, and what they wrote is
        on disk when the group ends without an exception.

        An error of the engine, in one of them or at the end, rolls back all of them and leaves
        as `StoreError`. An engine for which this does not pay leaves them as they are.
        """

    def close(self) -> None:
        """Give back the connection."""


def select_in(
    tx: Statements, sql: str, values: Iterable[str | int], others: Draft | None = None
) -> list[Row]:
    """The rows of a SELECT with ``IN ({names})``, for any number of values, without repeats.

    ``others`` are values of further parameters.
    """
    wanted = sorted(set(values))
    found: list[Row] = []
    for start in range(0, len(wanted), _IN_LIST):
        some = wanted[start : start + _IN_LIST]
        names = _names(len(some))
        # Named twice, a value is found once: so a few statements serve all lengths, and engines
        # keep them prepared.
        some += some[-1:] * (len(names) - len(some))
        part = dict(zip(names, some, strict=True))
        listed = ", ".join(f":{name}" for name in names)
        found += tx.query(sql.replace("{names}", listed), part | (others or {}))
    return found


@cache
def _names(count: int) -> tuple[str, ...]:
    """Names of at least so many parameters: as many as the next power of two."""
    return tuple(f"v{at}" for at in range(min(_IN_LIST, 1 << (count - 1).bit_length())))


def check_applied(applied: Iterable[str], where: str, *, read_only: bool) -> bool:
    """Whether migrations are missing; `NewerSchema` if the store knows more than this version.

    A store opened for reading cannot be migrated: missing ones are a `StoreError` then.
    """
    names = set(applied)
    if unknown := sorted(names.difference(MIGRATION_NAMES)):
        raise NewerSchema(
            f"{where} was written by a newer news-watcher (it has {unknown[-1]}): "
            "install that version or restore a backup."
        )
    missing = not names.issuperset(MIGRATION_NAMES)
    if missing and read_only:
        raise StoreError(
            f"{where} was written by an older news-watcher: start `watcher run` or "
            "`watcher db migrate` once to bring it up to date."
        )
    return missing
