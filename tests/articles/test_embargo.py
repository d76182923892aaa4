"""Press embargoes: lines that say when a text may be published, and texts that speak of one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watcher.articles.embargo import find_embargo
from watcher.articles.extract import extract
from watcher.model import Document

#: Friday 20 November 2026, ten in the morning in Amsterdam.
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "until", "rest"),
    [
        ("EMBARGO TOT 06.00 UUR", "2026-11-21 05:00", ""),
        ("EMBARGO TOT 12.00 UUR", "2026-11-20 11:00", ""),
        ("Onder embargo tot 6 uur", "2026-11-21 05:00", ""),
        ("(EMBARGO TOT ZATERDAG 06.00 UUR)", "2026-11-21 05:00", ""),
        ("LET OP: EMBARGO TOT 23 NOVEMBER 06:00 UUR", "2026-11-23 05:00", ""),
        ("Embargo tot vrijdag 4 december 2026, 00.01 uur", "2026-12-03 23:01", ""),
        ("EMBARGO TOT MORGEN 07.30 UUR - Begroting uitgelekt", "2026-11-21 06:30",
         "Begroting uitgelekt"),
        ("EMBARGOED UNTIL 18:00", "2026-11-20 17:00", ""),
        ("Under embargo until Monday 09:00", "2026-11-23 08:00", ""),
        ("SPERRFRIST: bis 10. Dezember 06.00 Uhr", "2026-12-10 05:00", ""),
        ("EMBARGO TOT 2 JANUARI 06.00 UUR", "2027-01-02 05:00", ""),
    ],
)  # fmt: skip
def test_a_line_says_until_when(line: str, until: str, rest: str) -> None:
    found = find_embargo(line, NOW, "Europe/Amsterdam")
    assert found is not None
    assert (f"{found.until.astimezone(UTC):%Y-%m-%d %H:%M}", found.rest) == (until, rest)


@pytest.mark.parametrize(
    "line",
    [
        "Embargo tot 2027 op graan",
        "Het embargo geldt tot 06.00 uur.",
        "Embargo op olie",
        "De EU verlengt het embargo tot 1 juli.",
        "Embargo tot nader order",
    ],
)
def test_running_text_is_none(line: str) -> None:
    assert find_embargo(line, NOW, "Europe/Amsterdam") is None


def test_the_line_is_no_part_of_the_text() -> None:
    body = "Begroting naar de Kamer\n\nEMBARGO TOT 06.00 UUR\n\nHet kabinet trekt geld uit."
    document = Document(source="map", name="a.txt", body=body.encode(), seen=NOW)
    extraction = extract(document)
    (article,) = extraction.articles
    assert article.text == "Begroting naar de Kamer\n\nHet kabinet trekt geld uit."
    assert article.embargoed == datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert extraction.dropped == ("EMBARGO TOT 06.00 UUR",)
