"""A test is added to a rule, and nothing else in its file changes."""

from __future__ import annotations

import pytest

from watcher.rules.edit import add_test
from watcher.rules.load import parse_rules

BLOCK = """\
# Bovenaan staat waarom.
version: 1
rules:
  - id: een          # de eerste
    match: embargo
    tests:
      - match: Een embargo.
      - no_match: Brood.   # geen

  # tussen twee regels
  - id: twee
    match: brand

  - {id: drie, match: haven, tests: [{match: Haven.}]}
  - {id: vier, match: vis}
"""
SENTENCE = 'Hij zei: "embargo" — \\ ja.'


@pytest.mark.parametrize("rule", ["een", "twee", "drie", "vier"])
@pytest.mark.parametrize("matches", [True, False])
def test_one_more_test_and_no_other_change(rule: str, matches: bool) -> None:
    text = add_test(BLOCK, rule, SENTENCE, matches=matches)
    before = {one.info.id: one for one in parse_rules(BLOCK, "r").rules}
    after = {one.info.id: one for one in parse_rules(text, "r").rules}
    assert parse_rules(text, "r").problems == ()
    assert {name: len(one.tests) for name, one in after.items()} == {
        name: len(one.tests) + (name == rule) for name, one in before.items()
    }
    added = after[rule].tests[-1]
    assert (added.text, added.expected) == (SENTENCE, matches)  # type: ignore[union-attr]
    kept = [line for line in BLOCK.splitlines() if line in text.splitlines()]
    changed = len(BLOCK.splitlines()) - len(kept)
    assert changed == (rule in {"drie", "vier"})
    assert "# de eerste" in text
    assert "\n\n  # tussen twee regels\n  - id: twee\n" in text


def test_a_rule_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no rule vijf"):
        add_test(BLOCK, "vijf", SENTENCE, matches=True)
