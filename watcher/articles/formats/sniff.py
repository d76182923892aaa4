"""Which format a document has: by what stands in it, and by its name only where that is open."""

from __future__ import annotations

import re

from watcher.articles.decode import guess_encoding
from watcher.model import Document

_SAMPLE = 4096
_MAX_PROLOG = 65_536
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_BEFORE_ROOT = re.compile(
    r"\s*(?:<\?[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)", re.DOTALL
)
_ROOT = re.compile(r"\s*<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)(?=[\s>/])")
_FEED_ROOTS = frozenset(("rss", "feed", "rdf", "channel"))
_FEED_TAG = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF|channel)[\s>]")
_FEED_HEAD = re.compile(r"\s*(?:<\?xml|<!--)", re.IGNORECASE)
_HTML_HEAD = re.compile(r"\s*(?:<!doctype html|<html)", re.IGNORECASE)
_HTML_TAGS = frozenset(
    re.findall(
        r"\w+",
        "html head body title meta link p div span br article section main header footer nav table "
        "ul ol h1 h2 h3 h4 h5 h6 a b i strong em blockquote img figure script style center font",
    )
)
_XML_NAME = (".xml", ".nitf", ".newsml", ".g2")
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?|[ \t]+\S|>?From \S+ ")
_MAIL_SURE = frozenset(("received", "message-id", "mime-version", "return-path"))
_MAIL_TOGETHER = frozenset(("from", "subject", "date"))


def format_of(document: Document) -> str:
    """``zip``, ``json``, ``feed``, ``html``, ``xml``, ``mail`` or ``text``."""
    if document.body.startswith(_ZIP):
        return "zip"
    text = _beginning(document.body)
    if text.startswith(("{", "[")) and _may_be_json(document):
        return "json"
    if text.startswith("<"):
        return _markup(text, document)
    if looks_like_mail(text) or _is_named(document, (".eml",), "message/rfc822"):
        return "mail"
    return "text"


def looks_like_html(body: bytes) -> bool:
    """True for bytes that begin as a web page does."""
    text = _beginning(body)
    return _HTML_HEAD.match(text) is not None or root_name(text).lower() == "html"


def looks_like_mail(text: str) -> bool:
    """True for a block of header lines at the top that only a message has."""
    names: set[str] = set()
    for line in text.split("\n", 60)[:60]:
        if not line.strip():
            break
        found = _HEADER.match(line)
        if found is None:
            return False
        names.add((found[1] or "").lower())
    return bool(names & _MAIL_SURE and len(names) > 1) or names >= _MAIL_TOGETHER


def root_name(text: str) -> str:
    """The local name of the root element that stands at the beginning of a text, or ""."""
    at = 0
    while found := _BEFORE_ROOT.match(text, at):
        at = found.end()
    root = _ROOT.match(text, at)
    return root[1] if root else ""


def _beginning(body: bytes) -> str:
    sample = body[:_SAMPLE].decode(guess_encoding(body[:_SAMPLE]), "replace")
    return sample.replace("\0", "").lstrip("\ufeff\ufffe \t\r\n")


def _markup(text: str, document: Document) -> str:
    root = root_name(text)
    if not root and len(document.body) > _SAMPLE:
        sample = document.body[:_MAX_PROLOG]
        root = root_name(sample.decode(guess_encoding(sample), "replace").lstrip("\ufeff"))
    if root.lower() in _FEED_ROOTS:
        return "feed"
    if root.lower() == "html" or _HTML_HEAD.match(text):
        return "html"
    if text.startswith("<?xml") or _is_named(document, _XML_NAME, "xml"):
        return "feed" if _broken_feed(text, root) else "xml"
    if root.lower() in _HTML_TAGS or _is_named(document, (".html", ".htm"), "text/html"):
        return "html"
    if _broken_feed(text, root):
        return "feed"
    # "<EMBARGO TOT 12 UUR>" at the top of a plain text opens nothing that is closed again.
    return "xml" if root and f"{root}>".encode() in document.body[len(root) + 2 :] else "text"


def _broken_feed(text: str, root: str) -> bool:
    """A feed whose root cannot be made out, but whose tags are there."""
    return not root and _FEED_HEAD.match(text) is not None and bool(_FEED_TAG.search(text))


def _may_be_json(document: Document) -> bool:
    """A text may begin with "[Update]": without a name for it, JSON also ends as JSON does."""
    if _is_named(document, (".json", ".ninjs"), "json"):
        return True
    return document.body.rstrip(b"\0 \t\r\n")[-1:] in {b"}", b"]"}


def _is_named(document: Document, endings: tuple[str, ...], content_type: str) -> bool:
    return document.name.lower().endswith(endings) or content_type in document.content_type.lower()
