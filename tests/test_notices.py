"""What we have to say ourselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.counts import Still
from watcher.model import RuleInfo
from watcher.notices import KIND, SOURCE, lull_notice, make_notice

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = RuleInfo(id="embargo", title="Embargo op olie")
ZONE = ZoneInfo("Europe/Amsterdam")


def test_the_same_notice_is_the_same_article_whoever_makes_it_and_when() -> None:
    one = make_notice("lull", "r", "1", title="t", text="x", now=NOW, language="nl")
    two = make_notice("lull", "r", "1", title="u", text="y", now=NOW + DAY, language="en")
    other = make_notice("lull", "r", "2", title="t", text="x", now=NOW, language="nl")
    assert one.id == two.id != other.id
    assert (one.source, one.kind, one.url) == (SOURCE, KIND, None)
    assert one.text[: one.headline_end] == "t"


def test_a_lull_says_how_long_and_since_when() -> None:
    still = Still(since=NOW - DAY, last=NOW - DAY)
    told = lull_notice(RULE, DAY, still, now=NOW, language="nl", zone=ZONE)
    assert told.text == (
        "Regel “Embargo op olie” vond 24 uur niets\n\n"
        "Laatste treffer: zondag 1 maart 2026, 13.00 uur."
    )
    never = Still(since=NOW - DAY)
    told = lull_notice(RULE, DAY, never, now=NOW, language="en", zone=ZONE)
    assert told.text == (
        "Rule “Embargo op olie” found nothing for 24 h\n\n"
        "There was no match yet; the rule has counted since Sunday 1 March 2026, 13:00."
    )


def test_each_lull_of_a_rule_is_another_notice() -> None:
    ids = {
        lull_notice(RULE, DAY, Still(since=NOW - DAY * days), now=NOW, language="nl", zone=ZONE).id
        for days in (1, 2, 3)
    }
    assert len(ids) == 3
