"""Decisions inside one batch, and what becomes of an article that cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher import pipeline
from watcher.alerts import Route
from watcher.batch import Policy
from watcher.batch import decide as decide_all
from watcher.decisions import Desk
from watcher.dedup import identify
from watcher.model import (
    Article,
    Candidate,
    Decision,
    Document,
    Extraction,
    History,
    Lane,
    Match,
    Outcome,
    Poll,
    RuleInfo,
    Seen,
    SourceSpec,
    SourceState,
)
from watcher.rules.match import RuleSet
from watcher.store.store import SqlStore, open_store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy(routes=[Route(to=("piket",))], floors={}, window=timedelta(hours=72))


def item(number: int | str, text: str = "", source: str = "nos", **changes: Any) -> Article:
    """An article as extraction leaves it; of a feed, unless it has no guid."""
    values: dict[str, Any] = {
        "id": "", "source": source, "document": "feed.xml", "part": 1, "parts": 1,
        "kind": "article", "title": f"Bericht {number}", "title_source": "headline",
        "text": text or f"Bericht {number}\n\nHet kabinet overweegt nummer {number}, zei men.",
        "seen": NOW, "guid": f"guid-{number}", "url": f"https://nos.example/{number}",
    }  # fmt: skip
    return Article(**(values | changes))


def extraction(*articles: Article) -> Extraction:
    """One document with these articles."""
    document = Document(source=articles[0].source, name="feed.xml", body=b"x", seen=NOW)
    return Extraction(document=document, articles=articles)


def matched(*articles: Article, updates: str = "new-fact") -> list[Candidate]:
    """The articles of one document, all matched by one rule."""
    match = Match(rule=RuleInfo(id="regel", title="Regel", updates=updates), hits=())
    return [replace(one, matches=(match,)) for one in identify(extraction(*articles))]


def decide(*candidates: Candidate, history: History | None = None) -> list[Decision]:
    """What the pipeline decides about a batch."""
    return list(decide_all(candidates, history or History(now=NOW), POLICY))


def outcomes(decisions: Sequence[Decision]) -> list[tuple[Outcome, list[str]]]:
    """Each decision as its outcome and the codes of its alerts."""
    return [(one.verdict.outcome, [alert.code for alert in one.alerts]) for one in decisions]


# --- a batch ----------------------------------------------------------------------------------


def test_the_same_article_twice_in_a_batch_is_told_once() -> None:
    first, second = (matched(item(1))[0] for _ in range(2))
    assert outcomes(decide(first, second)) == [
        (Outcome.NEW, ["first-report"]),
        (Outcome.KNOWN, []),
    ]


def test_another_text_under_the_same_id_in_a_batch_is_a_revision() -> None:
    (first,) = matched(item(1))
    (second,) = matched(item(1, text="Bericht 1\n\nHet kabinet ziet er bij nader inzien van af."))
    new, revision = decide(first, second)
    assert outcomes([new, revision]) == [
        (Outcome.NEW, ["first-report"]),
        (Outcome.REVISION, ["same-story"]),
    ]
    assert revision.verdict.of == first.article.id
    assert revision.verdict.story == new.verdict.story
    assert revision.alerts[0].reason.endswith(new.alerts[0].id)


def test_a_revision_is_told_as_an_update_where_the_rule_asks_for_any() -> None:
    (first,) = matched(item(1), updates="any")
    (second,) = matched(item(1, text="Bericht 1\n\nEr is een heel ander verhaal."), updates="any")
    assert [one.alerts[0].kind for one in decide(first, second)] == ["NEW", "UPDATE"]


def test_the_same_text_from_another_source_in_a_batch_is_a_duplicate() -> None:
    (first,) = matched(item(1))
    (second,) = matched(item(1, source="anp", guid="anders", url="https://anp.example/9"))
    new, duplicate = decide(first, second)
    assert outcomes([new, duplicate]) == [
        (Outcome.NEW, ["first-report"]),
        (Outcome.DUPLICATE, ["duplicate"]),
    ]
    assert duplicate.alerts[0].suppressed
    assert duplicate.deliveries == ()


def test_items_that_a_feed_renumbered_are_known_again() -> None:
    """Some feeds count their ids anew with every item: the same id, then, is another text."""
    before = matched(item(1), item(2), item(3))
    seen: dict[str, Seen] = {}
    for one in decide(*before):
        article = one.candidate.article
        for key in one.candidate.keys:
            seen[key] = Seen(
                article=article.id,
                source=article.source,
                story=one.verdict.story,
                text_key=one.candidate.text_key,
                guid=article.guid,
                seen=NOW,
            )
    old = [one.article for one in before]
    renumbered = matched(
        item("nieuw", guid="guid-1", url=None),
        replace(old[0], guid="guid-2", url=None),
        replace(old[1], guid="guid-3", url=None),
    )
    found = decide(*renumbered, history=History(now=NOW, seen=seen))
    assert [one.verdict.outcome for one in found][1:] == [Outcome.KNOWN, Outcome.KNOWN]


def test_alerts_of_a_batch_keep_the_order_of_their_articles() -> None:
    found = decide(*matched(*(item(number) for number in range(20))))
    created = [one.alerts[0].created for one in found]
    assert created == sorted(created)
    assert len(set(created)) == 20


# --- what cannot be judged ---------------------------------------------------------------------


class Fragile(RuleSet):
    """Rules that break on one article."""

    def __init__(self, word: str) -> None:
        super().__init__(())
        self._word = word

    def match(self, article: Article) -> tuple[Match, ...]:
        """One match for every other article."""
        if self._word in article.text:
            raise RecursionError("too deep")
        return (Match(rule=RuleInfo(id="regel", title="Regel"), hits=()),)


class Given:
    """A source with these articles, and the parser that reads them: no bytes are needed here."""

    spec = SourceSpec(
        name="nos",
        type="feed",
        lane_kind="host",
        lane_name="nos.example",
        every=timedelta(minutes=10),
    )

    def __init__(self, *articles: Article) -> None:
        self.extractions = [extraction(*articles)]
        self.told: list[Extraction] = []

    reads_pages = False

    async def page(self, article: Article) -> Document:
        raise NotImplementedError

    async def poll(self, state: SourceState) -> Poll:
        documents = tuple(one.document for one in self.extractions)
        return Poll(source="nos", documents=documents, etag='"1"')

    async def parse(
        self, documents: Sequence[Document], *, habits: Collection[str] = ()
    ) -> list[Extraction]:
        return self.extractions

    async def changed(self) -> None:
        raise NotImplementedError

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        self.told += extractions

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A real store on a file."""
    store = open_store(f"sqlite:{tmp_path}/watcher.db")
    store.sync_sources([Given.spec])
    yield store
    store.close()


async def work(function: Callable[[], Any]) -> Any:
    """The store's thread is this one."""
    return function()


async def ingest(store: SqlStore, given: Given, word: str) -> pipeline.Ingested:
    """One poll, judged by rules that break on a word."""
    policy = replace(POLICY, routes=())
    lane: Lane | None = store.claim_lane("host", "hier", timedelta(minutes=2), name="nos.example")
    assert lane is not None
    (state,) = store.sources(lane, due_only=False)
    desk = Desk(rules=Fragile(word), policy=policy, channels={})
    return await pipeline.ingest(
        given, state, lane, parser=given, store=store, work=work, desk=desk
    )


async def test_an_article_that_cannot_be_judged_goes_to_quarantine_alone(store: SqlStore) -> None:
    given = Given(*(item(number) for number in range(5)))
    found = await ingest(store, given, "nummer 3,")
    overview = store.overview()
    assert overview.articles == 4
    assert sorted(row.alert.title for row in store.alerts()) == [
        "Bericht 0", "Bericht 1", "Bericht 2", "Bericht 4",
    ]  # fmt: skip
    (quarantined,) = overview.quarantine
    assert quarantined.document == "feed.xml (Bericht 3)"
    assert quarantined.reason == "could not be judged: RecursionError: too deep"
    assert len(found.decisions) == 4
    assert given.told == given.extractions


async def test_an_article_that_could_not_be_judged_is_judged_when_it_comes_again(
    store: SqlStore,
) -> None:
    await ingest(store, Given(*(item(number) for number in range(5))), "nummer 3,")
    found = await ingest(store, Given(*(item(number) for number in range(5))), "niets")
    assert [one.verdict.outcome for one in found.decisions] == [
        Outcome.KNOWN, Outcome.KNOWN, Outcome.KNOWN, Outcome.NEW, Outcome.KNOWN,
    ]  # fmt: skip
    assert store.overview().articles == 5


async def test_what_could_not_be_judged_is_told_to_the_log_too(store: SqlStore) -> None:
    """`tell` logs what is in `Ingested.quarantined`."""
    found = await ingest(store, Given(item(1), item(2)), "nummer 2,")
    assert [one.document for one in found.quarantined] == ["feed.xml (Bericht 2)"]


async def test_more_articles_than_a_transaction_takes_are_all_recorded(store: SqlStore) -> None:
    articles = [item(number) for number in range(2 * pipeline.BATCH + 1)]
    found = await ingest(store, Given(*articles), "niets")
    assert len(found.decisions) == len(articles)
    assert store.overview().articles == len(articles)
    assert store.overview().sources[0].articles == len(articles)
