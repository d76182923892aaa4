"""A file is renamed only to a name that nothing has, whatever the file system can do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from watcher.sources.renaming import rename_in_two_steps, rename_to_free

Rename = Callable[[int, bytes, int, bytes], None]

both = pytest.mark.parametrize("rename", [rename_to_free, rename_in_two_steps])


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A folder's descriptor."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder in the folder, as done/ is."""
    (tmp_path / "klaar").mkdir()
    return tmp_path / "klaar"


@both
def test_a_file_comes_under_a_free_name(tmp_path: Path, place: Path, rename: Rename) -> None:
    (tmp_path / "een").write_text("tekst")
    with opened(tmp_path) as folder, opened(place) as target:
        rename(folder, b"een", target, b"twee\xff")
    assert os.listdir(os.fsencode(place)) == [b"twee\xff"]
    assert [path.name for path in tmp_path.iterdir()] == ["klaar"]


@pytest.mark.parametrize(
    "take",
    [
        lambda path: path.write_text("van een ander"),
        lambda path: path.touch(),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("nergens"),
    ],
    ids=["file", "empty", "folder", "link"],
)
@both
def test_nothing_is_overwritten(
    tmp_path: Path, place: Path, rename: Rename, take: Callable[[Path], object]
) -> None:
    (tmp_path / "een").write_text("tekst")
    take(place / "een")
    before = os.lstat(place / "een")
    with opened(tmp_path) as folder, opened(place) as target, pytest.raises(FileExistsError):
        rename(folder, b"een", target, b"een")
    assert (tmp_path / "een").read_text() == "tekst"
    assert os.lstat(place / "een") == before


@both
def test_what_is_gone_leaves_nothing(tmp_path: Path, place: Path, rename: Rename) -> None:
    with opened(tmp_path) as folder, opened(place) as target, pytest.raises(FileNotFoundError):
        rename(folder, b"een", target, b"een")
    assert list(place.iterdir()) == []
