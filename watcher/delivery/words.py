"""The fixed words of an alert in Dutch and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["nl", "en"]

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
        "counted": "Ook geteld:",
        "more counted": "… en nog {count}",
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
        "counted": "Also counted:",
        "more counted": "… and {count} more",
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
        "update": "nieuw bericht in een verhaal dat al is gemeld",
        "new-fact": "nieuw feit in een verhaal dat al is gemeld",
        "correction": "corrigeert wat eerder is gemeld",
        "withdrawn": "trekt in wat eerder is gemeld",
        "trouble": "er is iets mis met news-watcher zelf",
        "storm": "een van vele meldingen tegelijk uit deze bron",
        "first-sight": "stond er al toen deze bron voor het eerst werd gelezen",
        "silence": "de regel vond niets meer",
    },
    "en": {
        "first-report": "first report of this story for this rule",
    },
}
