"""Dates as publishers write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watcher.articles.formats.times import parse_time

AMSTERDAM = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("written", "meant", "precision"),
    [
        ("Fri, 20 Nov 2026 08:15:00 +0100", "2026-11-20 07:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00 GMT", "2026-11-20 08:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00 CET", "2026-11-20 07:15:00", 1),
        ("Fri, 17 Jul 2026 08:15:00 CEST", "2026-07-17 06:15:00", 1),
        ("Fr, 20 Nov 2026 08:15:00 MEZ", "2026-11-20 07:15:00", 1),
        ("Fr, 17 Jul 2026 08:15:00 MESZ", "2026-07-17 06:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00 WET", "2026-11-20 08:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00 EET", "2026-11-20 06:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00 EST", "2026-11-20 13:15:00", 1),
        ("Fri, 20 Nov 2026 08:15:00", "2026-11-20 07:15:00", 1),
        ("Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01 19:48:21", 1),
        ("Thu Jan  1 19:48:21 2004", "2004-01-01 18:48:21", 1),
        ("2026-11-20T08:15:00Z", "2026-11-20 08:15:00", 1),
        ("2026-11-20T08:15:00.250-05:00", "2026-11-20 13:15:00", 1),
        ("2026-11-20T08:15:00+01", "2026-11-20 07:15:00", 1),
        ("2026-11-20 08:15", "2026-11-20 07:15:00", 60),
        ("2026-07-20 08:15", "2026-07-20 06:15:00", 60),
        ("20261120T081500+0100", "2026-11-20 07:15:00", 1),
        ("2026-11-20T24:00:00Z", "2026-11-21 00:00:00", 1),
        ("2026-11-20T08:15:60Z", "2026-11-20 08:15:59", 1),
        ("2026-11-20", "2026-11-19 23:00:00", 86_400),
        ("20261120", "2026-11-19 23:00:00", 86_400),
        ("vrijdag 20 november 2026 om 8.15 uur", "2026-11-20 07:15:00", 60),
        ("za 21 mrt 2026 14u30", "2026-03-21 13:30:00", 60),
        ("1 mei 2026, 09:05", "2026-05-01 07:05:00", 60),
        ("Freitag, 20. März 2026, 8:15 Uhr", "2026-03-20 07:15:00", 60),
        ("20. Dezember 2026 - 8:15 Uhr MEZ", "2026-12-20 07:15:00", 60),
        ("le 1er août 2026 à 8h15", "2026-08-01 06:15:00", 60),
        ("vendredi 20 novembre 2026", "2026-11-19 23:00:00", 86_400),
        ("November 20, 2026 8:15 PM EST", "2026-11-21 01:15:00", 60),
        ("20-11-2026 08:15", "2026-11-20 07:15:00", 60),
        ("20.11.2026", "2026-11-19 23:00:00", 86_400),
        ("11/20/2026", "2026-11-19 23:00:00", 86_400),
        ("Sun, 22 Nov 2026 4:10:05 GMT+2", "2026-11-22 02:10:05", 1),
    ],
)
def test_a_date_means_its_moment(written: str, meant: str, precision: int) -> None:
    moment = parse_time(written, AMSTERDAM)
    assert moment is not None
    assert moment.at == datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert moment.precision_s == precision


@pytest.mark.parametrize(
    "written",
    [
        "",
        "gisteren",
        "2026",
        "2026-11",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00",
        "0000-00-00 00:00:00",
        "31 februari 2026",
        "20 nov 2026 25:00",
        "2026-13-01",
        "9999-12-31T23:59:59-12:00",
        "9" * 400,
        "١٢ نوفمبر ٢٠٢٦",
    ],
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert parse_time(written, AMSTERDAM) is None


def test_an_unknown_zone_is_utc() -> None:
    moment = parse_time("2026-11-20 08:15", "Europe/Nergenshuizen")
    assert moment is not None
    assert moment.at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first() -> None:
    moment = parse_time("2026-10-25 02:30", AMSTERDAM)
    assert moment is not None
    assert moment.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
