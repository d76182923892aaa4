"""The fixed words of an alert in Dutch and English, and its dates.

Dates are written out here: machines often lack the locale.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Literal

Language = Literal["nl", "en"]

_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}

WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "received": "ontvangen {time} (tijd van publicatie onbekend)",
        "seen": "gezien {time}",
        "negated": "ontkend",
        "once more": "… en nog 1 keer in dit artikel",
        "more": "… en nog {count} keer in dit artikel",
        "why": "Waarom",
        "found": "Gevonden",
        "reason": "Aanleiding",
        "alert": "Melding",
        "rule": "regel",
        "owner": "beheer",
        "others": "en {count} andere",
        "part": "deel {part} van {parts}",
        "long link": "(link te lang om te tonen)",
        "untitled": "(zonder kop)",
        "digest first-sight": "{count} meldingen uit {source}, voor het eerst gelezen",
        "embargo": "onder embargo tot {time}",
        "digest storm": "{count} meldingen tegelijk uit {source}",
        "digest digest": "{count} meldingen in dit overzicht",
        "digest digest 1": "1 melding in dit overzicht",
        "digest quiet": "{count} meldingen uit de stille uren",
        "digest wait": "{count} berichten die bij elkaar horen",
        "digest max": "{count} meldingen boven het maximum van hun regel",
        "digest limit": "{count} meldingen die even moesten wachten",
        "digest held": "{count} meldingen die bewaard zijn",
        "reported": "Ook bij",
        "trend": "Laatste 14 dagen",
        "relay": "Overgenomen van het kanaal {channel}, dat niet bezorgt.",
        "repeat": "Mogelijk een herhaling: deze melding kan al eerder zijn aangekomen.",
    },
    "en": {
        "received": "received {time} (time of publication unknown)",
        "seen": "seen {time}",
        "negated": "negated",
        "once more": "… and once more in this article",
        "more": "… and {count} more times in this article",
        "why": "Why",
        "found": "Found",
        "reason": "Reason",
        "alert": "Alert",
        "rule": "rule",
        "owner": "owner",
        "others": "and {count} others",
        "part": "part {part} of {parts}",
        "long link": "(link too long to show)",
        "untitled": "(no headline)",
        "digest first-sight": "{count} alerts from {source}, read for the first time",
        "embargo": "under embargo until {time}",
        "digest storm": "{count} alerts at once from {source}",
        "digest digest": "{count} alerts in this digest",
        "digest digest 1": "1 alert in this digest",
        "digest quiet": "{count} alerts from quiet hours",
        "digest wait": "{count} reports that belong together",
        "digest max": "{count} alerts beyond the maximum of their rule",
        "digest limit": "{count} alerts that had to wait a little",
        "digest held": "{count} alerts that were kept",
        "reported": "Also at",
        "trend": "Last 14 days",
        "relay": "Taken over from the channel {channel}, which does not deliver.",
        "repeat": "Possible repeat: this alert may have arrived before.",
    },
}

#: Shown before the rule's title; a NEW alert needs no label.
KINDS: dict[str, dict[str, str]] = {
    "nl": {
        "UPDATE": "VERVOLG",
        "CORRECTION": "CORRECTIE",
        "WITHDRAWN": "INGETROKKEN",
        "DIGEST": "OVERZICHT",
        "LATE": "NAGEKOMEN",
    },
    "en": {kind: kind for kind in ("UPDATE", "CORRECTION", "WITHDRAWN", "DIGEST", "LATE")},
}

#: An alert's reason by its code; a code that is not here keeps the reason it came with.
REASONS: dict[str, dict[str, str]] = {
    "nl": {
        "first-report": "eerste bericht van dit verhaal voor deze regel",
        "new-rule": "eerste bericht van dit verhaal sinds deze regel bestaat",
        "update": "nieuw bericht in een verhaal dat al is gemeld",
        "new-fact": "nieuw feit in een verhaal dat al is gemeld",
        "correction": "corrigeert wat eerder is gemeld",
        "withdrawn": "trekt in wat eerder is gemeld",
        "storm": "een van vele meldingen tegelijk uit deze bron",
        "first-sight": "stond er al toen deze bron voor het eerst werd gelezen",
    },
    "en": {
        "first-report": "first report of this story for this rule",
        "new-rule": "first report of this story since this rule was added",
    },
}

#: From here on the time of day says nothing: only the date is known.
_DATE_ONLY_S = 12 * 3600
_ROUGH_S = 1800


def written_time(
    moment: datetime, language: Language, timezone: tzinfo, *, precision_s: int = 0
) -> str:
    """Day, date and time as an editor writes them, "rond"/"about" when half an hour off."""
    local = _local(moment, timezone)
    date = (
        f"{_DAYS[language][local.weekday()]} {local.day} "
        f"{_MONTHS[language][local.month - 1]} {local.year}"
    )
    if precision_s >= _DATE_ONLY_S:
        return date
    return f"{date}, {clock(moment, language, timezone, rough=precision_s >= _ROUGH_S)}"


def clock(moment: datetime, language: Language, timezone: tzinfo, *, rough: bool = False) -> str:
    """The time of day: "18.20 uur" or "18:20"."""
    local = _local(moment, timezone)
    if language == "nl":
        return f"{'rond ' if rough else ''}{local.hour}.{local.minute:02} uur"
    return f"{'about ' if rough else ''}{local.hour:02}:{local.minute:02}"


def same_day(first: datetime, second: datetime, timezone: tzinfo) -> bool:
    """Whether two moments fall on one date there."""
    return _local(first, timezone).date() == _local(second, timezone).date()


def _local(moment: datetime, timezone: tzinfo) -> datetime:
    try:
        return moment.astimezone(timezone)
    except OverflowError:  # a feed dated in the year 1 or 9999
        return moment.astimezone(UTC)
