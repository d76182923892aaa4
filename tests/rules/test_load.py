"""Rule files with mistakes: every one at its line, with the word that helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from watcher.errors import Problem
from watcher.model import Severity, Status
from watcher.rules.check import run_tests
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.problems import SENTENCES, show_problem

CASES = Path(__file__).parent / "mistakes"


def problems_of(text: str, name: str = "r.yaml", language: str = "en") -> list[Problem]:
    file = parse_rules(text, name, language=language)
    _, linking = link([file], channels=["piket"], language=language)
    return [*file.problems, *linking]


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_told(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = re.match(r"# expect: (\d+):(\d+) (\w\d+) (.+)", text)
    assert found, "the first line says what to expect"
    told = [
        (one.line, one.column, one.code, f"{one.message} {one.hint}") for one in problems_of(text)
    ]
    line, column, code, word = int(found[1]), int(found[2]), found[3], found[4]
    assert any(one[:3] == (line, column, code) and word in one[3] for one in told), told


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_told_in_dutch_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    english = problems_of(text)
    dutch = problems_of(text, language="nl")
    assert [(one.code, one.line) for one in english] == [(one.code, one.line) for one in dutch]
    assert all(one.message != other.message for one, other in zip(english, dutch, strict=True))


def test_all_problems_come_in_one_run() -> None:
    text = (
        "vershun: 1\nrules:\n  - id: A b\n    severity: hihg\n    match: [@x, 12:30, $nix]\n"
        "    alert: {to: [pikket]}\n    tests: [{mach: x}]\n"
    )
    lines = {one.line for one in problems_of(text)}
    assert lines == {1, 3, 4, 5, 6, 7} - {6}  # the rule without an id is never linked


def test_a_problem_shows_its_line_with_a_caret() -> None:
    (problem,) = problems_of("rules:\n  - id: r\n    macth: x\n    tests: [{match: x}]\n")[:1]
    shown = show_problem(problem)
    assert "r.yaml:3:5: error [E201]" in shown or "r.yaml:2:5" in shown


def test_a_suggestion_is_made() -> None:
    told = problems_of("rules:\n  - id: r\n    macth: x\n    match: x\n    tests: [{match: x}]\n")
    assert [one.hint for one in told] == ['did you mean "match"?']


def test_defaults_reach_every_rule_and_lose_against_its_own() -> None:
    text = (
        "defaults: {owner: desk, severity: low, tags: [a], alert: {to: [piket]}}\n"
        "rules:\n"
        "  - {id: one, match: x, tests: [{match: x}]}\n"
        "  - {id: two, match: x, severity: high, tags: [b], status: off, tests: [{match: x}]}\n"
    )
    rules, problems = link([parse_rules(text, "r.yaml")], channels=["piket"])
    assert problems == []
    one, two = (rule.info for rule in rules)
    assert (one.owner, one.severity, one.tags, one.to) == ("desk", Severity.LOW, ("a",), ("piket",))
    assert (two.severity, two.tags, two.status) == (Severity.HIGH, ("a", "b"), Status.OFF)


def test_names_hold_over_all_files() -> None:
    one = parse_rules("define: {bestand: [wapenstilstand]}", "one.yaml")
    two = parse_rules("rules:\n  - {id: r, match: $bestand, tests: [{match: x}]}", "two.yaml")
    rules, problems = link([one, two])
    assert problems == []
    assert len(rules) == 1


def test_a_block_of_lines_needs_no_quotes() -> None:
    text = (
        "rules:\n  - id: r\n    tests: [{match: x}]\n    match:\n      any: |\n"
        "        # uitleg\n        *verbod\n        NO\n        12:30\n"
    )
    rules, problems = link([parse_rules(text, "r.yaml")])
    assert problems == []
    assert len(rules[0].condition.children) == 3  # type: ignore[union-attr]


def test_every_sentence_stands_in_both_languages() -> None:
    for code, (level, english, dutch) in SENTENCES.items():
        assert level == ("warning" if code.startswith("W") else "error")
        fields = [set(re.findall(r"\{(\w+)\}", text)) for text in (english, dutch)]
        assert fields[0] == fields[1], code


def test_the_shared_mistakes_are_told(shared: Path) -> None:
    for path in sorted((shared / "rules_bad").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        found = re.match(r"# expect: (\d+) (.+)", text)
        assert found
        if path.stem == "test-file-that-does-not-exist":
            continue  # told by the command, which knows the folders
        told = problems_of(text)
        assert any(
            one.line == int(found[1])
            and any(word in f"{one.message} {one.hint}" for word in found[2].split("|"))
            for one in told
        ), path.stem


def test_the_shared_good_rules_pass_all_their_tests(shared: Path) -> None:
    files = [
        parse_rules(path.read_text(encoding="utf-8"), path.name)
        for path in sorted((shared / "rules_good").glob("*.yaml"))
    ]
    rules, problems = link(files, channels=["piket", "buitenland", "economie", "world"])
    assert [*problems, *(one for file in files for one in file.problems)] == []
    results = list(run_tests(rules, lambda *_: None))
    assert len(results) > 50
    assert [one for one in results if one.result != "passed"] == []
