"""What agencies say about their texts, put into one form: status, urgency, by-line."""

from __future__ import annotations

import re

_BY = re.compile(r"(?i:by|door|von|par|av)\s+(?=[A-ZÀ-Þ])")


def status_of(stated: str) -> str:
    """usable, withheld or canceled, from "stat:usable", "Cancelled" and the like.

    A status that nobody knows is no reason to keep an article back: usable.
    """
    name = stated.rpartition(":")[2].rpartition("/")[2].strip().lower()
    if name.startswith("cancel"):
        return "canceled"
    return "withheld" if name in {"withheld", "withhold", "embargoed"} else "usable"


def urgency_of(stated: str) -> int | None:
    """1 (most urgent) to 9, or None."""
    stated = stated.strip()
    return int(stated) if re.fullmatch(r"[1-9]", stated) else None


def by_line(text: str) -> str:
    """The by-line without its "By"."""
    return _BY.sub("", " ".join(text.split()), count=1) if _BY.match(text.strip()) else text.strip()


def editors_note(text: str) -> tuple[str, ...]:
    """A note to editors as a remark, if there is one."""
    text = " ".join(text.split())[:300]
    return (f"editor's note: {text}",) if text else ()
