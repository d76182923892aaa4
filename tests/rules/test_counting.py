"""Rules that tell of numbers: what their keys mean."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.counts import Lull, Spike, Volume, When
from watcher.rules.counting import as_written
from watcher.rules.load import parse_rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def read(line: str) -> Volume | None:
    file = parse_rules(f"rules:\n  - id: r\n    match: x\n    {line}\n", "r.yaml")
    assert file.problems == ()
    return file.rules[0].info.volume


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("title: x", None),
        ("when: {articles: 5, within: 2h}", When(articles=5, within=2 * HOUR)),
        (
            "when: {articles: 3, within: 10m, distinct: source}",
            When(articles=3, within=HOUR / 6, distinct="source"),
        ),
        ("spike: {factor: 2.5}", Spike(factor=2.5, window=DAY, baseline=14 * DAY, least=5)),
        (
            "spike: {factor: 3, window: 1h, baseline: 7d, min: 10}",
            Spike(factor=3, window=HOUR, baseline=7 * DAY, least=10),
        ),
        ("silence: 24h", Lull(DAY)),
    ],
)
def test_the_keys_become_values(line: str, expected: Volume | None) -> None:
    assert read(line) == expected


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (None, {}),
        (When(articles=5, within=HOUR * 1.5), {"when": {"articles": 5, "within": "90m"}}),
        (
            When(articles=5, within=2 * HOUR, distinct="story"),
            {"when": {"articles": 5, "within": "2h", "distinct": "story"}},
        ),
        (
            Spike(factor=2.5),
            {"spike": {"factor": 2.5, "window": "1d", "baseline": "14d", "min": 5}},
        ),
        (Lull(timedelta(seconds=3)), {"silence": "3s"}),
    ],
)
def test_they_are_listed_as_they_are_written(
    volume: Volume | None, expected: dict[str, object]
) -> None:
    assert as_written(volume) == expected
