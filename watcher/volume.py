"""Rules that tell of numbers: when a count is told, and when it is not told again. Pure.

    counted       the threshold is not reached yet; or the rule tells of times without matches
    not-counted   an article that does not count: a copy, a source that counted already, old news
    volume        the threshold is reached: this is told
    same-episode  it is still reached, and was told

An episode ends when the count has fallen below the threshold. Between two matches a count only
falls, so the one just before an article says whether its episode is over; nothing needs to watch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from watcher.counts import Counted, Counts, Entry, Lull, Spike, Tally, Usual, Volume, When
from watcher.model import Article, Match, Outcome, RuleInfo, Verdict
from watcher.tallies import show_progress, show_span, show_tally, show_things

#: Articles that a message names beside its own.
NAMED = 6
#: What is usual is known when so much of the baseline was seen.
_KNOWN = 0.25
_DAY = timedelta(days=1)
_LOOK_LEAST, _LOOK_MOST = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an article is to a rule that counts; ``tells`` if that is to be told."""

    code: str
    reason: str
    tells: bool = False
    tally: Tally | None = None


def span_of(volume: Volume | None) -> timedelta:
    """The window of a rule that counts; nothing for others."""
    if isinstance(volume, When):
        return volume.within
    return volume.window if isinstance(volume, Spike) else timedelta()


def least_of(volume: When | Spike, usual: Usual | None) -> float | None:
    """How many it takes; None while nobody knows what is usual."""
    if isinstance(volume, When):
        return volume.articles
    per_day = _known(usual)
    if per_day is None:
        return None
    return max(volume.least, volume.factor * per_day * (volume.window / _DAY))


def look_every(volumes: Iterable[Volume | None]) -> timedelta:
    """How often to look for rules that have found nothing for long: ten times in the shortest time
    that one of them waits, but each second at most and each minute at least."""
    waits = (min(one.after / 10, _LOOK_MOST) for one in volumes if isinstance(one, Lull))
    return max(min(waits, default=_LOOK_MOST), _LOOK_LEAST)


def show_volume(volume: Volume) -> str:
    """What a rule waits for, in English."""
    if isinstance(volume, When):
        what = show_things(volume.articles, volume.distinct or "article")
        return f"{what} within {show_span(volume.within)}"
    if isinstance(volume, Spike):
        return f"{volume.factor:g} times the usual number within {show_span(volume.window)}"
    return f"nothing found for {show_span(volume.after)}"


@dataclass(slots=True)
class _Window:
    """The count of one rule: the store's, and then this batch's."""

    values: set[str]
    counts_as: dict[str, str]
    recent: list[tuple[str, Entry]]
    sources: set[str] | None
    running: bool
    usual: Usual | None = None


@dataclass(slots=True)
class Tallies:
    """The counts of a batch's rules, each article knowing the ones before it."""

    counts: Counts | None
    _windows: dict[str, _Window] = field(init=False, default_factory=dict)

    def mark(self, match: Match, article: Article, verdict: Verdict, *, late: bool) -> Match:
        """The match with what it counts as; nothing for an article that is ``late``."""
        if late or match.counts_as is None:
            return replace(match, counts_as=None)
        copy = verdict.outcome in (Outcome.DUPLICATE, Outcome.REVISION)
        original = verdict.of if copy and verdict.of else article.id
        window = self._window(match.rule)
        if window is not None:
            # A copy of a copy counts as what that one counted as.
            original = window.counts_as.get(original, original)
        return replace(match, counts_as=original)

    def judge(self, match: Match, article: Article, verdict: Verdict) -> Judged | None:
        """What a marked match is to its rule; None for a rule that does not count."""
        volume = match.rule.volume
        if volume is None:
            return None
        window = self._window(match.rule)
        if isinstance(volume, Lull) or window is None:
            where = "" if isinstance(volume, Lull) else ", which only the store can say"
            return Judged(code="counted", reason=f"told when: {show_volume(volume)}{where}")
        least = least_of(volume, window.usual)
        if least is None:
            return Judged(code="counted", reason=_show_unknown(window.usual))
        return self._judged(match, article, _value(volume, match, article, verdict), window, least)

    def _judged(
        self, match: Match, article: Article, value: str, window: _Window, least: float
    ) -> Judged:
        volume = match.rule.volume
        assert isinstance(volume, When | Spike)
        before, what = len(window.values), _what(volume)
        is_new = match.counts_as is not None and value not in window.values
        count, span = before + is_new, span_of(volume)
        if window.running and before >= least:
            still = f"{show_things(count, what)} within {show_span(span)}"
            return Judged(code="same-episode", reason=f"told before: still {still}")
        if count < least or match.counts_as is None:
            shown = show_progress(count, least, what, span)
            if is_new:
                return Judged(code="counted", reason=shown)
            return Judged(code="not-counted", reason=f"{_why_not(match, what)}: {shown}")
        usual = window.usual
        if usual is None and self.counts is not None:
            usual = self.counts.usual(match.rule.id, volume)
        tally = _tally(window, article, value, count, what, span, _known(usual))
        return Judged(code="volume", reason=show_tally(tally), tells=True, tally=tally)

    def add(self, match: Match, article: Article, verdict: Verdict, *, running: bool) -> None:
        """Count a match that is stored; ``running`` if it was told, or goes on what was."""
        window, volume = self._windows.get(match.rule.id), match.rule.volume
        if window is None or volume is None:
            return
        window.running = running
        if match.counts_as is None:
            return
        value = _value(volume, match, article, verdict)
        window.counts_as[article.id] = match.counts_as
        if value not in window.values:
            window.recent.insert(0, (value, _entry(article)))
        window.values.add(value)
        if window.sources is not None:
            window.sources.add(article.source)

    def _window(self, rule: RuleInfo) -> _Window | None:
        """The count of a rule, read from the store when it is first asked for."""
        volume = rule.volume
        if self.counts is None or not isinstance(volume, When | Spike):
            return None
        if rule.id not in self._windows:
            usual = self.counts.usual(rule.id, volume) if isinstance(volume, Spike) else None
            window = _opened(self.counts.counted(rule.id, volume), usual)
            self._windows[rule.id] = window
        return self._windows[rule.id]


def _opened(counted: Counted, usual: Usual | None) -> _Window:
    return _Window(
        values=set(counted.values),
        counts_as=dict(counted.counts_as),
        recent=list(counted.recent),
        sources=None if counted.sources is None else set(counted.sources),
        running=counted.running,
        usual=usual,
    )


def _what(volume: When | Spike) -> str:
    """What is counted: article, source or story."""
    return (isinstance(volume, When) and volume.distinct) or "article"


def _value(volume: Volume, match: Match, article: Article, verdict: Verdict) -> str:
    """The thing as which this article is counted."""
    distinct = volume.distinct if isinstance(volume, When) else ""
    values = {"source": article.source, "story": verdict.story}
    return values.get(distinct) or match.counts_as or article.id


def _tally(
    window: _Window,
    article: Article,
    value: str,
    count: int,
    what: str,
    span: timedelta,
    usual: float | None,
) -> Tally:
    others = [entry for one, entry in window.recent if one != value]
    sources = None if window.sources is None else len(window.sources | {article.source})
    return Tally(
        count=count,
        what=what,
        span_s=math.ceil(span.total_seconds()),
        sources=sources,
        usual=usual,
        entries=tuple(others[:NAMED]),
    )


def _entry(article: Article) -> Entry:
    return Entry(title=article.title, source=article.source, url=article.url)


def _known(usual: Usual | None) -> float | None:
    """What is usual a day, if enough was seen to say so."""
    if usual is None or usual.known < _KNOWN * usual.asked:
        return None
    return usual.per_day


def _why_not(match: Match, what: str) -> str:
    if match.counts_as is None:
        return "published too long before it was seen to count"
    return "a copy of one that counts" if what == "article" else f"its {what} counts already"


def _show_unknown(usual: Usual | None) -> str:
    known = usual.known / _DAY if usual else 0
    asked = _KNOWN * usual.asked / _DAY if usual else 0
    return f"not enough history to know what is usual: {known:.1f} of {asked:.1f} days"
