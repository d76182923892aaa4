"""The e-mail channel and its child, handing over to real mail servers on the loopback."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from watcher.delivery.channel import AddressError
from watcher.delivery.mail import MailChannel
from watcher.interfaces import Channel
from watcher.model import Claim, DigestEntry, Message, RuleInfo, Sent

MakeClaim = Callable[..., Claim]
Open = Callable[..., MailChannel]
JAN, PIET = "jan@x.example", "piet@x.example"
PASSWORD = "kanarie7geheim"
MAIL = Message(title="Één kop", text="Kop\n.\nTekst", html="<!DOCTYPE html>\n<body>\n<p>Tekst</p>")


@pytest.fixture
async def open_channel() -> AsyncIterator[Open]:
    """Channels that are closed at the end."""
    opened: list[MailChannel] = []

    def make(smtp: str | int, *to: str, deadline: float = 10) -> MailChannel:
        channel = MailChannel(
            "post",
            smtp=smtp if isinstance(smtp, str) else f"smtp://127.0.0.1:{smtp}",
            sender="Nieuws, wacht <wacht@redactie.example>",
            to=to or (JAN,),
            language="nl",
            timezone="Europe/Amsterdam",
            deadline=timedelta(seconds=deadline),
        )
        opened.append(channel)
        return channel

    yield make
    await asyncio.gather(*(channel.close() for channel in opened))


@pytest.fixture
def make_mail(make_claim: MakeClaim) -> MakeClaim:
    """A claimed mail to a recipient."""

    def make(recipient: str = JAN, message: Message = MAIL, **changes: Any) -> Claim:
        return make_claim(recipient, message, **changes)

    return make


def parsed(mail: bytes) -> EmailMessage:
    """A mail as the standard library reads it."""
    return cast(EmailMessage, message_from_bytes(mail, policy=policy.default))


def bodies(mail: EmailMessage) -> dict[str, str]:
    """Its parts by type."""
    return {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in mail.walk()
        if not part.is_multipart()
    }


def exists(pid: int | None) -> bool:
    """Whether a process is there."""
    return Path(f"/proc/{pid}").exists()


def seen_of(pid: int | None, name: str) -> bytes:
    """What anybody may see of a process."""
    return Path(f"/proc/{pid}/{name}").read_bytes()


# --- what servers do ---------------------------------------------------------------------------

BEFORE, AFTER = Sent.TEMPORARY, Sent.AMBIGUOUS
SLOW = "no answer within 1.5 s"

ANSWERS: dict[str, tuple[dict[str, str], Sent, str]] = {
    "accept": ({}, Sent.DONE, ""),
    "accept, then hang": ({"QUIT": "HANG"}, Sent.DONE, ""),
    "no EHLO": ({"EHLO": "502 what?"}, Sent.DONE, ""),
    # The greeting.
    "421 greeting": ({"greeting": "421 4.3.2 closing"}, BEFORE, "SMTP 421 4.3.2 closing"),
    "554 greeting": ({"greeting": "554 no"}, Sent.PERMANENT, "SMTP 554 no"),
    "hang before the greeting": ({"greeting": "HANG"}, BEFORE, "no answer in time"),
    "drip the greeting": ({"greeting": "DRIP"}, BEFORE, SLOW),
    "close at once": (
        {"greeting": "CLOSE"},
        BEFORE,
        "the connection was closed without an answer",
    ),
    "no mail server": ({"greeting": "HTTP/1.1 400"}, BEFORE, "the mail server's answer is no SMTP"),
    # The envelope.
    "451 at MAIL": ({"MAIL": "451 4.7.1 later"}, BEFORE, "SMTP 451 4.7.1 later"),
    "451 at RCPT": ({"RCPT": "451 4.7.1 later"}, BEFORE, "SMTP 451 4.7.1 later"),
    "550 at RCPT": ({"RCPT": "550 5.1.1 unknown"}, Sent.PERMANENT, "SMTP 550 5.1.1 unknown"),
    "hang at RCPT": ({"RCPT": "HANG"}, BEFORE, SLOW),
    "drip at RCPT": ({"RCPT": "DRIP"}, BEFORE, SLOW),
    "flood at RCPT": ({"RCPT": "FLOOD"}, BEFORE, ""),
    "no STARTTLS needed": ({"STARTTLS": "502 no"}, Sent.DONE, ""),
    # The text.
    "451 at DATA": ({"DATA": "451 later"}, BEFORE, "SMTP 451 later"),
    "250 at DATA": ({"DATA": "250 huh"}, BEFORE, "the mail server answered 250 huh"),
    "hang at DATA": ({"DATA": "HANG"}, BEFORE, SLOW),
    "close in the middle": (
        {"text": "CLOSE"},
        AFTER,
        "the connection was closed without an answer",
    ),
    "552 at the end": ({"end": "552 5.3.4 too big"}, Sent.PERMANENT, "SMTP 552 5.3.4 too big"),
    "554 at the end": ({"end": "554-no\r\n554 spam"}, Sent.PERMANENT, "SMTP 554 no spam"),
    "452 at the end": ({"end": "452 4.2.2 full"}, BEFORE, "SMTP 452 4.2.2 full"),
    "no answer after the end": ({"end": "HANG"}, AFTER, SLOW),
    "drip after the end": ({"end": "DRIP"}, AFTER, SLOW),
    "close after the end": ({"end": "CLOSE"}, AFTER, "the connection was closed without an answer"),
    "nonsense after the end": ({"end": "ok!"}, AFTER, "the mail server's answer is no SMTP"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_answers_of_a_mail_server(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim, name: str
) -> None:
    script, sent, error = ANSWERS[name]
    office = await open_post_office(**script)
    slow = {"HANG", "DRIP", "FLOOD"} & set(script.values())
    channel = open_channel(office.port, deadline=1.5 if slow else 10)
    await channel.start()
    begun = time.monotonic()
    answer = await channel.send(make_mail())
    assert time.monotonic() - begun < 3
    assert answer.sent is sent
    assert answer.error.startswith(error)
    assert bool(error) == bool(answer.error) or name.startswith("flood")
    assert len(office.mails) <= 1, "one transmission, one mail"
    if sent is Sent.DONE:
        assert parsed(office.mails[0])["Subject"] == "Één kop"


async def test_a_connection_reset_under_a_long_mail_has_delivered_nothing(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    office = await open_post_office(text="RESET")
    long = replace(MAIL, text="--\n" + "x" * 5_000_000)
    answer = await open_channel(office.port).send(make_mail(message=long))
    assert answer.sent in {Sent.TEMPORARY, Sent.AMBIGUOUS}
    assert office.mails == []


async def test_one_of_two_recipients_refused(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    office = await open_post_office(**{f"RCPT {JAN}": "550 5.1.1 unknown"})
    channel: Channel = open_channel(office.port, JAN, f"Piet <{PIET}>", JAN.upper())
    assert channel.recipients == (JAN, PIET)
    answers = [await channel.send(make_mail(one)) for one in channel.recipients]
    assert [answer.sent for answer in answers] == [Sent.PERMANENT, Sent.DONE]
    (mail,) = office.mails
    assert parsed(mail)["To"] == f"Piet <{PIET}>"
    assert [line for line in office.commands if "rcpt" in line] == [
        f"rcpt TO:<{JAN}>",
        f"rcpt TO:<{PIET}>",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1:{closed_port}", "no-such-host.invalid"])
async def test_not_reached_is_temporary(
    open_channel: Open, make_mail: MakeClaim, closed_port: int, host: str
) -> None:
    channel = open_channel(f"smtp://{host.format(closed_port=closed_port)}")
    answer = await channel.send(make_mail())
    assert answer.sent is Sent.TEMPORARY
    assert answer.error in {"connection refused", "the host's name is not known"}


async def test_a_hanging_server_delays_no_other_channel_and_costs_its_child(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    slow, quick = await open_post_office(end="HANG"), await open_post_office()
    hanging, other = open_channel(slow.port, deadline=3), open_channel(quick.port)
    await asyncio.gather(hanging.start(), other.start())
    first = hanging.child_pid
    waiting = asyncio.create_task(hanging.send(make_mail()))
    await slow.arrived.wait()
    async with asyncio.timeout(2.5):
        for _ in range(20):
            assert (await other.send(make_mail())).sent is Sent.DONE
    assert not waiting.done()
    assert (await waiting).sent is Sent.AMBIGUOUS
    assert not exists(first)
    slow.script.clear()
    assert (await hanging.send(make_mail())).sent is Sent.DONE


@pytest.mark.parametrize(("stage", "sent"), [("RCPT", Sent.TEMPORARY), ("end", Sent.AMBIGUOUS)])
async def test_a_child_that_dies(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim, stage: str, sent: Sent
) -> None:
    office = await open_post_office(**{stage: "HANG"})
    channel = open_channel(office.port)
    sending = asyncio.create_task(channel.send(make_mail()))
    async with asyncio.timeout(10):
        while not (office.mails if stage == "end" else office.commands[2:]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert channel.child_pid is not None
    os.kill(channel.child_pid, signal.SIGKILL)
    assert (await sending).sent is sent


async def test_a_recipient_that_is_gone_is_permanent(
    open_channel: Open, make_mail: MakeClaim
) -> None:
    answer = await open_channel("smtp://127.0.0.1").send(make_mail("weg@x.example"))
    assert answer.sent is Sent.PERMANENT
    assert "weg@x.example" in answer.error


def test_an_address_that_cannot_be_used_is_refused_without_showing_secrets(
    open_channel: Open,
) -> None:
    with pytest.raises(AddressError, match="channel post: ") as raised:
        open_channel(f"http://u:{PASSWORD}@mx.example")
    assert PASSWORD not in str(raised.value)


# --- what arrives ------------------------------------------------------------------------------


class Box:
    """Keeps what a real mail server took."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.fixture
def box() -> Box:
    """Where mail ends up."""
    return Box()


@pytest.fixture
def port(box: Box, closed_port: int) -> Iterator[int]:
    """A real mail server's port."""
    server = Controller(box, hostname="127.0.0.1", port=closed_port)
    server.start()
    yield closed_port
    server.stop()


async def test_a_rendered_alert_arrives_as_it_was_written(
    box: Box, port: int, open_channel: Open, make_mail: MakeClaim, sample: Any
) -> None:
    channel = open_channel(port)
    message = channel.render(sample.alert, sample.article, sample.match)
    assert (await channel.send(make_mail(message=message))).sent is Sent.DONE
    mail = parsed(box.mails[0])
    assert bodies(mail) == {"text/plain": message.text, "text/html": message.html}
    assert mail["From"] == '"Nieuws, wacht" <wacht@redactie.example>'
    assert (mail["To"], mail["Subject"]) == (JAN, message.title)
    assert mail["List-Id"] == "<bestand.rule.news-watcher.redactie.example>"
    assert mail["References"] == mail["In-Reply-To"] == "<st-1.story@redactie.example>"
    assert mail["Message-ID"] == "<de-1.delivery@redactie.example>"
    assert (mail["Auto-Submitted"], mail["X-Alert-Id"]) == ("auto-generated", "al-1")


async def test_a_repeat_says_so_and_has_the_same_id(
    box: Box, port: int, open_channel: Open, make_mail: MakeClaim
) -> None:
    channel = open_channel(port)
    for repeat in (False, True):
        assert (await channel.send(make_mail(possible_repeat=repeat))).sent is Sent.DONE
    first, second = map(parsed, box.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert not any("Mogelijk een herhaling" in body for body in bodies(first).values())
    assert all("Mogelijk een herhaling" in body for body in bodies(second).values())
    assert bodies(second)["text/plain"].endswith("\nKop\n.\nTekst")


async def test_a_digest_is_a_series_of_its_own_and_no_thread(
    box: Box, port: int, open_channel: Open, make_mail: MakeClaim, sample: Any
) -> None:
    channel = open_channel(port)
    alert = replace(sample.alert, kind="DIGEST", code="storm")
    entry = DigestEntry(alert=alert, article=sample.article, match=sample.match)
    ((message, told),) = channel.render_digest([entry])
    assert told == [entry]
    assert (await channel.send(make_mail(message=message))).sent is Sent.DONE
    mail = parsed(box.mails[0])
    assert mail["List-Id"] == "<digest.news-watcher.redactie.example>"
    assert (mail["In-Reply-To"], mail["References"]) == (None, None)


async def test_hostile_text_arrives_and_writes_no_header(
    box: Box,
    port: int,
    open_channel: Open,
    make_mail: MakeClaim,
    sample: Any,
    hostile_texts: tuple[str, ...],
) -> None:
    channel = open_channel(port)
    for text in hostile_texts:
        article = replace(sample.article, title=text, text=text, headline_end=0, source=text)
        match = replace(sample.match, rule=RuleInfo(id="r", title=text, why=text))
        alert = replace(sample.alert, rule=text[:100], story=text[:100])
        rendered = channel.render(alert, article, match)
        # And what no render lets through: title, text and ids as they came.
        raw = Message(title=text, text=text, html=text, thread=text[:100], series=text[:100])
        for message in (rendered, raw):
            answer = await channel.send(make_mail(message=message))
            assert (answer.sent, answer.error) == (Sent.DONE, ""), ascii(text[:40])
    assert len(box.mails) == 2 * len(hostile_texts)
    assert {tuple(parsed(mail).keys()) for mail in box.mails} <= {
        tuple(one for one in HEADERS if one not in without)
        for without in ((), THREAD, ("List-Id",), (*THREAD, "List-Id"))
    }
    for mail in box.mails:
        assert max(map(len, mail.split(b"\r\n"))) <= 998
        assert parsed(mail).get_content_type() == "multipart/alternative"
        assert set(bodies(parsed(mail))) == {"text/plain", "text/html"}


THREAD = ("In-Reply-To", "References")
HEADERS = (
    *("From", "To", "Date", "Message-ID", *THREAD, "List-Id", "Auto-Submitted", "X-Alert-Id"),
    *("Subject", "MIME-Version", "Content-Type"),
)


async def test_a_text_of_five_megabytes_arrives(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    office = await open_post_office()
    text = "\n".join(f"Oekraïne, regel {number} " + "x" * 90 for number in range(45_000))
    assert len(text) > 5_000_000
    answer = await open_channel(office.port).send(make_mail(message=replace(MAIL, text=text)))
    assert answer.sent is Sent.DONE
    mail = parsed(office.mails[0].removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."))
    assert bodies(mail)["text/plain"] == text


# --- encryption and logging in -----------------------------------------------------------------


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """A certificate authority that children trust."""
    authority = trustme.CA()
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


def context_of(authority: trustme.CA, name: str = "127.0.0.1") -> Any:
    """A server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def guard(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """Only one password is right; the answer to others repeats it."""
    if data.password == PASSWORD.encode():
        return AuthResult(success=True)
    said = f"535 5.7.8 not {data.password.decode()} of {data.login.decode()}"
    return AuthResult(success=False, handled=False, message=said)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize(
    ("name", "sent", "error"),
    [
        ("127.0.0.1", Sent.DONE, ""),
        ("127.0.0.2", Sent.TEMPORARY, "the TLS connection failed: IP address mismatch"),
        ("", Sent.TEMPORARY, "the TLS connection failed: unable to get local issuer certificate"),
    ],
)
async def test_certificates_are_verified(
    box: Box,
    closed_port: int,
    authority: trustme.CA,
    open_channel: Open,
    make_mail: MakeClaim,
    scheme: str,
    name: str,
    sent: Sent,
    error: str,
) -> None:
    context = context_of(authority if name else trustme.CA(), name or "127.0.0.1")
    how: dict[str, Any] = {"ssl_context" if scheme == "smtps" else "tls_context": context}
    server = Controller(box, hostname="127.0.0.1", port=closed_port, **how)
    server.start()
    try:
        answer = await open_channel(f"{scheme}://127.0.0.1:{closed_port}").send(make_mail())
    finally:
        server.stop()
    assert (answer.sent, answer.error.partition(", ")[0]) == (sent, error)
    assert len(box.mails) == (sent is Sent.DONE)


async def test_without_starttls_nothing_is_said(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    office = await open_post_office()
    answer = await open_channel(f"smtp+starttls://u:{PASSWORD}@127.0.0.1:{office.port}").send(
        make_mail()
    )
    assert answer.sent is Sent.TEMPORARY
    assert answer.error == "the mail server does not offer STARTTLS"
    assert [line.split()[0] for line in office.commands] == ["ehlo", "QUIT"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(
    ("login", "sent", "error"),
    [
        (f"wacht:{PASSWORD}", Sent.DONE, ""),
        ("wacht%40x.example:p%2Fw%3A%25d", Sent.PERMANENT, "SMTP 535 5.7.8 not *** of ***"),
    ],
)
async def test_logging_in(
    box: Box,
    closed_port: int,
    open_channel: Open,
    make_mail: MakeClaim,
    login: str,
    sent: Sent,
    error: str,
) -> None:
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=closed_port,
        authenticator=guard,
        auth_require_tls=False,
        auth_required=True,
    )
    server.start()
    try:
        answer = await open_channel(f"smtp://{login}@127.0.0.1:{closed_port}").send(make_mail())
    finally:
        server.stop()
    assert (answer.sent, answer.error) == (sent, error)
    assert len(box.mails) == (sent is Sent.DONE)


async def test_a_server_where_nobody_can_log_in(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    for offered in ("250 SIZE 1", "250 AUTH GSSAPI"):
        office = await open_post_office(EHLO=f"250-mx.example\r\n{offered}")
        channel = open_channel(f"smtp://u:{PASSWORD}@127.0.0.1:{office.port}")
        answer = await channel.send(make_mail())
        assert answer.sent is Sent.TEMPORARY
        assert answer.error == "the mail server offers no way to log in that we know"


async def test_the_password_is_nowhere_to_be_seen(
    open_post_office: Any, open_channel: Open, make_mail: MakeClaim
) -> None:
    code = base64.b64encode(f"\0wacht\0{PASSWORD}".encode()).decode()
    office = await open_post_office(
        EHLO="250-mx.example\r\n250 AUTH PLAIN", AUTH=f"535 {code} {PASSWORD.upper()}"
    )
    channel = open_channel(f"smtp://wacht:{PASSWORD}@127.0.0.1:{office.port}")
    answer = await channel.send(make_mail())
    assert answer.error == "SMTP 535 *** ***"
    assert code in office.commands[1]
    for name in ("cmdline", "environ"):
        assert PASSWORD.encode() not in seen_of(channel.child_pid, name)
    assert PASSWORD not in repr(vars(channel)) + repr(channel)
