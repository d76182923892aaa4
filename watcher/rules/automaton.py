"""Every occurrence of many strings in one pass: ahocorasick_rs, or plain Python without it.

The plain one gives the same results some thirty times slower: for machines that the wheel is
missing for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

try:
    import ahocorasick_rs as rust

    HAS_RUST = True
except ImportError:  # pragma: no cover - tested by calling plain_finder itself
    HAS_RUST = False

#: (which string, start, end) for each occurrence, overlapping ones too, sorted by end.
Finder = Callable[[str], list[tuple[int, int, int]]]

#: Up to so many strings the automaton is built for speed (some 2 MB, 20 ms): the larger table
#: scans twice as fast while it fits the processor's caches.
_SMALL = 4_000
#: Letters of a string that plain Python looks up at once.
_PREFIX = 3


def make_finder(strings: Sequence[str]) -> Finder:
    """A function that finds these strings, which are distinct and not empty."""
    if not HAS_RUST:  # pragma: no cover
        return plain_finder(strings)
    kind = rust.Implementation.DFA if len(strings) <= _SMALL else None
    automaton = rust.AhoCorasick(list(strings), implementation=kind)

    def find(text: str) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = automaton.find_matches_as_indexes(
            text, overlapping=True
        )
        return found

    return find


def plain_finder(strings: Sequence[str]) -> Finder:
    """The same in plain Python: strings by their first letters, looked up at each place."""
    by_prefix: list[dict[str, list[tuple[int, str]]]] = [
        defaultdict(list) for _ in range(_PREFIX + 1)
    ]
    for number, string in enumerate(strings):
        length = min(len(string), _PREFIX)
        by_prefix[length][string[:length]].append((number, string))
    tables = [(length, dict(table)) for length, table in enumerate(by_prefix) if table]

    def find(text: str) -> list[tuple[int, int, int]]:
        found = [
            (number, start, start + len(string))
            for length, table in tables
            for start in range(len(text))
            for number, string in table.get(text[start : start + length], ())
            if text.startswith(string, start)
        ]
        found.sort(key=lambda one: (one[2], one[1]))
        return found

    return find
