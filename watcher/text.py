"""Folding: text in the shape that terms are compared in, with the way back to the original.

Folding unifies case, accents, dashes, quotes and spaces. Most news text folds one character to
one character, which is ten times faster than the general way; text with characters that change
length (ß, soft hyphens, decomposed accents, runs of spaces) takes the mapped path.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b

#: Stands in the one-to-one table for "this character changes the length".
_LONG = "\uffff"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)\Z")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

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

#: Two blanks in a row (but not an empty line), or a line end beside blanks.
_UNEVEN_SPACE = re.compile(r"[^\S\n][^\S\n]|[^\S\n]\n|\n[^\S\n]|\n\n\n")
#: White space of ASCII that is neither space nor line end.
_RARE_BLANKS = "\t\v\f\r\x1c\x1d\x1e\x1f"
#: ASCII but for those.
_ASCII = bytes(code for code in range(128) if chr(code) not in _RARE_BLANKS)
#: With more different letters beyond ASCII, one walk over the text is faster (Greek, Cyrillic).
_FEW = 24
#: Longer texts than this are not kept folded: at most 5 MB in all.
_REMEMBERED = 20_000

_ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][\da-fA-F]{2,5}|[a-zA-Z]{2,31});")
_MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]{1,3}")
#: A word broken over two lines: both sides in small letters, so no list and no dash.
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[^\W\d_])")
#: Web and mail addresses; without a scheme only with an ending in small letters, because
#: "…in vrede.De minister" is two sentences with a blank lost.
_ADDRESS = re.compile(
    r"(?:[hH][tT]{2}[pP][sS]?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.@-])(?:[\w-]+\.)+(?:nl|eu|be|de|com|org|net|info|fr|uk|int|io)(?:/\S*)?(?![\w-])"
)
#: A full stop inside a word, looked for first: it is rare, and a literal at the beginning of an
#: expression makes Python search forty times faster than a class of characters.
_INNER_STOP = re.compile(r"\.[^\W\d]")
#: Stands for one character of an address: nothing a term could contain.
_MASK = "\x00"


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
    """Folded text; ``starts[i]`` and ``ends[i]`` are where character i came from in the original.

    None: every character at its own place. Dashes fold to a space, because a joint may be
    written with either; web and mail addresses fold to NUL characters.
    """

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] = ()

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that folded to ``text[start:end]``, not empty."""
        if self.starts is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Clean and fold text for comparison; an empty line is the only break no phrase crosses.

    Cleaning mends what transport broke: character references, UTF-8 read as windows-1252 where
    the round trip proves it, words broken over two lines. Offsets always lead to the original.
    """
    # An article is folded for its key and, a batch later, for its rules.
    evenly = _remembered(text) if len(text) <= _REMEMBERED else _fold_evenly(text)
    return Folded(evenly) if evenly is not None else _fold_mapped(text)


def _fold_evenly(text: str) -> str | None:
    """One character for one, or None where that cannot be.

    Python translates ASCII many times faster than anything else, so the other characters, few
    and alike in most texts, are exchanged first.
    """
    others = _others(text)
    pairs = [(one, _TABLE[ord(one)]) for one in others]
    if any(folded == _LONG for _, folded in pairs) or _is_uneven(text, others):
        return None
    if _may_be_broken(text, others) and _mends(text):
        return None
    addresses = _addresses(text)
    # Six characters fold to one that folds further (a superscript minus to a minus).
    if len(pairs) <= _FEW and all(_TABLE[ord(folded)] == folded for _, folded in pairs):
        for one, folded in pairs:
            text = text.replace(one, folded)
    folded = text.translate(_TABLE)
    for start, end in addresses:
        folded = folded[:start] + _MASK * (end - start) + folded[end:]
    # An empty line is two line ends: three in a row would be uneven.
    return "\n\n".join([block.replace("\n", " ") for block in folded.split("\n\n")])


_remembered = lru_cache(maxsize=256)(_fold_evenly)


def _others(text: str) -> set[str]:
    """The characters that are not ASCII, and the rare blanks."""
    rest = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    return set(rest.decode("utf-8", "surrogatepass")) if rest else set()


def _is_uneven(text: str, others: Iterable[str]) -> bool:
    """White space that does not fold one to one: two blanks in a row and the like."""
    if "  " in text or "\n\n\n" in text:
        return True
    # Line ends are few: looking at each is faster than searching for pairs of common characters.
    if any(line[:1] == " " or line[-1:] == " " for line in text.split("\n")):
        return True
    return any(one.isspace() for one in others) and _UNEVEN_SPACE.search(text) is not None


def _addresses(text: str) -> list[tuple[int, int]]:
    """The spans of web and mail addresses."""
    if _INNER_STOP.search(text) or "://" in text or "@" in text:
        return [found.span() for found in _ADDRESS.finditer(text)]
    return []


def fold_key(text: str) -> str:
    """Folded text with single spaces, for keys and comparisons that need no way back."""
    line = fold(text).text.replace("\n", " ").strip(" ")
    while "  " in line:
        line = line.replace("  ", " ")
    return line


def _may_be_broken(text: str, others: Iterable[str]) -> bool:
    """A cheap look for what `_mends` may find: most texts have none of it.

    UTF-8 read as windows-1252 is a letter from the first of these ranges and a sign from one of
    the others, side by side.
    """
    if "&" in text or any(line[-1:] in {"-", "\u00ad"} for line in text.split("\n")):
        return True
    firsts = [one for one in others if "\u00c2" <= one <= "\u00f4"]
    seconds = [one for one in others if "\u0080" <= one <= "\u00bf" or "\u0152" <= one <= "\u2122"]
    if len(firsts) * len(seconds) > _FEW * _FEW:
        return True
    return any(one + two in text for one in firsts for two in seconds)


def _mends(text: str) -> dict[int, tuple[int, str]]:
    """Places to mend: start to (end, what stands there instead)."""
    mends: dict[int, tuple[int, str]] = {}
    for found in _ENTITY.finditer(text):
        character = html.unescape(found[0])
        if len(character) == 1:
            mends[found.start()] = (found.end(), character)
    for found in _MOJIBAKE.finditer(text):
        # The longest beginning that is one character of UTF-8 when read back.
        for end in range(found.end(), found.start() + 1, -1):
            try:
                character = text[found.start() : end].encode("cp1252").decode("utf-8")
            except UnicodeError:
                continue
            if len(character) == 1:
                mends[found.start()] = (end, character)
                break
    for found in _BROKEN_WORD.finditer(text):
        mends[found.start()] = (found.end(), "")
    return mends


def _fold_mapped(text: str) -> Folded:
    """The general fold: characters may vanish or multiply, runs of white space become one."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    mends = _mends(text)
    masked = {place for span in _addresses(text) for place in range(*span)}
    position = 0
    while position < len(text):
        end, character = mends.get(position, (position + 1, text[position]))
        if position in masked:
            folded = _MASK * (end - position)
        elif character == "\n" or (character.isspace() and character not in _DASHES):
            _add_space("\n" if character == "\n" else " ", position, out, starts, ends)
            position = end
            continue
        else:
            folded = "".join(_fold_character(one) for one in character)
        out.extend(folded)
        starts.extend([position] * len(folded))
        ends.extend([end] * len(folded))
        position = end
    return Folded("".join(out).replace("\r", " "), tuple(starts), tuple(ends))


def _add_space(
    space: str, position: int, out: list[str], starts: list[int], ends: list[int]
) -> None:
    """Add white space so that a run of it is one space, one line end or (two of them) a break.

    A lone line end is first written as "\\r", so that the second one of a break can be told from
    it; what is left of these becomes a space.
    """
    last = out[-1] if out else ""
    if last in {" ", "\r", "\n"} and ends[-1] == position:
        ends[-1] = position + 1
        if space == "\n":
            out[-1] = "\r" if last == " " else "\n"
        return
    out.append("\r" if space == "\n" else space)
    starts.append(position)
    ends.append(position + 1)


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits (64 bits of blake2b) for these parts, in this order."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=8).hexdigest()


def parse_duration(value: object) -> timedelta:
    """A duration as people write it: "10m", "1.5h", "3d". Raises ValueError for others."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a duration like "30s", "10m", "24h" or "7d"')
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
