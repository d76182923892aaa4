"""IPTC ninjs 1.x, 2.x and 3.x to items; names are compared without case, as 2 and 3 differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from watcher.articles.formats.agency import by_line, editors_note, status_of, urgency_of
from watcher.articles.formats.times import parse_time
from watcher.articles.item import Item, Items
from watcher.articles.markup import one_line, standfirst_and_text, text_of_html
from watcher.language import primary_language
from watcher.model import Document

_TELLING = ("headline", "headlines", "title", "body_text", "body_xhtml", "bodies", "descriptions")
_NO_TEXT_ROLES = ("creditline", "writer", "rights", "keywords")
#: What an item says that only says that another is withdrawn.
_TAKEN_BACK = "Bericht ingetrokken door de bron"
_MAX_SUBJECTS = 5
_MAX_DEPTH = 5


def is_ninjs(value: object) -> bool:
    """True for a news item, a list of them, or an object whose ``items`` they are."""
    return any(_is_item(one) for one in _several(value))


def read_ninjs(value: object, document: Document) -> Items:
    """Every news item, each followed by those of its associations that have a text of their own."""
    stated = list(_several(value))
    items: list[Item] = []
    losses: list[str] = []
    for number, one in enumerate(stated, start=1):
        if _is_item(one):
            items += _with_associations(_lowered(one), document, _MAX_DEPTH)
        else:
            losses.append(f"item {number} of {len(stated)} is no news item")
    return Items(tuple(items), tuple(losses))


def _several(value: object) -> list[Any]:
    if isinstance(value, dict) and not _is_item(value):
        value = next((value[key] for key in ("items", "_items") if key in value), value)
    return value if isinstance(value, list) else [value]


def _is_item(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    names = {name.lower() for name in value}
    tells = not names.isdisjoint((*_TELLING, "description_text", "body_html"))
    # Whoever takes something back need not say again what it was.
    return "uri" in names and (tells or _is_canceled(_lowered(value)))


def _is_canceled(one: Mapping[str, Any]) -> bool:
    return status_of(_string(one.get("pubstatus"))) == "canceled"


def _lowered(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): part for name, part in value.items()}


def _with_associations(one: Mapping[str, Any], document: Document, depth: int) -> Iterator[Item]:
    """The item, and those parts of a package that carry a body; pictures only have captions."""
    parts = [part for part in _associated(one) if depth and (_bodies(part) or _associated(part))]
    item = _item(one, document)
    if item.text or not any(_bodies(part) for part in parts):
        yield item
    for part in parts:
        if _bodies(part):
            for inner in _with_associations(part, document, depth - 1):
                yield inner if inner.published else _dated_as(inner, item)


def _dated_as(part: Item, whole: Item) -> Item:
    """A part without a date of its own is as old as the package."""
    return replace(part, published=whole.published, precision_s=whole.precision_s)


def _associated(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    stated = one.get("associations")
    values = list(stated.values()) if isinstance(stated, dict) else stated
    return [_lowered(part) for part in values or () if isinstance(part, dict)]


def _item(one: Mapping[str, Any], document: Document) -> Item:
    zone = document.timezone
    raw = (_string(one.get(name)) for name in ("versioncreated", "contentcreated", "firstcreated"))
    moment = next(filter(None, (parse_time(text, zone) for text in raw)), None)
    embargo = parse_time(_string(one.get("embargoed")), zone)
    uri = _string(one.get("uri"))
    standfirst, text = _text(one, zone)
    title = _title(one)
    if not (title or text) and _is_canceled(one):
        title, text = _TAKEN_BACK, f"{_TAKEN_BACK}: {_string(one.get('ednote')) or uri}"
    return Item(
        title=title,
        standfirst=standfirst,
        text=text,
        guid=uri,
        link=uri if uri.startswith(("http://", "https://")) else "",
        author=by_line(_string(one.get("byline")) or _string(one.get("by"))),
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(_string(one.get("language"))),
        place=_string(one.get("located")),
        section=_names(one, "subject"),
        slugline=_string(one.get("slugline")),
        credit=_credit(one),
        urgency=urgency_of(_string(one.get("urgency"))),
        version=_string(one.get("version")),
        status=status_of(_string(one.get("pubstatus"))),
        embargoed=embargo.at if embargo else None,
        remarks=editors_note(_string(one.get("ednote"))),
    )


def _title(one: Mapping[str, Any]) -> str:
    headlines = [part for part in _parts(one, "headlines") if _string(part.get("value"))]
    headlines.sort(key=lambda part: part.get("role") != "main")
    first = _string(headlines[0].get("value")) if headlines else ""
    title = first or _string(one.get("headline")) or _string(one.get("title"))
    return one_line(text_of_html(title))


def _text(one: Mapping[str, Any], zone: str) -> tuple[str, str]:
    bodies = [_read(value, kind, zone) for kind, value in _bodies(one)]
    text = next(filter(None, bodies), "")
    return standfirst_and_text(max(_descriptions(one), key=len, default=""), text)


def _bodies(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(content type, text) of each body: HTML first, because it has paragraphs."""
    found = [
        (_string(part.get("contenttype")) or _string(part.get("role")), _string(part.get("value")))
        for part in _parts(one, "bodies")
    ]
    found += [(name, _string(value)) for name, value in one.items() if name.startswith("body_")]
    kinds = ("html", "plain", "text", "nitf")
    rank = {kind: place for place, kind in enumerate(kinds)}
    known = [(kind.lower(), value) for kind, value in found if value]
    return sorted(known, key=lambda pair: min((rank[k] for k in kinds if k in pair[0]), default=9))


def _read(value: str, kind: str, zone: str) -> str:
    if "html" in kind:
        return text_of_html(value, silent=frozenset(("head",)))
    if "nitf" in kind:
        from watcher.articles.formats.nitf import text_of_nitf  # with it comes an XML parser

        return text_of_nitf(value, zone)
    return "" if "xml" in kind else value


def _descriptions(one: Mapping[str, Any]) -> list[str]:
    stated = [
        _string(part.get("value"))
        for part in _parts(one, "descriptions")
        if not _string(part.get("role")).lower().startswith(_NO_TEXT_ROLES)
    ]
    stated += [
        _string(value)
        for name, value in one.items()
        if name.startswith("description_") and not name.endswith(_NO_TEXT_ROLES)
    ]
    return [text_of_html(text) for text in stated if text]


def _credit(one: Mapping[str, Any]) -> str:
    lines = [
        _string(part.get("value"))
        for part in _parts(one, "descriptions")
        if _string(part.get("role")).lower() == "creditline"
    ]
    return _string(one.get("creditline")) or next(iter(lines), "") or _names(one, "infosource")


def _names(one: Mapping[str, Any], name: str) -> str:
    """Names of concepts, whose list is called "subject" in 1.x and "subjects" since 2.0."""
    parts = (*_parts(one, name), *_parts(one, f"{name}s"))
    names = dict.fromkeys(_string(part.get("name")) for part in parts)
    return ", ".join([text for text in names if text][:_MAX_SUBJECTS])


def _parts(one: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    stated = one.get(name)
    values = stated if isinstance(stated, list) else [stated]
    return [_lowered(part) for part in values if isinstance(part, dict)]


def _string(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
