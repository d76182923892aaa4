"""Page furniture: lines that stand on the page and not in the article."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A heading of a list of other articles: "Meer uit Buitenland", "Lees ook:", "Mehr zum Thema".
_SECTION = re.compile(
    r"(?:meer (?:uit|over|nieuws|van)\b.{0,40}|meest gelezen|net binnen|laatste nieuws"
    r"|lees (?:ook|meer|verder)\b.{0,20}|ook interessant|aanbevolen|gerelateerd.{0,20}"
    r"|(?:kort (?:\w+ )?nieuws|nieuws uit|nieuws in het kort|in het kort)\b.{0,30}"
    r"|(?:binnenlands|buitenlands) nieuws"
    r"|more (?:from|on|news|stories)\b.{0,30}|most read|latest news|read more|related.{0,20}"
    r"|mehr (?:zum thema|aus|news)\b.{0,30}|lesen sie auch.{0,20}|meistgelesen"
    r"|lire aussi.{0,20}|les plus lus|à lire aussi.{0,20}|plus d'actualités.{0,20})\s*:?\Z",
    re.IGNORECASE,
)
_SUBSCRIBE_VERB = re.compile(
    r"(?:ontvang|schrijf (?:je|u)|meld (?:je|u)|abonneer|neem een abonnement|volg ons|download"
    r"|sign up|subscribe|get (?:our|the)|follow us|registrieren sie|abonnieren|inscrivez"
    r"|abonnez)\b",
    re.IGNORECASE,
)
_SUBSCRIBE_THING = re.compile(
    r"nieuwsbrief|nieuwsupdate|\w*-update\b|abonnement|pushbericht|whatsapp-?kanaal|onze app"
    r"|\bapp\b"
    r"|newsletter|briefing|in your inbox|notifications",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"\d{1,4} [A-ZÀ-Þ'‘\"“]")
_SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’»)]*\Z")
_HEADLINE_END = re.compile(r"[.:;,…][\"'”’»)]*\Z")
MAX_HEADING = 130


def is_section_heading(line: str) -> bool:
    """True for the heading over a list of other articles."""
    return len(line) <= MAX_HEADING and _SECTION.match(line) is not None


def looks_like_heading(line: str) -> bool:
    """True for a short line that does not end as a sentence does."""
    return 0 < len(line) <= MAX_HEADING and not _SENTENCE_END.search(line)


def looks_like_headline(line: str) -> bool:
    """A heading that may also ask or exclaim, as the first line of an article may."""
    return 0 < len(line) <= MAX_HEADING + 40 and not _HEADLINE_END.search(line)


def furniture(paragraphs: Sequence[str]) -> set[int]:
    """The places of the paragraphs that are page furniture, never all of them.

    A call to subscribe; a section heading; a teaser with a counter in front, which is told
    from a subheading by what follows: text under a subheading, another heading under a teaser.
    """
    found = {
        place
        for place, paragraph in enumerate(paragraphs)
        if is_section_heading(paragraph)
        or is_call_to_subscribe(paragraph)
        or (place > 0 and _is_teaser(paragraph, paragraphs[place + 1 : place + 2]))
    }
    return found if len(found) < len(paragraphs) else set()


def is_call_to_subscribe(paragraph: str) -> bool:
    """True for "Ontvang de … -update", "Schrijf je in voor de nieuwsbrief" and the like."""
    return (
        len(paragraph) <= 300
        and _SUBSCRIBE_VERB.match(paragraph) is not None
        and _SUBSCRIBE_THING.search(paragraph) is not None
    )


def _is_teaser(paragraph: str, following: Sequence[str]) -> bool:
    return (
        _COUNTER.match(paragraph) is not None
        and looks_like_heading(paragraph)
        and all(looks_like_heading(one) for one in following)
    )
