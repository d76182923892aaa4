"""Rows: the lines of a page, each with what it is: dateline, time, heading or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from watcher.articles.clean import looks_like_heading, looks_like_headline
from watcher.articles.dateline import Dateline, find_dateline, find_place
from watcher.articles.dates import RelativeTime, is_clock_line, read_time_line
from watcher.articles.sections import is_pointer, is_section_heading, is_section_name
from watcher.articles.wires import is_agency_line

BULLET = re.compile(r"(?:[•●▪■◦‣*»›>–—-]|\d{1,2}[.)])\s+")
_BYLINE = re.compile(
    r"(?:By|BY|Door|DOOR|Von|VON|Par|Por|Di|Text|Tekst|Texte)(?::|\s)\s?"
    r"(?:(?:onze|een|unserem|unserer|our|notre)\s[\w ]{3,40}"
    r"|[A-ZÀ-Þ][\w.’'\-]*(?:,? (?:and|en|und|et|y|van|de|der|den|von|da|di|in|[A-ZÀ-Þ][\w.’'\-]*"
    r"|dpa|sda)){0,9}),?\Z"
)
#: AFP's and Reuters' initials: "cbn/lpa/ber", "jb-mh/lth".
_INITIALS = re.compile(r"[a-zA-Z]{2,4}(?:[/\-][a-zA-Z]{1,4}){1,6}\Z|[a-z]{2,4}\Z")
_TAIL = re.compile(
    r"\((?:Reporting|Additional reporting|Writing|Editing|Compiled|Reportage|Bewerking|Reportaje"
    r"|Redactado|Rédigé|Bericht|Redigiert)\b.{0,300}\)\Z"
    r"|#+ ?(?:Notizblock|Redaktionelle Hinweise|Orte|Internet|Autor|Kontakt\w*|Hinweise?)\b"
    r"|/\w{3,10}/\Z|\(\(.{1,100}\)\)\Z"
)
_SPOKEN = re.compile(r"[\"“„«‘'].*[\"”“»’']\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A line and what it is besides text; a mark is what a new article may begin or end with."""

    line: str
    dateline: Dateline | None = None
    #: A dateline only inside a strip (`find_place`).
    place: Dateline | None = None
    time: RelativeTime | None = None
    #: A time of the day by itself; whether it marks a brief shows from its neighbours.
    clock: bool = False
    heading: bool = False
    #: The lead between a headline and the dateline of the same article.
    standfirst: bool = False

    @property
    def is_time(self) -> bool:
        """True for a time that marks a brief."""
        return self.time is not None or self.clock

    @property
    def is_mark(self) -> bool:
        """True for a row at which one article may end and another begin."""
        return self.is_time or self.dateline is not None

    @property
    def lone_place(self) -> Dateline | None:
        """What is a dateline outside a strip too, at the top: a place without unknown letters."""
        if self.place and (self.place.agencies or "(" not in self.line[: self.place.end]):
            return self.place
        return None

    @property
    def may_be_headline(self) -> bool:
        """True for text that may stand above an article."""
        return (
            not (self.is_mark or self.heading or is_tail(self.line) or is_byline(self.line))
            and self.place is None
            and looks_like_headline(self.line)
        )

    @property
    def is_surely_headline(self) -> bool:
        """True if it can hardly be the last line of an article either."""
        return (
            self.may_be_headline and looks_like_heading(self.line) and not _SPOKEN.match(self.line)
        )


def is_tail(line: str) -> bool:
    """True for what agencies put under an article: initials, `(Reporting by …)`, `# Notizblock`."""
    return _INITIALS.match(line) is not None or _TAIL.match(line) is not None


def is_byline(line: str) -> bool:
    """True for "By Jane Roe and John Doe", "Door onze correspondent", "(Belga)"."""
    return len(line) <= 100 and (_BYLINE.match(line) is not None or is_agency_line(line))


def read_rows(lines: Sequence[str]) -> list[Row]:
    """Each line with what it is by itself and beside its neighbours."""
    rows = [_read(line) for line in lines]
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        if row.clock and not _stands_beside_mark(rows, place):
            rows[place] = replace(row, clock=False)
        elif is_section_name(row.line) and _announces_mark(rows, place):
            rows[place] = replace(row, heading=True)
    return rows


def _read(line: str) -> Row:
    bullet = BULLET.match(line)
    start = bullet.end() if bullet else 0
    dateline = find_dateline(line, start)
    if dateline:
        return Row(line, dateline)
    return Row(
        line,
        place=find_place(line, start),
        time=read_time_line(line),
        clock=is_clock_line(line),
        heading=is_section_heading(line),
    )


def _stands_beside_mark(rows: Sequence[Row], place: int) -> bool:
    """A clock marks a brief when a dateline follows, or when it ends the text or the list."""
    if place + 1 == len(rows) or rows[place + 1].heading:
        return any(row.dateline for row in rows[max(0, place - 3) : place])
    return _announces_mark(rows, place, times=False)


def _announces_mark(rows: Sequence[Row], place: int, *, times: bool = True) -> bool:
    """True if a dateline follows directly, or behind a headline or a time."""
    for row in rows[place + 1 : place + 4]:
        if row.dateline or (times and row.is_time):
            return True
        if not (row.may_be_headline or is_byline(row.line)):
            return False
    return False


def strip_headings(rows: Sequence[Row]) -> set[int]:
    """The places of the headings that a strip of briefs follows.

    A dateline or a time stands before the next heading; under a "Lees ook", which stands in the
    middle of articles too, directly.
    """
    found: set[int] = set()
    mark = len(rows)
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        if row.heading:
            near = not is_pointer(row.line) or mark - place <= 2
            if mark < len(rows) and near:
                found.add(place)
            mark = len(rows)
        elif row.is_mark or row.place:
            mark = place
    return found


def mark_standfirst(rows: Sequence[Row]) -> list[Row]:
    """The rows, the lead of the main article marked: one paragraph, below its headline.

    It is no article of its own when the dateline behind it is the only one, or the strip begins
    later, under a heading.
    """
    marked = list(rows)
    place = next((place for place, row in enumerate(rows) if row.is_mark or row.heading), 0)
    while place + 1 < len(rows) and rows[place].is_time:
        place += 1
    if place < 2 or not rows[place].dateline:
        return marked
    above = [row for row in rows[:place] if not (row.is_time or is_byline(row.line))]
    if len(above) != 2 or not above[0].may_be_headline or above[1].may_be_headline:
        return marked
    behind = next((row for row in rows[place + 1 :] if row.is_mark or row.heading), None)
    if behind is None or behind.heading:
        lead = rows.index(above[1])
        marked[lead] = replace(above[1], standfirst=True)
    return marked
