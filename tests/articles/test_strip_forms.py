"""The same briefs in every form pages give them: 2,000 strips, each cut where it was glued."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from watcher.articles.decode import tidy
from watcher.articles.split import split_text


@dataclass(frozen=True)
class Wire:
    """One language's briefs: place, agencies and dateline of each, their times, a heading."""

    datelines: tuple[tuple[str, str, str], ...]
    times: tuple[str, ...]
    heading: str


WIRES = {
    "nl": Wire(
        (
            ("OSLO", "ANP NTB", "OSLO (ANP/NTB) - "),
            ("'s-GRAVENHAGE", "ANP", "'s-GRAVENHAGE (ANP) - "),
            ("SINT-NIKLAAS", "BELGA", "SINT-NIKLAAS (BELGA) – "),
        ),
        ("5 minuten geleden", "half uur geleden", "gisteren"),
        "Meer uit Buitenland",
    ),
    "de": Wire(
        (
            ("Berlin", "DPA", "Berlin (dpa) - "),
            ("Hamburg", "DPA LNO", "Hamburg (dpa/lno) - "),
            ("Wien", "APA", "Wien (APA) - "),
        ),
        ("vor 5 Minuten", "vor einer halben Stunde", "vor 2 Tagen"),
        "Weitere Meldungen",
    ),
    "en": Wire(
        (
            ("LONDON", "REUTERS", "LONDON, March 3 (Reuters) - "),
            ("KYIV", "AP", "KYIV, Ukraine (AP) — "),
            ("STOCKHOLM", "AFP", "STOCKHOLM, Aug 29, 2014 (AFP) - "),
        ),
        ("5 minutes ago", "half an hour ago", "2h ago"),
        "In other news",
    ),
    "fr": Wire(
        (
            ("Paris", "AFP", "Paris (AFP) – "),
            ("BRUXELLES", "BELGA", "BRUXELLES (BELGA) - "),
            ("Genève", "ATS", "Genève (ATS) - "),
        ),
        ("il y a 5 minutes", "il y a une demi-heure", "il y a 2 h"),
        "Plus d'actualités",
    ),
    "es": Wire(
        (
            ("Madrid", "EFE", "Madrid, 3 mar (EFE).- "),
            ("Lima", "EFE", "Lima, 3 mar (EFE).- "),
            ("Ciudad de México", "EFE", "Ciudad de México, 3 mar (EFE).- "),
        ),
        ("hace 5 minutos", "hace media hora", "hace 2 días"),
        "Más noticias",
    ),
    "east": Wire(
        (
            ("MOSCOW", "TASS", "MOSCOW, March 3. /TASS/. "),
            ("MOSCOW", "INTERFAX", "MOSCOW. March 3 (Interfax) - "),
            ("BEIJING", "XINHUA", "BEIJING, March 3 (Xinhua) -- "),
        ),
        ("5 minutes ago", "12 min ago", "an hour ago"),
        "More world news",
    ),
}
HEADLINES = ("Kraan omgevallen in haven", "Nieuwe brug over rivier", "Klokken in museum")
TEXTS = (
    ("In de haven is een kraan omgevallen. Niemand raakte gewond.", "Men zoekt de oorzaak."),
    ("De regering wil een nieuwe brug bouwen over de rivier.", "Dat zei de minister dinsdag."),
    ("Een museum toont vierhonderd klokken uit de hele wereld.", "De directeur wil er meer."),
)
MAIN = ("Dorp krijgt zijn molen terug", "De molen draait weer na elf jaar.", "Men was er blij mee.")


@dataclass(frozen=True)
class Form:
    """How a page shows its briefs."""

    wire: str
    times: str
    joined: str
    headlines: bool
    paragraphs: int
    main: bool
    heading: bool
    initials: bool

    def text(self) -> str:
        """The page."""
        wire = WIRES[self.wire]
        above = [*MAIN] if self.main else []
        above += [wire.heading] if self.heading else []
        briefs = [self._brief(number) for number in range(3)]
        if self.joined == "blocks":
            return "\n\n".join("\n".join(lines) for lines in ([above] if above else []) + briefs)
        text = "\n".join(above + [line for brief in briefs for line in brief])
        if self.joined == "glued":
            for time in wire.times:
                text = text.replace(f"{time}\n", time)
        return text

    def _brief(self, number: int) -> list[str]:
        wire = WIRES[self.wire]
        headline = [HEADLINES[number]] if self.headlines else []
        body = list(TEXTS[number][: self.paragraphs])
        body[0] = wire.datelines[number][2] + body[0]
        body += ["jb/ech"] if self.initials else []
        time = [wire.times[number]]
        return {
            "leading": [*time, *headline, *body],
            "between": [*headline, *time, *body],
            "trailing": [*headline, *body, *time],
            "none": [*headline, *body],
        }[self.times]

    def articles(self) -> list[tuple[str | None, str | None, str, bool, int]]:
        """Headline, place, agencies, whether it has a time, and the number of paragraphs."""
        timed = self.times != "none"
        size = self.paragraphs + self.initials
        briefs = [
            (headline if self.headlines else None, place, agencies, timed, size)
            for headline, (place, agencies, _) in zip(
                HEADLINES, WIRES[self.wire].datelines, strict=True
            )
        ]
        return [(MAIN[0], None, "", False, 2), *briefs] if self.main else [*briefs]


def forms(wire: str) -> Iterator[Form]:
    for times, joined, headlines, paragraphs, main, heading, initials in itertools.product(
        ("leading", "between", "trailing", "none"),
        ("lines", "blocks", "glued"),
        (False, True),
        (1, 2),
        (False, True),
        (False, True),
        (False, True),
    ):
        if times == "between" and not headlines:
            continue
        yield Form(wire, times, joined, headlines, paragraphs, main, heading, initials)


@pytest.mark.parametrize("wire", WIRES)
def test_every_form_of_a_strip_is_cut_where_it_was_glued(wire: str) -> None:
    for form in forms(wire):
        found = split_text(tidy(form.text()))
        got = [
            (
                piece.headline,
                piece.dateline.place if piece.dateline else None,
                " ".join(piece.dateline.agencies) if piece.dateline else "",
                piece.relative is not None,
                len(piece.paragraphs),
            )
            for piece in found.pieces
        ]
        assert got == form.articles(), form.text()
        assert found.dropped == ((WIRES[wire].heading,) if form.heading else ()), form.text()
        assert found.unsure == ""
