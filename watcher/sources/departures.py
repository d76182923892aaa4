"""Where dropped files go when they are dealt with: ``done/``, ``failed/``, or away.

Everything is done in open folders, so that no link that is put in a folder's place leads a file
elsewhere, and under names that nothing has, so that nothing is overwritten. A process that is
killed on the way leaves a file in one place or the other, and at most a reason without its file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from watcher.sources.dropfile import FOLDER_FLAGS, Look
from watcher.sources.renaming import rename_to_free

_DONE, _FAILED = b"done", b"failed"
#: The folders in the drop folder that are ours.
PLACES = frozenset((_DONE, _FAILED))
_REASON = b".reason.txt"
_LEAVING = b".leaving"
_AGAIN = b".again"
_NAME_MAX = 255
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: Files that could not be moved are tried again so often, in seconds, and so many at a time.
_AGAIN_S = 60.0
_AGAIN_FILES = 200


@dataclass(frozen=True, slots=True)
class Leaving:
    """A file that is dealt with; ``reason`` says why it was refused (None: it was read)."""

    name: bytes
    look: Look
    reason: str | None = None


class Departures:
    """Moves files out of a drop folder, or deletes those that were read (``delete``).

    What cannot be moved stays, is tried again every ``again_s``, and is told (`trouble`).
    Not thread-safe.
    """

    def __init__(self, *, delete: bool = False, again_s: float = _AGAIN_S) -> None:
        self._delete = delete
        self._again_s = again_s
        self._tried = time.monotonic()
        self._stuck: dict[bytes, Leaving] = {}
        self._why = ""

    @property
    def trouble(self) -> str:
        """What an operator should know; empty when every file has left."""
        if not self._stuck:
            return ""
        count = len(self._stuck)
        files = "1 file that is" if count == 1 else f"{count:,} files that are"
        return (
            f"{files} dealt with cannot leave the folder ({self._why}): nothing is lost, but put "
            "that right; it is tried again every minute"
        )

    def leave(self, folder: int, files: Iterable[Leaving]) -> list[Leaving]:
        """Move these out of the folder, an open descriptor. Returns those that stay.

        A file that is gone or another one by now is let alone.
        """
        stay: list[Leaving] = []
        with contextlib.ExitStack() as stack:
            places = _Places(folder, stack)
            for one in files:
                self._stuck.pop(one.name, None)
                try:
                    self._leave(folder, one, places)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    self._stuck[one.name] = one
                    self._why = error.strerror or type(error).__name__
                    stay.append(one)
        return stay

    def try_again(self, folder: int) -> None:
        """Try once more to move what stayed, when it is time to.

        The first ones each time, and those that stay again go to the end.
        """
        if self._stuck and time.monotonic() - self._tried >= self._again_s:
            self.leave(folder, list(self._stuck.values())[:_AGAIN_FILES])
            self._tried = time.monotonic()

    def _leave(self, folder: int, one: Leaving, places: _Places) -> None:
        if not Look.at(folder, one.name).has_content_of(one.look):
            return
        if one.reason is not None:
            _move_with_reason(folder, one, places.open(_FAILED), one.reason)
        elif self._delete:
            # Under a name that nobody else uses, it cannot be replaced before it is unlinked.
            moved = _move(folder, one, folder, _LEAVING)
            if moved is not None:
                os.unlink(moved, dir_fd=folder)
        else:
            _move(folder, one, places.open(_DONE), one.name)


class _Places:
    """``done/`` and ``failed/`` of a folder, each made and opened when it is needed."""

    def __init__(self, folder: int, stack: contextlib.ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._open: dict[bytes, int] = {}

    def open(self, name: bytes) -> int:
        """The open folder. Raises `OSError` where something else has its name."""
        if name not in self._open:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o775, dir_fd=self._folder)
            try:
                handle = os.open(name, FOLDER_FLAGS, dir_fd=self._folder)
            except OSError as error:
                if error.errno in (errno.ENOTDIR, errno.ELOOP):
                    error.strerror = f"{name.decode()} is a link or a file where a folder must be"
                raise
            self._stack.callback(os.close, handle)
            self._open[name] = handle
        return self._open[name]


def _move_with_reason(folder: int, one: Leaving, place: int, reason: str) -> None:
    """The reason goes first: a refused file is never there without it."""
    target = _free_name(place, one.name, _REASON)
    handle = os.open(target + _REASON, _CREATE_FLAGS, 0o640, dir_fd=place)
    with _removed_on_error(place, target + _REASON):
        with open(handle, "w", encoding="utf-8") as file:
            file.write(reason + "\n")
        rename_to_free(folder, one.name, place, target)
    if not _arrived(folder, one, place, target):
        os.unlink(target + _REASON, dir_fd=place)


def _move(folder: int, one: Leaving, place: int, name: bytes) -> bytes | None:
    """Move a file under this name or one like it; its new name, or None if it was another."""
    target = _free_name(place, name)
    rename_to_free(folder, one.name, place, target)
    return target if _arrived(folder, one, place, target) else None


def _arrived(folder: int, one: Leaving, place: int, target: bytes) -> bool:
    """Whether the file that was moved is the one that was meant; another goes back.

    A writer may have replaced it between our last look and the rename: that one is unread. It
    goes back under a name that no writer uses, as its own may be written again at any moment.
    """
    if Look.at(place, target).has_content_of(one.look):
        return True
    stem, suffix = os.path.splitext(one.name)
    rename_to_free(place, target, folder, _free_name(folder, stem + _AGAIN + suffix))
    return False


@contextlib.contextmanager
def _removed_on_error(folder: int, name: bytes) -> Iterator[None]:
    try:
        yield
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise


def _free_name(folder: int, name: bytes, tail: bytes = b"") -> bytes:
    """The name in this folder, with a number when another file has it; short enough for a tail."""
    stem, suffix = os.path.splitext(name)

    def numbered(number: int) -> bytes:
        end = suffix if number == 1 else b".%d%s" % (number, suffix)
        end = end[: _NAME_MAX - len(tail) - 1]
        return _cut(stem, _NAME_MAX - len(tail) - len(end)) + end

    def is_taken(number: int) -> bool:
        target = numbered(number)
        names = (target, target + tail) if tail else (target,)
        return any(_is_there(folder, one) for one in names)

    return numbered(_first_free(is_taken))


def _first_free(is_taken: Callable[[int], bool]) -> int:
    """A free number after a taken one, or 1.

    Found by halving: a file that comes every minute under the same name has 500,000 namesakes
    after a year.
    """
    if not is_taken(1):
        return 1
    taken, free = 1, 2
    while is_taken(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        if is_taken(middle):
            taken = middle
        else:
            free = middle
    return free


def _cut(name: bytes, length: int) -> bytes:
    """The name's beginning, without half a letter at its end: some file systems refuse those."""
    for end in range(length, max(length - 4, 0), -1):
        if name[end : end + 1] == b"" or name[end] & 0xC0 != 0x80:
            return name[:end]
    return name[:length]


def _is_there(folder: int, name: bytes) -> bool:
    try:
        Look.at(folder, name)
    except FileNotFoundError:
        return False
    return True
