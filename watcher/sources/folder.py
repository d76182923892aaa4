"""A drop folder: complete files become documents, and leave only after they are recorded.

    poll         list (`arrivals`) → open and read (`dropfile`) → documents
    acknowledge  move, keep or delete (`departures`)

`watch` wakes it early. Whoever may write into the folder is not trusted: nothing outside it is
opened, moved or changed, whatever lies in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watcher.errors import FetchError, UnreadableDocument
from watcher.model import Article, Document, Extraction, Poll, Quarantined, SourceSpec, SourceState
from watcher.sources.arrivals import Arrivals, Found
from watcher.sources.departures import Departures, Leaving
from watcher.sources.dropfile import FOLDER_FLAGS, read_file, shown_name
from watcher.sources.watch import FolderWatch

#: One poll takes at most so many files and about so many bytes.
_MAX_FILES = 200
_MAX_BYTES = 16_000_000
#: How often the folder is looked at even when nothing reported a change, in seconds.
_RESCAN_S = 1.0
#: How often a quiet folder is noted as polled.
_EVERY = timedelta(minutes=1)


class FolderSource:
    """The Source of `watcher.interfaces` for one folder.

    A file is complete when it was renamed into the folder, or when two looks ``settle`` apart
    saw the same size and times. Names are bytes: whatever the file system allows is read.
    What waits for longer than ``patience`` is told, and so are folders in the folder: only what
    lies directly in it is read.
    """

    def __init__(
        self,
        *,
        name: str,
        path: Path,
        after: str = "move",
        encoding: str | None = None,
        settle: timedelta = timedelta(seconds=2),
        language: str | None = None,
        tags: tuple[str, ...] = (),
        max_bytes: int = 10_000_000,
        split: bool = True,
        boilerplate: bool = True,
        paused: bool = False,
        patience: timedelta = timedelta(hours=1),
        again: timedelta = timedelta(minutes=1),
    ) -> None:
        self._path = os.fsencode(path)
        self._keeps = after == "keep"
        self._encoding = encoding
        self._settle_s = settle.total_seconds()
        self._language = language
        self._tags = tags
        self._max_bytes = max_bytes
        self._split = split
        self._boilerplate = boilerplate
        self._watch = FolderWatch(path)
        self._arrivals = Arrivals(
            watch=self._watch, settle_s=self._settle_s, patience_s=patience.total_seconds()
        )
        self._departures = Departures(delete=after == "delete", again_s=again.total_seconds())
        #: One thread at a time has the folder; a thread outlives the task that waits for it.
        self._turn = threading.Lock()
        #: What the last poll took, until it is acknowledged: all of it, then what it handed over,
        #: by the identity of its document, and what it refused.
        self._taken: list[Found] = []
        self._open: dict[int, Found] = {}
        self._refused: list[Leaving] = []
        #: What lies there unread, of which the last poll told.
        self._overlooked: set[bytes] = set()
        self.spec = SourceSpec(
            name=name,
            type="folder",
            lane_kind="folder",
            lane_name=os.fsdecode(self._path),
            every=_EVERY,
            paused=paused,
        )

    async def poll(self, state: SourceState) -> Poll:
        """Read the files that are complete, oldest first."""
        try:
            return await asyncio.to_thread(self._read_complete)
        except OSError as error:
            return Poll(source=self.spec.name, error=_why_unreadable(error))

    @property
    def reads_pages(self) -> bool:
        """Never: a file is all there is."""
        return False

    async def page(self, article: Article) -> Document:
        """No page is read."""
        raise FetchError("a file has no page")

    async def changed(self) -> None:
        """Return when a file is complete: woken by the system, or by looking again and again."""
        while True:
            await self._watch.wait(min(_RESCAN_S, max(self._settle_s / 2, 0.05)))
            # However often it is woken, a large folder is not listed all the time.
            await asyncio.sleep(self._arrivals.scan_due_in)
            with contextlib.suppress(OSError):  # told by the next scheduled poll
                if await asyncio.to_thread(self._is_ready):
                    return

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        """Move, keep or delete what was recorded; refused files go to ``failed/``."""
        await asyncio.to_thread(self._put_away, extractions)

    async def close(self) -> None:
        """Stop watching."""
        await self._watch.close()

    @contextlib.contextmanager
    def _folder(self) -> Iterator[int]:
        """The open folder, for one thread. Raises `OSError`, also where it is a link."""
        with self._turn:
            handle = os.open(self._path, FOLDER_FLAGS)
            try:
                yield handle
            finally:
                os.close(handle)

    def _is_ready(self) -> bool:
        """Whether a poll would bring something."""
        with self._folder() as folder:
            if not self._arrivals.complete:
                self._arrivals.scan(folder)
            return self._arrivals.complete > 0

    def _read_complete(self) -> Poll:
        with self._folder() as folder:
            if self._taken:
                # The last poll failed or was not acknowledged: what it took lies there still.
                self._arrivals.start_over()
            self._departures.try_again(folder)
            if not self._arrivals.complete or not self._arrivals.scan_due_in:
                self._arrivals.scan(folder)
            else:
                self._arrivals.add_renamed(folder)
            documents = self._read_next(folder)
            overlooked = list(self._arrivals.overlooked.items())[:_MAX_FILES]
            self._overlooked = {name for name, _ in overlooked}
            told = [*((one.name, one.reason or "") for one in self._refused), *overlooked]
            return Poll(
                source=self.spec.name,
                documents=tuple(documents),
                refused=tuple(self._quarantined(name, why) for name, why in told),
                error=self._departures.trouble,
                more=self._arrivals.complete > 0,
                unsettled=self._arrivals.unsettled,
            )

    def _read_next(self, folder: int) -> list[Document]:
        self._open, self._refused = {}, []
        documents: list[Document] = []
        self._taken = self._arrivals.take(_MAX_FILES, _MAX_BYTES, largest=self._max_bytes)
        for found in self._taken:
            try:
                body = read_file(folder, found.name, found.look, max_bytes=self._max_bytes)
            except UnreadableDocument as error:
                self._refused.append(Leaving(found.name, found.look, str(error)))
                continue
            if body is None:
                self._arrivals.wait_again(found)
                continue
            documents.append(self._document(found, body))
            self._open[id(documents[-1])] = found
        return documents

    def _quarantined(self, name: bytes, reason: str) -> Quarantined:
        return Quarantined(
            source=self.spec.name, document=shown_name(name), reason=reason, at=datetime.now(UTC)
        )

    def _document(self, found: Found, body: bytes) -> Document:
        now = datetime.now(UTC)
        return Document(
            source=self.spec.name,
            name=shown_name(found.name),
            body=body,
            seen=now,
            captured=_captured(found.look.mtime_ns / 1e9, now),
            encoding=self._encoding,
            usual_language=self._language,
            tags=self._tags,
            split=self._split,
            boilerplate=self._boilerplate,
        )

    def _put_away(self, extractions: Sequence[Extraction]) -> None:
        leaving = list(self._refused)
        for extraction in extractions:
            found = self._open.get(id(extraction.document))
            if found is not None:
                leaving.append(Leaving(found.name, found.look, extraction.failure))
        stay = leaving if self._keeps else self._leave(leaving)
        with self._turn:
            self._taken, self._open, self._refused = [], {}, []
            self._arrivals.tell(self._overlooked)
            for one in stay:
                self._arrivals.keep(one.name, one.look)

    def _leave(self, files: Sequence[Leaving]) -> Sequence[Leaving]:
        """Move or delete these; those that stay.

        Where the folder itself is gone they come again with it, and reading twice is harmless.
        """
        try:
            with self._folder() as folder:
                return self._departures.leave(folder, files)
        except OSError:
            return ()


def _captured(mtime: float, now: datetime) -> datetime:
    """A file's time, which may be any number, as far as a calendar goes."""
    try:
        return min(datetime.fromtimestamp(mtime, tz=UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def _why_unreadable(error: OSError) -> str:
    why = error.strerror or type(error).__name__
    if isinstance(error, NotADirectoryError):
        why = "it is a link or a file; name the folder itself in the configuration"
    return f"the folder cannot be read: {why}"
