"""Datelines: where a wire text was written and by which agencies, `KIEV (ANP/AFP/RTR) - `."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Agencies that may stand in small letters, or behind a place in small letters.
_KNOWN = (
    "ANP|AFP|RTR|Reuters|AP|DPA|dpa|Belga|BELGA|Novum|BPP|ANSA|EFE|APA|sda|SDA|NTB|TT|Ritzau|"
    "Bloomberg|Xinhua|TASS|Interfax|PAP|CTK|BNS|LETA|Kyodo|PTI|UPI|GPD|HINA|STA|MTI|LUSA"
)
_UPPER = r"A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŨŪŬŮŰŲŴŶŸŹŻŽ"
_CAPITAL_PLACE = (
    rf"(?:'[st]-|’[st]-)?[{_UPPER}][{_UPPER}'’.\-]*(?:[ /\-][{_UPPER}][{_UPPER}'’.\-]*){{0,4}}"
)
_WORD_PLACE = rf"[{_UPPER}][\w'’.\-]+(?:[ /\-][\w'’.\-]+){{0,3}}"
_DATE = r"(?:, (?:[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?|\d{1,2}\.? [a-z]{3,9}\.?(?: \d{4})?))?"
_SEPARATOR = r"\s*(?:\.?[-–—_]{1,2}|:)\s+"

_PATTERN = re.compile(
    rf"(?:(?P<caps>{_CAPITAL_PLACE}){_DATE} ?"
    r"\((?P<any>[A-Z]{2,12}(?:[/,] ?[A-Z]{2,12}){0,4})\)"
    rf"|(?P<word>{_WORD_PLACE}){_DATE} "
    rf"\((?P<known>(?:{_KNOWN})(?:[/,] ?(?:{_KNOWN}|[a-z]{{2,4}})){{0,4}})\))"
    rf"{_SEPARATOR}"
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline at text[start:end]; agencies in capitals, as written left to right."""

    place: str
    agencies: tuple[str, ...]
    start: int
    end: int


def find_dateline(text: str, start: int = 0) -> Dateline | None:
    """The dateline that begins exactly at this offset, or None."""
    found = _PATTERN.match(text, start)
    if found is None:
        return None
    place = found["caps"] or found["word"]
    agencies = re.split(r"[/,] ?", found["any"] or found["known"])
    return Dateline(
        place=place,
        agencies=tuple(agency.upper() for agency in agencies),
        start=start,
        end=found.end(),
    )
