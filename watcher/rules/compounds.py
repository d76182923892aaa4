"""Whether a word is a compound with a term in it: what is left over must be known words.

Substrings match `legering` for `leger` and `raspoetin` for `poetin`; whole words miss three
of five mentions in Dutch news. So the rest of the word on both sides is looked up in a word
list, with the letters that Dutch puts between the parts.
"""

from __future__ import annotations

from functools import lru_cache

from watcher.text import fold_key
from watcher.words.dutch import load_words

#: Letters between two parts: oorlogsdaad, vredesakkoord, wapenembargo, kinderopvang.
_LINKS = ("", "s", "en", "e", "n", "es", "er")
#: Parts of fewer letters are too often something else.
_MIN_PART = 3
_SHORT_PARTS = frozenset(["ei", "la", "ijs", "as", "os", "ui"])
#: Beginnings that make another word and not a compound, though they are words themselves.
_NOT_BEFORE = frozenset(
    [
        "aan", "aar", "ant", "arm", "ber", "bel", "des", "dis", "ere", "ens", "ers", "ges", "het",
        "hen", "hij", "hoe", "int", "kon", "men", "mis", "ont", "ran", "rec", "ren", "ros", "sta",
        "ten", "ter", "tra", "van", "ver", "was", "wat", "wie", "zij", "eren", "erin", "eraan",
    ]
)  # fmt: skip
#: Endings that make another word, though they stand in the list.
_NOT_AFTER = frozenset(
    [
        "aal", "aar", "aan", "age", "eer", "eel", "een", "ees", "els", "end", "ent", "eren", "erend",
        "erig", "erij", "ering", "ers", "est", "heid", "ing", "ingen", "isch", "ische", "ist",
        "kunde", "lijk", "lijke", "lings", "loos", "loze", "pen", "ren", "rij", "ster", "sten", "ten",
        "ter", "teur", "tisch", "tje", "tjes", "waarts", "zaam", "baar", "bare", "achtig", "achtige",
        "eert", "eerde", "eerd", "den", "der", "dom", "gen", "gene", "ner", "nis", "nen", "sel",
        "men", "mer", "ken", "ker", "len", "ler", "ver", "ven", "ige", "iger", "zen", "ene", "ten",
    ]
)  # fmt: skip


def fits(word: str, start: int, end: int) -> bool:
    """True if the folded word is a compound with the term at word[start:end]."""
    return _fits_left(word[:start]) and _fits_right(word[end:])


@lru_cache(maxsize=50_000)
def _fits_left(rest: str) -> bool:
    """What stands before the term: words, the last of them maybe with a link."""
    if not rest:
        return True
    return any(
        _is_words(rest[: len(rest) - len(link)], _NOT_BEFORE)
        for link in _LINKS
        if rest.endswith(link) and len(rest) > len(link)
    )


@lru_cache(maxsize=50_000)
def _fits_right(rest: str) -> bool:
    """What stands behind the term: maybe a link, then words."""
    if not rest:
        return True
    return any(
        _is_words(rest[len(link) :], _NOT_AFTER)
        for link in _LINKS
        if rest.startswith(link) and len(rest) > len(link)
    )


@lru_cache(maxsize=50_000)
def _is_words(text: str, blocked: frozenset[str], depth: int = 0) -> bool:
    """True for one known word, or known words with links between them."""
    if text in blocked:
        return False
    if is_word(text) and (len(text) >= _MIN_PART or text in _SHORT_PARTS):
        return True
    if depth == 2:
        return False
    for cut in range(_MIN_PART, len(text) - _MIN_PART + 1):
        head = text[:cut]
        if head in blocked or not is_word(head):
            continue
        for link in _LINKS:
            tail = text[cut + len(link) :]
            if text.startswith(link, cut) and len(tail) >= _MIN_PART:
                if _is_words(tail, blocked, depth + 1):
                    return True
    return False


def is_word(folded: str) -> bool:
    """True for an ordinary Dutch word, in small letters and without accents."""
    return folded in _folded_words()


@lru_cache(maxsize=1)
def _folded_words() -> frozenset[str]:
    return frozenset(
        word if word.isascii() else fold_key(word) for word in load_words()
    )


def other_word(term: str, written: str) -> bool:
    """True if an accented spelling is a word of its own beside the unaccented term: coupé, coup.

    An acute accent alone is mostly emphasis: ónderdeel.
    """
    words = load_words()
    return term in words and written in words and term != written
