"""The lock of a state folder: one daemon at a time, and whether there is one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from watcher.errors import AlreadyRunning, StoreError


class StateLock:
    """The right to be the one daemon of a state folder; ends with the process."""

    def __init__(self, folder: Path) -> None:
        """Take it. Raises `AlreadyRunning`, or `StoreError` for a folder that cannot be used."""
        path = folder / "daemon.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"the state folder {folder} cannot be used ({error.strerror}); "
                "make it writable or set [watcher] state"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            pid = self._file.read().strip() or "unknown"
            self._file.close()
            raise AlreadyRunning(
                f"another news-watcher (process {pid}) already works on {folder}; "
                "stop it first, or give this one a state folder of its own"
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let another daemon start."""
        self._file.close()


def is_running(state: Path) -> bool:
    """True while a daemon holds the lock of this state folder."""
    try:
        with (state / "daemon.lock").open("r", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
