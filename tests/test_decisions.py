"""What a batch comes to: storms, late news, embargoes, corrections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.alerts import Route
from watcher.batch import Policy
from watcher.counts import Counted, Still, Usual
from watcher.decisions import STORM, Desk, judge, judge_lulls
from watcher.dedup import identify
from watcher.delivery.channel import FileChannel
from watcher.model import (
    Article,
    Candidate,
    Decision,
    Delivery,
    Document,
    Extraction,
    History,
    PollRecord,
    Seen,
    Severity,
    Silence,
    Told,
)
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet
from watcher.store.store import open_store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULES = """
rules:
  - {id: embargo, match: embargo}
  - {id: brand, match: brand, severity: high}
"""
TOWNS = re.findall(
    r"\w+",
    "Delfzijl Vlissingen Harlingen Terneuzen Scheveningen Ede Goes Urk Lemmer Assen Roermond "
    "Weert Venlo Sittard Hoorn Alkmaar Zwolle Kampen Meppel Emmen Tiel Gouda Delft Breda Tilburg",
)


def article(number: int, word: str = "embargo", **values: object) -> Article:
    town = TOWNS[number]
    base = Article(
        id="",
        source="bode",
        document="feed",
        part=1,
        parts=1,
        kind="article",
        title=f"Bericht uit {town}",
        title_source="headline",
        text=f"Bericht uit {town}\n\nIn {town} spreekt men over {word} nummer {number}.",
        headline_end=len(f"Bericht uit {town}"),
        seen=NOW,
        published=NOW,
        published_source="document",
        guid=f"{town}",
    )
    return replace(base, **values)  # type: ignore[arg-type]


def candidates(*articles: Article) -> list[Candidate]:
    document = Document(source="bode", name="feed", body=b"x", seen=NOW)
    return identify(Extraction(document=document, articles=articles))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two rules, two channels: one gets everything, the other also what is under embargo."""
    rules, problems = link([parse_rules(RULES, "r.yaml")])
    assert problems == []
    names = ("piket", "pers")
    channels = {
        name: FileChannel(name, tmp_path / name, language="nl", timezone="Europe/Amsterdam")
        for name in names
    }
    channels["pers"].takes_embargoed = True
    policy = Policy(routes=(Route(to=names),), floors={}, window=timedelta(hours=72))
    return Desk(rules=RuleSet(rules), policy=policy, channels=channels)


def deliveries(decisions: Sequence[Decision], channel: str = "piket") -> list[Delivery]:
    return [one for each in decisions for one in each.deliveries if one.channel == channel]


def kinds(decisions: Sequence[Decision]) -> list[str]:
    return [alert.kind for each in decisions for alert in each.alerts]


def test_a_storm_is_one_digest_with_everything_in_it(desk: Desk) -> None:
    found = judge(candidates(*map(article, range(STORM + 1))), History(now=NOW), desk)
    (digest,) = deliveries(found)
    assert "21 meldingen tegelijk uit bode" in digest.message.title
    assert all(TOWNS[number] in digest.message.text for number in range(STORM + 1))
    assert len(digest.also) == STORM
    assert set(kinds(found)) == {"DIGEST"}


def test_what_is_no_storm_is_told_one_by_one(desk: Desk) -> None:
    found = judge(candidates(*map(article, range(STORM))), History(now=NOW), desk)
    assert len(deliveries(found)) == STORM


def test_in_a_storm_high_severity_is_told_alone(desk: Desk) -> None:
    urgent = article(STORM + 1, "brand")
    found = judge(candidates(*map(article, range(STORM)), urgent), History(now=NOW), desk)
    digest, alone = sorted(deliveries(found), key=lambda one: -len(one.also))
    assert (len(digest.also), alone.also) == (STORM - 1, ())
    assert found[-1].alerts[0].severity is Severity.HIGH
    assert "brand" in alone.message.text


@pytest.mark.parametrize(
    ("away", "age", "kind"),
    [(True, 3, "LATE"), (True, 0.5, "NEW"), (False, 3, "NEW")],
)
def test_what_waited_while_its_source_was_away_is_late(
    desk: Desk, away: bool, age: float, kind: str
) -> None:
    desk = replace(desk, away_since=NOW - timedelta(hours=6) if away else None)
    one = article(0, published=NOW - timedelta(hours=age))
    found = judge(candidates(one), History(now=NOW), desk)
    assert kinds(found) == [kind]
    assert ("NAGEKOMEN" in deliveries(found)[0].message.title) is (kind == "LATE")


def test_an_embargo_holds_the_message_but_where_it_may_go(desk: Desk) -> None:
    until = NOW + timedelta(hours=5)
    found = judge(candidates(article(0, embargoed=until)), History(now=NOW), desk)
    (held,) = deliveries(found)
    (sent,) = deliveries(found, "pers")
    assert (held.not_before, sent.not_before) == (until, None)
    assert "onder embargo tot vrijdag 20 november 2026, 18.00 uur" in sent.message.text


def test_an_embargo_that_is_over_holds_nothing(desk: Desk) -> None:
    over = article(0, embargoed=NOW - timedelta(minutes=1))
    assert deliveries(judge(candidates(over), History(now=NOW), desk))[0].not_before is None


def test_in_a_storm_what_is_under_embargo_waits_alone(desk: Desk) -> None:
    held = article(STORM + 1, embargoed=NOW + timedelta(hours=5))
    found = judge(candidates(*map(article, range(STORM + 1)), held), History(now=NOW), desk)
    digest, alone = sorted(deliveries(found), key=lambda one: -len(one.also))
    assert TOWNS[STORM + 1] not in digest.message.text
    assert alone.not_before == NOW + timedelta(hours=5)


def test_a_withdrawal_goes_to_whoever_was_told_even_without_the_word(desk: Desk) -> None:
    (first,) = judge(candidates(article(0)), History(now=NOW), desk)
    gone = article(
        0,
        title="Bericht ingetrokken",
        text="Bericht ingetrokken\n\nDit bericht uit Delfzijl klopte niet.",
        headline_end=len("Bericht ingetrokken"),
    )
    one = candidates(gone)
    history = History(
        now=NOW + timedelta(hours=1),
        seen={first.candidate.keys[0]: _seen(first)},
        told={("embargo", first.verdict.story): Told(
            first=first.alerts[0].id, channels=("piket",), last=NOW, kinds=frozenset({"NEW"})
        )},
    )  # fmt: skip
    (found,) = judge(one, history, desk)
    assert [(alert.rule, alert.kind, alert.channels) for alert in found.alerts] == [
        ("embargo", "WITHDRAWN", ("piket",))
    ]
    assert "INGETROKKEN" in found.deliveries[0].message.title
    assert found.verdict.of == first.candidate.article.id


def _seen(decision: Decision) -> Seen:
    candidate = decision.candidate
    return Seen(
        article=candidate.article.id,
        source=candidate.article.source,
        story=decision.verdict.story,
        text_key=candidate.text_key,
        guid=candidate.article.guid,
        seen=NOW,
    )


# --- rules that find nothing -------------------------------------------------------------------

DAY = timedelta(days=1)


def listening(desk: Desk, count: int = 1, **keys: str) -> Desk:
    """So many rules that wait for a day without matches."""
    extra = "".join(f", {key}: {value}" for key, value in keys.items())
    lines = (f"  - {{id: r{one}, match: x{one}, silence: 24h{extra}}}\n" for one in range(count))
    rules, problems = link([parse_rules("rules:\n" + "".join(lines), "r.yaml")])
    assert problems == []
    return replace(desk, rules=RuleSet(rules), language="nl")


def still(since: timedelta, count: int = 1, **values: object) -> History:
    found = {f"r{one}": Still(since=NOW - since) for one in range(count)}
    return History(now=NOW, still=found, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "expected"),
    [(DAY - timedelta(seconds=1), 0), (DAY, 1), (9 * DAY, 1)],
)
def test_a_rule_that_found_nothing_for_as_long_as_it_says_is_told(
    desk: Desk, since: timedelta, expected: int
) -> None:
    found = judge_lulls(still(since), listening(desk))
    assert len(deliveries(found)) == expected
    assert [one.alerts[0].code for one in found] == ["silence"] * expected


def test_rules_of_which_the_store_says_nothing_are_left_alone(desk: Desk) -> None:
    assert judge_lulls(History(now=NOW), listening(desk)) == []
    assert judge_lulls(still(9 * DAY), desk) == []


def test_a_lull_says_what_it_is(desk: Desk) -> None:
    (decision,) = judge_lulls(still(DAY), listening(desk))
    (alert,) = decision.alerts
    assert alert.reason == "nothing found for 24 h; last match: none yet"
    assert (alert.kind, alert.source) == ("NEW", "news-watcher")
    assert deliveries([decision])[0].message.title == "! Regel “r0” vond 24 uur niets"


def test_a_silenced_rule_is_told_of_afterwards(desk: Desk) -> None:
    silence = Silence(id="s", rule="r0", until=NOW + DAY, why="x", author="y", created=NOW)
    assert judge_lulls(still(DAY, silences=(silence,)), listening(desk)) == []


def test_a_rule_in_shadow_is_listed_and_not_told(desk: Desk) -> None:
    (decision,) = judge_lulls(still(DAY), listening(desk, status="shadow"))
    assert [one.code for one in decision.alerts] == ["shadow"]
    assert decision.deliveries == ()


def test_quiet_hours_hold_a_lull_too(desk: Desk) -> None:
    (decision,) = judge_lulls(still(DAY), listening(desk, alert='{quiet: ["00:00-24:00"]}'))
    assert {one.code for one in decision.holds} == {"quiet"}
    assert decision.deliveries == ()


def test_when_everything_falls_silent_it_is_one_message(desk: Desk) -> None:
    found = judge_lulls(still(DAY, STORM + 1), listening(desk, STORM + 1))
    (digest,) = deliveries(found)
    assert "21 meldingen tegelijk uit news-watcher" in digest.message.title


# --- rules that count, in whole batches ----------------------------------------------------------


def counting(desk: Desk, line: str) -> Desk:
    rules, problems = link(
        [parse_rules(f"rules:\n  - {{id: r, match: embargo, {line}}}", "r.yaml")]
    )
    assert problems == []
    return replace(desk, rules=RuleSet(rules))


@dataclass
class Empty:
    """A store that has counted nothing."""

    def counted(self, rule: str, volume: object) -> Counted:
        return Counted()

    def usual(self, rule: str, volume: object) -> Usual:
        return Usual(per_day=0.0, known=0 * DAY, asked=14 * DAY)


def codes(found: Sequence[Decision]) -> list[str]:
    return [alert.code for each in found for alert in each.alerts]


def test_the_articles_of_one_batch_are_counted_one_after_the_other(desk: Desk) -> None:
    table = counting(desk, "when: {articles: 3, within: 2h}")
    found = judge(candidates(*map(article, range(5))), History(now=NOW, counts=Empty()), table)
    assert codes(found) == [*("counted",) * 2, "volume", *("same-episode",) * 2]
    (told,) = deliveries(found)
    assert all(f"Bericht uit {town}" in told.message.text for town in TOWNS[:2])
    marks = [match.counts_as for one in found for match in one.candidate.matches]
    assert marks == [one.candidate.article.id for one in found]


def test_what_stood_in_a_new_feed_for_long_does_not_count(desk: Desk) -> None:
    table = replace(
        counting(desk, "when: {articles: 3, within: 2h}"), oldest=NOW - timedelta(hours=24)
    )
    old = [article(number, published=NOW - 3 * DAY) for number in range(4)]
    new = [article(number) for number in range(4, 6)]
    found = judge(candidates(*old, *new), History(now=NOW, counts=Empty()), table)
    assert codes(found) == [*("not-counted",) * 4, *("counted",) * 2]


def test_what_waited_while_we_were_away_counts_only_within_the_window(desk: Desk) -> None:
    table = replace(counting(desk, "when: {articles: 3, within: 6h}"), away_since=NOW - 3 * DAY)
    old = [article(number, published=NOW - DAY) for number in range(4)]
    new = [article(number, published=NOW - timedelta(hours=5)) for number in range(4, 7)]
    found = judge(candidates(*old, *new), History(now=NOW, counts=Empty()), table)
    assert codes(found) == [*("not-counted",) * 4, *("counted",) * 2, "volume"]


def test_a_correction_does_not_reach_who_was_told_of_a_number(desk: Desk) -> None:
    table = counting(desk, "when: {articles: 3, within: 2h}")
    (first, *_) = candidates(article(0))
    story = first.article.id
    told = Told(first="al", channels=("piket",), last=NOW, kinds=frozenset(("NEW",)))
    seen = {
        key: Seen(
            article=story, source="bode", story=story, text_key="text:old", guid=TOWNS[0], seen=NOW
        )
        for key in first.keys
        if key.startswith("id:")
    }
    mended = article(
        0, text=f"Correctie: bericht uit {TOWNS[0]}\n\nEr was geen brand.", title="Correctie: x"
    )
    history = History(now=NOW, counts=Empty(), seen=seen, told={("r", story): told})
    assert codes(judge(candidates(mended), history, table)) == []


class Clock:
    """A clock that stands still until a test moves it."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_an_episode_is_told_once_and_the_next_one_again(desk: Desk, tmp_path: Path) -> None:
    """With a real store, over hours: a count that falls, rises, is silenced and goes on."""
    clock = Clock()
    store = open_store(f"sqlite:{tmp_path}/watcher.db", clock=clock)
    table = counting(desk, "when: {articles: 3, within: 2h}")
    lane = store.claim_lane("folder", "node", 9 * DAY, name="map")
    assert lane is not None
    numbers = iter(range(len(TOWNS)))

    def bring(count: int, after: timedelta) -> list[str]:
        clock.now += after
        found = candidates(*(article(next(numbers)) for _ in range(count)))
        poll = PollRecord(source="bode", final=False)
        decided = store.record(
            lane, poll, found, lambda history: judge(found, history, table), window=DAY
        )
        return codes(decided)

    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    try:
        assert bring(2, minute) == ["counted", "counted"]
        assert bring(1, minute) == ["volume"]
        assert bring(2, hour) == ["same-episode"] * 2
        # The first three are out of the window: two are left, and the episode is over.
        assert bring(1, hour) == ["volume"]
        assert bring(1, minute) == ["same-episode"]
        assert bring(2, 3 * hour) == ["counted"] * 2
        silence = Silence(
            id="", rule="r", until=clock.now + hour, why="", author="", created=clock.now
        )
        store.add_silence(silence)
        assert bring(2, minute) == ["silenced"] * 2
        # Nobody was told of this one: it is told when the silence is over.
        assert bring(1, hour) == ["volume"]
        assert [row.alert.tally.count for row in store.alerts() if row.alert.tally] == [5, 3, 3]
    finally:
        store.close()
