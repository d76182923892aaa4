"""Notices and the times in which rules found nothing, over both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from watcher.counts import Still
from watcher.errors import LostLease
from watcher.model import Decision, Hold, Match, Outcome, Released, Verdict
from watcher.notices import make_notice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lane(store):
    """The right to say something."""
    return store.claim_lane("cron", "node", DAY, name="lulls")


@pytest.fixture
def notice(build):
    """A decision to tell of a notice."""

    def notice(name: str, *deliveries: str, rule: str = "kabinet", **alert: object) -> Decision:
        article = make_notice("test", name, title=name, text="x", now=build.seen, language="nl")
        candidate = replace(
            build.candidate(name), article=article, keys=(), text_key="",
            matches=(Match(rule=build.match(rule).rule, hits=(), counts_as=None),),
        )  # fmt: skip
        made = build.alert(f"al-{name}", candidate, article.id, rule=rule, **alert)
        return Decision(
            candidate=candidate,
            verdict=Verdict(outcome=Outcome.NEW, story=article.id),
            alerts=(made,),
            deliveries=tuple(build.delivery(f"d-{one}", made.id) for one in deliveries),
        )

    return notice


def still_of(store, lane, *rules: str) -> dict[str, Still]:
    seen: list[dict[str, Still]] = []

    def decide(history):
        seen.append(dict(history.still))
        return []

    store.record_notices(lane, decide, watched=rules)
    return seen[0]


class TestNotices:
    def test_it_is_recorded_once_with_its_alert_and_deliveries(self, engine, store, lane, notice):
        (recorded,) = store.record_notices(lane, lambda _: [notice("a", "1")])
        assert recorded.alerts[0].id == "al-a"
        again = store.record_notices(lane, lambda _: [notice("a", "2")])
        assert list(again) == []
        assert engine.rows("SELECT id FROM delivery") == [("d-1",)]
        assert store.claim_delivery("piket", "node", HOUR).delivery.id == "d-1"

    def test_it_is_no_article_of_the_archive(self, engine, store, lane, notice, feed, clock):
        feed.tell("a")
        store.record_notices(lane, lambda _: [notice("b", "1")])
        assert store.overview().articles == 1
        assert list(store.source_health()) == ["nos"]
        for table in ("seen", "trace", "rule_match"):
            rows = engine.rows(f"SELECT article_id FROM {table}")
            assert {row[0] for row in rows} == {"a"}
        assert {row.alert.id for row in store.alerts()} == {"al-b", "a-a"}
        # Rules are not tried on it later either.
        assert [row.article for row in store.titles()] == ["a"]
        since = clock.now - DAY
        assert [article.id for article, _, _ in store.walk(since)] == ["a"]
        assert store.archived_since(since) == 1

    def test_what_is_held_of_it_is_released(self, store, lane, notice, clock):
        decision = notice("a")
        hold = Hold(alert="al-a", channel="piket", due=clock.now + HOUR, code="quiet")
        store.record_notices(lane, lambda _: [replace(decision, holds=(hold,))])
        clock.advance(HOUR)
        seen = []

        def compose(held):
            seen.extend(held)
            return Released()

        assert store.release_held("piket", compose) == 1
        assert (seen[0].article.kind, seen[0].hits) == ("notice", ())

    def test_whoever_lost_the_lane_says_nothing(self, engine, store, lane, notice, clock):
        clock.advance(2 * DAY)
        store.claim_lane("cron", "other", DAY, name="lulls")
        with pytest.raises(LostLease):
            store.record_notices(lane, lambda _: [notice("a", "1")], watched=["kabinet"])
        assert engine.rows("SELECT rule FROM watched_rule WHERE rule <> ''") == []

    def test_limits_silences_and_waits_are_known(self, store, lane, notice, feed, clock):
        feed.tell("a")
        seen = []

        def decide(history):
            seen.append(history)
            return []

        store.record_notices(lane, decide, memory=HOUR)
        assert [one.rule for one in seen[0].sent] == ["kabinet"]
        assert (seen[0].now, seen[0].still) == (clock.now, {})


class TestStill:
    def test_a_rule_without_matches_is_silent_since_it_was_first_seen(self, store, lane, clock):
        begun = clock.now
        assert still_of(store, lane, "kabinet") == {"kabinet": Still(since=begun)}
        clock.advance(DAY)
        assert still_of(store, lane, "kabinet", "new") == {
            "kabinet": Still(since=begun),
            "new": Still(since=clock.now),
        }

    def test_a_match_begins_it_anew(self, store, lane, feed, clock):
        still_of(store, lane, "kabinet")
        found = clock.advance(HOUR)
        feed.tell("a")
        clock.advance(HOUR)
        assert still_of(store, lane, "kabinet") == {"kabinet": Still(since=found, last=found)}

    def test_what_does_not_count_ends_no_silence(self, store, lane, feed, build, clock):
        begun = clock.now
        still_of(store, lane, "kabinet")
        clock.advance(HOUR)
        candidate = build.candidate("a", rules=["kabinet"])
        late = tuple(replace(match, counts_as=None) for match in candidate.matches)
        feed.record(build.new(replace(candidate, matches=late)))
        assert still_of(store, lane, "kabinet") == {"kabinet": Still(since=begun)}

    def test_a_match_from_before_the_rule_was_seen_does_not_make_it_old(
        self, store, lane, feed, clock
    ):
        found = clock.now
        feed.tell("a")
        clock.advance(9 * DAY)
        lane = store.claim_lane("cron", "node", DAY, name="lulls")
        assert still_of(store, lane, "kabinet") == {"kabinet": Still(since=clock.now, last=found)}

    def test_what_was_told_is_not_handed_out_until_a_match_ends_it(
        self, store, lane, notice, feed, clock
    ):
        still_of(store, lane, "kabinet", "other")
        store.record_notices(lane, lambda _: [notice("a", "1")], watched=["kabinet", "other"])
        assert list(still_of(store, lane, "kabinet", "other")) == ["other"]
        clock.advance(HOUR)
        feed.tell("b")
        assert set(still_of(store, lane, "kabinet", "other")) == {"kabinet", "other"}

    def test_a_rule_that_was_away_begins_anew(self, store, lane, clock):
        still_of(store, lane, "kabinet")
        clock.advance(HOUR)
        assert still_of(store, lane) == {}
        clock.advance(HOUR)
        assert still_of(store, lane, "kabinet") == {"kabinet": Still(since=clock.now)}

    def test_ten_thousand_rules_are_asked_for_at_once(self, store, lane, feed):
        feed.tell("a")
        rules = ["kabinet", *(f"r{at}" for at in range(10_000))]
        assert len(still_of(store, lane, *rules)) == 10_001
        assert len(still_of(store, lane, *rules)) == 10_001
