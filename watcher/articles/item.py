"""One news item as its format states it: what every format's reader hands to `extract`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.model import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A news item in plain text; "" or None where the format says nothing.

    ``text`` has empty lines between paragraphs and does not repeat the title; ``standfirst`` is
    what stands between the two and says something of its own. ``author`` is the
    by-line, ``credit`` whom the publisher wants named, ``agencies`` their abbreviations in
    capitals; ``urgency`` 1 (most urgent) to 9; ``status`` usable, withheld or canceled.
    ``precision_s`` is how many seconds ``published`` may be off. ``may_be_strip`` where the text
    comes from a page or a mail, in which several articles may stand; ``document`` names the part
    of the document it came from, where that has a name (a file in an archive).
    """

    title: str = ""
    standfirst: str = ""
    text: str = ""
    guid: str = ""
    link: str = ""
    author: str = ""
    published: datetime | None = None
    precision_s: int = 1
    language: str = ""
    place: str = ""
    agencies: tuple[str, ...] = ()
    section: str = ""
    slugline: str = ""
    credit: str = ""
    urgency: int | None = None
    version: str = ""
    status: str = "usable"
    embargoed: datetime | None = None
    encoding: str = ""
    remarks: tuple[str, ...] = ()
    may_be_strip: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a feed's items came from: for each of them in order, those that are known already
    too, the Part that it was, or the digest of its bytes. The rest is as in `Reading`."""

    frame: str
    encoding: str
    places: tuple[Part | str, ...]

    @property
    def skipped(self) -> tuple[Part, ...]:
        """Those that are known."""
        return tuple(place for place in self.places if isinstance(place, Part))


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a document in its order, and what of it did not come out, in words.

    Without the items that are known already; ``cut`` only for a feed whose items can be told
    from each other.
    """

    items: tuple[Item, ...]
    losses: tuple[str, ...] = ()
    cut: Cut | None = None
