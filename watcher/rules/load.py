"""Rule files to rules: every key checked, every mistake reported with its place.

`parse_rules` reads one file by itself; `watcher.rules.link` puts files together. Nothing in a
file is ever ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from watcher.errors import Problem
from watcher.model import RuleInfo, Severity, Status
from watcher.rules import counting, syntax
from watcher.rules.conditions import Reader
from watcher.rules.problems import Report, did_you_mean, make_problem
from watcher.rules.rule import (
    AnyOf,
    Condition,
    FileTest,
    Masked,
    Rule,
    RuleTest,
    Term,
    TextTest,
    Where,
)
from watcher.rules.telling import read_telling
from watcher.rules.where import GLOB_KEYS

_ID = re.compile(r"[a-z0-9-]+\Z")
_FILE_KEYS = ("version", "defaults", "entities", "define", "rules")
_RULE_KEYS = (
    "id", "title", "why", "owner", "severity", "status", "tags", "review_by",
    "match", "except", "where", *counting.KEYS, "alert", "tests", "lint",
)  # fmt: skip
_WHERE_KEYS = (*GLOB_KEYS, "min_words", "max_age")
_DEFAULT_KEYS = ("owner", "severity", "status", "tags", "review_by", "alert", "lint", "why")
_ENTITY_KEYS = ("type", "names", "demonyms", "not")
_ENTITY_TYPES = ("place", "person", "organisation", "product", "event", "other")
_KINDS = ("article", "brief", "update", "correction")
_TEST_METADATA = (*(key for key in GLOB_KEYS if key != "language"), "published")
_TEXT_TEST_KEYS = ("match", "no_match", "lang", "title", "todo", "text", *_TEST_METADATA)
_FILE_TEST_KEYS = ("file", "articles", "highlights", "not_highlights", "todo")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One parsed file; with an error among its problems it must not replace a good one."""

    path: str
    text: str
    rules: tuple[Rule, ...] = ()
    entities: Mapping[str, Condition] = field(default_factory=dict)
    defines: Mapping[str, Condition] = field(default_factory=dict)
    #: Line and column of each entity and definition, by "@name" and "$name".
    positions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def broken(self) -> bool:
        """True if something in this file is an error rather than a warning."""
        return any(problem.level == "error" for problem in self.problems)


def find_rule_files(paths: Iterable[Path]) -> list[Path]:
    """The rule files in these files and folders (``**/*.yaml`` and ``.yml``), sorted."""
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(
                one
                for pattern in ("*.yaml", "*.yml")
                for one in path.rglob(pattern)
                if one.is_file() and not one.name.startswith(".")
            )
        else:
            found.add(path)
    return sorted(found)


def read_rule_text(path: Path) -> str | None:
    """The text of a rule file; None where it cannot be read (`load_rule_file` says why)."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def load_rule_file(path: Path, *, name: str, language: str = "en") -> RuleFile:
    """Read and parse one file; a file that cannot be read is a problem, not an exception."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problem = make_problem("E100", name, language=language, why=why)
        return RuleFile(path=name, text="", problems=(problem,))
    return parse_rules(text, name, language=language)


def parse_rules(text: str, path: str, *, language: str = "en") -> RuleFile:
    """Parse the text of one rule file; ``path`` is the name that problems show."""
    report = Report(path, text, language)
    tree = syntax.parse_yaml(text, report)
    if tree is None:
        return RuleFile(path=path, text=text, problems=tuple(report.problems))
    if not isinstance(tree, syntax.Mapping):
        report.add("E208", tree.line, tree.column)
        return RuleFile(path=path, text=text, problems=tuple(report.problems))
    return _File(tree, path, text, report).read()


class _File:
    """Reads the tree of one file."""

    def __init__(self, tree: syntax.Mapping, path: str, text: str, report: Report) -> None:
        self._tree = tree
        self._path = path
        self._text = text
        self._report = report
        self._read = Reader(report)
        self._positions: dict[str, tuple[int, int]] = {}
        self._defaults = syntax.Mapping(0, 0)

    def read(self) -> RuleFile:
        """The file's rules, entities and definitions, with all problems."""
        self._read.keys(self._tree, _FILE_KEYS)
        self._version()
        defaults = self._read.mapping(self._tree, "defaults")
        if defaults:
            self._read.keys(defaults, _DEFAULT_KEYS)
            self._defaults = defaults
        entities = {name: self._entity(node) for name, node in self._named("entities", "@")}
        defines = {
            name: self._read.condition(node) or AnyOf(())
            for name, node in self._named("define", "$")
        }
        rules = [rule for node in self._rule_nodes() if (rule := self._rule(node))]
        return RuleFile(
            path=self._path,
            text=self._text,
            rules=tuple(rules),
            entities=entities,
            defines=defines,
            positions=self._positions,
            problems=tuple(self._report.problems),
        )

    def _version(self) -> None:
        node = self._tree.values.get("version")
        if node is not None and (not isinstance(node, syntax.Scalar) or node.value != "1"):
            value = node.value if isinstance(node, syntax.Scalar) else "?"
            self._report.add("E209", node.line, node.column, value=value)

    def _named(self, key: str, mark: str) -> list[tuple[str, syntax.Node]]:
        mapping = self._read.mapping(self._tree, key)
        if not mapping:
            return []
        for name, scalar in mapping.keys.items():
            self._positions[mark + name] = (scalar.line, scalar.column)
            if not _ID.match(name):
                self._report.add("E207", scalar.line, scalar.column, value=name)
        return list(mapping.values.items())

    def _entity(self, node: syntax.Node) -> Condition:
        if not isinstance(node, syntax.Mapping):
            self._report.add(
                "E203", node.line, node.column, what="an entity", kind="a mapping with names:"
            )
            return AnyOf(())
        self._read.keys(node, _ENTITY_KEYS)
        self._read.choice(node, "type", _ENTITY_TYPES)
        if "names" not in node.values:
            self._report.add("E204", node.line, node.column, key="names", where="")
        names = [
            replace(term, alias=True)
            for key in ("names", "demonyms")
            if key in node.values
            for term in self._read.terms(node.values[key])
        ]
        masks = tuple(self._read.terms(node.values["not"])) if "not" in node.values else ()
        return Masked(AnyOf(tuple(names)), masks) if masks else AnyOf(tuple(names))

    def _rule_nodes(self) -> list[syntax.Mapping]:
        node = self._tree.values.get("rules")
        if node is None:
            return []
        if not isinstance(node, syntax.Sequence):
            self._report.add("E203", node.line, node.column, what="rules:", kind="a list (- id: …)")
            return []
        rules: list[syntax.Mapping] = []
        for item in node.items:
            if isinstance(item, syntax.Mapping):
                rules.append(item)
            else:
                self._report.add(
                    "E203", item.line, item.column, what="a rule", kind="a mapping with id:"
                )
        return rules

    def _rule(self, node: syntax.Mapping) -> Rule | None:
        self._read.keys(node, _RULE_KEYS)
        rule_id = self._rule_id(node)
        where = f' in "{rule_id}"' if rule_id else ""
        if "match" not in node.values:
            self._report.add("E204", node.line, node.column, key="match", where=where)
        condition = self._read.condition(node.values["match"]) if "match" in node.values else None
        masks = self._except(node)
        info, to_positions = self._info(node, rule_id or "")
        tests = self._tests(node)
        review_by = self._date(node, "review_by")
        if rule_id is None or condition is None:
            return None
        return Rule(
            info=info,
            condition=Masked(condition, masks) if masks else condition,
            line=node.line,
            column=node.column,
            where=self._where(node),
            tests=tests,
            to_positions=to_positions,
            lint=self._lint(node),
            review_by=review_by,
        )

    def _rule_id(self, node: syntax.Mapping) -> str | None:
        value = node.values.get("id")
        if value is None:
            self._report.add("E204", node.line, node.column, key="id", where="")
            return None
        if not isinstance(value, syntax.Scalar) or value.tag != "str":
            written = value.value if isinstance(value, syntax.Scalar) else "id"
            self._report.add("E102", value.line, value.column, value=written)
            return None
        if not _ID.match(value.value):
            self._report.add("E207", value.line, value.column, value=value.value)
            return None
        return value.value

    def _except(self, node: syntax.Mapping) -> tuple[Term, ...]:
        value = node.values.get("except")
        if value is None:
            return ()
        if isinstance(value, syntax.Mapping):
            self._report.add(
                "E203", value.line, value.column, what="except:", kind="a list of phrases"
            )
            return ()
        return tuple(self._read.terms(value))

    def _where(self, node: syntax.Mapping) -> Where | None:
        where = self._read.mapping(node, "where")
        if not where:
            return None
        self._read.keys(where, _WHERE_KEYS)
        self._kinds(where)
        age = self._read.duration(where, "max_age")
        return Where(
            globs=tuple(
                (key, tuple(one.value for one in self._read.words(where, key)))
                for key in GLOB_KEYS
                if key in where.values
            ),
            min_words=self._read.number(where, "min_words", 1, default=0) or 0,
            max_age_s=age.total_seconds() if age is not None else None,
        )

    def _kinds(self, where: syntax.Mapping) -> None:
        for one in self._read.words(where, "kind"):
            if one.value not in _KINDS:
                hint = did_you_mean(one.value, _KINDS, self._report.language)
                values = {"value": one.value, "key": "kind", "choices": ", ".join(_KINDS)}
                self._report.add("E205", one.line, one.column, hint=hint, **values)

    def _info(
        self, node: syntax.Mapping, rule_id: str
    ) -> tuple[RuleInfo, tuple[tuple[int, int], ...]]:
        own, shared = node, self._defaults
        telling = read_telling(self._read, self._report, own, shared)
        severity = self._either(own, shared, "severity", [one.value for one in Severity])
        status = self._either(own, shared, "status", [one.value for one in Status])
        tags = [*self._read.words(shared, "tags"), *self._read.words(own, "tags")]
        info = RuleInfo(
            id=rule_id,
            title=self._read.text(own, "title") or rule_id,
            why=self._read.text(own, "why") or self._read.text(shared, "why"),
            owner=self._read.text(own, "owner") or self._read.text(shared, "owner"),
            severity=Severity(severity or "normal"),
            status=Status(status or "active"),
            tags=tuple(dict.fromkeys(scalar.value for scalar in tags)),
            to=tuple(scalar.value for scalar in telling.to),
            volume=counting.read_counting(self._read, self._report, own),
            file=self._path,
            **telling.fields,
        )
        return info, tuple((scalar.line, scalar.column) for scalar in telling.to)

    def _either(
        self, own: syntax.Mapping, shared: syntax.Mapping, key: str, choices: Sequence[str]
    ) -> str:
        return self._read.choice(own, key, choices) or self._read.choice(shared, key, choices)

    def _date(self, node: syntax.Mapping, key: str) -> str:
        value = self._read.text(node, key)
        try:
            return date.fromisoformat(value).isoformat() if value else ""
        except ValueError:
            at = node.values[key]
            self._report.add("E210", at.line, at.column, key=key, value=value)
            return ""

    def _lint(self, node: syntax.Mapping) -> dict[str, str]:
        lint = self._read.mapping(node, "lint")
        return {key: self._read.text(lint, key) for key in lint.values} if lint else {}

    def _tests(self, node: syntax.Mapping) -> tuple[RuleTest, ...]:
        tests = node.values.get("tests")
        if tests is None:
            return ()
        if not isinstance(tests, syntax.Sequence):
            self._report.add("E203", tests.line, tests.column, what="tests:", kind="a list")
            return ()
        return tuple(test for item in tests.items if (test := self._test(item)))

    def _test(self, node: syntax.Node) -> RuleTest | None:
        if not isinstance(node, syntax.Mapping):
            self._report.add(
                "E203", node.line, node.column, what="a test", kind="match:, no_match: or file:"
            )
            return None
        return self._file_test(node) if "file" in node.values else self._text_test(node)

    def _text_test(self, node: syntax.Mapping) -> TextTest | None:
        kinds = [key for key in ("match", "no_match") if key in node.values]
        inner = node.values.get(kinds[0]) if kinds else None
        stated = inner if isinstance(inner, syntax.Mapping) else node
        self._read.keys(node, _TEXT_TEST_KEYS)
        if len(kinds) != 1:
            self._report.add("E204", node.line, node.column, key="match", where="")
            return None
        if stated is not node:
            self._read.keys(stated, _TEXT_TEST_KEYS[2:])
        text = self._read.text(stated, "text" if stated is not node else kinds[0])
        return TextTest(
            line=node.line,
            expected=kinds[0] == "match",
            text=text,
            title=self._read.text(stated, "title"),
            language=self._read.text(stated, "lang") or None,
            metadata=tuple(
                (key, tuple(one.value for one in self._read.words(stated, key)))
                for key in _TEST_METADATA
                if key in stated.values
            ),
            todo=self._read.text(stated, "todo") or self._read.text(node, "todo"),
        )

    def _file_test(self, node: syntax.Mapping) -> FileTest:
        self._read.keys(node, _FILE_TEST_KEYS)
        articles = (
            tuple(one.value for one in self._read.words(node, "articles"))
            if "articles" in node.values
            else None
        )
        return FileTest(
            line=node.line,
            path=self._read.text(node, "file"),
            articles=articles,
            highlights=tuple(one.value for one in self._read.words(node, "highlights")),
            not_highlights=tuple(one.value for one in self._read.words(node, "not_highlights")),
            todo=self._read.text(node, "todo"),
        )
