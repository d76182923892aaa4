"""The tree of a rule as people read it: each condition with its name, its verdict, its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.model import Hit
from watcher.rules.causes import Cause
from watcher.rules.rule import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    In,
    Masked,
    Mentions,
    Near,
    NoneOf,
    Same,
    Term,
)

#: Words of a list that a label names.
NAMED = 4
#: Labels of these do not say what they are about.
_SAY_LITTLE = frozenset(("all", "none", "near", "same", "at_least", "mentions", "in"))
_KINDS: dict[type, str] = {
    Term: "term",
    AnyOf: "any",
    AllOf: "all",
    NoneOf: "none",
    Near: "near",
    Same: "same",
    AtLeast: "at_least",
    Mentions: "mentions",
    In: "in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One condition, judged.

    ``kind`` is term, any, all, none, near, same, at_least, mentions, in, except, not or where;
    ``label`` what the analyst wrote, ``name`` the definition or entity it stands for. ``hits`` are
    what makes it hold, and of a condition under ``none`` what made that fail.
    """

    kind: str
    label: str
    holds: bool
    name: str = ""
    hits: tuple[Hit, ...] = ()
    children: tuple[Node, ...] = ()
    cause: Cause | None = None

    @property
    def title(self) -> str:
        """What it is called in a few words."""
        if self.name or self.kind not in _SAY_LITTLE:
            return self.name or self.label
        return f"{self.label} ({listed([child.title for child in self.children], 2)})"


def kind_of(condition: Condition, name: str = "") -> str:
    """The key of the rule language that makes this condition; ``name`` that of its entity."""
    if isinstance(condition, Masked):
        return "not" if name else "except"
    return _KINDS[type(condition)]


def label_of(condition: Condition, children: Sequence[Node]) -> str:
    """The condition as it is written, without what it is about; of a list its first words."""
    match condition:
        case Term(text=text):
            return text
        case Masked(masks=masks):
            return listed([mask.text for mask in masks])
        case AnyOf():
            return listed([child.title for child in children])
        case _:
            return _label_of_group(condition)


def _label_of_group(condition: Condition) -> str:
    match condition:
        case Near(within=within, ordered=ordered):
            return f"near ≤ {within}" + (", ordered" if ordered else "")
        case Same(unit=unit):
            return f"same: {unit}"
        case AtLeast(count=count) | Mentions(count=count):
            return f"{kind_of(condition)}: {count}"
        case In(field=field):
            return f"in: {field}"
        case NoneOf(in_query=True):
            return "NOT"
        case _:
            return kind_of(condition)


def listed(words: Sequence[str], most: int = NAMED) -> str:
    """The first of these words."""
    return " / ".join(words[:most]) + (" / …" if len(words) > most else "")
