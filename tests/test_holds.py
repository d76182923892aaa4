"""When an alert is told: at once, or later with others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.holds import Holder, Times, Timetable
from watcher.model import Alert, History, RuleInfo, Sending, Severity
from watcher.timing import parse_clock, parse_quiet, parse_rate

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)  # twelve o'clock in Amsterdam
NIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HALF_PAST_FOUR = (parse_clock("16:30"),)
SLEEP = (parse_quiet("23:00-07:00"),)


def rule(**values: object) -> RuleInfo:
    return RuleInfo(**{"id": "r", "title": "R", **values})  # type: ignore[arg-type]


def alert(number: int = 1, story: str = "s", severity: Severity = Severity.NORMAL) -> Alert:
    return Alert(
        id=f"a{number}", rule="r", severity=severity, title="t", article=f"x{number}",
        story=story, source="nos", created=NOON, code="first-report", reason="", channels=("c",),
    )  # fmt: skip


def holder(now: datetime = NOON, times: Times | None = None, **history: object) -> Holder:
    table = Timetable(zone=ZoneInfo("Europe/Amsterdam"), channels={"c": times or Times()})
    return Holder(table, History(now=now, **history))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("info", "times", "now", "severity", "expected"),
    [
        ({}, Times(), NOON, "normal", None),
        ({"digest": HALF_PAST_FOUR}, Times(), NOON, "normal", ("digest", 4.5)),
        ({}, Times(digest=HALF_PAST_FOUR), NOON, "critical", ("digest", 4.5)),
        # A rule's own times come before its channel's.
        (
            {"digest": HALF_PAST_FOUR},
            Times(digest=(parse_clock("18:00"),)),
            NOON,
            "normal",
            ("digest", 4.5),
        ),
        ({"wait": 5 * MINUTE}, Times(), NOON, "high", ("wait", 5 / 60)),
        ({}, Times(quiet=SLEEP), NIGHT, "normal", ("quiet", 7)),
        ({}, Times(quiet=SLEEP), NIGHT, "high", None),
        ({}, Times(quiet=SLEEP), NOON, "normal", None),
        ({"quiet": SLEEP}, Times(), NIGHT, "normal", ("quiet", 7)),
        ({"quiet": ()}, Times(quiet=SLEEP), NIGHT, "normal", None),
        # What would be told in the night waits for the morning.
        ({"wait": 12 * HOUR}, Times(quiet=SLEEP), NOON, "normal", ("wait", 19)),
        ({"digest": (parse_clock("23:30"),)}, Times(quiet=SLEEP), NOON, "low", ("digest", 19)),
    ],
)
def test_the_clock_holds_an_alert(
    info: dict[str, object],
    times: Times,
    now: datetime,
    severity: str,
    expected: tuple[str, float] | None,
) -> None:
    found = holder(now, times).hold(alert(severity=Severity(severity)), rule(**info), "c")
    assert (found and (found.code, (found.due - now) / HOUR)) == expected


@pytest.mark.parametrize(
    ("info", "limit", "minutes_ago", "severity", "expected"),
    [
        ({}, None, [1] * 50, "normal", None),
        ({"most": parse_rate("2/1h")}, None, [10], "normal", None),
        ({"most": parse_rate("2/1h")}, None, [10, 20], "critical", ("max", 40)),
        ({}, parse_rate("2/1h"), [10, 20, 50], "normal", ("limit", 40)),
        ({}, parse_rate("2/1h"), [10, 20, 50], "high", None),
    ],
)
def test_what_was_sent_holds_an_alert(
    info: dict[str, object],
    limit: object,
    minutes_ago: list[int],
    severity: str,
    expected: tuple[str, float] | None,
) -> None:
    sent = tuple(Sending(rule="r", channel="c", at=NOON - at * MINUTE) for at in minutes_ago)
    one = holder(times=Times(limit=limit), sent=sent)  # type: ignore[arg-type]
    found = one.bound(alert(severity=Severity(severity)), rule(**info), "c")
    assert (found and (found.code, (found.due - NOON) / MINUTE)) == expected


def test_a_maximum_counts_what_the_same_batch_sends_and_only_its_own_rule_and_channel() -> None:
    others = (
        Sending(rule="other", channel="c", at=NOON - MINUTE),
        Sending(rule="r", channel="other", at=NOON - MINUTE),
    )
    one, info = holder(sent=others), rule(most=parse_rate("2/1h"))
    found = [one.bound(alert(number), info, "c") for number in range(4)]
    assert [hold and hold.due for hold in found] == [None, None, NOON + HOUR, NOON + HOUR]


def test_a_wait_gathers_a_story_or_all_of_a_rule() -> None:
    by_story = rule(wait=5 * MINUTE)
    one = holder(gathering={("c", "r s"): NOON + MINUTE})
    held = [one.hold(alert(number, story), by_story, "c") for number, story in enumerate("sttu")]
    assert [hold and (hold.group, (hold.due - NOON) / MINUTE) for hold in held] == [
        ("r s", 1), ("r t", 5), ("r t", 5), ("r u", 5),
    ]  # fmt: skip
    by_rule = rule(wait=5 * MINUTE, group_by="rule")
    assert {hold.group for story in "stu" if (hold := one.hold(alert(1, story), by_rule, "c"))} == {
        "r"
    }


def test_the_memory_is_as_long_as_the_longest_limit() -> None:
    table = Timetable(channels={"c": Times(limit=parse_rate("10/5m")), "d": Times()})
    assert table.memory([rule()]) == 5 * MINUTE
    assert table.memory([rule(most=parse_rate("1/1d"))]) == 24 * HOUR
    assert Timetable().memory([rule()]) == timedelta()
