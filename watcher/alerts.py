"""Who is told, and who is not: every match becomes an alert or a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase

from watcher.facts import Fact
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Outcome,
    RuleInfo,
    Severity,
    Silence,
    Status,
    Told,
    Verdict,
)
from watcher.text import digest
from watcher.volume import Judged

#: Codes of alerts that are told.
_TOLD = frozenset(
    ("first-report", "update", "new-fact", "correction", "withdrawn", "volume", "silence")
)
_KINDS = {
    "update": "UPDATE",
    "new-fact": "UPDATE",
    "correction": "CORRECTION",
    "withdrawn": "WITHDRAWN",
}
#: Codes that go to whoever was told first, wherever routes lead by now.
_TO_THE_SAME = frozenset(("correction", "withdrawn"))

#: What is new: what share of the headline, or of all that the text is about, the story has not said
#: before. Who had the story does not write it again for nothing; the same news in the words of
#: others comes within the hour; what they have later, with names or numbers, or much later, is told
#: (docs/decisions.md).
_LATER, _MUCH_LATER = timedelta(minutes=54), timedelta(hours=6)
_NEW_HEADLINE = 0.5
_SOME_NEWS, _SOME_NEW_HEADLINE = 0.35, 0.25
#: A time that is further off than this is none.
_KNOWN_TIME_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which channels are told of which alerts: all that is given must fit, nothing fits all.

    ``severity`` is a set, the others are globs; ``go_on`` tries the next routes too.
    """

    to: tuple[str, ...]
    severity: frozenset[Severity] = frozenset()
    tags: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    go_on: bool = False


def channels_for(rule: RuleInfo, source: str, routes: Sequence[Route]) -> tuple[str, ...]:
    """The channels for a rule's alerts about an article of this source, each once.

    A rule's own channels come first; else the first route that fits decides.
    """
    if rule.to:
        return tuple(dict.fromkeys(rule.to))
    chosen: list[str] = []
    for route in routes:
        if _fits(route, rule, source):
            chosen += route.to
            if not route.go_on:
                break
    return tuple(dict.fromkeys(chosen))


@dataclass(frozen=True, slots=True)
class RouteStep:
    """A step on the way to the channels of a rule's alerts: whether it leads there, and why."""

    name: str
    to: tuple[str, ...]
    fits: bool
    why: str


def trace_routes(
    rule: RuleInfo, source: str | None, routes: Sequence[Route]
) -> tuple[RouteStep, ...]:
    """The steps that `channels_for` takes, with their reasons; any source where None is given."""
    if rule.to:
        return (RouteStep("alert.to of the rule", rule.to, True, "comes before routes"),)
    steps: list[RouteStep] = []
    decided = ""
    for number, route in enumerate(routes, start=1):
        name = f"route {number}"
        against = _against(route, rule, source)
        if decided:
            steps.append(RouteStep(name, route.to, False, f"not asked: {decided} decides"))
        elif against:
            steps.append(RouteStep(name, route.to, False, against))
        else:
            why = "fits, and the next are asked too" if route.go_on else "fits, and decides"
            if source is None and route.source:
                why += f", for sources like {', '.join(route.source)}"
            elif not route.go_on:
                decided = name
            steps.append(RouteStep(name, route.to, True, why))
    return tuple(steps)


def _against(route: Route, rule: RuleInfo, source: str | None) -> str:
    """Why a route does not fit; "" if it does."""
    if route.severity and rule.severity not in route.severity:
        wanted = ", ".join(one.value for one in sorted(route.severity, key=lambda one: one.rank))
        return f"asks for severity {wanted}"
    if route.tags and not any(_globbed(tag, route.tags) for tag in rule.tags):
        return f"asks for a tag like {', '.join(route.tags)}"
    if route.rule and not _globbed(rule.id, route.rule):
        return f"asks for a rule like {', '.join(route.rule)}"
    if source is not None and route.source and not _globbed(source, route.source):
        return f"asks for a source like {', '.join(route.source)}"
    return ""


def _fits(route: Route, rule: RuleInfo, source: str) -> bool:
    return not _against(route, rule, source)


def _globbed(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def decide(
    candidate: Candidate,
    verdict: Verdict,
    *,
    told: Mapping[tuple[str, str], Told],
    routes: Sequence[Route],
    floors: Mapping[str, int],
    now: datetime,
    oldest: datetime | None = None,
    facts: Mapping[str, Sequence[Fact]] | None = None,
    silences: Sequence[Silence] = (),
    zone: tzinfo = UTC,
    volumes: Mapping[str, Judged] | None = None,
) -> Iterator[Alert]:
    """One alert for each match, suppressed ones with their reason.

    ``told`` maps (rule, story) to what was told of it, and ``facts`` rules of which something was
    told to what their matched sentences add to it; ``floors`` maps each channel to the
    lowest severity rank it takes. ``oldest`` is given when a source is read for the first time:
    what it published before that is not told. Times in reasons are those of ``zone``. ``volumes``
    are the counts of rules that tell of numbers, by rule.
    """
    if verdict.outcome is Outcome.KNOWN:
        return
    for match in candidate.matches:
        first = told.get((match.rule.id, verdict.story))
        chosen = channels_for(match.rule, candidate.article.source, routes)
        taken = tuple(name for name in chosen if floors.get(name, 0) <= match.rule.severity.rank)
        news = (facts or {}).get(match.rule.id, ())
        since = dated(candidate.article) - first.last if first else timedelta()
        volume = (volumes or {}).get(match.rule.id)
        counted = (volume.code, volume.reason) if volume else None
        code, reason = (
            _only_counted(match.rule, volume)
            or _not_taken(match.rule, chosen, taken)
            or counted
            or _reason(match.rule, verdict, first, since, news)
        )
        if code in _TOLD and oldest is not None and is_older(candidate.article, oldest):
            code, reason = "backfill", "published long before its source was first read"
        silence = _silence(match.rule, verdict.story, silences)
        if code in _TOLD and silence is not None:
            code, reason = "silenced", _show_silence(silence, zone)
        suppressed = code not in _TOLD
        yield Alert(
            id=digest(match.rule.id, candidate.article.id),
            kind=_KINDS.get(code, "NEW"),
            rule=match.rule.id,
            severity=match.rule.severity,
            title=candidate.article.title,
            article=candidate.article.id,
            story=verdict.story,
            source=candidate.article.source,
            created=now,
            code=code,
            reason=reason,
            suppressed=suppressed,
            channels=_channels(code, taken, first) if not suppressed else (),
            reported_by=verdict.reported_by,
            news=tuple((one.start, one.end) for one in news),
            tally=volume.tally if volume and not suppressed else None,
        )


def _silence(rule: RuleInfo, story: str, silences: Iterable[Silence]) -> Silence | None:
    """The silence that concerns an alert, the longest one."""
    mine = (
        one
        for one in silences
        if rule.id == one.rule or story == one.story or (one.tag and one.tag in rule.tags)
    )
    return max(mine, key=lambda one: one.until, default=None)


def _show_silence(silence: Silence, zone: tzinfo) -> str:
    """Why nobody is told, and whom to ask."""
    until = silence.until.astimezone(zone).isoformat(sep=" ", timespec="minutes")[:16]
    return f"silenced until {until} by {silence.author}: {silence.why}"


def is_older(article: Article, oldest: datetime) -> bool:
    """An article without a date of its own may be of today."""
    dated = article.published is not None and article.published_source == "document"
    return dated and article.published is not None and article.published < oldest


def _channels(code: str, taken: tuple[str, ...], first: Told | None) -> tuple[str, ...]:
    return first.channels if code in _TO_THE_SAME and first is not None else taken


def _only_counted(rule: RuleInfo, volume: Judged | None) -> tuple[str, str] | None:
    """Why nobody would be told, wherever routes lead; None if somebody might be."""
    if rule.status is not Status.ACTIVE:
        said = f"; {volume.reason}" if volume else ""
        return "shadow", f"the rule's status is {rule.status.value}{said}"
    return (volume.code, volume.reason) if volume and not volume.tells else None


def _not_taken(
    rule: RuleInfo, chosen: Sequence[str], taken: Sequence[str]
) -> tuple[str, str] | None:
    """Why it reaches nobody; None if it does."""
    if not chosen:
        return "no-route", "no route"
    if not taken:
        return "min-severity", f"{', '.join(chosen)} takes only alerts of higher severity"
    return None


def _reason(
    rule: RuleInfo,
    verdict: Verdict,
    told: Told | None,
    since: timedelta,
    news: Sequence[Fact],
) -> tuple[str, str]:
    """Why this match is told or not: a code and an English sentence."""
    if told is None:
        if verdict.notice == "withdrawn":
            return "withdrawn-untold", "it withdraws what nobody was told"
        return "first-report", "first report of this story for this rule"
    mended = _mended(verdict, told)
    return mended if mended is not None else _told_again(rule, verdict, told, since, news)


def _mended(verdict: Verdict, told: Told) -> tuple[str, str] | None:
    """What becomes of a correction or a withdrawal; None for anything else."""
    if verdict.notice == "withdrawn":
        if "WITHDRAWN" in told.kinds:
            return "already-corrected", f"what alert {told.first} said was withdrawn before"
        return "withdrawn", f"it withdraws what alert {told.first} said"
    if verdict.corrected:
        return (
            "correction",
            f"it says {', '.join(verdict.corrected)} where alert {told.first} did not",
        )
    if not verdict.notice:
        return None
    # The same correction comes from many, under other headlines; another one says something else.
    if told.kinds & {"CORRECTION", "WITHDRAWN"} and verdict.novelty < _SOME_NEWS:
        return "already-corrected", f"what alert {told.first} said was corrected before"
    return "correction", f"it corrects what alert {told.first} said"


def _told_again(
    rule: RuleInfo, verdict: Verdict, told: Told, since: timedelta, news: Sequence[Fact]
) -> tuple[str, str]:
    """Whether another article of a story that was told is told too."""
    if rule.updates == "any":
        return "update", f"another article of a story told in alert {told.first}"
    if verdict.outcome is Outcome.DUPLICATE and not (news and rule.updates == "new-fact"):
        return "duplicate", f"{verdict.reason}, told in alert {told.first}"
    if rule.updates == "never":
        return "same-story", f"this story was told for this rule in alert {told.first}"
    if verdict.outcome is Outcome.DUPLICATE or verdict.copied:
        return _added(verdict, told, news)
    share = f"{verdict.novelty:.0%} of it and {verdict.headline_novelty:.0%} of its headline"
    if _is_news(verdict, since, news):
        return "new-fact", f"{share} is new in a story told in alert {told.first}"
    return "same-story", f"only {share} is new in a story told in alert {told.first}"


def _added(verdict: Verdict, told: Told, news: Sequence[Fact]) -> tuple[str, str]:
    """What a text that stands in an earlier one for the most part adds to it: copies are edited,
    so that of another source must have a name or a number that is new."""
    if any(one.named or verdict.continued for one in news):
        what = "a matched sentence is" if len(news) == 1 else f"{len(news)} matched sentences are"
        return "new-fact", f"{what} new in a story told in alert {told.first}"
    if verdict.outcome is Outcome.DUPLICATE:
        return "duplicate", f"{verdict.reason}, told in alert {told.first}"
    return "same-story", f"no matched sentence is new in a story told in alert {told.first}"


def _is_news(verdict: Verdict, since: timedelta, news: Sequence[Fact]) -> bool:
    """Whether a text in other words says something else too."""
    said = verdict.novelty >= _SOME_NEWS or verdict.headline_novelty >= _SOME_NEW_HEADLINE
    named = any(one.named for one in news)
    if verdict.continued:
        return said or named
    if since >= _MUCH_LATER:
        return said
    return since >= _LATER and named and verdict.headline_novelty >= _NEW_HEADLINE


def dated(article: Article) -> datetime:
    """When the article is from, as far as that is known: it may reach us in any order."""
    known = article.published is not None and article.published_precision_s <= _KNOWN_TIME_S
    return article.published if known and article.published is not None else article.seen
