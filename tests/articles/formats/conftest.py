"""What tests of formats need: a document, and a parser in its child."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher.model import Document
from watcher.sources.sandbox import Sandbox

SAMPLES = Path(__file__).with_name("samples")
SEEN = datetime(2026, 11, 20, 19, 20, tzinfo=UTC)


@pytest.fixture
def make_document() -> Callable[..., Document]:
    """A document with these bytes, seen on the evening of 20 November 2026."""

    def make(body: bytes | str, **values: Any) -> Document:
        raw = body.encode() if isinstance(body, str) else body
        return Document(**{"source": "s", "name": "d", "body": raw, "seen": SEEN, **values})

    return make


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The parser as the daemon runs it, with the daemon's deadline."""
    sandbox = Sandbox(deadline=timedelta(seconds=20))
    yield sandbox
    await sandbox.close()


@pytest.fixture
def sample(make_document: Callable[..., Document]) -> Callable[..., Document]:
    """One of the files in samples/ as a document."""

    def load(file: str, **values: Any) -> Document:
        return make_document(SAMPLES.joinpath(file).read_bytes(), **{"name": file, **values})

    return load
