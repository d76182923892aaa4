"""Files that are being saved: seen when they are whole, and not before."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.saves import Saves


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "een.yaml").write_text("een")
    return tmp_path


def find(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("*.yaml")))


async def is_told(saves: Saves, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await saves.changed()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "save",
    [
        lambda folder: (folder / "een.yaml").write_text("twee"),
        lambda folder: (folder / "twee.yaml").write_text("twee"),
        lambda folder: (folder / "een.yaml").unlink(),
        lambda folder: os.replace(_other(folder), folder / "een.yaml"),
    ],
    ids=["written over", "added", "removed", "renamed over"],
)
def test_what_is_saved_is_seen_once(folder: Path, save: object) -> None:
    async def look() -> None:
        saves = Saves(lambda: find(folder))
        save(folder)  # type: ignore[operator]
        assert await is_told(saves, 20)
        assert not await is_told(saves, 1.5)

    asyncio.run(look())


def _other(folder: Path) -> Path:
    path = folder / "weg.tmp"
    path.write_text("een")
    return path


def test_what_is_still_being_written_is_waited_for(folder: Path) -> None:
    async def look() -> str:
        saves = Saves(lambda: find(folder))
        told = asyncio.create_task(saves.changed())
        with (folder / "een.yaml").open("w") as file:
            for _ in range(10):
                file.write("x" * 10)
                file.flush()
                await asyncio.wait([told], timeout=0.2)
                assert not told.done()
        await told
        return (folder / "een.yaml").read_text()

    assert asyncio.run(look()) == "x" * 100


def test_an_emptied_file_is_half_a_save(folder: Path) -> None:
    async def look() -> None:
        saves = Saves(lambda: find(folder))
        (folder / "een.yaml").write_text("")
        assert not await is_told(saves, 2)
        (folder / "een.yaml").write_text("nieuw")
        assert await is_told(saves, 20)

    asyncio.run(look())
