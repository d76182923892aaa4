"""Lines that a source repeats: what may be learned as furniture, and the key it is counted by.

Pure. The store counts in how many documents of a source each key occurred. It must count
documents that differ in their other text: the same article fetched again, revised or copied
repeats all its lines, and those are no habit of the page. What was learned is shown with its
line, and can be taken back; a key that is no longer among ``habits`` drops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watcher.articles.dateline import find_dateline
from watcher.text import digest, fold_key

#: Longer lines are text, whoever repeats them.
_MAX_LINE = 200
#: Lines looked at from either end of an article.
_END = 6


def line_keys(paragraphs: Sequence[str]) -> list[tuple[str, str]]:
    """The lines of one article that a source might repeat, with their keys, in order.

    ``paragraphs`` without the headline. The first is what the article says and never among
    them, nor is a line with a dateline; each key occurs once.
    """
    text = paragraphs[1:]
    # Furniture stands above and below a text; a long one need not be read for it.
    ends = text if len(text) <= 2 * _END else [*text[:_END], *text[-_END:]]
    return unique_keys(line for line in ends if may_be_learned(line))


def unique_keys(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Key and line for each of these lines that differs from those before it."""
    found: dict[str, str] = {}
    for line in lines:
        found.setdefault(line_key(line), line)
    return list(found.items())


def may_be_learned(line: str) -> bool:
    """True for a line short enough to be furniture that begins no article."""
    return 0 < len(line) <= _MAX_LINE and find_dateline(line) is None


def line_key(line: str) -> str:
    """Sixteen hexadecimal digits: the same for lines that differ in case, accents and dashes."""
    return digest(fold_key(line))
