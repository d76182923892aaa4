"""A drop folder under other hands: replaced, growing, locked, full or not ours to write in."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from watcher.errors import UnreadableDocument
from watcher.model import Extraction, SourceState
from watcher.sources.departures import Departures, Leaving
from watcher.sources.dropfile import FOLDER_FLAGS, Look, read_file, read_open

if TYPE_CHECKING:
    from conftest import Drop

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def opened(path: Path | bytes, flags: int = FOLDER_FLAGS) -> Iterator[int]:
    handle = os.open(path, flags)
    try:
        yield handle
    finally:
        os.close(handle)


# --- between the look and the end of reading ---------------------------------------------------


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"en meer")


def replace(path: Path) -> None:
    other = path.with_name("ander.part")
    other.write_bytes(b"twee")
    os.replace(other, path)


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "grown": append,
    "truncated": lambda path: os.truncate(path, 1),
    "emptied": lambda path: os.truncate(path, 0),
    "replaced": replace,
    "replaced-by-a-link": replace_by_link,
    "replaced-by-a-pipe": replace_by_pipe,
    "gone": lambda path: path.unlink(),
    "linked": lambda path: os.link(path, path.with_name("tweede.txt")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_before_it_was_opened_waits(
    drop: Drop, change: Callable[[Path], object]
) -> None:
    path = Path(os.fsdecode(drop.put("een.txt", b"een")))
    with opened(drop.path) as folder:
        look = Look.at(folder, b"een.txt")
        assert read_file(folder, b"een.txt", look, max_bytes=100) == b"een"
        change(path)
        assert read_file(folder, b"een.txt", look, max_bytes=100) is None


@pytest.mark.parametrize("name", ["grown", "truncated"])
def test_what_changed_after_it_was_opened_waits(drop: Drop, name: str) -> None:
    path = Path(os.fsdecode(drop.put("een.txt", b"een")))
    look = Look.of(path.stat())
    with opened(path, os.O_RDONLY) as handle:
        CHANGES[name](path)
        assert read_open(handle, look, max_bytes=100) is None


def test_what_was_replaced_after_it_was_opened_is_read_as_it_was(drop: Drop) -> None:
    path = Path(os.fsdecode(drop.put("een.txt", b"een")))
    with opened(path, os.O_RDONLY) as handle:
        other = path.with_name("ander.part")
        other.write_bytes(b"twee")
        look = Look.of(path.stat())
        os.replace(other, path)
        # Losing its name changes the time that says so, and so it waits.
        assert read_open(handle, look, max_bytes=100) is None
        assert read_open(handle, Look.of(os.fstat(handle)), max_bytes=100) == b"een"


async def test_a_file_that_changed_is_read_later_as_it_is_then(
    drop: Drop, state: SourceState
) -> None:
    """Of 201 files one waits in the list of the first poll; then it is replaced."""
    source = drop.source(settle_s=0)
    for number in range(201):
        os.utime(drop.put(f"{number:03}.txt"), (number + 1, number + 1))
    assert (await drop.take(source)).more
    replace(drop.path / "200.txt")
    bodies: list[bytes] = []
    async with asyncio.timeout(20):
        while not bodies:
            bodies = [one.body for one in (await drop.take(source)).documents]
    assert bodies == [b"twee"]
    assert drop.names() == []


async def test_a_file_that_grows_all_the_time_is_read_whole_in_the_end(drop: Drop) -> None:
    source = drop.source(settle_s=0)
    path = drop.path / "groeit.txt"
    stop = threading.Event()
    written = 0

    def grow() -> None:
        nonlocal written
        with path.open("ab", buffering=0) as file:
            while not stop.is_set() and written < 5_000_000:
                written += file.write(b"0123456789" * 100)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        sizes = [
            len(one.body)
            for _ in range(50)
            for one in (await source.poll(SourceState(name="map", next_due=NOW))).documents
        ]
    finally:
        stop.set()
        writer.join()
    assert all(size % 1000 == 0 for size in sizes)
    (document,) = (await drop.take(source)).documents
    assert len(document.body) == written


async def test_a_file_that_its_writer_has_locked_waits(drop: Drop, state: SourceState) -> None:
    source = drop.source(settle_s=0)
    path = drop.put("een.txt")
    # Whoever holds a lease is asked to give it up by a signal.
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        with opened(path, os.O_RDWR) as handle:
            try:
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            except OSError:
                pytest.skip("no leases here")
            poll = await source.poll(state)
            assert (poll.documents, poll.refused, poll.unsettled) == ((), (), 1)
    finally:
        signal.signal(signal.SIGIO, before)
    assert len((await drop.take(source)).documents) == 1


async def test_a_file_that_never_settles_is_told_once(drop: Drop, state: SourceState) -> None:
    source = drop.source(settle_s=60, patience=timedelta())
    drop.put("log.txt")
    poll = await drop.take(source)
    (told,) = poll.refused
    assert told.reason.startswith("it has been written to for 0 minutes")
    append(drop.path / "log.txt")
    poll = await drop.take(source)
    assert (poll.documents, poll.refused, poll.unsettled) == ((), (), 1)
    assert drop.names() == [b"log.txt"]


async def test_a_waiting_file_that_gave_way_to_a_folder_does_not_wait_for_ever(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=60)
    os.unlink(path := drop.put("een.txt"))
    assert (await source.poll(state)).unsettled == 0
    drop.put("een.txt")
    assert (await source.poll(state)).unsettled == 1
    os.unlink(path)
    os.mkdir(path)
    assert (await source.poll(state)).unsettled == 0


async def test_what_was_told_is_told_again_if_it_was_not_recorded(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=0)
    (drop.path / "submap").mkdir()
    assert len((await source.poll(state)).refused) == 1
    assert len((await drop.take(source)).refused) == 1
    assert (await drop.take(source)).refused == ()


async def test_an_empty_file_waits_longer_than_one_with_text(
    drop: Drop, state: SourceState
) -> None:
    """Some transfers make the file long before its first byte comes."""
    source = drop.source(settle_s=0.05)
    drop.put("leeg.txt", b"")
    drop.put("vol.txt")
    async with asyncio.timeout(20):
        while not (poll := await drop.take(source)).documents:
            assert poll.refused == ()
            await source.changed()
        assert poll.unsettled == 1
        while not (await drop.take(source)).refused:
            await source.changed()
    assert drop.names("failed") == [b"leeg.txt", b"leeg.txt.reason.txt"]


# --- between reading and moving ----------------------------------------------------------------


async def test_what_replaced_a_file_in_the_last_moment_goes_back(drop: Drop) -> None:
    """It is renamed over while the files before it are moved: it must not go to done/ unread."""
    stop = threading.Event()
    versions = 0

    def write() -> None:
        nonlocal versions
        while not stop.is_set():
            versions += 1
            other = drop.path / "nieuw.part"
            # Each of another size: without a pause times and inodes come again.
            other.write_bytes(b"x" * versions)
            os.replace(other, drop.path / "een.txt")

    source = drop.source(settle_s=0)
    writer = threading.Thread(target=write)
    writer.start()
    read: list[bytes] = []
    try:
        async with asyncio.timeout(20):
            while len(read) < 100:
                read += [one.body for one in (await drop.take(source)).documents]
    finally:
        stop.set()
        writer.join()
    while documents := (await drop.take(source)).documents:
        read += [one.body for one in documents]
    done = {path.read_bytes() for path in (drop.path / "done").iterdir()}
    assert done <= set(read)
    assert b"x" * versions in read
    assert drop.names() == []


@pytest.mark.parametrize("reason", [None, "daarom"])
@pytest.mark.parametrize("delete", [False, True])
def test_a_file_that_is_another_one_by_now_stays(
    drop: Drop, reason: str | None, delete: bool
) -> None:
    path = Path(os.fsdecode(drop.put("een.txt", b"een")))
    look = Look.of(path.stat())
    replace(path)
    with opened(drop.path) as folder:
        assert Departures(delete=delete).leave(folder, [Leaving(b"een.txt", look, reason)]) == []
    assert path.read_bytes() == b"twee"
    assert (drop.names("done"), drop.names("failed")) == ([], [])


async def test_a_folder_that_was_swapped_while_files_were_read_is_let_alone(
    drop: Drop, tmp_path: Path, state: SourceState
) -> None:
    other = tmp_path / "ander"
    other.mkdir()
    (other / "een.txt").write_text("van iemand anders")
    source = drop.source(settle_s=0)
    drop.put("een.txt")
    poll = await source.poll(state)
    drop.path.rename(tmp_path / "weg")
    drop.path.symlink_to(other)
    await source.acknowledge([Extraction(document=one) for one in poll.documents])
    assert [one.name for one in other.iterdir()] == ["een.txt"]
    poll = await source.poll(state)
    assert (poll.documents, poll.error) == (
        (),
        "the folder cannot be read: it is a link or a file; name the folder itself in the "
        "configuration",
    )
    # The folder comes back, and with it what was in it.
    drop.path.unlink()
    (tmp_path / "weg").rename(drop.path)
    assert [one.name for one in (await drop.take(source)).documents] == ["een.txt"]
    assert drop.names("done") == [b"een.txt"]


async def test_a_new_folder_in_the_place_of_the_old_one_is_watched(
    drop: Drop, tmp_path: Path
) -> None:
    """Renamed away, the old one would still report what is renamed into it."""
    source = drop.source(settle_s=60)
    for number in range(3):
        drop.path.rename(tmp_path / f"oud-{number}")
        drop.path.mkdir()
        await until_watched(drop, source, tmp_path)


async def test_a_folder_that_was_deleted_and_made_again_is_watched(
    drop: Drop, tmp_path: Path
) -> None:
    source = drop.source(settle_s=60)
    for _ in range(3):
        shutil.rmtree(drop.path)
        drop.path.mkdir()
        await until_watched(drop, source, tmp_path)


async def until_watched(drop: Drop, source: Any, outside: Path) -> None:
    """Rename files in until one is complete at once, which only a watch can say."""
    waiting = asyncio.create_task(source.changed())
    number = 0
    async with asyncio.timeout(20):
        while not waiting.done():
            number += 1
            other = outside / "elders.txt"
            other.write_text("tekst")
            os.rename(other, drop.path / f"hernoemd{number}.txt")
            await asyncio.sleep(0.02)
    assert (await drop.take(source)).documents


# --- what cannot be moved ----------------------------------------------------------------------


def text(path: Path) -> None:
    path.write_bytes(b"een bestand")


def link(path: Path) -> None:
    path.symlink_to(path.parent.parent)


@pytest.mark.parametrize(
    ("place", "block"),
    [("done", text), ("failed", link), ("failed", os.mkfifo)],
    ids=["a-file-for-done", "a-link-for-failed", "a-pipe-for-failed"],
)
async def test_something_in_the_place_of_done_is_told_and_files_stay_until_it_is_gone(
    drop: Drop, place: str, block: Callable[[Path], object]
) -> None:
    block(drop.path / place)
    drop.put("een.txt", b"tekst" if place == "done" else b"")
    source = drop.source(settle_s=0, again=timedelta())
    await drop.take(source)
    poll = await drop.take(source)
    assert poll.error.startswith(
        f"2 files that are dealt with cannot leave the folder "
        f"({place} is a link or a file where a folder must be)"
    )
    assert (poll.documents, poll.refused) == ((), ())
    assert drop.names() == sorted([place.encode(), b"een.txt"])
    # It is removed, and what stayed leaves without a restart.
    (drop.path / place).unlink()
    assert (await drop.take(source)).error == ""
    assert b"een.txt" in drop.names(place)
    assert drop.names() == []


@pytest.mark.parametrize(
    ("place", "block", "other"),
    [("done", link, "failed"), ("done", os.mkfifo, "failed"), ("failed", text, "done")],
    ids=["a-link-for-done", "a-pipe-for-done", "a-file-for-failed"],
)
async def test_something_in_the_place_of_done_leaves_like_any_file(
    drop: Drop, place: str, block: Callable[[Path], object], other: str
) -> None:
    block(drop.path / place)
    drop.put("een.txt", b"tekst" if place == "done" else b"")
    source = drop.source(settle_s=0, again=timedelta())
    await drop.take(source)
    assert (await drop.take(source)).error == ""
    assert place.encode() in drop.names(other)
    assert b"een.txt" in drop.names(place)
    assert drop.names() == []


async def test_what_cannot_be_moved_is_read_once_and_again_when_it_changes(drop: Drop) -> None:
    (drop.path / "done").symlink_to("/nergens")
    source = drop.source(settle_s=0, again=timedelta())
    drop.put("een.txt", b"eerste")
    read = []
    for _ in range(3):
        read += [one.body for one in (await drop.take(source)).documents]
    drop.put("een.txt", b"en toen een tweede")
    for _ in range(3):
        read += [one.body for one in (await drop.take(source)).documents]
    assert [one for one in read if one != b""] == [b"eerste", b"en toen een tweede"]


#: Polls a folder three times as another user, and prints what was read, refused and in error.
_POLLING = """
import asyncio, json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from watcher.model import Extraction, SourceState
from watcher.sources.folder import FolderSource

async def main():
    folder, after = sys.argv[1:]
    source = FolderSource(name="map", path=Path(folder), after=after, settle=timedelta(),
                          again=timedelta())
    state = SourceState(name="map", next_due=datetime.now(UTC))
    for _ in range(3):
        poll = await source.poll(state)
        await source.acknowledge([Extraction(document=one) for one in poll.documents])
        print(json.dumps({
            "read": [one.name for one in poll.documents],
            "refused": {one.document: one.reason for one in poll.refused},
            "error": poll.error,
        }))

asyncio.run(main())
"""


def poll_as_other(folder: Path, after: str = "move", *tracer: str) -> list[dict[str, Any]]:
    """Three polls by somebody who may do no more than a file's rights allow, as root may."""
    found = subprocess.run(
        [*bound_by_rights(), *tracer, sys.executable, "-c", _POLLING, str(folder), after],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return [json.loads(line) for line in found.stdout.splitlines()]


def bound_by_rights() -> list[str]:
    """A command that takes from root what other users do not have."""
    if os.getuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may read everything, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Path]:
    """A drop folder whose rights the tests take away."""
    path = tmp_path / "map"
    path.mkdir()
    yield path
    path.chmod(0o755)


@pytest.mark.parametrize("after", ["move", "keep", "delete"])
def test_a_file_without_rights_is_refused(others: Path, after: str) -> None:
    (others / "dicht.txt").write_text("geheim")
    (others / "dicht.txt").chmod(0)
    (others / "open.txt").write_text("tekst")
    first, *later = poll_as_other(others, after)
    reason = (
        "the file cannot be opened (Permission denied): let the daemon's user read it, "
        "and drop it again"
    )
    assert first == {"read": ["open.txt"], "refused": {"dicht.txt": reason}, "error": ""}
    assert later == [{"read": [], "refused": {}, "error": ""}] * 2
    found = {str(path.relative_to(others)) for path in others.rglob("*") if not path.is_dir()}
    failed = {"failed/dicht.txt", "failed/dicht.txt.reason.txt"}
    assert (
        found
        == {
            "move": {"done/open.txt", *failed},
            "keep": {"dicht.txt", "open.txt"},
            "delete": failed,
        }[after]
    )


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_folder_that_may_not_be_written_is_told_and_read_once(others: Path, after: str) -> None:
    (others / "een.txt").write_text("tekst")
    (others / "leeg.txt").touch()
    others.chmod(0o555)
    first, *later = poll_as_other(others, after)
    assert (first["read"], list(first["refused"]), first["error"]) == (
        ["een.txt"], ["leeg.txt"], ""
    )  # fmt: skip
    for poll in later:
        assert (poll["read"], poll["refused"]) == ([], {})
        assert poll["error"].startswith(
            "2 files that are dealt with cannot leave the folder (Permission denied)"
        )
    assert sorted(os.listdir(others)) == ["een.txt", "leeg.txt"]


@pytest.mark.parametrize("place", ["done", "failed"])
def test_a_place_that_may_not_be_written_is_told(others: Path, place: str) -> None:
    (others / "een.txt").write_text("tekst")
    (others / "leeg.txt").touch()
    (others / place).mkdir(mode=0o555)
    *_, last = poll_as_other(others)
    assert last["error"].startswith(
        "1 file that is dealt with cannot leave the folder (Permission denied)"
    )
    assert os.listdir(others / place) == []


def test_a_folder_that_may_not_be_listed_is_an_error(others: Path) -> None:
    others.chmod(0)
    for poll in poll_as_other(others):
        assert poll["error"] == "the folder cannot be read: Permission denied"


def trace(call: str, error: int, *paths: Path) -> list[str]:
    """A tracer that makes a system call on these paths fail; skips where that is impossible."""
    name = errno.errorcode[error]
    where = [word for path in paths for word in ("-P", str(path))]
    tracer = ["strace", "-qq", "-f", "-o", os.devnull, *where, "-e", f"inject={call}:error={name}"]
    try:
        subprocess.run([*tracer, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("strace is not here, or may not trace")
    return tracer


def test_a_file_that_the_disk_cannot_read_hides_no_other(others: Path) -> None:
    (others / "stuk.txt").write_text("tekst")
    (others / "goed.txt").write_text("tekst")
    first, *_ = poll_as_other(others, "move", *trace("read", errno.EIO, others / "stuk.txt"))
    assert (first["read"], list(first["refused"])) == (["goed.txt"], ["stuk.txt"])
    assert first["refused"]["stuk.txt"].startswith(
        "the file cannot be read to its end (Input/output error): check the disk"
    )
    assert (others / "failed" / "stuk.txt").exists()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EXDEV])
@pytest.mark.parametrize(
    ("call", "stuck", "done"),
    [("/^rename", "2 files that are", []), ("openat", "1 file that is", ["een.txt"])],
    ids=["rename", "reason"],
)
def test_a_full_disk_keeps_files_and_leaves_no_halves(
    others: Path, call: str, stuck: str, done: list[str], error: int
) -> None:
    (others / "leeg.txt").touch()
    (others / "een.txt").write_text("tekst")
    places = [others / "done", others / "failed"]
    for place in places:
        place.mkdir()
    first, *_, last = poll_as_other(others, "move", *trace(call, error, *places))
    assert (first["read"], list(first["refused"])) == (["een.txt"], ["leeg.txt"])
    assert (last["read"], last["refused"]) == ([], {})
    assert last["error"].startswith(f"{stuck} dealt with cannot leave the folder")
    assert os.strerror(error) in last["error"]
    assert [os.listdir(place) for place in places] == [done, []]
    assert poll_as_other(others)[-1]["error"] == ""
    assert os.listdir(places[0]) == ["een.txt"]
    assert sorted(os.listdir(places[1])) == ["leeg.txt", "leeg.txt.reason.txt"]


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOSYS])
def test_where_the_disk_knows_no_exclusive_rename_files_leave_too(others: Path, error: int) -> None:
    """As on NFS."""
    (others / "leeg.txt").touch()
    (others / "een.txt").write_text("nieuw")
    (others / "done").mkdir()
    (others / "done" / "een.txt").write_text("oud")
    *_, last = poll_as_other(others, "move", *trace("renameat2", error, others))
    assert last["error"] == ""
    done = {path.name: path.read_text() for path in (others / "done").iterdir()}
    assert done == {"een.txt": "oud", "een.2.txt": "nieuw"}
    assert sorted(os.listdir(others / "failed")) == ["leeg.txt", "leeg.txt.reason.txt"]


def test_a_machine_without_file_handles_blames_no_file(drop: Drop) -> None:
    """Every file would go to failed/ for what the daemon has too many of."""
    drop.put("een.txt")
    with opened(drop.path) as folder:
        look = Look.at(folder, b"een.txt")
        handles: list[int] = []
        limits = resource_limit(len(os.listdir("/proc/self/fd")) + 16)
        try:
            with contextlib.suppress(OSError):
                while True:
                    handles.append(os.dup(folder))
            with pytest.raises(OSError, match="Too many open files") as caught:
                read_file(folder, b"een.txt", look, max_bytes=100)
            assert not isinstance(caught.value, UnreadableDocument)
        finally:
            for handle in handles:
                os.close(handle)
            resource_limit(limits)


def resource_limit(number: int) -> int:
    """Allow so many open files; how many there were before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    return soft
