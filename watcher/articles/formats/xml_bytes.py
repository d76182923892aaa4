"""The bytes of an XML document before a parser sees them, repaired."""

from __future__ import annotations

import re
from html.entities import name2codepoint

from watcher.articles.decode import guess_encoding

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: References to surrogates and to control characters: no XML parser takes them.
_POISON = re.compile(
    rb"&#(?:x(?:0*[0-8bcef]|0*1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])"
    rb"|0*(?:[0-8]|1[124-9]|2\d|3[01]|5(?:5(?:29[6-9]|[3-9]\d\d)|[67]\d{3})));",
    re.IGNORECASE,
)
DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_NAMES = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))


def repaired(body: bytes, stated: str | None = None) -> bytes:
    """The document as bytes that more parsers take: UTF-8 for UTF-16, nothing that XML forbids.

    One forbidden character hides a whole document; without it the rest is read. ``stated`` is an
    encoding that a person names and that is believed more than what the document says.
    """
    encoding = stated or guess_encoding(body)
    if stated or encoding.startswith("utf-16") or encoding == "utf-32":
        body = _in_utf8(body, encoding)
    declaration = DECLARATION.match(body)
    if declaration and not declaration[0].isascii():
        body = body[declaration.end() :]
    if _CONTROL.search(body):
        body = _CONTROL.sub(b"", body)
    # A blank in its place: without one, what is left and right of it could be another.
    return _POISON.sub(b" ", body) if _POISON.search(body) else body


def _in_utf8(body: bytes, encoding: str) -> bytes:
    try:
        text = body.decode(encoding, "replace")
    except LookupError:
        return body
    return DECLARATION.sub(b"", text.lstrip("\ufeff").encode("utf-8", "replace"), count=1)


def without_html_names(body: bytes) -> bytes:
    """The document with "&eacute;" and the like as numbers: its DTD would name them, unread."""
    return _NAMED.sub(_as_number, body)


def _as_number(found: re.Match[bytes]) -> bytes:
    code = name2codepoint.get(found[1].decode())
    return found[0] if code is None or found[1] in _XML_NAMES else b"&#%d;" % code
