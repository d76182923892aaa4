"""Who is told, and why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watcher.alerts import Route, channels_for, decide
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Match,
    Outcome,
    RuleInfo,
    Severity,
    Status,
    Verdict,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HIGH, LOW = Severity.HIGH, Severity.LOW


def rule(**values: object) -> RuleInfo:
    return RuleInfo(**{"id": "r", "title": "R", **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("routes", "info", "expected"),
    [
        ([Route(to=("a",))], rule(), ("a",)),
        ([], rule(), ()),
        ([Route(to=("a",), severity=frozenset({HIGH}))], rule(severity=LOW), ()),
        ([Route(to=("a",), severity=frozenset({HIGH}))], rule(severity=HIGH), ("a",)),
        ([Route(to=("a",), tags=("oor*",))], rule(tags=("x", "oorlog")), ("a",)),
        ([Route(to=("a",), tags=("oorlog",))], rule(), ()),
        ([Route(to=("a",), source=("nos", "anp-*"))], rule(), ("a",)),
        ([Route(to=("a",), source=("rtl",))], rule(), ()),
        ([Route(to=("a",), rule=("r*",), tags=("nee",))], rule(), ()),
        ([Route(to=("a",)), Route(to=("b",))], rule(), ("a",)),
        ([Route(to=("a",), go_on=True), Route(to=("b", "a"))], rule(), ("a", "b")),
        ([Route(to=("a",))], rule(to=("b", "b")), ("b",)),
    ],
)
def test_routes(routes: list[Route], info: RuleInfo, expected: tuple[str, ...]) -> None:
    assert channels_for(info, "nos", routes) == expected


def judge(
    info: RuleInfo,
    *,
    outcome: Outcome = Outcome.NEW,
    told: dict[tuple[str, str], str] | None = None,
    routes: tuple[Route, ...] = (Route(to=("a",)),),
    floors: dict[str, int] | None = None,
) -> list[Alert]:
    article = Article(
        id="art",
        source="nos",
        document="d",
        part=1,
        parts=1,
        kind="article",
        title="t",
        title_source="lead",
        text="t",
        seen=NOW,
    )
    found = Candidate(
        article=article, keys=("k",), text_key="k", matches=(Match(rule=info, hits=()),)
    )
    verdict = Verdict(outcome=outcome, story="s", of="x", reason="the same text as x")
    return list(
        decide(found, verdict, told=told or {}, routes=routes, floors=floors or {}, now=NOW)
    )


TOLD = {("r", "s"): "first"}


@pytest.mark.parametrize(
    ("info", "values", "code", "channels"),
    [
        (rule(), {}, "first-report", ("a",)),
        (rule(status=Status.SHADOW), {}, "shadow", ()),
        (rule(), {"routes": ()}, "no-route", ()),
        (rule(severity=LOW), {"floors": {"a": 2}}, "min-severity", ()),
        (rule(), {"told": TOLD, "outcome": Outcome.REVISION}, "same-story", ()),
        (rule(), {"told": TOLD, "outcome": Outcome.DUPLICATE}, "duplicate", ()),
        (rule(updates="any"), {"told": TOLD, "outcome": Outcome.REVISION}, "update", ("a",)),
        (rule(), {"outcome": Outcome.REVISION}, "first-report", ("a",)),
        (rule(), {"outcome": Outcome.DUPLICATE}, "first-report", ("a",)),
    ],
)
def test_every_match_is_told_or_has_a_reason(
    info: RuleInfo, values: dict[str, object], code: str, channels: tuple[str, ...]
) -> None:
    (alert,) = judge(info, **values)  # type: ignore[arg-type]
    assert (alert.code, alert.channels, alert.suppressed) == (code, channels, not channels)
    assert alert.reason


def test_an_article_that_is_known_tells_nothing() -> None:
    assert judge(rule(), outcome=Outcome.KNOWN) == []


def test_a_channel_below_its_floor_is_left_out_and_the_others_are_told() -> None:
    (alert,) = judge(rule(), routes=(Route(to=("a", "b")),), floors={"a": 3})
    assert alert.channels == ("b",)
