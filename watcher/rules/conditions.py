"""Reads values out of the YAML tree: conditions, terms, lists, choices, each with its problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from watcher.rules import syntax
from watcher.rules.problems import Report, did_you_mean
from watcher.rules.rule import AllOf, AnyOf, Condition, Languages, NoneOf, Reference, Term
from watcher.rules.term import TermProblemError, compile_term

_Group = type[AnyOf] | type[AllOf] | type[NoneOf]
_GROUPS: dict[str, _Group] = {"any": AnyOf, "all": AllOf, "none": NoneOf}
_NOT_YET = (
    "near", "within", "ordered", "same", "of", "at_least", "mentions", "in", "query",
    "term", "compound", "forms", "case", "accents",
)  # fmt: skip


class Reader:
    """Takes values from a tree; what does not fit is reported once and left out."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def keys(self, node: syntax.Mapping, known: Sequence[str], not_yet: Sequence[str] = ()) -> None:
        """Report every key of this mapping that is unknown, or known but not built yet."""
        for name, key in node.keys.items():
            if name in not_yet:
                self._report.add("E202", key.line, key.column, key=name)
            elif name not in known:
                hint = did_you_mean(name, [*known, *not_yet], self._report.language)
                self._report.add("E201", key.line, key.column, key=name, where="", hint=hint)

    def mapping(self, node: syntax.Mapping, key: str) -> syntax.Mapping | None:
        """The mapping under a key; an empty one where nothing stands there."""
        value = node.values.get(key)
        if value is None or isinstance(value, syntax.Mapping):
            return value
        if isinstance(value, syntax.Scalar) and value.tag == "null":
            return syntax.Mapping(value.line, value.column)
        self._report.add("E203", value.line, value.column, what=f"{key}:", kind="a mapping")
        return None

    def text(self, node: syntax.Mapping, key: str) -> str:
        """The text under a key ("" without one), however YAML would read it."""
        value = node.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, syntax.Scalar):
            self._report.add("E203", value.line, value.column, what=f"{key}:", kind="a text")
            return ""
        return value.value.strip()

    def words(self, node: syntax.Mapping, key: str) -> list[syntax.Scalar]:
        """A word or a list of words under a key."""
        value = node.values.get(key)
        if value is None:
            return []
        items = value.items if isinstance(value, syntax.Sequence) else [value]
        words: list[syntax.Scalar] = []
        for item in items:
            if isinstance(item, syntax.Scalar):
                words.append(item)
            else:
                self._report.add(
                    "E203", item.line, item.column, what=f"{key}:", kind="a list of words"
                )
        return words

    def choice(self, node: syntax.Mapping, key: str, choices: Sequence[str]) -> str:
        """One of a few words ("" where none stands, or a wrong one)."""
        value = self.text(node, key)
        if not value or value in choices:
            return value
        at = node.values[key]
        hint = did_you_mean(value, choices, self._report.language)
        self._report.add(
            "E205", at.line, at.column, value=value, key=key, choices=", ".join(choices), hint=hint
        )
        return ""

    def condition(self, node: syntax.Node, languages: Languages = None) -> Condition | None:
        """A condition in any of its spellings; None where it is empty or wrong."""
        if isinstance(node, syntax.Scalar):
            return self._scalar(node, languages)
        if isinstance(node, syntax.Sequence):
            return self._group(AnyOf, node, "a list", languages)
        return self._mapping(node, languages)

    def terms(self, node: syntax.Node, languages: Languages = None) -> Iterator[Term]:
        """The terms of a list that holds nothing else: names of an entity, masks."""
        if isinstance(node, syntax.Sequence):
            for item in node.items:
                yield from self.terms(item, languages)
        elif isinstance(node, syntax.Mapping):
            for language, value in self._by_language(node, languages):
                yield from self.terms(value, language)
        else:
            term = self._scalar(node, languages)
            if isinstance(term, Term):
                yield term
            elif term is not None:
                self._report.add(
                    "E203", node.line, node.column, what=f'"{node.value}"', kind="a plain term"
                )

    def _scalar(self, node: syntax.Scalar, languages: Languages) -> Condition | None:
        if node.tag not in {"str", "null"} or (node.tag == "null" and node.value):
            self._report.add("E102", node.line, node.column, value=node.value)
            return None
        if node.value[:1] in {"@", "$"} and len(node.value) > 1:
            return Reference(node.value, node.line, node.column, languages)
        return self._term(node.value, node.line, node.column, languages)

    def _term(self, text: str, line: int, column: int, languages: Languages) -> Term | None:
        term = Term(text, languages)
        try:
            compile_term(term)
        except TermProblemError as problem:
            self._report.add(problem.code, line, column, hint="", **problem.values)
            return None
        return term

    def _mapping(self, node: syntax.Mapping, languages: Languages) -> Condition | None:
        groups = [key for key in node.values if key in _GROUPS]
        if not groups and node.keys and all(_is_language(key) for key in node.keys):
            return self._languages(node, languages)
        not_yet = [key for key in node.keys if key in _NOT_YET]
        if not groups and not not_yet and len(node.keys) == 1:
            self._one_unknown_key(node)
            return None
        self.keys(node, tuple(_GROUPS), _NOT_YET)
        if len(groups) != 1:
            if groups or not node.keys:
                found = ", ".join(groups) or "none of them"
                self._report.add("E211", node.line, node.column, found=found)
            return None
        return self._group(_GROUPS[groups[0]], node.values[groups[0]], groups[0] + ":", languages)

    def _one_unknown_key(self, node: syntax.Mapping) -> None:
        """``- LIVE: kamerdebat`` is a term without quotes; ``anny: […]`` is a slip."""
        name, key = next(iter(node.keys.items()))
        hint = did_you_mean(name, [*_GROUPS, *_NOT_YET], self._report.language)
        value = node.values[name]
        if isinstance(value, syntax.Scalar) and '"' not in hint:
            self._report.add("E108", key.line, key.column)
        else:
            self._report.add("E201", key.line, key.column, key=name, where="", hint=hint)

    def _languages(self, node: syntax.Mapping, languages: Languages) -> Condition | None:
        children = [
            self.condition(value, language)
            for language, value in self._by_language(node, languages)
        ]
        whole = tuple(child for child in children if child is not None)
        if len(whole) != len(children) or not whole:
            return None
        return whole[0] if len(whole) == 1 else AnyOf(whole)

    def _by_language(
        self, node: syntax.Mapping, languages: Languages
    ) -> Iterator[tuple[Languages, syntax.Node]]:
        for name, value in node.values.items():
            key = node.keys[name]
            if not _is_language(name):
                hint = did_you_mean(name, ("nl", "en", "de", "fr"), self._report.language)
                self._report.add("E201", key.line, key.column, key=name, where="", hint=hint)
                continue
            yield languages or frozenset((_language(key),)), value

    def _group(
        self,
        kind: _Group,
        node: syntax.Node,
        what: str,
        languages: Languages,
    ) -> Condition | None:
        if isinstance(node, syntax.Scalar) and node.block:
            children = list(self._block(node, languages))
        elif isinstance(node, syntax.Sequence):
            children = [self.condition(item, languages) for item in node.items]
        elif isinstance(node, syntax.Scalar) and not node.value.strip():
            children = []
        else:
            children = [self.condition(node, languages)]
        if not children:
            self._report.add("E206", node.line, node.column, what=what)
            return None
        whole = tuple(child for child in children if child is not None)
        return kind(whole) if len(whole) == len(children) else None

    def _block(self, node: syntax.Scalar, languages: Languages) -> Iterator[Condition | None]:
        """``any: |``: one term a line, ``#`` comments, no quotes needed."""
        for number, row in enumerate(node.value.splitlines(), start=node.line + 1):
            text = row.strip()
            if not text or text.startswith("#"):
                continue
            if text[0] in {"@", "$"} and len(text) > 1:
                yield Reference(text, number, 1, languages)
            else:
                yield self._term(text, number, 1, languages)


def _is_language(key: str) -> bool:
    return len(key) == 2 and key.isascii() and key.isalpha() and key not in _NOT_YET


def _language(key: syntax.Scalar) -> str:
    return key.value.lower()
