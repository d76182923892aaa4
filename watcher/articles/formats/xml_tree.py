"""XML bytes to a tree, safely: no entities, nothing from elsewhere, no endless documents.

lxml rather than defusedxml: it comes with trafilatura, is kept up, limits depth and size by
itself, and reads on behind a mistake, which is the repair pass of these formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from watcher.articles.formats.xml_bytes import repaired, without_html_names
from watcher.errors import UnreadableDocument

#: An lxml element; lxml ships no types.
Element = Any

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_BLOCKS = frozenset(
    re.findall(
        r"[\w.]+",
        "p hl1 hl2 hl3 block bq pre li ol ul tr table div section article h1 h2 h3 h4 h5 h6 "
        "blockquote br dd dt dl fn note abstract nitf-table datasource header footer figcaption "
        "body.content body",
    )
)
#: Pictures with their captions, and what is written for machines.
_SILENT = frozenset(
    ("media", "media-reference", "media-caption", "media-metadata", "figure", "script", "style")
)


def parse_xml(body: bytes, stated: str | None = None) -> tuple[Element, str]:
    """The root element, and what had to be mended ("" for nothing).

    Raises `UnreadableDocument` for what is no XML at all, and for documents with entities of
    their own.
    """
    from lxml import etree  # a plain text must not pay for it

    body = without_html_names(repaired(body, stated))
    first = _ELEMENT.search(body)
    if _ENTITY.search(body, 0, first.start() if first else len(body)):
        raise UnreadableDocument("this XML declares entities of its own, which are not read")
    mended = ""
    try:
        root = etree.fromstring(body, _parser(etree, recover=False))
    except etree.XMLSyntaxError as error:
        mended = f"the XML is broken and was mended: {error.msg}"
        root = etree.fromstring(body, _parser(etree, recover=True))
    if root is None:
        raise UnreadableDocument(mended.replace(" and was mended", ""))
    return root, mended


def _parser(etree: Any, *, recover: bool) -> Any:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local(element: Element) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The children of these names, in document order."""
    if element is not None:
        yield from (child for child in element if local(child) in names)


def at(element: Element | None, *path: str) -> Element | None:
    """The first element at the end of a path of names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element


def below(element: Element, name: str) -> Iterator[Element]:
    """The elements of this name anywhere below."""
    return (one for one in element.iter() if local(one) == name)


def value(element: Element | None, *path: str) -> str:
    """The text at the end of a path, in one line; "" where there is none."""
    found = at(element, *path)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def attribute(element: Element | None, name: str, *path: str) -> str:
    """An attribute of the element at the end of a path, or ""."""
    found = at(element, *path)
    return str(found.get(name) or "").strip() if found is not None else ""


def language(element: Element | None) -> str:
    """xml:lang of an element, or ""."""
    return str(element.get(_LANGUAGE) or "") if element is not None else ""


def paragraphs(elements: Iterable[Element]) -> str:
    """The text in them, with empty lines between blocks and without pictures' captions."""
    parts: list[str] = []
    for element in elements:
        _collect(element, parts)
    blocks = (" ".join(block.split()) for block in "".join(parts).split("\0"))
    return "\n\n".join(block for block in blocks if block)


def _collect(element: Element, parts: list[str]) -> None:
    name = local(element)
    if name and name not in _SILENT:
        edge = "\0" if name in _BLOCKS else " " if name in {"td", "th", "br"} else ""
        parts.append(edge + (element.text or ""))
        for child in element:
            _collect(child, parts)
        parts.append(edge)
    parts.append(element.tail or "")
