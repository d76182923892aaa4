"""Counts in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.counts import Tally
from watcher.tallies import show_progress, show_span, show_tally

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "dutch", "english"),
    [
        (3 * HOUR / 3600, "3 seconden", "3 s"),
        (HOUR / 60, "1 minuut", "1 min"),
        (1.5 * HOUR, "90 minuten", "90 min"),
        (2 * HOUR, "2 uur", "2 h"),
        (DAY, "24 uur", "24 h"),
        (14 * DAY, "14 dagen", "14 days"),
        (timedelta(0), "0 seconden", "0 s"),
    ],
)
def test_a_duration_in_its_largest_unit(span: timedelta, dutch: str, english: str) -> None:
    assert (show_span(span, "nl"), show_span(span)) == (dutch, english)


@pytest.mark.parametrize(
    ("tally", "dutch", "english"),
    [
        (
            Tally(count=5, what="article", span_s=7200, sources=4, usual=1.25),
            "5 artikelen uit 4 bronnen in 2 uur; gewoonlijk 1,2 per dag",
            "5 articles from 4 sources within 2 h; usual is 1.2 a day",
        ),
        (
            Tally(count=3, what="source", span_s=600, sources=3, usual=12.4),
            "3 bronnen in 10 minuten; gewoonlijk 12 artikelen per dag",
            "3 sources within 10 min; usual is 12 articles a day",
        ),
        (
            Tally(count=300, what="article", span_s=172_800),
            "300 artikelen in 2 dagen",
            "300 articles within 2 days",
        ),
        (
            Tally(count=2, what="story", span_s=60, sources=1, usual=0.0),
            "2 verhalen uit 1 bron in 1 minuut; gewoonlijk 0 artikelen per dag",
            "2 stories from 1 source within 1 min; usual is 0 articles a day",
        ),
    ],
)
def test_a_tally_in_words(tally: Tally, dutch: str, english: str) -> None:
    assert (show_tally(tally, "nl"), show_tally(tally)) == (dutch, english)
    assert show_tally(tally, usual=False) == english.partition(";")[0]


def test_progress_rounds_up_what_it_takes() -> None:
    assert show_progress(3, 7.2, "article", DAY) == "3 of 8 articles within 24 h"
