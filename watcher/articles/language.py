"""Which language a text is written in."""

from __future__ import annotations

import re


def primary_language(tag: str) -> str:
    """The two-letter language of a tag ("nl-BE", "en_US"), or ""."""
    primary = re.split(r"[-_]", tag.strip().lower())[0]
    return primary if len(primary) == 2 and primary.isalpha() else ""


def detect_language(text: str, prior: str | None) -> str | None:
    """The language of a text: the expected one, unless the text clearly shows another."""
    return prior
