"""Wakes a drop folder early: the system says when something was renamed in or closed.

Only a help: what is in the folder is found by looking (`FolderSource`), with or without this.
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
        self._task: asyncio.Task[None] | None = None

    async def wait(self, seconds: float) -> None:
        """Return when something changed, or after so many seconds."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    def was_renamed_in(self, name: bytes) -> bool:
        """True if the system reported that this name was renamed into the folder."""
        return name in self._renamed

    def forget_all_but(self, names: set[bytes]) -> None:
        """Names that are gone may come again, and then must be reported again."""
        self._renamed &= names

    async def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        if sys.platform != "linux":
            return
        # A folder that is not there, or a system out of watches: looking again is enough.
        with contextlib.suppress(OSError), Inotify() as inotify:
            mask = Mask.MOVED_TO | Mask.CLOSE_WRITE | Mask.MODIFY | Mask.DELETE_SELF
            inotify.add_watch(self._path, mask)
            # What was renamed in before the watch began is found by the first look.
            self._woken.set()
            async for event in inotify:
                name = os.fsencode(event.name) if event.name else b""
                if event.mask & Mask.MOVED_TO:
                    self._renamed.add(name)
                else:
                    # Somebody writes to it after all.
                    self._renamed.discard(name)
                if not event.mask & Mask.MODIFY:
                    self._woken.set()
