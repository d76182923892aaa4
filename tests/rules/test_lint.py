"""Warnings about rules that work, but hardly as meant."""

from __future__ import annotations

from datetime import date

import pytest

from watcher.rules.link import link
from watcher.rules.lint import lint
from watcher.rules.load import parse_rules

TODAY = date(2026, 11, 22)


def codes(text: str) -> list[str]:
    """The codes of all warnings about a file."""
    file = parse_rules(text, "r.yaml")
    rules, problems = link([file])
    assert [*file.problems, *problems] == []
    return [one.code for one in lint([file], rules, today=TODAY)]


def rule(match: str, more: str = "") -> str:
    return f"rules:\n  - id: r\n    tests: [{{match: x}}]\n    match: {match}\n    {more}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules:\n  - {id: r, match: x}\n", "W101"),
        (rule("embargo", "review_by: 2026-01-01"), "W102"),
        (rule("[embargo, 'emb*']"), "W104"),
        (rule("'emb*'"), "W105"),
        (rule("visserijverbod"), "W106"),
        (rule("IS"), "W107"),
        (rule("{term: rel, compound: both}"), "W108"),
        (rule("{all: [embargo, {none: [embargo]}]}"), "W109"),
        (
            "entities:\n  korea: {names: [Korea]}\n  noord: {names: [Noord-Korea]}\n"
            + rule("['@korea', '@noord']"),
            "W110",
        ),
        ("define: {x: [embargo]}\n" + rule("olie"), "W111"),
        ("entities: {eu: {names: [EU]}}\n" + rule("olie"), "W111"),
        (rule("olie") + "  - {id: s, match: olie, tests: [{match: x}]}\n", "W112"),
        (rule(r"'/\d+/'"), "W113"),
    ],
)
def test_a_doubt_is_told(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        rule("embargo", "review_by: 2027-01-01"),
        # One tells of each article, the other of their number.
        rule("olie") + "  - {id: s, match: olie, silence: 24h, tests: [{match: x}]}\n",
        rule("[embargo, 'embark*']"),
        rule("'emba*'"),
        rule("visserij|verbod"),
        rule("wapenstilstand"),
        rule("NAVO"),
        rule("{term: rel, compound: none}"),
        "entities:\n  korea: {names: [Korea], not: [Noord-Korea]}\n"
        "  noord: {names: [Noord-Korea]}\n" + rule("['@korea', '@noord']"),
        "entities:\n  korea: {names: [Korea], not: ['Noord-Korea*']}\n"
        "  noord: {names: [Noord-Korea]}\n" + rule("['@korea', '@noord']"),
        "define: {x: [embargo]}\n" + rule("$x"),
        rule(r"'/CVE-\d+/'"),
        rule("IS", "lint: {W107: bedoeld is de organisatie}"),
    ],
)
def test_what_is_meant_is_not_doubted(text: str) -> None:
    assert codes(text) == []


def test_a_doubt_has_its_line_and_text() -> None:
    file = parse_rules(rule("IS"), "r.yaml")
    rules, _ = link([file])
    (problem,) = lint([file], rules, today=TODAY, language="nl")
    assert (problem.line, problem.level, problem.source_line) == (4, "warning", "    match: IS")
    assert "letterwoord" in problem.message


def test_a_channel_that_takes_only_severer_alerts_is_told() -> None:
    file = parse_rules(rule("olie", "alert: {to: [piket]}"), "r.yaml")
    rules, _ = link([file])
    for floor, told in ((3, ["W114"]), (1, [])):
        found = lint([file], rules, today=TODAY, floors={"piket": floor})
        assert [one.code for one in found] == told


def test_a_doubt_about_a_term_points_at_the_term() -> None:
    text = (
        "rules:\n  - id: r\n    why: zonder IS\n    tests: [{match: x}]\n"
        "    match:\n      - olie\n      - IS\n"
        "  - id: s\n    tests: [{match: y}]\n    match: [IS]\n"
    )
    file = parse_rules(text, "r.yaml")
    rules, _ = link([file])
    found = [(one.line, one.column) for one in lint([file], rules, today=TODAY)]
    assert found == [(7, 9), (10, 13)]


def test_an_english_term_is_not_measured_by_dutch_words() -> None:
    assert "W106" not in codes(rule("{en: [visserijverbod]}"))
