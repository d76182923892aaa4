"""What every store promises, over both engines (see watcher.interfaces.Store)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from watcher.errors import LostLease, NewerSchema, StoreError
from watcher.interfaces import Store
from watcher.model import (
    Decision,
    DeliveryState,
    History,
    Lane,
    Outcome,
    PollRecord,
    Quarantined,
    Settlement,
)

MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE
DONE = Settlement(state=DeliveryState.DONE)
ALL_STATES = tuple(DeliveryState)


def later(wait=MINUTE, error="451 later", **changes):
    return Settlement(state=DeliveryState.LATER, wait=wait, error=error, **changes)


def state_of(store, name="nos"):
    (row,) = [row for row in store.overview().sources if row.name == name]
    return row.state


def claim(store, channel="piket", owner="node"):
    return store.claim_delivery(channel, owner, LEASE)


def no_decision(history: History) -> Sequence[Decision]:
    return ()


def test_it_is_a_store(store):
    typed: Store = store
    assert typed.overview().articles == 0


class TestClock:
    def test_now_is_the_injected_clock_to_the_microsecond(self, store, clock):
        assert store.now() == clock.now
        for step in (timedelta(days=3650, microseconds=1), timedelta(hours=-1)):
            later = clock.advance(step)
            assert store.now() == later

    def test_now_is_close_to_real_time_without_one(self, engine):
        from datetime import UTC, datetime

        from watcher.store.store import open_store

        store = open_store(engine.url)
        try:
            assert abs(store.now() - datetime.now(UTC)) < timedelta(seconds=5)
        finally:
            store.close()


class TestOpening:
    def test_what_is_written_is_there_after_reopening(self, engine, store, feed):
        feed.tell("a")
        store.close()
        assert [row.alert.id for row in engine.open().alerts()] == ["a-a"]

    def test_processes_that_start_together_all_get_a_store(self, engine):
        failures = []
        barrier = threading.Barrier(6)

        def start():
            barrier.wait()
            try:
                engine.open()
            except StoreError as error:
                failures.append(error)

        threads = [threading.Thread(target=start) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert len(engine.opened) == 6
        assert engine.open().overview().articles == 0

    def test_read_only_reads_beside_a_writer_and_cannot_write(self, engine, store, feed):
        feed.tell("a")
        reader = engine.open(read_only=True)
        assert reader.overview().alerts == 1
        with pytest.raises(StoreError):
            reader.note("web", "x")
        feed.tell("b")
        assert reader.overview().alerts == 2

    def test_a_newer_schema_is_refused(self, engine, store):
        with store._driver.transaction() as tx:
            if engine.name == "sqlite":
                tx.execute(
                    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                    " VALUES ('watcher', '9999_future', '')"
                )
            else:
                tx.execute("INSERT INTO watcher_migration (name, at) VALUES ('9999_future', 0)")
        for read_only in (False, True):
            with pytest.raises(NewerSchema, match="9999_future"):
                engine.open(read_only=read_only)

    def test_an_older_schema_is_not_read_but_explained(self, engine, store):
        table = "_sqlite_migrations" if engine.name == "sqlite" else "watcher_migration"
        with store._driver.transaction() as tx:
            tx.execute(f"DELETE FROM {table}")
        with pytest.raises(StoreError, match="older news-watcher"):
            engine.open(read_only=True)


class TestSources:
    def test_new_sources_are_due_at_once(self, store, build, clock):
        store.sync_sources([build.spec("nos"), build.spec("anp")])
        assert [row.name for row in store.overview().sources] == ["anp", "nos"]
        assert state_of(store).next_due == clock.now
        lane = store.claim_lane("host", "node", LEASE)
        assert lane == Lane(kind="host", name="anp.example", token=1)
        assert [state.name for state in store.sources(lane)] == ["anp"]

    def test_known_sources_keep_state_and_schedule(self, store, build, feed, clock):
        feed.record(etag="e1", modified="m1", body_hash="h1", wait=3 * MINUTE)
        before = state_of(store)
        store.sync_sources([build.spec("nos")])
        assert state_of(store) == before
        assert before.next_due == clock.now + 3 * MINUTE

    def test_known_sources_are_never_due_later_than_their_interval(self, store, build, feed, clock):
        feed.record(wait=timedelta(hours=5))
        store.release(feed.lane)
        store.sync_sources([build.spec("nos", every=2 * MINUTE)])
        assert state_of(store).next_due == clock.now + 2 * MINUTE
        clock.advance(2 * MINUTE)
        assert store.claim_lane("host", "node", LEASE)

    def test_others_are_neither_polled_nor_listed_but_keep_their_state(
        self, store, build, feed, clock
    ):
        feed.record(etag="e1")
        store.release(feed.lane)
        store.sync_sources([])
        clock.advance(timedelta(hours=1))
        assert store.overview().sources == ()
        assert store.claim_lane("host", "node", LEASE) is None
        store.sync_sources([build.spec("nos")])
        assert state_of(store).etag == "e1"
        assert store.claim_lane("host", "node", LEASE)

    def test_paused_sources_are_listed_but_not_polled(self, store, build):
        store.sync_sources([build.spec("nos", paused=True)])
        (row,) = store.overview().sources
        assert (row.paused, row.type) == (True, "feed")
        assert store.claim_lane("host", "node", LEASE) is None
        lane = store.claim_lane("host", "node", LEASE, name="nos.example")
        assert store.sources(lane, due_only=False) == []

    def test_a_source_can_change_its_lane(self, store, build):
        store.sync_sources([build.spec("nos")])
        store.sync_sources([build.spec("nos", lane_name="elsewhere.example")])
        assert store.claim_lane("host", "node", LEASE).name == "elsewhere.example"
        assert store.claim_lane("host", "node", LEASE) is None

    def test_a_lane_lists_its_due_sources_the_most_overdue_first(self, store, build, clock):
        specs = [build.spec(name, lane_name="same.example") for name in ("a", "b", "c")]
        store.sync_sources(specs)
        lane = store.claim_lane("host", "node", LEASE)
        for name, wait in (("a", 3), ("b", 1), ("c", 2)):
            poll = PollRecord(source=name, final=True, wait=wait * MINUTE)
            store.record(lane, poll, [], no_decision)
        assert store.sources(lane) == []
        clock.advance(2 * MINUTE)
        assert [state.name for state in store.sources(lane)] == ["b", "c"]
        assert [state.name for state in store.sources(lane, due_only=False)] == ["b", "c", "a"]


class TestLanes:
    def test_a_held_lane_is_not_free_for_others_until_its_lease_is_over(self, store, feed, clock):
        feed.claim()
        clock.advance(LEASE - timedelta(microseconds=1))
        assert store.claim_lane("host", "other", LEASE, name="nos.example") is None
        assert store.claim_lane("host", "other", LEASE) is None
        clock.advance(timedelta(microseconds=1))
        assert store.claim_lane("host", "other", LEASE).token == 2

    def test_a_lane_at_work_is_not_handed_out_twice_to_its_owner(self, store, build, clock):
        store.sync_sources([build.spec("a"), build.spec("b")])
        names = [store.claim_lane("host", "node", LEASE).name for _ in range(2)]
        assert names == ["a.example", "b.example"]
        assert store.claim_lane("host", "node", LEASE) is None

    def test_its_owner_can_take_a_lane_again_by_name(self, store, feed):
        first = feed.claim()
        assert feed.claim().token == first.token + 1

    def test_the_most_overdue_lane_comes_first(self, store, build, clock):
        store.sync_sources([build.spec("a"), build.spec("b")])
        for wait in (3, 2):
            lane = store.claim_lane("host", "node", LEASE)
            source = lane.name.removesuffix(".example")
            poll = PollRecord(source=source, final=True, wait=wait * MINUTE)
            store.record(lane, poll, [], no_decision)
            store.release(lane)
        clock.advance(10 * MINUTE)
        assert store.claim_lane("host", "node", LEASE).name == "b.example"

    def test_only_lanes_of_the_kind_are_taken(self, store, feed):
        assert store.claim_lane("folder", "node", LEASE) is None

    def test_a_lane_without_sources_is_made_when_it_is_named(self, store, clock):
        lane = store.claim_lane("cron", "node", LEASE, name="digest")
        assert lane == Lane(kind="cron", name="digest", token=1)
        assert store.claim_lane("cron", "other", LEASE, name="digest") is None
        store.release(lane)
        assert store.claim_lane("cron", "other", LEASE, name="digest").token == 2

    def test_released_lanes_are_due_with_the_first_of_their_sources(self, store, feed, clock):
        lane = feed.claim()
        feed.record(wait=7 * MINUTE)
        store.release(lane)
        clock.advance(7 * MINUTE - timedelta(microseconds=1))
        assert store.claim_lane("host", "other", LEASE) is None
        clock.advance(timedelta(microseconds=1))
        assert store.claim_lane("host", "other", LEASE).name == lane.name

    def test_releasing_a_lost_lane_changes_nothing(self, store, feed, clock):
        lost = feed.claim()
        clock.advance(LEASE)
        assert store.claim_lane("host", "other", LEASE)
        store.release(lost)
        assert store.claim_lane("host", "third", LEASE) is None

    def test_recording_renews_the_lease(self, store, feed, clock):
        feed.claim()
        clock.advance(LEASE - MINUTE)
        feed.record(final=False)
        clock.advance(LEASE - MINUTE)
        assert store.claim_lane("host", "other", LEASE) is None
        clock.advance(MINUTE)
        assert store.claim_lane("host", "other", LEASE)

    def test_two_nodes_never_hold_one_lane(self, engine, store, build):
        store.sync_sources([build.spec(f"s{at}") for at in range(12)])
        barrier = threading.Barrier(4)
        taken = []

        def work(owner, store):
            barrier.wait()
            while lane := store.claim_lane("host", owner, LEASE):
                taken.append((lane.name, lane.token))

        stores = [engine.open() for _ in range(4)]
        threads = [
            threading.Thread(target=work, args=(f"node{at}", each))
            for at, each in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == sorted((f"s{at}.example", 1) for at in range(12))


class TestRecord:
    def test_everything_decided_is_written(self, engine, store, feed, build, clock):
        article = {
            "headline_end": 7, "place": "DEN HAAG", "agencies": ("ANP", "RTR"), "language": "nl",
            "published": clock.now, "published_source": "document", "published_precision_s": 60,
            "url": "https://nos.example/1", "guid": "g1", "author": "Jan", "encoding": "utf-8",
        }  # fmt: skip
        candidate = build.candidate("a", "guid:1", rules=["kabinet", "ceasefire"], **article)
        alert = build.alert("al", candidate, "story:a")
        quiet = replace(alert, id="quiet", rule="ceasefire", suppressed=True, code="quiet-hours")
        deliveries = (build.delivery("d1", "al"), build.delivery("d2", "al", to="els"))
        decision = replace(build.new(candidate), alerts=(alert, quiet), deliveries=deliveries)
        assert feed.record(decision) == [decision]

        assert {row.alert.id: row.alert for row in store.alerts()} == {"al": alert, "quiet": quiet}
        assert [row.recipient for row in store.deliveries(ALL_STATES)] == ["jan", "els"]
        (stored,) = engine.rows(
            "SELECT id, text, headline_end, place, agencies, published_precision_s, guid, story,"
            " text_key, duplicate_of, revision_of FROM article"
        )
        assert stored == (
            "a", candidate.article.text, 7, "DEN HAAG", '["ANP", "RTR"]', 60, "g1", "story:a",
            "text:a", None, None,
        )  # fmt: skip
        assert sorted(engine.rows("SELECT key, article_id FROM seen")) == [
            ("guid:1", "a"),
            ("text:a", "a"),
        ]
        matches = engine.rows("SELECT rule, severity, status, hits FROM rule_match ORDER BY rule")
        assert [row[:3] for row in matches] == [
            ("ceasefire", "high", "active"),
            ("kabinet", "high", "active"),
        ]
        assert '"how": "exact"' in str(matches[0][3])

    def test_history_tells_what_is_known_under_each_key(self, feed, build, clock):
        feed.record(build.new(build.candidate("a", "guid:1", guid="g1"), alert="al"))
        assert replace(feed.history, near={}) == History(now=clock.now)

        feed.record(build.new(build.candidate("b", "guid:1", "guid:2"), alert="al2"))
        (key, seen), *others = feed.history.seen.items()
        assert (key, others) == ("guid:1", [])
        assert (seen.article, seen.source, seen.story) == ("a", "nos", "story:a")
        assert (seen.text_key, seen.guid, seen.seen) == ("text:a", "g1", build.seen)

    def test_history_tells_the_first_alert_that_was_not_suppressed(self, feed, build):
        candidate = build.candidate("a", "guid:1")
        first = build.alert("x-first", candidate, "story:a")
        alerts = (
            replace(first, id="a-later", created=first.created + MINUTE),
            first,
            replace(first, id="b-silent", created=first.created - MINUTE, suppressed=True),
            replace(first, id="other", rule="ceasefire", suppressed=True),
        )
        feed.record(replace(build.new(candidate), alerts=alerts))
        feed.record(build.follows(candidate, Outcome.KNOWN, "a", "story:a"))
        told = feed.history.told["kabinet", "story:a"]
        assert (told.first, told.channels, told.kinds) == ("x-first", ("piket",), {"NEW"})
        assert told.last == candidate.article.seen

    def test_history_of_unrelated_stories_is_left_out(self, feed, build):
        feed.tell("a")
        feed.record(build.new(build.candidate("b")))
        assert feed.history.seen == {}

    def test_known_articles_store_only_missing_keys(self, engine, feed, build):
        feed.tell("a")
        again = build.candidate("a", "guid:new", rules=["ceasefire"])
        known = replace(
            build.follows(again, Outcome.KNOWN, "a", "story:a"),
            alerts=(build.alert("no", again, "story:a"),),
            deliveries=(build.delivery("no", "no"),),
        )
        feed.record(known)
        assert sorted(engine.rows("SELECT key, article_id FROM seen")) == [
            ("guid:new", "a"),
            ("text:a", "a"),
        ]
        assert engine.rows("SELECT rule FROM rule_match") == [("kabinet",)]
        assert engine.rows("SELECT id FROM alert") == [("a-a",)]

    def test_keys_of_a_known_article_point_to_the_earlier_one(self, engine, feed, build):
        feed.tell("a")
        feed.record(build.follows(build.candidate("b", "guid:b"), Outcome.KNOWN, "a", "story:a"))
        assert set(engine.rows("SELECT article_id FROM seen")) == {("a",)}
        assert engine.rows("SELECT COUNT(*) FROM article") == [(1,)]

    def test_duplicates_and_revisions_are_articles_of_the_story(self, engine, feed, build):
        feed.record(build.new(build.candidate("a", "guid:1")))
        feed.record(
            build.follows(build.candidate("b", "guid:1"), Outcome.REVISION, "a", "story:a"),
            build.follows(build.candidate("c", "guid:2"), Outcome.DUPLICATE, "a", "story:a"),
        )
        rows = engine.rows("SELECT id, story, duplicate_of, revision_of FROM article ORDER BY id")
        assert rows == [
            ("a", "story:a", None, None),
            ("b", "story:a", None, "a"),
            ("c", "story:a", "a", None),
        ]
        assert sorted(engine.rows("SELECT key, article_id FROM seen")) == [
            ("guid:1", "a"),
            ("guid:2", "c"),
            ("text:a", "a"),
            ("text:b", "b"),
            ("text:c", "c"),
        ]
        # A revised text that comes again is found by its own text.
        feed.record(build.follows(build.candidate("b", "guid:1"), Outcome.KNOWN, "b", "story:a"))
        assert feed.history.seen["text:b"].text_key == "text:b"

    def test_articles_of_one_batch_may_share_keys(self, engine, feed, build):
        first = build.candidate("a", "guid:1")
        second = build.candidate("b", "guid:1")
        feed.record(build.new(first), build.follows(second, Outcome.REVISION, "a", "story:a"))
        assert ("guid:1", "a") in engine.rows("SELECT key, article_id FROM seen")
        third = build.candidate("c", "guid:1", "guid:3")
        feed.record(build.follows(third, Outcome.KNOWN, "b", "story:a"))
        assert ("guid:3", "b") in engine.rows("SELECT key, article_id FROM seen")

    def test_an_article_that_is_there_already_is_known_whatever_was_decided(
        self, engine, store, feed, build
    ):
        feed.tell("a")
        twin = build.new(build.candidate("a", "guid:1"), build.delivery("d2", "a2"), alert="a2")
        (decided,) = feed.record(twin)
        assert (decided.verdict.outcome, decided.verdict.of) == (Outcome.KNOWN, "a")
        assert (decided.alerts, decided.deliveries) == ((), ())
        assert [row.alert.id for row in store.alerts()] == ["a-a"]
        assert ("guid:1", "a") in engine.rows("SELECT key, article_id FROM seen")

    def test_an_article_twice_in_one_batch_is_stored_once(self, engine, feed, build):
        twins = [build.new(build.candidate("a"), alert=alert) for alert in ("x", "y")]
        decided = feed.record(*twins)
        assert [each.verdict.outcome for each in decided] == [Outcome.NEW, Outcome.KNOWN]
        assert engine.rows("SELECT id FROM alert") == [("x",)]

    def test_candidates_nothing_was_decided_about_come_again(self, engine, feed, build, store):
        candidate = build.candidate("a")
        poll = PollRecord(source="nos", final=True)
        store.record(feed.claim(), poll, [candidate], no_decision)
        assert engine.rows("SELECT key FROM seen") == []
        assert feed.record(build.new(candidate))[0].verdict.outcome is Outcome.NEW

    def test_a_lost_lease_writes_nothing(self, engine, store, feed, build, clock):
        feed.claim()
        clock.advance(LEASE)
        assert store.claim_lane("host", "other", LEASE)
        decision = build.new(build.candidate("a"), build.delivery("d", "al"), alert="al")
        gone = Quarantined(source="nos", document="x", reason="broken", at=clock.now)
        before = state_of(store)
        with pytest.raises(LostLease):
            feed.record(decision, etag="e", quarantined=(gone,))
        assert state_of(store) == before
        for table in ("article", "seen", "alert", "delivery", "rule_match", "quarantine"):
            assert engine.rows(f"SELECT * FROM {table}") == []

    def test_a_lease_that_ran_out_unnoticed_still_records(self, store, feed, build, clock):
        feed.claim()
        clock.advance(10 * LEASE)
        feed.tell("a")
        assert store.overview().articles == 1

    def test_an_exception_while_deciding_writes_nothing(self, engine, store, feed, build):
        def decide(history):
            raise RuntimeError("bug")

        lane, poll = feed.claim(), PollRecord(source="nos", final=True, etag="e")
        with pytest.raises(RuntimeError, match="bug"):
            store.record(lane, poll, [build.candidate("a")], decide)
        assert engine.rows("SELECT * FROM seen") == []
        assert state_of(store).etag == ""
        feed.tell("b")

    def test_a_delivery_without_its_alert_is_refused_whole(self, engine, store, feed, build):
        orphan = build.new(build.candidate("a"), build.delivery("d", "nowhere"))
        with pytest.raises(StoreError):
            feed.record(orphan)
        assert engine.rows("SELECT * FROM article") == []

    def test_characters_no_database_keeps_do_not_stop_the_batch(self, engine, feed, build):
        text = "Title\n\nNUL \x00, half \ud83d, whole 😀."
        candidate = build.candidate("a", title="T\x00", text=text, agencies=("A\ud83d",))
        feed.record(build.new(candidate, alert="al"), error="bad \udc80")
        ((stored,),) = engine.rows("SELECT text FROM article")
        assert stored == "Title\n\nNUL \ufffd, half \ufffd, whole 😀."
        assert len(stored) == len(text)

    def test_hundreds_of_articles_at_once(self, store, feed, build):
        decisions = [build.new(build.candidate(f"a{at}", *(f"k{at}-{n}" for n in range(4))))
                     for at in range(400)]  # fmt: skip
        feed.record(*decisions)
        feed.record(*decisions)
        assert len(feed.history.seen) == 2000
        assert store.overview().articles == 400


class TestPolls:
    def test_success_stores_validators_and_the_next_due_time(self, store, feed, clock):
        feed.record(etag="e1", modified="m1", body_hash="h1")
        state = state_of(store)
        assert (state.etag, state.modified, state.body_hash) == ("e1", "m1", "h1")
        assert state.next_due == clock.now + 10 * MINUTE
        assert state.last_success == clock.now

    def test_a_wait_of_the_source_goes_before_its_interval(self, store, feed, clock):
        feed.record(wait=timedelta(0))
        assert state_of(store).next_due == clock.now

    def test_errors_keep_validators_and_the_time_of_the_first(self, store, feed, clock):
        feed.record(etag="e1", modified="m1", body_hash="h1")
        success = clock.now
        first = clock.advance(MINUTE)
        feed.record(error="timeout", etag="x", modified="x", body_hash="x")
        clock.advance(MINUTE)
        feed.record(error="refused", wait=30 * MINUTE)
        state = state_of(store)
        assert (state.etag, state.modified, state.body_hash) == ("e1", "m1", "h1")
        assert (state.failures, state.error, state.error_since) == (2, "refused", first)
        assert state.last_success == success
        assert state.next_due == clock.now + 30 * MINUTE

    def test_success_clears_the_error(self, store, feed):
        feed.record(error="timeout")
        feed.record(etag="e2")
        state = state_of(store)
        assert (state.failures, state.error, state.error_since) == (0, "", None)
        assert state.etag == "e2"

    def test_before_the_end_of_a_poll_only_articles_are_recorded(self, store, feed, build, clock):
        feed.record(etag="e1", wait=MINUTE)
        before = state_of(store)
        clock.advance(5 * MINUTE)
        feed.record(build.new(build.candidate("a")), final=False, etag="e2")
        assert state_of(store) == replace(before, last_new=clock.now)
        assert store.overview().articles == 1

    def test_sources_count_what_they_brought(self, store, feed, build):
        feed.record(
            build.new(build.candidate("a")),
            build.follows(build.candidate("b"), Outcome.DUPLICATE, "a", "story:a"),
            build.follows(build.candidate("c"), Outcome.REVISION, "a", "story:a"),
            build.follows(build.candidate("d"), Outcome.KNOWN, "a", "story:a"),
            final=False,
        )
        feed.record(build.new(build.candidate("e")))
        feed.record(build.new(build.candidate("f")), error="rest was cut off")
        assert store.overview().sources[0].articles == 4

    def test_quarantine_is_listed_once_newest_first(self, engine, store, feed, clock):
        def lost(document, reason="broken"):
            return Quarantined(source="nos", document=document, reason=reason, at=clock.now)

        feed.record(quarantined=(lost("a.html"), lost("b.html")))
        clock.advance(MINUTE)
        feed.record(quarantined=(lost("a.html"),), final=False)
        listed = store.overview().quarantine
        assert [(each.document, each.at) for each in listed] == [
            ("a.html", clock.now),
            ("b.html", clock.now - MINUTE),
        ]
        assert sorted(engine.rows("SELECT document, times FROM quarantine")) == [
            ("a.html", 2),
            ("b.html", 1),
        ]
        feed.record(quarantined=tuple(lost(f"{at}.html") for at in range(60)))
        assert len(store.overview().quarantine) == 50


class TestClaimDelivery:
    def test_a_claim_carries_the_delivery_and_its_counted_attempt(self, store, feed, build, clock):
        feed.tell("a")
        recorded = clock.now
        clock.advance(MINUTE)
        claimed = claim(store)
        assert claimed.delivery == build.delivery("d-a", "a-a")
        assert (claimed.attempt, claimed.possible_repeat) == (1, False)
        assert (claimed.created, claimed.now) == (recorded, clock.now)

    def test_the_attempt_is_on_disk_before_anything_is_sent(self, engine, store, feed):
        feed.tell("a")
        claim(store)
        assert engine.rows("SELECT state, attempts FROM delivery") == [("claimed", 1)]

    def test_oldest_first_one_channel_only(self, store, feed, clock):
        for each in ("c", "a", "b"):
            feed.tell(each)
            clock.advance(MINUTE)
        feed.tell("x", channel="mail")
        order = []
        while claimed := claim(store):
            order.append(claimed.delivery.id)
            store.settle(claimed, DONE)
        assert order == ["d-c", "d-a", "d-b"]

    def test_an_older_delivery_tried_again_goes_before_younger_ones(self, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), later())
        clock.advance(MINUTE)
        feed.tell("b")
        assert claim(store).delivery.id == "d-a"

    def test_nothing_due_writes_nothing(self, engine, store, feed):
        assert claim(store) is None
        assert engine.rows("SELECT name FROM lane WHERE kind = 'channel'") == []

    def test_another_node_gets_nothing_while_the_channel_is_held(self, engine, store, feed, clock):
        feed.tell("a", "b")
        other = engine.open()
        assert claim(store).attempt == 1
        assert claim(other, owner="other") is None
        clock.advance(LEASE)
        assert claim(other, owner="other").delivery.id == "d-a"

    def test_what_an_older_token_claimed_is_marked_as_possible_repeat(self, store, feed, clock):
        feed.tell("a")
        claim(store)
        clock.advance(LEASE)
        claimed = claim(store, owner="other")
        assert (claimed.delivery.id, claimed.attempt) == ("d-a", 2)
        assert claimed.possible_repeat

    def test_many_nodes_claim_each_delivery_once(self, engine, store, feed):
        feed.tell(*(f"x{at}" for at in range(20)))
        claimed = []
        barrier = threading.Barrier(4)

        def work(owner, store):
            barrier.wait()
            for _ in range(400):
                if each := claim(store, owner=owner):
                    claimed.append((each.delivery.id, each.possible_repeat))
                    store.settle(each, DONE)
                    store.release(each.lane)
                elif not list(store.deliveries([DeliveryState.PENDING])):
                    return

        stores = [engine.open() for _ in range(4)]
        threads = [
            threading.Thread(target=work, args=(f"node{at}", each))
            for at, each in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claimed) == sorted((f"d-x{at}", False) for at in range(20))


class TestSettle:
    def test_done_is_never_claimed_again(self, engine, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), DONE)
        clock.advance(timedelta(days=9))
        assert claim(store) is None
        assert store.next_due() is None
        (row,) = store.deliveries([DeliveryState.DONE])
        assert (row.attempts, row.next_try, row.last_error) == (1, None, "")
        assert engine.rows("SELECT delivery_id, attempt, outcome, error FROM delivery_log") == [
            ("d-a", 1, "done", "")
        ]

    def test_later_waits_and_counts(self, engine, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), later(2 * MINUTE))
        assert store.next_due() == clock.now + 2 * MINUTE
        (row,) = store.deliveries([DeliveryState.LATER])
        assert (row.next_try, row.last_error) == (clock.now + 2 * MINUTE, "451 later")
        clock.advance(2 * MINUTE - timedelta(microseconds=1))
        assert claim(store) is None
        clock.advance(timedelta(microseconds=1))
        again = claim(store)
        assert (again.attempt, again.possible_repeat) == (2, False)
        store.settle(again, DONE)
        log = engine.rows("SELECT attempt, outcome, error FROM delivery_log ORDER BY attempt")
        assert log == [(1, "later", "451 later"), (2, "done", "")]

    def test_a_clock_set_back_does_not_hold_up_what_is_pending(self, store, feed, clock):
        feed.tell("a")
        clock.advance(timedelta(hours=-1))
        assert claim(store).delivery.id == "d-a"

    def test_dead_stays_and_is_listed(self, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), Settlement(state=DeliveryState.DEAD, error="550 no"))
        clock.advance(timedelta(days=9))
        assert claim(store) is None
        (row,) = store.deliveries([DeliveryState.DEAD])
        assert (row.id, row.last_error, row.next_try) == ("d-a", "550 no", None)

    def test_a_possible_repeat_stays_one(self, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), later(possible_repeat=True))
        clock.advance(MINUTE)
        claimed = claim(store)
        assert claimed.possible_repeat
        store.settle(claimed, later())
        clock.advance(MINUTE)
        assert claim(store).possible_repeat

    def test_a_claim_whose_lane_was_lost_is_left_alone(self, engine, store, feed, clock):
        feed.tell("a")
        lost = claim(store)
        clock.advance(LEASE)
        newer = claim(store, owner="other")
        store.settle(lost, DONE)
        assert [row.state for row in store.deliveries(ALL_STATES)] == [DeliveryState.CLAIMED]
        assert engine.rows("SELECT * FROM delivery_log") == []
        store.settle(newer, DONE)
        store.settle(lost, later())
        assert [row.state for row in store.deliveries(ALL_STATES)] == [DeliveryState.DONE]


class TestRecover:
    def test_claimed_deliveries_go_back_marked(self, store, feed, clock):
        feed.tell("a", "b")
        dead = claim(store)
        assert store.recover("node") == 1
        store.settle(dead, DONE)
        claimed = claim(store)
        assert (claimed.delivery.id, claimed.attempt, claimed.possible_repeat) == ("d-a", 2, True)
        assert store.recover("node") == 1
        assert store.recover("node") == 0

    def test_lanes_are_free_and_due_again(self, store, feed, clock):
        stale = feed.claim()
        assert store.recover("node") == 0
        lane = store.claim_lane("host", "other", LEASE)
        assert lane.name == stale.name
        with pytest.raises(LostLease):
            store.record(stale, PollRecord(source="nos", final=True), [], no_decision)

    def test_what_is_left_of_the_old_process_records_nothing(self, store, feed):
        feed.claim()
        store.recover("node")
        with pytest.raises(LostLease):
            feed.record(etag="e")
        assert state_of(store).etag == ""

    def test_other_owners_keep_theirs(self, store, feed):
        feed.tell("a")
        claim(store, owner="other")
        assert store.recover("node") == 0
        assert [row.state for row in store.deliveries(ALL_STATES)] == [DeliveryState.CLAIMED]
        assert claim(store) is None


class TestNextDue:
    def test_nothing_with_an_empty_outbox(self, store):
        assert store.next_due() is None

    def test_the_earliest_of_all_channels(self, store, feed, clock):
        feed.tell("a")
        store.settle(claim(store), later(9 * MINUTE))
        assert store.next_due() == clock.now + 9 * MINUTE
        feed.tell("b", channel="mail")
        assert store.next_due() == clock.now

    def test_what_a_node_holds_is_due_when_its_lease_ends(self, store, feed, clock):
        feed.tell("a")
        claim(store)
        assert store.next_due() == clock.now + LEASE


class TestViews:
    def test_alerts_newest_first_with_their_deliveries(self, store, feed, build):
        for at, each in enumerate("abc"):
            candidate = build.candidate(each)
            alert = build.alert(f"al-{each}", candidate, each, created=build.seen + at * MINUTE)
            deliveries = tuple(
                build.delivery(f"{each}-{to}", alert.id, to=to) for to in ("jan", "els")
            )
            feed.record(replace(build.new(candidate), alerts=(alert,), deliveries=deliveries))
        listed = list(store.alerts())
        assert [row.alert.id for row in listed] == ["al-c", "al-b", "al-a"]
        assert [row.recipient for row in listed[0].deliveries] == ["els", "jan"]
        assert listed[0].deliveries[0].title == "Title c"
        assert [row.alert.id for row in store.alerts(since=build.seen + MINUTE)] == ["al-c", "al-b"]

    def test_alerts_by_rule_and_channel(self, store, feed, build):
        feed.tell("a")
        feed.tell("b", channel="mail")
        candidate = build.candidate("c")
        silent = build.alert("al-c", candidate, "c", rule="ceasefire", suppressed=True)
        feed.record(replace(build.new(candidate), alerts=(silent,)))
        assert [row.alert.id for row in store.alerts(channel="mail")] == ["a-b"]
        assert [row.alert.id for row in store.alerts(rule="ceasefire")] == ["al-c"]
        assert list(store.alerts(rule="ceasefire", channel="mail")) == []

    def test_the_state_of_an_alert(self, store, feed):
        feed.tell("a")
        assert [row.state for row in store.alerts()] == ["waiting"]
        store.settle(claim(store), DONE)
        assert [row.state for row in store.alerts()] == ["told"]

    def test_lists_longer_than_a_page_are_whole_and_in_order(self, store, feed, build):
        # Three to each moment: a page may end between two of the same time.
        decisions = []
        for at in range(1201):
            candidate = build.candidate(f"{at:04}")
            alert = build.alert(f"a{at:04}", candidate, "s", created=build.seen + at // 3 * MINUTE)
            delivery = build.delivery(f"d{at:04}", alert.id)
            decisions.append(replace(build.new(candidate), alerts=(alert,), deliveries=(delivery,)))
        feed.record(*decisions)
        listed = list(store.alerts())
        assert len(listed) == len({row.alert.id for row in listed}) == 1201
        assert all(len(row.deliveries) == 1 for row in listed)
        created = [row.alert.created for row in listed]
        assert created == sorted(created, reverse=True)
        queued = [row.id for row in store.deliveries([DeliveryState.PENDING])]
        assert queued == [f"d{at:04}" for at in range(1201)]

    def test_a_list_may_be_left_unfinished_while_others_write(self, store, feed):
        feed.tell("a", "b")
        listed = iter(store.alerts())
        next(listed)
        feed.tell("c")
        assert store.overview().alerts == 3

    def test_deliveries_by_state(self, store, feed):
        feed.tell("a", "b", "c")
        store.settle(claim(store), DONE)
        claim(store)
        assert list(store.deliveries([])) == []
        states = [row.state for row in store.deliveries(ALL_STATES)]
        assert sorted(states) == ["claimed", "done", "pending"]
        (row,) = store.deliveries([DeliveryState.CLAIMED])
        assert (row.rule, row.attempts, row.next_try) == ("kabinet", 1, None)

    def test_overview_counts(self, store, feed, build, clock):
        feed.tell("a", "b")
        feed.tell("m", channel="mail")
        candidate = build.candidate("c")
        nowhere = build.alert("nr", candidate, "c", suppressed=True, code="no-route")
        feed.record(replace(build.new(candidate), alerts=(nowhere,)))
        seen = store.overview()
        assert (seen.now, seen.articles, seen.alerts, seen.unrouted) == (clock.now, 4, 4, 1)

    def test_overview_of_channels(self, store, feed, clock):
        feed.tell("a", "b", "c", "d")
        feed.tell("m", channel="mail")
        store.settle(claim(store), DONE)
        success = clock.now
        clock.advance(MINUTE)
        store.settle(claim(store), Settlement(state=DeliveryState.DEAD, error="550 no"))
        clock.advance(MINUTE)
        store.settle(claim(store), later())
        mail, piket = store.overview().channels
        assert (mail.name, mail.waiting, mail.dead) == ("mail", 1, 0)
        assert (mail.last_success, mail.last_error) == (None, "")
        assert (piket.name, piket.waiting, piket.dead) == ("piket", 2, 1)
        assert (piket.last_success, piket.last_error) == (success, "451 later")
        clock.advance(MINUTE)
        store.settle(claim(store), DONE)
        assert store.overview().channels[1].last_error == ""

    def test_notes(self, store):
        store.note("pid", "1")
        store.note("pid", "2\x00")
        store.note("web", "x")
        store.note("web", "")
        store.note("never", "")
        assert store.overview().notes == {"pid": "2\ufffd"}


class TestRaces:
    """Two nodes at the same moment: the second waits, then decides knowing the first."""

    def race(self, engine, build, feeds, first, second):
        """Both decisions, the second begun while the first is being made; the second's history."""
        one, two = engine.open(), engine.open()
        one.sync_sources([build.spec("nos"), build.spec("anp")])
        ahead, behind = feeds(one, "nos", "node1"), feeds(two, "anp", "node2")
        ahead.claim(), behind.claim()
        failures = []

        def run():
            try:
                behind.record(second)
            except StoreError as error:
                failures.append(error)

        thread = threading.Thread(target=run)

        def decide(history):
            thread.start()
            # Long enough to come to the place where it has to wait for this transaction.
            thread.join(0.3)
            assert thread.is_alive()
            return [first]

        poll = PollRecord(source="nos", final=True)
        one.record(ahead.lane, poll, [first.candidate], decide)
        thread.join()
        assert not failures
        return behind.history

    def test_one_text_from_two_sources_is_seen_by_the_second(self, engine, build, feeds):
        first = build.new(build.candidate("a", "z", "shared"), alert="al")
        second = build.candidate("b", "0", "shared", source="anp")
        history = self.race(
            engine, build, feeds, first, build.follows(second, Outcome.DUPLICATE, "a", "story:a")
        )
        assert history.seen["shared"].article == "a"
        assert history.told["kabinet", "story:a"].first == "al"
        assert ("shared", "a") in engine.rows("SELECT key, article_id FROM seen")
        assert ("0", "b") in engine.rows("SELECT key, article_id FROM seen")

    def test_two_additions_to_one_story_do_not_both_tell(self, engine, store, feed, build, feeds):
        feed.record(
            build.new(build.candidate("root", "k1")),
            build.follows(build.candidate("copy", "k2"), Outcome.DUPLICATE, "root", "story:root"),
        )
        store.release(feed.lane)
        first = build.candidate("a", "k1")
        telling = replace(
            build.follows(first, Outcome.REVISION, "root", "story:root"),
            alerts=(build.alert("al", first, "story:root"),),
        )
        second = build.candidate("b", "k2", source="anp")
        history = self.race(
            engine,
            build,
            feeds,
            telling,
            build.follows(second, Outcome.REVISION, "copy", "story:root"),
        )
        assert history.told["kabinet", "story:root"].first == "al"

    def test_opposite_orders_do_not_deadlock(self, engine, build, feeds):
        stores = [engine.open() for _ in range(4)]
        sources = [f"s{at}" for at in range(4)]
        stores[0].sync_sources([build.spec(source) for source in sources])
        failures = []
        barrier = threading.Barrier(4)

        def work(at):
            feed = feeds(stores[at], sources[at], f"node{at}")
            feed.claim()
            for turn in range(10):
                keys = [f"t{turn}-{n}" for n in range(20)]
                if at % 2:
                    keys.reverse()
                candidates = [
                    build.candidate(f"{sources[at]}-{key}", key, source=sources[at]) for key in keys
                ]
                barrier.wait()
                try:
                    feed.record(*(build.new(candidate) for candidate in candidates))
                except StoreError as error:
                    failures.append(error)

        threads = [threading.Thread(target=work, args=(at,)) for at in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert engine.rows("SELECT COUNT(*) FROM seen WHERE key LIKE 't%'")[0][0] >= 200


class TestClaimingSeveralLanes:
    def test_the_most_overdue_come_first_and_only_once(self, store, build, clock):
        store.sync_sources([build.spec(name) for name in ("a", "b", "c")])
        assert store.claim_lane("host", "node", LEASE, name="b.example")
        first = store.claim_lanes("host", "node", LEASE, 1)
        rest = store.claim_lanes("host", "node", LEASE, 9)
        assert [lane.name for lane in (*first, *rest)] == ["a.example", "c.example"]
        assert store.claim_lanes("host", "other", LEASE, 9) == []
        clock.advance(LEASE)
        assert len(store.claim_lanes("host", "other", LEASE, 9)) == 3

    def test_each_has_a_token_of_its_own(self, store, build, clock):
        store.sync_sources([build.spec(name) for name in ("a", "b")])
        first, second = store.claim_lanes("host", "node", LEASE, 9)
        store.release(first)
        (again,) = store.claim_lanes("host", "other", LEASE, 9)
        assert again.name == first.name
        with pytest.raises(LostLease):
            store.record(first, PollRecord(source="a", final=True), [], no_decision)
        store.record(second, PollRecord(source="b", final=True), [], no_decision)


class TestTogether:
    """Functions that share a commit where the engine gains by it, each as if it ran alone."""

    @pytest.fixture(autouse=True)
    def _patience(self, monkeypatch):
        """A group takes as many as it has time for; on a busy machine that is one."""
        monkeypatch.setattr("watcher.store.store._GROUP_S", 60)

    def test_results_come_in_order_and_are_on_disk(self, engine, store):
        found = store.together([lambda n=n: store.note(f"n{n}", "x") or n for n in range(3)])
        assert [one.value for one in found] == [0, 1, 2]
        assert engine.rows("SELECT name FROM note ORDER BY name") == [("n0",), ("n1",), ("n2",)]

    def test_one_sees_what_those_before_it_wrote(self, store):
        found = store.together([lambda: store.note("n", "x"), lambda: store.overview().notes])
        assert found[1].value == {"n": "x"}

    def test_a_lost_lane_loses_only_that_lane(self, engine, store, build, clock):
        store.sync_sources([build.spec(name) for name in ("a", "b", "c")])
        lanes = store.claim_lanes("host", "node", LEASE, 9)
        clock.advance(LEASE)
        assert store.claim_lane("host", "other", LEASE, name="b.example")

        def record(lane):
            source = lane.name.removesuffix(".example")
            decision = build.new(build.candidate(source, source=source))
            poll = PollRecord(source=source, final=True, etag="new")
            return store.record(lane, poll, [decision.candidate], lambda _: [decision])

        found = store.together([lambda lane=lane: record(lane) for lane in lanes])
        assert [type(one.error) for one in found] == [type(None), LostLease, type(None)]
        assert engine.rows("SELECT id FROM article ORDER BY id") == [("a",), ("c",)]
        assert engine.rows("SELECT key FROM seen ORDER BY key") == [("text:a",), ("text:c",)]
        assert engine.rows("SELECT name FROM source WHERE etag = 'new' ORDER BY name") == [
            ("a",), ("c",)
        ]  # fmt: skip

    def test_a_decision_that_breaks_leaves_nothing_of_its_own(self, engine, store, feed, build):
        candidate = build.candidate("a")
        poll = PollRecord(source="nos", final=True)
        lane = feed.claim()

        def broken(history):
            raise RecursionError

        found = store.together(
            [
                lambda: store.note("before", "x"),
                lambda: store.record(lane, poll, [candidate], broken),
                lambda: store.note("after", "x"),
            ]
        )
        assert isinstance(found[1].error, RecursionError)
        assert engine.rows("SELECT name FROM note ORDER BY name") == [("after",), ("before",)]
        assert engine.rows("SELECT key FROM seen") == []

    def test_an_error_of_the_engine_is_its_own(self, engine, store):
        """It may end the whole transaction: the others are run again."""

        def broken():
            return store._write(lambda tx: tx.execute("INSERT INTO nowhere VALUES (1)"))

        found = store.together([lambda: store.note("a", "x"), broken, lambda: store.note("b", "x")])
        assert [type(one.error) for one in found] == [type(None), StoreError, type(None)]
        assert engine.rows("SELECT name FROM note ORDER BY name") == [("a",), ("b",)]

    def test_an_error_at_the_commit_is_its_own(self, engine, store):
        """A key of an article that is nowhere is only found at the end."""

        def broken():
            sql = "INSERT INTO seen (key, article_id) VALUES ('k', 'nowhere')"
            return store._write(lambda tx: tx.execute(sql))

        found = store.together([lambda: store.note("a", "x"), broken, lambda: store.note("b", "x")])
        assert [type(one.error) for one in found] == [type(None), StoreError, type(None)]
        assert engine.rows("SELECT name FROM note ORDER BY name") == [("a",), ("b",)]
        assert engine.rows("SELECT key FROM seen") == []
