"""Lines that a source repeats: which of them may be learned, and by what key."""

from __future__ import annotations

from watcher.articles.habits import line_key, line_keys


def lines(*paragraphs: str) -> list[str]:
    return [line for _, line in line_keys(paragraphs)]


def test_the_first_paragraph_long_lines_and_datelines_are_never_learned() -> None:
    assert lines("Eerste alinea.", "Van onze redactie", "Slot.") == ["Van onze redactie", "Slot."]
    assert lines("Eerste alinea.", "x" * 201, "EDE (ANP) - Een boswachter.") == []
    assert lines() == []


def test_a_line_that_a_document_repeats_counts_once() -> None:
    assert lines("Eerste.", "Deel dit", "Tweede.", "DEEL  DIT") == ["Deel dit", "Tweede."]


def test_the_key_does_not_change_with_case_accents_and_dashes() -> None:
    assert line_key("Café – regio") == line_key("CAFE - Regio")
    assert line_key("Regio") != line_key("Regios")
