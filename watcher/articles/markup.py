"""HTML from feed entries to plain paragraphs: text out, never HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "p div br li ul ol h1 h2 h3 h4 h5 h6 blockquote tr table section article header footer "
        "figure figcaption pre hr dd dt dl",
    )
)
#: Whatever is never closed silences the rest: only what really holds no text.
_SILENT = frozenset(("script", "style", "template", "svg"))
#: What a whole page has around its text.
PAGE_PARTS = frozenset(("head", "noscript", "nav", "footer", "aside", "form", "button", "select"))
_LOOKS_LIKE_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>|&[a-zA-Z#][\w]{1,10};")
#: So much of a summary, found in the content too, means that the content includes it.
_SAME_BEGINNING = 60
_BLANKS = re.compile(r"[^\S\n]+")


class _Text(HTMLParser):
    def __init__(self, silent: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent_tags = silent
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new paragraph at block elements; fall silent inside scripts."""
        if tag in self._silent_tags:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # a head that nobody closed ends here
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        """End a paragraph, or the silence."""
        if tag in self._silent_tags:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self._silent:
            self.parts.append(data)


def text_of_html(html: str, *, silent: frozenset[str] = frozenset()) -> str:
    """Plain text with empty lines between blocks; text without markup comes back as it is.

    Nothing is taken from scripts and the like, nor from the elements named in ``silent``.
    """
    if not _LOOKS_LIKE_MARKUP.search(html):
        return html
    reader = _Text(_SILENT | silent)
    reader.feed(html)
    reader.close()
    paragraphs = re.split(r"\n{2,}", _BLANKS.sub(" ", "".join(reader.parts)))
    lines = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return "\n\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """The text without line breaks and double blanks."""
    return " ".join(text.split())


def standfirst_and_text(summary: str, content: str) -> tuple[str, str]:
    """The two as an article has them: no standfirst where one begins with the other's words."""
    short, long = one_line(summary), one_line(content)
    if short[:_SAME_BEGINNING].rstrip(" .…[]") in long:
        return "", content
    if long[:_SAME_BEGINNING].rstrip(" .…[]") in short:
        return "", summary
    return summary, content
