"""Mail: the text, newsletters, attachments, and messages made to hurt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.flowed import unflowed, without_footer
from watcher.articles.formats.newsletter import html_items, text_items
from watcher.model import Document

Make = Callable[..., Document]
Sample = Callable[..., Document]

HEAD = "From: a@b.example\r\nSubject: Een bericht\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\n"


def test_a_message_with_attachments(sample: Sample) -> None:
    found = extract(sample("bericht.eml"))
    mail, page, inner = found.articles
    assert mail.text == (
        "Zwembad in Velsmeer gaat weer open\n\nHet zwembad gaat maandag weer open. De verbouwing "
        "heeft zeven maanden geduurd en kostte drie miljoen euro.\n\n"
        "De burgemeester knipt om tien uur het lint door, zei wethouder De Beï."
    )
    assert mail.author == "Gemeente Velsmeer, Pers"
    assert mail.published == datetime(2026, 11, 20, 9, 2, 3, tzinfo=UTC)
    assert (mail.guid, mail.encoding) == ("<p-881@velsmeer.example>", "utf-8")
    assert (page.document, page.title) == ("bericht.eml/bijlage.html", "Openingstijden")
    assert (inner.author, inner.guid) == ("Anna de Wit", "<v-1@krant.example>")
    assert found.losses == ()


def test_an_html_newsletter_is_several_articles(sample: Sample) -> None:
    found = extract(sample("nieuwsbrief.eml")).articles
    assert [one.title for one in found] == [
        "Staking legt treinen plat",
        "Prijs van koffie stijgt opnieuw",
        "Oud-premier geopereerd",
    ]
    assert [one.url for one in found] == [f"https://nieuwsbrief.example/{n}" for n in (1, 2, 3)]
    assert [one.guid for one in found] == [
        f"<b-20261120@nieuwsbrief.example>#{n}" for n in (1, 2, 3)
    ]
    assert found[2].text == (
        "Oud-premier geopereerd\n\nDe oud-premier maakt het goed na een operatie aan het hart."
    )
    assert {one.language for one in found} == {"nl"}


def test_a_plain_newsletter_is_several_articles(sample: Sample) -> None:
    found = extract(sample("overzicht.eml")).articles
    assert [(one.title, one.url) for one in found] == [
        ("Twee gewonden bij botsing op snelweg", "https://persdienst.example/1"),
        ("Bank schrapt honderden banen", "https://persdienst.example/2"),
    ]
    assert found[1].text.endswith("dertig kantoren en wil zo kosten besparen.")


def test_a_strip_in_a_mail_is_split(make_document: Make) -> None:
    body = (
        f"{HEAD}Message-ID: <s@b.example>\r\n\r\n"
        "VELSMEER (ANP) - Het zwembad gaat maandag weer open.\r\n\r\n"
        "DALMEN (ANP) - Twee auto's zijn gebotst op de snelweg.\r\n"
    )
    found = extract(make_document(body))
    first, second = found.articles
    assert (first.place, second.place) == ("VELSMEER", "DALMEN")
    assert (first.guid, second.guid) == ("<s@b.example>", "<s@b.example>#2")
    # The subject is no headline of the first of them.
    assert first.text == "Het zwembad gaat maandag weer open."
    assert found.dropped == ("Een bericht",)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<h2>Een kop</h2><p>Een tekst van genoeg woorden om mee te tellen.</p>",
        "<h2>Kop een</h2><p>Tekst zonder enige verwijzing.</p><h2>Kop twee</h2><p>Nog een.</p>",
        "<p>Alleen <a href='https://x.example'>een link</a> in een gewone zin.</p>" * 3,
    ],
)
def test_what_does_not_repeat_is_no_newsletter(html: str) -> None:
    assert html_items(html) == ()


def test_bold_linked_titles_are_titles_too() -> None:
    block = (
        "<div><a href='https://x.example/{n}'><b>Kop nummer {n}</b></a></div>"
        "<div>Hier staat een tekst van meer dan vijf woorden.</div>"
    )
    items = html_items("".join(block.format(n=n) for n in (1, 2)))
    assert [(one.title, one.link) for one in items] == [
        ("Kop nummer 1", "https://x.example/1"),
        ("Kop nummer 2", "https://x.example/2"),
    ]


def test_an_introduction_of_some_length_is_kept() -> None:
    words = "Goedemorgen, dit is wat er vannacht gebeurde in het land en daarbuiten. " * 3
    block = (
        "<h3><a href='https://x.example/{n}'>Kop nummer {n}</a></h3>"
        "<p>Een tekst van vijf woorden.</p>"
    )
    items = html_items(f"<p>{words}</p>" + "".join(block.format(n=n) for n in (1, 2)))
    assert [one.title for one in items] == ["", "Kop nummer 1", "Kop nummer 2"]
    assert items[0].text == words.strip()


def test_one_line_of_dashes_makes_no_newsletter() -> None:
    assert (
        text_items("Een brief.\n\n----------\n\nMet een streep erin en verder niets bijzonders.")
        == ()
    )


def test_a_stub_gives_way_to_the_html(make_document: Make) -> None:
    body = (
        f"{HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nView this e-mail in your browser\r\n"
        "--x\r\nContent-Type: text/html; charset=klingon\r\n\r\n<p>Het zwembad gaat maandag weer "
        "open voor het publiek.</p>\r\n--x--\r\n"
    )
    (article,) = extract(make_document(body)).articles
    assert article.text == "Een bericht\n\nHet zwembad gaat maandag weer open voor het publiek."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Het nieuws.\n\n-- \nAfdeling Voorlichting", "Het nieuws."),
        ("Het nieuws.\n\nU ontvangt deze mail omdat. Uitschrijven kan hier.", "Het nieuws."),
        ("Uitschrijven van leerlingen wordt makkelijker.", None),
        ("Het nieuws.\n\nUnsubscribe\n\nPrivacy policy", "Het nieuws."),
    ],
)
def test_signatures_and_footers_go(text: str, kept: str | None) -> None:
    assert without_footer(text) == (kept or text)


def test_flowed_lines_are_joined() -> None:
    assert unflowed("Een regel \ndie doorgaat.\n Twee.\n-- \nNaam") == (
        "Een regel die doorgaat.\nTwee.\n-- \nNaam\n"
    )
    assert unflowed("Konink \nrijk", delsp=True) == "Koninkrijk\n"


@pytest.mark.parametrize(
    "body",
    [
        HEAD + "Content-Type: multipart/mixed\r\n\r\ngeen grens",
        HEAD + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 300,
        HEAD + "Content-Type: text/plain; charset=\xff\xfe\r\n\r\nTekst van een bericht",
        HEAD + "Content-Transfer-Encoding: base64\r\n\r\n!!!!geen base64!!!!",
        HEAD + "Message-ID: <<<>>>@@\r\nFrom: " + "(" * 5000 + "\r\n\r\nTekst van een bericht",
        HEAD.replace("a@b.example", "(" * 1_000_000) + "\r\nTekst van een bericht",
        HEAD + "Subject: =?utf-8?b?////?= =?klingon?q?x?=\r\n\r\nTekst",
        HEAD + "Content-Type: message/rfc822\r\n\r\n" * 60 + "x",
        HEAD + "Content-Disposition: attachment; filename*0*=''\"\r\n\r\nTekst",
        HEAD + "\r\n",
    ],
)
def test_a_hostile_message_never_raises(make_document: Make, body: str) -> None:
    found = extract(make_document(body.encode("latin-1")))
    assert found.failure or found.articles


def test_a_press_release_with_a_colon_is_no_mail(make_document: Make) -> None:
    (article,) = extract(make_document("Persbericht: zwembad open\n\nHet bad is open.")).articles
    assert article.text.startswith("Persbericht: zwembad open")
