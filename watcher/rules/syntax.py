"""YAML text to a tree with positions; YAML's traps are told in plain words, all at once.

The tree is built from PyYAML's events, not with its composer: that is four times faster on ten
thousand rules, keeps duplicate keys visible, and does not recurse in C, where a thousand
brackets end the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from watcher.rules.problems import Report

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
#: How many syntax errors of one file are mended to find the next one.
_MAX_MENDED = 50
_STAR_ERRORS = {"while scanning an alias", "while scanning an anchor"}
_LIST_ITEM = re.compile(r"\s*-\s")


@dataclass(slots=True)
class Scalar:
    """A single value; ``plain`` when it stands without quotes."""

    line: int
    column: int
    value: str
    plain: bool = False
    block: bool = False

    @property
    def tag(self) -> str:
        """What YAML 1.1 takes a plain scalar for: str, bool, int, float, null, timestamp."""
        if not self.plain:
            return "str"
        first = self.value[:1]
        for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(first, ()):
            if pattern.match(self.value):
                return str(tag).rpartition(":")[2]
        return "str"


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values in file order; duplicate keys have been reported and left out."""

    line: int
    column: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def parse_yaml(text: str, report: Report) -> Node | None:
    """The tree of one YAML document, or None for an empty or hopeless one.

    After a character that YAML cannot take, the rest is read as if a letter stood there, so
    that one forgotten pair of quotes does not hide the other mistakes of the file.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        report.add("E105", 1, 1)
        return None
    for _ in range(_MAX_MENDED):
        builder = _Builder(report)
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                builder.take(event)
        except _TooDeepError:
            return None
        except yaml.reader.ReaderError as error:
            report.add("E101", *_position(text, error.position), why=str(error.reason))
            return None
        except yaml.MarkedYAMLError as error:
            mended = _mend(text, error, report)
            if mended is None:
                return None
            text = mended
            continue
        return builder.finish()
    return None


class _TooDeepError(Exception):
    """Raised inside this module when the nesting passes MAX_DEPTH."""


class _Builder:
    """Puts events together to a tree without recursion."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._root: Node | None = None
        self._open: list[Sequence | Mapping] = []
        #: The key that waits for its value, one for each open mapping.
        self._keys: list[Scalar | None] = []
        self._late: list[tuple[str, int, int, dict[str, str | int]]] = []

    def take(self, event: yaml.Event) -> None:
        """Add one event."""
        if isinstance(event, yaml.AliasEvent):
            self._problem("E104", event)
            self._add(_scalar(event, "alias"))
            return
        if getattr(event, "anchor", None):
            self._problem("E104", event)
        if isinstance(event, yaml.ScalarEvent):
            self._add(_scalar(event, event.value))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start(Sequence(*_mark(event)), event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._start(Mapping(*_mark(event)), event)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._open.pop()
            self._keys.pop()

    def finish(self) -> Node | None:
        """The tree; only now are the problems of this pass reported."""
        for code, line, column, values in self._late:
            self._report.add(code, line, column, hint="", **values)
        return self._root

    def _start(self, node: Sequence | Mapping, event: yaml.Event) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._report.add("E106", *_mark(event))
            raise _TooDeepError
        self._add(node)
        self._open.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        if not self._open:
            if self._root is not None:
                self._late.append(("E101", node.line, node.column, {"why": "a second document"}))
                return
            self._root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._as_key(node)
            return
        self._keys[-1] = None
        if key.value in parent.keys:
            first = parent.keys[key.value].line
            self._late.append(("E107", key.line, key.column, {"key": key.value, "first": first}))
            return
        parent.keys[key.value] = key
        parent.values[key.value] = node

    def _as_key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self._late.append(("E101", node.line, node.column, {"why": "a key must be a word"}))
        return Scalar(node.line, node.column, f"?{node.line}:{node.column}")

    def _problem(self, code: str, event: yaml.Event) -> None:
        self._late.append((code, *_mark(event), {}))


def _scalar(event: yaml.Event, value: str) -> Scalar:
    style = getattr(event, "style", None)
    line, column = _mark(event)
    return Scalar(line, column, value, plain=not style, block=style in {"|", ">"})


def _mark(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _mend(text: str, error: yaml.MarkedYAMLError, report: Report) -> str | None:
    """Report a syntax error; the text with it mended, or None where no simple mend is known."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        report.add("E101", 1, 1, why=str(error.problem))
        return None
    line, column = mark.line + 1, mark.column + 1
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    character = row[column - 1 : column]
    if "start any token" in str(error.problem) and character:
        if character == "\t":
            report.add("E103", line, column)
        else:
            report.add("E102", line, column, value=row[column - 1 :].strip(" ,]}"))
        lines[line - 1] = row[: column - 1] + (" " if character == "\t" else "x") + row[column:]
        return "\n".join(lines)
    if "mapping values are not allowed" in str(error.problem):
        start = _LIST_ITEM.match(row)
        report.add("E108", line, (start.end() if start else 0) + 1)
        lines[line - 1] = row[: column - 1] + "x" + row[column:]
        return "\n".join(lines)
    context = error.context_mark
    if context is not None and str(error.context) in _STAR_ERRORS:
        line, column = context.line + 1, context.column + 1
        report.add("E104", line, column)
        row = lines[line - 1]
        lines[line - 1] = row[: column - 1] + "x" + row[column:]
        return "\n".join(lines)
    report.add("E101", line, column, why=str(error.problem))
    return None
