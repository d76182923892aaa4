"""Plain text: one item, in which a strip of several articles may stand."""

from __future__ import annotations

from watcher.articles.decode import decode
from watcher.articles.item import Item, Items
from watcher.model import Document


def read_text(document: Document) -> Items:
    """The whole text. Raises `UnreadableDocument` for bytes that are no text."""
    text, encoding = decode(document.body, document.encoding)
    return Items((Item(text=text, encoding=encoding, may_be_strip=True),))
