"""How alike two news texts are: the same copy, the same event, or nothing. Pure, and fast.

Copies share runs of words however they were cut and garnished; texts about one event share names,
numbers and rare words. Both leave **traces** (hashes) by which a database finds the few texts
that are worth a comparison.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from zlib import crc32

from watcher.text import fold, fold_key

#: Traces of a text: its smallest run hashes (more than are kept: common ones are left out), and
#: its most telling terms. Twelve found 99.9 % of copies, edited in fourteen ways.
SKETCH, SPARE_SKETCH = 12, 20
LEADING = 12
#: What names and numbers in common must weigh together for two texts in different languages.
_ABROAD = 6.5
#: Characters of a text that are looked at: news says what it is about at the top.
_LONG, _TOP = 8_000, 2_000

#: Weights of terms: a name, a number of two digits or more, a small number, a word. A capital at
#: the start of a sentence may be a name and counts only where it meets one.
_WEIGHTS = {"name": 3.0, "number": 2.5, "small": 0.7, "word": 1.0, "maybe": 0.0}
#: A word or a number, or what a sentence may start behind.
_TOKEN_OR_START = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[.!?:\n\"“‘»]")
_SENTENCE_STARTS = frozenset('.!?:\n"“‘»')
#: A word may end in digits (krant3, F16): they are its name and no number.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+\w*)?")
#: Beside these stands how often a page was read, which no one corrects.
_COUNTERS = frozenset(
    ("reacties", "reactie", "comments", "views", "likes", "weergaven", "bekeken", "gelezen",
     "gedeeld", "gestemd", "stemmen", "foto", "photos", "kommentare", "geleden", "ago", "leestijd")
)  # fmt: skip
_ITEM = re.compile(r"\w+")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+\Z")
#: Letters of a word that tell it from others, whatever its ending.
_STEM, _NAME_STEM = 6, 7

#: A time in the spelling of `_number`, but for full hours.
_CLOCK = re.compile(r"(?:1?\d|2[0-3])\.[0-5]\d?")
_NUMBER_WORDS = {
    word: str(number)
    for number, words in {
        2: "twee two zwei deux", 3: "drie three drei trois", 4: "vier four quatre",
        5: "vijf five funf cinq", 6: "zes six sechs", 7: "zeven seven sieben sept",
        8: "acht eight huit", 9: "negen nine neun neuf", 10: "tien ten zehn dix",
        11: "elf eleven onze", 12: "twaalf twelve zwolf douze", 13: "dertien", 14: "veertien",
        15: "vijftien", 16: "zestien", 17: "zeventien", 18: "achttien", 19: "negentien",
        20: "twintig twenty zwanzig vingt", 30: "dertig thirty dreissig trente",
        40: "veertig veertigtal forty vierzig quarante", 50: "vijftig fifty funfzig cinquante",
        60: "zestig sixty sechzig soixante", 70: "zeventig", 80: "tachtig", 90: "negentig",
        100: "honderd hundred hundert cent", 200: "tweehonderd", 300: "driehonderd",
        1000: "duizend thousand tausend mille",
    }.items()
    for word in words.split()
}  # fmt: skip
#: Words that every news text has, and the times it gives.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "de het een en van in op te is dat die voor met zijn niet aan er om ook als dan nog bij "
        "uit naar door over maar of wordt worden werd werden heeft hebben had hadden zal zullen "
        "kan kunnen moet moeten wil willen al was waren geen meer veel wel zo toen tot na sinds "
        "onder tegen volgens omdat terwijl nadat zij hij ze we wij ik je u hun haar hem deze dit "
        "daar hier waar wie wat hoe zeker ongeveer ruim bijna vooral volgende vorige jaar maand "
        "week dag dagen uur weken maanden jaren eerste tweede derde laatste nieuwe mensen andere "
        "alle zeggen zegt zei zeiden meldt melden gemeld aldus bericht nieuws maandag dinsdag "
        "woensdag donderdag vrijdag zaterdag zondag vandaag gisteren morgen ochtend middag avond "
        "nacht januari februari maart april mei juni juli augustus september oktober november "
        "december the a an to and on for with at by from are were has have be been it its that "
        "this which who as after said will would not but their they he she his her more than into "
        "out up about one der das und ist im den dem des ein eine zu mit auf fur von sich nicht "
        "auch nach bei aus wird wurde haben hat le la les du une et est dans pour par sur avec "
        "que qui ont ete au aux ",
    )
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a text is compared.

    ``runs`` are hashes of its body's runs of three words; ``terms`` maps what it is about (names
    as ``@…``, numbers as ``#…``, stems of words) to kinds; ``headline`` the terms of its headline;
    ``figures`` maps what stands on both sides of a number to that number. ``weight`` is that of
    all terms by their kinds, ``names`` are those that are names for sure.
    """

    runs: frozenset[int]
    terms: Mapping[str, str]
    headline: frozenset[str]
    figures: Mapping[tuple[str, str], str]
    weight: float
    names: frozenset[str]


@lru_cache(maxsize=4096)
def profile(text: str, headline_end: int) -> Profile:
    """The profile of an article's text; articles are compared with many others."""
    headline_end = min(headline_end, _TOP)
    text = text[: headline_end + _LONG]
    folded = fold(text)
    if folded.starts is None:
        # Every character at its own place: what is cut off one can be cut off the other.
        even = folded.text
        body = even[headline_end:].strip() or even
    else:
        even = ""
        body = fold_key(text[headline_end:].strip() or text)
    words = _WORD.findall(body)
    top = text[: headline_end + _TOP]
    if "\x00" in even[: len(top)]:
        # Web and mail addresses are folded away: their parts are no words.
        top = "".join(" " if key == "\x00" else one for one, key in zip(top, even, strict=False))
    headline = _terms(top[:headline_end])
    # A name for sure says more than what may be one.
    body_terms = _terms(top[headline_end:])
    terms = headline | {
        term: kind for term, kind in body_terms.items() if kind == "name" or term not in headline
    }
    return Profile(
        runs=_runs(words),
        terms=terms,
        headline=frozenset(headline),
        figures=_figures(words),
        weight=sum(_WEIGHTS[kind] for kind in terms.values()),
        names=frozenset(term for term, kind in terms.items() if kind == "name"),
    )


def runs_of(sentence: str) -> frozenset[int]:
    """Hashes of a sentence's runs, as those of a profile."""
    return _runs(_WORD.findall(fold_key(sentence)))


def terms_of(sentence: str) -> dict[str, str]:
    """What a sentence is about, with the kinds, as in a profile."""
    return _terms(sentence[:_TOP])


def _runs(words: list[str]) -> frozenset[int]:
    """Hashes of what three words in a row say; of all of them where there are fewer."""
    line = " ".join(words).encode("utf-8", "surrogatepass")
    # Pieces of one line: to put each run together takes three times as long.
    starts = [0, *accumulate(len(word) + 1 for word in line.split(b" "))]
    hashes = [crc32(line[start : end - 1]) for start, end in zip(starts, starts[3:], strict=False)]
    return frozenset(hashes or (crc32(line),))


def _terms(text: str) -> dict[str, str]:
    """What a text is about, with the kinds."""
    found: dict[str, str] = {}
    tokens = _TOKEN_OR_START.findall(text)
    begins = map(_SENTENCE_STARTS.__contains__, ["\n", *tokens])
    for word, starts in dict.fromkeys(zip(tokens, begins, strict=False)):
        for term, kind in _terms_of(word, starts):
            if kind == "name" or term not in found:
                found[term] = kind
    return found


#: Most words of a text were in another one before.
@lru_cache(maxsize=32_768)
def _terms_of(word: str, starts: bool) -> tuple[tuple[str, str], ...]:
    """The terms of a word, with their kinds; ``starts`` says whether a sentence starts with it."""
    key = word.lower().replace("-", "") if word.isascii() else fold_key(word).replace(" ", "")
    number = _number(word, key)
    if number:
        return ((f"#{number}", "number" if len(number) > 1 else "small"),)
    if key in _COMMON or len(key) < 3:
        return ()
    if word[0].isupper() and not starts:
        return ((f"@{key[:_NAME_STEM]}", "name"),)
    if len(key) < 4:
        return ()
    stem = (key[:_STEM], "word")
    return (stem, (f"@{key[:_NAME_STEM]}", "maybe")) if word[0].isupper() else (stem,)


def _number(word: str, folded: str) -> str:
    """A number in one spelling: 84.000 and 84000, 1,75 and 1.75, zes and 6; "" for no number."""
    if not word[0].isdigit():
        return _NUMBER_WORDS.get(folded, "")
    if _THOUSANDS.match(word):
        return word.replace(".", "")
    number = word.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _figures(words: list[str]) -> dict[tuple[str, str], str]:
    """Numbers by the words on both sides of them."""
    around = ["", *words, ""]
    return {
        (around[at], around[at + 2]): _number(word, word)
        for at, word in enumerate(words)
        if (word in _NUMBER_WORDS or word[0].isdigit())
        and not _COUNTERS.intersection(around[at : at + 3])
    }


def words_of(text: str) -> list[str]:
    """The words of a text, folded, with the digits in them."""
    return _ITEM.findall(fold_key(text))


def difference(one: str, other: str) -> tuple[str, str]:
    """What stands between the words that two lines begin and end with: ("graan", "olie") for
    "Embargo op graan verlengd" and "Embargo op olie verlengd"; empty where too little is the same.
    """
    mine, theirs = words_of(one), words_of(other)
    most = min(len(mine), len(theirs))
    head = next((at for at in range(most) if mine[at] != theirs[at]), most)
    tail = next((at for at in range(most - head) if mine[-1 - at] != theirs[-1 - at]), most - head)
    if head + tail < 2:
        return "", ""
    return " ".join(mine[head : len(mine) - tail]), " ".join(theirs[head : len(theirs) - tail])


# --- traces ------------------------------------------------------------------------------------


def sketch(one: Profile) -> tuple[int, ...]:
    """The smallest run hashes, smallest first: two copies have many of them in common."""
    return tuple(sorted(one.runs)[:SPARE_SKETCH])


def leading_terms(one: Profile) -> dict[str, int]:
    """The most telling terms and their hashes: names, then numbers, then long words."""
    telling = sorted(
        (-_WEIGHTS[kind], -len(term), term)
        for term, kind in one.terms.items()
        if _WEIGHTS[kind] >= 1
    )
    # Another space of hashes than that of the runs.
    return {term: crc32(term.encode()) | 1 << 32 for _, _, term in telling[:LEADING]}


@dataclass(frozen=True, slots=True)
class Traces:
    """The hashes that a text is found by: those of its smallest runs, in order, and of its terms.

    Both in one space of numbers below 2**33, so that one table keeps them.
    """

    runs: tuple[int, ...]
    terms: Mapping[str, int]


@lru_cache(maxsize=1024)
def traces(text: str, headline_end: int) -> Traces:
    """The traces of an article's text."""
    one = profile(text, headline_end)
    return Traces(sketch(one), leading_terms(one))


# --- comparing ---------------------------------------------------------------------------------


def contained(one: Profile, other: Profile) -> tuple[float, int]:
    """The share of the shorter one's runs that the other has too, and how many that are."""
    shared = len(one.runs & other.runs)
    return shared / min(len(one.runs), len(other.runs)), shared


def changed_figures(one: Profile, other: Profile) -> tuple[str, ...]:
    """Numbers of the first that stand where the other has a different one."""
    return tuple(
        number
        for place, number in one.figures.items()
        if other.figures.get(place, number) != number
    )


def mended_figures(one: Profile, other: Profile) -> tuple[str, ...]:
    """Numbers of the first that took the place of another one; not times in whose place another
    came, and that stand there still: a live blog grows above "10.05 uur - …"."""
    kept = {(number, after) for (_, after), number in one.figures.items()}
    return tuple(
        number
        for place, number in one.figures.items()
        if (theirs := other.figures.get(place, number)) != number
        and not (_CLOCK.fullmatch(theirs) and (theirs, place[1]) in kept)
    )


def same_figures(one: Profile, other: Profile) -> int:
    """How many numbers stand at the same places in both."""
    return sum(other.figures.get(place) == number for place, number in one.figures.items())


class Weights:
    """How telling terms are: by their kind, less the more texts have them.

    ``known`` is in how many of ``total`` texts a term was seen; of other terms it is not asked,
    so that a text's weight is known but for a handful of them.
    """

    def __init__(self, known: Mapping[str, int], total: int) -> None:
        #: Few texts say little about what is rare.
        texts = max(total, 50) + 1
        scale = math.log(texts)
        self._unknown = math.log(texts / 0.5) / scale
        self._rarity = {
            term: max(0.15, math.log(texts / (count + 0.5)) / scale)
            for term, count in known.items()
        }

    def of_all(self, one: Profile) -> float:
        """What the terms of a text weigh together."""
        return self._unknown * one.weight + sum(
            _WEIGHTS[one.terms[term]] * (rarity - self._unknown)
            for term, rarity in self._rarity.items()
            if term in one.terms
        )

    def of_common(self, one: Profile, other: Profile, common: Iterable[str]) -> float:
        """What these terms, which both texts have, weigh together: each as the surer kind."""
        mine, theirs = one.terms, other.terms
        return sum(
            max(_WEIGHTS[mine[term]], _WEIGHTS[theirs[term]])
            * self._rarity.get(term, self._unknown)
            for term in common
        )


def similarity(one: Profile, other: Profile, weights: Weights) -> float:
    """0 to 1: how much of what they are about is the same, rare terms counting more.

    Two texts of one language must
    share two words at least, because places and numbers recur.
    """
    common = one.terms.keys() & other.terms.keys()
    if sum(term[0] not in "@#" for term in common) < 2:
        return 0.0
    shared = weights.of_common(one, other, sorted(common))
    return shared / math.sqrt(weights.of_all(one) * weights.of_all(other))


def is_same_event_abroad(one: Profile, other: Profile, weights: Weights) -> bool:
    """Whether texts in two languages are about one event: by their names and numbers alone.

    Rare names, and figures with them: Peshawar and 31 dead. Names that are always in the news
    weigh too little.
    """
    common = sorted(term for term in one.terms.keys() & other.terms.keys() if term[0] in "@#")
    figures = [one.terms[term] for term in common if term[0] == "#"]
    if "number" not in figures and figures.count("small") < 2:
        return False
    return weights.of_common(one, other, common) >= _ABROAD


def names_differ(one: Profile, other: Profile) -> bool:
    """True if both have names and none in common: the same words about somebody else."""
    mine, theirs = one.names, other.names
    if not mine or not theirs:
        return False
    return mine.isdisjoint(other.terms) and theirs.isdisjoint(one.terms)


def novelty(one: Profile, known: frozenset[str]) -> float:
    """The share of what a text is about that is not among these terms; names and numbers count
    for more."""
    weights = {term: _WEIGHTS[kind] for term, kind in one.terms.items()}
    return sum(w for term, w in weights.items() if term not in known) / (
        sum(weights.values()) or 1.0
    )


def headline_novelty(one: Profile, known: frozenset[str]) -> float:
    """The share of its headline's words and numbers that is not among these terms."""
    terms = [term for term in one.headline if not term.startswith("@")]
    if not terms:
        return novelty(one, known)
    return sum(term not in known for term in terms) / len(terms)
