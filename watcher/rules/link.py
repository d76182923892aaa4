"""Rule files put together: references replaced, ids and channels checked over all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from watcher.errors import Problem
from watcher.rules.load import RuleFile
from watcher.rules.problems import Report, did_you_mean
from watcher.rules.rule import (
    Condition,
    In,
    Languages,
    Masked,
    Reference,
    Rule,
    Term,
)


def link(
    files: Sequence[RuleFile],
    *,
    channels: Collection[str] | None = None,
    language: str = "en",
) -> tuple[list[Rule], list[Problem]]:
    """The rules of all files with references replaced, and the problems found in doing so.

    ``channels`` are the names in the configuration (None: not known, not checked).
    A rule with an unknown reference or a channel that does not exist is left out.
    """
    return _Linker(files, channels, language).link()


class _Linker:
    def __init__(
        self, files: Sequence[RuleFile], channels: Collection[str] | None, language: str
    ) -> None:
        self._files = files
        self._channels = channels
        self._reports = {file.path: Report(file.path, file.text, language) for file in files}
        self._language = language
        self._raw: dict[str, tuple[Condition, RuleFile]] = {}
        self._linked: dict[str, Condition | None] = {}

    def link(self) -> tuple[list[Rule], list[Problem]]:
        self._collect_names()
        for name, (_, file) in self._raw.items():
            self._resolve(name, file, ())
        rules: list[Rule] = []
        ids: dict[str, str] = {}
        for file in self._files:
            for rule in file.rules:
                linked = self._link_rule(rule, file, ids)
                if linked is not None:
                    rules.append(linked)
        problems = [one for report in self._reports.values() for one in report.problems]
        return rules, list(dict.fromkeys(problems))

    def _collect_names(self) -> None:
        for file in self._files:
            named = [("@" + name, node) for name, node in file.entities.items()]
            named += [("$" + name, node) for name, node in file.defines.items()]
            for name, node in named:
                if name in self._raw:
                    self._twice(file, file.positions[name], name, self._raw[name][1].path)
                else:
                    self._raw[name] = (node, file)

    def _link_rule(self, rule: Rule, file: RuleFile, ids: dict[str, str]) -> Rule | None:
        place = f"{file.path}:{rule.line}"
        if rule.info.id in ids:
            self._twice(file, (rule.line, rule.column), rule.info.id, ids[rule.info.id])
            return None
        ids[rule.info.id] = place
        condition = self._replace(rule.condition, file, (), None)
        if not self._channels_known(rule, file) or condition is None:
            return None
        return replace(rule, condition=condition)

    def _twice(self, file: RuleFile, at: tuple[int, int], value: str, other: str) -> None:
        kind = {"@": "entity", "$": "definition"}.get(value[0], "id")
        self._reports[file.path].add("E303", *at, kind=kind, value=value, other=other)

    def _channels_known(self, rule: Rule, file: RuleFile) -> bool:
        if self._channels is None:
            return True
        known = True
        for channel, at in zip(rule.info.to, rule.to_positions, strict=True):
            if channel not in self._channels:
                hint = did_you_mean(channel, self._channels, self._language)
                self._reports[file.path].add("E304", *at, value=channel, hint=hint)
                known = False
        return known

    def _replace(
        self,
        node: Condition,
        file: RuleFile,
        path: tuple[str, ...],
        languages: Languages,
    ) -> Condition | None:
        """The condition without references; None where one of them leads nowhere."""
        match node:
            case Term():
                return replace(node, languages=languages) if languages else node
            case Reference():
                return self._refer(node, file, path, languages)
            case Masked(child=child) | In(child=child):
                inner = self._replace(child, file, path, languages)
                return replace(node, child=inner) if inner is not None else None
            case _:
                linked = [self._replace(child, file, path, languages) for child in node.children]
                whole = tuple(child for child in linked if child is not None)
                return replace(node, children=whole) if len(whole) == len(linked) else None

    def _refer(
        self,
        node: Reference,
        file: RuleFile,
        path: tuple[str, ...],
        languages: Languages,
    ) -> Condition | None:
        if node.name not in self._raw:
            known = [name for name in self._raw if name[0] == node.name[0]]
            hint = did_you_mean(node.name, known, self._language)
            kind = "entity" if node.is_entity else "definition"
            self._reports[file.path].add(
                "E301", node.line, node.column, kind=kind, value=node.name, hint=hint
            )
            return None
        found = self._resolve(node.name, file, path)
        narrowed = languages or node.languages
        if found is None or narrowed is None:
            return found
        return self._replace(found, file, path, narrowed)

    def _resolve(self, name: str, file: RuleFile, path: tuple[str, ...]) -> Condition | None:
        if name in path:
            condition, owner = self._raw[path[-1]]
            line, column = _position_of(condition, name) or owner.positions[path[-1]]
            self._reports[owner.path].add(
                "E302", line, column, value=name, path=" → ".join((*path, name))
            )
            return None
        if name not in self._linked:
            condition, owner = self._raw[name]
            self._linked[name] = self._replace(condition, owner, (*path, name), None)
        return self._linked[name]


def _position_of(condition: Condition, name: str) -> tuple[int, int] | None:
    match condition:
        case Reference(name=found, line=line, column=column) if found == name:
            return line, column
        case Term() | Reference():
            return None
        case Masked(child=child) | In(child=child):
            return _position_of(child, name)
        case _:
            places = (_position_of(child, name) for child in condition.children)
            return next((place for place in places if place), None)
