"""What an operator is told of: each trouble has a name of its own, and its moment."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.listing import ChannelRow, Overview, SourceRow
from watcher.model import Quarantined, SourceState
from watcher.troubles import find_troubles

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FINE = Overview(
    now=NOW, articles=1, alerts=1, unrouted=0, sources=(), channels=(), quarantine=(), notes={}
)


def channel(name: str = "piket", dead: int = 0, last: datetime | None = None) -> ChannelRow:
    return ChannelRow(name=name, waiting=0, dead=dead, last_success=last, last_error="404")


def source(failing: timedelta) -> SourceRow:
    state = SourceState(name="nos", next_due=NOW, error="geen antwoord", error_since=NOW - failing)
    return SourceRow(name="nos", type="feed", paused=False, held=False, state=state, articles=1)


def spoilt(name: str, at: datetime = NOW) -> Quarantined:
    return Quarantined(source="map", document=name, reason="leeg", at=at)


def names(**values: object) -> list[tuple[str, ...]]:
    overview = replace(FINE, **values)  # type: ignore[arg-type]
    return [one.about for one in find_troubles(overview, language="nl", channel="beheer")]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"channels": (channel(),)}, []),
        ({"channels": (channel(dead=1),)}, [("dead", "piket", "", "1")]),
        # Nobody could be told of it there.
        ({"channels": (channel("beheer", dead=1),)}, []),
        ({"sources": (source(timedelta(minutes=59)),)}, []),
        ({"unrouted": 12}, [("routes", "2")]),
        (
            {"notes": {"rules": json.dumps({"problems": ["a.yaml:1: x"]})}},
            [("rules", "a.yaml:1: x")],
        ),
        ({"notes": {"config": "kapot"}}, [("configuration", "kapot")]),
        ({"quarantine": (spoilt("a"),)}, [("quarantine", "map", "2026-11-20")]),
    ],
)
def test_each_trouble_has_its_name(values: dict[str, object], found: list[tuple[str, ...]]) -> None:
    assert names(**values) == found


def test_more_of_the_same_is_told_at_ten_and_a_hundred_and_after_things_went_well() -> None:
    def about(dead: int, last: datetime | None = None) -> tuple[str, ...]:
        (found,) = names(channels=(channel(dead=dead, last=last),))
        return found

    assert about(1) == about(9)
    assert about(10) != about(9)
    assert about(99) == about(10)
    assert about(1, NOW) != about(1)


def test_a_source_that_fails_for_an_hour_is_told_with_its_reason() -> None:
    overview = replace(FINE, sources=(source(timedelta(hours=2)),))
    (trouble,) = find_troubles(overview, language="nl", channel="beheer")
    assert trouble.title == "Bron nos is al een uur niet te lezen"
    assert trouble.text.startswith("geen antwoord\n")
