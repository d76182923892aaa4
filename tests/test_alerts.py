"""Who is told, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.alerts import Route, channels_for, decide
from watcher.facts import Fact
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
    facts: Sequence[Fact] = (),
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
        decide(
            found,
            verdict,
            told=told or {},
            routes=routes,
            floors=floors or {},
            now=NOW,
            facts={info.id: facts},
        )
    )


FIRST = Told(
    first="first", channels=("b",), last=NOW - timedelta(hours=2), kinds=frozenset({"NEW"})
)
TOLD = {("r", "s"): FIRST}
CORRECTED = {("r", "s"): replace(FIRST, kinds=frozenset({"NEW", "CORRECTION"}))}
WITHDRAWN = {("r", "s"): replace(FIRST, kinds=frozenset({"NEW", "WITHDRAWN"}))}
LONG_AGO = {("r", "s"): replace(FIRST, last=NOW - timedelta(hours=7))}
JUST_NOW = {("r", "s"): replace(FIRST, last=NOW - timedelta(minutes=10))}


def news(novelty: float, headline: float = 0.0, *, continued: bool = False) -> dict[str, object]:
    return {"novelty": novelty, "headline_novelty": headline, "continued": continued}


def fact(*, named: bool) -> Fact:
    return Fact(start=0, end=1, named=named)


@pytest.mark.parametrize(
    ("info", "values", "code", "channels"),
    [
        (rule(), {}, "first-report", ("a",)),
        (rule(status=Status.SHADOW), {}, "shadow", ()),
        (rule(), {"routes": ()}, "no-route", ()),
        (rule(severity=LOW), {"floors": {"a": 2}}, "min-severity", ()),
        (rule(), {"told": TOLD, "outcome": Outcome.REVISION, **news(0.3)}, "same-story", ()),
        (
            # Another source's words of the same: told with a name or a number that is new.
            rule(),
            {
                "told": TOLD,
                "outcome": Outcome.FOLLOW_UP,
                **news(0.3, 0.5),
                "facts": [fact(named=True)],
            },
            "new-fact",
            ("a",),
        ),
        (
            rule(),
            {
                "told": TOLD,
                "outcome": Outcome.FOLLOW_UP,
                **news(0.3, 0.5),
                "facts": [fact(named=False)],
            },
            "same-story",
            (),
        ),
        # Who had the story before does not write it again for nothing, however soon.
        *(
            (
                rule(),
                {"told": JUST_NOW, "outcome": outcome, **news(*said, continued=True)},
                code,
                ("a",) if code == "new-fact" else (),
            )
            for outcome in (Outcome.FOLLOW_UP, Outcome.REVISION)
            for said, code in [
                ((0.4,), "new-fact"),
                ((0.1, 0.3), "new-fact"),
                ((0.3, 0.2), "same-story"),
            ]
        ),
        # A copy adds what a matched sentence says: of another source a name or a number.
        *(
            (
                info,
                {
                    "told": JUST_NOW,
                    "outcome": Outcome.DUPLICATE,
                    "copied": 0.7,
                    **news(0.2, continued=own),
                    "facts": [fact(named=named)] if found else [],
                },
                code,
                ("a",) if code == "new-fact" else (),
            )
            for info, own, found, named, code in [
                (rule(), True, True, False, "new-fact"),
                (rule(), False, True, True, "new-fact"),
                (rule(), False, True, False, "duplicate"),
                (rule(), True, False, False, "duplicate"),
                (rule(updates="never"), False, True, True, "duplicate"),
            ]
        ),
        (
            rule(),
            {
                "told": JUST_NOW,
                "outcome": Outcome.REVISION,
                "copied": 0.9,
                **news(0.5, 0.5, continued=True),
            },
            "same-story",
            (),
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
        (rule(), {"told": TOLD, "notice": "withdrawn", "corrected": ("4",)}, "withdrawn", ("b",)),
        # What was corrected may be withdrawn after all, but once.
        (rule(), {"told": CORRECTED, "notice": "withdrawn"}, "withdrawn", ("b",)),
        (rule(), {"told": WITHDRAWN, "notice": "withdrawn"}, "already-corrected", ()),
        (rule(), {"told": CORRECTED, "notice": "correction", **news(0.1)}, "already-corrected", ()),
        (rule(), {"told": WITHDRAWN, "notice": "correction", **news(0.1)}, "already-corrected", ()),
        (rule(), {"told": CORRECTED, "notice": "correction", **news(0.5)}, "correction", ("b",)),
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
