"""Whether characters that look like a term are one: edges, capitals, accents, compounds."""

from __future__ import annotations

import re
import unicodedata

from watcher.rules import compounds
from watcher.rules.forms import PARTICLES
from watcher.rules.term import Pattern
from watcher.text import Folded

#: Before a name with a hyphen these make another name of it: Wit-Rusland, Noord-Korea.
_OTHER_NAME = frozenset(
    ["wit", "noord", "zuid", "oost", "west", "nieuw", "groot", "klein", "midden", "centraal"]
)
#: English words that are acronyms too; the Dutch ones are in the word list.
_ENGLISH = frozenset(["who", "ice", "us", "it", "all", "aid", "act", "map", "she", "can", "may"])
_HYPHENS = "-\u2010\u2011"
_NEGATION = re.compile(
    r"\b(?:geen|niet|zonder|noch|nooit|no|not|without|never|kein\w*|ohne|aucune?|sans)"
    r"(?:\s+[\w-]+){0,2}\s+[\"'“‘«(]*\Z",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"(\s*)([^\s\w]*)\s*(\w*)")
#: What may follow the particle of a verb written apart; a preposition has its noun there.
_AFTER_PARTICLE = frozenset(
    ["tot", "en", "of", "maar", "want", "dat", "die", "als", "toen", "omdat", "zodat", "terwijl",
     "nadat", "voordat", "om", "met", "bij", "van", "voor", "door", "na", "naar", "wegens",
     "volgens", "vanwege", "sinds", "tegen", "totdat", "zei", "zegt", "meldt", "aldus"]
)  # fmt: skip

#: Particles that are prepositions too.
_PREPOSITIONS = frozenset(
    ["aan", "achter", "bij", "binnen", "boven", "door", "in", "langs", "met", "na", "om", "onder",
     "op", "over", "tegen", "tussen", "voor", "als", "tijdens", "naar", "van"]
)  # fmt: skip
#: These ways to be found say more than that it was inside a compound.
_KEPT = frozenset(["wildcard", "ellipsis", "regex"])
#: What stands beside most words; a hyphen or an apostrophe could make it part of another.
_CLEAR = frozenset(["", " ", "\n", ".", ",", ":", ";", "?", "!", '"', "(", ")"])
#: (start, end, how) in the original text.
Accepted = tuple[int, int, str]


def stands_alone(text: str, start: int, end: int) -> bool:
    """True for a word or phrase of ASCII with nothing beside it that could change what it is.

    All that a simple pattern asks for (`Pattern.is_simple`), in a fifth of the time of `accept`.
    """
    return (
        text[end : end + 1] in _CLEAR
        and (not start or text[start - 1] in _CLEAR)
        and text[start:end].isascii()
    )


def accept(pattern: Pattern, folded: Folded, text: str, start: int, end: int) -> Accepted | None:
    """The span of an occurrence in the original text, or None where the pattern refuses it.

    ``start`` and ``end`` are of the pattern's literal in the folded text.
    """
    hay = folded.text
    if not _capitals_fit(pattern, folded, text, start):
        return None
    if pattern.apart is not None:
        return _apart(pattern, folded, start, end)
    grown = _grown(pattern, hay, start, end)
    if grown is not None and pattern.tail is not None:
        tail = pattern.tail.match(hay, end)
        grown = (grown[0], tail.end()) if tail else None
    if grown is None:
        return None
    first, last = folded.origin(*grown)
    how = _how(pattern, text, first, last, grown != (start, end))
    if how is None or not _spelling_fits(pattern, text[first:last]):
        return None
    return first, last, how


def _how(pattern: Pattern, text: str, first: int, last: int, grown: bool) -> str | None:
    """How the occurrence was found; None where a hyphen makes another name of it."""
    if pattern.exact:
        return pattern.how
    part = _hyphen_part(pattern, text, first, last)
    if part is None:
        return None
    if pattern.how in _KEPT:
        return pattern.how
    if grown:
        return "compound"
    return "compound" if part and pattern.how != "alias" else pattern.how


def _grown(pattern: Pattern, hay: str, start: int, end: int) -> tuple[int, int] | None:
    """The span with the rest of its word where that belongs to it; None where it must not be."""
    begin, finish = start, end
    while begin and hay[begin - 1].isalnum():
        begin -= 1
    while finish < len(hay) and hay[finish].isalnum():
        finish += 1
    if (begin < start and not pattern.left) or (finish > end and not pattern.right):
        return None
    if "part" in (pattern.left, pattern.right) and (begin < start or finish > end):
        word = hay[begin:finish]
        if not compounds.fits(word, start - begin, end - begin):
            return None
        return begin, finish
    if pattern.grow or pattern.tail is None:
        grow_left = begin if pattern.left == "any" and pattern.literal[0].isalnum() else start
        grow_right = finish if pattern.right == "any" and pattern.literal[-1].isalnum() else end
        return grow_left, grow_right
    return start, end


def _spelling_fits(pattern: Pattern, written: str) -> bool:
    if pattern.exact.startswith("case:"):
        return pattern.exact[5:] in written
    if pattern.exact:
        return written == pattern.exact
    if pattern.accented:
        return _accents(pattern.accented) in _accents(written)
    if pattern.plain and not written.isascii():
        return not compounds.other_word(pattern.literal, _accents(written))
    return True


def _accents(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _capitals_fit(pattern: Pattern, folded: Folded, text: str, start: int) -> bool:
    for number, (begin, finish, throughout) in enumerate(pattern.capitals):
        first, last = folded.origin(start + begin, start + finish)
        word = text[first:last]
        if throughout:
            if not _is_acronym_here(word, pattern, text, first, last):
                return False
        elif not word[0].isupper() and not _may_be_small(pattern, number, text, first):
            return False
    return True


def _may_be_small(pattern: Pattern, number: int, text: str, first: int) -> bool:
    """A particle behind a first name, or a part behind an acronym: VN-mensenrechtenraad."""
    if number:
        return False
    if first > 1 and text[first - 1] in _HYPHENS and text[first - 2].isupper():
        return True
    return pattern.particle and _behind_a_name(text, first)


def _is_acronym_here(word: str, pattern: Pattern, text: str, first: int, last: int) -> bool:
    if not word.isupper():
        # Navo, Unesco: from four letters an acronym is also written as a name.
        return len(word) >= 4 and word[0].isupper() and word[1:].islower()
    if pattern.acronym and is_ordinary_word(word.lower()):
        line = text[text.rfind("\n", 0, first) + 1 : text.find("\n", last) % (len(text) + 1)]
        return any(character.islower() for character in line)
    return True


def _behind_a_name(text: str, first: int) -> bool:
    before = text[:first].rsplit(None, 1)
    return bool(before) and before[-1][:1].isupper() and text[first - 1 : first] == " "


def _hyphen_part(pattern: Pattern, text: str, first: int, last: int) -> bool | None:
    """Whether this is a part of a word with hyphens; None where that makes another name of it."""
    before = first >= 2 and text[first - 1] in _HYPHENS and text[first - 2].isalnum()
    after = last + 1 < len(text) and text[last] in _HYPHENS and text[last + 1].isalnum()
    if before and text[first].isupper() and not pattern.acronym:
        part = re.split(r"[^\w]", text[max(0, first - 20) : first - 1])[-1]
        if part.casefold() in _OTHER_NAME:
            return None
    return before or after


def is_ordinary_word(word: str) -> bool:
    """True for a word in small letters that is Dutch, or English and an acronym too."""
    return word in _ENGLISH or compounds.is_word(word)


def is_negated(text: str, start: int) -> bool:
    """True for "geen embargo", "zonder nieuw embargo"."""
    return _NEGATION.search(text[max(0, start - 60) : start]) is not None


def _apart(pattern: Pattern, folded: Folded, start: int, end: int) -> Accepted | None:
    """A finite verb whose particle follows in the same sentence, not used as a preposition."""
    assert pattern.apart is not None
    hay = folded.text
    if (start and hay[start - 1].isalnum()) or (end < len(hay) and hay[end].isalnum()):
        return None
    at = end
    if _has_other_particle(hay, at, pattern.apart.particle):
        return None
    for _ in range(pattern.apart.within + 1):
        found = _NEXT_WORD.match(hay, at)
        if found is None or not found[3] or set(found[2]) & set(".!?;:\n"):
            return None
        if "\n" in found[1]:
            return None
        at = found.end()
        if found[3] == pattern.apart.particle and _ends_clause(hay, at):
            first, last = folded.origin(start, at)
            return first, last, "apart"
    return None


def _has_other_particle(hay: str, at: int, particle: str) -> bool:
    """True for "treedt af" and "treedt op in": other verbs of the same stem."""
    second = _NEXT_WORD.match(hay, at)
    if second is None or second[3] == particle or second[3] not in PARTICLES:
        return False
    if second[3] not in _PREPOSITIONS:
        return True
    third = _NEXT_WORD.match(hay, second.end())
    return third is not None and third[3] in _PREPOSITIONS


def _ends_clause(hay: str, at: int) -> bool:
    found = _NEXT_WORD.match(hay, at)
    if found is None or found[2] or not found[3]:
        return True
    # Before another preposition it is none itself: "trad toe in 2004".
    return found[3] in _AFTER_PARTICLE or found[3] in _PREPOSITIONS
