"""A drop folder as its source sees it, and the states that sources are polled with."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher.articles.extract import extract
from watcher.model import Document, Extraction, Poll, SourceState
from watcher.sources.folder import FolderSource

STATE = SourceState(name="map", next_due=datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
def state() -> SourceState:
    """A source that was never polled."""
    return STATE


@dataclass
class Drop:
    """A folder and its source, polled by hand."""

    path: Path
    opened: list[FolderSource] = field(default_factory=list)

    def source(self, *, settle_s: float = 60, **changes: Any) -> FolderSource:
        """A source on the folder; files settle in a minute unless they are old (`put`)."""
        self.opened.append(
            FolderSource(name="map", path=self.path, settle=timedelta(seconds=settle_s), **changes)
        )
        return self.opened[-1]

    def put(self, name: str | bytes, content: bytes = b"tekst") -> bytes:
        """Write a file."""
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(content)
        return path

    def names(self, folder: str = "") -> list[bytes]:
        """The files that lie there, by name."""
        path = os.path.join(os.fsencode(self.path), os.fsencode(folder))
        if not os.path.isdir(path):
            return []
        with os.scandir(path) as entries:
            return sorted(one.name for one in entries if not one.is_dir(follow_symlinks=False))

    async def take(self, source: FolderSource) -> Poll:
        """Poll, and acknowledge everything as read."""
        poll = await source.poll(STATE)
        await source.acknowledge([Extraction(document=one) for one in poll.documents])
        return poll

    async def digest(self, source: FolderSource) -> dict[str, str | None]:
        """Poll, extract and acknowledge; why each document was refused (None: it was read)."""
        poll = await source.poll(STATE)
        found = [extract(document) for document in poll.documents]
        await source.acknowledge(found)
        refused = {one.document: one.reason for one in poll.refused}
        return {one.document.name: one.failure for one in found} | refused


@pytest.fixture
async def drop(tmp_path: Path) -> AsyncIterator[Drop]:
    """An empty drop folder."""
    drop = Drop(tmp_path / "map")
    drop.path.mkdir()
    yield drop
    for source in drop.opened:
        await source.close()


@pytest.fixture
def make_document() -> Callable[..., Document]:
    """Documents as sources hand them over."""

    def make(body: bytes, name: str = "stuk.txt", **changes: Any) -> Document:
        seen = datetime(2026, 3, 2, 9, tzinfo=UTC)
        return Document(source="map", name=name, body=body, seen=seen, **changes)

    return make
