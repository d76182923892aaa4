"""What a batch comes to: storms, late news, embargoes, corrections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.alerts import Route
from watcher.batch import Policy
from watcher.decisions import STORM, Desk, judge
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
    Seen,
    Severity,
    Told,
)
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet

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
