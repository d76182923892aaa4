"""Mail messages to items: the text, the parts of a newsletter, and attached documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from typing import Any

from watcher.articles.decode import decode, guess_encoding
from watcher.articles.formats.flowed import unflowed, without_footer
from watcher.articles.formats.newsletter import html_items, text_items
from watcher.articles.formats.times import parse_time
from watcher.articles.item import Item, Items
from watcher.articles.markup import one_line, text_of_html
from watcher.errors import UnreadableDocument
from watcher.language import primary_language
from watcher.model import Document

_MAX_PARTS = 200
#: Reading an address or an encoded word takes more than linear time.
_MAX_HEADER = 2_000
_STUB_WORDS = 60
_STUB = re.compile(
    r"(?:bekijk|lees|open|view|read|see|ansehen|lisez|voir)\b.{0,80}"
    r"(?:browser|online|webversi|web version|webseite|navigateur|html|e-?mail)",
    re.IGNORECASE | re.DOTALL,
)
_DOCUMENT_NAME = re.compile(r"\.(?:eml|html?|txt|xml|nitf|json|zip|rss|atom)\Z", re.IGNORECASE)
_DOCUMENT_TYPES = frozenset(
    (
        "message/rfc822",
        "text/html",
        "text/plain",
        "text/xml",
        "application/xml",
        "application/json",
        "application/zip",
        "application/x-zip-compressed",
        "application/rss+xml",
        "application/atom+xml",
    )
)


@dataclass(slots=True)
class _Parts:
    """What a message holds: texts to read as one, and documents to read by themselves."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    documents: list[tuple[str, str, bytes]] = field(default_factory=list)
    encoding: str = ""


def read_mail(document: Document, read: Callable[[Document], Items]) -> Items:
    """The message's own items, then those of its attachments, read with ``read``."""
    message = message_from_bytes(document.body, policy=policy.default)
    parts = _Parts()
    for part in _leaves(message, [_MAX_PARTS]):
        _sort(part, parts)
    frame = _frame(message, document, parts)
    items = list(_texts(parts, frame))
    losses: list[str] = []
    for name, kind, body in parts.documents:
        inner = replace(
            document, name=f"{document.name}/{name}", body=body, content_type=kind, encoding=None
        )
        try:
            found = read(inner)
        except UnreadableDocument as error:
            losses.append(f"attachment {name}: {error}")
            continue
        items += (replace(item, document=item.document or inner.name) for item in found.items)
        losses += (f"attachment {name}: {loss}" for loss in found.losses)
    if not items:
        items = [frame]
    return Items(tuple(items), tuple(losses))


def _leaves(message: Message, left: list[int]) -> Iterator[Message]:
    """The parts that are no containers, at most so many; messages in it stay whole."""
    left[0] -= 1
    if left[0] < 0:
        return
    payload = message.get_payload()
    if isinstance(payload, list) and message.get_content_maintype() == "multipart":
        for part in _messages(payload):
            yield from _leaves(part, left)
    else:
        yield message


def _messages(payload: list[Any]) -> Iterator[Message]:
    return (part for part in payload if isinstance(part, Message))


def _sort(part: Message, parts: _Parts) -> None:
    kind, name = part.get_content_type(), _file_name(part)
    attached = bool(name) or _disposition(part).startswith("attachment")
    if kind in {"text/plain", "text/html"} and not attached:
        text, encoding = _text(part)
        parts.encoding = parts.encoding or encoding
        (parts.html if kind == "text/html" else parts.plain).append(text)
    elif kind in _DOCUMENT_TYPES or _DOCUMENT_NAME.search(name):
        number = len(parts.documents) + 1
        parts.documents.append((name or f"attachment {number}", kind, _bytes(part)))


def _texts(parts: _Parts, frame: Item) -> Iterator[Item]:
    """The items in the body: a newsletter's parts, or the whole text where that is in doubt."""
    plain = "\n\n".join(filter(None, parts.plain)).strip()
    html = "\n".join(parts.html)
    several = html_items(html) or text_items(plain)
    for number, one in enumerate(several, start=1):
        guid = f"{frame.guid}#{number}" if frame.guid else ""
        title = one.title or frame.title
        yield replace(frame, title=title, text=one.text, link=one.link, guid=guid)
    if not several:
        text = plain if plain and not _is_stub(plain, html) else _text_of_page(html) or plain
        text = without_footer(text)
        if text:
            yield replace(frame, text=text, may_be_strip=True)


def _is_stub(plain: str, html: str) -> bool:
    """True for "view this message in your browser" in the place of the text."""
    if not html:
        return False
    words = len(plain.split())
    return words < _STUB_WORDS and (
        _STUB.search(plain) is not None or words * 4 < len(_text_of_page(html).split())
    )


def _text_of_page(html: str) -> str:
    return text_of_html(html, silent=frozenset(("head",)))


def _frame(message: Message, document: Document, parts: _Parts) -> Item:
    """What all items of a message share."""
    moment = parse_time(_header(message, "Date"), document.timezone)
    return Item(
        title=_header(message, "Subject"),
        guid=_header(message, "Message-ID"),
        author=_sender(message),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(_header(message, "Content-Language")),
        encoding=parts.encoding,
    )


def _sender(message: Message) -> str:
    """The sender's name, else the address; decoded last, as the name may hold a comma."""
    header = _raw_header(message, "From")
    name, address = next(iter(getaddresses([header])), ("", ""))
    return _decoded(name) or _decoded(address) or _decoded(header)


def _header(message: Message, name: str) -> str:
    return _decoded(_raw_header(message, name))


def _raw_header(message: Message, name: str) -> str:
    """As it was sent: the library's own parser raises over hostile headers."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return _without_surrogates(str(raw)[:_MAX_HEADER])


def _decoded(text: str) -> str:
    # What RFC 2047 does not allow is shown as it was written.
    with suppress(ValueError, LookupError, AttributeError):
        text = str(make_header(decode_header(text)))
    return one_line(text)


def _without_surrogates(text: str) -> str:
    """Raw bytes that the library kept as surrogates, read as any other bytes are."""
    body = text.encode("utf-8", "surrogateescape")
    return body.decode(guess_encoding(body), "replace")


def _file_name(part: Message) -> str:
    try:
        return one_line(str(part.get_filename() or ""))[:120]
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return ""


def _disposition(part: Message) -> str:
    raw = (value for key, value in part.raw_items() if key.lower() == "content-disposition")
    return str(next(raw, "")).strip().lower()


def _bytes(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return next((one.as_bytes(policy=policy.compat32) for one in _messages(payload)), b"")
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _text(part: Message) -> tuple[str, str]:
    body = _bytes(part)
    stated = part.get_content_charset()
    try:
        text, encoding = decode(body, stated)
    except UnreadableDocument:
        encoding = guess_encoding(body)
        text = body.decode(encoding, "replace")
    text = text.replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        text = unflowed(text, delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return text, encoding
