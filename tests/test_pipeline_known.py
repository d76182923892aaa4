"""Skipping the known items of a feed changes nothing: the store is the same with and without."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher import pipeline
from watcher.alerts import Route
from watcher.articles.extract import extract
from watcher.batch import Policy
from watcher.decisions import Desk
from watcher.model import (
    Article,
    Decision,
    Document,
    Extraction,
    Match,
    Outcome,
    Poll,
    Reading,
    RuleInfo,
    SourceSpec,
    SourceState,
)
from watcher.rules.match import RuleSet
from watcher.store.store import SqlStore, open_store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADS = (
    "<title>Velsmeerder</title><lastBuildDate>{number}</lastBuildDate>",
    "<title>Velsmeerder</title><language>fr</language>",
)
TABLES = ("article", "seen", "rule_match", "alert", "line", "furniture", "quarantine", "source")


@dataclass(frozen=True)
class Entry:
    """An item of a generated feed: few values each, so that all of them meet again."""

    guid: int
    link: int
    text: int

    def __str__(self) -> str:
        guid = f'<guid isPermaLink="false">{self.guid}</guid>' if self.guid else ""
        link = f"<link>https://velsmeerder.example/{self.link}</link>" if self.link else ""
        if not self.text:
            return f"<item>{guid}{link}</item>"
        return (
            f"<item><title>Bericht {self.text}</title>{guid}{link}"
            f"<description>&lt;p&gt;De raad van Velsmeer nam gisteren besluit {self.text}."
            "&lt;/p&gt;&lt;p&gt;Lees ook onze andere berichten.&lt;/p&gt;</description></item>"
        )


ENTRIES = st.builds(
    Entry, guid=st.integers(0, 12), link=st.integers(0, 12), text=st.integers(0, 12)
)
#: What a feed does to its items from one poll to the next.
CHANGES: tuple[Callable[[list[Entry], Entry, int], list[Entry]], ...] = (
    lambda items, entry, at: [entry, *items],
    lambda items, entry, at: [entry, *items[:-1]],
    lambda items, entry, at: [*items[:at], *items[at + 1 :]],
    lambda items, entry, at: [*items[:at], entry, *items[at + 1 :]],
    lambda items, entry, at: [*items[at:], *items[:at]],
    lambda items, entry, at: [*items, *items[at : at + 1]],
    # Another text under the same id; another id for the same text; every id counted anew.
    lambda items, entry, at: [
        replace(one, text=entry.text) if place == at else one for place, one in enumerate(items)
    ],
    lambda items, entry, at: [
        replace(one, guid=entry.guid) if place == at else one for place, one in enumerate(items)
    ],
    lambda items, entry, at: [replace(one, guid=one.guid + at) for one in [entry, *items]],
    lambda items, entry, at: [
        replace(one, guid=one.guid + 20) if place < 6 else one for place, one in enumerate(items)
    ],
)
STEPS = st.tuples(st.sampled_from(CHANGES), ENTRIES, st.integers(0, 12), st.integers(0, 9))


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """The bodies that a feed had, one after the other."""
    items = [Entry(number, number, number) for number in range(1, draw(st.integers(3, 14)))]
    bodies = [body(items, 0, HEADS[0])]
    for number, (change, entry, at, head) in enumerate(draw(st.lists(STEPS, max_size=8)), start=1):
        items = change(items, entry, at % (len(items) or 1))
        bodies.append(body(items, number, HEADS[head == 0]))
    return bodies


def body(items: Sequence[Entry], number: int, head: str) -> bytes:
    """An RSS feed."""
    begin = f'<?xml version="1.0"?><rss version="2.0"><channel>{head.format(number=number)}'
    return f"{begin}{''.join(map(str, items))}</channel></rss>".encode()


class Everything(RuleSet):
    """Rules of which one holds for every article."""

    def __init__(self) -> None:
        super().__init__(())

    def match(self, article: Article) -> tuple[Match, ...]:
        """One match without hits."""
        return (Match(rule=RuleInfo(id="regel", title="Regel", updates="any"), hits=()),)


class Feed:
    """A source with these bodies and the parser that reads them; ``remembers`` what was read."""

    spec = SourceSpec(
        name="nos", type="feed", lane_kind="host", lane_name="nos", every=timedelta(minutes=1)
    )
    reads_pages = False

    def __init__(self, bodies: Sequence[bytes], *, remembers: bool) -> None:
        self._bodies = iter(bodies)
        self._remembers = remembers
        self._known: Reading | None = None
        self.now = START
        self.skipped = 0

    async def page(self, article: Article) -> Document:
        raise NotImplementedError

    async def poll(self, state: SourceState) -> Poll:
        document = Document(
            source="nos", name="rss", body=next(self._bodies), seen=self.now, expects="feed",
            known=self._known,
        )  # fmt: skip
        self._known = None
        return Poll(source="nos", documents=(document,), wait=timedelta(minutes=1))

    async def parse(
        self, documents: Sequence[Document], *, habits: Collection[str] = ()
    ) -> list[Extraction]:
        return [extract(one, habits=habits) for one in documents]

    async def changed(self) -> None:
        raise NotImplementedError

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        self.skipped += sum(len(one.skipped) for one in extractions)
        if self._remembers:
            self._known = extractions[0].reading

    async def close(self) -> None:
        """Nothing is open."""


@contextmanager
def opened(feed: Feed) -> Iterator[SqlStore]:
    """A real store on a file, whose clock is the feed's."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(f"sqlite:{Path(folder)}/watcher.db", clock=lambda: feed.now)) as store,
    ):
        store.sync_sources([Feed.spec])
        yield store


async def work(function: Callable[[], Any]) -> Any:
    """The store's thread is this one."""
    return function()


async def outcome(bodies: Sequence[bytes], *, remembers: bool) -> tuple[list[Any], list[Any], int]:
    """What was decided of what was not known, what is stored then, and how much was skipped."""
    policy = Policy(routes=[Route(to=())], floors={}, window=timedelta(minutes=90))
    desk = Desk(rules=Everything(), policy=policy, channels={})
    feed = Feed(bodies, remembers=remembers)
    decided: list[Any] = []
    with opened(feed) as store:
        lane = store.claim_lane("host", "hier", timedelta(days=2), name="nos")
        assert lane is not None
        for _ in bodies:
            (state,) = store.sources(lane, due_only=False)
            found = await pipeline.ingest(
                feed, state, lane, parser=feed, store=store, work=work, desk=desk
            )
            decided.append([_told(one) for one in found.decisions if _is_news(one)])
            feed.now += timedelta(minutes=30)
        return decided, _rows(store), feed.skipped


def _is_news(decision: Decision) -> bool:
    return decision.verdict.outcome is not Outcome.KNOWN


def _told(decision: Decision) -> tuple[Any, ...]:
    return decision.candidate, decision.verdict, [_timeless(one) for one in decision.alerts]


def _timeless(alert: Any) -> Any:
    """Alerts of a batch are microseconds apart, by their places among all of its articles."""
    return replace(alert, created=alert.created.replace(microsecond=0))


def _rows(store: SqlStore) -> list[Any]:
    with store._driver.transaction(read_only=True) as tx:
        return [
            sorted(
                tuple((name, value) for name, value in dict(row).items() if name != "created")
                for row in tx.query(f"SELECT * FROM {table}")
            )
            for table in TABLES
        ]


def test_the_store_is_the_same_with_and_without_skipping() -> None:
    """Items added, removed, changed, reordered, doubled and renumbered, and other heads."""
    total = 0

    @settings(max_examples=150, deadline=None)
    @given(histories())
    def same(bodies: list[bytes]) -> None:
        nonlocal total
        *plain, _ = asyncio.run(outcome(bodies, remembers=False))
        *quick, skipped = asyncio.run(outcome(bodies, remembers=True))
        assert quick == plain
        total += skipped

    same()
    assert total > 500
