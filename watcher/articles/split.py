"""A text to pieces: the main article, and the briefs of the strips that follow it.

Pages put a strip of other news under an article; text tools glue a brief's time to the next
brief's dateline (`20 minuten geledenBERLIJN (ANP/DPA) - `). Matching such a page as one text
finds words together that never stood in one article: 84 % of such pairs were false.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from watcher.articles.clean import (
    furniture,
    is_section_heading,
    looks_like_headline,
)
from watcher.articles.dateline import Dateline, find_dateline
from watcher.articles.dates import RelativeTime, find_relative_time

_WRAPPED_LINE = range(40, 101)


@dataclass(slots=True)
class Piece:
    """One article of a text, before it gets a time and an id."""

    headline: str | None = None
    dateline: Dateline | None = None
    paragraphs: list[str] = field(default_factory=list)
    relative: RelativeTime | None = None
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a text in order, and the lines that belong to none of them."""

    pieces: tuple[Piece, ...]
    dropped: tuple[str, ...] = ()


def split_text(text: str, *, split: bool = True, boilerplate: bool = True) -> Pieces:
    """Split a tidy text; with ``split`` off it is one piece, with ``boilerplate`` off all kept."""
    lines = list(_lines(text))
    if split:
        lines = [part for line in lines for part in _unglue(line)]
    rows = [_read(line) for line in lines]
    if split and _is_strip(rows):
        return _split_strip(rows, boilerplate)
    return _one_piece(lines, boilerplate)


def _one_piece(lines: Sequence[str], boilerplate: bool) -> Pieces:
    left_out = furniture(lines) if boilerplate else set()
    kept = [line for place, line in enumerate(lines) if place not in left_out]
    piece = Piece()
    _fill(piece, [_read(line) for line in kept])
    return Pieces((piece,), tuple(lines[place] for place in sorted(left_out)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line and what it is: a beginning of an article, a time by itself, or text."""

    line: str
    dateline: Dateline | None = None
    time: RelativeTime | None = None


def _lines(text: str) -> Iterable[str]:
    """Paragraphs: lines, with hard-wrapped blocks joined again."""
    for block in re.split(r"\n\n+", text):
        lines = [line for line in block.split("\n") if line]
        if _is_wrapped(lines):
            yield " ".join(lines)
        else:
            yield from lines


def _is_wrapped(lines: Sequence[str]) -> bool:
    if len(lines) < 3 or any(len(line) not in _WRAPPED_LINE for line in lines[:-1]):
        return False
    if any(find_dateline(line) or _whole_time(line) for line in lines[1:]):
        return False
    running = sum(line[-1] not in ".!?:\"'”’" for line in lines[:-1])
    return running > 0.6 * (len(lines) - 1)


def _unglue(line: str) -> Iterable[str]:
    """The parts of a line at `…tekst.20 minuten geledenBERLIJN (ANP/DPA) - …`."""
    begin = at = 0
    while time := find_relative_time(line, at):
        at = time.end
        glued_behind = find_dateline(line, time.end) is not None
        ends_line = time.end == len(line)
        if not glued_behind and not (ends_line and line[:1] and _closes(line[: time.start])):
            continue
        if line[begin : time.start].strip():
            yield line[begin : time.start].strip()
        yield line[time.start : time.end]
        begin = time.end
    if line[begin:].strip():
        yield line[begin:].strip()


def _closes(text: str) -> bool:
    """True for text that ends a sentence without a blank after it: what follows is glued on."""
    return bool(text) and (text[-1] in ".!?…\"'”’" or text.endswith((".)", ". ")))


def _whole_time(line: str) -> RelativeTime | None:
    time = find_relative_time(line)
    return time if time and time.start == 0 and time.end == len(line) else None


def _read(line: str) -> _Row:
    return _Row(line, find_dateline(line), _whole_time(line))


def _is_strip(rows: Sequence[_Row]) -> bool:
    datelines = sum(row.dateline is not None for row in rows)
    times = sum(row.time is not None for row in rows)
    return datelines >= 2 or (datelines == 1 and times == 1)


def _split_strip(rows: Sequence[_Row], boilerplate: bool) -> Pieces:
    """Cut at datelines; a line by itself before one is that article's headline."""
    dropped: list[str] = []
    starts = _starts(rows)
    pieces: list[Piece] = []
    leading = _times_lead(rows)
    in_strip = False
    for begin, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        part = list(rows[begin:end])
        in_strip = in_strip or any(is_section_heading(row.line) for row in rows[:begin])
        piece = Piece()
        times = [row.time for row in part if row.time]
        piece.relative = (times[0] if leading else times[-1]) if times else None
        body = [row for row in part if row.time is None]
        dropped += _drop_furniture(body) if boilerplate else []
        _fill(piece, body)
        piece.is_brief = piece.relative is not None or in_strip
        if piece.paragraphs or piece.headline:
            pieces.append(piece)
    _mark_first(pieces)
    return Pieces(tuple(pieces), tuple(dropped))


def _mark_first(pieces: Sequence[Piece]) -> None:
    """The first of several pieces is the main article, unless it looks like all the others."""
    if len(pieces) == 1:
        pieces[0].is_brief = False
    elif pieces and not pieces[0].is_brief and not _is_main(pieces[0]):
        pieces[0].is_brief = True
    for piece in pieces[1:]:
        piece.is_brief = True


def _is_main(piece: Piece) -> bool:
    return piece.headline is not None or piece.dateline is None or len(piece.paragraphs) > 1


def _starts(rows: Sequence[_Row]) -> list[int]:
    """Where each article begins: its dateline, its headline before that, its time before both."""
    starts: list[int] = []
    leading = _times_lead(rows)
    for place, row in enumerate(rows):
        if row.dateline is None:
            continue
        begin = place
        if begin and _is_headline_row(rows, begin - 1, leading):
            begin -= 1
        if leading and begin and rows[begin - 1].time:
            begin -= 1
        starts.append(begin)
    first = starts[0]
    if any(row.dateline is None and row.time is None for row in rows[:first]):
        starts = [0, *starts] if _has_own_text(rows[:first]) else [0, *starts[1:]]
    else:
        starts[0] = 0
    return starts


def _has_own_text(rows: Sequence[_Row]) -> bool:
    """True if an article without a dateline stands before the first one with one."""
    return any(
        not looks_like_headline(row.line) and not is_section_heading(row.line) for row in rows
    )


def _is_headline_row(rows: Sequence[_Row], place: int, leading: bool) -> bool:
    """A headline stands between the end of one article and the dateline of its own.

    Inside the strip that end is a time (or the top of the text, or a section heading): without
    one, the line is taken for the last paragraph of the article before it.
    """
    row = rows[place]
    if row.time or row.dateline or is_section_heading(row.line):
        return False
    if not looks_like_headline(row.line):
        return False
    before = rows[place - 1] if place else None
    if before is None or before.time or is_section_heading(before.line):
        return True
    return leading and before.dateline is None


def _times_lead(rows: Sequence[_Row]) -> bool:
    """True if times stand before the brief they belong to: decided by counting."""
    marks = [row for row in rows if row.time or row.dateline]
    before = sum(1 for one, two in pairwise(marks) if one.time and two.dateline)
    after = sum(1 for one, two in pairwise(marks) if one.dateline and two.time)
    return before > after


def _drop_furniture(body: list[_Row]) -> list[str]:
    """Take furniture out of an article's rows in place; what was taken out."""
    left_out = furniture([row.line for row in body])
    dropped = [body[place].line for place in sorted(left_out)]
    body[:] = [row for place, row in enumerate(body) if place not in left_out]
    return dropped


def _fill(piece: Piece, body: Sequence[_Row]) -> None:
    """Headline, dateline and paragraphs of a piece from its rows."""
    rows = list(body)
    if len(rows) > 1 and rows[0].dateline is None and looks_like_headline(rows[0].line):
        piece.headline = rows.pop(0).line
    for row in rows:
        if row.dateline and piece.dateline is None and not piece.paragraphs:
            piece.dateline = row.dateline
            piece.paragraphs.append(row.line[row.dateline.end :].strip())
        else:
            piece.paragraphs.append(row.line)
