"""Every error raised on purpose: one root, a default message and an exit status each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file; line and column count from 1 (0: the file as a whole)."""

    file: str
    line: int
    column: int
    code: str
    message: str
    level: str = "error"
    hint: str = ""
    #: The line itself, so that it can be shown with a caret.
    source_line: str = ""


class WatcherError(Exception):
    """Something went wrong in news-watcher."""

    #: Exit status of a command that ends with this error (see sysexits.h).
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigError(WatcherError):
    """The configuration has problems."""

    exit_status = 78

    def __init__(self, problems: Sequence[Problem], message: str | None = None) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class SecretError(WatcherError):
    """A secret that the configuration refers to could not be read."""

    exit_status = 78


class AlreadyRunning(WatcherError):
    """Another news-watcher already works on this store."""

    exit_status = 75


class StoreError(WatcherError):
    """The store could not be used."""

    exit_status = 69


class NewerSchema(StoreError):
    """The store was written by a newer news-watcher; install that version or restore a backup."""


class LostLease(StoreError):
    """Another node took over this lane, so nothing was recorded."""

    exit_status = 75


class UnreadableDocument(WatcherError):
    """The document could not be read as news."""


class NotFoundError(WatcherError):
    """There is no such thing."""


class FetchError(WatcherError):
    """The feed could not be fetched."""
