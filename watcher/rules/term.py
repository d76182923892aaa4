"""Terms: from what an analyst wrote to the folded strings an automaton looks for."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from watcher.rules.rule import Term
from watcher.text import fold

#: Letters that must stand beside a star (docs/rules.md, "Terms").
MIN_WILDCARD = 3
#: With more joints than this only "all closed" and "as written" are looked for.
_MAX_JOINTS = 5
_JOINT = re.compile(r"[-\u2010\u2011\u2012\u2013]")
_COMPONENT = re.compile(r"[^\W_]+")


class TermProblemError(Exception):
    """A term that cannot be used: ``code`` and ``values`` for the table of sentences."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Pattern:
    """One folded string of a term and what must hold around an occurrence of it.

    ``closed_left``/``closed_right``: no letter or digit may stand next to it there.
    ``grow_left``/``grow_right``: the hit takes in the rest of the word (wildcards).
    ``capitals`` are spans of the literal that need a capital first letter (False) or capitals
    throughout (True). ``exact`` is the spelling that the original must have. ``tail`` is what
    must follow the literal in the folded text, where a wildcard stands inside the term.
    """

    literal: str
    how: str
    closed_left: bool = True
    closed_right: bool = True
    grow_left: bool = False
    grow_right: bool = False
    capitals: tuple[tuple[int, int, bool], ...] = ()
    exact: str = ""
    tail: re.Pattern[str] | None = None


def compile_term(term: Term) -> tuple[Pattern, ...]:
    """The patterns of a term.

    Raises `TermProblemError` for a term that is empty, has too few letters beside a star, or
    uses a form that is not built yet.
    """
    text = " ".join(term.text.split())
    if not text:
        raise TermProblemError("E401")
    _refuse_unbuilt(text)
    if text.startswith("=") and len(text) > 1:
        return _exact(text[1:])
    if "*" in text:
        return _wildcard(text)
    how = "alias" if term.alias else "exact"
    return tuple(_spellings(text, how))


def _refuse_unbuilt(text: str) -> None:
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        raise TermProblemError("E404", what="a regular expression (/…/)")
    if "|" in text:
        raise TermProblemError("E404", what="a seam (a|b)")


def _exact(text: str) -> tuple[Pattern, ...]:
    literal = _folded(text)
    return (Pattern(literal, "exact", *_closed(literal), exact=text),)


def _folded(text: str) -> str:
    folded = fold(text).text.strip()
    if not any(character.isalnum() for character in folded):
        raise TermProblemError("E403", value=text)
    return folded


def _closed(literal: str) -> tuple[bool, bool]:
    return literal[0].isalnum(), literal[-1].isalnum()


def _spellings(text: str, how: str) -> list[Pattern]:
    """The term with every joint as written or closed (a folded dash is a space)."""
    parts = [part for part in _JOINT.split(text) if part.strip()]
    if not parts:
        raise TermProblemError("E403", value=text)
    joints = len(parts) - 1
    choices = (
        itertools.product((" ", ""), repeat=joints)
        if joints <= _MAX_JOINTS
        else [(" ",) * joints, ("",) * joints]
    )
    patterns: list[Pattern] = []
    for choice in choices:
        literal, capitals = _join(parts, choice)
        joined = "" in choice
        patterns.append(
            Pattern(
                literal,
                "joined" if joined and how == "exact" else how,
                *_closed(literal),
                # A closed spelling is one word: only its beginning can need a capital.
                capitals=capitals[:1] if joined else capitals,
            )
        )
    return patterns


def _join(
    parts: list[str], joints: tuple[str, ...]
) -> tuple[str, tuple[tuple[int, int, bool], ...]]:
    """The folded parts put together, and the spans that need capitals."""
    literal = ""
    capitals: list[tuple[int, int, bool]] = []
    for part, joint in zip(parts, (*joints, ""), strict=True):
        for component in _COMPONENT.finditer(part):
            word = component.group()
            start = len(literal) + len(fold(part[: component.start()]).text)
            end = start + len(fold(word).text)
            if is_acronym(word):
                capitals.append((start, end, True))
            elif word[0].isupper():
                capitals.append((start, end, False))
        literal += _folded(part) + joint
    return literal, tuple(capitals)


def is_acronym(word: str) -> bool:
    """Two letters or more, all of them capitals."""
    return word.isupper() and sum(character.isalpha() for character in word) >= 2


def _wildcard(text: str) -> tuple[Pattern, ...]:
    """A term with stars: the first piece without one is looked for, the rest is checked."""
    letters = sum(character.isalnum() for character in text)
    if letters < MIN_WILDCARD:
        raise TermProblemError("E402", value=text, count=letters)
    pieces = text.split("*")
    inner = [piece for piece in pieces if piece]
    if len(inner) == 1:
        literal = _folded(inner[0])
        grow_left, grow_right = not pieces[0], not pieces[-1]
        left, right = _closed(literal)
        return (
            Pattern(
                literal,
                "wildcard",
                closed_left=left and not grow_left,
                closed_right=right and not grow_right,
                grow_left=grow_left,
                grow_right=grow_right,
            ),
        )
    return (_inner_star(pieces),)


def _inner_star(pieces: list[str]) -> Pattern:
    """``minister* van*`` or ``anti*wet``: the first piece is looked for, the tail is checked."""
    grow_left = not pieces[0]
    head, *rest = [piece for piece in pieces if piece]
    literal = fold(head).text.lstrip()
    if not any(character.isalnum() for character in literal):
        raise TermProblemError("E403", value="*".join(pieces))
    tail = r"\w*".join(["", *(re.escape(fold(piece).text) for piece in rest)])
    if not pieces[-1]:
        tail += r"\w*"
    return Pattern(
        literal,
        "wildcard",
        closed_left=literal[0].isalnum() and not grow_left,
        closed_right=False,
        grow_left=grow_left,
        tail=re.compile(tail + r"(?!\w)"),
    )
