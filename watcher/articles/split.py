"""A text to pieces: the main article, and the briefs of the strips that follow it.

Pages put a strip of other news under an article. Matching such a page as one text finds words
together that never stood in one article: 84 % of such pairs were false. Where the marks of a
strip contradict each other the text stays whole and says so (`Pieces.unsure`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from watcher.articles.clean import furniture, is_furniture
from watcher.articles.cuts import find_cuts, promote_places
from watcher.articles.dateline import Dateline
from watcher.articles.dates import RelativeTime
from watcher.articles.evidence import Verdict, is_top, judge, times_lead
from watcher.articles.habits import line_key, line_keys, unique_keys
from watcher.articles.lines import lines_of, unglue
from watcher.articles.rows import Row, is_byline, mark_standfirst, read_rows


@dataclass(slots=True)
class Piece:
    """One article of a text, before it gets a time and an id."""

    headline: str | None = None
    dateline: Dateline | None = None
    paragraphs: list[str] = field(default_factory=list)
    relative: RelativeTime | None = None
    is_brief: bool = False
    #: The time of the day that stood beside it, as written: "14:05", "Gisteren, 22.10 uur".
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a text in order, and the lines that belong to none of them."""

    pieces: tuple[Piece, ...]
    dropped: tuple[str, ...] = ()
    #: Why the text was kept whole although something in it hints at a strip; mostly "".
    unsure: str = ""
    #: Those of the dropped lines that were dropped as habits of the source.
    learned: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[tuple[str, str], ...]:
        """Key and line of the lines that a source might repeat, also those already learned."""
        lines = [line for piece in self.pieces for _, line in line_keys(piece.paragraphs)]
        return tuple(unique_keys([*lines, *self.learned]))


def split_text(
    text: str, *, split: bool = True, boilerplate: bool = True, habits: Collection[str] = ()
) -> Pieces:
    """Split a tidy text; with ``split`` off it is one piece, with ``boilerplate`` off all kept.

    ``habits`` are keys of lines that the source repeats (`habits.line_keys`): furniture too.
    """
    lines = lines_of(text)
    cleaner = _Cleaner(boilerplate, frozenset(habits))
    if not split:
        return _one_piece(read_rows(lines), cleaner)
    parts = [part for line in lines for part in unglue(line)]
    rows = mark_standfirst(read_rows(parts))
    verdict = judge(rows)
    if verdict.is_strip:
        return _several_pieces(rows, verdict, cleaner)
    time = _own_time(rows)
    if time is None and len(parts) > len(lines):
        rows = mark_standfirst(read_rows(lines))
    return _one_piece(rows, cleaner, time, verdict.unsure)


def _one_piece(
    rows: Sequence[Row], cleaner: _Cleaner, time: int | None = None, unsure: str = ""
) -> Pieces:
    piece = Piece()
    body = [row for place, row in enumerate(rows) if place != time]
    if time is not None:
        _set_time(piece, rows[time])
    # "ASML - De chipmaker" begins as "AMSTERDAM - De wethouder" does: only a strip makes it sure.
    body = [replace(row, place=None) for row in body]
    _fill(piece, cleaner.kept(body))
    return cleaner.pieces([piece], unsure)


def _own_time(rows: Sequence[Row]) -> int | None:
    """The place of the only time of a text, above or below it: when that article was published."""
    times = [place for place, row in enumerate(rows) if row.is_time]
    if len(times) != 1 or len(rows) < 2:
        return None
    return times[0] if times[0] == len(rows) - 1 or is_top(rows, times[0]) else None


def _several_pieces(rows: Sequence[Row], verdict: Verdict, cleaner: _Cleaner) -> Pieces:
    """Cut at datelines, times and headings."""
    leading = times_lead(rows)
    rows = promote_places(rows, verdict.opening)
    cuts = find_cuts(rows, verdict.opening, leading=leading)
    pieces: list[Piece] = []
    in_strip = [False]
    for begin, end in pairwise([*cuts, len(rows)]):
        under_heading = in_strip[-1] or any(place in verdict.opening for place in range(begin, end))
        piece = _piece(rows[begin:end], cleaner, leading=leading)
        if piece:
            in_strip.append(under_heading)
            piece.is_brief = True
            pieces.append(piece)
        elif under_heading:
            in_strip[-1] = True
    if pieces:
        pieces[0].is_brief = _is_first_of_equals(pieces, in_strip[1:])
    return cleaner.pieces(pieces)


def _piece(rows: Sequence[Row], cleaner: _Cleaner, *, leading: bool) -> Piece | None:
    """The article these rows are, or None if all of them are furniture."""
    times = [row for row in rows if row.is_time]
    body = cleaner.kept([row for row in rows if not row.is_time], may_be_nothing=True)
    if not body:
        return None
    piece = Piece()
    if times:
        _set_time(piece, times[0] if leading else times[-1])
    _fill(piece, body)
    return piece


def _set_time(piece: Piece, row: Row) -> None:
    piece.relative = row.time
    piece.clock = "" if row.time else row.line


def _is_first_of_equals(pieces: Sequence[Piece], in_strip: Sequence[bool]) -> bool:
    """True if the first of several pieces is a brief like the others and no main article."""
    first, others = pieces[0], pieces[1:]
    if not others or in_strip[0]:
        return bool(others)
    if in_strip[1] or first.dateline is None:
        return False
    if not _is_timed(first) and any(_is_timed(other) for other in others):
        return False
    stands_out = first.headline is not None and not any(other.headline for other in others)
    longer = len(first.paragraphs) > 2 and all(len(other.paragraphs) == 1 for other in others)
    return not (stands_out or (longer and not _is_timed(first)))


def _is_timed(piece: Piece) -> bool:
    return piece.relative is not None or piece.clock != ""


def _fill(piece: Piece, body: Sequence[Row]) -> None:
    """Headline, dateline and paragraphs of a piece from its rows."""
    rows = list(body)
    if len(rows) > 1 and rows[0].may_be_headline:
        piece.headline = rows.pop(0).line
    may_come = True
    for row in rows:
        dateline = row.dateline or row.lone_place
        line = row.line
        if dateline and may_come:
            piece.dateline = dateline
            line = line[dateline.end :].strip()
        may_come = may_come and (row.standfirst or is_byline(row.line))
        if line:
            piece.paragraphs.append(line)


class _Cleaner:
    """Takes furniture out of articles and remembers what it took."""

    def __init__(self, active: bool, habits: frozenset[str]) -> None:
        self.dropped: list[str] = []
        self.learned: list[str] = []
        self._active = active
        self._habits = habits

    def kept(self, rows: Sequence[Row], *, may_be_nothing: bool = False) -> list[Row]:
        """The rows of one article that are its text; never nothing unless that is allowed."""
        if not self._active:
            return list(rows)
        if may_be_nothing and all(row.heading or is_furniture(row.line) for row in rows):
            self.dropped += [row.line for row in rows]
            return []
        left_out = furniture([row.line for row in rows], self._habits)
        left_out |= {place for place, row in enumerate(rows) if row.heading}
        left_out |= _bylines(rows)
        if len(left_out) == len(rows):
            return list(rows)
        for place in sorted(left_out):
            self._drop(rows[place].line)
        return [row for place, row in enumerate(rows) if place not in left_out]

    def _drop(self, line: str) -> None:
        self.dropped.append(line)
        if self._habits and line_key(line) in self._habits:
            self.learned.append(line)

    def pieces(self, pieces: Sequence[Piece], unsure: str = "") -> Pieces:
        """The result."""
        return Pieces(tuple(pieces), tuple(self.dropped), unsure, tuple(self.learned))


def _bylines(rows: Sequence[Row]) -> set[int]:
    """Bylines directly above a dateline: the article begins behind it."""
    return {
        place
        for place, row in enumerate(rows[:-1])
        if is_byline(row.line) and rows[place + 1].dateline
    }
