"""Why a rule does not match, in words: every cause, in English and Dutch.

One table, so that a translator sees all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: A span of characters of the article's text.
Span = tuple[int, int]

#: code: (English, Dutch, cost). The cost says how far from holding this is: 0 nearly, 1 nothing of
#: it stands there; that of the groups follows from their children.
SENTENCES: dict[str, tuple[str, str, float]] = {
    # --- one term ---
    "absent": (
        '"{term}" does not stand in the text',
        '"{term}" staat niet in de tekst',
        1.0,
    ),
    "language": (
        'the article\'s language is {language}, "{term}" is for {languages}',
        'het artikel is in het {language}, "{term}" geldt voor {languages}',
        0.4,
    ),
    "acronym": (
        'found "{found}", but the acronym {term} needs capitals',
        'gevonden: "{found}", maar het letterwoord {term} vraagt hoofdletters',
        0.3,
    ),
    "capitals-line": (
        'found "{found}" in a line of capitals, where it may be the ordinary word',
        'gevonden: "{found}" in een regel hoofdletters, waar het ook het gewone woord kan zijn',
        0.4,
    ),
    "name": (
        'found "{found}", but the name {term} needs its capital',
        'gevonden: "{found}", maar de naam {term} vraagt een hoofdletter',
        0.3,
    ),
    "other-name": (
        'found "{found}", but with what stands before it that is another name than {term}',
        'gevonden: "{found}", maar met wat ervoor staat is dat een andere naam dan {term}',
        0.5,
    ),
    "accents": (
        'found "{found}", which is another word than "{term}" because of its accents',
        'gevonden: "{found}", door de accenten een ander woord dan "{term}"',
        0.4,
    ),
    "exact": (
        'found "{found}", but {term} asks for exactly its own spelling',
        'gevonden: "{found}", maar {term} vraagt precies die schrijfwijze',
        0.4,
    ),
    "compound-unknown": (
        'found "{found}", but "{rest}" is no known word, so it does not count as a compound of '
        '"{term}"',
        'gevonden: "{found}", maar "{rest}" is geen bekend woord, dus het telt niet als '
        'samenstelling met "{term}"',
        0.5,
    ),
    "other-word": (
        'found "{found}", which is a word of its own and no compound of "{term}"',
        'gevonden: "{found}", een woord op zichzelf en geen samenstelling met "{term}"',
        0.8,
    ),
    "compound-off": (
        'found "{found}", but "{term}" is not looked for in such compounds: {why}',
        'gevonden: "{found}", maar "{term}" wordt in zulke samenstellingen niet gezocht: {why}',
        0.5,
    ),
    "forms-off": (
        'found "{found}", a form that "{term}" does not look for (forms: says so)',
        'gevonden: "{found}", een vorm die "{term}" niet zoekt (door forms:)',
        0.3,
    ),
    "wildcard": (
        'found "{found}", but with a star in it {term} finds neither forms nor compounds',
        'gevonden: "{found}", maar met een sterretje vindt {term} geen vormen of samenstellingen',
        0.4,
    ),
    "written-apart": (
        'found "{found}", written apart; with a seam that is found too: {seam}',
        'gevonden: "{found}", los geschreven; met een naad vindt u dat ook: {seam}',
        0.3,
    ),
    "written-closed": (
        'found "{found}", written as one word; with a hyphen the term finds both: {seam}',
        'gevonden: "{found}", aaneen geschreven; met een koppelteken vindt u beide: {seam}',
        0.3,
    ),
    "sentence-end": (
        'found "{found}", but a sentence ends inside it: "{term}" stands in one sentence',
        'gevonden: "{found}", maar daarbinnen eindigt een zin: "{term}" staat in één zin',
        0.4,
    ),
    "punctuation": (
        'found "{found}", but "{term}" has nothing between its words',
        'gevonden: "{found}", maar bij "{term}" staat er niets tussen de woorden',
        0.4,
    ),
    "phrase-apart": (
        'the words of "{term}" stand there, but not side by side: "{found}"',
        'de woorden van "{term}" staan er, maar niet naast elkaar: "{found}"',
        0.6,
    ),
    "address": (
        '"{found}" stands only in a web or mail address',
        '"{found}" staat alleen in een web- of mailadres',
        0.5,
    ),
    "verb-far": (
        'found "{found}", but "{particle}" is more than 10 words away',
        'gevonden: "{found}", maar "{particle}" staat meer dan 10 woorden verder',
        0.3,
    ),
    "verb-alone": (
        'found "{found}", but no "{particle}" that belongs to it in the same sentence',
        'gevonden: "{found}", maar geen "{particle}" dat erbij hoort in dezelfde zin',
        0.7,
    ),
    "regex": (
        "{term} matches nothing in the text",
        "{term} past nergens in de tekst",
        1.0,
    ),
    "regex-case": (
        'found "{found}", but {term} tells capitals from small letters; (?i) makes them the same',
        'gevonden: "{found}", maar {term} onderscheidt hoofdletters; met (?i) niet meer',
        0.4,
    ),
    "similar": (
        'found "{found}", which resembles "{term}" but is none of its forms',
        'gevonden: "{found}", dat op "{term}" lijkt maar er geen vorm van is',
        0.7,
    ),
    # --- a list ---
    "absent-all": (
        "none of {words} stands in the text",
        "geen van {words} staat in de tekst",
        1.0,
    ),
    "lacks": (
        'found "{found}", which {name} lacks; {other} has it',
        'gevonden: "{found}", dat in {name} ontbreekt; {other} heeft het wel',
        0.6,
    ),
    # --- what takes occurrences away ---
    "masked": (
        '"{found}" is masked by {key} {mask}',
        '"{found}" wordt afgedekt door {key} {mask}',
        0.3,
    ),
    "field": (
        'in: {field}, but "{found}" stands in the {actual}',
        'in: {field}, maar "{found}" staat in: {actual}',
        0.3,
    ),
    # --- groups ---
    "missing": (
        "{node}: {count} of {total} missing: {missing}; found {found}",
        "{node}: {count} van {total} ontbreekt: {missing}; wel gevonden: {found}",
        1.0,
    ),
    "missing-all": (
        "{node}: nothing of it is there: {missing}",
        "{node}: niets ervan staat er: {missing}",
        1.0,
    ),
    "near-far": (
        "near ≤ {within}: closest {words} words apart",
        "near ≤ {within}: op zijn dichtst {words} woorden uit elkaar",
        0.2,
    ),
    "near-paragraph": (
        "near ≤ {within}: they stand in different paragraphs, closest {words} words apart",
        "near ≤ {within}: zij staan in verschillende alinea's, op zijn dichtst {words} woorden "
        "uit elkaar",
        0.25,
    ),
    "near-order": (
        "near, ordered: they stand the other way round",
        "near, ordered: zij staan in de andere volgorde",
        0.2,
    ),
    "near-overlap": (
        "near ≤ {within}: it would have to be the same words twice",
        "near ≤ {within}: het zouden twee keer dezelfde woorden zijn",
        0.3,
    ),
    "same-paragraph": (
        "same: sentence: all in one paragraph, but never in one sentence",
        "same: sentence: wel in één alinea, maar nergens in één zin",
        0.2,
    ),
    "same-unit": (
        "same: {unit}: never together; at best {count} of {total}, without {missing}",
        "same: {unit}: nergens bij elkaar; hooguit {count} van {total}, zonder {missing}",
        0.25,
    ),
    "at-least": (
        "at_least: {wanted}, but {count} of {total} found",
        "at_least: {wanted}, maar {count} van {total} gevonden",
        0.5,
    ),
    "mentions": (
        "mentions: {wanted}, but only {count} found",
        "mentions: {wanted}, maar er staan er {count}",
        0.4,
    ),
    "none": (
        'none: stopped by "{found}"',
        'none: tegengehouden door "{found}"',
        0.3,
    ),
    "not": (
        'NOT in the query: stopped by "{found}"',
        'NOT in de zoekvraag: tegengehouden door "{found}"',
        0.3,
    ),
    # --- where: and status: ---
    "where": (
        "where: {key} is {value}, wanted {wanted}",
        "where: {key} is {value}, gevraagd {wanted}",
        0.15,
    ),
    "where-unknown": (
        "where: the article has no {key}, wanted {wanted}",
        "where: het artikel heeft geen {key}, gevraagd {wanted}",
        0.15,
    ),
    "min-words": (
        "where: {value} words, min_words: {wanted}",
        "where: {value} woorden, min_words: {wanted}",
        0.15,
    ),
    "max-age": (
        "where: {value} old when it was seen, max_age: {wanted}",
        "where: {value} oud toen het gezien werd, max_age: {wanted}",
        0.15,
    ),
    "draft": (
        "status: draft: the rule is only checked and tested, and never runs",
        "status: draft: de regel wordt alleen gecontroleerd en getest, en draait niet",
        0.1,
    ),
    "off": ("status: off: the rule does not run", "status: off: de regel draait niet", 0.1),
    "shadow": (
        "status: shadow: the rule runs and counts, but sends nothing",
        "status: shadow: de regel draait en telt, maar verstuurt niets",
        0.0,
    ),
}

#: Values that are codes themselves.
_WORDS: dict[str, tuple[str, str]] = {
    "why-option": ("compound: says so", "door compound:"),
    "why-acronym": ("an acronym stands alone", "een letterwoord staat alleen"),
    "why-phrase": ("a phrase stands alone", "een woordgroep staat alleen"),
    "why-short": (
        "it has fewer than 5 letters; compound: both allows it",
        "het heeft minder dan 5 letters; met compound: both mag het",
    ),
    "why-name": (
        "a name begins a compound and never ends one",
        "een naam kan een samenstelling beginnen, niet eindigen",
    ),
    "why-language": ("only Dutch terms are", "dat gebeurt alleen met Nederlandse termen"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something does not hold: a code of the table, the values of its sentence, and how far
    from holding it is (0 to 1).

    ``places`` are where in the text what nearly did it stands; ``inner`` says why what is missing
    is missing.
    """

    code: str
    cost: float
    values: tuple[tuple[str, object], ...] = ()
    places: tuple[Span, ...] = ()
    inner: Cause | None = None

    def all_places(self) -> tuple[Span, ...]:
        """Its own places, or those of what is behind it."""
        if self.places or self.inner is None:
            return self.places
        return self.inner.all_places()


def make_cause(
    code: str,
    *,
    cost: float | None = None,
    places: Iterable[Span] = (),
    inner: Cause | None = None,
    **values: Any,
) -> Cause:
    """A cause with the values of its sentence; the cost of its code unless another is given."""
    own = SENTENCES[code][2] if cost is None else cost
    return Cause(
        code=code, cost=own, values=tuple(values.items()), places=tuple(places), inner=inner
    )


def say(cause: Cause, language: str = "en") -> str:
    """The cause as a sentence, with what is behind it."""
    english, dutch, _ = SENTENCES[cause.code]
    values = {key: _said(value, language) for key, value in cause.values}
    sentence = (dutch if language == "nl" else english).format(**values)
    if cause.inner is None or cause.inner.code in {"absent", "regex"}:
        return sentence
    return f"{sentence} ({say(cause.inner, language)})"


def _said(value: object, language: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    words = _WORDS.get(str(value))
    return str(value) if words is None else words[language == "nl"]
