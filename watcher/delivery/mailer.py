"""The killable child that hands over mail: `python -m watcher.delivery.mailer`.

    config    {"smtp": url, "timeout": seconds}       once, answered by {"ready": true}
    step 1    {"sender", "recipient", "mail"}         answered by {} when all but the end is sent
    step 2    {}                                      sends the end: the server may take the mail
    answer    {"sent", "error", "retry_after"}        to either step

A server may not deliver what has no end (RFC 5321, 4.1.1.4), so whatever happens before step 2
leaves nothing behind, also when this process is killed.
"""

from __future__ import annotations

import base64
import contextlib
import resource
import smtplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from watcher.delivery.plain import clean, cut
from watcher.delivery.serve import Handler, serve
from watcher.delivery.wire import judge_failure
from watcher.mailbox import MailServer, parse_mail_server
from watcher.model import Sent
from watcher.secrecy import scrub_pieces

_ERROR_MAX = 500
#: Address space, in bytes: a server may answer with lines without end.
_MAX_MEMORY = 1 << 29

_Answer = dict[str, Any]


class _Unfit(Exception):
    """The server lacks what the configuration asks for."""


class Mailer:
    """One mail at a time to one server, over a connection of its own."""

    def __init__(self, server: MailServer, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None

    def handle(self, request: dict[str, Any]) -> _Answer:
        """One step, always answered."""
        if "mail" not in request:
            return self._finish()
        self._close()
        try:
            self._smtp = self._connect()
            self._offer(request["sender"], request["recipient"], request["mail"].encode("ascii"))
        except smtplib.SMTPResponseException as error:
            return self._refused(error.smtp_code, error.smtp_error)
        except _Unfit as error:
            return self._failed(Sent.TEMPORARY, str(error))
        except (OSError, smtplib.SMTPException) as error:
            _, reason = judge_failure(error, False)
            return self._failed(Sent.TEMPORARY, reason + _why_distrusted(error))
        return {}

    def _connect(self) -> smtplib.SMTP:
        """Connected, encrypted and logged in."""
        server, name = self._server, _own_name()
        # So that there is time for a second address; the greeting has to come within it too.
        patience = self._timeout * 0.45
        if server.security == "tls":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=patience, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=patience)
        # Kept from here on, or a failure would leave the connection open.
        self._smtp = smtp
        assert smtp.sock is not None
        smtp.sock.settimeout(self._timeout)
        # The end of the text is a small packet of its own: held back it cost 40 ms a mail.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise _Unfit("the mail server does not offer STARTTLS")
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._log_in(smtp)
        return smtp

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._server.user, self._server.password)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
            raise
        except smtplib.SMTPException:
            raise _Unfit("the mail server offers no way to log in that we know") from None

    def _offer(self, sender: str, recipient: str, mail: bytes) -> None:
        """Everything but the end of the text."""
        smtp = self._smtp
        assert smtp is not None
        options = [f"size={len(mail)}"] if smtp.has_extn("size") else []
        _expect(smtp.mail(sender, options), 2)
        _expect(smtp.rcpt(recipient), 2)
        _expect(smtp.docmd("DATA"), 3)
        # A line that is a dot would be the end.
        smtp.send(mail.replace(b"\r\n.", b"\r\n.."))

    def _finish(self) -> _Answer:
        """The end, and what the server says to it."""
        smtp, ended = self._smtp, False
        if smtp is None:
            return self._failed(Sent.TEMPORARY, "there is no mail to hand over")
        try:
            smtp.send(b".\r\n")
            ended = True
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            sent, reason = judge_failure(error, ended)
            return self._failed(sent, reason)
        if code // 100 != 2:
            return self._refused(code, text, otherwise=Sent.AMBIGUOUS)
        self._close()
        return {"sent": Sent.DONE, "error": "", "retry_after": None}

    def _refused(self, code: int, text: bytes | str, otherwise: Sent = Sent.TEMPORARY) -> _Answer:
        """A code other than the one that was hoped for; ``otherwise`` is for what is none."""
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if code < 0:
            return self._failed(otherwise, "the mail server's answer is no SMTP")
        if code // 100 not in {4, 5}:
            return self._failed(otherwise, f"the mail server answered {code} {shown}")
        return self._failed(
            Sent.PERMANENT if code >= 500 else Sent.TEMPORARY, f"SMTP {code} {shown}"
        )

    def _failed(self, sent: Sent, reason: str) -> _Answer:
        self._close()
        user, password = self._server.user, self._server.password
        shown = scrub_pieces(clean(reason[: 4 * _ERROR_MAX]), _spellings(user, password))
        return {"sent": sent, "error": cut(shown, _ERROR_MAX), "retry_after": None}

    def _close(self) -> None:
        """Say goodbye without waiting for an answer."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.send(b"QUIT\r\n")
            smtp.close()


def _expect(reply: tuple[int, bytes], hundreds: int) -> None:
    code, text = reply
    if code // 100 != hundreds:
        raise smtplib.SMTPResponseException(code, text)


def _own_name() -> str:
    """Who we say we are. `smtplib` by itself asks the name server, which may take minutes."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _why_distrusted(error: BaseException) -> str:
    """What is wrong with a certificate, in OpenSSL's words."""
    found = isinstance(error, ssl.SSLCertVerificationError) and error.verify_message
    return f": {found}" if found else ""


def _spellings(user: str, password: str) -> Iterator[str]:
    """What a server may repeat of a login: the words, and what goes over the line for them."""
    for secret in (user, password, f"\0{user}\0{password}"):
        yield secret
        yield base64.b64encode(secret.encode()).decode("ascii")


def _prepare(config: dict[str, Any]) -> tuple[dict[str, Any], Handler]:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    mailer = Mailer(parse_mail_server(config["smtp"]), config["timeout"])
    return {"ready": True}, mailer.handle


if __name__ == "__main__":
    serve(_prepare)
