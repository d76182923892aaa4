"""A drop folder: complete files become documents, and leave only after they are recorded."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watcher.errors import FetchError, UnreadableDocument
from watcher.model import Article, Document, Extraction, Poll, Quarantined, SourceSpec, SourceState
from watcher.sources.watch import FolderWatch

#: One poll takes at most so many files and about so many bytes.
_MAX_FILES = 200
_MAX_BYTES = 16_000_000
#: How often the folder is looked at even when nothing reported a change, in seconds.
_RESCAN_S = 1.0
#: How often a quiet folder is noted as polled.
_EVERY = timedelta(minutes=1)
_WAITING_SUFFIXES = (b".part", b".tmp", b".filepart", b".crdownload")
_DONE, _FAILED = b"done", b"failed"
_REASON = b".reason.txt"
_NAME_MAX = 255


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as one look saw it; it is the same file as long as this is the same."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Look:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class FolderSource:
    """The Source of `watcher.interfaces` for one folder.

    A file is complete when it was renamed into the folder, or when two looks ``settle`` apart
    saw the same size and times. Names are bytes: whatever the file system allows is read.
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
    ) -> None:
        self._path = os.fsencode(path)
        self._after = after
        self._encoding = encoding
        self._settle_s = settle.total_seconds()
        self._language = language
        self._tags = tags
        self._max_bytes = max_bytes
        self._split = split
        self._boilerplate = boilerplate
        self._watch = FolderWatch(path)
        #: First look at files that may still be written to: (what, monotonic time).
        self._looks: dict[bytes, tuple[_Look, float]] = {}
        #: Files that are dealt with but stay where they are.
        self._kept: dict[bytes, _Look] = {}
        #: What the last poll handed over, by the identity of its document.
        self._open: dict[int, tuple[bytes, _Look]] = {}
        self._refused: list[tuple[bytes, _Look, str]] = []
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
            why = error.strerror or type(error).__name__
            return Poll(source=self.spec.name, error=f"the folder cannot be read: {why}")

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
            try:
                complete, _ = await asyncio.to_thread(self._scan)
            except OSError:
                continue  # told by the next scheduled poll
            if complete:
                return

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        """Move, keep or delete what was recorded; refused files go to ``failed/``."""
        await asyncio.to_thread(self._put_away, extractions)

    async def close(self) -> None:
        """Stop watching."""
        await self._watch.close()

    def _scan(self) -> tuple[list[tuple[bytes, _Look]], int]:
        """Complete files, oldest first, and how many others are still being written."""
        now = time.monotonic()
        complete: list[tuple[bytes, _Look]] = []
        seen: set[bytes] = set()
        unsettled = 0
        with os.scandir(self._path) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith(b".") or name.lower().endswith(_WAITING_SUFFIXES):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone again
                if stat.S_ISDIR(status.st_mode):
                    continue
                seen.add(name)
                look = _Look.of(status)
                if self._kept.get(name) == look:
                    continue
                if self._is_complete(name, look, now):
                    complete.append((name, look))
                else:
                    unsettled += 1
        self._forget_all_but(seen)
        complete.sort(key=lambda one: one[1].mtime_ns)
        return complete, unsettled

    def _is_complete(self, name: bytes, look: _Look, now: float) -> bool:
        if self._watch.was_renamed_in(name):
            return True
        first = self._looks.get(name)
        if first is None or first[0] != look:
            self._looks[name] = (look, now)
            # A file that has been as it is for longer than that needs no second look: its
            # times say what an earlier one would have seen.
            age_s = time.time() - max(look.mtime_ns, look.ctime_ns) / 1e9
            return age_s >= self._settle_s
        return now - first[1] >= self._settle_s

    def _forget_all_but(self, names: set[bytes]) -> None:
        for memory in (self._looks, self._kept):
            for name in [name for name in memory if name not in names]:
                del memory[name]
        self._watch.forget_all_but(names)

    def _read_complete(self) -> Poll:
        complete, unsettled = self._scan()
        documents: list[Document] = []
        self._open.clear()
        self._refused.clear()
        size = 0
        taken = 0
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name, look in complete[:_MAX_FILES]:
                if size >= _MAX_BYTES:
                    break
                taken += 1
                try:
                    document = self._read(folder, name)
                except UnreadableDocument as error:
                    self._refused.append((name, look, str(error)))
                    continue
                if document is None:
                    unsettled += 1
                    continue
                size += len(document.body)
                documents.append(document)
                self._open[id(document)] = (name, look)
        finally:
            os.close(folder)
        now = datetime.now(UTC)
        return Poll(
            source=self.spec.name,
            documents=tuple(documents),
            refused=tuple(
                Quarantined(source=self.spec.name, document=_shown(name), reason=why, at=now)
                for name, _, why in self._refused
            ),
            more=taken < len(complete),
            unsettled=unsettled,
        )

    def _read(self, folder: int, name: bytes) -> Document | None:
        """The file as a document; None if it changed under our hands or is gone.

        Raises `UnreadableDocument` for what is no plain file of a decent size.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        try:
            handle = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            # ELOOP is what O_NOFOLLOW answers to a symbolic link, ENXIO what a socket does.
            raise UnreadableDocument(_why_not_opened(folder, name, error)) from None
        try:
            status = os.fstat(handle)
            self._check(status)
            body = _read_all(handle, self._max_bytes)
            if _Look.of(os.fstat(handle)) != _Look.of(status) or len(body) != status.st_size:
                return None
        finally:
            os.close(handle)
        now = datetime.now(UTC)
        return Document(
            source=self.spec.name,
            name=_shown(name),
            body=body,
            seen=now,
            captured=_captured(status.st_mtime, now),
            encoding=self._encoding,
            usual_language=self._language,
            tags=self._tags,
            split=self._split,
            boilerplate=self._boilerplate,
        )

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableDocument("this is no ordinary file")
        if status.st_nlink > 1:
            raise UnreadableDocument("this file has a second name (a hard link)")
        if status.st_size == 0:
            raise UnreadableDocument("the file is empty")
        if status.st_size > self._max_bytes:
            raise UnreadableDocument(
                f"the file has {status.st_size:,} bytes; at most {self._max_bytes:,} are read"
            )

    def _put_away(self, extractions: Sequence[Extraction]) -> None:
        for extraction in extractions:
            name, look = self._open.pop(id(extraction.document), (b"", None))
            if look is None:
                continue
            if extraction.failure is not None:
                self._put(name, look, _FAILED, extraction.failure)
            else:
                self._put(name, look, _DONE, None)
        for name, look, why in self._refused:
            self._put(name, look, _FAILED, why)
        self._refused.clear()

    def _put(self, name: bytes, look: _Look, place: bytes, reason: str | None) -> None:
        """Move a file out of the way, unless it is another one by now.

        Where that cannot be done it stays, and is not read again by this process; reading it
        again after a restart changes nothing.
        """
        path = os.path.join(self._path, name)
        try:
            if _Look.of(os.lstat(path)) != look:
                return
            if self._after == "keep":
                self._kept[name] = look
            elif self._after == "delete" and place == _DONE:
                os.unlink(path)
            else:
                self._move(path, name, place, reason)
        except OSError:
            self._kept[name] = look

    def _move(self, path: bytes, name: bytes, place: bytes, reason: str | None) -> None:
        where = os.path.join(self._path, place)
        os.makedirs(where, exist_ok=True)
        # Whoever may write here may have put a link in its place.
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.open(where, flags)
        try:
            target = _free_name(folder, name, b"" if reason is None else _REASON)
            os.rename(path, target, dst_dir_fd=folder)
            if reason is not None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                handle = os.open(target + _REASON, flags, 0o640, dir_fd=folder)
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(reason + "\n")
        finally:
            os.close(folder)


def _free_name(folder: int, name: bytes, tail: bytes) -> bytes:
    """The name in this folder, with a number when another file has it; short enough for a tail."""
    stem, suffix = os.path.splitext(name)
    number = 1
    while True:
        end = suffix if number == 1 else b".%d%s" % (number, suffix)
        end = end[: _NAME_MAX - len(tail) - 1]
        target = stem[: _NAME_MAX - len(tail) - len(end)] + end
        if not _is_there(folder, target) and not (tail and _is_there(folder, target + tail)):
            return target
        number += 1


def _is_there(folder: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _captured(mtime: float, now: datetime) -> datetime:
    """A file's time, which may be any number, as far as a calendar goes."""
    try:
        return min(datetime.fromtimestamp(mtime, tz=UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def _read_all(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := os.read(handle, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _why_not_opened(folder: int, name: bytes, error: OSError) -> str:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        mode = 0
    if stat.S_ISLNK(mode):
        return "this is a symbolic link, not a file"
    if mode and not stat.S_ISREG(mode):
        return "this is no ordinary file"
    return f"the file cannot be opened: {error.strerror}"


def _shown(name: bytes) -> str:
    """A file's name for people and the store: undecodable bytes as \\xNN."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
