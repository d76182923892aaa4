"""Reads values out of the YAML tree: conditions, terms, lists, choices, each with its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from watcher.rules import syntax
from watcher.rules.problems import Report, did_you_mean
from watcher.rules.query import QueryProblemError, parse_query
from watcher.rules.rule import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    In,
    Languages,
    Mentions,
    Near,
    NoneOf,
    Reference,
    Same,
    Term,
)
from watcher.rules.term import TermProblemError, check_term
from watcher.text import parse_duration

_GROUPS: dict[str, type[AnyOf] | type[AllOf] | type[NoneOf]] = {
    "any": AnyOf,
    "all": AllOf,
    "none": NoneOf,
}
_FIELDS = ("headline", "lead", "body")
#: Keys that stand beside another one.
_BESIDE = ("in", "within", "ordered", "of", "compound", "forms", "case", "accents")


class Reader:
    """Takes values from a tree; what does not fit is reported once and left out."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def keys(
        self,
        node: syntax.Mapping,
        known: Sequence[str],
        elsewhere: Iterable[str] = (),
    ) -> None:
        """Report every key of this mapping that is unknown here.

        ``elsewhere`` are keys that somebody may have meant, though they do not fit here.
        """
        for name, key in node.keys.items():
            if name not in known:
                meant = dict.fromkeys([*known, *elsewhere])
                hint = did_you_mean(name, meant, self._report.language)
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
            children = self._members(node, "a list", languages)
            return AnyOf(tuple(children)) if children is not None else None
        return self._mapping(node, languages)

    def terms(self, node: syntax.Node, languages: Languages = None) -> Iterator[Term]:
        """The terms of a list that holds nothing else: names of an entity, masks."""
        if isinstance(node, syntax.Sequence):
            for item in node.items:
                yield from self.terms(item, languages)
        elif isinstance(node, syntax.Mapping) and "term" not in node.values:
            for language, value in self._by_language(node, languages):
                yield from self.terms(value, language)
        else:
            term = self.condition(node, languages)
            if isinstance(term, Term):
                yield term
            elif term is not None:
                what = f'"{node.value}"' if isinstance(node, syntax.Scalar) else "this"
                self._report.add("E203", node.line, node.column, what=what, kind="a plain term")

    def _scalar(self, node: syntax.Scalar, languages: Languages) -> Condition | None:
        if node.tag not in {"str", "null"} or (node.tag == "null" and node.value):
            self._report.add("E102", node.line, node.column, value=node.value)
            return None
        if node.value[:1] in {"@", "$"} and len(node.value) > 1:
            return Reference(node.value, node.line, node.column, languages)
        return self._term(node.value, node.line, node.column, languages)

    def _term(self, text: str, line: int, column: int, languages: Languages) -> Term | None:
        return self._checked(Term(text, languages), line, column)

    def _checked(self, term: Term, line: int, column: int) -> Term | None:
        """The term, or a problem where it cannot be used."""
        try:
            check_term(term)
        except TermProblemError as problem:
            self._report.add(problem.code, line, column, hint="", **problem.values)
            return None
        return term

    def _mapping(self, node: syntax.Mapping, languages: Languages) -> Condition | None:
        mains = [key for key in node.values if key in _READERS]
        if not mains and any(_is_language(key) for key in node.keys):
            return self._languages(node, languages)
        if not mains and len(node.keys) == 1:
            self._one_unknown_key(node)
            return None
        if len(mains) != 1:
            self.keys(node, (*_READERS, *_BESIDE))
            if mains or not node.keys:
                found, known = ", ".join(mains) or "none of them", ", ".join(_READERS)
                self._report.add("E211", node.line, node.column, found=found, known=known)
            return None
        main = mains[0]
        reader, beside = _READERS[main]
        self.keys(node, (main, "in", *beside), elsewhere=_READERS)
        condition: Condition | None = reader(self, node, main, languages)
        field = self.choice(node, "in", _FIELDS)
        return In(field, condition) if field and condition is not None else condition

    def _members(
        self, node: syntax.Node, what: str, languages: Languages
    ) -> list[Condition] | None:
        """The conditions of a list; None where it is empty or one of them is wrong."""
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
        whole = [child for child in children if child is not None]
        return whole if len(whole) == len(children) else None

    def _group(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        children = self._members(node.values[main], f"{main}:", languages)
        return _GROUPS[main](tuple(children)) if children is not None else None

    def _near(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        at = node.values[main]
        children = self._members(at, "near:", languages)
        within = self.number(node, "within", 0, default=8)
        ordered = self._flag(node, "ordered")
        if children is not None and len(children) < 2:
            self._report.add("E213", at.line, at.column, key="near:")
            return None
        if children is None or within is None or ordered is None:
            return None
        return Near(tuple(children), within, ordered)

    def _same(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        unit = self.choice(node, "same", ("sentence", "paragraph"))
        children = self._of(node, languages)
        if children is not None and len(children) < 2:
            at = node.values["of"]
            self._report.add("E213", at.line, at.column, key="of:")
            return None
        return Same(unit, tuple(children)) if unit and children is not None else None

    def _at_least(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        count = self.number(node, "at_least", 1)
        children = self._of(node, languages)
        if count is None or children is None:
            return None
        if count > len(children):
            at = node.values["at_least"]
            self._report.add("E214", at.line, at.column, count=count, there=len(children))
            return None
        return AtLeast(count, tuple(children))

    def _mentions(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        count = self.number(node, "mentions", 1)
        children = self._of(node, languages)
        if count is None or children is None:
            return None
        return Mentions(count, tuple(children))

    def _of(self, node: syntax.Mapping, languages: Languages) -> list[Condition] | None:
        if "of" not in node.values:
            self._report.add("E204", node.line, node.column, key="of", where="")
            return None
        return self._members(node.values["of"], "of:", languages)

    def _query(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        at = node.values[main]
        if not isinstance(at, syntax.Scalar):
            self._report.add("E203", at.line, at.column, what="query:", kind="a text")
            return None
        column = at.column if at.plain else at.column + 1
        try:
            tree = parse_query(at.value, line=at.line, column=column, languages=languages)
        except QueryProblemError as problem:
            place = column + problem.offset if not at.block else at.column
            self._report.add(problem.code, at.line, place, hint="", **problem.values)
            return None
        return tree if self._terms_fit(tree, at) else None

    def _terms_fit(self, tree: Condition, at: syntax.Scalar) -> bool:
        """Report the terms of a query that cannot be used."""
        fits = True
        for term in _plain_terms(tree):
            try:
                check_term(term)
            except TermProblemError as problem:
                self._report.add(problem.code, at.line, at.column, hint="", **problem.values)
                fits = False
        return fits

    def _long_term(self, node: syntax.Mapping, main: str, languages: Languages) -> Condition | None:
        text = self.text(node, "term")
        forms = self._forms(node)
        at = node.values["term"]
        term = Term(
            text,
            languages,
            compound=self.choice(node, "compound", ("none", "left", "right", "both", "any")),
            forms=forms,
            case=self.choice(node, "case", ("fold", "exact", "auto")) or "auto",
            accents=self.choice(node, "accents", ("fold", "exact", "auto")) or "auto",
        )
        return self._checked(term, at.line, at.column)

    def _forms(self, node: syntax.Mapping) -> str | tuple[str, ...]:
        value = node.values.get("forms")
        if isinstance(value, syntax.Sequence):
            return tuple(scalar.value for scalar in self.words(node, "forms"))
        return self.choice(node, "forms", ("auto", "none")) or "auto"

    def number(
        self, node: syntax.Mapping, key: str, least: int, default: int | None = None
    ) -> int | None:
        """A whole number under a key, or the default; None for what is none."""
        value = node.values.get(key)
        if value is None:
            return default
        if isinstance(value, syntax.Scalar) and value.value.isascii() and value.value.isdigit():
            number = int(value.value[:9])
            if number >= least:
                return number
        self._report.add("E212", value.line, value.column, key=key, least=least)
        return None

    def duration(self, node: syntax.Mapping, key: str) -> timedelta | None:
        """A duration under a key; None without one, or for what is none."""
        written = self.text(node, key)
        if not written:
            return None
        try:
            return parse_duration(written)
        except ValueError:
            at = node.values[key]
            self._report.add("E216", at.line, at.column, key=key, value=written)
            return None

    def _flag(self, node: syntax.Mapping, key: str) -> bool | None:
        value = node.values.get(key)
        if value is None:
            return False
        if isinstance(value, syntax.Scalar) and value.tag == "bool":
            return value.value.lower() in {"true", "yes", "on"}
        written = value.value if isinstance(value, syntax.Scalar) else "…"
        self._report.add("E215", value.line, value.column, key=key, value=written)
        return None

    def _one_unknown_key(self, node: syntax.Mapping) -> None:
        """``- LIVE: kamerdebat`` is a term without quotes; ``anny: […]`` is a slip."""
        name, key = next(iter(node.keys.items()))
        if name in _BESIDE:
            known = ", ".join(f"{main}:" for main in _READERS)
            self._report.add("E217", key.line, key.column, key=name, known=known)
            return
        hint = did_you_mean(name, [*_READERS, *_BESIDE], self._report.language)
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


#: What a mapping can be, by its main key: who reads it, and the keys beside.
_READERS: dict[str, tuple[Callable[..., Condition | None], tuple[str, ...]]] = {
    "any": (Reader._group, ()),
    "all": (Reader._group, ()),
    "none": (Reader._group, ()),
    "near": (Reader._near, ("within", "ordered")),
    "same": (Reader._same, ("of",)),
    "at_least": (Reader._at_least, ("of",)),
    "mentions": (Reader._mentions, ("of",)),
    "query": (Reader._query, ()),
    "term": (Reader._long_term, ("compound", "forms", "case", "accents")),
}


def _plain_terms(condition: Condition) -> Iterator[Term]:
    """The terms of a condition that is not linked yet."""
    match condition:
        case Term():
            yield condition
        case In(child=child):
            yield from _plain_terms(child)
        case AnyOf(children=children) | AllOf(children=children) | NoneOf(children=children):
            for child in children:
                yield from _plain_terms(child)
        case Near(children=children):
            for child in children:
                yield from _plain_terms(child)
        case _:
            return


def _is_language(key: str) -> bool:
    return len(key) == 2 and key.isascii() and key.isalpha() and key not in {"in", "of"}


def _language(key: syntax.Scalar) -> str:
    return key.value.lower()
