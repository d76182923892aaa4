"""JSON Feed 1.0 and 1.1 to items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from watcher.articles.formats.times import parse_time
from watcher.articles.item import Item, Items
from watcher.articles.markup import one_line, text_of_html
from watcher.language import primary_language
from watcher.model import Document


def is_json_feed(value: object) -> bool:
    """True for an object that says so, or that has items as only a JSON Feed has."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return False
    if "jsonfeed.org" in str(value.get("version", "")):
        return True
    keys = {key for one in value["items"][:5] if isinstance(one, dict) for key in one}
    return bool(keys & {"content_text", "content_html", "date_published"})


def read_json_feed(feed: Mapping[str, Any], document: Document) -> Items:
    """Every item; what is not even an object is named as lost."""
    language = primary_language(_string(feed.get("language")))
    authors = _authors(feed)
    items: list[Item] = []
    losses: list[str] = []
    for number, one in enumerate(feed["items"], start=1):
        if isinstance(one, dict):
            items.append(_item(one, language, authors, document))
        else:
            losses.append(f"item {number} of {len(feed['items'])} is no object")
    return Items(tuple(items), tuple(losses))


def _item(one: Mapping[str, Any], language: str, authors: str, document: Document) -> Item:
    raw = (_string(one.get("date_published")), _string(one.get("date_modified")))
    moment = next(filter(None, (parse_time(text, document.timezone) for text in raw)), None)
    link = _string(one.get("url")) or _string(one.get("external_url"))
    return Item(
        title=one_line(_string(one.get("title"))),
        text=_text(one),
        guid=_string(one.get("id")),
        link=_joined(document.url, link),
        author=_authors(one) or authors,
        published=moment.at if moment else None,
        precision_s=moment.precision_s if moment else 1,
        language=primary_language(_string(one.get("language"))) or language,
        section=", ".join(list(_strings(one.get("tags")))[:5]),
    )


def _text(one: Mapping[str, Any]) -> str:
    """The content as text: HTML with its paragraphs where there is some, else what there is."""
    html = text_of_html(_string(one.get("content_html")))
    return html or _string(one.get("content_text")) or _string(one.get("summary"))


def _authors(value: Mapping[str, Any]) -> str:
    """The authors' names: a list since 1.1, one before."""
    stated = value.get("authors")
    people = stated if isinstance(stated, list) else [value.get("author")]
    names = (_string(one.get("name")) for one in people if isinstance(one, dict))
    return ", ".join(dict.fromkeys(name for name in names if name))


def _joined(base: str | None, link: str) -> str:
    try:
        return urljoin(base or "", link)
    except ValueError:
        return ""


def _strings(values: object) -> Iterator[str]:
    if isinstance(values, Iterable) and not isinstance(values, str | Mapping):
        yield from (text for one in values if (text := _string(one)))


def _string(value: object) -> str:
    """A string or a number as a string; an id may be written as either."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
