"""Folding: text in the shape that terms are compared in, with the way back to the original.

Folding unifies case, accents, dashes, quotes and spaces. Most news text folds one character to
one character, which is ten times faster than the general way; text with characters that change
length (ß, soft hyphens, decomposed accents, runs of spaces) takes the mapped path.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

#: Stands in the one-to-one table for "this character changes the length".
_LONG = "\uffff"

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`"
_DOUBLE_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033'
#: Letters that have no decomposition but are read as these.
_READ_AS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ı": "i",
    "þ": "th",
}
#: Invisible characters that words may contain: soft hyphen, zero-width characters, joiners.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u034f"

#: Two blanks in a row (but not an empty line), or one line end inside a paragraph.
_UNEVEN_SPACE = re.compile(r"[^\S\n][^\S\n]|[^\S\n]\n|\n[^\S\n]|\n\n\n")
#: White space of ASCII that is neither space nor line end.
_RARE_BLANKS = "\t\v\f\r\x1c\x1d\x1e\x1f"
_ASCII = bytes(range(128))
#: With more different letters beyond ASCII, one walk over the text is faster (Greek, Cyrillic).
_FEW = 24
#: Longer texts than this are not kept folded: at most 5 MB in all.
_REMEMBERED = 20_000


def _fold_character(character: str) -> str:
    """The folded form of one character, of any length."""
    if character in _DASHES:
        return " "
    if character in _SINGLE_QUOTES:
        return "'"
    if character in _DOUBLE_QUOTES:
        return '"'
    if character in _INVISIBLE:
        return ""
    if character.isspace():
        return " "
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    kept = "".join(part for part in decomposed if not unicodedata.combining(part))
    return "".join(_READ_AS.get(part, part) for part in kept.casefold())


class _Table(dict[int, str]):
    """The one-to-one fold as a translation table that fills itself."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = result = folded if len(folded) == 1 else _LONG
        return result


_TABLE = _Table({ord("\n"): "\n"})


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; ``offsets[i]`` is where character i came from (None: position i itself).

    Dashes fold to a space, because a joint may be written with either.
    """

    text: str
    offsets: tuple[int, ...] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that folded to ``text[start:end]``, not empty."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold text for comparison; an empty line stays the only thing no phrase can cross."""
    # An article is folded for its key and, a batch later, for its rules.
    evenly = _remembered(text) if len(text) <= _REMEMBERED else _fold_evenly(text)
    return Folded(evenly) if evenly is not None else _fold_mapped(text)


def _fold_evenly(text: str) -> str | None:
    """One character for one, or None where that cannot be.

    Python translates ASCII many times faster than anything else, so the other characters, few
    and alike in most texts, are exchanged first.
    """
    pairs = [(one, _TABLE[ord(one)]) for one in _others(text)]
    if any(folded == _LONG for _, folded in pairs) or _is_uneven(text, pairs):
        return None
    # Six characters fold to one that folds further (a superscript minus to a minus).
    if len(pairs) <= _FEW and all(_TABLE[ord(folded)] == folded for _, folded in pairs):
        for one, folded in pairs:
            text = text.replace(one, folded)
    folded = text.translate(_TABLE)
    if "\n" in folded:
        # An empty line is two line ends: three in a row would be uneven.
        folded = folded.replace("\n\n", _LONG).replace("\n", " ").replace(_LONG, "\n\n")
    return folded


_remembered = lru_cache(maxsize=256)(_fold_evenly)


def _others(text: str) -> set[str]:
    """The characters that are not ASCII."""
    if text.isascii():
        return set()
    rest = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    return set(rest.decode("utf-8", "surrogatepass"))


def _is_uneven(text: str, others: Iterable[tuple[str, str]]) -> bool:
    """White space that does not fold one to one: two blanks in a row and the like."""
    if "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text:
        return True
    rare = any(blank in text for blank in _RARE_BLANKS) or any(one.isspace() for one, _ in others)
    return rare and _UNEVEN_SPACE.search(text) is not None


def fold_key(text: str) -> str:
    """Folded text with single spaces, for keys and comparisons that need no way back."""
    line = fold(text).text.replace("\n", " ").strip(" ")
    while "  " in line:
        line = line.replace("  ", " ")
    return line


def _fold_mapped(text: str) -> Folded:
    """The general fold: characters may vanish or multiply, runs of white space become one."""
    out: list[str] = []
    offsets: list[int] = []
    for position, character in enumerate(text):
        folded = _fold_character(character) if character != "\n" else "\n"
        if folded in {" ", "\n"} and character not in _DASHES:
            _add_space(folded, position, out, offsets)
            continue
        out.extend(folded)
        offsets.extend([position] * len(folded))
    return Folded(_paragraph_breaks("".join(out)), tuple(offsets))


def _add_space(space: str, position: int, out: list[str], offsets: list[int]) -> None:
    """Add white space so that a run of it is one space, one line end or (two of them) a break.

    A break is written as a single line end that `_paragraph_breaks` leaves; a lone line end is
    first written as "\\r" so that the second one of a break can be told from it.
    """
    last = out[-1] if out else ""
    if last in {" ", "\r", "\n"} and offsets and offsets[-1] == position - 1:
        offsets[-1] = position
        if space == "\n":
            out[-1] = "\r" if last == " " else "\n"
        return
    out.append("\r" if space == "\n" else space)
    offsets.append(position)


def _paragraph_breaks(text: str) -> str:
    return text.replace("\r", " ")


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits (64 bits of blake2b) for these parts, in this order."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=8).hexdigest()
