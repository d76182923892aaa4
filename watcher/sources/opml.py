"""Lists of feeds as feed readers exchange them: OPML, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from watcher.articles.formats.xml_tree import below, children, local, parse_xml
from watcher.errors import UnreadableDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed in such a list; ``folders`` are those it stands in, outermost first."""

    title: str
    url: str
    folders: tuple[str, ...] = ()


def parse_opml(body: bytes) -> list[Outline]:
    """The feeds of a list, each URL once, in its order.

    Raises `UnreadableDocument` for what is no OPML.
    """
    root, _ = parse_xml(body)
    if local(root).lower() != "opml":
        raise UnreadableDocument(f"this is no OPML: its root is <{local(root)}>")
    found: dict[str, Outline] = {}
    for one in below(root, "body"):
        for outline in _outlines(one, ()):
            found.setdefault(outline.url, outline)
    return list(found.values())


def _outlines(parent: Any, folders: tuple[str, ...]) -> Iterator[Outline]:
    for node in children(parent, "outline"):
        url = (node.get("xmlUrl") or node.get("xmlurl") or "").strip()
        title = " ".join((node.get("title") or node.get("text") or "").split())
        if url:
            yield Outline(title=title, url=url, folders=folders)
        yield from _outlines(node, (*folders, title) if title and not url else folders)


def render_opml(outlines: Iterable[Outline], *, title: str) -> str:
    """A list of feeds; the first folder of each is kept."""
    by_folder: dict[str, list[Outline]] = {}
    for one in outlines:
        by_folder.setdefault(one.folders[0] if one.folders else "", []).append(one)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_escaped(title)}</title></head>",
        "  <body>",
    ]
    for folder, members in by_folder.items():
        indent = "      " if folder else "    "
        if folder:
            lines.append(f"    <outline text={quoteattr(folder)}>")
        lines += [
            f'{indent}<outline type="rss" text={quoteattr(one.title)} '
            f"title={quoteattr(one.title)} xmlUrl={quoteattr(one.url)}/>"
            for one in members
        ]
        if folder:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
