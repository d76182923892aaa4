"""What became of an alert, in words: each state of a delivery, holds, reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watcher.cli.life import alert_lines
from watcher.cli.phrases import PHRASES, Speaker
from watcher.listing import AlertRow, DeliveryRow
from watcher.model import Alert, DeliveryState, Hold, Severity

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "id": "0123456789abcdef", "rule": "embargo", "severity": Severity.HIGH, "title": "t",
        "article": "a", "story": "s", "source": "nos", "created": NOW, "code": "first-report",
        "reason": "first report of this story for this rule",
    }  # fmt: skip
    return Alert(**(values | changes))


def delivery(state: str, **changes: Any) -> DeliveryRow:
    values: dict[str, Any] = {
        "id": "d", "alert": "a", "rule": "embargo", "title": "t", "channel": "piket",
        "recipient": "jan", "state": DeliveryState(state), "attempts": 1,
        "next_try": NOW + timedelta(hours=1), "last_error": "451 later",
        "possible_repeat": False, "last_try": NOW,
    }  # fmt: skip
    return DeliveryRow(**(values | changes))


def lines(row: AlertRow, language: str = "en") -> list[str]:
    return [line.strip() for line in alert_lines(row, "UTC", Speaker(language))]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (delivery("done"), "piket (jan): sent 2026-01-01T12:00:00+00:00"),
        (delivery("pending", attempts=0), "piket (jan): waits to be sent"),
        (delivery("claimed"), "piket (jan): is being sent"),
        (
            delivery("later"),
            "piket (jan): attempt 1 failed, next try 2026-01-01T13:00:00+00:00: 451 later",
        ),
        (
            delivery("later", attempts=0, last_error="", last_try=None),
            "piket (jan): waits until 2026-01-01T13:00:00+00:00",
        ),
        (
            delivery("dead", attempts=3, possible_repeat=True),
            "piket (jan): given up after 3 attempts, the last one 2026-01-01T12:00:00+00:00: "
            "451 later (may have arrived twice)",
        ),
    ],
)
def test_each_state_of_a_delivery(row: DeliveryRow, expected: str) -> None:
    assert lines(AlertRow(alert=alert(), deliveries=(row,)))[1] == expected


def test_a_channel_that_is_told_later() -> None:
    hold = Hold(alert="a", channel="piket", due=NOW, code="quiet")
    row = AlertRow(alert=alert(), holds=(hold,))
    assert lines(row)[1] == "piket: told at 2026-01-01T12:00:00+00:00, after quiet hours"
    assert lines(row, "nl")[1].endswith("na de stille uren")


def test_reasons_in_dutch_keep_the_alert_they_name() -> None:
    row = AlertRow(
        alert=alert(
            suppressed=True,
            code="same-story",
            reason="this story was told for this rule in alert fedcba9876543210",
        )
    )
    assert lines(row) == [
        "✗ embargo: not told: this story was told for this rule in alert fedcba9876543210"
    ]
    assert lines(row, "nl")[0].endswith("voegt er niets aan toe (melding fedcba9876543210)")
    silenced = AlertRow(alert=alert(suppressed=True, code="silenced", reason="until noon: why"))
    assert lines(silenced, "nl") == ["✗ embargo: niet gemeld: er geldt een stilte: until noon: why"]


def test_both_languages_have_the_same_values() -> None:
    import string

    for english, dutch in PHRASES.values():
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (english, dutch)
        ]
        assert fields[0] == fields[1]
