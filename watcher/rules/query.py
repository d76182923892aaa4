"""Boolean strings as media-monitoring services take them, to the same tree as YAML.

    query  = or ;  or = and {OR and} ;  and = not {[AND] NOT not | AND not} ;
    not    = near ;  near = atom {NEAR/n atom | ONEAR/n atom} ;
    atom   = "(" or ")" | [title:] ( term | "phrase" | @entity | $define | "(" or ")" )

Operators are capitals. Two terms side by side are a mistake: some services read AND there,
others a phrase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher.rules.rule import AllOf, AnyOf, Condition, In, Languages, Near, NoneOf, Reference, Term

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<quote>[\"“”])"
    r"|(?P<near>O?NEAR/(?P<within>\d+))(?=[\s()]|\Z)|(?P<operator>AND|OR|NOT)(?=[\s()\"]|\Z)"
    r"|(?P<field>[^\W\d_]+):(?=\S)|(?P<word>[^\s()\"“”]+))"
)
_QUOTED = re.compile(r"[^\"“”]*")
_FIELDS = {"title": "headline", "headline": "headline", "lead": "lead", "body": "body"}
MAX_DEPTH = 20


class QueryProblemError(Exception):
    """A query that cannot be read: where in it, and what to say (a code of the table)."""

    def __init__(self, offset: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.offset = offset
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int
    number: int = 0


def parse_query(text: str, *, line: int, column: int, languages: Languages = None) -> Condition:
    """The tree of a query; line and column are of its first character.

    Raises `QueryProblemError`.
    """
    parser = _Parser(list(_tokens(text)), len(text), line, column, languages)
    tree = parser.either(0)
    parser.expect_end()
    return tree


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:  # pragma: no cover - the last alternative takes everything
            raise QueryProblemError(at, "E405", why=f'"{text[at]}"')
        kind = str(token.lastgroup if token.lastgroup != "within" else "near")
        start = token.start(kind)
        if kind == "quote":
            inner = _QUOTED.match(text, token.end())
            end = inner.end() if inner else token.end()
            if end >= len(text):
                raise QueryProblemError(start, "E406")
            found.append(_Token("phrase", text[token.end() : end], start))
            at = end + 1
            continue
        number = int(token["within"]) if token["within"] else 0
        found.append(_Token(kind, token[kind], start, number))
        at = token.end()
    return found


class _Parser:
    def __init__(
        self, tokens: list[_Token], length: int, line: int, column: int, languages: Languages
    ) -> None:
        self._tokens = tokens
        self._at = 0
        self._length = length
        self._line = line
        self._column = column
        self._languages = languages

    def _next(self, *kinds: str, text: str = "") -> _Token | None:
        """The next token if it is one of these; then it is taken."""
        if self._at >= len(self._tokens):
            return None
        token = self._tokens[self._at]
        if token.kind not in kinds or (text and token.text != text):
            return None
        self._at += 1
        return token

    def expect_end(self) -> None:
        """Complain about whatever was not taken."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise QueryProblemError(
                token.offset, "E405", why=f'AND, OR or NEAR/n before "{token.text}"'
            )

    def either(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise QueryProblemError(0, "E106")
        parts = [self._both(depth)]
        while self._next("operator", text="OR"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self, depth: int) -> Condition:
        parts: list[Condition] = []
        absent: list[Condition] = []
        negated = self._next("operator", text="NOT") is not None
        (absent if negated else parts).append(self._near(depth))
        while True:
            token = self._next("operator", text="AND")
            negated = self._next("operator", text="NOT") is not None
            if token is None and not negated:
                break
            (absent if negated else parts).append(self._near(depth))
        if absent:
            parts.append(NoneOf(tuple(absent), in_query=True))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _near(self, depth: int) -> Condition:
        left = self._atom(depth)
        while token := self._next("near"):
            ordered = token.text.startswith("O")
            left = Near((left, self._atom(depth)), token.number, ordered)
        return left

    def _atom(self, depth: int) -> Condition:
        if self._next("open"):
            inner = self.either(depth + 1)
            if not self._next("close"):
                if self._at < len(self._tokens):
                    self.expect_end()
                raise QueryProblemError(self._offset(), "E405", why='")"')
            return inner
        if field := self._next("field"):
            if field.text not in _FIELDS:
                raise QueryProblemError(field.offset, "E407", value=field.text)
            return In(_FIELDS[field.text], self._atom(depth))
        token = self._next("word", "phrase")
        if token is None:
            raise QueryProblemError(self._offset(), "E405", why="a term")
        if token.kind == "word" and token.text[0] in "@$" and len(token.text) > 1:
            column = self._column + token.offset
            return Reference(token.text, self._line, column, self._languages)
        return Term(token.text, self._languages)

    def _offset(self) -> int:
        if self._at < len(self._tokens):
            return self._tokens[self._at].offset
        return max(0, self._length - 1)
