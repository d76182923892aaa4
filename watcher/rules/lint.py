"""Warnings: rules that work, but hardly as their writer meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from itertools import takewhile

from watcher.counts import Volume
from watcher.errors import Problem
from watcher.rules import compounds
from watcher.rules.load import RuleFile
from watcher.rules.problems import Report
from watcher.rules.rule import AllOf, AnyOf, Condition, In, Masked, NoneOf, Reference, Rule, Term
from watcher.rules.term import MIN_WILDCARD, is_acronym, is_regex, regex_of
from watcher.text import fold_key

_ABOUT_TERMS = frozenset(["W104", "W105", "W106", "W107", "W108", "W109", "W113"])
_NEXT_RULE = re.compile(r"\s*- +id:|\S")
#: What a lint finds: its code and the values of its sentence.
Finding = tuple[str, dict[str, str]]


def lint(
    files: Sequence[RuleFile],
    rules: Sequence[Rule],
    *,
    today: date,
    floors: Mapping[str, int] | None = None,
    language: str = "en",
) -> Iterator[Problem]:
    """Every warning about these files and their linked rules, less the silenced ones.

    ``floors`` is the lowest severity rank that each channel takes.
    """
    written = {rule.info.id: rule for file in files for rule in file.rules}
    reports = {file.path: Report(file.path, file.text, language) for file in files}
    #: Two rules may ask for the same, where one tells of each article and one of their number.
    seen: dict[tuple[Condition, Volume | None], str] = {}
    for rule in rules:
        raw = written.get(rule.info.id, rule).condition
        findings = [*_findings(rule, raw, today), *_unreachable(rule, floors or {})]
        asked = (rule.condition, rule.info.volume)
        if asked in seen:
            findings.append(("W112", {"value": rule.info.id, "other": seen[asked]}))
        seen.setdefault(asked, rule.info.id)
        for code, values in findings:
            if code not in rule.lint:
                report = reports[rule.info.file]
                line, column = _place(rule, code, values, report.lines)
                report.add(code, line, column, hint="", **values)
    _unused(files, reports)
    _contained(files, reports)
    for report in reports.values():
        yield from report.problems


def _place(
    rule: Rule, code: str, values: Mapping[str, str], lines: Sequence[str]
) -> tuple[int, int]:
    """Where a finding stands: the term it is about, as written behind `match:`, or the rule."""
    if code in _ABOUT_TERMS:
        inside = takewhile(lambda at: not _NEXT_RULE.match(lines[at]), range(rule.line, len(lines)))
        block = [rule.line - 1, *inside]
        begin = next((at for at in block if "match:" in lines[at]), rule.line - 1)
        for at in block[begin - rule.line + 1 :]:
            column = lines[at].find(values["value"])
            if column >= 0:
                return at + 1, column + 1
    return rule.line, rule.column


def _findings(rule: Rule, raw: Condition, today: date) -> Iterator[Finding]:
    if not rule.tests:
        yield "W101", {"value": rule.info.id}
    if rule.review_by and date.fromisoformat(rule.review_by) < today:
        yield "W102", {"value": rule.info.id, "date": rule.review_by}
    for term in dict.fromkeys(_written_terms(raw)):
        yield from _about_term(term)
    for group in _groups(raw):
        yield from _swallowed(group)
    yield from _cancelled(raw)


def _unreachable(rule: Rule, floors: Mapping[str, int]) -> Iterator[Finding]:
    """Channels that the rule names and that take nothing as light as this rule."""
    for name in rule.info.to:
        if floors.get(name, 0) > rule.info.severity.rank:
            yield "W114", {"value": rule.info.id, "channel": name}


def _written_terms(condition: Condition) -> Iterator[Term]:
    """The terms of a condition as written, without what its references stand for."""
    match condition:
        case Term():
            yield condition
        case Reference():
            return
        case Masked(child=child) | In(child=child):
            yield from _written_terms(child)
        case _:
            for child in condition.children:
                yield from _written_terms(child)


def _groups(condition: Condition) -> Iterator[tuple[Term, ...]]:
    """The terms that stand side by side in each `any`."""
    match condition:
        case Term() | Reference():
            return
        case Masked(child=child) | In(child=child):
            yield from _groups(child)
        case _:
            if isinstance(condition, AnyOf):
                yield tuple(one for one in condition.children if isinstance(one, Term))
            for child in condition.children:
                yield from _groups(child)


def _about_term(term: Term) -> Iterator[Finding]:
    text = term.text.strip()
    code = _doubt(term, text)
    if code is not None:
        yield code, {"value": text}
    halves = _unknown_compound(text) if "nl" in (term.languages or ("nl",)) else None
    if code is None and halves is not None:
        yield "W106", {"value": text, "seam": "|".join(halves)}


def _doubt(term: Term, text: str) -> str | None:
    """The code of what is doubtful about a term by itself."""
    letters = sum(character.isalnum() for character in text)
    if is_regex(text):
        return None if regex_of(text).literal else "W113"
    if "*" in text:
        return "W105" if letters == MIN_WILDCARD else None
    if is_acronym(text):
        return "W107" if compounds.is_word(text.lower()) else None
    short = letters <= 4 and term.compound in {"both", "any", "left", "right"}
    return "W108" if short else None


def _unknown_compound(text: str) -> tuple[str, str] | None:
    """The halves of a closed compound that the word list does not know as one word."""
    if (
        not text.isalpha()
        or not text.islower()
        or len(text) < 9
        or compounds.is_word(fold_key(text))
    ):
        return None
    for cut in range(len(text) - 4, 3, -1):
        if compounds.is_word(fold_key(text[:cut])) and compounds.is_word(fold_key(text[cut:])):
            return text[:cut], text[cut:]
    return None


def _swallowed(group: Iterable[Term]) -> Iterator[Finding]:
    """A term that another one of the same list finds anyway."""
    stars = {
        term.text: re.compile(re.escape(fold_key(term.text)).replace(r"\*", ".*") + r"\Z")
        for term in group
        if "*" in term.text and not is_regex(term.text)
    }
    for term in group:
        for other, pattern in stars.items():
            if term.text != other and pattern.match(fold_key(term.text)):
                yield "W104", {"value": term.text, "other": other}


def _cancelled(condition: Condition) -> Iterator[Finding]:
    """A `none` with a term that the `any` or `all` beside it asks for."""
    if isinstance(condition, Masked | In):
        yield from _cancelled(condition.child)
    elif isinstance(condition, AllOf):
        absent = {
            term
            for child in condition.children
            if isinstance(child, NoneOf)
            for term in _written_terms(child)
        }
        wanted = {
            term
            for child in condition.children
            if not isinstance(child, NoneOf)
            for term in _written_terms(child)
        }
        for term in sorted(absent & wanted, key=lambda one: one.text):
            yield "W109", {"value": term.text}


def _unused(files: Sequence[RuleFile], reports: Mapping[str, Report]) -> None:
    """Definitions and entities that no rule or definition uses."""
    used = {
        reference
        for file in files
        for condition in [*(rule.condition for rule in file.rules), *file.defines.values()]
        for reference in _references(condition)
    }
    for file in files:
        for mark, names in (("@", file.entities), ("$", file.defines)):
            for name in names:
                if mark + name not in used:
                    at = file.positions[mark + name]
                    reports[file.path].add("W111", *at, value=mark + name)


def _references(condition: Condition) -> Iterator[str]:
    match condition:
        case Reference(name=name):
            yield name
        case Term():
            return
        case Masked(child=child) | In(child=child):
            yield from _references(child)
        case _:
            for child in condition.children:
                yield from _references(child)


def _contained(files: Sequence[RuleFile], reports: Mapping[str, Report]) -> None:
    """An entity whose name is part of another's, which its `not` does not mention."""
    names: list[tuple[str, RuleFile, str, set[str]]] = []
    for file in files:
        for name, condition in file.entities.items():
            masks = condition.masks if isinstance(condition, Masked) else ()
            child = condition.child if isinstance(condition, Masked) else condition
            masked = {fold_key(mask.text) for mask in masks}
            names += [
                (name, file, term.text, masked)
                for term in _written_terms(child)
                if "*" not in term.text
            ]
    by_word: dict[str, list[tuple[str, str]]] = {}
    for name, _, text, _ in names:
        for word in fold_key(text).split():
            by_word.setdefault(word, []).append((name, text))
    told: set[tuple[str, str]] = set()
    for name, file, text, masked in names:
        for other, longer in by_word.get(fold_key(text), ()):
            covered = any(fnmatchcase(fold_key(longer), mask) for mask in masked)
            if other == name or covered or (name, other) in told:
                continue
            told.add((name, other))
            at = file.positions["@" + name]
            reports[file.path].add("W110", *at, value="@" + name, other="@" + other, name=longer)
