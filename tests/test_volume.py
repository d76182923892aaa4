"""When a count is told, and when it is not told again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.alerts import Route, decide
from watcher.counts import Counted, Counts, Entry, Lull, Spike, Usual, Volume, When
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Match,
    Outcome,
    RuleInfo,
    Severity,
    Silence,
    Status,
    Verdict,
)
from watcher.volume import NAMED, Tallies, least_of, look_every

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THREE = When(articles=3, within=2 * HOUR)
SOURCES = When(articles=3, within=2 * HOUR, distinct="source")
STORIES = When(articles=3, within=2 * HOUR, distinct="story")
SPIKE = Spike(factor=3)


@dataclass
class Stored:
    """Counts as a store would give them."""

    count: Counted = field(default_factory=Counted)
    normal: Usual = field(default_factory=lambda: Usual(per_day=0.0, known=DAY * 0, asked=14 * DAY))
    asked: list[str] = field(default_factory=list)

    def counted(self, rule: str, volume: When | Spike) -> Counted:
        self.asked.append(rule)
        return self.count

    def usual(self, rule: str, volume: When | Spike) -> Usual:
        self.asked.append(f"usual {rule}")
        return self.normal


@dataclass
class Desk:
    """Decides about one article after the other, as a batch does."""

    rule: RuleInfo
    tallies: Tallies
    silences: Sequence[Silence] = ()
    routes: tuple[Route, ...] = (Route(to=("piket",)),)
    floors: dict[str, int] = field(default_factory=dict)

    def see(
        self,
        name: str,
        *,
        source: str = "",
        story: str = "",
        of: str | None = None,
        outcome: Outcome = Outcome.NEW,
        late: bool = False,
    ) -> Alert:
        article = Article(
            id=name, source=source or f"bron-{name}", document="d", part=1, parts=1,
            kind="article", title=f"Bericht {name}", title_source="headline", text="t", seen=NOW,
            url=f"https://nieuws.example/{name}",
        )  # fmt: skip
        verdict = Verdict(outcome=outcome, story=story or name, of=of)
        unmarked = Match(rule=self.rule, hits=())
        match = self.tallies.mark(unmarked, article, verdict, late=late)
        judged = self.tallies.judge(match, article, verdict)
        (alert,) = decide(
            Candidate(article=article, keys=(), text_key="", matches=(match,)),
            verdict,
            told={},
            routes=self.routes,
            floors=self.floors,
            now=NOW,
            silences=self.silences,
            volumes={self.rule.id: judged} if judged else {},
        )
        running = not alert.suppressed or alert.code == "same-episode"
        self.tallies.add(match, article, verdict, running=running)
        return alert


def desk(volume: Volume | None, counts: Counts | None = None, **rule: object) -> Desk:
    info = RuleInfo(id="r", title="R", volume=volume, **rule)  # type: ignore[arg-type]
    return Desk(info, Tallies(counts or Stored()))


def stored(*names: str, running: bool = False, **changes: object) -> Stored:
    """A store with these articles in the window."""
    recent = tuple((name, Entry(title=name, source=f"bron-{name}")) for name in names)
    count = Counted(
        values=frozenset(names),
        counts_as={name: name for name in names},
        recent=recent,
        sources=frozenset(f"bron-{name}" for name in names),
        running=running,
    )
    return Stored(replace(count, **changes))  # type: ignore[arg-type]


# --- the threshold ----------------------------------------------------------------------------


def test_the_article_that_reaches_the_threshold_is_told_and_no_other() -> None:
    table = desk(THREE)
    seen = [table.see(name) for name in "abcde"]
    assert [one.code for one in seen] == [
        *("counted", "counted", "volume", "same-episode", "same-episode"),
    ]
    assert [one.suppressed for one in seen] == [True, True, False, True, True]
    assert seen[0].reason == "1 of 3 articles within 2 h"
    assert seen[2].reason == "3 articles from 3 sources within 2 h"
    assert (seen[2].kind, seen[2].channels) == ("NEW", ("piket",))
    assert seen[4].reason == "told before: still 5 articles within 2 h"


@pytest.mark.parametrize(
    ("before", "running", "expected"),
    [
        # In the window, and whether the last match was of an episode that was told.
        ("", False, "counted"),
        ("", True, "counted"),
        ("a", False, "counted"),
        # The count had fallen below three: that episode is over, whatever came of it.
        ("ab", False, "volume"),
        ("ab", True, "volume"),
        # It is still reached: told if it was not told (it was silenced, or in shadow).
        ("abc", False, "volume"),
        ("abc", True, "same-episode"),
        ("abcdefgh", True, "same-episode"),
    ],
)
def test_an_episode_ends_where_the_count_falls_below_the_threshold(
    before: str, running: bool, expected: str
) -> None:
    assert desk(THREE, stored(*before, running=running)).see("x").code == expected


def test_copies_and_further_texts_of_an_article_do_not_count_twice() -> None:
    table = desk(THREE)
    table.see("a")
    copy = table.see("b", of="a", outcome=Outcome.DUPLICATE)
    again = table.see("c", of="b", outcome=Outcome.DUPLICATE)
    text = table.see("d", of="a", outcome=Outcome.REVISION)
    assert {one.code for one in (copy, again, text)} == {"not-counted"}
    assert copy.reason == "a copy of one that counts: 1 of 3 articles within 2 h"
    assert table.see("e", story="a", outcome=Outcome.FOLLOW_UP).code == "counted"
    assert table.see("f").code == "volume"


def test_a_copy_counts_where_the_article_it_repeats_does_not_match() -> None:
    table = desk(THREE)
    # A rule for one source finds what that took from another one.
    codes = [table.see(name, of=f"elders-{name}", outcome=Outcome.DUPLICATE).code for name in "abc"]
    assert codes == ["counted", "counted", "volume"]


def test_different_sources_are_counted_and_copies_are_what_makes_them() -> None:
    table = desk(SOURCES)
    table.see("a", source="nos")
    assert table.see("b", source="nos").code == "not-counted"
    copy = table.see("c", source="anp", of="a", outcome=Outcome.DUPLICATE)
    assert (copy.code, copy.reason) == ("counted", "2 of 3 sources within 2 h")
    told = table.see("d", source="rtl", of="a", outcome=Outcome.DUPLICATE)
    assert (told.code, told.reason) == ("volume", "3 sources within 2 h")
    assert told.tally is not None
    assert [one.source for one in told.tally.entries] == ["anp", "nos"]
    assert table.see("e", source="nu").code == "same-episode"


def test_different_stories_are_counted() -> None:
    table = desk(STORIES)
    found = [table.see(name, story=story) for name, story in ("a1", "b1", "c2", "d3")]
    codes = [one.code for one in found]
    assert codes == ["counted", "not-counted", "counted", "volume"]


def test_late_articles_do_not_count() -> None:
    table = desk(THREE, stored("a", "b"))
    late = table.see("x", late=True)
    assert late.code == "not-counted"
    assert late.reason.startswith("published too long before it was seen")
    assert table.see("y").code == "volume"
    assert table.see("z", late=True).code == "same-episode"


# --- what stands in the way -------------------------------------------------------------------


def test_what_was_silenced_at_the_threshold_is_told_afterwards() -> None:
    silence = Silence(id="s", rule="r", until=NOW + HOUR, why="x", author="y", created=NOW)
    table = desk(THREE, stored("a", "b"))
    table.silences = [silence]
    assert table.see("c").code == "silenced"
    table.silences = []
    told = table.see("d")
    assert (told.code, told.tally and told.tally.count) == ("volume", 4)


def test_without_a_route_it_is_told_when_there_is_one() -> None:
    table = desk(THREE, stored("a", "b"))
    table.routes = ()
    assert table.see("c").code == "no-route"
    table.routes = (Route(to=("piket",)),)
    assert table.see("d").code == "volume"


def test_a_channel_that_takes_only_severer_alerts_is_not_told() -> None:
    table = desk(THREE, stored("a", "b"), severity=Severity.LOW)
    table.floors = {"piket": 2}
    assert table.see("c").code == "min-severity"


def test_a_shadow_rule_says_how_far_it_is() -> None:
    table = desk(THREE, stored("a"), status=Status.SHADOW)
    assert table.see("b").reason == "the rule's status is shadow; 2 of 3 articles within 2 h"
    shadow = table.see("c")
    assert (shadow.code, shadow.suppressed, shadow.tally) == ("shadow", True, None)
    assert "3 articles from 3 sources" in shadow.reason


# --- spikes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("volume", "per_day", "known", "expected"),
    [
        (THREE, None, None, 3),
        (SPIKE, 4.0, 14 * DAY, 12.0),
        (SPIKE, 0.0, 14 * DAY, 5),
        (SPIKE, 1.0, 14 * DAY, 5),
        # A quarter of the baseline is enough, less is not.
        (SPIKE, 4.0, 3.5 * DAY, 12.0),
        (SPIKE, 4.0, 3.4 * DAY, None),
        (Spike(factor=2.5, window=HOUR, least=1), 48.0, 14 * DAY, 5.0),
        (Spike(factor=2, window=7 * DAY, least=1), 1.0, 14 * DAY, 14.0),
    ],
)
def test_how_many_it_takes(
    volume: When | Spike,
    per_day: float | None,
    known: timedelta | None,
    expected: float | None,
) -> None:
    usual = None
    if per_day is not None and known is not None:
        usual = Usual(per_day=per_day, known=known, asked=14 * DAY)
    assert least_of(volume, usual) == expected


def test_a_spike_is_told_once_with_what_is_usual() -> None:
    counts = stored("a", "b", "c", "d")
    counts.normal = Usual(per_day=1.9, known=14 * DAY, asked=14 * DAY)
    table = desk(SPIKE, counts)
    first, told, again = (table.see(name) for name in "efg")
    assert (first.code, first.reason) == ("counted", "5 of 6 articles within 24 h")
    assert told.reason == "6 articles from 6 sources within 24 h; usual is 1.9 a day"
    assert again.code == "same-episode"


def test_without_history_nobody_knows_what_a_spike_is() -> None:
    counts = stored(*"abcdefghij")
    counts.normal = Usual(per_day=0.0, known=2 * DAY, asked=14 * DAY)
    alert = desk(SPIKE, counts).see("x")
    assert alert.code == "counted"
    assert alert.reason == "not enough history to know what is usual: 2.0 of 3.5 days"


# --- what is asked, and what is said -----------------------------------------------------------


def test_the_store_is_asked_once_a_batch_and_only_for_rules_that_count() -> None:
    counts = Stored()
    table = desk(When(articles=9, within=HOUR), counts)
    for name in "abc":
        table.see(name)
    assert counts.asked == ["r"]
    desk(None, counts).see("a")
    desk(Lull(DAY), counts).see("a")
    assert counts.asked == ["r"]


def test_what_is_usual_is_read_only_where_it_is_told() -> None:
    counts = stored("a", "b")
    desk(THREE, counts).see("c")
    assert counts.asked == ["r", "usual r"]


def test_without_a_store_nothing_is_told() -> None:
    table = Desk(RuleInfo(id="r", title="R", volume=THREE), Tallies(None))
    alert = [table.see(name) for name in "abcd"][-1]
    assert alert.code == "counted"
    assert alert.reason == "told when: 3 articles within 2 h, which only the store can say"


def test_a_rule_that_waits_for_silence_tells_of_no_article() -> None:
    alert = desk(Lull(DAY)).see("a")
    assert (alert.code, alert.reason) == ("counted", "told when: nothing found for 24 h")


def test_other_rules_are_told_as_ever_and_know_what_they_count_as() -> None:
    table = desk(None)
    assert table.see("a").code == "first-report"
    article = Article(
        id="x", source="nos", document="d", part=1, parts=1, kind="article", title="t",
        title_source="lead", text="t", seen=NOW,
    )  # fmt: skip
    copy = Verdict(outcome=Outcome.DUPLICATE, story="s", of="a")
    match = Match(rule=RuleInfo(id="q", title="Q"), hits=())
    assert table.tallies.mark(match, article, copy, late=False).counts_as == "a"
    assert table.tallies.mark(match, article, copy, late=True).counts_as is None


def test_some_of_the_counted_articles_are_named_the_newest_first() -> None:
    table = desk(When(articles=10, within=HOUR), stored(*"abcdefgh"))
    table.see("x")
    tally = table.see("y").tally
    assert tally is not None
    assert (tally.count, len(tally.entries)) == (10, NAMED)
    assert [one.title for one in tally.entries] == ["Bericht x", *"abcde"]
    assert tally.entries[0].url == "https://nieuws.example/x"


def test_sources_are_not_counted_where_they_are_too_many_to_look_at() -> None:
    tally = desk(THREE, stored("a", "b", sources=None)).see("c").tally
    assert tally is not None
    assert tally.sources is None


@pytest.mark.parametrize(
    ("volumes", "seconds"),
    [
        ([], 60),
        ([None, THREE], 60),
        ([Lull(DAY), Lull(30 * DAY)], 60),
        ([Lull(DAY), Lull(timedelta(minutes=5))], 30),
        ([Lull(timedelta(seconds=3))], 1),
    ],
)
def test_silence_is_looked_for_as_often_as_it_takes(
    volumes: list[Volume | None], seconds: int
) -> None:
    assert look_every(volumes) == timedelta(seconds=seconds)
