"""IPTC NewsML 1.x to items: still sent by agencies that never went on to NewsML-G2."""

from __future__ import annotations

from watcher.articles.formats import xml_tree as xml
from watcher.articles.formats.agency import by_line, status_of, urgency_of
from watcher.articles.formats.nitf import nitf_item
from watcher.articles.formats.times import parse_time
from watcher.articles.item import Item, Items
from watcher.articles.markup import standfirst_and_text
from watcher.language import primary_language
from watcher.model import Document


def read_newsml1(root: xml.Element, document: Document) -> Items:
    """Every ``NewsItem``, with the longest of its texts."""
    return Items(tuple(_item(one, document.timezone) for one in xml.below(root, "NewsItem")))


def _item(one: xml.Element, zone: str) -> Item:
    management = xml.at(one, "NewsManagement")
    identifier = xml.at(one, "Identification", "NewsIdentifier")
    raw = (xml.value(management, "ThisRevisionCreated"), xml.value(management, "FirstCreated"))
    moment = next(filter(None, (parse_time(text, zone) for text in raw)), None)
    standfirst, text = _text(one, zone)
    return Item(
        title=_line(one, "HeadLine"),
        standfirst=standfirst,
        text=text,
        guid=xml.value(identifier, "PublicIdentifier"),
        author=by_line(_line(one, "ByLine")),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(_formal_name(one, "Language")),
        place=_line(one, "DateLine"),
        slugline=_line(one, "SlugLine"),
        credit=_line(one, "CreditLine"),
        urgency=urgency_of(xml.attribute(management, "FormalName", "Urgency")),
        version=xml.value(identifier, "RevisionId"),
        status=status_of(xml.attribute(management, "FormalName", "Status")),
    )


def _line(one: xml.Element, name: str) -> str:
    """The first news line of that name: the components repeat them in other renditions."""
    lines = (xml.value(lines, name) for lines in xml.below(one, "NewsLines"))
    return next(filter(None, lines), "")


def _text(one: xml.Element, zone: str) -> tuple[str, str]:
    """The longest content: the components of an item are renditions, captions and contacts."""
    texts = [_content(data, zone) for data in xml.below(one, "DataContent")]
    return standfirst_and_text(_line(one, "SubHeadLine"), max(texts, key=len, default=""))


def _content(data: xml.Element, zone: str) -> str:
    nitf = next(xml.below(data, "nitf"), None)
    if nitf is not None:
        return nitf_item(nitf, zone).text
    bodies = [*xml.below(data, "body.content"), *xml.below(data, "body")]
    return xml.paragraphs(bodies[:1] or [data])


def _formal_name(one: xml.Element, name: str) -> str:
    return next((str(found.get("FormalName") or "") for found in xml.below(one, name)), "")
