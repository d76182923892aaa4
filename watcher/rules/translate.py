"""Boolean strings of other services as rules: their operators as ours, and a tree as YAML. Pure."""

from __future__ import annotations

import re
from typing import Any

import yaml

from watcher.rules.query import parse_query
from watcher.rules.rule import AllOf, AnyOf, Condition, In, Near, NoneOf, Reference, Term

#: Quoted phrases are left as they are.
_PIECES = re.compile(r"(\"[^\"]*\"|“[^”]*”)")
_OPERATORS = (
    # Nexis and Factiva: w/5, pre/5, near/5f; Meltwater and Spotler: NEAR/5, ONEAR/5.
    (re.compile(r"(?<!\S)(?:onear|pre|\+)/(\d+)(?![^\s()])", re.IGNORECASE), r"ONEAR/\1"),
    (re.compile(r"(?<!\S)near/(\d+)f(?![^\s()])", re.IGNORECASE), r"ONEAR/\1"),
    (re.compile(r"(?<!\S)(?:near|w|n|adj)/(\d+)(?![^\s()])", re.IGNORECASE), r"NEAR/\1"),
    (re.compile(r"(?<!\S)(?:and|but)\s*not(?![^\s()])", re.IGNORECASE), "NOT"),
    (
        re.compile(r"\b(?:headline|kop|titel|intitle|title)\s*[:(]\s*(?=\S)", re.IGNORECASE),
        None,
    ),
    # A word cut short: toetred! is toetred*.
    (re.compile(r"(?<=\w)!(?=[\s)]|\Z)"), "*"),
    (re.compile(r"(?<!\S)-(?=[\w\"(])"), "NOT "),
)
_SMALL = re.compile(r"(?<!\S)(and|or|not)(?![^\s()])")
_CAPITAL = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?![^\s()])")


def translate_query(text: str) -> str:
    """The query in our own spelling; what is not known is left, and refused by the parser."""
    pieces = _PIECES.split(text)
    # Who writes operators in capitals means small ones as words.
    small = not any(_CAPITAL.search(piece) for piece in pieces[::2])
    for at in range(0, len(pieces), 2):
        pieces[at] = _translated(pieces[at], small)
    return " ".join("".join(pieces).split())


def _translated(piece: str, small: bool) -> str:
    for pattern, ours in _OPERATORS:
        piece = pattern.sub(ours if ours is not None else _field, piece)
    return _SMALL.sub(lambda found: found[1].upper(), piece) if small else piece


def _field(found: re.Match[str]) -> str:
    return "title:(" if found[0].rstrip().endswith("(") else "title:"


def rule_of_query(query: str, *, rule_id: str, title: str = "") -> str:
    """A rule file with one rule that finds what a query of another service finds.

    Raises `QueryProblemError` with the place in the translated query.
    """
    tree = parse_query(translate_query(query), line=1, column=1)
    rule: dict[str, Any] = {"id": rule_id}
    if title:
        rule["title"] = title
    rule["match"] = _node(tree)
    return yaml.safe_dump(
        {"version": 1, "rules": [rule]}, allow_unicode=True, sort_keys=False, width=90
    )


def _node(condition: Condition) -> Any:
    """A condition of a query as the values that YAML writes."""
    match condition:
        case Term():
            return condition.text
        case Reference():
            return condition.name
        case AnyOf():
            return {"any": [_node(one) for one in condition.children]}
        case AllOf():
            return {"all": [_node(one) for one in condition.children]}
        case NoneOf():
            return {"none": [_node(one) for one in condition.children]}
        case Near():
            children = [_node(one) for one in condition.children]
            near: dict[str, Any] = {"near": children, "within": condition.within}
            return near | ({"ordered": True} if condition.ordered else {})
        case In():
            inner = _node(condition.child)
            return (inner if isinstance(inner, dict) else {"any": [inner]}) | {
                "in": condition.field
            }
        case _:  # pragma: no cover - queries have no others
            raise AssertionError(type(condition))
