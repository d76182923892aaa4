"""Folding keeps the way back to the original, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.text import digest, fold, fold_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Oekraïne", "oekraine"),
        ("staakt\u2011het\u2011vuren", "staakt het vuren"),
        ("em\u00adbargo", "embargo"),
        ("Straße", "strasse"),
        ("e\u0301e\u0301n", "een"),
        ("Europese\nUnie", "europese unie"),
        ("Europese\u00a0 Unie", "europese unie"),
        ("’s-Hertogenbosch", "'s hertogenbosch"),
        ("İzmir", "izmir"),
        ("\ud83d", "\ufffd"),
    ],
)
def test_spellings_fold_together(text: str, folded: str) -> None:
    assert fold(text).text == folded


@pytest.mark.parametrize("text", ["een.\n\nTwee", "een\n \nTwee", "een \n\n\n Twee"])
def test_an_empty_line_stays_a_break(text: str) -> None:
    assert "\n" in fold(text).text
    assert " twee" not in fold(text).text


@given(st.text())
def test_every_span_leads_back_to_a_span_of_the_original(text: str) -> None:
    folded = fold(text)
    for start in range(len(folded.text)):
        first, last = folded.origin(start, start + 1)
        assert 0 <= first < last <= len(text)


@given(st.text())
def test_what_is_folded_is_fold_stable(text: str) -> None:
    assert fold_key(fold_key(text)) == fold_key(text)


def test_a_digest_depends_on_where_its_parts_end() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest("a")) == 16
