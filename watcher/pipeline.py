"""The whole of news-watcher, in the order in which it happens. READ THIS FIRST.

    ingest   a poll's documents → extract → dedup → match → decide → record → acknowledge
    deliver  claim → send → settle, until nothing is due

Both only call stages and promises (`watcher.interfaces`) in order; what is decided stands in
`watcher.dedup`, `watcher.alerts` and the channel's retry policy, what is promised in
docs/architecture.md. Nothing here knows a database, a socket or a file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from watcher import alerts, dedup
from watcher.errors import StoreError
from watcher.interfaces import Channel, Parser, Source, Store
from watcher.model import (
    Alert,
    Answer,
    Candidate,
    Claim,
    Decision,
    Delivery,
    DigestEntry,
    Extraction,
    History,
    Lane,
    Match,
    Outcome,
    Poll,
    PollRecord,
    Quarantined,
    Seen,
    Settlement,
    SourceState,
)
from watcher.rules.match import RuleSet
from watcher.text import digest

_log = logging.getLogger(__name__)

#: Articles recorded in one transaction.
BATCH = 200

T = TypeVar("T")


class Work(Protocol):
    """Runs a function on the one thread that may use the store; the event loop goes on."""

    async def __call__(self, function: Callable[[], T]) -> T:
        """The function's result, or its exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decisions follow: the routes, the lowest severity rank each channel takes, and how
    long the same text elsewhere counts as the same article."""

    routes: Sequence[alerts.Route]
    floors: Mapping[str, int]
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging an article takes: the rules of this moment, the policy, the channels.

    ``oldest`` is given for a source that is read for the first time: what is older is not told,
    the rest in one digest a channel.
    """

    rules: RuleSet
    policy: Policy
    channels: Mapping[str, Channel]
    oldest: datetime | None = None


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
    poll = await _poll(source, state)
    extractions = await parser.parse(poll.documents)
    batches = list(_batches(poll, extractions))
    desk = replace(desk, oldest=_oldest(source, state))
    decisions: list[Decision] = []
    quarantined: list[Quarantined] = []
    for batch, record in batches:
        decided, lost = await work(lambda b=batch, r=record: _record(store, lane, b, r, desk))  # type: ignore[misc]
        decisions += decided
        quarantined += [*record.quarantined, *lost]
    renumbered = sum(one.verdict.renumbered for one in decisions)
    if renumbered:
        event = f"renumbered {renumbered} items"
        await work(lambda: store.tell(poll.source, event))
    await source.acknowledge(extractions)
    return Ingested(
        decisions=tuple(decisions),
        quarantined=tuple(quarantined),
        error=batches[-1][1].error,
        event=event if renumbered else poll.event,
        more=poll.more,
        unsettled=poll.unsettled,
    )


def _oldest(source: Source, state: SourceState) -> datetime | None:
    """What was published before then is not told, if the source is read for the first time."""
    backfill = source.spec.backfill
    if state.last_success is not None or backfill is None:
        return None
    return datetime.now(UTC) - backfill


async def _poll(source: Source, state: SourceState) -> Poll:
    """Poll a source; one that breaks its promise not to raise is in error like any other."""
    try:
        return await source.poll(state)
    except Exception as error:  # noqa: BLE001
        # The boundary between one source and all others of its lane: it is told as its error.
        _log.exception("source %s", state.name)
        return Poll(source=state.name, error=f"{type(error).__name__}: {error}")


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
    """Match, then decide and record in one transaction; the decisions, and what was lost.

    An article that cannot be judged goes to quarantine alone: the others must not suffer.
    """
    try:
        matched = [match(candidate, desk.rules) for candidate in candidates]
        decided = store.record(lane, poll, matched, lambda history: _judge(matched, history, desk))
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


def match(candidate: Candidate, rules: RuleSet) -> Candidate:
    """The candidate with its matches."""
    return replace(candidate, matches=rules.match(candidate.article))


def _judge(candidates: Sequence[Candidate], history: History, desk: Desk) -> list[Decision]:
    """Decisions with what each recipient will read. Pure."""
    decisions = list(decide(candidates, history, desk.policy, oldest=desk.oldest))
    told = sum(not alert.suppressed for each in decisions for alert in each.alerts)
    if desk.oldest is not None and told > 1:
        return _in_digests(decisions, "first-sight", desk.channels)
    return [
        replace(decision, deliveries=tuple(_deliveries(decision, desk.channels)))
        for decision in decisions
    ]


def decide(
    candidates: Sequence[Candidate],
    history: History,
    policy: Policy,
    *,
    oldest: datetime | None = None,
) -> Iterator[Decision]:
    """Dedup and alert decisions for a batch, each knowing the ones before it. Pure."""
    renumbered = dedup.is_renumbered(candidates, history)
    seen = dict(history.seen)
    told = dict(history.told)
    # The same dict: each candidate sees what the ones before it added.
    known = replace(history, seen=seen)
    for number, candidate in enumerate(candidates):
        verdict = dedup.decide(candidate, known, window=policy.window, renumbered=renumbered)
        decided = tuple(
            alerts.decide(
                candidate,
                verdict,
                told=told,
                routes=policy.routes,
                floors=policy.floors,
                # A microsecond apart, so that alerts keep the order of their articles.
                now=history.now + timedelta(microseconds=number),
                oldest=oldest,
            )
        )
        if verdict.outcome is not Outcome.KNOWN:
            entry = _as_seen(candidate, verdict.story, history)
            for key in candidate.keys:
                seen.setdefault(key, entry)
        for alert in decided:
            if not alert.suppressed:
                told.setdefault((alert.rule, alert.story), alert.id)
        yield Decision(candidate=candidate, verdict=verdict, alerts=decided)


def _as_seen(candidate: Candidate, story: str, history: History) -> Seen:
    return Seen(
        article=candidate.article.id,
        source=candidate.article.source,
        story=story,
        text_key=candidate.text_key,
        guid=candidate.article.guid,
        seen=history.now,
    )


def _deliveries(decision: Decision, channels: Mapping[str, Channel]) -> Iterator[Delivery]:
    """One message for each recipient of each channel that an alert goes to."""
    article = decision.candidate.article
    matches: dict[str, Match] = {one.rule.id: one for one in decision.candidate.matches}
    for alert in decision.alerts:
        for name in alert.channels:
            channel = channels[name]
            message = channel.render(alert, article, matches[alert.rule])
            for recipient in channel.recipients:
                yield Delivery(
                    id=digest(alert.id, name, recipient),
                    alert=alert.id,
                    channel=name,
                    recipient=recipient,
                    message=message,
                )


def _in_digests(
    decisions: Sequence[Decision], code: str, channels: Mapping[str, Channel]
) -> list[Decision]:
    """The decisions with all that is told gathered: in as few messages as each channel takes.

    A digest is a delivery of the first alert in it, which tells of the others too.
    """
    gathered = [
        replace(decision, alerts=tuple(_as_digest(alert, code) for alert in decision.alerts))
        for decision in decisions
    ]
    entries = [
        DigestEntry(alert=alert, article=decision.candidate.article, match=match)
        for decision in gathered
        for alert in decision.alerts
        for match in decision.candidate.matches
        if match.rule.id == alert.rule
    ]
    by_alert: dict[str, list[Delivery]] = {}
    for name in dict.fromkeys(name for one in entries for name in one.alert.channels):
        mine = [one for one in entries if name in one.alert.channels]
        for message, told in channels[name].render_digest(mine):
            first, *others = [one.alert.id for one in told]
            by_alert.setdefault(first, []).extend(
                Delivery(
                    id=digest(first, name, recipient),
                    alert=first,
                    channel=name,
                    recipient=recipient,
                    message=message,
                    also=tuple(others),
                )
                for recipient in channels[name].recipients
            )
    return [
        replace(
            decision,
            deliveries=tuple(
                each for alert in decision.alerts for each in by_alert.get(alert.id, ())
            ),
        )
        for decision in gathered
    ]


def _as_digest(alert: Alert, code: str) -> Alert:
    if alert.suppressed:
        return alert
    return replace(alert, kind="DIGEST", code=code, reason=f"{alert.reason}, told in a digest")


async def deliver(
    channel: Channel,
    *,
    store: Store,
    work: Work,
    owner: str,
    lease: timedelta,
    settle: Callable[[Claim, Answer], Settlement],
    on_sent: Callable[[Claim, Answer], None],
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Send everything that is due on one channel, one message at a time."""
    while not stopping() and (
        claim := await work(lambda: store.claim_delivery(channel.name, owner, lease))
    ):
        answer = await channel.send(claim)
        settlement = settle(claim, answer)
        await work(lambda c=claim, s=settlement: store.settle(c, s))  # type: ignore[misc]
        on_sent(claim, answer)
