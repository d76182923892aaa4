"""Hostile text made plain: no control characters, no hidden direction."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

#: What is never shown: control characters, soft hyphens and zero-width characters, direction
#: marks, embeddings and isolates, invisible tags. U+200D stays: families and flags need it.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
#: What XML, JSON or UTF-8 refuse, so that a message with it could never be delivered.
_REFUSED = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACE = re.compile(r"\s+")
#: Accents piled up on one letter overwrite the lines around it; four serve every script.
_PILE = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

#: A longer address is not shown at all: half a link is worse than none.
LINK_MAX = 1000


def clean(text: str) -> str:
    """Text on one line that is safe to print anywhere; blanks at its ends are kept as one."""
    text = _REFUSED.sub("\ufffd", _UNSEEN.sub("", text))
    return _SPACE.sub(" ", _PILE.sub(r"\1", text))


def readable(text: str) -> str:
    """Text of several lines without what is never shown; blanks and lines stay as they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _REFUSED.sub("\ufffd", _UNSEEN.sub("", lines))


def one_line(text: str, limit: int) -> str:
    """Clean text of at most ``limit`` characters, cut at a word with an ellipsis."""
    # Reading ten times the limit bounds the work on a text of megabytes.
    return cut(clean(text[: limit * 10]).strip(), limit)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters: whole words and an ellipsis where something is missing."""
    if len(text) <= limit:
        return text
    room = text[: max(limit - 1, 0)]
    at = room.rfind(" ")
    # One endless word would leave nothing, so it is cut where it must be.
    if at > limit // 2 and not text[len(room)].isspace():
        room = room[:at]
    return room.rstrip(" ,;:-–—") + "…"


def link(url: str | None) -> str | None:
    """The address as a bare URL without blanks or markup; None if it is not a link for people."""
    if not url or len(url) > LINK_MAX:
        return None
    url = _UNSEEN.sub("", _REFUSED.sub("\ufffd", url)).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        return None
    safe = quote(url, safe="/:?#[]@!$&'()*+,;=%~-._") if not url.isascii() else url
    safe = re.sub(r"[\s<>\"\\^`{|}]", lambda found: quote(found.group()), safe)
    return safe if len(safe) <= LINK_MAX else None


def is_link(line: str) -> bool:
    """Whether a line is only an address."""
    return line.startswith(("https://", "http://")) and " " not in line
