"""A message as the bytes of a mail. Pure and total.

Written out here and not by `email.message`, whose folding turns a long Message-ID or References
into encoded words that no client reads as a thread, and adds a line end to every text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.utils import format_datetime

from watcher.delivery.plain import clean, cut, one_line, readable
from watcher.mailbox import Mailbox
from watcher.model import Delivery, Message
from watcher.text import digest

_SUBJECT_MAX = 200
_NAME_MAX = 60
#: An id that may stand in a header as it is.
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,78}[A-Za-z0-9])?")
#: Names that need no quotes.
_WORDS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


def write_letter(
    delivery: Delivery, message: Message, *, sender: Mailbox, recipient: Mailbox, now: datetime
) -> bytes:
    """A complete mail in ASCII, with CRLF and no line longer than 998 bytes.

    ``message`` is what is said now, ``delivery.message`` with or without a warning before it. All
    ids follow from the delivery, so every attempt has the same; only the date is that of the
    attempt, or a mail that waited would be sorted below what was read days ago.
    """
    lines = [
        *_headers(delivery, sender, recipient, now),
        f"Subject: {_unstructured(one_line(message.title, _SUBJECT_MAX), 'Subject')}",
        "MIME-Version: 1.0",
    ]
    text = _part("plain", readable(message.text))
    if message.html is None:
        return "\r\n".join(lines).encode("ascii") + b"\r\n" + text + b"\r\n"
    # "=_" stands neither in quoted-printable nor in base64, so no text can end its own part.
    boundary = f"=_{_token(delivery.id)}"
    lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]
    separator = f"--{boundary}".encode("ascii")
    parts = (text, _part("html", readable(message.html)))
    body = b"".join(separator + b"\r\n" + part + b"\r\n" for part in parts)
    return "\r\n".join(lines).encode("ascii") + body + separator + b"--\r\n"


def _headers(
    delivery: Delivery, sender: Mailbox, recipient: Mailbox, now: datetime
) -> Iterator[str]:
    """All but the subject and what says how the mail is made."""
    frozen, domain = delivery.message, sender.domain
    yield f"From: {_mailbox(sender)}"
    yield f"To: {_mailbox(recipient)}"
    yield f"Date: {format_datetime(now)}"
    yield f"Message-ID: <{_token(delivery.id)}.delivery@{domain}>"
    if frozen.thread:
        # No mail has this id. All of a story refer to it, also the first, and so they are one
        # thread whichever of them arrived, was deleted, or came from another rule.
        root = f"<{_token(frozen.thread)}.story@{domain}>"
        yield f"In-Reply-To: {root}"
        yield f"References: {root}"
    if frozen.series:
        yield f"List-Id: <{_token(frozen.series)}.news-watcher.{domain}>"
    yield "Auto-Submitted: auto-generated"
    yield f"X-Alert-Id: {_token(delivery.alert)}"


def _token(name: str) -> str:
    """An id as it may stand in a header; another one that follows from it where it may not."""
    return name if _ID.fullmatch(name) and ".." not in name else digest(name)


def _mailbox(box: Mailbox) -> str:
    name = cut(clean(box.name).strip(), _NAME_MAX)
    if not name:
        return box.address
    if _is_encoded(name):
        return f"{_encoded(name, 'From')}\r\n <{box.address}>"
    if not _WORDS.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{box.address}>"


def _unstructured(text: str, header: str) -> str:
    return _encoded(text, header) if _is_encoded(text) else text


def _is_encoded(text: str) -> bool:
    """Whether it needs encoded words: also what a client would take for one."""
    return not text.isascii() or "=?" in text


def _encoded(text: str, header: str) -> str:
    charset = Charset("utf-8")
    charset.header_encoding = BASE64 if _is_dense(text.encode()) else QP
    return Header(text, charset, header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _is_dense(data: bytes) -> bool:
    """Whether quoted-printable would make it twice as long: it could not be read there either."""
    start = data[:10_000]
    return sum(byte > 127 for byte in start) > len(start) // 3


def _part(kind: str, text: str) -> bytes:
    """A part of the mail; the line end behind it belongs to what follows.

    Quoted-printable where that makes sense: no server on the way needs to change it (a signature
    would break), and Dutch can be read in it.
    """
    data = text.encode("utf-8", "replace")
    if _is_dense(data):
        encoding, body = "base64", _base64(data)
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return head.encode("ascii") + b"\r\n" + body.replace(b"\n", b"\r\n")


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data.replace(b"\n", b"\r\n")).rstrip(b"\n")
