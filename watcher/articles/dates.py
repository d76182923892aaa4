"""Relative times, "38 minuten geleden": found, and counted back from when they were captured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR, _DAY, _WEEK = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(weeks=1),
)
#: First letters of a unit in five languages; the first that fits counts.
_UNITS = (
    (("sec", "sek", "seg"), _SECOND),
    (("mon", "maand", "mois", "mes"), timedelta(days=30)),
    (("minut", "min", "mn"), _MINUTE),
    (("uur", "uren", "hour", "stunde", "std", "heure", "hora", "hr", "h", "u"), _HOUR),
    (("jaar", "jaren", "year", "jahr", "an", "año"), timedelta(days=365)),
    (("dag", "day", "tag", "jour", "día", "dia", "d"), _DAY),
    (("week", "weken", "woche", "semaine", "semana", "w"), _WEEK),
    (("m",), _MINUTE),
)
_NUMBERS: dict[str, float] = {
    word: number
    for number, words in (
        (1, "een één a an one einer einem eine ein un une una"),
        (2, "twee two zwei deux dos"),
        (3, "drie three drei trois tres"),
        (4, "vier four quatre cuatro"),
        (5, "vijf five fünf cinq cinco"),
        (6, "zes six sechs seis"),
        (7, "zeven seven sieben sept siete"),
        (8, "acht eight huit ocho"),
        (9, "negen nine neun neuf nueve"),
        (10, "tien ten zehn dix diez"),
        (11, "elf eleven onze once"),
        (12, "twaalf twelve zwölf douze doce"),
        (15, "vijftien fifteen fünfzehn quinze quince"),
        (20, "twintig twenty zwanzig vingt veinte"),
        (30, "dertig thirty dreißig trente treinta"),
        (0.5, "half een_half half_an half_a einer_halben une_demi- media"),
        (1.5, "anderhalf anderhalve eineinhalb anderthalb"),
    )
    for word in (each.replace("_", " ") for each in words.split())
}
#: Quarters of an hour have names of their own.
_QUARTER = r"(?:een )?kwartier|(?:einer )?viertelstunde|un quart d[’']heure|un cuarto de hora"
_WORDS = "|".join(sorted((re.escape(word) for word in _NUMBERS), key=len, reverse=True))
_COUNT = rf"(?:(?<![\d.,])\d{{1,3}}|(?<=[.!?])\d{{1,3}}|(?<![^\W\d_])(?:{_WORDS}))"
#: Longer spellings first: what follows may be glued on, so no word boundary can end them.
_UNIT = (
    r"(?:secondes|seconden|seconde|seconds|second|secs|sekunden|sekunde|segundos|segundo"
    r"|sec\.?|sek\.?"
    r"|minuten|minutes|minutos|minuut|minuto|minute|mins|min\.?|mn"
    r"|uurtje|uur|uren|hours|hour|hrs|hr|stunden|stunde|std\.?|heures|heure|horas|hora"
    r"|dagen|dag|days|day|tagen|tage|tag|jours|jour|días|día"
    r"|weken|week|weeks|wochen|woche|semaines|semaine|semanas|semana"
    r"|maanden|maand|months|month|monaten|monate|monat|mois|meses|mes"
    r"|jaren|jaar|years|year|jahren|jahre|jahr|ans|an|años|año)"
)
_ABOUT = r"(?:(?:ongeveer|circa|zo'n|ruim|bijna|about|over|almost|etwa|rund|ca\.|environ|unos) )?"
_BACKWARD = re.compile(
    rf"(?:(?P<count>{_COUNT})[ -]?(?P<unit>{_UNIT})"
    r"|(?:(?<![\d.,])|(?<=[.!?]))(?P<short>\d{1,3}) ?(?P<letter>[mhduw])\.?"
    rf"|(?P<quarter>{_QUARTER})) (?:geleden|ago)",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    rf"(?<![^\W\d_])(?:vor|il y a|hace) {_ABOUT}"
    rf"(?:(?P<count>{_COUNT}) ?(?P<unit>{_UNIT}|h|j)|(?P<quarter>{_QUARTER}))",
    re.IGNORECASE,
)
#: What every relative time has. The expressions above are tried beside these only: they take a
#: hundred times longer to say that there is none.
_SIGN = re.compile(r" geleden| ago|vor |il y a |hace ", re.IGNORECASE)
#: More characters than stand before "geleden" and "ago": "anderhalve seconden", "half an hour".
_REACH = 26

#: Words that are a time only when they are a line by themselves.
_LINES = {
    **dict.fromkeys(
        ("zojuist", "zonet", "nu net", "just now", "moments ago", "gerade eben", "soeben",
         "à l'instant", "à l’instant", "ahora mismo"),
        (timedelta(0), _MINUTE),
    ),
    **dict.fromkeys(("gisteren", "yesterday", "gestern", "ayer"), (_DAY, _DAY)),
    **dict.fromkeys(("eergisteren", "vorgestern", "avant-hier", "anteayer"), (2 * _DAY, _DAY)),
}  # fmt: skip
_GLUED_WORD = re.compile(rf"(?:^|(?<=[.!?\"”]))(?i:{'|'.join(_LINES)})(?=[A-ZÀ-ÖØ-Þ]|\Z)")
_LABEL = r"(?:[^\W\d_][\w'’\-]{0,20}+(?: [\w'’&\-]{1,20}+){0,2})"
_POSTED = (
    r"(?:(?:laatste update|bijgewerkt|geplaatst|gepubliceerd|last updated|updated|published|posted"
    r"|aktualisiert|veröffentlicht|mis à jour|publié|publicado|actualizado)\s?:?\s)?"
)
_BEFORE = re.compile(rf"(?:[•·*]\s)?(?:{_LABEL}\s?[|·•]\s?)?{_POSTED}{_ABOUT}", re.IGNORECASE)
_AFTER = re.compile(
    rf"\.?(?:\s(?:geplaatst|gepubliceerd|bijgewerkt))?(?:\s?[|·•]\s?{_LABEL})?\Z", re.IGNORECASE
)
_MAX_LINE = 80

_HOURS = r"(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?"
_CLOCK = re.compile(rf"{_HOURS}(?: ?(?:uur|u\.?|uhr|h|[ap]\.?m\.?|gmt|c?est|cet))?", re.IGNORECASE)
_DAY_NAME = (
    r"(?:vandaag|gisteren|today|yesterday|heute|gestern|aujourd[’']hui|hier|hoy|ayer"
    r"|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?|\d{1,2}\.? [^\W\d_]{3,10}\.?(?: \d{4})?)"
)
_CLOCK_LINE = re.compile(
    rf"(?:{_DAY_NAME},?\s(?:om |at |um |à |a las )?)?{_CLOCK.pattern}\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RelativeTime:
    """How long ago something was when it was captured, as written at text[start:end]."""

    ago: timedelta
    precision: timedelta
    start: int
    end: int

    def before(self, captured: datetime) -> datetime:
        """The moment itself."""
        return captured - self.ago


def find_relative_time(text: str, start: int = 0) -> RelativeTime | None:
    """The first relative time at or after this offset, or None."""
    return next(relative_times(text, start), None)


def relative_times(text: str, start: int = 0) -> Iterator[RelativeTime]:
    """Every relative time at or after this offset, from left to right."""
    for sign in _SIGN.finditer(text, start):
        if sign.end() <= start:
            continue
        if sign[0][0] == " ":
            begin = max(start, sign.start() - _REACH)
            found = _BACKWARD.search(text, begin, sign.end())
        else:
            found = _FORWARD.match(text, sign.start())
        if found:
            start = found.end()
            yield _value(found)


def glued_words(text: str) -> Iterator[tuple[int, int]]:
    """Where "gisteren" and the like stand between two lines without a blank between them."""
    for found in _GLUED_WORD.finditer(text):
        yield found.span()


def read_time_line(line: str) -> RelativeTime | None:
    """The relative time that is all this line says, "Buitenland • 5 min. geleden", or None."""
    if len(line) > _MAX_LINE:
        return None
    word = _LINES.get(line.rstrip(".").lower())
    if word:
        return RelativeTime(*word, 0, len(line))
    begin = _BEFORE.match(line)
    time = find_relative_time(line)
    if time is None or begin is None or not begin.end() >= time.start:
        return None
    return time if _AFTER.match(line, time.end) else None


def is_clock_line(line: str) -> bool:
    """True for a time of the day by itself: "14:05", "14.05 uur", "Vandaag, 14:05"."""
    return len(line) <= _MAX_LINE and _CLOCK_LINE.match(line) is not None


def clock_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where times of the day stand in a text, with the word for hours behind them."""
    for found in _CLOCK.finditer(text):
        yield found.span()


def _value(found: re.Match[str]) -> RelativeTime:
    if found["quarter"]:
        return RelativeTime(15 * _MINUTE, 15 * _MINUTE, *found.span())
    groups = found.groupdict()
    written = groups["unit"] or groups["letter"]
    # "vor einer StundeNürnberg": what begins with a capital is glued on and none of the unit.
    word = written.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or written
    end = found.end()
    if end == found.end("unit"):
        end -= len(written) - len(word)
    unit = _unit(word.lower())
    count = (groups["count"] or groups["short"]).lower()
    number = int(count) if count.isdigit() else _NUMBERS[count]
    return RelativeTime(unit * number, unit, found.start(), end)


def _unit(word: str) -> timedelta:
    return next(length for starts, length in _UNITS if word.startswith(starts))
