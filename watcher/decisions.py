"""Decisions about a batch of articles, with what each recipient will read. Pure.

What is new, who is told and who is not, and in how many messages: values in, values out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher import alerts, dedup, stories
from watcher.facts import Fact, new_facts, newest_sentence
from watcher.interfaces import Channel
from watcher.likeness import traces
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Decision,
    Delivery,
    DigestEntry,
    Earlier,
    History,
    Match,
    Nearby,
    Outcome,
    Seen,
    Severity,
    Told,
    Verdict,
)
from watcher.rules.match import RuleSet
from watcher.text import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decisions follow: the routes, the lowest severity rank each channel takes, how long
    the same text elsewhere counts as the same article, and how alike texts of one story are."""

    routes: Sequence[alerts.Route]
    floors: Mapping[str, int]
    window: timedelta
    alike: float = stories.USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging an article takes: the rules of this moment, the policy, the channels.

    ``oldest`` is given for a source that is read for the first time: what is older is not told,
    the rest in one digest a channel. ``away_since`` is given for a source that was not read for
    long: what was published before it was read again is told as late. ``skipped`` counts the
    document's other articles, which are known and were not read again.
    """

    rules: RuleSet
    policy: Policy
    channels: Mapping[str, Channel]
    oldest: datetime | None = None
    away_since: datetime | None = None
    skipped: int = 0


#: More alerts than this of one source at once are a storm: a renumbered feed, a source that comes
#: back after hours, a day on which everything happens.
STORM = 20
#: What was published so long before it was seen is late, if its source was away meanwhile.
_LATE = timedelta(hours=1)
#: Codes of alerts that are told together with others.
_TOGETHER = frozenset(("first-sight", "storm"))


def match(candidate: Candidate, rules: RuleSet) -> Candidate:
    """The candidate with its matches."""
    return replace(candidate, matches=rules.match(candidate.article))


def judge(candidates: Sequence[Candidate], history: History, desk: Desk) -> list[Decision]:
    """Decisions with what each recipient will read. Pure."""
    decisions = [
        _marked_late(decision, desk.away_since)
        for decision in decide(
            candidates,
            history,
            desk.policy,
            rules=desk.rules,
            oldest=desk.oldest,
            skipped=desk.skipped,
        )
    ]
    told = sum(not alert.suppressed for each in decisions for alert in each.alerts)
    if desk.oldest is not None and told > 1:
        return _in_digests(decisions, "first-sight", desk.channels)
    if told > STORM:
        return _in_digests(decisions, "storm", desk.channels)
    return [
        replace(decision, deliveries=tuple(_deliveries(decision, desk.channels)))
        for decision in decisions
    ]


def _marked_late(decision: Decision, away_since: datetime | None) -> Decision:
    """The decision with its new alerts called late, if their article waited while we were away."""
    article = decision.candidate.article
    published = article.published if article.published_source == "document" else None
    if away_since is None or published is None or article.seen - published < _LATE:
        return decision
    alerts = (
        replace(alert, kind="LATE") if alert.kind == "NEW" and not alert.suppressed else alert
        for alert in decision.alerts
    )
    return replace(decision, alerts=tuple(alerts))


def decide(
    candidates: Sequence[Candidate],
    history: History,
    policy: Policy,
    *,
    rules: RuleSet | None = None,
    oldest: datetime | None = None,
    skipped: int = 0,
) -> Iterator[Decision]:
    """Dedup and alert decisions for a batch, each knowing the ones before it. Pure.

    With ``rules`` what is not known already is matched: most of a feed is known. Without them
    the candidates come with their matches.
    """
    renumbered = dedup.is_renumbered(candidates, history, skipped)
    seen = dict(history.seen)
    told = dict(history.told)
    # The same dict: each candidate sees what the ones before it added.
    known = replace(history, seen=seen)
    batch = _Batch(history)
    for number, candidate in enumerate(candidates):
        verdict = dedup.decide(candidate, known, window=policy.window, renumbered=renumbered)
        news: dict[str, tuple[Fact, ...]] = {}
        near = Nearby()
        if verdict.outcome is not Outcome.KNOWN:
            near = batch.near(candidate) or Nearby()
            verdict = stories.place(candidate.article, verdict, near, alike=policy.alike)
            candidate = match(candidate, rules) if rules is not None else candidate
            if verdict.notice:
                candidate = _with_told_rules(candidate, verdict, told, rules)
            news = _news(candidate, verdict.story, near, told)
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
                facts=news,
            )
        )
        decided = tuple(_with_newest(alert, candidate.article, near) for alert in decided)
        if verdict.outcome is not Outcome.KNOWN:
            entry = _as_seen(candidate, verdict.story, history)
            for key in candidate.keys:
                seen.setdefault(key, entry)
            batch.add(candidate, verdict)
        for alert in decided:
            if not alert.suppressed:
                pair = (alert.rule, alert.story)
                told[pair] = _told(alert, candidate.article, told.get(pair))
        yield Decision(candidate=candidate, verdict=verdict, alerts=decided)


def _news(
    candidate: Candidate, story: str, near: Nearby, told: Mapping[tuple[str, str], Told]
) -> dict[str, tuple[Fact, ...]]:
    """By rules of which something was told in this story, what their sentences add to it."""
    earlier = [one for one in near.articles if one.story == story]
    if not earlier:
        # The very text of another article: nobody looked for others, and it adds nothing.
        return {}
    return {
        match.rule.id: new_facts(candidate.article, match, earlier)
        for match in candidate.matches
        if (match.rule.id, story) in told
    }


def _with_newest(alert: Alert, article: Article, near: Nearby) -> Alert:
    """An update whose matched sentences say nothing new tells of the one that does."""
    if alert.code != "new-fact" or alert.news:
        return alert
    newest = newest_sentence(article, [one for one in near.articles if one.story == alert.story])
    return replace(alert, news=(newest,) if newest else ())


def _told(alert: Alert, article: Article, before: Told | None) -> Told:
    dated = alerts.dated(article)
    return Told(
        first=before.first if before else alert.id,
        channels=before.channels if before else alert.channels,
        last=max(before.last, dated) if before else dated,
        kinds=(before.kinds if before else frozenset()) | {alert.kind},
    )


def _with_told_rules(
    candidate: Candidate,
    verdict: Verdict,
    told: Mapping[tuple[str, str], Told],
    rules: RuleSet | None,
) -> Candidate:
    """A correction concerns whoever was told, whether their words stand in it or not."""
    matched = {one.rule.id for one in candidate.matches}
    concerned = {rule for rule, story in told if story == verdict.story} - matched
    infos = [rule.info for rule in rules.rules if rule.info.id in concerned] if rules else []
    more = tuple(Match(rule=info, hits=()) for info in infos)
    return replace(candidate, matches=(*candidate.matches, *more))


class _Batch:
    """The articles of a batch that later ones of it may be alike to."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._earlier: list[tuple[Article, Earlier]] = []
        #: Traces to the places of the articles that have them.
        self._by_trace: dict[int, list[int]] = defaultdict(list)

    def near(self, candidate: Candidate) -> Nearby | None:
        """What is near in the store, and in this batch so far."""
        near = self._history.near.get(candidate.article.id)
        shared: Counter[int] = Counter()
        for trace in _marks(candidate.article):
            shared.update(self._by_trace.get(trace, ()))
        alike = (self._earlier[at] for at in sorted(shared) if shared[at] > 1)
        mine = tuple(
            earlier for article, earlier in alike if not _side_by_side(candidate.article, article)
        )
        if not mine:
            return near
        near = near or Nearby()
        return replace(near, articles=(*mine, *near.articles))

    def add(self, candidate: Candidate, verdict: Verdict) -> None:
        """One more article that is stored."""
        article = candidate.article
        for trace in _marks(article):
            self._by_trace[trace].append(len(self._earlier))
        earlier = Earlier(
            article=article.id,
            source=article.source,
            story=verdict.story,
            text=article.text,
            headline_end=article.headline_end,
            language=article.language,
            seen=self._history.now,
        )
        self._earlier.append((article, earlier))


def _side_by_side(one: Article, other: Article) -> bool:
    """Two items of one feed, with ids of their own: their publisher knows that they are two."""
    return one.document == other.document and bool(one.guid and other.guid)


def _marks(article: Article) -> frozenset[int]:
    found = traces(article.text, article.headline_end)
    return frozenset((*found.runs, *found.terms.values()))


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
    """One message for each recipient of each channel that an alert goes to by itself."""
    article = decision.candidate.article
    embargo = article.embargoed if _is_embargoed(article) else None
    matches: dict[str, Match] = {one.rule.id: one for one in decision.candidate.matches}
    for alert in decision.alerts:
        if alert.code in _TOGETHER:
            continue
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
                    not_before=None if channel.takes_embargoed else embargo,
                )


def _is_embargoed(article: Article) -> bool:
    return article.embargoed is not None and article.embargoed > article.seen


def _in_digests(
    decisions: Sequence[Decision], code: str, channels: Mapping[str, Channel]
) -> list[Decision]:
    """The decisions with all that is told gathered: in as few messages as each channel takes.

    A digest is a delivery of the first alert in it, which tells of the others too. In a storm
    what is of high severity is told one by one all the same.
    """
    gathered = [
        decision
        # What waits for the end of an embargo waits alone.
        if _is_embargoed(decision.candidate.article)
        else replace(decision, alerts=tuple(_as_digest(alert, code) for alert in decision.alerts))
        for decision in decisions
    ]
    entries = [
        DigestEntry(alert=alert, article=decision.candidate.article, match=match)
        for decision in gathered
        for alert in decision.alerts
        for match in decision.candidate.matches
        if match.rule.id == alert.rule and alert.code == code
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
            deliveries=(
                *_deliveries(decision, channels),
                *(each for alert in decision.alerts for each in by_alert.get(alert.id, ())),
            ),
        )
        for decision in gathered
    ]


def _as_digest(alert: Alert, code: str) -> Alert:
    urgent = code == "storm" and alert.severity.rank >= Severity.HIGH.rank
    if alert.suppressed or urgent:
        return alert
    kind = alert.kind if alert.kind == "LATE" else "DIGEST"
    return replace(alert, kind=kind, code=code, reason=f"{alert.reason}, told in a digest")
