"""XML bytes to items: NewsML-G2 or NITF, by the root element."""

from __future__ import annotations

from dataclasses import replace

from watcher.articles.formats import xml_tree as xml
from watcher.articles.formats.newsml import ROOTS, read_newsml
from watcher.articles.formats.newsml1 import read_newsml1
from watcher.articles.formats.nitf import nitf_item
from watcher.articles.item import Items
from watcher.errors import UnreadableDocument
from watcher.model import Document

_EXPECTED = "RSS, Atom, NewsML-G2 (newsItem, packageItem), NewsML 1 or NITF"


def read_xml(document: Document) -> Items:
    """The items of an XML document.

    Raises `UnreadableDocument` with the name of a root element that nothing here reads.
    """
    root, mended = xml.parse_xml(document.body, document.encoding)
    found = _items(root, document)
    if not mended:
        return found
    items = tuple(replace(item, remarks=(*item.remarks, mended)) for item in found.items)
    return Items(items, found.losses)


def _items(root: xml.Element, document: Document) -> Items:
    """What the root is, or what stands in an envelope that some agency has of its own."""
    names = {xml.local(one) for one in root.iter()}
    if names & ROOTS:
        return read_newsml(root, document)
    if "nitf" in names:
        return Items(tuple(nitf_item(one, document.timezone) for one in xml.below(root, "nitf")))
    if "NewsItem" in names:
        return read_newsml1(root, document)
    raise UnreadableDocument(f"this XML is <{xml.local(root)}>; expected {_EXPECTED}")
