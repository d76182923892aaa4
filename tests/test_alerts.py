"""Who is told, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
    Told,
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
    told: dict[tuple[str, str], Told] | None = None,
    routes: tuple[Route, ...] = (Route(to=("a",)),),
    floors: dict[str, int] | None = None,
    **news: object,
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
    verdict = Verdict(outcome=outcome, story="s", of="x", reason="the same text as x", **news)  # type: ignore[arg-type]
    return list(
        decide(found, verdict, told=told or {}, routes=routes, floors=floors or {}, now=NOW)
    )


FIRST = Told(
    first="first", channels=("b",), last=NOW - timedelta(hours=2), kinds=frozenset({"NEW"})
)
TOLD = {("r", "s"): FIRST}
CORRECTED = {("r", "s"): replace(FIRST, kinds=frozenset({"NEW", "CORRECTION"}))}
LONG_AGO = {("r", "s"): replace(FIRST, last=NOW - timedelta(hours=7))}
JUST_NOW = {("r", "s"): replace(FIRST, last=NOW - timedelta(minutes=10))}


def news(novelty: float, headline: float = 0.0) -> dict[str, float]:
    return {"novelty": novelty, "headline_novelty": headline}


@pytest.mark.parametrize(
    ("info", "values", "code", "channels"),
    [
        (rule(), {}, "first-report", ("a",)),
        (rule(status=Status.SHADOW), {}, "shadow", ()),
        (rule(), {"routes": ()}, "no-route", ()),
        (rule(severity=LOW), {"floors": {"a": 2}}, "min-severity", ()),
        (rule(), {"told": TOLD, "outcome": Outcome.REVISION, **news(0.3)}, "same-story", ()),
        (
            rule(),
            {"told": TOLD, "outcome": Outcome.FOLLOW_UP, **news(0.3, 0.5)},
            "new-fact",
            ("a",),
        ),
        (rule(), {"told": TOLD, "outcome": Outcome.FOLLOW_UP, **news(0.9, 0.4)}, "same-story", ()),
        (
            rule(),
            {"told": JUST_NOW, "outcome": Outcome.FOLLOW_UP, **news(0.9, 0.9)},
            "same-story",
            (),
        ),
        (rule(), {"told": LONG_AGO, "outcome": Outcome.FOLLOW_UP, **news(0.4)}, "new-fact", ("a",)),
        (
            rule(),
            {"told": LONG_AGO, "outcome": Outcome.FOLLOW_UP, **news(0.1, 0.3)},
            "new-fact",
            ("a",),
        ),
        (rule(), {"told": LONG_AGO, "outcome": Outcome.FOLLOW_UP, **news(0.1)}, "same-story", ()),
        (rule(updates="never"), {"told": LONG_AGO, "outcome": Outcome.FOLLOW_UP}, "same-story", ()),
        # A correction goes to whoever was told, wherever routes lead now.
        (rule(), {"told": TOLD, "corrected": ("48",)}, "correction", ("b",)),
        (rule(), {"told": TOLD, "notice": "correction"}, "correction", ("b",)),
        (rule(updates="never"), {"told": TOLD, "notice": "withdrawn"}, "withdrawn", ("b",)),
        (rule(), {"told": CORRECTED, "notice": "withdrawn"}, "already-corrected", ()),
        (rule(), {"told": CORRECTED, "notice": "correction"}, "already-corrected", ()),
        (rule(), {"told": CORRECTED, "corrected": ("50",)}, "correction", ("b",)),
        (rule(), {"notice": "withdrawn"}, "withdrawn-untold", ()),
        (rule(), {"notice": "correction"}, "first-report", ("a",)),
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
