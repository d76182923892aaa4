"""The schema for editors accepts what the loader accepts, and knows the commonest slips."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from watcher.rules.schema import rule_schema


class _Loader(yaml.SafeLoader):
    """YAML as editors read it: dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if not one[0].endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def errors(text: str) -> list[str]:
    tree = yaml.load(text, Loader=_Loader)
    return [one.message for one in Draft202012Validator(rule_schema()).iter_errors(tree)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(rule_schema())


def test_the_shipped_rules_are_accepted(root: Path) -> None:
    paths = sorted((root / "rules").glob("*.yaml"))
    assert len(paths) >= 8
    for path in paths:
        assert errors(path.read_text(encoding="utf-8")) == [], path.name


def test_the_shared_good_rules_are_accepted(shared: Path) -> None:
    for path in sorted((shared / "rules_good").glob("*.yaml")):
        assert errors(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize(
    "name",
    [
        "severity", "match-missing", "id-missing", "id-number", "misspelled-group", "in-value",
        "where-key", "test-key", "term-compound", "at-least-zero", "near-ordered", "future-version",
    ],
)  # fmt: skip
def test_slips_are_refused(name: str) -> None:
    path = Path(__file__).parent / "mistakes" / f"{name}.yaml"
    assert errors(path.read_text(encoding="utf-8"))
