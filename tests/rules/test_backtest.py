"""Two sides over one archive: alerts are stories, and days have their counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from watcher.model import Article, Hit, Match, RuleInfo
from watcher.rules.backtest import SAMPLED, Backtest

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def article(number: int, day: int = 0) -> Article:
    return Article(
        id=f"a{number}", source="nos", document="d", part=1, parts=1, kind="article",
        title=f"Bericht {number}", title_source="headline", text="Een embargo op graan.",
        seen=START + timedelta(days=day),
    )  # fmt: skip


def match(rule: str) -> Match:
    hit = Hit(start=4, end=11, text="embargo", term="embargo", how="exact", field="body")
    return Match(rule=RuleInfo(id=rule, title=rule), hits=(hit,))


def backtest(*rules: str) -> Backtest:
    return Backtest(rules, lambda one: one.seen.date())


def test_a_story_is_one_alert_and_its_first_article_stands_for_it() -> None:
    test = backtest("r", "s")
    test.add(article(1), "x", ["r"], [match("r")])
    test.add(article(2, 1), "x", ["r"], [match("r"), match("s")])
    test.add(article(3, 2), "y", ["r"], [])
    tally = test.tallies["r"]
    assert (tally.matches_before, tally.matches) == (3, 2)
    assert (len(tally.before), len(tally.after)) == (2, 1)
    assert [(one.rule, one.article) for one in test.more()] == [("s", "a2")]
    assert [(one.rule, one.article) for one in test.fewer()] == [("r", "a3")]
    assert test.more()[0].shown == "Een »embargo« op graan."


def test_every_day_between_first_and_last_has_its_counts() -> None:
    test = backtest("r")
    test.add(article(1), "x", [], [match("r")])
    test.add(article(2, 2), "y", ["r"], [])
    assert test.days() == [
        (date(2026, 11, 1), 0, 1), (date(2026, 11, 2), 0, 0), (date(2026, 11, 3), 1, 0),
    ]  # fmt: skip
    assert backtest("r").days() == []


def test_other_rules_do_not_count() -> None:
    test = backtest("r")
    test.add(article(1), "x", ["other"], [match("other")])
    assert (test.articles, test.more(), test.fewer()) == (1, [], [])


def test_the_sample_is_the_same_each_time_and_small() -> None:
    def sample() -> list[str]:
        test = backtest("r")
        for number in range(100):
            test.add(article(number), f"s{number}", [], [match("r")])
        return [one.article for one in test.sample()]

    assert sample() == sample()
    assert len(sample()) == SAMPLED
