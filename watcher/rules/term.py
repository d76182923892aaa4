"""Terms: from what an analyst wrote to the folded strings an automaton looks for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from watcher.rules import forms
from watcher.rules.regex import Regex, compile_regex
from watcher.rules.rule import Term
from watcher.text import fold

#: Letters that must stand beside a star (docs/rules.md, "Terms").
MIN_WILDCARD = 3
#: Lower-case terms of so many letters are found inside compounds.
MIN_COMPOUND = 5
#: With more joints than this only "all closed" and "as written" are looked for.
_MAX_JOINTS = 5
#: Between two parts of a word; the dash of "mond- en klauwzeer" is none.
_JOINT = re.compile(r"(?<=\S)[-\u2010\u2011\u2012\u2013](?=\S)")
_COMPONENT = re.compile(r"[^\W_]+")
_CONJUNCTIONS = frozenset(["en", "of", "und", "oder", "and", "or"])
#: Words of a name that are small letters behind a first name: Karin van den Broek.
_PARTICLES = frozenset(
    ["van", "de", "den", "der", "het", "'t", "’t", "ten", "ter", "te", "op", "in", "la", "le",
     "von", "zu", "da", "di", "du", "dos", "al", "el", "bin", "ibn"]
)  # fmt: skip


class TermProblemError(Exception):
    """A term that cannot be used: ``code`` and ``values`` for the table of sentences."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Pattern(NamedTuple):
    """One folded string of a term and what must hold around an occurrence of it.

    ``left``/``right`` say what may stand next to it in the same word: "" no letter or digit,
    "part" the rest of a compound of known words, "any" anything; with ``grow`` the hit then
    takes in the rest of the word. ``capitals`` are spans of the literal that need a capital
    first letter (False) or capitals throughout (True); ``particle`` allows the first of them in
    small letters behind a first name. ``exact`` is the spelling that the original must have,
    ``accented`` the accents it must have; ``plain`` says that it was written without any, so that
    it must not be another word with them (coup, coupé). ``tail`` must follow the literal in the
    folded text and belongs to the hit.

    A tuple, because a rule set has tens of thousands: it is made and hashed in half the time.
    """

    literal: str
    how: str
    left: str = ""
    right: str = ""
    grow: bool = False
    capitals: tuple[tuple[int, int, bool], ...] = ()
    particle: bool = False
    acronym: bool = False
    exact: str = ""
    accented: str = ""
    plain: bool = False
    tail: re.Pattern[str] | None = None
    apart: Apart | None = None

    @property
    def is_simple(self) -> bool:
        """True if a whole word of ASCII letters is an occurrence, whatever its capitals."""
        return not (self.capitals or self.exact or self.accented or self.tail or self.apart)


@dataclass(frozen=True, slots=True)
class Apart:
    """A separable verb written apart: the finite form is found, this particle must follow."""

    particle: str
    within: int = 10


def compile_term(term: Term) -> tuple[Pattern, ...]:
    """The patterns of a term; none for a regular expression (`regex_of`).

    Raises `TermProblemError` for a term that cannot be used.
    """
    text = " ".join(term.text.split())
    if not text:
        raise TermProblemError("E401")
    if is_regex(text):
        regex_of(text)
        return ()
    if text.startswith("=") and len(text) > 1:
        return _exact(text[1:])
    if "|" in text:
        return tuple(_seam(text, term))
    if "*" in text:
        return _wildcard(text)
    return tuple(dict.fromkeys(_plain(text, term)))


def check_term(term: Term) -> None:
    """Raise `TermProblemError` for a term that `compile_term` would refuse; without its forms,
    which need the word list."""
    text = " ".join(term.text.split())
    if "|" in text and not is_regex(text):
        for half in _halves(text):
            _folded(half)
    elif text and not is_regex(text) and "*" not in text and not text.startswith("="):
        _spellings(text, "exact")
    else:
        compile_term(term)


def is_regex(text: str) -> bool:
    """True for ``/…/``."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def regex_of(text: str) -> Regex:
    """The regular expression in a term. Raises `TermProblemError`."""
    try:
        return compile_regex(text.strip()[1:-1])
    except ValueError as error:
        raise TermProblemError("E408", why=str(error)) from None


def _exact(text: str) -> tuple[Pattern, ...]:
    literal = _folded(text)
    return (Pattern(literal, "exact", *_edges(literal), exact=text),)


def _fold(text: str) -> str:
    """Folded text; most parts of terms are so plain that small letters are all there is to it."""
    plain = text.isascii() and text.replace(" ", "").isalnum() and "  " not in text
    return text.lower() if plain else fold(text).text


def _folded(text: str) -> str:
    folded = _fold(text).strip()
    if not any(character.isalnum() for character in folded):
        raise TermProblemError("E403", value=text)
    return folded


def _edges(literal: str, left: str = "", right: str = "") -> tuple[str, str]:
    """What may stand at both ends; next to a sign anything may."""
    return (left if literal[0].isalnum() else "any", right if literal[-1].isalnum() else "any")


# --- words, phrases, names, acronyms -------------------------------------------------------------


def _plain(text: str, term: Term) -> Iterator[Pattern]:
    """A word or phrase with its forms, its joints as written or closed, and its compounds."""
    left, right = _compound_sides(text, term)
    language = _language(term)
    # Most terms are one word in small letters: nothing in it can need capitals or joints.
    simple = text.isalpha() and text.islower() and (term.case, term.accents) == ("auto", "auto")
    for number, form in enumerate(_forms(text, term, language)):
        how = "alias" if term.alias else "exact" if number == 0 else "form"
        if simple:
            plain = form.isascii()
            yield Pattern(form if plain else _folded(form), how, left, right, plain=plain)
            continue
        for pattern in _spellings(form, how, left, right):
            yield _with_options(pattern, term, text)
    if is_acronym(text) and text.isalpha():
        dotted = ".".join(text) + "."
        capitals = tuple(_capitals(dotted, 0))
        yield Pattern(_folded(dotted), "form", "", "any", capitals=capitals)


def _forms(text: str, term: Term, language: str) -> Iterator[str]:
    """The term itself, then its forms."""
    yield text
    if isinstance(term.forms, tuple):
        yield from term.forms
        return
    if term.forms == "none":
        return
    head, last = _last_word(text)
    for form in forms.word_forms(last, language):
        yield head + form
    if head.rstrip() == head != "" and last[-1:] not in {"s", "x", "z"}:
        # A term with hyphens is a noun of its own: staakt-het-vurens.
        yield text + "s"


def _language(term: Term) -> str:
    """The language whose forms the term has; Dutch where nothing is said."""
    return min(term.languages) if term.languages else "nl"


def _last_word(text: str) -> tuple[str, str]:
    """The term split before its last word, which is the one that is inflected."""
    if text.isalpha():
        return "", text
    found = list(re.finditer(r"[^\s\-\u2010\u2011\u2012\u2013]+", text))
    if not found:
        return text, ""
    return text[: found[-1].start()], text[found[-1].start() :]


def _compound_sides(text: str, term: Term) -> tuple[str, str]:
    """What a compound may add on the term's left and right."""
    chosen = term.compound
    if term.languages and "nl" not in term.languages and not chosen:
        return "", ""
    if chosen:
        part = "any" if chosen == "any" else "part"
        return (
            part if chosen in {"left", "both", "any"} else "",
            part if chosen in {"right", "both", "any"} else "",
        )
    if " " in text or is_acronym(text) or _count_letters(text) < MIN_COMPOUND:
        return "", ""
    # A name begins a compound (Oekraïnereferendum) and never ends one (Witrusland).
    return ("", "part") if text[:1].isupper() else ("part", "part")


def _count_letters(text: str) -> int:
    return len(text) if text.isalpha() else sum(character.isalpha() for character in text)


def _with_options(pattern: Pattern, term: Term, text: str) -> Pattern:
    if term.case == "fold":
        pattern = pattern._replace(capitals=(), particle=False, acronym=False)
    elif term.case == "exact":
        pattern = pattern._replace(exact="case:" + text)
    if term.accents == "exact":
        pattern = pattern._replace(accented=text)
    return pattern


def _spellings(text: str, how: str, left: str = "", right: str = "") -> list[Pattern]:
    """The term with every joint as written or closed (a folded dash is a space)."""
    parts = [part for part in _JOINT.split(text) if part.strip()]
    if not parts:
        raise TermProblemError("E403", value=text)
    joints = len(parts) - 1
    choices: Iterable[tuple[str, ...]] = (
        itertools.product((" ", ""), repeat=joints)
        if joints <= _MAX_JOINTS
        else [(" ",) * joints, ("",) * joints]
    )
    choices = [*choices, *_coordinated(parts)]
    particle = parts[0].split()[0].casefold() in _PARTICLES
    acronym = is_acronym(text)
    patterns: list[Pattern] = []
    for choice in choices:
        literal, capitals = _join(parts, choice)
        joined = "" in choice
        # A closed spelling is one word: only its beginning can need a capital.
        kept = capitals[:1] if joined else capitals
        patterns.append(
            Pattern(
                literal,
                "joined" if joined and how == "exact" else how,
                *_edges(literal, left, right),
                capitals=kept,
                particle=particle,
                acronym=acronym,
            )
        )
    return patterns


def _coordinated(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The joints of "mond- en klauwzeer" for mond-en-klauwzeer: a folded dash is a space too."""
    if any(part in _CONJUNCTIONS for part in parts[1:-1]):
        yield tuple("  " if part in _CONJUNCTIONS else " " for part in parts[1:])


def _join(
    parts: list[str], joints: tuple[str, ...]
) -> tuple[str, tuple[tuple[int, int, bool], ...]]:
    """The folded parts put together, and the spans that need capitals."""
    literal = ""
    capitals: list[tuple[int, int, bool]] = []
    for part, joint in zip(parts, (*joints, ""), strict=True):
        capitals += _capitals(part, len(literal))
        literal += _folded(part) + joint
    return literal, tuple(capitals)


def _capitals(part: str, offset: int) -> Iterator[tuple[int, int, bool]]:
    if part.islower():
        return
    for component in _COMPONENT.finditer(part):
        word = component.group()
        start = offset + len(_fold(part[: component.start()]))
        end = start + len(_fold(word))
        if is_acronym(word):
            yield start, end, True
        elif word[0].isupper():
            yield start, end, False


def is_acronym(word: str) -> bool:
    """Two letters or more, all of them capitals."""
    return word.isupper() and _count_letters(word) >= 2


# --- wildcards -----------------------------------------------------------------------------------


def _wildcard(text: str) -> tuple[Pattern, ...]:
    """A term with stars: the first piece without one is looked for, the rest is checked."""
    letters = sum(character.isalnum() for character in text)
    if letters < MIN_WILDCARD:
        raise TermProblemError("E402", value=text, count=letters)
    pieces = text.split("*")
    inner = [piece for piece in pieces if piece]
    open_left, open_right = not pieces[0], not pieces[-1]
    if len(inner) == 1:
        literal = _folded(inner[0])
        left, right = _edges(literal, "any" if open_left else "", "any" if open_right else "")
        return (Pattern(literal, "wildcard", left, right, grow=True),)
    return (_inner_star(inner, open_left, open_right, text),)


def _inner_star(inner: list[str], open_left: bool, open_right: bool, text: str) -> Pattern:
    """``minister* van*`` or ``anti*wet``: the first piece is looked for, the tail is checked."""
    literal = fold(inner[0]).text.lstrip()
    if not any(character.isalnum() for character in literal):
        raise TermProblemError("E403", value=text)
    tail = r"\w*".join(["", *(re.escape(fold(piece).text) for piece in inner[1:])])
    if open_right:
        tail += r"\w*"
    left, _ = _edges(literal, "any" if open_left else "")
    tail_pattern = re.compile(tail + r"(?!\w)")
    return Pattern(literal, "wildcard", left, "any", grow=open_left, tail=tail_pattern)


# --- seams ---------------------------------------------------------------------------------------


def _seam(text: str, term: Term) -> Iterator[Pattern]:
    """``import|verbod``: closed, hyphen, space, ellipsis; ``toe|treden``: apart too."""
    left, right = _halves(text)
    if forms.is_separable(left, right):
        yield from _separable(left, right)
        return
    compound = _compound_sides(left + right, term)
    language = _language(term)
    rights = [right] if term.forms == "none" else [right, *forms.word_forms(right, language)]
    for number, ending in enumerate(rights):
        how = "exact" if number == 0 else "form"
        for joint in ("", " "):
            shape = how if not joint else "joined"
            literal = _folded(left) + joint + _folded(ending)
            capitals = tuple(_capitals(left, 0))
            yield Pattern(literal, shape, *_edges(literal, *compound), capitals=capitals)
        yield from _ellipses(_folded(left), re.escape(_folded(ending)))


def _halves(text: str) -> tuple[str, str]:
    halves = [half.strip() for half in text.split("|")]
    if len(halves) != 2 or not all(halves):
        raise TermProblemError("E409", value=text)
    return halves[0], halves[1]


def _ellipses(left: str, right: str) -> Iterator[Pattern]:
    """``import- en exportverbod``, ``wapenhandel en -export``: a folded dash is a space."""
    joint = r"(?:en|of|and|or|und)"
    behind = re.compile(rf" {{2,3}}{joint} \w*{right}(?!\w)")
    before = re.compile(rf"\w+ {joint}  {right}(?!\w)")
    yield Pattern(left, "ellipsis", tail=behind)
    yield Pattern(left, "ellipsis", right="any", tail=before)


def _separable(particle: str, verb: str) -> Iterator[Pattern]:
    """A separable verb: together, with te, and apart with its particle behind it."""
    for number, form in enumerate(forms.joined_forms(particle, verb)):
        yield Pattern(_folded(form), "exact" if number == 0 else "form")
    for form in forms.finite_forms(verb):
        yield Pattern(_folded(form), "apart", apart=Apart(_folded(particle)))
