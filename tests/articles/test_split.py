"""Strips are cut, furniture is taken out, and running text is left whole."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from watcher.articles.decode import decode, tidy
from watcher.articles.habits import line_key
from watcher.articles.split import Piece, Pieces, split_text

#: Documents of every wire and form, and (x-…) texts that only look like a strip, each beside what
#: an editor would take from it; fields as in the shared expected.json.
OWN = Path(__file__).parent / "strips"


def split_file(path: Path) -> Pieces:
    return split_text(tidy(decode(path.read_bytes())[0]))


def as_expected(piece: Piece) -> dict[str, object]:
    return {
        "origin": "strip" if piece.is_brief else "main",
        "headline": piece.headline,
        "place": piece.dateline.place if piece.dateline else None,
        "agencies": list(piece.dateline.agencies) if piece.dateline else [],
        "timed": piece.relative is not None,
    }


def check(path: Path, expected: dict[str, list[dict[str, object]]]) -> None:
    """The document comes out exactly as its expectation says."""
    found = split_file(path)
    assert [as_expected(piece) for piece in found.pieces] == [
        {
            **{key: one[key] for key in ("origin", "headline", "place", "agencies")},
            "timed": one["relative"] is not None,
        }
        for one in expected["articles"]
    ]
    optional = expected.get("optional", [])
    assert set(expected["dropped"]) <= set(found.dropped) <= {*expected["dropped"], *optional}  # type: ignore[arg-type]
    assert found.unsure == expected.get("unsure", "")
    for piece, one in zip(found.pieces, expected["articles"], strict=True):
        assert piece.clock == one.get("clock", "")
        paragraphs = [line for line in piece.paragraphs if line not in optional]
        text = "\n\n".join(paragraphs)
        assert text.startswith(str(one.get("starts", "")))
        assert text.endswith(str(one.get("ends", "")))
        assert len(paragraphs) == one.get("paragraphs", len(paragraphs))
        for subhead in one.get("subheads", []):  # type: ignore[attr-defined]
            assert subhead in paragraphs


def test_the_seed_documents_come_out_exactly(shared: Path) -> None:
    expectations = json.loads((shared / "seeds" / "expected.json").read_text())
    assert len(expectations) == 2
    for name, expected in expectations.items():
        check(shared / "seeds" / name, expected)


def test_the_shared_strips_come_out_exactly(shared: Path) -> None:
    paths = sorted((shared / "strips").glob("*.expected.json"))
    assert len(paths) >= 10
    for path in paths:
        ((name, expected),) = json.loads(path.read_text()).items()
        check(path.parent / name, expected)


@pytest.mark.parametrize("path", sorted(OWN.glob("*.expected.json")), ids=lambda path: path.stem)
def test_our_own_documents_come_out_exactly(path: Path) -> None:
    ((name, expected),) = json.loads(path.read_text()).items()
    check(path.parent / name, expected)


STRIP = """Kop van het hoofdartikel
DEN HAAG (ANP) - Het kabinet valt. Dat is bekendgemaakt.
Meer hierover volgt.
Meer uit Binnenland
EDE (ANP) - Een boswachter is gevonden.
5 minuten geledenZUTPHEN (ANP/DPA) - De IJssel staat hoog.
2 uur geleden"""


def test_a_strip_becomes_its_articles() -> None:
    found = split_text(STRIP)
    assert [as_expected(piece)["place"] for piece in found.pieces] == ["DEN HAAG", "EDE", "ZUTPHEN"]
    assert found.pieces[0].headline == "Kop van het hoofdartikel"
    assert found.pieces[0].relative is None, "the main article never inherits a brief's time"
    assert [piece.is_brief for piece in found.pieces] == [False, True, True]
    assert found.dropped == ("Meer uit Binnenland",)


def test_with_split_off_a_strip_is_one_article() -> None:
    found = split_text(STRIP, split=False)
    assert len(found.pieces) == 1
    assert "De IJssel staat hoog." in "".join(found.pieces[0].paragraphs)


def test_with_boilerplate_off_nothing_is_left_out() -> None:
    found = split_text("Kop\nTekst.\nOntvang onze nieuwsbrief elke dag\nSlot.", boilerplate=False)
    assert found.dropped == ()


@pytest.mark.parametrize(
    "line",
    [
        "Ontvang de Ormbode-update Volgen Wil je een overzicht van de ontwikkelingen ontvangen?",
        "Schrijf je in voor onze nieuwsbrief",
        "Meld je aan voor pushberichten van de app",
        "Meer uit Buitenland",
        "Lees ook",
    ],
)
def test_furniture_is_left_out(line: str) -> None:
    found = split_text(f"Eerste alinea van het stuk.\n{line}\nTweede alinea van het stuk.")
    assert found.dropped == (line,)
    assert len(found.pieces[0].paragraphs) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Ontvang gasten nooit met lege handen, zegt de kok.",
        "Schrijf je een brief, dan krijg je antwoord van de minister.",
        "20 Nederlanders gewond bij busongeluk",
        "Meer uitstoot dan ooit gemeten boven de havens van het land, zegt het instituut.",
    ],
)
def test_what_looks_like_furniture_but_is_news_is_kept(line: str) -> None:
    found = split_text(f"Eerste alinea van het stuk.\n{line}\nTweede alinea van het stuk.")
    assert found.dropped == ()
    assert line in found.pieces[0].paragraphs


def test_a_teaser_with_a_counter_is_told_from_a_subheading_by_what_follows() -> None:
    found = split_text("Eerste alinea.\n49 Rusland wil praten\nEen tussenkop\nTweede alinea.")
    assert found.dropped == ("49 Rusland wil praten",)


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "In de haven van Kaap Sint-Joris liggen inmiddels eenenveertig tankers\n"
        "te wachten op toestemming om hun lading te mogen lossen, zegt de\n"
        "havenmeester die zoiets in dertig jaar niet heeft meegemaakt en dat nu\n"
        "wel doet.\n\nDe tweede alinea."
    )
    assert len(split_text(text).pieces[0].paragraphs) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Hij zei dat hij hem 20 minuten geleden had gebeld. KIEV (ANP) stond erboven.",
        "'PARIJS (AFP) - Zo begint elk bericht', zei mijn eerste chef.\nIk geloofde hem.",
        "Een uur geleden had ik nog hoop.\nToen niet meer.",
    ],
)
def test_running_text_about_datelines_and_times_is_left_whole(text: str) -> None:
    assert len(split_text(text).pieces) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Kop\nEen zin.\nTwee.\nEDE (ANP) - Een zin.\nNog een.", "a dateline in the middle of"),
        (
            "Kop\nEDE (ANP) - Een zin.\nNog een.\nURK (ANP) - Een zin.\nNog een.",
            "two datelines without",
        ),
        ("Kop\n5 minuten geleden\nEen zin.\n1 uur geleden\nNog een.", "times without datelines"),
        ("EDE (ANP) - Een zin.\nNog een.", ""),
        ("Kop\nEen zin.\nNog een zin.", ""),
        ("Kop\n14:05\nEen zin.\n15:05\nNog een zin.", ""),
    ],
)
def test_where_the_marks_contradict_each_other_the_text_stays_whole_and_says_so(
    text: str, reason: str
) -> None:
    found = split_text(text)
    assert len(found.pieces) == 1
    assert found.unsure.startswith(reason)
    assert bool(found.unsure) == bool(reason)
    assert "Nog een" in found.pieces[0].paragraphs[-1], "never lost"


def test_a_habit_of_the_source_is_left_out_and_stays_a_candidate() -> None:
    text = "Kop van het stuk\nEerste alinea.\nVan onze redactie in de regio\nTweede alinea."
    line = "Van onze redactie in de regio"
    found = split_text(text)
    keys = {one: key for key, one in found.candidates}
    assert line in keys
    again = split_text(text, habits={keys[line]})
    assert again.dropped == (line,)
    assert again.pieces[0].paragraphs == ["Eerste alinea.", "Tweede alinea."]
    assert (keys[line], line) in again.candidates, "or it could not be taken back"


def test_no_habit_takes_the_headline_the_first_paragraph_or_all_of_an_article() -> None:
    text = "Kop van het stuk\nEerste alinea.\nTweede alinea."
    lines = text.split("\n")
    found = split_text(text, habits={line_key(line) for line in lines})
    assert found.pieces[0].headline == lines[0]
    assert found.pieces[0].paragraphs == ["Eerste alinea."]
    assert split_text("Een alinea.", habits={line_key("Een alinea.")}).pieces[0].paragraphs


HOSTILE = {
    "capitals": "A",
    "capitals and blanks": "A ",
    "capitals and dashes": "A-",
    "initials": "A.",
    "brackets": "(",
    "empty brackets": "() ",
    "agencies": "A (AP) ",
    "vor": "vor ",
    "vor 1": "vor 1 ",
    "il y a": "il y a ",
    "geleden": " geleden",
    "digits": "1",
    "clocks": "14:05 (",
    "clock lines": "14:05\n",
    "headings": "Lees ook\n",
    "headlines": "Kop zonder punt\n",
    "bylines": "By John Doe\n",
    "glued times": "Ja.5 minuten geledenEDE (ANP) - De man loopt.",
    "datelines": "KIEV (ANP) - De man liep.\n",
    "places": "KIEV - De man loopt op straat en zegt dat het regent.\n",
    "wrapped": "een regel tekst van ongeveer zeventig tekens die doorloopt en niet af is\n",
    "letters": "aB",
    "commas": "Aa, ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_four_times_the_text_takes_about_four_times_as_long(unit: str) -> None:
    def seconds(size: int) -> float:
        text = tidy(unit * (size // len(unit)))
        best = 9e9
        for _ in range(3):
            begin = time.process_time()
            split_text(text)
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(80_000) < 12 * seconds(20_000) + 0.05
