"""Whether a word is a compound with a term in it: what is left over must be known words.

Substrings match `legering` for `leger` and `raspoetin` for `poetin`; whole words miss three
of five mentions in Dutch news. So the rest of the word on both sides is looked up in a word
list, with the letters that Dutch puts between the parts.
"""

from __future__ import annotations

from functools import lru_cache

from watcher.words import dutch

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
        "aal", "aan", "aar", "achtig", "achtige", "age", "baar", "bare", "den", "der", "dom",
        "eel", "een", "eer", "eerd", "eerde", "eert", "ees", "els", "end", "ene", "ent", "eren",
        "erend", "erig", "erij", "ering", "ers", "est", "gen", "gene", "heid", "ige", "iger",
        "ing", "ingen", "isch", "ische", "ist", "ken", "ker", "kunde", "len", "ler", "lijk",
        "lijke", "lings", "loos", "loze", "men", "mer", "nen", "ner", "nis", "pen", "ren", "rij",
        "sel", "sten", "ster", "ten", "ter", "teur", "tisch", "tje", "tjes", "ven", "ver",
        "waarts", "zaam", "zen",
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
    cuts = range(_MIN_PART, len(text) - _MIN_PART + 1)
    return any(
        _is_words(tail, blocked, depth + 1)
        for cut in cuts
        if text[:cut] not in blocked and is_word(text[:cut])
        for tail in _behind_link(text[cut:])
    )


def _behind_link(rest: str) -> list[str]:
    """What may be the next part: the rest without each link it begins with."""
    tails = [rest[len(link) :] for link in _LINKS if rest.startswith(link)]
    return [tail for tail in tails if len(tail) >= _MIN_PART]


def is_word(folded: str) -> bool:
    """True for an ordinary Dutch word, in small letters and without accents."""
    return dutch.is_folded_word(folded)


def other_word(term: str, written: str) -> bool:
    """True if an accented spelling is a word of its own beside the unaccented term: coupé, coup.

    Acute accents inside a word are only emphasis, though the list has some: ónderdeel, vóór.
    """
    if not written.endswith("é") and not set(written) & set("àâäèêëìîïòôöùûüç"):
        return False
    return dutch.is_word(term) and dutch.is_word(written)
