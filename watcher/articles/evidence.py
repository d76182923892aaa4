"""Whether a text is a strip: decided by counting its datelines, times and headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from watcher.articles.rows import Row, is_byline, is_tail, strip_headings


@dataclass(frozen=True, slots=True)
class Verdict:
    """Strip or one article; ``unsure`` says why it is kept whole although something hints at one.

    ``opening`` are the places of the headings that briefs follow.
    """

    is_strip: bool
    unsure: str = ""
    opening: frozenset[int] = frozenset()


def judge(rows: Sequence[Row]) -> Verdict:
    """Decide whether these rows are several articles."""
    opening = frozenset(strip_headings(rows))
    datelines = [place for place, row in enumerate(rows) if row.dateline]
    times = sum(row.is_time for row in rows)
    places = sum(row.place is not None for row in rows)
    if len(datelines) >= 2:
        return _several(rows, datelines, times, places, opening)
    if datelines:
        return _single(rows, datelines[0], times, places, opening)
    return _none(rows, times, places, opening)


def _several(
    rows: Sequence[Row], datelines: Sequence[int], times: int, places: int, opening: frozenset[int]
) -> Verdict:
    """Two datelines may be a report from two towns, unless something ends the first article."""
    if (
        times
        or opening
        or len(datelines) + places >= 3
        or has_headline(rows, datelines[1])
        or is_tail(rows[datelines[1] - 1].line)
        or all(row.dateline for row in rows)
    ):
        return Verdict(True, opening=opening)
    return Verdict(False, "two datelines without a time or heading between them")


def _single(
    rows: Sequence[Row], dateline: int, times: int, places: int, opening: frozenset[int]
) -> Verdict:
    on_top = is_top(rows, dateline)
    if opening or (times and (places or not on_top)):
        return Verdict(True, opening=opening)
    if times >= 2:
        return Verdict(False, "times, and one dateline")
    if places >= 2:
        return Verdict(False, "one agency, and places without one")
    return Verdict(False, "" if on_top else "a dateline in the middle of the text")


def _none(rows: Sequence[Row], times: int, places: int, opening: frozenset[int]) -> Verdict:
    under = sum(row.is_time for row in rows[min(opening) :]) if opening else 0
    if places and (under or (opening and places >= 2) or (times and places + times >= 3)):
        return Verdict(True, opening=opening)
    if under >= 2:
        return Verdict(True, opening=opening)
    if times >= 2:
        return Verdict(False, "times without datelines")
    if places >= 2:
        return Verdict(False, "places without an agency, a time or a heading")
    return Verdict(False)


def is_top(rows: Sequence[Row], place: int) -> bool:
    """True if nothing but headlines, times and headings stands above this row."""
    return all(
        row.heading or row.is_time or row.standfirst or row.may_be_headline or is_byline(row.line)
        for row in rows[:place]
    )


def has_headline(rows: Sequence[Row], place: int) -> bool:
    """True if a headline of its own stands above this row, a byline between them aside."""
    above = place - 1
    while above > 0 and is_byline(rows[above].line):
        above -= 1
    return above > 0 and rows[above].is_surely_headline


def times_lead(rows: Sequence[Row]) -> bool:
    """True if times stand before the brief they belong to: decided by counting.

    Counted are neighbours of one list. Where both come out alike, the text ends with a dateline
    that lacks its time, or begins with one that does; an article without a time is the main one.
    """
    marks = [row for row in rows if row.is_mark or row.heading]
    before = sum(1 for one, two in pairwise(marks) if one.is_time and two.dateline)
    after = sum(1 for one, two in pairwise(marks) if one.dateline and two.is_time)
    if before != after:
        return before > after
    if before:
        return next(row for row in reversed(marks) if row.is_mark).dateline is not None
    return _begins_with_time(rows)


def _begins_with_time(rows: Sequence[Row]) -> bool:
    """True if the list under the first heading begins with a time and does not end with one."""
    if not rows or rows[-1].is_time:
        return False
    first = next((place for place, row in enumerate(rows) if row.heading), -1)
    return first + 1 < len(rows) and rows[first + 1].is_time
