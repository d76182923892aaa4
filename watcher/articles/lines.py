"""Text to lines: hard-wrapped lines joined to paragraphs, glued lines taken apart.

Text tools glue a brief's time to the next brief's dateline
(`20 minuten geledenBERLIJN (ANP/DPA) - `), or a whole strip to one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from watcher.articles.clean import is_furniture
from watcher.articles.dateline import find_dateline, find_place
from watcher.articles.dates import (
    clock_spans,
    glued_words,
    is_clock_line,
    read_time_line,
    relative_times,
)
from watcher.articles.rows import BULLET, is_tail
from watcher.articles.sections import is_section_heading

_WIDTHS = range(40, 101)
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)]*\Z")
#: A sentence ends here, with or without a blank before what follows.
_CLOSING = re.compile(r"[.!?…](?:[\"”»)]|['’](?![sStT][- ]))*\s*")
_JOINT = re.compile(r"[ ]?[|·•–-]?[ ]?")
_BARS = frozenset("|·•–-")
_BRACKET = re.compile(r"\([^()\n]{2,40}\)|/[^/ ]{2,12}/")
_CAPITALS = re.compile(r"(?<![^\W_])(?:[^\W\d_a-zß-öø-ÿ]['’.]?){2,30}(?:[ /-]|\b)")
#: "BuitenlandGOES", "MeldungenBerlin": two lines without a blank between them.
_GLUED = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[^\W\d_a-zß-öø-ÿ])")
#: How far before its agency a dateline in the middle of a line may begin.
_REACH = 90


def lines_of(text: str) -> list[str]:
    """The paragraphs of a tidy text: its lines, the hard-wrapped ones joined again."""
    blocks = [[line for line in block.split("\n") if line] for block in re.split(r"\n\n+", text)]
    everywhere = _wrap_width([line for block in blocks for line in block])
    found: list[str] = []
    for block in blocks:
        width = everywhere or _wrap_width(block)
        found += _joined(block, width) if width else block
    return found


def _wrap_width(lines: Sequence[str]) -> int:
    """At how many characters these lines were wrapped; 0 when they are paragraphs as they are.

    Wrapped prose goes on in the middle of a sentence and mostly with a small letter; rows of a
    table, results and headlines do not.
    """
    if len(lines) < 3:
        return 0
    going_on = [len(one) for one, two in pairwise(lines) if two[0].islower()]
    width = max(going_on, default=0)
    if width not in _WIDTHS or max(map(len, lines)) > width + 60:
        return 0
    full = [place for place, line in enumerate(lines[:-1]) if len(line) >= 0.75 * width]
    open_ended = sum(not _SENTENCE_END.search(lines[place]) for place in full)
    small = sum(lines[place + 1][0].islower() for place in full)
    return width if open_ended > 0.6 * len(full) and small >= 0.4 * len(full) else 0


def _joined(lines: Sequence[str], width: int) -> Iterator[str]:
    """Paragraphs of lines wrapped at this width."""
    paragraph = ""
    last = ""
    for line in lines:
        if paragraph and not (_is_full(last, line, width) and not _begins(line)):
            yield paragraph
            paragraph = ""
        paragraph = f"{paragraph} {line}" if paragraph else line
        last = "" if _stands_alone(line) else line
    if paragraph:
        yield paragraph


def _is_full(line: str, following: str, width: int) -> bool:
    """True when this line was ended by the wrapping and not by the end of a paragraph."""
    if not line:
        return False
    if following[0].islower():
        return True
    if _SENTENCE_END.search(line):
        return len(line) + 1 + len(following.split(" ", 1)[0]) > width
    return len(line) >= 0.75 * width


def _begins(line: str) -> bool:
    """True for a line that no paragraph goes on with."""
    if _stands_alone(line) or find_dateline(line):
        return True
    time = next(relative_times(line), None)
    return time is not None and time.start == 0 and find_dateline(line, time.end) is not None


def _stands_alone(line: str) -> bool:
    return (
        is_clock_line(line)
        or is_furniture(line)
        or is_tail(line)
        or read_time_line(line) is not None
    )


def unglue(line: str) -> list[str]:
    """The parts of a line at `…tekst.20 minuten geledenBERLIJN (ANP/DPA) - …`.

    One part for nearly every line. The parts are what the line says, without the blanks between.
    """
    cuts = sorted({0, len(line), *_around_times(line), *_inner_datelines(line)})
    parts = [line[begin:end].strip() for begin, end in pairwise(cuts)]
    parts = [part for part in parts if part and part not in _BARS]
    return [one for part in parts for one in _heading_off(part)] if len(parts) > 1 else [line]


def _around_times(line: str) -> Iterator[int]:
    """Both ends of every time that something is glued to."""
    for time in relative_times(line):
        if _is_glued(line, time.start, time.end):
            yield time.start
            yield from (time.end, _after(line, time.end))
    for span in glued_words(line):
        yield from span
    if "(" in line or "/" in line:
        for start, end in clock_spans(line):
            if _is_free(line, start) and find_dateline(line, _after(line, end)):
                yield from (start, end, _after(line, end))


def _is_glued(line: str, start: int, end: int) -> bool:
    """True for a time with a dateline or the next line's first letter directly behind it.

    At the end of a line it is one when the sentence before it is over.
    """
    behind = _after(line, end)
    if find_dateline(line, behind):
        return True
    if not _is_free(line, start):
        return False
    if end == len(line):
        return start > 0
    return line[end].isupper() or find_place(line, behind) is not None


def _after(line: str, end: int) -> int:
    """Where the text behind a time begins, a bar or dot between them aside."""
    found = _JOINT.match(line, end)
    return found.end() if found else end


def _is_free(line: str, start: int) -> bool:
    """True when no sentence is going on before this offset; a blank says that one may be."""
    before = line[max(0, start - 2) : start]
    return not before.strip() or before[-1] in ".!?…\"'”’»" or before in {".)", ". "}


def _inner_datelines(line: str) -> Iterator[int]:
    """Where datelines with an agency begin behind the end of a sentence, or behind a heading."""
    at = 0
    numbered = BULLET.match(line)
    bullet = numbered.end() if numbered else 0
    for bracket in _BRACKET.finditer(line):
        floor = max(at, bracket.start() - _REACH)
        for start in _beginnings(line, floor, bracket.start()):
            found = find_dateline(line, start)
            if found and found.agencies:
                at = found.end
                if start > bullet:
                    yield start
                break


def _beginnings(line: str, floor: int, ceiling: int) -> Iterator[int]:
    """Offsets between these two at which a dateline might begin.

    Behind the end of a sentence; behind a section heading; where two lines are glued together.
    """
    ends = [found.end() for found in _CLOSING.finditer(line, floor, ceiling)]
    yield from ends
    for glued in _GLUED.finditer(line, floor, ceiling):
        start = glued.start()
        if line[start : start + 2].isupper() or _follows_heading(line, floor, ends, start):
            yield start
    for capitals in _CAPITALS.finditer(line, floor, ceiling):
        if _follows_heading(line, floor, ends, capitals.start()):
            yield capitals.start()


def _follows_heading(line: str, floor: int, ends: Sequence[int], start: int) -> bool:
    """True if all between the last sentence and this offset is a section heading."""
    last = max((end for end in ends if end <= start), default=floor)
    return is_section_heading(line[last:start].strip())


def _heading_off(part: str) -> list[str]:
    """A section heading at the end of a part is a line of its own."""
    floor = max(0, len(part) - _REACH)
    ends = [found.end() for found in _CLOSING.finditer(part, floor) if found.end() < len(part)]
    if ends and is_section_heading(part[ends[-1] :].strip()):
        return [part[: ends[-1]].strip(), part[ends[-1] :].strip()]
    return [part]
