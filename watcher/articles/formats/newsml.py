"""IPTC NewsML-G2 to items: newsItem, packageItem, and newsMessage with several of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from watcher.articles.formats import xml_tree as xml
from watcher.articles.formats.agency import by_line, editors_note, status_of, urgency_of
from watcher.articles.formats.nitf import nitf_item
from watcher.articles.formats.times import parse_time
from watcher.articles.item import Item, Items
from watcher.articles.markup import text_of_html
from watcher.errors import UnreadableDocument
from watcher.language import primary_language
from watcher.model import Document

_ITEMS = frozenset(("newsItem", "packageItem"))
#: The elements that are read here.
ROOTS = _ITEMS | {"newsMessage"}
_MAX_SUBJECTS = 5


def read_newsml(root: xml.Element, document: Document) -> Items:
    """Every news item, and those packages whose parts are not in the same message."""
    items: list[Item] = []
    losses: list[str] = []
    packages: list[xml.Element] = []
    for one in _stated(root):
        kind, guid = xml.local(one), one.get("guid") or "without a guid"
        if kind == "packageItem":
            packages.append(one)
        elif kind == "newsItem":
            item = _news_item(one, document.timezone)
            if item.title or item.text:
                items.append(item)
            else:
                losses.append(f"newsItem {guid} has neither headline nor text")
        else:
            losses.append(f"{kind} {guid} is no news text")
    items += _packages(packages, {item.guid for item in items}, document.timezone)
    if not items:
        raise UnreadableDocument("; ".join(losses[:5]) or "there is no item in this message")
    return Items(tuple(items), tuple(losses))


def _packages(packages: list[xml.Element], inside: set[str], zone: str) -> Iterator[Item]:
    """The packages with parts that have not been read beside them."""
    for package in packages:
        references = list(xml.below(package, "itemRef"))
        if references and all(_target(ref) in inside for ref in references):
            continue
        item = _package(package, references, zone)
        if item.title or item.text:
            yield item


def _stated(root: xml.Element) -> Iterator[xml.Element]:
    """The items of a message, or those in an envelope of an agency's own."""
    if xml.local(root) in _ITEMS:
        yield root
    elif xml.local(root) == "newsMessage":
        for item_set in xml.children(root, "itemSet"):
            yield from (one for one in item_set if xml.local(one))
    else:
        yield from (one for one in root.iter() if xml.local(one) in _ITEMS)


def _news_item(one: xml.Element, zone: str) -> Item:
    inner = _content(one, zone)
    outer = _metadata(one, zone)
    description = _description(one)
    text = inner.text or description
    creator = _name(xml.at(one, "contentMeta", "creator"))
    remarks = outer.remarks + inner.remarks + (() if inner.text else _why_no_text(one))
    author = inner.author or creator
    return _over(outer, replace(inner, text=text, author=author, remarks=remarks))


def _package(one: xml.Element, references: list[xml.Element], zone: str) -> Item:
    """A package names its parts: their headlines are its text."""
    headlines = (xml.value(ref, "headline") or xml.value(ref, "title") for ref in references)
    lines = dict.fromkeys(filter(None, headlines))
    text = "\n\n".join((*filter(None, [_description(one)]), *lines))
    remark = f"a package of {len(references)} references: its parts are not in this document"
    item = _metadata(one, zone)
    author = item.author or _name(xml.at(one, "contentMeta", "creator"))
    return replace(item, text=text, author=author, remarks=(*item.remarks, remark))


def _over(outer: Item, inner: Item) -> Item:
    """The item that wraps a text knows better than the text, where it says something."""
    empty = Item()
    stated = {
        name: value
        for name in Item.__dataclass_fields__
        if name not in {"text", "standfirst", "remarks"}
        and (value := getattr(outer, name)) != getattr(empty, name)
    }
    return replace(inner, **stated)


def _metadata(one: xml.Element, zone: str) -> Item:
    item, content = xml.at(one, "itemMeta"), xml.at(one, "contentMeta")
    raw = (xml.value(item, "versionCreated"), xml.value(item, "firstCreated"))
    moment = next(filter(None, (parse_time(text, zone) for text in raw)), None)
    guid = str(one.get("guid") or "")
    tag = xml.attribute(content, "tag", "language") or xml.language(one)
    return Item(
        title=_headline(content) or xml.value(item, "title"),
        guid=guid,
        link=guid if guid.startswith(("http://", "https://")) else "",
        author=by_line(xml.value(content, "by")),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(tag),
        place=_name(xml.at(content, "located")),
        section=_subjects(content),
        slugline=xml.value(content, "slugline"),
        credit=xml.value(content, "creditline") or _name(xml.at(content, "infoSource")),
        urgency=urgency_of(xml.value(content, "urgency")),
        version=str(one.get("version") or ""),
        **_release(item, zone),
    )


def _release(item: xml.Element | None, zone: str) -> dict[str, Any]:
    """Status, embargo and notes. An embargo without a time holds until another version comes."""
    concept = xml.at(item, "pubStatus")
    stated = xml.attribute(concept, "qcode") or xml.attribute(concept, "uri")
    notes = [note for one in xml.children(item, "edNote") for note in editors_note(xml.value(one))]
    status = status_of(stated)
    embargo = xml.at(item, "embargoed")
    moment = parse_time(xml.value(embargo), zone)
    if embargo is not None and moment is None:
        status = "withheld" if status == "usable" else status
        notes.append("embargoed until further notice")
    return {
        "status": status,
        "embargoed": moment.at if moment else None,
        "remarks": tuple(notes),
    }


def _headline(content: xml.Element | None) -> str:
    stated = sorted(
        xml.children(content, "headline"),
        key=lambda one: bool(one.get("role")) and "main" not in one.get("role"),
    )
    return next(filter(None, map(xml.value, stated)), "")


def _description(one: xml.Element) -> str:
    texts = (xml.value(part) for part in xml.children(xml.at(one, "contentMeta"), "description"))
    return max(texts, key=len, default="")


def _name(concept: xml.Element | None) -> str:
    return xml.value(concept, "name") or xml.attribute(concept, "literal")


def _subjects(content: xml.Element | None) -> str:
    """What it is about: the standard's media topics where there are some, else any subject."""
    subjects = list(xml.children(content, "subject"))
    topics = [one for one in subjects if (one.get("qcode") or "").startswith(("medtop:", "subj:"))]
    names = dict.fromkeys(xml.value(one, "name") for one in topics or subjects)
    return ", ".join([name for name in names if name][:_MAX_SUBJECTS])


def _content(one: xml.Element, zone: str) -> Item:
    """The longest of the texts that the item carries: they are renditions of the same."""
    found = [
        item
        for part in xml.children(xml.at(one, "contentSet"), "inlineXML", "inlineData")
        for item in _rendition(part, zone)
    ]
    return max(found, key=lambda item: len(item.text), default=Item())


def _rendition(part: xml.Element, zone: str) -> Iterator[Item]:
    if xml.local(part) == "inlineData":
        text = "".join(part.itertext()).strip()
        is_html = "html" in (part.get("contenttype") or "")
        yield Item(text=text_of_html(text) if is_html else text)
    for root in part:
        if xml.local(root) == "nitf":
            yield nitf_item(root, zone)
        elif xml.local(root) in {"html", "body", "div", "section", "article"}:
            yield Item(text=xml.paragraphs([xml.at(root, "body")] if _has_body(root) else [root]))
        elif xml.local(root):
            yield Item(remarks=(f"its content <{xml.local(root)}> is no text that can be read",))


def _has_body(root: xml.Element) -> bool:
    return xml.at(root, "body") is not None


def _why_no_text(one: xml.Element) -> tuple[str, ...]:
    places = [part.get("href") for part in xml.children(xml.at(one, "contentSet"), "remoteContent")]
    where = next(filter(None, places), "")
    return (f"its content stands elsewhere: {where[:200]}",) if where else ()


def _target(reference: xml.Element) -> str:
    return str(reference.get("residref") or reference.get("href") or "")
