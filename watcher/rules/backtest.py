"""What rules would have found in an archive, against what others found. Pure, and in no hurry to
hold on to texts: articles come one by one, oldest first.

An alert is told once for a rule and a story; so what is counted as alerts are stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from watcher.model import Article, Match
from watcher.rules.check import show_hits
from watcher.text import digest

#: Alerts that are listed one by one, and a sample of the new ones.
LISTED, SAMPLED = 200, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A story that a rule tells of, by its first article that matches."""

    rule: str
    story: str
    article: str
    title: str
    source: str
    day: date
    #: The text around the first hit, with the hits marked; "" where only others found it.
    shown: str = ""


@dataclass(slots=True)
class Tally:
    """What one rule came to on both sides."""

    matches_before: int = 0
    matches: int = 0
    before: dict[str, Found] = field(default_factory=dict)
    after: dict[str, Found] = field(default_factory=dict)

    @property
    def more(self) -> list[Found]:
        """Alerts that are new, oldest first."""
        return [one for story, one in self.after.items() if story not in self.before]

    @property
    def fewer(self) -> list[Found]:
        """Alerts that are gone, oldest first."""
        return [one for story, one in self.before.items() if story not in self.after]


class Backtest:
    """Two sides over one archive; ``day_of`` says which day an article is from."""

    def __init__(self, rules: Iterable[str], day_of: Callable[[Article], date]) -> None:
        self._day_of = day_of
        self.tallies = {rule: Tally() for rule in sorted(rules)}
        self.articles = 0
        self.first: date | None = None
        self.last: date | None = None

    def add(
        self, article: Article, story: str, before: Collection[str], after: Collection[Match]
    ) -> None:
        """One article: the rules that found it before, and the matches now."""
        day = self._day_of(article)
        self.articles += 1
        self.first = min(self.first or day, day)
        self.last = max(self.last or day, day)
        for rule in before:
            if (tally := self.tallies.get(rule)) is not None:
                tally.matches_before += 1
                tally.before.setdefault(story, _found(rule, article, story, day))
        for match in after:
            if (tally := self.tallies.get(match.rule.id)) is not None:
                tally.matches += 1
                if story not in tally.after:
                    shown = show_hits(article.text, [match])
                    tally.after[story] = _found(match.rule.id, article, story, day, shown)

    def days(self) -> list[tuple[date, int, int]]:
        """Each day between the first and the last article: alerts before, and now."""
        before = Counter(
            one.day for tally in self.tallies.values() for one in tally.before.values()
        )
        after = Counter(one.day for tally in self.tallies.values() for one in tally.after.values())
        if self.first is None or self.last is None:
            return []
        numbers = range(self.first.toordinal(), self.last.toordinal() + 1)
        return [(day, before[day], after[day]) for day in map(date.fromordinal, numbers)]

    def more(self) -> list[Found]:
        """All alerts that are new, by day."""
        return _by_day(one for tally in self.tallies.values() for one in tally.more)

    def fewer(self) -> list[Found]:
        """All alerts that are gone, by day."""
        return _by_day(one for tally in self.tallies.values() for one in tally.fewer)

    def sample(self) -> list[Found]:
        """A few of the new ones from anywhere, the same ones each time."""
        drawn = sorted(self.more(), key=lambda one: digest(one.rule, one.article))[:SAMPLED]
        return _by_day(drawn)


def _found(rule: str, article: Article, story: str, day: date, shown: str = "") -> Found:
    return Found(
        rule=rule,
        story=story,
        article=article.id,
        title=article.title,
        source=article.source,
        day=day,
        shown=shown,
    )


def _by_day(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (one.day, one.rule, one.article))
