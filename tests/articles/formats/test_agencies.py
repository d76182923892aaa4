"""ninjs, NewsML and NITF: what an agency says about its own text arrives in the article."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.agency import by_line, status_of, urgency_of
from watcher.model import Document

Sample = Callable[..., Document]
Make = Callable[..., Document]


def at(hour: int, minute: int = 0) -> datetime:
    """That time on 20 November 2026, UTC."""
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


def test_ninjs_1(sample: Sample) -> None:
    main, frame = extract(sample("ninjs1.json")).articles
    assert main.text == (
        "Kabinet overweegt embargo op graan\n\nHet kabinet overweegt een embargo."
        "\n\nDe minister zei dat vrijdag."
    )
    assert (main.status, main.version, main.urgency) == ("usable", "3", 3)
    assert (main.embargoed, main.published) == (at(20), at(8, 12))
    assert (main.place, main.author, main.credit) == ("Den Haag", "Anna de Wit", "Novum")
    assert (main.slugline, main.section) == ("kabinet-graan", "Politiek, Landbouw")
    assert main.guid == main.url == "https://dienst.example/bericht/77"
    assert main.remarks == ("editor's note: Vervangt de versie van 8.30 uur",)
    # A part of a package with a text of its own; the photo has none.
    assert (frame.title, frame.published) == ("Zo werkt een embargo", at(8, 12))


def test_ninjs_3(sample: Sample) -> None:
    robbery, bridge = extract(sample("ninjs3.json")).articles
    assert robbery.title == "Police seek witnesses to shop robbery"
    assert robbery.text.endswith("Police are looking for two men.\n\nNobody was hurt.")
    assert (robbery.status, robbery.urgency, robbery.language) == ("canceled", 1, "en")
    assert (robbery.author, robbery.credit) == ("Mary Poole", "Millbrook Press Agency")
    assert (robbery.url, robbery.guid) == (None, "urn:dienst:79")
    assert (bridge.status, bridge.credit) == ("withheld", "MPA")
    assert bridge.text == "Council votes against bridge\n\nThe old bridge."


def test_nitf(sample: Sample) -> None:
    (fire,) = extract(sample("nitf.xml")).articles
    assert fire.text == (
        "Dode bij brand in opslagloods\n\nOorzaak nog niet bekend\n\n"
        "Bij een brand is een man om het leven gekomen.\n\n"
        "Bij een brand in een opslagloods is vannacht een man omgekomen. Cafés in de buurt "
        "werden ontruimd.\n\nDe brandweer had het vuur na drie uur onder controle."
    )
    assert (fire.place, fire.agencies, fire.author) == (
        "Oosterwijk",
        ("ANP",),
        "Koen Visser verslaggever",
    )
    assert (fire.guid, fire.version, fire.urgency) == ("BND-2026-4411", "4", 2)
    assert (fire.slugline, fire.section) == ("brand-oosterwijk", "Binnenland, Brand")
    assert (fire.published, fire.embargoed) == (at(6, 15), at(8))
    assert fire.credit == "Bond van Persdiensten"
    assert fire.remarks == ("editor's note: Nieuw: gewonde overleden",)


def test_newsml(sample: Sample) -> None:
    found = extract(sample("newsml.xml"))
    rules, ship, package = found.articles
    assert rules.text == (
        "Kabinet wil strengere regels\n\nHet kabinet wil de regels voor tijdelijk werk "
        "aanscherpen.\n\nWerkgevers vragen om meer tijd."
    )
    assert (rules.status, rules.version, rules.urgency) == ("withheld", "5", 4)
    assert (rules.published, rules.embargoed) == (at(9, 45), at(11))
    assert (rules.place, rules.author) == ("Den Haag", "Anna de Wit")
    assert (rules.credit, rules.slugline) == ("Bond van Persdiensten", "werk-tijdelijk")
    assert (rules.section, rules.language) == ("politiek", "nl")
    assert (ship.status, ship.language) == ("canceled", "en")
    assert package.text.endswith("Kabinet wil strengere regels\n\nStaking in het streekvervoer")
    assert "its parts are not in this document" in package.remarks[0]
    assert found.losses == ("conceptItem urn:newsml:bond.example:2026:3 is no news text",)


def test_an_embargo_without_an_end_withholds(make_document: Make) -> None:
    body = (
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="g" version="1">'
        "<itemMeta><embargoed/></itemMeta><contentMeta><headline>Kop</headline></contentMeta>"
        "</newsItem>"
    )
    (article,) = extract(make_document(body)).articles
    assert (article.status, article.embargoed) == ("withheld", None)
    assert article.remarks == ("embargoed until further notice",)


def test_what_stands_in_an_envelope_of_ones_own_is_found(make_document: Make) -> None:
    nitf = "<nitf><body><body.content><p>Een kort bericht.</p></body.content></body></nitf>"
    (article,) = extract(make_document(f"<Dienst><Bericht>{nitf}</Bericht></Dienst>")).articles
    assert article.text == "Een kort bericht."


def test_broken_xml_is_mended_and_says_so(make_document: Make) -> None:
    body = "<nitf><body><body.content><p>Een <b>kort bericht.</p></body.content></body></nitf>"
    (article,) = extract(make_document(body)).articles
    assert article.text == "Een kort bericht."
    assert article.remarks[0].startswith("the XML is broken and was mended: ")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<?xml version='1.0'?><planningItem/>", "this XML is <planningItem>; expected RSS, Atom,"),
        ("<kookboek><recept/></kookboek>", "this XML is <kookboek>"),
        ("<?xml version='1.0'?>", "the XML is broken"),
        ('{"naam": "geen bericht"}', "neither a JSON Feed"),
        ("[1, 2]", "neither a JSON Feed"),
        ('{"uri": "x", "headline": "y"', None),
        ('{"a": \n"b" "c"}', "broken JSON (line 2, column 5)"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("<x>" * 100_000, "this XML is <x>"),
        (
            '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><nitf>&c;</nitf>',
            "declares entities",
        ),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><nitf>&a;</nitf>', "entities"),
    ],
)
def test_what_cannot_be_read_says_why(make_document: Make, body: str, why: str | None) -> None:
    failure = extract(make_document(body)).failure
    assert failure is None if why is None else why in str(failure)


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("stat:usable", "usable"),
        ("stat:canceled", "canceled"),
        ("Cancelled", "canceled"),
        ("http://cv.iptc.org/newscodes/pubstatusg2/withheld", "withheld"),
        ("Embargoed", "withheld"),
        ("", "usable"),
        ("iets anders", "usable"),
    ],
)
def test_a_status(stated: str, status: str) -> None:
    assert status_of(stated) == status


def test_an_urgency() -> None:
    assert [urgency_of(text) for text in ("1", " 9 ", "0", "10", "hoog", "")] == [
        1,
        9,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Mary Poole", "Mary Poole"),
        ("Door onze redactie", "Door onze redactie"),
        ("Von Eva Roth, dpa", "Eva Roth, dpa"),
        ("NTB", "NTB"),
        ("Byron Vale", "Byron Vale"),
        ("", ""),
    ],
)
def test_a_by_line(line: str, name: str) -> None:
    assert by_line(line) == name
