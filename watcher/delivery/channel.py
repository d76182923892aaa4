"""Channels: Apprise in a child of its own, the console, a file."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import stat
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from watcher.delivery.address import scheme_of, split_recipients
from watcher.delivery.chat import LONG, weight
from watcher.delivery.courier import Courier
from watcher.delivery.digest import render_digest
from watcher.delivery.message import mark_hits, render, render_terminal
from watcher.delivery.words import WORDS, Language
from watcher.errors import WatcherError
from watcher.model import Alert, Answer, Article, Claim, DigestEntry, Match, Message, Sent

#: Stands above each alert on a terminal; plain, for terminals that know nothing else.
_RULE = "-" * 78


#: Services that take messages of any length; all others are asked to take what Discord takes, or
#: a short one, of which there is no list.
_ROOMY = frozenset(("mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"))
_CHAT_LIMIT = 1_900
_SHORT_LIMIT = 900


class AddressError(WatcherError):
    """A channel's address could not be used."""

    exit_status = 78


def check_url(url: str) -> str | None:
    """Why this address cannot be used, without its secrets; None when it can.

    Loads Apprise, which takes a while: for `watcher check`, not for the daemon.
    """
    scheme = scheme_of(url)
    if scheme is None:
        return "not a URL of the form service://…"
    logger = logging.getLogger("apprise")
    disabled = logger.disabled
    with warnings.catch_warnings():
        # Its plugins import modules that Python gives up; none of our users can help it.
        warnings.simplefilter("ignore")
        import apprise

        # Apprise logs the address that it refuses.
        logger.disabled = True
        try:
            known = scheme in apprise.plugins.N_MGR
            usable = known and apprise.Apprise.instantiate(url) is not None
        except Exception:  # noqa: BLE001 - its plugins break on some addresses: they are wrong
            usable = False
        finally:
            logger.disabled = disabled
    if not known:
        return f"there is no service called {scheme}://"
    return None if usable else f"the address is incomplete or wrong for {scheme}://"


class BaseChannel:
    """What all channels are made of: name, lowest severity, language and time zone."""

    #: Articles under a press embargo come at once; the composition root says so.
    takes_embargoed = False
    #: Characters of text in one message of a digest.
    _digest_limit = 100_000
    _digest_size: Callable[[str], int] = staticmethod(len)

    def __init__(self, name: str, language: Language, timezone: str, min_severity: int) -> None:
        ZoneInfo(timezone)  # a wrong name fails at the start, not at the first alert
        self.name = name
        self.min_severity = min_severity
        self._language: Language = language
        self._timezone = timezone

    def render(self, alert: Alert, article: Article, match: Match) -> Message:
        """The alert in words."""
        return render(alert, article, match, language=self._language, timezone=self._timezone)

    def render_digest(
        self, entries: Sequence[DigestEntry]
    ) -> Sequence[tuple[Message, Sequence[DigestEntry]]]:
        """Several alerts in as few messages as this channel takes, each with what it tells of."""
        return render_digest(
            entries,
            language=self._language,
            timezone=self._timezone,
            limit=self._digest_limit,
            size=self._digest_size,
        )

    def relay(self, message: Message, channel: str) -> Message:
        """The message of another channel that does not deliver it, and says so."""
        return _with_note(message, WORDS[self._language]["relay"].format(channel=channel))

    def _message(self, claim: Claim) -> Message:
        """What is sent now: the frozen message, with a warning when it may be a repeat."""
        message = claim.delivery.message
        if not claim.possible_repeat:
            return message
        return _with_note(message, WORDS[self._language]["repeat"])

    def _gone(self, claim: Claim) -> Answer:
        """The answer for a recipient that was configured when the alert was decided."""
        error = f"channel {self.name} has no recipient {claim.delivery.recipient} any more"
        return Answer(sent=Sent.PERMANENT, error=error)


def _with_note(message: Message, note: str) -> Message:
    """A message with a line of our own above it; channels' names need no escaping."""
    html = message.html
    if html is not None:
        html = html.replace("<body>", f"<body>\n<p><strong>{note}</strong></p>", 1)
    return replace(message, text=f"{note}\n{message.text}", html=html)


class ChildChannel(BaseChannel):
    """A channel that a process of its own sends for, which can be killed."""

    _courier: Courier

    async def start(self) -> None:
        """Start the child; see `Courier.start`."""
        await self._courier.start()

    @property
    def child_pid(self) -> int | None:
        """The sending process, if it runs."""
        return self._courier.child_pid

    async def close(self) -> None:
        """End the child."""
        await self._courier.close()


class AppriseChannel(ChildChannel):
    """Any service that Apprise knows, sent to by a child that can be killed.

    Raises `AddressError` for what is no URL; use `check_url` to learn whether Apprise takes it.
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        *,
        language: Language,
        timezone: str,
        min_severity: int = 0,
        deadline: timedelta = timedelta(seconds=30),
    ) -> None:
        super().__init__(name, language, timezone, min_severity)
        try:
            recipients = split_recipients(urls)
        except ValueError as error:
            raise AddressError(f"channel {name}: {error}") from None
        self.recipients = tuple(recipient.label for recipient in recipients)
        schemes = {scheme_of(url) or "" for url in urls}
        if not schemes <= _ROOMY:
            self._digest_limit = _CHAT_LIMIT if schemes <= LONG | _ROOMY else _SHORT_LIMIT
            self._digest_size = weight
        self._courier = Courier(
            "watcher.delivery.sender",
            {"urls": [recipient.url for recipient in recipients]},
            deadline=deadline,
        )

    async def send(self, claim: Claim) -> Answer:
        """One transmission within the deadline; a child that does not answer is killed."""
        if claim.delivery.recipient not in self.recipients:
            return self._gone(claim)
        message = self._message(claim)
        return await self._courier.carry(
            {
                "id": claim.delivery.id,
                "recipient": self.recipients.index(claim.delivery.recipient),
                "title": message.title,
                "text": message.text,
                "alert_id": claim.delivery.alert,
            }
        )


class ConsoleChannel(BaseChannel):
    """Alerts on a terminal or in a log; its one recipient is "console"."""

    recipients = ("console",)

    def __init__(
        self,
        name: str,
        *,
        language: Language,
        timezone: str,
        stream: TextIO,
        min_severity: int = 0,
        color: bool = False,
    ) -> None:
        super().__init__(name, language, timezone, min_severity)
        self._stream = stream
        self._color = color

    def render(self, alert: Alert, article: Article, match: Match) -> Message:
        """The form for a terminal, without colour: that depends on where it is printed."""
        message = super().render(alert, article, match)
        text = render_terminal(
            alert, article, match, language=self._language, timezone=self._timezone, color=False
        )
        return Message(title=message.title, text=text)

    async def send(self, claim: Claim) -> Answer:
        """Print it; the characters a stream cannot show become question marks."""
        text = self._message(claim).text
        if self._color:
            text = mark_hits(text)
        encoding = self._stream.encoding or "utf-8"
        try:
            shown = text.encode(encoding, "replace").decode(encoding)
            print(_RULE, shown, "", sep="\n", file=self._stream, flush=True)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            reason = error.strerror if isinstance(error, OSError) else None
            return Answer(sent=Sent.TEMPORARY, error=reason or str(error))
        return Answer(sent=Sent.DONE)

    async def close(self) -> None:
        """The stream belongs to somebody else."""


class FileChannel(BaseChannel):
    """Alerts appended to a file, one JSON object a line: alert, title, text, at."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        language: Language,
        timezone: str,
        min_severity: int = 0,
    ) -> None:
        super().__init__(name, language, timezone, min_severity)
        self._path = path
        self.recipients = (path.name,)

    async def send(self, claim: Claim) -> Answer:
        """Append one line and have it on disk."""
        message = self._message(claim)
        line = {
            "alert": claim.delivery.alert,
            "title": message.title,
            "text": message.text,
            "at": claim.now.isoformat(),
        }
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        return await asyncio.to_thread(_append, self._path, data)

    async def close(self) -> None:
        """Nothing stays open between two alerts."""


def _append(path: Path, line: bytes) -> Answer:
    """The answer to appending a line; what was cut off before (a full disk) is closed first."""
    sent = Sent.TEMPORARY
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            if _ends_torn(descriptor):
                line = b"\n" + line
            _write_all(descriptor, line)
            # From here on the line may survive although an error says otherwise.
            sent = Sent.AMBIGUOUS
            _sync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return Answer(sent=sent, error=error.strerror or "the file could not be written")
    return Answer(sent=Sent.DONE)


def _ends_torn(descriptor: int) -> bool:
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or info.st_size == 0:
        return False
    return os.pread(descriptor, 1, info.st_size - 1) != b"\n"


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # pipes and terminals cannot be synchronised
            raise
