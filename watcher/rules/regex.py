r"""Analysts' regular expressions: linear time only, and `\b \w \d` mean Unicode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

#: RE2's classes are ASCII: `\bne\b` would match inside "Oekraïne".
_CLASSES = {
    "w": r"[\p{L}\p{M}\p{N}_]",
    "W": r"[^\p{L}\p{M}\p{N}_]",
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "s": r"[\s\x{85}\x{a0}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{3000}]",
}
_INSIDE = {"w": r"\p{L}\p{M}\p{N}_", "d": r"\p{Nd}", "D": r"\P{Nd}", "s": r"\s\x{a0}"}
_BOUNDARY = "b"
_WORD = re.compile(r"\w")
#: Stands for a boundary that is checked afterwards.
_MAX_PROGRAM = 1 << 20


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled expression; ``starts``/``ends``: a word boundary is asked for there."""

    pattern: Any
    starts: bool
    ends: bool
    literal: str

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The spans of the matches that are not empty."""
        for found in self.pattern.finditer(text):
            start, end = found.span()
            if start == end:
                continue
            if self.starts and not _boundary(text, start):
                continue
            if self.ends and not _boundary(text, end):
                continue
            yield start, end


def _boundary(text: str, position: int) -> bool:
    before = position > 0 and _WORD.match(text[position - 1]) is not None
    after = position < len(text) and _WORD.match(text[position]) is not None
    return before != after


@lru_cache(maxsize=10_000)
def compile_regex(source: str) -> Regex:
    """Compile an expression. Raises ValueError saying what cannot be done."""
    inner, starts, ends = source, False, False
    if inner.startswith(r"\b"):
        inner, starts = inner[2:], True
    if inner.endswith(r"\b") and not inner.endswith(r"\\b"):
        inner, ends = inner[:-2], True
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PROGRAM
    try:
        pattern = re2.compile(_translate(inner), options=options)
    except re2.error as error:
        raise ValueError(_said(error)) from None
    return Regex(pattern, starts, ends, _literal(inner))


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _translate(source: str) -> str:
    r"""The expression with Unicode classes. Raises ValueError for a `\b` in the middle."""
    out: list[str] = []
    in_class = False
    at = 0
    while at < len(source):
        character = source[at]
        if character == "\\" and at + 1 < len(source):
            out.append(_escape(source[at + 1], in_class))
            at += 2
            continue
        if character == "[" and not in_class:
            in_class = True
        elif character == "]" and in_class:
            in_class = False
        out.append(character)
        at += 1
    return "".join(out)


def _escape(letter: str, in_class: bool) -> str:
    if letter == _BOUNDARY and not in_class:
        raise ValueError(r"\b only works at the beginning and the end")
    table = _INSIDE if in_class else _CLASSES
    if letter in table:
        return table[letter]
    return "\\" + letter


def _literal(source: str) -> str:
    """The longest run of plain letters that every match must contain ("" if none is sure)."""
    if re.search(r"[|?*]|\{0|\(\?", source):
        return ""
    runs = re.findall(r"(?:(?<!\\)[^\W_])+", re.sub(r"\[[^\]]*\]|\\.|\(|\)|\+", " ", source))
    return max(runs, key=len, default="")
