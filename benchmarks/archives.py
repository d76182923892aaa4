"""Three ways to find near-copies, each with an archive of any size: benchmarks/likeness.py.

An archive is filled directly. Its newest articles are real texts, whose copies are looked for;
what is older has made-up hashes, as such texts have them, because to write a million texts would
take longer than all the rest.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.copies import News
from watcher.batch import Policy, decide
from watcher.dedup import identify
from watcher.likeness import SPARE_SKETCH, Traces, traces
from watcher.model import (
    Article,
    Candidate,
    Decision,
    Document,
    Extraction,
    History,
    Outcome,
    Verdict,
)
from watcher.store.driver import Values
from watcher.store.nearby import find_nearby, keep_traces, write_traces
from watcher.store.rows import ARTICLE_COLUMNS, article_row, insert, micros
from watcher.store.sqlite import SqliteDriver

#: The end of the archive.
NOW = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = timedelta(hours=72)
#: Between two articles of a desk that gets a million a year.
STEP = timedelta(days=365) / 1_000_000

_POLICY = Policy(routes=(), floors={}, window=WINDOW)
_INSERT_ARTICLE = insert("article", ARTICLE_COLUMNS)
_CHUNK = 500
_RUN = 3
_WORD = re.compile(r"\w+")


class Archive(Protocol):
    """What finds copies. ``step`` is the time between two of its articles."""

    def fill(self, newest: Sequence[News], older: int, step: timedelta) -> None:
        """Put in these, and so many before them."""

    def add(self, batch: Sequence[News]) -> tuple[float, list[set[int]]]:
        """Look for each, then put it in: seconds, and the numbers of the copies that it named."""

    def bytes_on_disk(self) -> int:
        """What it keeps in files for finding copies."""


# --- ours --------------------------------------------------------------------------------------


class Ours:
    """The project's store and decisions."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "watcher.db"
        self._numbers: dict[str, int] = {}
        self._step = STEP
        self._now = NOW
        self._driver = SqliteDriver(self._file)

    def fill(self, newest: Sequence[News], older: int, step: timedelta) -> None:
        """See `Archive`."""
        self._step = step
        texts = [self._candidate(news) for news in newest]
        marks = {
            one.article.id: traces(one.article.text, one.article.headline_end) for one in texts
        }
        invented = _invented_traces(random.Random(older), list(marks.values()))
        with closing(SqliteDriver(self._file)) as driver:
            # Only while it is filled: nothing is lost that could not be made again.
            driver.query("PRAGMA synchronous = 0")
            driver.query("PRAGMA cache_size = -400000")
            for start in range(0, older, _CHUNK):
                part = range(start, min(start + _CHUNK, older))
                stored = [_renamed(texts[at % len(texts)], f"{at:016x}") for at in part]
                with_marks = {one.article.id: next(invented) for one in stored}
                self._store(driver, stored, with_marks, NOW - step * (older + len(texts) - start))
            for start in range(0, len(texts), _CHUNK):
                stored = texts[start : start + _CHUNK]
                mine = {one.article.id: marks[one.article.id] for one in stored}
                self._store(driver, stored, mine, NOW - step * (len(texts) - start))

    def add(self, batch: Sequence[News]) -> tuple[float, list[set[int]]]:
        """See `Archive`. The row of the article itself is not counted: it is stored anyway."""
        candidates = [self._candidate(news) for news in batch]
        self._now += len(batch) * self._step
        now = micros(self._now)
        start = time.perf_counter()
        with self._driver.transaction() as tx:
            near = find_nearby(tx, candidates, {}, now - micros(WINDOW))
            history = History(now=self._now, near=near)
            decisions = list(decide(candidates, history, _POLICY))
            uncounted = time.perf_counter()
            rows = [article_row(each.candidate, each.verdict) for each in decisions]
            tx.executemany(_INSERT_ARTICLE, [{**row, "seen": now} for row in rows])
            uncounted -= time.perf_counter()
            write_traces(tx, decisions, now, now - micros(WINDOW))
        seconds = time.perf_counter() - start + uncounted
        return seconds, [self._named(each) for each in decisions]

    def bytes_on_disk(self) -> int:
        """See `Archive`. Both tables of traces with their indexes."""
        sizes = self._driver.query(
            "SELECT SUM(pgsize) AS size FROM dbstat WHERE name IN"
            " (SELECT name FROM sqlite_master WHERE tbl_name IN ('trace', 'common_trace'))"
        )
        return int(sizes[0]["size"])

    def _candidate(self, news: News) -> Candidate:
        article = Article(
            id="",
            source=f"bron-{news.number % 40}",
            document=f"{news.number}",
            part=1,
            parts=1,
            kind="article",
            title=news.headline,
            title_source="headline",
            text=news.text,
            headline_end=len(news.headline),
            language="nl",
            seen=NOW,
            guid=str(news.number),
        )
        document = Document(source=article.source, name="", body=b"", seen=NOW)
        (candidate,) = identify(Extraction(document=document, articles=(article,)))
        self._numbers[candidate.article.id] = news.number
        return candidate

    def _store(
        self,
        driver: SqliteDriver,
        stored: Sequence[Candidate],
        marks: Mapping[str, Traces],
        first: datetime,
    ) -> None:
        new = [
            article_row(one, Verdict(outcome=Outcome.NEW, story=one.article.id)) for one in stored
        ]
        rows: list[Values] = [
            {**row, "seen": micros(first + at * self._step)} for at, row in enumerate(new)
        ]
        with driver.transaction() as tx:
            tx.executemany(_INSERT_ARTICLE, rows)
            keep_traces(tx, marks, micros(first), micros(first - WINDOW))

    def _named(self, decision: Decision) -> set[int]:
        verdict = decision.verdict
        copy = verdict.outcome is Outcome.DUPLICATE and verdict.of in self._numbers
        return {self._numbers[str(verdict.of)]} if copy else set()


def _renamed(candidate: Candidate, name: str) -> Candidate:
    return replace(candidate, article=replace(candidate.article, id=name))


def _invented_traces(chance: random.Random, real: Sequence[Traces]) -> Iterator[Traces]:
    """Traces as these articles have them: the smallest of as many hashes, and terms of any."""
    while True:
        like = chance.choice(real)
        # The smallest run of an article of n is about a part in n of all hashes, and so on.
        gap = (like.runs[-1] + 1) / len(like.runs)
        runs: list[int] = []
        at = 0.0
        for _ in range(min(SPARE_SKETCH, len(like.runs))):
            at -= math.log(1 - chance.random()) * gap
            runs.append(int(at) % 2**32)
        terms = [chance.choice(list(chance.choice(real).terms.items())) for _ in like.terms]
        yield Traces(tuple(sorted(runs)), dict(terms))


# --- others ------------------------------------------------------------------------------------


def _runs(news: News) -> set[bytes]:
    words = _WORD.findall(" ".join(news.paragraphs).lower())
    return {" ".join(words[at : at + _RUN]).encode() for at in range(len(words) - _RUN + 1)}


class Datasketch:
    """MinHashLSH as its manual has it."""

    def __init__(self, _folder: Path) -> None:
        self._minhash = import_module("datasketch").MinHash
        self._index = import_module("datasketch").MinHashLSH(threshold=0.5, num_perm=128)

    def fill(self, newest: Sequence[News], older: int, step: timedelta) -> None:
        """See `Archive`. Older ones get permutations at random: like nothing else."""
        chance = import_module("numpy").random.default_rng(older)
        like = self._minhash(num_perm=128)
        for number in range(older):
            values = chance.integers(0, 2**32, 128, like.hashvalues.dtype)
            made_up = self._minhash(num_perm=128, hashvalues=values, scheme=like.scheme)
            self._index.insert(-1 - number, made_up, check_duplication=False)
        for news in newest:
            self._index.insert(news.number, self._of(news))

    def add(self, batch: Sequence[News]) -> tuple[float, list[set[int]]]:
        """See `Archive`."""
        start = time.perf_counter()
        found = []
        for news in batch:
            minhash = self._of(news)
            found.append(set(self._index.query(minhash)))
            self._index.insert(news.number, minhash)
        return time.perf_counter() - start, found

    def bytes_on_disk(self) -> int:
        """See `Archive`."""
        return 0

    def _of(self, news: News) -> Any:
        minhash = self._minhash(num_perm=128)
        minhash.update_batch(_runs(news))
        return minhash


class SimHash:
    """One number of 64 bits an article; all of them are looked at."""

    _NEAR = 3

    def __init__(self, _folder: Path) -> None:
        self._numpy = import_module("numpy")
        self._hashes = self._numpy.zeros(0, dtype="uint64")
        self._numbers = self._numpy.zeros(0, dtype="int64")
        self._count = 0

    def fill(self, newest: Sequence[News], older: int, step: timedelta) -> None:
        """See `Archive`. Older ones are random bits."""
        random_bits = self._numpy.random.default_rng(older).integers(0, 2**64, older, "uint64")
        room = self._numpy.zeros(older + 2 * len(newest) + 100_000, dtype="uint64")
        room[:older] = random_bits
        self._hashes = room
        self._numbers = self._numpy.full(len(room), -1, dtype="int64")
        self._count = older
        for news in newest:
            self._put(news.number, self._of(news))

    def add(self, batch: Sequence[News]) -> tuple[float, list[set[int]]]:
        """See `Archive`."""
        start = time.perf_counter()
        found = []
        for news in batch:
            mine = self._of(news)
            apart = self._numpy.bitwise_count(self._hashes[: self._count] ^ mine)
            found.append(set(self._numbers[: self._count][apart <= self._NEAR].tolist()))
            self._put(news.number, mine)
        return time.perf_counter() - start, found

    def bytes_on_disk(self) -> int:
        """See `Archive`."""
        return 0

    def _put(self, number: int, simhash: Any) -> None:
        self._hashes[self._count] = simhash
        self._numbers[self._count] = number
        self._count += 1

    def _of(self, news: News) -> Any:
        digests = b"".join(blake2b(run, digest_size=8).digest() for run in _runs(news))
        bits = self._numpy.unpackbits(self._numpy.frombuffer(digests, dtype="uint8"))
        mostly = bits.reshape(-1, 64).mean(axis=0) >= 0.5
        return self._numpy.packbits(mostly).view("uint64")[0]
