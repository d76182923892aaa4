"""Mails as bytes, read back by the standard library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.delivery.letter import write_letter
from watcher.delivery.plain import one_line, readable
from watcher.mailbox import Mailbox
from watcher.model import Delivery, Message

NOW = datetime(2025, 12, 12, 17, 30, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
MESSAGE = Message(
    title="!! Bestand Oekraïne: één kop",
    text="Oekraïne en »bestand«\n\n.\n  ingesprongen \nVan: ik\n",
    html="<!DOCTYPE html>\n<p>Oekraïne</p>\n",
    thread="st1",
    series="bestand.rule",
)
FIXED = ["From", "To", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"]
FIXED += ["Auto-Submitted", "X-Alert-Id", "Subject", "MIME-Version", "Content-Type"]


def letter(
    message: Message = MESSAGE,
    *,
    name: str = "",
    now: datetime = NOW,
    said: Message | None = None,
    **ids: Any,
) -> bytes:
    delivery = Delivery(
        id="de1", alert="al1", channel="post", recipient="jan@x.example", message=message
    )
    return write_letter(
        replace(delivery, **ids),
        said or message,
        sender=Mailbox(address="wacht@Redactie.example", name=name),
        recipient=Mailbox(address="jan@x.example", name=name),
        now=now,
    )


def read(mail: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(mail, policy=policy.default))


def texts(mail: EmailMessage) -> list[str]:
    """The contents of all parts, with plain line ends."""
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return [part.get_content().replace("\r\n", "\n") for part in parts]


def test_a_whole_mail() -> None:
    mail = letter(name="Jansen, Jan")
    assert mail.decode("ascii").splitlines()[:19] == [
        'From: "Jansen, Jan" <wacht@Redactie.example>',
        'To: "Jansen, Jan" <jan@x.example>',
        "Date: Fri, 12 Dec 2025 17:30:00 +0000",
        "Message-ID: <de1.delivery@redactie.example>",
        "In-Reply-To: <st1.story@redactie.example>",
        "References: <st1.story@redactie.example>",
        "List-Id: <bestand.rule.news-watcher.redactie.example>",
        "Auto-Submitted: auto-generated",
        "X-Alert-Id: al1",
        "Subject: =?utf-8?q?!!_Bestand_Oekra=C3=AFne=3A_=C3=A9=C3=A9n_kop?=",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_de1"',
        "",
        "--=_de1",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Oekra=C3=AFne en =C2=BBbestand=C2=AB",
        "",
    ]
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    assert texts(read(mail)) == [MESSAGE.text, MESSAGE.html]


def test_every_attempt_has_the_same_ids() -> None:
    later = letter(now=datetime(2025, 12, 14, tzinfo=UTC), said=replace(MESSAGE, text="Herhaling"))
    first, second = read(letter()), read(later)
    assert texts(second)[0] == "Herhaling"
    for name in ("Message-ID", "In-Reply-To", "References", "List-Id", "X-Alert-Id"):
        assert first[name] == second[name]
    # Or it would be sorted below what was read two days ago.
    assert parsedate_to_datetime(second["Date"]).day == 14


def test_all_alerts_of_a_story_refer_to_one_root() -> None:
    one, other = read(letter()), read(letter(id="de2", message=replace(MESSAGE, series="x.rule")))
    assert one["Message-ID"] != other["Message-ID"]
    assert one["References"] == other["References"]


def test_what_was_frozen_before_has_neither_thread_nor_series() -> None:
    mail = read(letter(Message(title="Titel", text="Tekst")))
    assert [one for one in FIXED if one not in mail] == FIXED[4:7]
    assert mail.get_content_type() == "text/plain"
    assert texts(mail) == ["Tekst\n"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Oekraïne: één bestand", "quoted-printable"),
        ("Украина и перемирие\nв четверг", "base64"),
        ("x" * 100_000, "quoted-printable"),
        ("漢" * 50_000, "base64"),
        ("", "quoted-printable"),
    ],
)
def test_the_encoding_suits_the_text(text: str, encoding: str) -> None:
    mail = letter(replace(MESSAGE, text=text))
    part = next(read(mail).iter_parts())
    assert part["Content-Transfer-Encoding"] == encoding
    assert texts(read(mail))[0] == text
    assert max(map(len, mail.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("title", ["=?utf-8?q?Bcc?=", "Kop =?x", "a" * 300, "één " * 60, ""])
def test_the_subject_is_what_was_written(title: str) -> None:
    mail = letter(replace(MESSAGE, title=title))
    assert read(mail)["Subject"] == one_line(title, 200)
    assert max(map(len, mail.split(b"\r\n"))) <= 998


def test_hostile_words_stay_in_their_place(hostile: str) -> None:
    message = Message(title=hostile, text=hostile, html=hostile, thread=hostile, series=hostile)
    mail = letter(message, name=hostile, id=hostile, alert=hostile)
    check(mail, hostile)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_any_words_stay_in_their_place(title: str, name: str, number: str) -> None:
    message = Message(title=title, text=title, html=title, thread=number, series=number)
    check(letter(message, name=name, id=number, alert=number), title)


def check(mail: bytes, text: str) -> None:
    """Our headers and no others, the text as it can be shown, and nothing that a server refuses."""
    assert mail.isascii()
    assert b"\0" not in mail
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    parsed = read(mail)
    assert [one for one in FIXED if one in parsed] == parsed.keys()
    assert parsed["To"].addresses[0].addr_spec == "jan@x.example"
    assert len(parsed["To"].addresses) == len(parsed["From"].addresses) == 1
    shown = readable(text)
    assert texts(parsed) == [shown, shown]
    assert not parsed.defects


def test_the_pictures_of_a_mail_are_its_own(sample: Any, make_hit: Callable[..., Any]) -> None:
    from watcher.delivery.message import render

    message = render(
        sample.alert, sample.article, sample.match, language="nl", timezone="Europe/Amsterdam"
    )
    (_, page) = texts(read(letter(message)))
    assert not [word for word in ("src=", "url(", "<link", "@import") if word in page]
