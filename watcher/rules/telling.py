"""The alert block of a rule: who is told, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from watcher.rules import syntax
from watcher.rules.conditions import Reader
from watcher.rules.problems import Report
from watcher.timing import parse_clock, parse_quiet, parse_rate

T = TypeVar("T")

KEYS = ("to", "updates", "group_by", "wait", "max", "digest", "quiet")
UPDATES = ("new-fact", "any", "never")
GROUPS = ("story", "rule")


@dataclass(frozen=True, slots=True)
class Telling:
    """Channels with their places, and the other fields of a `RuleInfo`."""

    to: tuple[syntax.Scalar, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


def read_telling(
    read: Reader, report: Report, own: syntax.Mapping, defaults: syntax.Mapping
) -> Telling:
    """A rule's block, with the file's defaults for the keys that it leaves out."""
    block = _Block(read, report)
    first, second = (block.read(node) for node in (own, defaults))
    return Telling(to=first.to or second.to, fields={**second.fields, **first.fields})


class _Block:
    def __init__(self, read: Reader, report: Report) -> None:
        self._read = read
        self._report = report

    def read(self, node: syntax.Mapping) -> Telling:
        """What one block says; what is wrong in it is reported and left out."""
        alert = self._read.mapping(node, "alert")
        if alert is None:
            return Telling()
        self._read.keys(alert, KEYS)
        said = {
            "updates": self._read.choice(alert, "updates", UPDATES),
            "group_by": self._read.choice(alert, "group_by", GROUPS),
            "wait": self._read.duration(alert, "wait"),
            "most": self._one(alert, "max", parse_rate),
            "digest": self._all(alert, "digest", parse_clock),
        }
        fields: dict[str, Any] = {name: value for name, value in said.items() if value}
        if "quiet" in alert.values:
            none = [one.value for one in self._read.words(alert, "quiet")] == ["none"]
            fields["quiet"] = () if none else self._all(alert, "quiet", parse_quiet)
        return Telling(to=tuple(self._read.words(alert, "to")), fields=fields)

    def _one(self, node: syntax.Mapping, key: str, parse: Callable[[str], T]) -> T | None:
        return next(iter(self._all(node, key, parse)), None)

    def _all(self, node: syntax.Mapping, key: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        found = (self._parsed(key, one, parse) for one in self._read.words(node, key))
        return tuple(one for one in found if one is not None)

    def _parsed(self, key: str, at: syntax.Scalar, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(at.value)
        except ValueError:
            self._report.add(f"E22{_LIKE.index(key)}", at.line, at.column, value=at.value)
            return None


#: E220 and further, in this order.
_LIKE = ("max", "digest", "quiet")
