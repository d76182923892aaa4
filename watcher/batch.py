"""A batch of articles, decided one after the other: each knows the ones before it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import alerts, dedup, stories
from watcher.facts import Fact, new_facts, newest_sentence, sentences_with
from watcher.holds import Timetable
from watcher.likeness import traces
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Decision,
    Earlier,
    History,
    Match,
    Nearby,
    Outcome,
    Seen,
    Told,
    Verdict,
)
from watcher.rules.match import RuleSet
from watcher.volume import Judged, Tallies, span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decisions follow: the routes, the lowest severity rank each channel takes, how long
    the same text elsewhere counts as the same article, how alike texts of one story are, when
    channels are told, and how often each rule matched on the last days."""

    routes: Sequence[alerts.Route]
    floors: Mapping[str, int]
    window: timedelta
    alike: float = stories.USUAL
    timetable: Timetable = field(default_factory=Timetable)
    trends: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


#: An article with more texts than this within the window changes whenever it is fetched: further
#: ones are kept only if they are told.
RESTLESS = 20
#: What was published so long before it was seen is late, if its source was away meanwhile.
LATE = timedelta(hours=1)
_RESTLESS = "its article changes at every fetch, and nobody is told of this text"


def match(candidate: Candidate, rules: RuleSet) -> Candidate:
    """The candidate with its matches."""
    return replace(candidate, matches=rules.match(candidate.article))


def decide(
    candidates: Sequence[Candidate],
    history: History,
    policy: Policy,
    *,
    rules: RuleSet | None = None,
    oldest: datetime | None = None,
    away_since: datetime | None = None,
    skipped: int = 0,
) -> Iterator[Decision]:
    """Dedup and alert decisions for a batch. Pure.

    With ``rules`` what is not known already is matched: most of a feed is known. Without them
    the candidates come with their matches.
    """
    renumbered = dedup.is_renumbered(candidates, history, skipped)
    batch = _Batch(history, policy, rules, oldest, away_since)
    for number, candidate in enumerate(candidates):
        verdict = batch.identify(candidate, renumbered)
        if verdict.outcome is Outcome.KNOWN:
            yield Decision(candidate=candidate, verdict=verdict)
        else:
            # A microsecond apart, so that alerts keep the order of their articles.
            yield batch.decide(candidate, verdict, history.now + timedelta(microseconds=number))


class _Batch:
    """What is known while a batch is decided: the store's history, and its articles so far."""

    def __init__(
        self,
        history: History,
        policy: Policy,
        rules: RuleSet | None,
        oldest: datetime | None,
        away_since: datetime | None,
    ) -> None:
        self._policy = policy
        self._rules = rules
        self._oldest = oldest
        self._away = away_since is not None
        self._tallies = Tallies(history.counts)
        self._seen = dict(history.seen)
        # The same dict: each candidate sees what the ones before it added.
        self._history = replace(history, seen=self._seen)
        self._told = dict(history.told)
        self._earlier: list[tuple[Article, Earlier]] = []
        #: Traces to the places of the articles that have them.
        self._by_trace: dict[int, list[int]] = defaultdict(list)

    def identify(self, candidate: Candidate, renumbered: bool) -> Verdict:
        """What the candidate's keys say."""
        window = self._policy.window
        return dedup.decide(candidate, self._history, window=window, renumbered=renumbered)

    def decide(self, candidate: Candidate, verdict: Verdict, now: datetime) -> Decision:
        """The decision about an article that is to be stored."""
        near = self._near(candidate)
        verdict = stories.place(candidate.article, verdict, near, alike=self._policy.alike)
        if self._rules is not None:
            candidate = match(candidate, self._rules)
        candidate = _with_trends(candidate, self._policy.trends)
        if verdict.notice:
            candidate = _with_told_rules(candidate, verdict, self._told, self._rules)
        candidate = self._marked(candidate, verdict)
        story = [one for one in near.articles if one.story == verdict.story]
        decided = self._alerts(candidate, verdict, story, now)
        if verdict.edition > RESTLESS and all(alert.suppressed for alert in decided):
            # Known is what nothing more is said of: its keys are kept, and no further text.
            verdict = replace(verdict, outcome=Outcome.KNOWN, reason=_RESTLESS)
            return Decision(candidate=candidate, verdict=verdict)
        self._add(candidate, verdict)
        for matched, alert in zip(candidate.matches, decided, strict=True):
            running = not alert.suppressed or alert.code == "same-episode"
            self._tallies.add(matched, candidate.article, verdict, running=running)
            if not alert.suppressed:
                pair = (alert.rule, alert.story)
                self._told[pair] = _told_by(alert, candidate.article, self._told.get(pair))
        return Decision(candidate=candidate, verdict=verdict, alerts=decided)

    def _alerts(
        self, candidate: Candidate, verdict: Verdict, story: Sequence[Earlier], now: datetime
    ) -> tuple[Alert, ...]:
        decided = alerts.decide(
            candidate,
            verdict,
            told=self._told,
            routes=self._policy.routes,
            floors=self._policy.floors,
            now=now,
            oldest=self._oldest,
            facts=_news(candidate, verdict.story, story, self._told),
            silences=self._history.silences,
            zone=self._policy.timetable.zone,
            volumes=self._volumes(candidate, verdict),
        )
        return tuple(
            _with_mended(_with_newest(alert, candidate.article, story), candidate.article, verdict)
            for alert in decided
        )

    def _marked(self, candidate: Candidate, verdict: Verdict) -> Candidate:
        """The candidate with what each of its matches counts as."""
        article = candidate.article
        marked = (
            self._tallies.mark(match, article, verdict, late=self._is_late(match, article))
            for match in candidate.matches
        )
        return replace(candidate, matches=tuple(marked))

    def _is_late(self, match: Match, article: Article) -> bool:
        """Whether an article says nothing about now: it stood there before we first looked, or
        came while we were away."""
        if self._oldest is not None:
            return alerts.is_older(article, self._oldest)
        now = self._history.now
        return self._away and alerts.is_older(article, now - max(span_of(match.rule.volume), LATE))

    def _volumes(self, candidate: Candidate, verdict: Verdict) -> dict[str, Judged]:
        judged = {
            match.rule.id: self._tallies.judge(match, candidate.article, verdict)
            for match in candidate.matches
            if match.rule.volume is not None
        }
        return {rule: one for rule, one in judged.items() if one is not None}

    def _near(self, candidate: Candidate) -> Nearby:
        """What is near in the store, and in this batch so far."""
        near = self._history.near.get(candidate.article.id) or Nearby()
        shared: Counter[int] = Counter()
        for trace in _marks(candidate.article):
            shared.update(self._by_trace.get(trace, ()))
        alike = (self._earlier[at] for at in sorted(shared) if shared[at] > 1)
        mine = tuple(
            earlier for article, earlier in alike if not _side_by_side(candidate.article, article)
        )
        return replace(near, articles=(*mine, *near.articles)) if mine else near

    def _add(self, candidate: Candidate, verdict: Verdict) -> None:
        """One more article that is stored."""
        article = candidate.article
        seen = _as_seen(candidate, verdict.story, self._history)
        for key in candidate.keys:
            self._seen.setdefault(key, seen)
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
            revision_of=verdict.of if verdict.outcome is Outcome.REVISION else None,
        )
        self._earlier.append((article, earlier))


def _with_trends(candidate: Candidate, trends: Mapping[str, tuple[int, ...]]) -> Candidate:
    """The candidate, whose matches know how often their rules matched lately, this one included."""
    found = (replace(one, trend=_and_one(trends.get(one.rule.id, ()))) for one in candidate.matches)
    return replace(candidate, matches=tuple(found)) if trends else candidate


def _and_one(trend: tuple[int, ...]) -> tuple[int, ...]:
    return (*trend[:-1], trend[-1] + 1) if trend else ()


def _news(
    candidate: Candidate,
    story: str,
    earlier: Sequence[Earlier],
    told: Mapping[tuple[str, str], Told],
) -> dict[str, tuple[Fact, ...]]:
    """By rules of which something was told in this story, what their sentences add to it."""
    if not earlier:
        # The very text of another article: nobody looked for others, and it adds nothing.
        return {}
    return {
        match.rule.id: new_facts(candidate.article, match, earlier)
        for match in candidate.matches
        if (match.rule.id, story) in told
    }


def _with_newest(alert: Alert, article: Article, story: Sequence[Earlier]) -> Alert:
    """An update whose matched sentences say nothing new tells of the one that does."""
    if alert.code != "new-fact" or alert.news:
        return alert
    newest = newest_sentence(article, story)
    return replace(alert, news=(newest,) if newest else ())


def _with_mended(alert: Alert, article: Article, verdict: Verdict) -> Alert:
    """A corrected text tells of the sentences with the numbers that it mends; a correction in
    words of its own of whatever matched."""
    if alert.code != "correction":
        return alert
    mended = () if verdict.notice else sentences_with(article, verdict.corrected)
    return replace(alert, news=mended)


def _told_by(alert: Alert, article: Article, before: Told | None) -> Told:
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
    infos = [
        rule.info
        for rule in (rules.rules if rules else ())
        # Who was told of a number was not told of this story.
        if rule.info.id in concerned and rule.info.volume is None
    ]
    more = tuple(Match(rule=info, hits=(), counts_as=None) for info in infos)
    return replace(candidate, matches=(*candidate.matches, *more))


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
