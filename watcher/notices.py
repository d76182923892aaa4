"""What we have to say ourselves, as articles: alerts and deliveries know nothing else. Pure.

A notice is no news: no source brought it, no rule is tried on it, it is like no other article and
belongs to a story of its own. Its id follows from what it is about, so that it is told once,
whoever says it and however often.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from watcher.counts import Still
from watcher.model import Article, RuleInfo
from watcher.moments import written_time
from watcher.tallies import show_span
from watcher.text import digest

#: What stands where other articles have their source.
SOURCE = "news-watcher"
KIND = "notice"

_LULL = {
    "nl": (
        "Regel “{rule}” vond {span} niets",
        "Laatste treffer: {last}.",
        "Er was nog geen treffer; de regel telt sinds {since}.",
    ),
    "en": (
        "Rule “{rule}” found nothing for {span}",
        "Last match: {last}.",
        "There was no match yet; the rule has counted since {since}.",
    ),
}


def make_notice(*about: str, title: str, text: str, now: datetime, language: str) -> Article:
    """A notice about something: the same ``about`` is the same notice."""
    return Article(
        id=digest(KIND, *about),
        source=SOURCE,
        document="",
        part=1,
        parts=1,
        kind=KIND,
        title=title,
        title_source="headline",
        text=f"{title}\n\n{text}",
        headline_end=len(title),
        seen=now,
        language=language,
    )


def lull_notice(
    rule: RuleInfo, after: timedelta, still: Still, *, now: datetime, language: str, zone: tzinfo
) -> Article:
    """That a rule has found nothing for so long; one for each such time."""
    title, found, never = _LULL[language]
    since = written_time(still.since, language, zone)
    last = written_time(still.last, language, zone) if still.last else ""
    return make_notice(
        "lull",
        rule.id,
        still.since.isoformat(),
        title=title.format(rule=rule.title or rule.id, span=show_span(after, language)),
        text=found.format(last=last) if last else never.format(since=since),
        now=now,
        language=language,
    )
