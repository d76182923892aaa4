"""Adds a test to a rule in the text of its file, and leaves every other character alone. Pure."""

from __future__ import annotations

from typing import Any

import yaml

_KEYS = {True: "match", False: "no_match"}


def add_test(text: str, rule_id: str, sentence: str, *, matches: bool) -> str:
    """The text with one more test of this rule, in the style in which the file is written.

    Raises ValueError where the rule is not in it.
    """
    rule = _find(text, rule_id)
    line = f"{_KEYS[matches]}: {_quoted(sentence)}"
    tests = _value(rule, "tests")
    if tests is None:
        return _with_key(text, rule, line)
    if tests.flow_style:
        inside = tests.end_mark.index - 1
        comma = ", " if tests.value else ""
        return f"{text[:inside].rstrip()}{comma}{{{line}}}{text[inside:]}"
    end = _end(text, tests)
    indent = " " * tests.start_mark.column
    return f"{text[:end]}\n{indent}- {line}{text[end:]}"


def _with_key(text: str, rule: Any, line: str) -> str:
    """The rule gets its first test."""
    if rule.flow_style:
        inside = rule.end_mark.index - 1
        return f"{text[:inside].rstrip()}, tests: [{{{line}}}]{text[inside:]}"
    end = _end(text, rule)
    indent = " " * rule.start_mark.column
    return f"{text[:end]}\n{indent}tests:\n{indent}  - {line}{text[end:]}"


def _end(text: str, node: Any) -> int:
    """Where the last line of a node ends: a block itself ends where the next thing begins, behind
    the comments about that."""
    while node.value and not isinstance(node, yaml.ScalarNode) and not node.flow_style:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    last = len(text[: node.end_mark.index].rstrip())
    end = text.find("\n", last)
    return end if end >= 0 else len(text)


def _find(text: str, rule_id: str) -> Any:
    """The node of a rule. Raises ValueError."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    rules = _value(root, "rules") if isinstance(root, yaml.MappingNode) else None
    for rule in rules.value if rules is not None else ():
        name = _value(rule, "id")
        if name is not None and name.value == rule_id:
            return rule
    raise ValueError(f"there is no rule {rule_id} in this file")


def _value(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _quoted(sentence: str) -> str:
    """A text between double quotes, on one line."""
    plain = " ".join(sentence.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
