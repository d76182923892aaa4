"""What the transport saw of one transmission: Apprise itself only says whether it failed.

Apprise swallows status codes, Retry-After and exceptions (they are at best in a log line), but
"refused", "try later" and "no answer" must be told apart. So the child that sends, and only it,
watches the two libraries that Apprise sends with: requests and smtplib.
"""

from __future__ import annotations

import errno
import os
import re
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any

from watcher.model import Sent

#: 4xx that ask for another try: request time-out, too early, too many requests.
_PASSING = {408, 425, 429}
_CODE = re.compile(r"\berror=(\d{3})\b")


@dataclass(slots=True)
class Wire:
    """The last exchange of a transmission. ``reset`` before, ``verdict`` after a failure."""

    status: int | None = None
    retry_after: str | None = None
    failure: BaseException | None = None
    smtp: tuple[int, str] | None = None
    #: The mail's text was on its way, so silence no longer means that nothing arrived.
    body_sent: bool = False
    log: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Forget the transmission before."""
        self.status = self.retry_after = self.failure = self.smtp = None
        self.body_sent = False
        self.log.clear()

    def watch(self) -> None:
        """Look over the shoulder of requests and smtplib, for as long as the process lives."""
        import requests

        _watch_http(self, requests.Session)
        _watch_smtp(self)

    def verdict(self) -> tuple[Sent, str]:
        """How a transmission failed, and why; the reason may still contain secrets."""
        if self.failure is not None:
            return judge_failure(self.failure, self.body_sent)
        if self.smtp is not None:
            code, text = self.smtp
            return (Sent.PERMANENT if code >= 500 else Sent.TEMPORARY), f"SMTP {code} {text}"
        status = self.status or self._logged_status()
        if status is not None and not 200 <= status < 300:
            return _judge_status(status), f"HTTP {status}"
        if self.body_sent:
            return Sent.AMBIGUOUS, "the mail server did not confirm"
        return Sent.TEMPORARY, "; ".join(self.log) or "the service refused without a reason"

    def wait_s(self, now: datetime) -> float | None:
        """Retry-After in seconds, if the receiver sent one that can be read."""
        text = (self.retry_after or "").strip()
        if text.isdigit():
            return float(text[:9])
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())

    def _logged_status(self) -> int | None:
        """The code in Apprise's warning, for services that do not send through requests."""
        found = _CODE.search(" ".join(self.log))
        return int(found.group(1)) if found else None


def _judge_status(status: int) -> Sent:
    if 400 <= status < 500 and status not in _PASSING:
        return Sent.PERMANENT
    return Sent.TEMPORARY


# --- requests ----------------------------------------------------------------------------------


def _watch_http(wire: Wire, session: Any) -> None:
    original = session.send

    @wraps(original)
    def send(self: Any, *args: Any, **kwargs: Any) -> Any:
        wire.status = wire.retry_after = wire.failure = None
        try:
            response = original(self, *args, **kwargs)
        except Exception as error:
            wire.failure = error
            raise
        wire.status = response.status_code
        wire.retry_after = response.headers.get("Retry-After")
        return response

    session.send = send


# --- smtplib -----------------------------------------------------------------------------------


def _watch_smtp(wire: Wire) -> None:
    smtp: Any = smtplib.SMTP
    reply, mail, data, connect = smtp.getreply, smtp.mail, smtp.data, smtp.connect

    @wraps(reply)
    def getreply(self: Any) -> Any:
        try:
            code, text = reply(self)
        except (OSError, smtplib.SMTPException) as error:
            # What follows a refusal (RSET, QUIT) says nothing any more.
            wire.failure = wire.failure or (error if wire.smtp is None else None)
            raise
        if code >= 400 and wire.smtp is None:
            wire.smtp = code, text.decode("utf-8", "replace")
        return code, text

    @wraps(mail)
    def begin(self: Any, *args: Any, **kwargs: Any) -> Any:
        # EHLO or a way to log in that was refused before another one was accepted.
        wire.smtp = None
        return mail(self, *args, **kwargs)

    @wraps(data)
    def send_text(self: Any, *args: Any, **kwargs: Any) -> Any:
        wire.body_sent = True
        return data(self, *args, **kwargs)

    @wraps(connect)
    def open_connection(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return connect(self, *args, **kwargs)
        except OSError as error:
            wire.failure = wire.failure or error
            raise

    smtp.getreply, smtp.mail, smtp.data, smtp.connect = getreply, begin, send_text, open_connection


# --- exceptions --------------------------------------------------------------------------------


def judge_failure(failure: BaseException, body_sent: bool) -> tuple[Sent, str]:
    """Never reached is temporary; broken off after the request went out is ambiguous.

    The reason is made from types and error numbers: the exceptions' own text has whole URLs.
    """
    causes = list(_causes(failure))
    names = {type(cause).__name__ for cause in causes}
    if isinstance(failure, smtplib.SMTPException | OSError) and "RequestException" not in _bases(
        failure
    ):
        return (Sent.AMBIGUOUS if body_sent else Sent.TEMPORARY), _reason(causes)
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return Sent.TEMPORARY, "no connection in time"
    if names & {"NewConnectionError", "NameResolutionError", "ProxyError", "SSLError"}:
        return Sent.TEMPORARY, _reason(causes)
    if names & {"InvalidURL", "InvalidHeader", "InvalidSchema", "MissingSchema"}:
        return Sent.PERMANENT, "the address cannot be used"
    return Sent.AMBIGUOUS, _reason(causes)


def _bases(error: BaseException) -> set[str]:
    return {base.__name__ for base in type(error).__mro__}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was made from, outermost first; requests keeps it in args."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]


def _reason(causes: list[BaseException]) -> str:
    names = {type(cause).__name__ for cause in causes}
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "the host's name is not known"
    if names & {"ReadTimeout", "ReadTimeoutError", "TimeoutError"}:
        return "no answer in time"
    if names & {"SSLError", "SSLCertVerificationError"}:
        return "the TLS connection failed"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in errno.errorcode:
            return os.strerror(cause.errno or 0).lower()
    if names & {"RemoteDisconnected", "SMTPServerDisconnected", "IncompleteRead"}:
        return "the connection was closed without an answer"
    return f"the connection failed ({type(causes[0]).__name__})"
