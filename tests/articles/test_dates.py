"""Relative times in five languages, by themselves, glued to what follows, and in running text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.articles.dates import find_relative_time, is_clock_line, read_time_line

MINUTES = [
    ("30 seconden geleden", 0.5),
    ("20 minuten geleden", 20),
    ("5 min. geleden", 5),
    ("een kwartier geleden", 15),
    ("half uur geleden", 30),
    ("een uur geleden", 60),
    ("anderhalf uur geleden", 90),
    ("2 dagen geleden", 2 * 1440),
    ("3 weken geleden", 21 * 1440),
    ("twintig minuten geleden", 20),
    ("20 MINUTEN GELEDEN", 20),
    ("Geplaatst 5 minuten geleden", 5),
    ("Buitenland • 5 min. geleden", 5),
    ("zojuist", 0),
    ("gisteren", 1440),
    ("12 minutes ago", 12),
    ("5m ago", 5),
    ("2h ago", 120),
    ("1 hr ago", 60),
    ("an hour ago", 60),
    ("half an hour ago", 30),
    ("Updated 5 minutes ago", 5),
    ("just now", 0),
    ("vor 9 Minuten", 9),
    ("vor 2 Std.", 120),
    ("vor einer Stunde", 60),
    ("vor einer halben Stunde", 30),
    ("vor einer Viertelstunde", 15),
    ("vor 3 Tagen", 3 * 1440),
    ("il y a 12 minutes", 12),
    ("il y a 5 mn", 5),
    ("il y a 2 h", 120),
    ("il y a une heure", 60),
    ("il y a une demi-heure", 30),
    ("il y a 3 jours", 3 * 1440),
    ("hace media hora", 30),
    ("hace 5 minutos", 5),
]


@pytest.mark.parametrize(("line", "minutes"), MINUTES)
def test_a_line_that_is_a_relative_time(line: str, minutes: float) -> None:
    found = read_time_line(line)
    assert found is not None
    assert found.ago == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "line",
    [
        "Hij vertrok 5 minuten geleden",
        "een jaar geleden is dat",
        "Zojuist is bekendgemaakt dat hij komt",
        "Gisteren nog niet",
        "20 minuten",
        "lang geleden",
        "14:05",
        "",
    ],
)
def test_running_text_is_no_line_of_time(line: str) -> None:
    assert read_time_line(line) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("vor einer StundeNürnberg (dpa)", "vor einer Stunde"),
        ("vor 9 MinutenLeipzig (dpa)", "vor 9 Minuten"),
        ("vor 1 MinuteNeapel (dpa)", "vor 1 Minute"),
        ("il y a 1 heureSaint-Denis (AFP)", "il y a 1 heure"),
        ("il y a 2 hParis (AFP)", "il y a 2 h"),
        ("een vredesplan.20 minuten geledenBERLIJN (ANP)", "20 minuten geleden"),
        ("in 2025 20 minuten geleden", "20 minuten geleden"),
    ],
)
def test_what_is_glued_on_is_none_of_the_time(text: str, time: str) -> None:
    found = find_relative_time(text)
    assert found is not None
    assert text[found.start : found.end] == time


@pytest.mark.parametrize(
    "line", ["14:05", "14.05 uur", "14:05 Uhr", "14h05", "Vandaag, 14:05", "3 maart 2025, 14:05"]
)
def test_a_time_of_the_day_by_itself(line: str) -> None:
    assert is_clock_line(line)


@pytest.mark.parametrize("line", ["14:05 De capsule is los", "25:10", "2-1", "1405", "3 maart"])
def test_what_is_no_time_of_the_day(line: str) -> None:
    assert not is_clock_line(line)
