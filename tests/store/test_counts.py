"""What rules have found in a time, over both engines: counts, what is usual, who was told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from watcher.counts import Counted, Entry, Spike, Tally, Usual, When
from watcher.model import Decision, History, Outcome, PollRecord
from watcher.store.counts import StoredCounts
from watcher.store.rows import micros

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THREE = When(articles=3, within=2 * HOUR)
SPIKE = Spike(factor=3)


@pytest.fixture
def bring(feed, build):
    """Record an article that the rule "kabinet" matches."""

    def bring(name, *, counts_as="", outcome=Outcome.NEW, of=None, alert=None, **article):
        candidate = build.candidate(name, rules=["kabinet"], **article)
        (match,) = candidate.matches
        candidate = replace(candidate, matches=(replace(match, counts_as=counts_as),))
        decision = build.new(candidate)
        if alert is not None:
            values = {"created": feed.store.now(), **alert}
            made = build.alert(f"al-{name}", candidate, f"story:{name}", **values)
            decision = replace(decision, alerts=(made,))
        if of is not None:
            verdict = replace(decision.verdict, outcome=outcome, of=of, story=f"story:{of}")
            decision = replace(decision, verdict=verdict)
        feed.record(decision)

    return bring


@pytest.fixture
def ask(feed, build):
    """What the store says while a batch is decided."""

    def ask(volume=THREE, rule="kabinet") -> tuple[Counted, Usual]:
        answers: list[tuple[Counted, Usual]] = []

        def decide(history: History) -> Sequence[Decision]:
            assert history.counts is not None
            counts = history.counts
            answers.append((counts.counted(rule, volume), counts.usual(rule, volume)))
            return ()

        lane, poll = feed.lane or feed.claim(), PollRecord(source="nos", final=False)
        feed.store.record(lane, poll, [build.candidate("asking")], decide)
        return answers[0]

    return ask


class TestCounted:
    def test_nothing_is_counted_of_a_rule_that_found_nothing(self, ask, bring):
        bring("a")
        counted, _ = ask(rule="other")
        assert counted == Counted()

    def test_articles_in_the_window_the_newest_first(self, ask, bring, clock):
        bring("old")
        clock.advance(HOUR)
        bring("a", source="nos", url="https://nos.example/a")
        clock.advance(HOUR)
        bring("b", source="anp")
        counted, _ = ask()
        assert counted.values == {"a", "b"}
        assert counted.sources == {"nos", "anp"}
        assert counted.recent == (
            ("b", Entry(title="Title b", source="anp")),
            ("a", Entry(title="Title a", source="nos", url="https://nos.example/a")),
        )

    def test_the_window_is_open_at_its_beginning(self, ask, bring, clock):
        bring("a")
        clock.advance(2 * HOUR - timedelta(microseconds=1))
        assert ask()[0].values == {"a"}
        clock.advance(timedelta(microseconds=1))
        assert ask()[0].values == frozenset()

    def test_a_copy_counts_as_what_it_repeats_and_what_is_late_not_at_all(self, ask, bring):
        bring("a")
        bring("b", counts_as="a", source="anp")
        bring("c", counts_as=None, source="rtl")
        counted, _ = ask()
        assert counted.values == {"a"}
        assert counted.counts_as == {"a": "a", "b": "a"}
        assert counted.sources == {"nos", "anp"}
        assert [thing for thing, _ in counted.recent] == ["a"]

    def test_sources_and_stories_may_be_what_is_counted(self, ask, bring):
        bring("a")
        bring("b", of="a", outcome=Outcome.FOLLOW_UP, source="anp")
        bring("c", counts_as=None, source="rtl")
        sources, _ = ask(replace(THREE, distinct="source"))
        stories, _ = ask(replace(THREE, distinct="story"))
        assert sources.values == {"nos", "anp"}
        assert stories.values == {"story:a"}
        assert {thing for thing, _ in sources.recent} == {"nos", "anp"}

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (None, False),
            ({"suppressed": False, "code": "volume"}, True),
            # In a storm an alert is told under another code.
            ({"suppressed": False, "code": "storm"}, True),
            ({"suppressed": True, "code": "same-episode"}, True),
            ({"suppressed": True, "code": "counted"}, False),
            ({"suppressed": True, "code": "silenced"}, False),
        ],
    )
    def test_whether_the_last_match_was_told(self, ask, bring, clock, last, expected):
        bring("a", alert={"suppressed": True, "code": "same-episode"})
        bring("b", alert={"suppressed": False, "code": "volume"})
        clock.advance(MINUTE)
        bring("c", alert={"suppressed": True, "code": "counted"})
        clock.advance(MINUTE)
        if last is not None:
            bring("d", alert=last)
        assert ask()[0].running is expected

    def test_of_very_many_the_sources_are_not_counted(self, store, feed, build, ask):
        decisions = [
            build.new(build.candidate(f"a{at:03}", rules=["kabinet"])) for at in range(201)
        ]
        feed.record(*decisions)
        counted, _ = ask()
        assert len(counted.values) == 201
        assert counted.sources is None
        assert len(counted.recent) == 200


class TestUsual:
    def test_it_is_the_mean_over_the_baseline_before_the_window(self, ask, bring, clock):
        for number in range(30):
            bring(f"a{number}")
            clock.advance(DAY / 2)
        _, usual = ask(SPIKE)
        assert usual.per_day == pytest.approx(2.0, abs=0.1)
        assert (usual.known, usual.asked) == (14 * DAY, 14 * DAY)

    def test_a_young_rule_is_not_taken_for_a_silent_one(self, ask, bring, clock):
        bring("a")
        clock.advance(3 * DAY)
        bring("b")
        _, usual = ask(SPIKE)
        assert (usual.known, usual.asked) == (2 * DAY, 14 * DAY)
        # The first match is the beginning, and no part of what came after it.
        assert usual.per_day == 0

    def test_a_rule_that_was_noted_before_its_first_match_was_there(self, store, ask, bring, clock):
        lane = store.claim_lane("cron", "node", HOUR, name="lulls")
        store.record_notices(lane, lambda _: [], watched=["kabinet"])
        clock.advance(8 * DAY)
        bring("a")
        clock.advance(DAY)
        _, usual = ask(SPIKE)
        assert usual.known == 8 * DAY

    def test_nothing_is_known_of_a_rule_that_is_new(self, ask, bring):
        assert ask(SPIKE)[1] == Usual(per_day=0.0, known=timedelta(), asked=14 * DAY)
        bring("a")
        assert ask(SPIKE)[1].known == timedelta()

    def test_copies_are_usual_once(self, ask, bring, clock):
        clock.advance(MINUTE)
        bring("first")
        clock.advance(DAY)
        for name in "abcd":
            bring(name, counts_as="x")
        clock.advance(14 * DAY)
        assert ask(SPIKE)[1].per_day == pytest.approx(1 / 14, abs=0.001)


class TestRows:
    def test_a_tally_comes_back_as_it_was_written(self, store, bring):
        tally = Tally(
            count=5, what="source", span_s=60, sources=None, usual=1.5,
            entries=(Entry(title="é\x00", source="nos", url=None),),
        )  # fmt: skip
        bring("a", alert={"tally": tally})
        (row,) = store.alerts()
        entry = Entry(title="é\x00", source="nos", url=None)
        assert row.alert.tally == replace(tally, entries=(entry,))

    def test_what_was_recorded_before_counts_as_what_it_repeats(self, engine, store, bring):
        """The migration itself, on rows without it."""
        from watcher.store.schema import MIGRATIONS

        bring("a")
        bring("b", of="a", outcome=Outcome.DUPLICATE)
        bring("c", of="a", outcome=Outcome.REVISION)
        update = dict(MIGRATIONS)["0008_volume"][1]
        with store._driver.transaction() as tx:
            tx.execute("UPDATE rule_match SET counts_as = NULL")
            tx.execute(update)
        assert set(engine.rows("SELECT article_id, counts_as FROM rule_match")) == {
            ("a", "a"),
            ("b", "a"),
            ("c", "a"),
        }


class TestCost:
    """A count follows its index: what it costs depends on the window, not on the archive."""

    def test_every_question_follows_an_index(self, engine, store, feed, build):
        if engine.name != "sqlite":
            pytest.skip("PostgreSQL plans by its statistics; see the next test")
        asked: list[str] = []

        class Explained:
            wait_locked = ""

            def query(self, sql, values=None):
                plan = store._driver.query(f"EXPLAIN QUERY PLAN {sql}", values)
                asked.extend(row["detail"] for row in plan)
                return store._driver.query(sql, values)

        counts = StoredCounts(Explained(), micros(store.now()))
        for distinct in ("", "source", "story"):
            counts.counted("kabinet", replace(THREE, distinct=distinct))
        counts.usual("kabinet", SPIKE)
        counts.usual("kabinet", THREE)
        assert [one for one in asked if one.startswith("SCAN") and "begun" not in one] == []
        assert any("COVERING INDEX rule_match_counted" in one for one in asked)
        assert any("alert_rule (rule=?)" in one for one in asked)

    def test_an_archive_of_years_is_not_read(self, store, feed, build, clock):
        """Rows read by SQLite's own count of steps; by time on neither engine."""
        if store._driver.wait_locked:
            pytest.skip("only SQLite counts its steps")
        connection = store._driver._connection

        def steps() -> int:
            count = 0

            def tick() -> int:
                nonlocal count
                count += 1
                return 0

            connection.set_progress_handler(tick, 10)
            counts = StoredCounts(store._driver, micros(clock.now))
            counts.counted("kabinet", THREE)
            counts.usual("kabinet", SPIKE)
            connection.set_progress_handler(None, 0)
            return count

        def fill(prefix: str) -> None:
            many = [
                build.new(build.candidate(f"{prefix}{at}", rules=["kabinet"])) for at in range(300)
            ]
            feed.claim()
            feed.record(*many)

        fill("now")
        before = steps()
        for year in range(4):
            clock.advance(-timedelta(days=100 + year))
            fill(f"old{year}")
            clock.advance(timedelta(days=100 + year))
        assert steps() < before + 20


class TestTwoNodes:
    def test_two_that_count_at_once_know_of_each_other(self, engine, feeds, build, clock):
        """Each has an article of the same rule: one of them knows the other's."""
        stores = [engine.open() for _ in range(2)]
        stores[0].sync_sources([build.spec("nos"), build.spec("anp")])
        names = ("nos", "anp")
        lanes = [
            store.claim_lane("host", f"node{at}", HOUR, name=f"{name}.example")
            for at, (store, name) in enumerate(zip(stores, names, strict=True))
        ]
        seen: list[int] = []
        both = threading.Barrier(2)

        def work(at: int) -> None:
            def decide(history: History) -> Sequence[Decision]:
                assert history.counts is not None
                seen.append(len(history.counts.counted("kabinet", THREE).values))
                # Whoever counts second would be here too, if nothing made it wait.
                with contextlib.suppress(threading.BrokenBarrierError):
                    both.wait(0.5)
                return [build.new(candidate)]

            candidate = build.candidate(f"x{at}", source=names[at], rules=["kabinet"])
            poll = PollRecord(source=names[at], final=False)
            stores[at].record(lanes[at], poll, [candidate], decide)

        threads = [threading.Thread(target=work, args=(at,)) for at in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == [0, 1]
