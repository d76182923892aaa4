"""YAML's traps, each told in plain words at its place."""

from __future__ import annotations

import pytest

from watcher.rules.problems import Report
from watcher.rules.syntax import Mapping, Scalar, Sequence, parse_yaml


def problems(text: str) -> list[tuple[str, int, int]]:
    report = Report("f.yaml", text)
    parse_yaml(text, report)
    return [(one.code, one.line, one.column) for one in report.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [x, @b]", [("E102", 1, 8)]),
        ("a:\n  - %x\n  - `y", [("E102", 2, 5), ("E102", 3, 5)]),
        ("a:\n\t- b", [("E103", 2, 1)]),
        ("a:\n  - LIVE: x: y", [("E108", 2, 5)]),
        ("a: *verbod", [("E104", 1, 4)]),
        ("a: *", [("E104", 1, 4)]),
        ("a: &b [c]\nd: *b", [("E104", 1, 4), ("E104", 2, 4)]),
        ("a: 1\nb: 2\na: 3", [("E107", 3, 1)]),
        ("a: 'x", [("E101", 1, 6)]),
        ("a: 1\n---\nb: 2", [("E101", 3, 1)]),
        ("a: \x00", [("E101", 1, 4)]),
        ("[" * 100_000, [("E106", 1, 21)]),
        ("- " * 100_000, [("E106", 1, 41)]),
        ("x" * (1 << 20) + "y", [("E105", 1, 1)]),
        ("a: @x\nb: 1\nb: 2", [("E102", 1, 4), ("E107", 3, 1)]),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert sorted(problems(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("NO", "bool"),
        ("on", "bool"),
        ("12:30", "int"),
        ("112", "int"),
        ("2027-06-01", "timestamp"),
        ("1.5", "float"),
        ("~", "null"),
        ("embargo", "str"),
    ],
)
def test_a_plain_value_says_what_yaml_makes_of_it(value: str, tag: str) -> None:
    tree = parse_yaml(f"- {value}\n- '{value}'", Report("f.yaml", ""))
    assert isinstance(tree, Sequence)
    plain, quoted = tree.items
    assert isinstance(plain, Scalar)
    assert isinstance(quoted, Scalar)
    assert (plain.tag, quoted.tag) == (tag, "str")


def test_the_tree_keeps_order_and_places() -> None:
    tree = parse_yaml("b: 1\na:\n  - x", Report("f.yaml", ""))
    assert isinstance(tree, Mapping)
    assert list(tree.values) == ["b", "a"]
    assert (tree.keys["a"].line, tree.keys["a"].column) == (2, 1)
