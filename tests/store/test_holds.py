"""What is told later, and silences, over both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from watcher.model import Delivery, Hold, Message, Released, Sending, Silence

MINUTE = timedelta(minutes=1)


@pytest.fixture
def held(feed, build, clock):
    """Record an alert that the channel piket is told of after a minute; returns its decision."""

    def hold(name, *, due=MINUTE, code="quiet", group=""):
        candidate = build.candidate(name, rules=["kabinet"])
        alert = build.alert(f"al-{name}", candidate, f"story:{name}")
        one = Hold(alert=alert.id, channel="piket", due=clock.now + due, code=code, group=group)
        decision = replace(build.new(candidate), alerts=(alert,), deliveries=(), holds=(one,))
        feed.record(decision)
        return decision

    return hold


def compose_one(held):
    """One message for all."""
    first, *others = [one.alert.id for one in held]
    delivery = Delivery(
        id="d", alert=first, channel="piket", recipient="jan",
        message=Message(title="t", text=", ".join(one.article.title for one in held)),
        also=tuple(others),
    )  # fmt: skip
    return Released(deliveries=(delivery,))


def test_what_is_held_is_let_go_once_and_not_before(store, held, clock):
    held("a")
    held("b", due=2 * MINUTE)
    assert store.release_held("piket", compose_one) == 0
    clock.advance(3 * MINUTE)
    assert store.release_held("ander", compose_one) == 0
    assert store.release_held("piket", compose_one) == 2
    assert store.release_held("piket", compose_one) == 0
    claim = store.claim_delivery("piket", "node", MINUTE)
    assert claim.delivery.message.text == "Title a, Title b"
    rows = {row.alert.id: row for row in store.alerts()}
    assert [len(row.deliveries) for row in rows.values()] == [1, 1]


def test_an_alert_comes_back_whole(store, held, clock):
    decision = held("a", code="wait", group="kabinet s")
    clock.advance(MINUTE)
    found = []

    def compose(held):
        found.extend(held)
        return Released()

    store.release_held("piket", compose)
    (one,) = found
    assert one.article == decision.candidate.article
    assert one.alert == decision.alerts[0]
    assert one.hits == decision.candidate.matches[0].hits
    assert (one.hold.code, one.hold.group) == ("wait", "kabinet s")


def test_what_is_told_no_more_says_why(store, held, clock):
    held("a")
    clock.advance(MINUTE)
    store.release_held("piket", lambda _: Released(dropped={"al-a": "rule gone"}))
    (row,) = store.alerts()
    assert (row.state, row.alert.reason, row.holds) == ("suppressed", "rule gone", ())


def test_nothing_is_let_go_when_its_message_fails(store, held, clock):
    held("a")
    clock.advance(MINUTE)
    with pytest.raises(ZeroDivisionError):
        store.release_held("piket", lambda _: 1 / 0)
    assert store.release_held("piket", compose_one) == 1


def test_what_is_held_is_listed_and_due(store, held, clock):
    held("a")
    (row,) = store.alerts(channel="piket")
    assert (row.state, [one.code for one in row.holds]) == ("waiting", ["quiet"])
    assert list(store.alerts(channel="ander")) == []
    assert store.next_due() == clock.now + MINUTE
    assert store.resend("al-a") == 1
    assert store.next_due() == clock.now


def test_history_has_what_waits_and_what_was_sent(feed, build, held, clock):
    held("a", code="wait", group="kabinet s")
    feed.tell("b")
    feed.record(build.new(build.candidate("c")), memory=MINUTE)
    assert feed.history.gathering == {("piket", "kabinet s"): clock.now + MINUTE}
    assert feed.history.sent == (Sending(rule="kabinet", channel="piket", at=clock.now),)
    clock.advance(2 * MINUTE)
    feed.record(build.new(build.candidate("d")), memory=MINUTE)
    assert (feed.history.gathering, feed.history.sent) == ({}, ())


def test_silences_begin_and_end(store, feed, build, clock):
    def silence(**about):
        wanted = Silence(
            id="", until=clock.now + MINUTE, why="w", author="eva", created=clock.now, **about
        )
        return store.add_silence(wanted)

    first, second = silence(rule="kabinet"), silence(tag="haven")
    assert {one.id for one in store.silences()} == {first.id, second.id}
    feed.record(build.new(build.candidate("a")))
    assert {one.id for one in feed.history.silences} == {first.id, second.id}
    assert store.end_silence(first.id) == 1
    assert store.silences() == (second,)
    clock.advance(MINUTE)
    assert store.silences() == ()
    assert store.end_silence(second.id) == 0


def test_matches_are_counted_by_day(store, feed, build, clock):
    feed.tell("a")
    clock.advance(timedelta(days=2))
    feed.tell("b", "c")
    assert store.trends(4) == {"kabinet": (0, 1, 0, 2)}
    clock.advance(timedelta(days=3))
    assert store.trends(4) == {"kabinet": (2, 0, 0, 0)}
