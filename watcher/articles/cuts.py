"""Where a strip is cut: at which rows each of its articles begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from watcher.articles.dateline import find_place
from watcher.articles.evidence import is_top
from watcher.articles.rows import Row, is_byline


def promote_places(rows: Sequence[Row], opening: Collection[int]) -> list[Row]:
    """The rows, with places alone taken for datelines where a brief may begin.

    That is inside the strip, beside a time, and at the top of the text: a paragraph of the main
    article may begin with a place and a dash too. In small letters ("München - Die …") only
    beside a time, where other briefs write theirs so.
    """
    begin = _strip_begins(rows, opening)
    small = any(row.dateline and not row.dateline.place.isupper() for row in rows)
    promoted: list[Row] = []
    for place, row in enumerate(rows):
        found = row.place if row.dateline is None else None
        if found and not (place > begin or _beside_time(rows, place) or is_top(rows, place)):
            found = None
        if small and not (found or row.is_mark) and place > begin and _beside_time(rows, place):
            found = find_place(row.line, in_capitals=False)
        promoted.append(replace(row, dateline=found, place=None) if found else row)
    return promoted


def _strip_begins(rows: Sequence[Row], opening: Collection[int]) -> int:
    if opening:
        return min(opening)
    marks = [place for place, row in enumerate(rows) if row.is_time]
    datelines = [place for place, row in enumerate(rows) if row.dateline]
    return min([*marks[:1], *datelines[1:2]], default=len(rows))


def _beside_time(rows: Sequence[Row], place: int) -> bool:
    return any(row.is_time for row in rows[max(0, place - 1) : place + 2])


def find_cuts(rows: Sequence[Row], opening: Collection[int], *, leading: bool) -> list[int]:
    """The places where articles begin, in order, the first of them 0.

    An article begins with its dateline, with its headline and byline above that and, where times
    lead, with its time; else where the time of the one before stands, or under a heading. It
    begins nowhere before the one before it has text.
    """
    begins: set[int] = set()
    covered: set[int] = set()
    for place, row in enumerate(rows):
        if row.dateline:
            begin = _begin_of(rows, place, leading=leading)
            begins.add(begin)
            covered.update(range(begin, place))
    bare = not begins
    cuts = [0]
    has_text = has_line = False
    for place, row in enumerate(rows):
        opens = _opens(rows, place, covered, leading=leading) or place in begins
        if (opens and has_text) or (place in opening and has_line):
            cuts.append(place)
            has_text = has_line = False
        has_line = has_line or not (row.heading or row.is_time)
        has_text = has_text or _is_text(row, bare=bare)
    return cuts


def _opens(rows: Sequence[Row], place: int, covered: Collection[int], *, leading: bool) -> bool:
    """True where a time says that an article begins: before it where times lead, else behind."""
    if leading:
        return rows[place].is_time and place not in covered
    return place > 0 and rows[place - 1].is_time


def _is_text(row: Row, *, bare: bool) -> bool:
    """True for a row that an article may consist of.

    A headline is not enough, unless nothing in the text has a dateline (``bare``).
    """
    if row.heading or row.is_time or row.standfirst or is_byline(row.line):
        return False
    return bare or row.dateline is not None or not row.may_be_headline


def _begin_of(rows: Sequence[Row], dateline: int, *, leading: bool) -> int:
    """Where the article with this dateline begins: at most a byline, a headline and a time up."""
    begin = dateline
    has_headline = has_time = False
    while begin > 0:
        above = rows[begin - 1]
        if above.is_time and leading and not has_time:
            has_time = True
        elif _is_headline(rows, begin - 1) and not has_headline:
            has_headline = True
        elif not (is_byline(above.line) and not has_headline):
            break
        begin -= 1
    return begin


def _is_headline(rows: Sequence[Row], place: int) -> bool:
    """A headline stands between the end of one article and the dateline of its own.

    Behind a time or a heading, or at the top, any line that may be one is; else it could be the
    last line of the article before.
    """
    row = rows[place]
    above = rows[place - 1] if place else None
    if above is None or above.is_time or above.heading:
        return row.may_be_headline
    return row.is_surely_headline
