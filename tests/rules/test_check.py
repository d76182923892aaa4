"""The tests inside rule files: what passes, what fails, and how it is shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from watcher.project import read_test_document
from watcher.rules.check import failed_tests, run_tests
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.rule import Rule

STRIP = """Kop
DEN HAAG (ANP) - Een embargo op olie.
Meer uit Binnenland
EDE (ANP) - Een boswachter.
5 minuten geledenZEIST (ANP) - Nog een embargo.
1 uur geleden"""


def rules(tests: str) -> list[Rule]:
    found, problems = link(
        [parse_rules(f"rules:\n  - id: r\n    match: embargo\n    tests:\n{tests}", "r.yaml")]
    )
    assert problems == []
    return found


def results(tests: str, folder: Path) -> list[tuple[str, str, str]]:
    read = partial(read_test_document, roots=(folder,))
    return [(one.result, one.expected, one.actual) for one in run_tests(rules(tests), read)]


@pytest.mark.parametrize(
    ("test", "result"),
    [
        ("match: Een embargo.", "passed"),
        ("match: Niets.", "failed"),
        ("no_match: Niets.", "passed"),
        ("no_match: Een embargo.", "failed"),
        ("match: {text: Niets., title: Embargo op olie}", "passed"),
        ("match: Niets.\n        todo: later", "todo"),
        ("match: Een embargo.\n        todo: later", "passed"),
        ("file: strook.txt\n        articles: [DEN HAAG, ZEIST]", "passed"),
        ("file: strook.txt\n        articles: [Kop, ZEIST]", "passed"),
        ("file: strook.txt\n        articles: [ZEIST]", "failed"),
        ("file: strook.txt\n        articles: []", "failed"),
        ("file: strook.txt\n        highlights: [embargo]", "passed"),
        ("file: strook.txt\n        highlights: [boswachter]", "failed"),
        ("file: strook.txt\n        not_highlights: [embargo]", "failed"),
        ("file: niet.txt\n        articles: []", "failed"),
    ],
)
def test_a_test_ends(test: str, result: str, tmp_path: Path) -> None:
    (tmp_path / "strook.txt").write_text(STRIP, encoding="utf-8")
    ((found, _, _),) = results(f"      - {test}\n", tmp_path)
    assert found == result


def test_a_failure_shows_the_hit(tmp_path: Path) -> None:
    ((_, expected, actual),) = results("      - no_match: Een embargo dreigt.\n", tmp_path)
    assert (expected, actual) == ("no match", "a match: Een »embargo« dreigt.")


def test_a_missing_document_stops_no_rule_but_a_failing_test_does(tmp_path: Path) -> None:
    tests = "      - {file: niet.txt, articles: []}\n      - match: Niets.\n"
    read = partial(read_test_document, roots=(tmp_path,))
    told = list(failed_tests(rules(tests), read))
    assert [(one.code, one.level, one.line) for one in told] == [
        ("W103", "warning", 5),
        ("E502", "error", 6),
    ]


def test_the_shipped_rules_pass_their_own_tests(root: Path) -> None:
    read = partial(read_test_document, roots=(root / "rules", root))
    files = [
        parse_rules(path.read_text(encoding="utf-8"), path.name)
        for path in sorted((root / "rules").glob("*.yaml"))
    ]
    found, problems = link(files)
    assert [*problems, *(one for file in files for one in file.problems)] == []
    assert {rule.info.id for rule in found} >= {"embargo", "staakt-het-vuren", "eu-toetreding"}
    assert [one for one in run_tests(found, read) if one.result == "failed"] == []


def test_metadata_that_a_test_does_not_state_fits() -> None:
    text = (
        "rules:\n  - id: r\n    match: embargo\n"
        "    where: {section: [Econom*], urgency: [1, 2], min_words: 100}\n"
        "    tests:\n"
        "      - match: Het embargo geldt.\n"
        "      - match: {text: Het embargo geldt., section: Economie, urgency: 2}\n"
        "      - no_match: {text: Het embargo geldt., section: Sport}\n"
        "      - no_match: {text: Het embargo geldt., urgency: 3}\n"
    )
    found, problems = link([parse_rules(text, "r.yaml")])
    assert problems == []
    results = run_tests(found, partial(read_test_document, roots=()))
    assert [one.result for one in results] == ["passed"] * 4
