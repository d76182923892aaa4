"""Wakes a drop folder early: the system says when something was renamed in or closed.

Only a help: what is in the folder is found by looking (`Arrivals`), with or without this.
A file that was renamed in is complete by the habit of everyone who renames files in.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "linux":
    from asyncinotify import Inotify, Mask


class FolderWatch:
    """Watches one folder while somebody waits; silent where the system cannot watch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._woken = asyncio.Event()
        self._renamed: set[bytes] = set()
        #: Those of them that nobody has asked for yet (`newly_renamed`).
        self._new: set[bytes] = set()
        self._task: asyncio.Task[None] | None = None
        #: Device and inode of the folder that is watched; None while none is.
        self._watched: tuple[int, int] | None = None
        self._is_stale = False

    async def wait(self, seconds: float) -> None:
        """Return when something changed, or after so many seconds."""
        if self._is_stale:
            await self.close()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    def renamed_into(self, folder: tuple[int, int]) -> set[bytes]:
        """The names that the system reported as renamed into this folder (device and inode).

        A watch stays with a folder that was itself renamed; the next wait begins a new one.
        """
        if self._watched not in (None, folder):
            self._is_stale = True
        return set() if self._is_stale else set(self._renamed)

    def newly_renamed(self) -> set[bytes]:
        """The names that were renamed in since this was last asked."""
        new = set(self._new)
        self._new -= new
        return new

    def forget(self, names: set[bytes]) -> None:
        """Names that are gone may come again, and then must be reported again."""
        self._renamed -= names

    async def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        self._renamed.clear()
        self._new.clear()
        self._watched, self._is_stale = None, False
        if sys.platform != "linux":
            return
        # A folder that is not there, or a system out of watches: looking again is enough.
        with contextlib.suppress(OSError), Inotify() as inotify:
            # In a thread: the folder may lie on a share that does not answer.
            self._watched = await asyncio.to_thread(self._begin, inotify)
            # What was renamed in before the watch began is found by the first look.
            self._woken.set()
            async for event in inotify:
                if event.mask & Mask.IGNORED:
                    return  # the folder was deleted
                name = os.fsencode(event.name) if event.name else b""
                if event.mask & Mask.MOVED_TO:
                    self._renamed.add(name)
                    self._new.add(name)
                else:
                    # Somebody writes to it after all.
                    self._renamed.discard(name)
                if not event.mask & Mask.MODIFY:
                    self._woken.set()

    def _begin(self, inotify: Inotify) -> tuple[int, int]:
        """Have this folder watched, but not what a link in its place leads to; its identity."""
        mask = Mask.MOVED_TO | Mask.CLOSE_WRITE | Mask.MODIFY
        inotify.add_watch(self._path, mask | Mask.ONLYDIR | Mask.DONT_FOLLOW)
        status = os.lstat(self._path)
        return status.st_dev, status.st_ino
