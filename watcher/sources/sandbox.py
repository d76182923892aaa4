"""Parses documents in a child that may die: whatever a document does, it does it to the child."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from watcher.child import Child, ChildFailed, ChildGone
from watcher.model import Document, Extraction
from watcher.sources.parsing import pack_document, unpack_extraction

#: One request to the child holds at most so many documents and so many bytes.
_BATCH_DOCUMENTS = 100
_BATCH_BYTES = 4_000_000


class Sandbox:
    """The Parser of `watcher.interfaces`, over one child that is started again when it dies."""

    def __init__(self, *, deadline: timedelta = timedelta(seconds=20)) -> None:
        self._deadline = deadline
        self._child = Child("watcher.sources.parsing", {})
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Have the child ready before the first document comes."""
        await self._child.start()

    async def parse(
        self, documents: Sequence[Document], *, habits: Collection[str] = ()
    ) -> list[Extraction]:
        """One extraction a document, in order.

        Documents go to the child in batches; when a batch kills it or takes too long, they go
        one by one, so that only the one to blame is refused.
        """
        found: list[Extraction] = []
        async with self._turn:
            for batch in _batches(documents):
                extractions = await self._try(batch, habits)
                if extractions is None:
                    extractions = [await self._alone(document, habits) for document in batch]
                found += extractions
        return found

    async def close(self) -> None:
        """End the child."""
        await self._child.close()

    async def _alone(self, document: Document, habits: Collection[str]) -> Extraction:
        found = await self._try([document], habits)
        if found is not None:
            return found[0]
        seconds = self._deadline.total_seconds()
        failure = f"reading it took longer than {seconds:g} s or ended the parser"
        return Extraction(document=document, failure=failure)

    async def _ready(self) -> None:
        """A running child, or `ChildFailed`; one that hangs while it starts is ended."""
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                await self._child.start()
        except TimeoutError:
            await self._child.kill()
            raise ChildFailed("the parser does not start") from None

    async def _try(
        self, documents: Sequence[Document], habits: Collection[str]
    ) -> list[Extraction] | None:
        """The extractions, or None when the child died or took too long (and was killed)."""
        seconds = self._deadline.total_seconds()
        request = {
            "cpu_s": int(seconds) + 1,
            "habits": sorted(habits),
            "documents": [pack_document(document) for document in documents],
        }
        try:
            await self._ready()
            async with asyncio.timeout(seconds):
                answer = await self._child.ask(request)
        except (TimeoutError, ChildGone):
            await self._child.kill()
            return None
        except ChildFailed as error:
            # No process to be had: the machine's trouble, not the documents'.
            raise OSError(str(error)) from error
        packed = answer["extractions"]
        return [
            unpack_extraction(document, one)
            for document, one in zip(documents, packed, strict=True)
        ]


def _batches(documents: Sequence[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    size = 0
    for document in documents:
        if batch and (len(batch) == _BATCH_DOCUMENTS or size + len(document.body) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document.body)
    if batch:
        yield batch
