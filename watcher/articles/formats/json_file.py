"""JSON bytes to items: JSON Feed or ninjs, whichever it is."""

from __future__ import annotations

import json
from typing import Any

from watcher.articles.decode import guess_encoding
from watcher.articles.formats.jsonfeed import is_json_feed, read_json_feed
from watcher.articles.formats.ninjs import is_ninjs, read_ninjs
from watcher.articles.item import Items
from watcher.errors import UnreadableDocument
from watcher.model import Document

_NEITHER = 'this JSON is neither a JSON Feed ("version", "items") nor ninjs ("uri", "headline")'


def read_json(document: Document) -> Items:
    """The items of a JSON document.

    Raises `UnreadableDocument` when it is broken or neither of the two formats.
    """
    value = _parse(document)
    if is_json_feed(value):
        return read_json_feed(value, document)
    if is_ninjs(value):
        return read_ninjs(value, document)
    raise UnreadableDocument(_NEITHER)


def _parse(document: Document) -> Any:
    encoding = document.encoding or guess_encoding(document.body)
    try:
        return json.loads(document.body.decode(encoding).lstrip("\ufeff"), strict=False)
    except LookupError:
        raise UnreadableDocument(f'the encoding "{encoding}" is not known') from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableDocument(f"this is broken JSON ({where}): {error.msg}") from None
    except ValueError as error:
        raise UnreadableDocument(f"this is broken JSON: {error}") from None
