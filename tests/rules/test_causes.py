"""The table of causes: both languages say the same."""

from __future__ import annotations

import string

import pytest

from watcher.rules.causes import SENTENCES, make_cause, say


@pytest.mark.parametrize("code", SENTENCES)
def test_both_languages_have_the_same_values(code: str) -> None:
    english, dutch, cost = SENTENCES[code]
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (english, dutch)
    ]
    assert fields[0] == fields[1]
    assert 0 <= cost <= 1


def test_a_cause_is_followed_by_what_is_behind_it_unless_that_says_nothing() -> None:
    inner = make_cause("acronym", term="NAVO", found="navo", places=[(3, 7)])
    outer = make_cause("at-least", inner=inner, wanted=2, count=1, total=3)
    assert say(outer).endswith('(found "navo", but the acronym NAVO needs capitals)')
    assert outer.all_places() == ((3, 7),)
    bare = make_cause("at-least", inner=make_cause("absent", term="x"), wanted=2, count=1, total=3)
    assert say(bare) == "at_least: 2, but 1 of 3 found"
    assert bare.all_places() == ()


def test_codes_among_the_values_are_translated() -> None:
    cause = make_cause("compound-off", term="olie", found="olieprijs", why="why-short")
    assert "fewer than 5 letters" in say(cause)
    assert "minder dan 5 letters" in say(cause, "nl")
