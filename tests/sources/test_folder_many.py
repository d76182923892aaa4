"""A drop folder with more files than one poll takes: their order, and what listing them costs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from watcher.sources.arrivals import Arrivals
from watcher.sources.dropfile import FOLDER_FLAGS
from watcher.sources.watch import FolderWatch

if TYPE_CHECKING:
    from conftest import Drop

_listed: list[object] = []


def listings() -> int:
    """How often this process has listed a folder, by its number or its path."""
    if not _listed:
        # There is no way to take it away again, so it is put in once.
        sys.addaudithook(lambda event, args: event == "os.scandir" and _listed.append(args))
        _listed.append(None)
    return len(_listed)


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.soak)])
async def test_a_full_folder_is_read_oldest_first_and_seldom_listed(drop: Drop, count: int) -> None:
    for number in range(count):
        path = drop.put(f"{(number * 7919) % count:06}.txt", b"%d" % number)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    source = drop.source(settle_s=0)
    before, listed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, listings()
    started = time.monotonic()
    read: list[int] = []
    polls, more = 0, True
    while more:
        poll = await drop.take(source)
        read += [int(one.body) for one in poll.documents]
        more, polls = poll.more, polls + 1
    took, listed = time.monotonic() - started, listings() - listed
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    print(f"{count} files: {took:.1f} s, {polls} polls, {listed} listings, {grown:.0f} MB more")
    assert read == list(range(count))
    assert polls == count // 200
    assert len(drop.names("done")) == count
    assert grown < 100
    if count > 10_000:
        assert listed < polls / 4


async def test_a_kept_folder_is_not_listed_all_the_time(drop: Drop) -> None:
    """With after = keep a large folder stays large: listing it must not be all that is done."""
    for number in range(2_000):
        drop.put(f"{number}.txt")
    source = drop.source(settle_s=0, after="keep")
    while (await drop.take(source)).more:
        pass
    assert source._arrivals.scan_due_in > 0


@pytest.fixture
def arrivals(drop: Drop) -> Arrivals:
    """The files of the folder, complete at once."""
    return Arrivals(watch=FolderWatch(drop.path), settle_s=0, patience_s=3600)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    handle = os.open(path, FOLDER_FLAGS)
    try:
        yield handle
    finally:
        os.close(handle)


def scan(arrivals: Arrivals, path: Path) -> None:
    with opened(path) as folder:
        arrivals.scan(folder)


def take(arrivals: Arrivals, path: Path, count: int) -> list[bytes]:
    """Take files, and remove them as they leave the folder when they are dealt with."""
    names = [one.name for one in arrivals.take(count, 10**6, largest=1000)]
    for name in names:
        (path / os.fsdecode(name)).unlink()
    return names


def fill(drop: Drop, names: range) -> None:
    for number in names:
        os.utime(drop.put(f"{number:03}", b"x" * 10), (number + 1, number + 1))


async def test_what_comes_later_does_not_wait_for_all_that_was_there(
    drop: Drop, arrivals: Arrivals
) -> None:
    fill(drop, range(100))
    scan(arrivals, drop.path)
    first = take(arrivals, drop.path, 8)
    fill(drop, range(200, 204))
    scan(arrivals, drop.path)
    assert first == [b"%03d" % one for one in range(8)]
    assert take(arrivals, drop.path, 8) == [b"%03d" % one for one in (*range(8, 14), 200, 201)]
    # Listed again while they waited, they are still those that came later.
    scan(arrivals, drop.path)
    assert take(arrivals, drop.path, 4)[-1] == b"202"


async def test_what_is_renamed_in_is_known_without_listing(drop: Drop, tmp_path: Path) -> None:
    watch = FolderWatch(drop.path)
    arrivals = Arrivals(watch=watch, settle_s=0, patience_s=3600)
    fill(drop, range(20))
    scan(arrivals, drop.path)
    names: list[bytes] = []
    other = tmp_path / "elders"
    try:
        async with asyncio.timeout(20):
            while b"nieuw" not in names:
                # Under the name of a file that waits, too: it is another one now.
                for name in ("nieuw", "019"):
                    other.write_bytes(b"x")
                    os.rename(other, drop.path / name)
                await watch.wait(0.05)
                with opened(drop.path) as folder:
                    arrivals.add_renamed(folder)
                names += take(arrivals, drop.path, 4)
    finally:
        await watch.close()


async def test_nothing_is_left_when_all_was_taken(drop: Drop, arrivals: Arrivals) -> None:
    fill(drop, range(10))
    scan(arrivals, drop.path)
    names = take(arrivals, drop.path, 4)
    fill(drop, range(20, 30))
    scan(arrivals, drop.path)
    while arrivals.complete:
        names += take(arrivals, drop.path, 4)
    assert sorted(names) == [b"%03d" % one for one in (*range(10), *range(20, 30))]


async def test_large_files_that_are_refused_unread_do_not_fill_a_batch(
    drop: Drop, arrivals: Arrivals
) -> None:
    for number in range(3):
        drop.put(f"groot{number}", b"x" * 2000)
        drop.put(f"klein{number}", b"x" * 500)
    scan(arrivals, drop.path)
    assert len(arrivals.take(10, 1200, largest=1000)) == 6
