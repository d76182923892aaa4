"""The drop folder: what is complete, what is read, and where it goes."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from watcher.model import Extraction, SourceState

if TYPE_CHECKING:
    from conftest import Drop

#: Settles at once: for tests about something else.
AT_ONCE = 0.0


# --- complete or not ---------------------------------------------------------------------------


async def test_a_file_that_was_just_written_waits(drop: Drop, state: SourceState) -> None:
    source = drop.source()
    drop.put("vers.txt")
    poll = await source.poll(state)
    assert (poll.documents, poll.unsettled, poll.more) == ((), 1, False)


async def test_a_file_that_is_old_needs_no_second_look(drop: Drop, state: SourceState) -> None:
    source = drop.source(settle_s=0.2)
    drop.put("oud.txt")
    end = time.monotonic() + 20
    while not (poll := await source.poll(state)).documents:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    assert [one.name for one in poll.documents] == ["oud.txt"]


async def test_a_file_with_an_old_time_that_just_came_waits(drop: Drop, state: SourceState) -> None:
    """cp -p and rsync -t set the time of the original as soon as they begin."""
    source = drop.source()
    os.utime(drop.put("kopie.txt"), (1_000_000_000, 1_000_000_000))
    assert (await source.poll(state)).unsettled == 1


async def test_a_file_from_the_future_settles_too(drop: Drop) -> None:
    source = drop.source(settle_s=0.1)
    path = drop.put("morgen.txt")
    os.utime(path, (time.time() + 86_400, time.time() + 86_400))
    async with asyncio.timeout(20):
        await source.changed()
    (document,) = (await drop.take(source)).documents
    assert document.captured is not None
    assert document.captured <= document.seen
    assert drop.names("done") == [b"morgen.txt"]


async def test_a_file_that_was_renamed_in_is_complete_at_once(
    drop: Drop, tmp_path: Path, state: SourceState
) -> None:
    source = drop.source()
    waiting = asyncio.create_task(source.changed())
    other = tmp_path / "elders.txt"
    number = 0
    # The watch begins when somebody waits; renaming again and again finds out when it stands.
    async with asyncio.timeout(20):
        while not waiting.done():
            number += 1
            other.write_text("tekst")
            os.rename(other, drop.path / f"hernoemd{number}.txt")
            await asyncio.sleep(0.02)
    assert (await source.poll(state)).documents


async def test_a_file_that_is_written_to_after_it_was_renamed_in_waits(
    drop: Drop, tmp_path: Path, state: SourceState
) -> None:
    source = drop.source()
    waiting = asyncio.create_task(source.changed())
    other = tmp_path / "elders.txt"
    async with asyncio.timeout(20):
        while not waiting.done():
            other.write_text("tekst")
            os.rename(other, drop.path / "hernoemd.txt")
            await asyncio.sleep(0.02)
    with (drop.path / "hernoemd.txt").open("a") as file:
        file.write("en meer")
    async with asyncio.timeout(20):
        while (await source.poll(state)).documents:  # noqa: ASYNC110 - until inotify says so
            await asyncio.sleep(0)
    assert (await source.poll(state)).unsettled == 1


async def test_hidden_and_unfinished_names_are_not_even_unsettled(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    for name in (".x", "x.part", "x.PART", "x.tmp", "x.filepart", "x.crdownload"):
        drop.put(name)
    poll = await source.poll(state)
    assert (poll.documents, poll.refused, poll.unsettled) == ((), (), 0)


async def test_a_folder_that_is_missing_is_an_error_until_it_is_made(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=0.1)
    drop.path.rmdir()
    poll = await source.poll(state)
    assert "cannot be read: No such file" in poll.error
    waiting = asyncio.create_task(source.changed())
    await asyncio.sleep(0)
    drop.path.mkdir()
    drop.put("na.txt")
    async with asyncio.timeout(20):
        await waiting
    poll = await drop.take(source)
    assert (poll.error, [one.name for one in poll.documents]) == ("", ["na.txt"])


# --- what is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.txt", "caf\\xe9.txt"),
        (b"een\ntwee.txt", None),
        ("naïef ☃.txt".encode(), "naïef ☃.txt"),
        (b"-rf *.txt", "-rf *.txt"),
        (b"zonder-punt", "zonder-punt"),
        (b"n" * 255, "n" * 255),
    ],
)
async def test_a_file_is_read_and_moved_whatever_its_name(
    drop: Drop, name: bytes, shown: str | None
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put(name)
    (document,) = (await drop.take(source)).documents
    if shown is not None:
        assert document.name == shown
    assert drop.names("done") == [name]
    assert drop.names() == []


async def test_a_name_with_a_line_break_cannot_forge_a_line_of_the_log(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put(b"x.txt\n2026-03-02 ERROR watcher: alles is stuk\x1b[2J")
    (document,) = (await source.poll(state)).documents
    assert document.name.isprintable()


async def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    path = drop.put("een.txt", b"eerste")
    (first,) = (await source.poll(state)).documents
    os.replace(drop.put("nieuw.part", b"tweede"), path)
    await source.acknowledge([Extraction(document=first)])
    assert drop.names() == [b"een.txt"]
    assert drop.names("done") == []
    (second,) = (await drop.take(source)).documents
    assert (first.body, second.body) == (b"eerste", b"tweede")
    assert drop.names("done") == [b"een.txt"]


async def test_a_file_that_is_gone_before_it_is_acknowledged_stops_nothing(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    path = drop.put("weg.txt")
    drop.put("blijft.txt")
    poll = await source.poll(state)
    os.unlink(path)
    await source.acknowledge([Extraction(document=one) for one in poll.documents])
    assert drop.names("done") == [b"blijft.txt"]


async def test_a_poll_that_is_not_acknowledged_comes_again(drop: Drop, state: SourceState) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put("een.txt")
    await source.poll(state)
    assert len((await source.poll(state)).documents) == 1


async def test_a_thousand_files_come_in_batches_oldest_first(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE)
    for number in range(1000):
        path = drop.put(f"{(number * 7) % 1000:04}.txt", b"%d" % number)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    bodies: list[int] = []
    more, polls = True, 0
    while more:
        poll = await drop.take(source)
        bodies += [int(one.body) for one in poll.documents]
        more, polls = poll.more, polls + 1
    assert bodies == list(range(1000))
    assert polls == 5
    assert len(drop.names("done")) == 1000
    assert drop.names() == []


async def test_a_batch_has_a_limit_in_bytes_too(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE)
    for number in range(6):
        drop.put(f"{number}.txt", b"x" * 6_000_000)
    sizes = []
    more = True
    while more:
        poll = await drop.take(source)
        sizes.append(len(poll.documents))
        more = poll.more
    assert sizes == [3, 3]


async def test_a_file_of_exactly_the_largest_size_is_read(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE, max_bytes=1000)
    drop.put("net.txt", b"x" * 1000)
    drop.put("te-groot.txt", b"x" * 1001)
    poll = await drop.take(source)
    assert [one.name for one in poll.documents] == ["net.txt"]
    (refused,) = poll.refused
    assert refused.reason.startswith("the file has 1,001 bytes; at most 1,000 are read")
    assert drop.names("failed") == [b"te-groot.txt", b"te-groot.txt.reason.txt"]


# --- where it goes -----------------------------------------------------------------------------


async def test_files_of_the_same_name_do_not_overwrite_each_other_in_done(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE)
    for body in (b"een", b"twee", b"drie"):
        drop.put("zelfde.txt", body)
        await drop.take(source)
    done = drop.path / "done"
    assert [(done / name).read_text() for name in
            ("zelfde.txt", "zelfde.2.txt", "zelfde.3.txt")] == ["een", "twee", "drie"]  # fmt: skip


async def test_a_failure_moves_to_failed_with_its_reason(drop: Drop, state: SourceState) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put("stuk.txt")
    drop.put("goed.txt")
    poll = await source.poll(state)
    await source.acknowledge(
        [
            Extraction(document=one, failure="daarom" if one.name == "stuk.txt" else None)
            for one in poll.documents
        ]
    )
    assert (drop.names("done"), drop.names("failed")) == (
        [b"goed.txt"],
        [b"stuk.txt", b"stuk.txt.reason.txt"],
    )
    assert (drop.path / "failed" / "stuk.txt.reason.txt").read_text() == "daarom\n"


async def test_a_failed_file_with_the_longest_name_has_its_reason_too(
    drop: Drop, state: SourceState
) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put("n" * 255, b"")
    await drop.take(source)
    assert any(name.endswith(b".reason.txt") for name in drop.names("failed"))


async def test_two_files_with_the_longest_name_both_leave_the_folder(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE)
    for body in (b"een", b"twee"):
        drop.put("n" * 255, body)
        await drop.take(source)
    assert len(drop.names("done")) == 2


async def test_kept_files_stay_and_are_read_once_until_they_change(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE, after="keep")
    drop.put("een.txt", b"eerste")
    drop.put("leeg.txt", b"")
    first = await drop.take(source)
    assert (len(first.documents), len(first.refused)) == (1, 1)
    second = await drop.take(source)
    assert (second.documents, second.refused) == ((), ())
    assert drop.names() == [b"een.txt", b"leeg.txt"]
    drop.put("een.txt", b"eerste en tweede")
    assert [one.body for one in (await drop.take(source)).documents] == [b"eerste en tweede"]


async def test_deleted_files_are_gone_but_failed_ones_are_not(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE, after="delete")
    drop.put("goed.txt")
    drop.put("leeg.txt", b"")
    await drop.take(source)
    assert drop.names() == []
    assert drop.names("done") == []
    assert drop.names("failed") == [b"leeg.txt", b"leeg.txt.reason.txt"]


async def test_a_file_that_cannot_be_moved_stays_and_is_not_read_for_ever(drop: Drop) -> None:
    source = drop.source(settle_s=AT_ONCE)
    drop.put("done", b"een bestand, geen map")
    drop.put("een.txt")
    assert len((await drop.take(source)).documents) == 2
    assert (await drop.take(source)).documents == ()
    assert drop.names() == [b"done", b"een.txt"]


# --- whoever may write into the folder ---------------------------------------------------------


@pytest.mark.parametrize("place", ["done", "failed"])
async def test_a_link_in_place_of_done_leads_no_file_elsewhere(
    drop: Drop, tmp_path: Path, place: str
) -> None:
    """A rule file of the attacker's own, in the folder that the daemon reads its rules from."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (drop.path / place).symlink_to(rules)
    source = drop.source(settle_s=AT_ONCE)
    drop.put("kwaad.yaml", b"rules: []" if place == "done" else b"")
    await drop.take(source)
    assert list(rules.iterdir()) == []


async def test_a_link_in_place_of_the_reason_overwrites_nothing(drop: Drop, tmp_path: Path) -> None:
    database = tmp_path / "watcher.db"
    database.write_text("kostbaar")
    (drop.path / "failed").mkdir()
    (drop.path / "failed" / "leeg.txt.reason.txt").symlink_to(database)
    source = drop.source(settle_s=AT_ONCE)
    drop.put("leeg.txt", b"")
    await drop.take(source)
    assert database.read_text() == "kostbaar"


@pytest.fixture
def wide_times() -> Iterator[Path]:
    """A folder on a file system that keeps any time; ext4 does not."""
    base = Path("/dev/shm")
    if not base.is_dir():
        pytest.skip("no /dev/shm")
    with tempfile.TemporaryDirectory(dir=base, prefix="watcher-test-") as folder:
        probe = Path(folder) / ".probe"
        probe.touch()
        os.utime(probe, (2**40, 2**40))
        if probe.stat().st_mtime < 2**39:
            pytest.skip("this file system keeps no such times")
        yield Path(folder)


async def test_one_file_with_an_impossible_time_does_not_block_the_folder(
    drop: Drop, wide_times: Path, state: SourceState
) -> None:
    drop.path = wide_times
    source = drop.source(settle_s=AT_ONCE)
    os.utime(drop.put("jaar-36812.txt"), (2**40, 2**40))
    drop.put("gewoon.txt")
    await source.poll(state)  # what comes from the future needs two looks
    poll = await source.poll(state)
    assert "gewoon.txt" in {one.name for one in poll.documents}
