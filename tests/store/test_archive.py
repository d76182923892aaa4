"""The archive read back, over both engines."""

from __future__ import annotations

from datetime import timedelta

from watcher.model import (
    Decision,
    DeliveryState,
    Hold,
    Outcome,
    Quarantined,
    Settlement,
    Status,
    Verdict,
)

LEASE = timedelta(minutes=5)


class TestArticle:
    def test_it_comes_with_matches_alerts_and_deliveries(self, store, build, feed):
        feed.tell("a1")
        claimed = store.claim_delivery("piket", "node", LEASE)
        store.settle(claimed, Settlement(state=DeliveryState.DEAD, error="550 unknown"))
        row = store.article("a1")
        assert row.article == build.article("a1")
        assert (row.story, row.story_reason, row.changes) == ("story:a1", "", ())
        (match,) = row.matches
        assert (match.rule, match.status, match.hits) == (
            "kabinet",
            Status.ACTIVE,
            build.match().hits,
        )
        (alert,) = row.alerts
        assert alert.alert.id == "a-a1"
        assert [(one.state, one.last_error) for one in alert.deliveries] == [
            (DeliveryState.DEAD, "550 unknown")
        ]
        assert row.others == ()

    def test_there_may_be_none(self, store, feed):
        feed.tell("a1")
        assert store.article("a2") is None
        assert store.article("a\x001") is None

    def test_holds_are_told(self, store, build, feed, clock):
        candidate = build.candidate("a1", rules=["kabinet"])
        decision = build.new(candidate, alert="aa")
        hold = Hold(alert="aa", channel="piket", due=clock.now + LEASE, code="quiet")
        feed.record(Decision(**{**as_dict(decision), "holds": (hold,)}))
        (alert,) = store.article("a1").alerts
        assert alert.holds == (hold,)

    def test_a_revision_says_what_changed_and_who_else_is_in_the_story(self, store, build, feed):
        feed.record(build.new(build.candidate("a1", text="Een\n\nTekst.")))
        verdict = Verdict(
            outcome=Outcome.REVISION, story="story:a1", of="a1",
            reason="another text of article a1", changes=("- Tekst.", "+ Andere tekst."),
        )  # fmt: skip
        feed.record(Decision(candidate=build.candidate("a2"), verdict=verdict))
        copy = Verdict(outcome=Outcome.DUPLICATE, story="story:a1", of="a1", reason="a copy")
        feed.record(Decision(candidate=build.candidate("a3", source="nos"), verdict=copy))
        row = store.article("a2")
        assert (row.revision_of, row.duplicate_of) == ("a1", None)
        assert row.story_reason == "another text of article a1"
        assert row.changes == ("- Tekst.", "+ Andere tekst.")
        assert [one.article for one in row.others] == ["a1", "a3"]
        assert [one.duplicate_of for one in row.others] == [None, "a1"]
        assert row.others[1].reason == "a copy"


def as_dict(decision):
    return {name: getattr(decision, name) for name in type(decision).__slots__}


class TestFinding:
    def test_by_the_beginning_of_an_id_or_of_an_alerts(self, store, build, feed):
        for name, alert in (("ab12", "cd34"), ("ab99", "ef56")):
            candidate = build.candidate(name, rules=["kabinet"])
            feed.record(build.new(candidate, alert=alert))
        assert store.named("ab") == ["ab12", "ab99"]
        assert store.named("ab1") == ["ab12"]
        assert store.named("cd34") == ["ab12"]
        assert store.named("ef") == ["ab99"]
        assert store.named("ff") == []
        assert store.named("ab", most=1) == ["ab12"]

    def test_by_keys_in_their_order(self, store, build, feed):
        feed.record(build.new(build.candidate("a1", "id:1", "link:1")))
        feed.record(build.new(build.candidate("a2", "id:2")))
        assert store.filed(["id:2", "link:1", "id:1", "id:3"]) == ["a2", "a1"]
        assert store.filed([]) == []

    def test_titles_newest_first_over_pages(self, store, build, feed, monkeypatch):
        names = [f"a{number:02}" for number in range(7)]
        seen = build.seen
        for number, name in enumerate(names):
            later = seen + timedelta(minutes=number // 2)
            feed.record(build.new(build.candidate(name, seen=later)))
        monkeypatch.setattr("watcher.store.archive._PAGE", 3)
        assert [one.article for one in store.titles()] == names[::-1]

    def test_by_likeness(self, store, build, feed, clock):
        text = "De minister van Visserij in Peru is afgetreden wegens twee kotters in Callao."
        feed.record(build.new(build.candidate("a1", title="Visserij", text=text)))
        feed.record(build.new(build.candidate("a2", text="De beurs in Tokio is dicht vandaag.")))
        asked = build.article("x", text=f"Lima: {text}", source="")
        assert store.alike(asked, clock.now - timedelta(hours=1)) == ["a1"]
        assert store.alike(build.article("x", text="Niets."), clock.now) == []

    def test_what_is_in_quarantine_by_a_part_of_its_name(self, store, build, feed, clock):
        names = ["https://Voorbeeld.nl/100%_waar.xml", "anders.txt"]
        lost = [
            Quarantined(source="nos", document=name, reason="is no feed", at=clock.now)
            for name in names
        ]
        feed.record(quarantined=tuple(lost))
        assert store.quarantined("voorbeeld.nl") == [lost[0]]
        assert store.quarantined("100%_w") == [lost[0]]
        assert store.quarantined("100_w") == []
