"""Datelines: where a wire text was written and by which agencies, `KIEV (ANP/AFP/RTR) - `.

Read from left to right in one pass over at most `_WINDOW` characters, so that the time a
dateline takes does not depend on the text behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher.articles.wires import DASHLESS, read_agencies

#: The longest dateline of 9,273 of Reuters has 47 characters; agencies add their own.
_WINDOW = 130
_UPPER = r"A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŨŪŬŮŰŲŴŶŸŹŻŽȘȚ"
_LETTER = r"[^\W\d_]"
#: Small words inside names of places: Frankfurt am Main, Rio de Janeiro, Bergen op Zoom.
_SMALL = (
    r"(?:a[mnu]|auf|aux?|aan|bei|bij|da|das?|de[nrls]?|di|do[s]?|du|el|en|i[mn]|la|les?|nad|o[bfnp]"
    r"|pod|sous|sur|unter|upon|vor|y|zu[mr]?|a/d|ter|ten|und|et|and|the)(?![^\W\d_])"
)
_MONTH = (
    r"(?i:(?:jan|feb|fev|fév|mar|mrt|mär|maa|mae|apr|abr|avr|may|mai|mei|mag|giu|jun|jui|jul|lug"
    r"|aug|ago|aoû|aou|sep|set|oct|okt|ott|out|nov|dec|dez|dic|déc|ene|gen)[^\W\d_]{0,6}+\.?)"
)
_NO_DATE = rf"(?!{_MONTH} ?\d)"
#: A stop belongs to short words and initials only: ST. LOUIS, D.C.; not to "MOSCOW. March 3".
_WORD = (
    rf"{_NO_DATE}(?:(?:[{_UPPER}]\.){{2,4}}|[{_UPPER}]{_LETTER}{{0,2}}\.(?= [{_UPPER}])"
    rf"|[{_UPPER}](?:{_LETTER}|['’])*+)"
)
_PLACE = (
    rf"(?P<place>(?:['’‘`´][sStT](?:-| ))?{_WORD}"
    rf"(?:(?: ?/ ?|-| )(?:{_WORD}|[dl][’']{_WORD}|{_SMALL})){{0,6}}+)"
)
#: Halle (Saale), Frankfurt (Oder): a second bracket holds the agency.
_RIVER = r"(?: \([^()]{2,20}\)(?= ?\())?"
_PART = rf"{_NO_DATE}[{_UPPER}][\w.'’\-]*+"
_REGION = rf"(?:, ?{_PART}(?: (?:of |and |the )?{_PART}){{0,3}}){{0,2}}"
_DAY = r"\d{1,2}(?!\d)"
_DATE = (
    rf"(?P<date>(?:{_MONTH} ?{_DAY}|{_DAY}(?:\.|er|º)? (?:de )?{_MONTH}"
    r"|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?)(?:,? (?:de )?\d{4})?)"
)
_HEAD = re.compile(rf"{_PLACE}{_RIVER}{_REGION}(?:[,.]* ?{_DATE},?)?")
_AGENCY = re.compile(r"\.?,? ?(?:\((?P<round>[^()]{2,40})\)|/(?P<slash>[^/ ]{2,12})/)")
_DASH = re.compile(r"\s*(?:\.?\s?[-–—−_]{1,3}|\s=)(?:\s+|\Z)|(?:\s[-–—−_]|[-–—]{2}|\.-)(?=\S)")
_COLON = re.compile(r":\s+")
_STOP = re.compile(r"\.(?:\s+|\Z)")
_BLANK = re.compile(r"\s+|\Z")
#: How a text goes on behind a dateline: not in small letters, but "iPhone" and "'s Avonds" may.
_BEGINS = re.compile(
    rf"(?:['’‘\"“„«»(\[] ?){{0,3}}(?:[{_UPPER}\d]|[a-z]{{1,2}}[{_UPPER}]|\S*\Z)|['’‘]"
)
#: Labels that stand before a dash as a place does.
_NO_PLACE = frozenset(
    re.findall(
        r"\S+",
        """
    ACHTERGROND ANALYSE ANALYSIS COLUMN COMMENT COMMENTAAR EILMELDUNG EXCLUSIEF
    EXCLUSIVE EXCLUSIF EXPLAINER FACTBOX FEATURE FOTO FOTOS HINTERGRUND INTERVIEW KOMMENTAR LEAD
    LIVE LIVEBLOG NIEUWS OPINIE OPINION PODCAST PORTRAIT PORTRET PREVIEW PROFIEL RECENSIE REPORTAGE
    REVIEW SAMENVATTING SPECIAL SPORT TIMELINE UITLEG UPDATE VERSLAG VIDEO WEER ZUSAMMENFASSUNG
    BREAKING BREAKINGVIEWS CORRECTIE CORRECTION KORT BRIEF TEST QUIZ POLL Q&A FAQ WRAPUP
        MAANDAG DINSDAG WOENSDAG DONDERDAG VRIJDAG ZATERDAG ZONDAG MONDAY TUESDAY WEDNESDAY
        THURSDAY FRIDAY SATURDAY SUNDAY MONTAG DIENSTAG MITTWOCH FREITAG SAMSTAG SONNTAG
    """,
    )
)
_SMALL_LETTERED = re.compile(rf"[{_UPPER}][’']?[^\W\d_{_UPPER}]")
#: A place alone needs this much text behind it: "AJAX - PSV 2-1" is a result.
_ENOUGH = 40
_RUNNING = re.compile(rf"{_LETTER}+ [^\W\d_A-Z]{{2}}")


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline at text[start:end]; agencies in capitals, as written left to right.

    The place is the town alone, without region, country and date.
    """

    place: str
    agencies: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the agency: a town, and whether a date follows it."""

    place: str
    dated: bool
    end: int

    @property
    def in_capitals(self) -> bool:
        """True for a place without small letters, small words and 's aside."""
        return _SMALL_LETTERED.search(self.place) is None and self.place.upper() != self.place[:1]


def find_dateline(text: str, start: int = 0) -> Dateline | None:
    """The dateline that begins exactly at this offset, or None.

    It names a known agency (`KIEV (ANP) - `, `(ANSA) - ROMA, 03 MAR - `), or is a place in
    capitals with a date (`SAN MATEO, Calif., March 2 - `).
    """
    window = text[start : start + _WINDOW]
    if not window or not (window[0].isupper() or window[0] in "'’‘`´("):
        return None
    found = _agency_first(window) if window[0] == "(" else _place_first(window)
    return _moved(found, start)


def find_place(text: str, start: int = 0, *, in_capitals: bool = True) -> Dateline | None:
    """What is a dateline only inside a strip, beginning exactly at this offset, or None.

    A place in capitals alone (`KIEV - `), with letters that may be an agency (`LAGOS (NPR) - `)
    or without a dash (`PARIJS (AFP) De …`); a place in small letters with a date.
    """
    window = text[start : start + _WINDOW]
    head = _read_head(window)
    if head is None or head.place.upper() in _NO_PLACE:
        return None
    if in_capitals and not (head.in_capitals or head.dated):
        return None
    bracket = _AGENCY.match(window, head.end)
    agencies = _agencies(bracket)
    if bracket and not (agencies or (bracket["round"] or "").isupper()):
        return None
    end = _behind(window, bracket.end() if bracket else head.end, (_DASH,))
    if end is None and bracket and agencies and head.in_capitals:
        end = _behind(window, bracket.end(), (_BLANK,))
    if end is None or not (agencies or _runs_on(window[end:])):
        return None
    return _moved(Dateline(head.place, agencies, 0, end), start)


def _place_first(window: str) -> Dateline | None:
    head = _read_head(window)
    if head is None:
        return None
    bracket = _AGENCY.match(window, head.end)
    if bracket is None:
        end = _behind(window, head.end, (_DASH,)) if head.dated and head.in_capitals else None
        return Dateline(head.place, (), 0, end) if end is not None else None
    agencies = _agencies(bracket)
    if not agencies:
        return None
    end = _behind(window, bracket.end(), _separators(head, agencies, bracket))
    return Dateline(head.place, agencies, 0, end) if end is not None else None


def _separators(
    head: _Head, agencies: tuple[str, ...], bracket: re.Match[str]
) -> tuple[re.Pattern[str], ...]:
    """What may stand between this dateline and its text."""
    dashless = agencies[-1] in DASHLESS and (head.in_capitals or head.dated)
    return (
        _DASH,
        *((_COLON,) if head.in_capitals or agencies[-1] in DASHLESS else ()),
        *((_STOP,) if head.dated or bracket["slash"] else ()),
        *((_BLANK,) if dashless else ()),
    )


def _agency_first(window: str) -> Dateline | None:
    """`(ANSA) - ROMA, 03 MAR - `."""
    bracket = _AGENCY.match(window)
    agencies = _agencies(bracket)
    dash = _DASH.match(window, bracket.end()) if bracket and agencies else None
    if dash is None:
        return None
    head = _read_head(window, dash.end())
    if head is None or not (head.dated or head.in_capitals):
        return None
    end = _behind(window, head.end, (_DASH,))
    return Dateline(head.place, agencies, 0, end) if end is not None else None


def _read_head(window: str, start: int = 0) -> _Head | None:
    found = _HEAD.match(window, start)
    if found is None:
        return None
    place = found["place"]
    if place.endswith(".") and place.rsplit(" ", 1)[-1].count(".") == 1:
        # "MOSCOW. March 3 (Interfax)": the stop is none of the name; in "D.C." it is.
        place = place[:-1]
    return _Head(place, found["date"] is not None, found.end())


def _agencies(bracket: re.Match[str] | None) -> tuple[str, ...]:
    return read_agencies(bracket["round"] or bracket["slash"]) if bracket else ()


def _behind(window: str, at: int, separators: tuple[re.Pattern[str], ...]) -> int | None:
    """Where the text begins behind one of these separators, or None if it does not."""
    for separator in separators:
        found = separator.match(window, at)
        if found and _BEGINS.match(window, found.end()):
            return found.end()
    return None


def _runs_on(rest: str) -> bool:
    """True for the beginning of a running sentence."""
    return len(rest) >= _ENOUGH and _RUNNING.search(rest) is not None


def _moved(found: Dateline | None, start: int) -> Dateline | None:
    if found is None:
        return None
    return Dateline(found.place, found.agencies, start, start + found.end)
