"""Files that people save while we run: when they changed, and are whole again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

#: How often is looked, and how long nothing may have changed; together under two seconds with
#: the time that loading takes. An emptied file is one whose other half is still to come.
_LOOK_S, _SETTLED_S, _EMPTY_S = 0.3, 0.8, 5.0

#: Of each file what changes with every save.
_Look = Mapping[Path, tuple[int, int, int]]


class Saves:
    """Watches files; ``find`` lists them anew at each look, in a thread.

    Looking is the truth: notifications come while a file is half written, and from some file
    systems never.
    """

    def __init__(self, find: Callable[[], Iterable[Path]]) -> None:
        self._find = find
        self._known: _Look = dict(_stats(find()))

    async def changed(self) -> None:
        """Return when files were saved, removed or added since this returned last (or was made)."""
        before, since = await self._look(), time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_S)
            now = await self._look()
            if now != before:
                before, since = now, time.monotonic()
            elif now != self._known and time.monotonic() - since >= self._patience(now):
                self._known = now
                return

    def _patience(self, now: _Look) -> float:
        had = {path for path, (_, size, _) in self._known.items() if size}
        emptied = any(path in had and not size for path, (_, size, _) in now.items())
        return _EMPTY_S if emptied else _SETTLED_S

    async def _look(self) -> _Look:
        return await asyncio.to_thread(lambda: dict(_stats(self._find())))


def _stats(paths: Iterable[Path]) -> Iterable[tuple[Path, tuple[int, int, int]]]:
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            continue  # gone since it was listed; the next look knows
        yield path, (found.st_mtime_ns, found.st_size, found.st_ino)
