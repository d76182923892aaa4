"""Bytes to text: byte order mark, then the pattern of NUL bytes, then UTF-8, then windows-1252.

This order read 28 of 28 Dutch texts right where a statistical detector read 3 (docs/decisions.md).
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from watcher.errors import UnreadableDocument

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = ("\r\n", "\r", "\x0c", "\x85", "\u2028", "\u2029")
#: More control characters than this share of a text mean that it is no text.
_BINARY_SHARE = 0.02


def decode(body: bytes, stated: str | None = None) -> tuple[str, str]:
    """The text of these bytes and the encoding it was read with.

    ``stated`` is an encoding that a person or the configuration names; it is taken at its word.
    Raises `UnreadableDocument` for bytes that are no text in it, or in any encoding.
    """
    encoding = stated or guess_encoding(body)
    try:
        text = body.decode(encoding)
    except LookupError:
        raise UnreadableDocument(f'the encoding "{encoding}" is not known') from None
    except UnicodeDecodeError as error:
        if encoding != "cp1252":
            raise UnreadableDocument(f"not {encoding} text: {error.reason}") from None
        # Five bytes have no letter in windows-1252; browsers show the control characters.
        text = "".join(_one_byte(byte) for byte in body)
    controls = len(_CONTROL.findall(text))
    if controls > len(text) * _BINARY_SHARE:
        raise UnreadableDocument("this is not text: it is full of control characters")
    return text, "windows-1252" if encoding == "cp1252" else encoding


def guess_encoding(body: bytes) -> str:
    """The Python name of the encoding that these bytes are most likely in."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    sample = body[:4096]
    if sample.count(0) > len(sample) // 4:
        return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def tidy(text: str) -> str:
    """Text as articles keep it: composed letters, "\\n" line ends, single blanks, no controls."""
    # String methods where expressions took four times as long.
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    text = _CONTROL.sub("", text)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _SURROGATES.sub("", text)
    lines = unicodedata.normalize("NFC", text).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _one_byte(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
