"""Which items of a feed are known from its last body: the same bytes inside the same frame.

Most of a feed's bytes are the items of last time. An item may be skipped only where reading it
again could not give anything else, whatever the other items are: see `Outline.knows`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from watcher.articles.formats.feed_bytes import FeedParts
from watcher.model import Document, Part, Reading

#: What says when the feed was made: it differs each time, and no item takes its time from it.
_MADE = re.compile(
    rb"<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date))(?=[\s>])[^<]*</\1\s*>"
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
#: Longer heads and tails are no frame: something else is wrong with the feed.
_MAX_FRAME = 65_536
#: A text of the first is one of the second, too.
_ASCII, _UTF_8 = "us-ascii", "utf-8"


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed's items by their digests, and the digest of all that decides how they are read."""

    frame: str
    items: tuple[str, ...]

    def known(self, reading: Reading | None) -> dict[str, Part]:
        """The parts of that reading which stand in this feed too, by digest."""
        if reading is None or reading.frame != self.frame:
            return {}
        here = frozenset(self.items)
        return {part.digest: part for part in reading.parts if part.digest in here}


def outline(document: Document, parts: FeedParts) -> Outline | None:
    """The outline of a feed; None where its items cannot be told from each other."""
    if parts.rest is None or len(parts.rest) > _MAX_FRAME:
        return None
    stated = (
        document.content_type,
        document.url,
        document.encoding,
        document.language,
        document.usual_language,
        document.timezone,
        document.tags,
        document.split,
        document.boilerplate,
    )
    around = (repr(stated).encode(), _lasting(parts.head), _lasting(parts.rest))
    return Outline(_digest(b"\0".join(around)), tuple(map(_digest, parts.items)))


def same_encoding(body: bytes, now: str, before: str) -> bool:
    """True if a feed, of which some items were read in the encoding ``now``, is as a whole in the
    one that it was in ``before``.

    feedparser takes the first encoding in which all the bytes are a text. Those that fail for
    some of the items fail for all of them, so only ``before`` itself must be tried.
    """
    if now != before and (now, before) != (_ASCII, _UTF_8):
        return False
    try:
        body.decode(before)
    except (LookupError, UnicodeDecodeError):
        return False
    return True


def _lasting(frame: bytes) -> bytes:
    """Head or tail without what differs from one time to the next and says nothing of items."""
    frame = _MADE.sub(b"", frame)
    # One that is closed nowhere would be looked for behind each that is opened.
    closed = frame.rfind(b"<!--") <= frame.rfind(b"-->")
    return _COMMENT.sub(b"", frame) if closed and b"<![CDATA[" not in frame else frame


def _digest(value: bytes) -> str:
    return blake2b(value, digest_size=16).hexdigest()
