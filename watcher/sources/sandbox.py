"""Parses documents in a child that may die: whatever a document does, it does it to the child."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from watcher.child import Child, ChildFailed, ChildGone
from watcher.model import Document, Extraction
from watcher.sources.parsing import pack_document, unpack_extraction

#: One request to the child holds at most so many documents and so many bytes.
_BATCH_DOCUMENTS = 100
_BATCH_BYTES = 4_000_000
#: Sources in one request: enough to keep the child busy, few enough to wait for.
_BATCH_JOBS = 8


@dataclass(frozen=True, slots=True)
class _Job:
    """Documents of one source, and who waits for them."""

    documents: Sequence[Document]
    habits: Collection[str]
    found: asyncio.Future[list[Extraction]]

    @property
    def size(self) -> int:
        """Bytes of all bodies."""
        return sum(len(document.body) for document in self.documents)


class Sandbox:
    """The Parser of `watcher.interfaces`, over one child that is started again when it dies.

    What comes while the child is busy goes to it in one request, or it would be idle between two
    of them for as long as the event loop has other things to do.
    """

    def __init__(self, *, deadline: timedelta = timedelta(seconds=20)) -> None:
        self._deadline = deadline
        self._child = Child("watcher.sources.parsing", {})
        self._waiting: deque[_Job] = deque()
        self._running: asyncio.Task[None] | None = None

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
        for batch in _batches(documents):
            job = _Job(batch, habits, asyncio.get_running_loop().create_future())
            self._waiting.append(job)
            if self._running is None:
                self._running = asyncio.create_task(self._run())
            found += await job.found
        return found

    async def close(self) -> None:
        """End the child; what is still being read is given up."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._child.close()

    async def _run(self) -> None:
        """Read what waits until nothing does; a task of its own, so that whoever stops waiting
        leaves no half-read answer behind."""
        jobs: list[_Job] = []
        try:
            while jobs := self._next():
                await self._read(jobs)
        finally:
            self._running = None
            for job in (*jobs, *self._waiting):
                job.found.cancel()
            self._waiting.clear()

    def _next(self) -> list[_Job]:
        """The jobs of the next request, without those that nobody waits for any more."""
        jobs: list[_Job] = []
        size = 0
        while self._waiting and len(jobs) < _BATCH_JOBS:
            size += self._waiting[0].size
            if jobs and size > _BATCH_BYTES:
                break
            job = self._waiting.popleft()
            if not job.found.done():
                jobs.append(job)
        return jobs

    async def _read(self, jobs: Sequence[_Job]) -> None:
        try:
            found = await self._try(jobs)
            if found is None:
                found = [await self._one_by_one(job) for job in jobs]
        except Exception as error:  # noqa: BLE001
            # Whatever it was, it belongs to those who wait: this task goes on with the others.
            for job in jobs:
                if not job.found.done():
                    job.found.set_exception(error)
            return
        for job, extractions in zip(jobs, found, strict=True):
            if not job.found.done():
                job.found.set_result(extractions)

    async def _one_by_one(self, job: _Job) -> list[Extraction]:
        return [await self._alone(replace(job, documents=[one])) for one in job.documents]

    async def _alone(self, job: _Job) -> Extraction:
        found = await self._try([job])
        if found is not None:
            return found[0][0]
        seconds = self._deadline.total_seconds()
        failure = f"reading it took longer than {seconds:g} s or ended the parser"
        return Extraction(document=job.documents[0], failure=failure)

    async def _ready(self) -> None:
        """A running child, or `ChildFailed`; one that hangs while it starts is ended."""
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                await self._child.start()
        except TimeoutError:
            await self._child.kill()
            raise ChildFailed("the parser does not start") from None

    async def _try(self, jobs: Sequence[_Job]) -> list[list[Extraction]] | None:
        """The extractions, or None when the child died or took too long (and was killed)."""
        seconds = self._deadline.total_seconds()
        request = {
            "cpu_s": int(seconds) + 1,
            "jobs": [
                {
                    "habits": sorted(job.habits),
                    "documents": [pack_document(document) for document in job.documents],
                }
                for job in jobs
            ],
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
        return [
            [
                unpack_extraction(document, one)
                for document, one in zip(job.documents, packed, strict=True)
            ]
            for job, packed in zip(jobs, answer["jobs"], strict=True)
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
