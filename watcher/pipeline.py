"""The whole of news-watcher, in the order in which it happens. READ THIS FIRST.

    ingest   a poll's documents → extract → (full texts) → dedup → (match) → decide → record
             → acknowledge
    deliver  (release) → claim → send → settle, until nothing is due
    listen   rules that found nothing for so long → decide → record

All only call stages and promises (`watcher.interfaces`) in order; what is decided stands in
`watcher.decisions` and the channel's retry policy, what is promised in docs/architecture.md.
Nothing here knows a database, a socket or a file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from watcher import dedup, fulltext
from watcher.decisions import Desk, event_of, judge, judge_lulls
from watcher.errors import StoreError
from watcher.interfaces import Channel, Parser, Source, Store, Work
from watcher.model import (
    Answer,
    Candidate,
    Claim,
    Decision,
    Extraction,
    Held,
    Lane,
    Poll,
    PollRecord,
    Quarantined,
    Released,
    Settlement,
    SourceState,
)

_log = logging.getLogger(__name__)

#: A source that was not read for so long was away.
_AWAY = timedelta(hours=2)
#: Articles recorded in one transaction.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one poll came to."""

    decisions: tuple[Decision, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    error: str = ""
    event: str = ""
    more: bool = False
    unsettled: int = 0


async def ingest(
    source: Source,
    state: SourceState,
    lane: Lane,
    *,
    parser: Parser,
    store: Store,
    work: Work,
    desk: Desk,
) -> Ingested:
    """Poll a source once and record everything it brought; then tell the source.

    Raises `StoreError` (`LostLease` included): then nothing of the batch at hand is recorded,
    the source is not told, and the next poll brings it again.
    """
    desk = replace(desk, oldest=_oldest(source, state), away_since=_away_since(state))
    poll = await _poll(source, state)
    extractions = await _parse(poll, parser, store, work)
    desk = replace(desk, skipped=sum(len(one.skipped) for one in extractions))
    if source.reads_pages:
        extractions, more = await fulltext.fill(
            source, extractions, parser=parser, store=store, work=work, oldest=desk.oldest
        )
        poll = replace(poll, more=poll.more or more)
    batches = list(_batches(poll, extractions))
    decisions: list[Decision] = []
    quarantined: list[Quarantined] = []
    for batch, record in batches:
        decided, lost = await work(lambda b=batch, r=record: _record(store, lane, b, r, desk))  # type: ignore[misc]
        decisions += decided
        quarantined += [*record.quarantined, *lost]
    event = event_of(decisions)
    if event:
        await work(lambda: store.tell(poll.source, event))
    if quarantined:
        # It is reported each time that it is read, and may be judged better another time.
        extractions = [replace(one, reading=None) for one in extractions]
    await source.acknowledge(extractions)
    return Ingested(
        decisions=tuple(decisions),
        quarantined=tuple(quarantined),
        error=batches[-1][1].error,
        event=event or poll.event,
        more=poll.more,
        unsettled=poll.unsettled,
    )


async def _parse(poll: Poll, parser: Parser, store: Store, work: Work) -> list[Extraction]:
    """The documents' articles, without the furniture that their source is known for."""
    if not poll.documents:
        return []
    habits = await work(lambda: store.habits(poll.source))
    extractions = await parser.parse(poll.documents, habits=habits)
    if all(map(dedup.is_certain, extractions)):
        return extractions
    documents = [replace(one, known=None) for one in poll.documents]
    return await parser.parse(documents, habits=habits)


def _oldest(source: Source, state: SourceState) -> datetime | None:
    """What was published before then is not told, if the source is read for the first time."""
    backfill = source.spec.backfill
    if state.last_success is not None or backfill is None:
        return None
    return datetime.now(UTC) - backfill


def _away_since(state: SourceState) -> datetime | None:
    """When the source was read last, if that is long ago: we, or it, were down."""
    last = state.last_success
    return last if last is not None and datetime.now(UTC) - last > _AWAY else None


async def _poll(source: Source, state: SourceState) -> Poll:
    """Poll a source; one that breaks its promise not to raise is in error like any other."""
    try:
        return await source.poll(state)
    except Exception as error:  # noqa: BLE001
        # The boundary between one source and all others of its lane: it is told as its error.
        _log.exception("source %s", state.name)
        # Its text may quote an address, which only the log knows how to hide.
        return Poll(source=state.name, error=f"{type(error).__name__}: see the log")


def _batches(
    poll: Poll, extractions: Sequence[Extraction]
) -> Iterator[tuple[list[Candidate], PollRecord]]:
    """The articles in batches; what concerns the source is recorded with the last of them."""
    candidates = [one for extraction in extractions for one in dedup.identify(extraction)]
    while len(candidates) > BATCH:
        yield candidates[:BATCH], PollRecord(source=poll.source, final=False)
        candidates = candidates[BATCH:]
    yield candidates, _poll_record(poll, extractions)


def _poll_record(poll: Poll, extractions: Sequence[Extraction]) -> PollRecord:
    """What becomes of the source: an answer that could not be read is an error of the source
    when it is all there was, and its validators are not kept, so that it is asked for again."""
    quarantined = [*poll.refused, *(one for each in extractions for one in _quarantined(each))]
    failures = [one.failure for one in extractions if one.failure is not None]
    broken = failures[0] if failures and extractions[0].document.expects else ""
    return PollRecord(
        source=poll.source,
        final=not poll.more,
        error=poll.error or broken,
        etag="" if broken else poll.etag,
        modified="" if broken else poll.modified,
        body_hash="" if broken else poll.body_hash,
        full=poll.full,
        moved_to=poll.moved_to,
        wait=poll.wait,
        lane_wait=poll.lane_wait,
        event=poll.event,
        quarantined=tuple(quarantined),
    )


def _quarantined(extraction: Extraction) -> Iterator[Quarantined]:
    document = extraction.document
    reasons = [extraction.failure] if extraction.failure is not None else []
    for reason in [*reasons, *extraction.losses]:
        yield Quarantined(
            source=document.source, document=document.name, reason=reason, at=document.seen
        )


def _record(
    store: Store, lane: Lane, candidates: Sequence[Candidate], poll: PollRecord, desk: Desk
) -> tuple[Sequence[Decision], Sequence[Quarantined]]:
    """Decide and record in one transaction; the decisions, and what was lost.

    An article that cannot be judged goes to quarantine alone: the others must not suffer.
    """
    try:
        decided = store.record(
            lane,
            poll,
            candidates,
            lambda history: judge(candidates, history, desk),
            window=desk.policy.window,
            memory=desk.memory,
        )
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001
        # The boundary between one article and all the others: whatever it was, it is told.
        _log.exception("an article could not be judged")
        if len(candidates) > 1:
            return _record_one_by_one(store, lane, candidates, poll, desk)
        lost = [_not_judged(candidate, error) for candidate in candidates]
        told = replace(poll, quarantined=(*poll.quarantined, *lost))
        return store.record(lane, told, [], lambda _: []), lost
    return decided, ()


def _record_one_by_one(
    store: Store, lane: Lane, candidates: Sequence[Candidate], poll: PollRecord, desk: Desk
) -> tuple[Sequence[Decision], Sequence[Quarantined]]:
    part = PollRecord(source=poll.source, final=False)
    parts = [_record(store, lane, [candidate], part, desk) for candidate in candidates]
    store.record(lane, poll, [], lambda _: [])
    return [one for each, _ in parts for one in each], [one for _, each in parts for one in each]


def _not_judged(candidate: Candidate, error: Exception) -> Quarantined:
    article = candidate.article
    return Quarantined(
        source=article.source,
        document=f"{article.document} ({article.title})",
        reason=f"could not be judged: {type(error).__name__}: {error}",
        at=article.seen,
    )


async def deliver(
    channel: Channel,
    *,
    store: Store,
    work: Work,
    owner: str,
    lease: timedelta,
    compose: Callable[[Sequence[Held]], Released],
    settle: Callable[[Claim, Answer], Settlement],
    on_sent: Callable[[Claim, Answer], None],
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Send everything that is due on one channel, one message at a time; what was held until now
    first becomes messages."""
    while await work(lambda: store.release_held(channel.name, compose)):
        pass
    while not stopping() and (
        claim := await work(lambda: store.claim_delivery(channel.name, owner, lease))
    ):
        answer = await channel.send(claim)
        settlement = settle(claim, answer)
        await work(lambda c=claim, s=settlement: store.settle(c, s))  # type: ignore[misc]
        on_sent(claim, answer)


async def listen(lane: Lane, *, store: Store, work: Work, desk: Desk) -> Sequence[Decision]:
    """Tell of rules that have found nothing for as long as they say. Raises `StoreError`.

    The store also learns here which rules count, and forgets those that do so no more.
    """
    watched = [rule.info.id for rule in desk.rules.rules if rule.info.volume is not None]
    return await work(
        lambda: store.record_notices(
            lane, lambda history: judge_lulls(history, desk), watched=watched, memory=desk.memory
        )
    )
