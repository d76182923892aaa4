"""The text of a mail as its writer saw it: lines joined again, signature and footer off."""

from __future__ import annotations

import re

_SIGNATURE = re.compile(r"(?m)^-- ?\n")
_MAX_SIGNATURE_LINES = 25
_FOOTER = re.compile(
    r"unsubscribe|uitschrijven|afmelden|schrijf je uit|abmelden|abbestellen|désabonner"
    r"|désinscrire|opt[- ]out|je ontvangt (?:deze|dit)|u ontvangt (?:deze|dit)|you (?:are )?receiv"
    r"|sie erhalten diese|vous recevez ce|wijzig (?:je|uw) (?:voorkeuren|gegevens)"
    r"|update your preferences|manage (?:your )?(?:preferences|subscription)"
    r"|privacy ?(?:policy|statement|verklaring|beleid)|alle rechten voorbehouden"
    r"|all rights reserved",
    re.IGNORECASE,
)
_MAX_FOOTER = 600


def is_footer(paragraph: str) -> bool:
    """True for the lines under a newsletter that say how to be rid of it."""
    return len(paragraph) <= _MAX_FOOTER and _FOOTER.search(paragraph) is not None


def unflowed(text: str, *, delsp: bool = False) -> str:
    """format=flowed (RFC 3676): a line that ends with a blank goes on in the next one."""
    parts: list[str] = []
    for line in text.split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        if stuffed.endswith(" ") and stuffed != "-- ":
            parts.append(stuffed[:-1] if delsp else stuffed)
        else:
            parts.append(f"{stuffed}\n")
    return "".join(parts)


def without_footer(text: str) -> str:
    """The text without its signature and without the footer paragraphs at its end."""
    signatures = list(_SIGNATURE.finditer(text))
    if signatures and text.count("\n", signatures[-1].end()) <= _MAX_SIGNATURE_LINES:
        text = text[: signatures[-1].start()]
    blocks = re.split(r"\n\s*\n", text.strip())
    while len(blocks) > 1 and is_footer(blocks[-1]):
        blocks.pop()
    return "\n\n".join(blocks).strip()
