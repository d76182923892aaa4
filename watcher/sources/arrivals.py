"""What lies in a drop folder: which files are complete, and in what order they are read.

100,000 files are read in 500 polls, and listing them takes half a second each time. So the
folder is listed again only when all files of the last listing were taken, or when so much time
has passed that listing is a small part of it. What is renamed in meanwhile is known by name.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.sources.departures import PLACES
from watcher.sources.dropfile import Look
from watcher.sources.watch import FolderWatch

_UNFINISHED = (
    b".part", b".partial", b".filepart", b".tmp", b".temp", b".crdownload", b".download",
    b".swp", b".swx", b"~",
)  # fmt: skip
#: Listing may take so large a part of the time.
_SHARE = 0.1
#: An empty file waits so many times longer: its writer may still be looking for the content.
_EMPTY_WAITS = 10
#: Of the files that are handed out together, so many may have come after the others were listed.
_FRESH_SHARE = 0.25
#: The clock was set when it moved so much more than time passed between two listings, in seconds.
_CLOCK_SET_S = 1.0

_IS_FOLDER = (
    "this is a folder, and files in folders are not read: move them up into the drop folder, or "
    "give the folder a source of its own"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A complete file, under the name that it has in the folder."""

    name: bytes
    look: Look


@dataclass(frozen=True, slots=True)
class _Wait:
    """A file that may still be written to: seen first, and last changed, at these moments."""

    look: Look
    since: float
    unchanged: float


class Arrivals:
    """The files of one drop folder, from their first look until they are dealt with.

    A file is complete when it was renamed into the folder, or when two looks ``settle_s`` apart
    saw the same size and times. What has waited for ``patience_s`` is told once (`overlooked`).
    Not thread-safe.
    """

    def __init__(self, *, watch: FolderWatch, settle_s: float, patience_s: float) -> None:
        self._watch = watch
        self._settle_s = settle_s
        self._patience_s = patience_s
        self._waits: dict[bytes, _Wait] = {}
        #: Unfinished by their names, and when each was first seen.
        self._unfinished: dict[bytes, float] = {}
        #: Files that are dealt with but stay where they are.
        self._kept: dict[bytes, Look] = {}
        #: Complete files, newest first, so that the oldest is the cheapest to take.
        self._listed: dict[bytes, Look] = {}
        #: Complete files that came while others of an earlier listing still waited.
        self._fresh: dict[bytes, Look] = {}
        self._overlooked: dict[bytes, str] = {}
        self._told: set[bytes] = set()
        self._scanned = time.monotonic()
        self._scan_s = 0.0
        self._clock = time.time() - self._scanned
        self._clock_says_age = False

    @property
    def complete(self) -> int:
        """How many complete files wait to be taken."""
        return len(self._listed) + len(self._fresh)

    @property
    def unsettled(self) -> int:
        """How many files may still be written to."""
        return len(self._waits)

    @property
    def overlooked(self) -> Mapping[bytes, str]:
        """What lies there and will not be read, each with the reason, unless told (`tell`)."""
        return self._overlooked

    @property
    def scan_due_in(self) -> float:
        """Seconds until listing the folder is cheap enough again; 0 if it is."""
        return max(0.0, self._scanned + self._scan_s / _SHARE - time.monotonic())

    def scan(self, folder: int) -> None:
        """List the folder, an open descriptor, and look at everything in it."""
        now = time.monotonic()
        status = os.fstat(folder)
        renamed = self._watch.renamed_into((status.st_dev, status.st_ino))
        self._watch.newly_renamed()  # listed with all others
        self._check_clock(now, status.st_dev)
        self._overlooked = {}
        complete: list[Found] = []
        seen: set[bytes] = set()
        for name, one in _list(folder):
            seen.add(name)
            if not self._is_file(name, one, now):
                self._waits.pop(name, None)  # it was one when it was seen first
                continue
            look = Look.of(one)
            if self._kept.get(name) == look:
                continue
            if name in renamed or self._is_complete(name, look, one, now):
                complete.append(Found(name, look))
        self._forget_all_but(seen)
        self._watch.forget(renamed - seen)
        self._sort_in(complete)
        self._scanned = time.monotonic()
        self._scan_s = self._scanned - now

    def add_renamed(self, folder: int) -> None:
        """Look at nothing but what was renamed into the folder since it was listed."""
        now = time.monotonic()
        status = os.fstat(folder)
        renamed = self._watch.renamed_into((status.st_dev, status.st_ino))
        found: list[Found] = []
        for name in self._watch.newly_renamed() & renamed:
            with contextlib.suppress(OSError):  # gone again
                one = os.stat(name, dir_fd=folder, follow_symlinks=False)
                look = Look.of(one)
                if self._is_file(name, one, now) and self._kept.get(name) != look:
                    found.append(Found(name, look))
        found.sort(key=_age_order, reverse=True)
        for each in found:
            self._listed.pop(each.name, None)
        self._fresh = {each.name: each.look for each in found} | self._fresh

    def take(self, count: int, size: int, *, largest: int) -> list[Found]:
        """Take the next complete files, oldest first: at most so many, of about so many bytes.

        Files above ``largest`` do not count: they are refused unread. What came after the
        folder was listed need not wait for all that was there already: a quarter of the files
        taken may be of those.
        """
        taken: list[Found] = []
        fresh = int(count * _FRESH_SHARE)
        while len(taken) < count and size > 0 and self.complete:
            fresh_next = self._fresh and (len(taken) < fresh or not self._listed)
            name, look = (self._fresh if fresh_next else self._listed).popitem()
            taken.append(Found(name, look))
            size -= look.size if look.size <= largest else 0
        return sorted(taken, key=_age_order)

    def start_over(self) -> None:
        """Forget what was listed: files that were taken have not been dealt with."""
        self._listed.clear()
        self._fresh.clear()

    def keep(self, name: bytes, look: Look) -> None:
        """This file is dealt with and stays; it comes again only when it changes."""
        self._kept[name] = look

    def wait_again(self, found: Found) -> None:
        """This file was not what it seemed: it has to settle once more."""
        now = time.monotonic()
        self._watch.forget({found.name})
        self._waits[found.name] = _Wait(found.look, now, now)

    def tell(self, names: set[bytes]) -> None:
        """These are known to the operator now."""
        self._told |= names
        for name in names:
            self._overlooked.pop(name, None)

    def _check_clock(self, now: float, device: int) -> None:
        """Find out whether a file's times say how long it has been as it is.

        They do on a disk of this machine, which has a device number. The times on a share are
        another machine's, and those after the clock was set are of another time.
        """
        clock = time.time() - now
        self._clock_says_age = os.major(device) != 0 and abs(clock - self._clock) < _CLOCK_SET_S
        self._clock = clock

    def _is_file(self, name: bytes, status: os.stat_result, now: float) -> bool:
        """Whether this may ever be read under this name."""
        # Hidden names are nobody's document: transfers under way, locks, our own.
        if name.startswith(b"."):
            return False
        if stat.S_ISDIR(status.st_mode):
            if name not in PLACES:
                self._overlook(name, _IS_FOLDER)
            return False
        if _is_unfinished(name):
            since = self._unfinished.setdefault(name, now)
            if now - since >= self._patience_s:
                self._overlook(
                    name,
                    f"its name says that it is unfinished, and has for {self._patience}: rename "
                    "it when it is complete, or remove it",
                )
            return False
        return True

    def _is_complete(self, name: bytes, look: Look, status: os.stat_result, now: float) -> bool:
        if look in (self._listed.get(name), self._fresh.get(name)):
            return True
        need = self._settle_s
        if look.size == 0 and stat.S_ISREG(status.st_mode):
            need *= _EMPTY_WAITS
        wait = self._waits.get(name)
        if wait is None:
            wait = _Wait(look, now, now)
            # What has been as it is for so long needs no second look: its times say what an
            # earlier one would have seen.
            if not need or (self._clock_says_age and _age(look) >= need):
                return True
        elif wait.look != look:
            wait = _Wait(look, wait.since, now)
        self._waits[name] = wait
        if now - wait.unchanged >= need:
            return True
        if now - wait.since >= self._patience_s:
            self._overlook(
                name,
                f"it has been written to for {self._patience}, so it is not read yet: close it, "
                "or drop a copy",
            )
        return False

    @property
    def _patience(self) -> str:
        return f"{self._patience_s / 60:g} minutes"

    def _overlook(self, name: bytes, reason: str) -> None:
        if name not in self._told:
            self._overlooked[name] = reason

    def _forget_all_but(self, names: set[bytes]) -> None:
        _keep_only(names, self._waits)
        _keep_only(names, self._unfinished)
        _keep_only(names, self._kept)
        self._told &= names

    def _sort_in(self, complete: list[Found]) -> None:
        complete.sort(key=_age_order, reverse=True)
        earlier = self._listed
        self._listed, self._fresh = {}, {}
        for found in complete:
            self._waits.pop(found.name, None)
            is_fresh = bool(earlier) and found.name not in earlier
            (self._fresh if is_fresh else self._listed)[found.name] = found.look


def _list(folder: int) -> Iterator[tuple[bytes, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # gone again
                yield os.fsencode(entry.name), entry.stat(follow_symlinks=False)


def _keep_only(names: set[bytes], memory: dict[bytes, Any]) -> None:
    for name in memory.keys() - names:
        del memory[name]


def _is_unfinished(name: bytes) -> bool:
    """Names that browsers, transfers and editors give to what is not, or no longer, the file."""
    if name.startswith(b"~$") or (name.startswith(b"#") and name.endswith(b"#")):
        return True
    return name.lower().endswith(_UNFINISHED)


def _age(look: Look) -> float:
    return time.time() - max(look.mtime_ns, look.ctime_ns) / 1e9


def _age_order(found: Found) -> tuple[int, bytes]:
    return found.look.mtime_ns, found.name
