"""The bytes of a feed cut into its items without reading them, so that each can be read alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watcher.articles.formats.xml_bytes import DECLARATION

_HIDDEN = re.compile(rb"<!--|<!\[CDATA\[")
_HIDDEN_END = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_ITEM = re.compile(rb"<((?:\w+:)?(?:item|entry))(?=[\s>/])")
_ITEM_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>")
_FRAME = re.compile(rb"<(/?)((?:\w+:)?(?:rss|feed|RDF|channel))(?=[\s>])[^>]*>")
_TITLE = re.compile(rb"<title[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,200})")
_MAX_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class FeedParts:
    """A feed cut into its items, each of which can be read alone inside the feed's own head.

    ``rest`` is what stands behind the last item; None unless head, items and rest are all of the
    feed, each item being closed once.
    """

    head: bytes
    frame: bytes
    items: tuple[bytes, ...]
    tail: bytes
    rest: bytes | None = None

    def some(self, begin: int, end: int, *, bare: bool = False) -> bytes:
        """A feed of the items from ``begin`` up to ``end`` only; ``bare``: under no more than
        the tags that open it."""
        head = self.frame if bare else self.head
        return b"".join((head, *self.items[begin:end], self.tail))

    def name(self, place: int) -> str:
        """What a person calls the item: its number, and its title where one can be seen."""
        found = _TITLE.search(self.items[place][:4096])
        title = " ".join(found[1].decode("utf-8", "replace").split())[:80] if found else ""
        return f'item {place + 1} ("{title}")' if title else f"item {place + 1}"


def cut_feed(body: bytes) -> FeedParts:
    """Where the items of a feed begin and end, without reading them."""
    shown = _without_hidden(body)
    first = _ITEM.search(shown)
    if first is None:
        return FeedParts(body, b"", (), b"")
    # The first tag's own spelling: another vocabulary may have items of its own.
    tag = first[1]
    starts = [found.start() for found in _ITEM.finditer(shown) if found[1] == tag]
    frame = _frame(body, shown[: starts[0]])
    items = tuple(_items(body, shown, starts, b"</" + tag))
    return FeedParts(
        body[: starts[0]] if starts[0] <= _MAX_HEAD else frame,
        frame,
        items,
        _tail(shown[: min(starts[0], _MAX_HEAD)]),
        _rest(body, shown, starts, items) if starts[0] <= _MAX_HEAD else None,
    )


def _without_hidden(body: bytes) -> bytes:
    """The bytes with comments and CDATA blanked out, so that offsets stay what they are."""
    parts: list[bytes] = []
    at = 0
    unclosed: set[bytes] = set()
    for found in _HIDDEN.finditer(body):
        if found.start() < at or found[0] in unclosed:
            continue
        end = body.find(_HIDDEN_END[found[0]], found.end())
        if end < 0:
            unclosed.add(found[0])
            continue
        parts += (body[at : found.start()], b" " * (end - found.start()))
        at = end
    return b"".join((*parts, body[at:]))


def _frame(body: bytes, head: bytes) -> bytes:
    """The head's declaration and the tags that are opened in it."""
    declaration = DECLARATION.match(body)
    opened = b"".join(found[0] for found in _FRAME.finditer(head, 0, _MAX_HEAD) if not found[1])
    return (declaration[0] if declaration else b"") + opened


def _items(body: bytes, shown: bytes, starts: list[int], closing: bytes) -> Iterable[bytes]:
    for start, after in zip(starts, [*starts[1:], len(body)], strict=True):
        close = shown.rfind(closing, start, after)
        end = shown.find(b">", close, after) + 1 if close >= 0 else 0
        yield body[start : end or after]


def _rest(body: bytes, shown: bytes, starts: list[int], items: Sequence[bytes]) -> bytes | None:
    """What stands behind the last item, if nothing stands between and each is closed once."""
    end = starts[0]
    for start, item in zip(starts, items, strict=True):
        between, end = body[end:start], start + len(item)
        if between.strip() or len(_ITEM_END.findall(shown, start, end)) != 1:
            return None
    return body[end:]


def _tail(head: bytes) -> bytes:
    """The end tags for what is open where the first item begins."""
    opened: list[bytes] = []
    for found in _FRAME.finditer(head):
        if not found[1]:
            opened.append(found[2])
        elif opened and opened[-1] == found[2]:
            opened.pop()
    return b"".join(b"</" + name + b">" for name in reversed(opened))
