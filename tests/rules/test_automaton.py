"""Plain Python finds what the automaton finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watcher.rules.automaton import make_finder, plain_finder

words = st.text(alphabet="abë \n", min_size=1, max_size=6)


@given(st.sets(words, min_size=1, max_size=12), st.text(alphabet="abë \n", max_size=60))
def test_both_engines_find_the_same(strings: set[str], text: str) -> None:
    listed = sorted(strings)
    expected = [
        (number, start, start + len(string))
        for number, string in enumerate(listed)
        for start in range(len(text))
        if text.startswith(string, start)
    ]
    assert sorted(make_finder(listed)(text)) == sorted(expected)
    assert sorted(plain_finder(listed)(text)) == sorted(expected)
