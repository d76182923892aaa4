"""IPTC NITF 3.x to an item, alone or inside NewsML-G2 and ninjs."""

from __future__ import annotations

from datetime import datetime

from watcher.articles.formats import xml_tree as xml
from watcher.articles.formats.agency import by_line, editors_note, status_of, urgency_of
from watcher.articles.formats.times import Moment, parse_time
from watcher.articles.item import Item
from watcher.articles.markup import standfirst_and_text
from watcher.errors import UnreadableDocument
from watcher.language import primary_language

_MAX_SUBJECTS = 5


def nitf_item(nitf: xml.Element, zone: str) -> Item:
    """What the ``nitf`` element says; local times are in ``zone``."""
    head, body = xml.at(nitf, "head"), xml.at(nitf, "body")
    data, body_head = xml.at(head, "docdata"), xml.at(body, "body.head")
    moment = _issued(head, body_head, zone)
    standfirst, text = _text(body, body_head)
    tags = (xml.language(one) for one in (nitf, body, xml.at(body, "body.content")))
    return Item(
        title=xml.value(body_head, "hedline", "hl1")
        or xml.value(body_head, "hedline")
        or xml.value(head, "title"),
        standfirst=standfirst,
        text=text,
        guid=xml.attribute(data, "id-string", "doc-id"),
        author=by_line(xml.value(body_head, "byline")),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(next(filter(None, tags), "")),
        place=xml.value(body_head, "dateline", "location"),
        section=_section(head),
        slugline=xml.attribute(data, "key", "du-key"),
        credit=_credit(head, body_head),
        urgency=urgency_of(xml.attribute(data, "ed-urg", "urgency")),
        version=_version(head),
        status=_status(data),
        embargoed=_embargoed(data, moment, zone),
        remarks=editors_note(xml.attribute(data, "info", "ed-msg")),
    )


def text_of_nitf(text: str, zone: str) -> str:
    """The text of a NITF document that stands in a string; "" if it cannot be read."""
    try:
        root, _ = xml.parse_xml(text.encode("utf-8", "replace"), "utf-8")
    except UnreadableDocument:
        return ""
    return nitf_item(root, zone).text if xml.local(root) == "nitf" else ""


def _text(body: xml.Element | None, body_head: xml.Element | None) -> tuple[str, str]:
    headlines = xml.at(body_head, "hedline")
    below = [xml.value(one) for one in xml.children(headlines, "hl2")]
    content = xml.paragraphs(xml.children(body, "body.content"))
    abstract = xml.paragraphs(xml.children(body_head, "abstract"))
    standfirst, text = standfirst_and_text(abstract, content)
    return "\n\n".join(filter(None, (*below, standfirst))), text


def _issued(head: xml.Element | None, body_head: xml.Element | None, zone: str) -> Moment | None:
    stated = (
        xml.attribute(head, "norm", "docdata", "date.issue"),
        xml.attribute(body_head, "norm", "dateline", "story.date"),
        xml.attribute(head, "date.publication", "pubdata"),
    )
    return next(filter(None, (parse_time(text, zone) for text in stated)), None)


def _embargoed(data: xml.Element | None, issued: Moment | None, zone: str) -> datetime | None:
    """The release time, where the text was issued before it or is called embargoed."""
    release = parse_time(xml.attribute(data, "norm", "date.release"), zone)
    if release is None:
        return None
    held = xml.attribute(data, "management-status").lower() == "embargoed"
    return release.at if held or (issued and issued.at < release.at) else None


def _status(data: xml.Element | None) -> str:
    """An embargo is no status of ours: with its end known the text is usable from then on."""
    stated = xml.attribute(data, "management-status")
    ends = xml.attribute(data, "norm", "date.release")
    return "usable" if stated.lower() == "embargoed" and ends else status_of(stated)


def _version(head: xml.Element | None) -> str:
    stated = xml.attribute(head, "version", "docdata", "du-key")
    revisions = len(list(xml.children(head, "revision-history")))
    return stated or (str(revisions) if revisions else "")


def _section(head: xml.Element | None) -> str:
    stated = xml.attribute(head, "position.section", "pubdata")
    subjects = (
        one.get("tobject.subject.matter") or one.get("tobject.subject.type") or ""
        for one in xml.children(xml.at(head, "tobject"), "tobject.subject")
    )
    named = list(dict.fromkeys(text.strip() for text in subjects if text.strip()))
    return stated or ", ".join(named[:_MAX_SUBJECTS])


def _credit(head: xml.Element | None, body_head: xml.Element | None) -> str:
    return (
        xml.value(body_head, "distributor")
        or xml.attribute(head, "name", "pubdata")
        or xml.attribute(head, "src-name", "docdata", "del-list", "from-src")
    )
