"""What `explain` and `missed` say, in English and Dutch."""

from __future__ import annotations

import re

from watcher.delivery.words import REASONS
from watcher.listing import AlertRow

#: key: (English, Dutch).
PHRASES: dict[str, tuple[str, str]] = {
    # --- explain ---
    "part": ("part {part} of {parts}", "deel {part} van {parts}"),
    "words": ("{count} words", "{count} woorden"),
    "unknown language": ("language unknown", "taal onbekend"),
    "matches": ("matches", "past"),
    "no match": ("does not match", "past niet"),
    "no rule": ("no rule matches", "geen enkele regel past"),
    "nearly": ("Nearly:", "Bijna:"),
    "nothing near": ("and none nearly does", "en geen enkele bijna"),
    "more": (
        "the whole tree of a rule: watcher explain {what} --rule ID",
        "de hele boom van een regel: watcher explain {what} --rule ID",
    ),
    "others": ("{count} others do not stand in the text", "{count} andere staan niet in de tekst"),
    "negated": ("negated", "ontkend"),
    "then, not now": (
        "matched when it came in, and does not any more: the rule was changed since",
        "paste toen het binnenkwam, en nu niet meer: de regel is sindsdien veranderd",
    ),
    "now, not then": (
        "matches now, and did not when it came in: the rule, or its status, was changed since",
        "past nu, en niet toen het binnenkwam: de regel of zijn status is sindsdien veranderd",
    ),
    "gone": (
        "matched when it came in; there is no such rule any more",
        "paste toen het binnenkwam; die regel is er niet meer",
    ),
    # --- the life of an archived article ---
    "life": ("What became of it", "Wat ermee gebeurde"),
    "seen": ("seen {time} from {source}", "gezien {time} van {source}"),
    "story": ("story {story}: {reason}", "verhaal {story}: {reason}"),
    "first of story": ("the first of its story", "het eerste van zijn verhaal"),
    "duplicate of": ("the same text as {of}", "dezelfde tekst als {of}"),
    "revision of": ("another text of {of}", "een andere tekst van {of}"),
    "changed": ("changed since the text before:", "veranderd sinds de vorige tekst:"),
    "in story": ("also in this story:", "ook in dit verhaal:"),
    "more in story": ("… and {count} others", "… en {count} andere"),
    "no alert": (
        "no rule matched it, so nobody was told",
        "geen regel paste, dus niemand is gemeld",
    ),
    "suppressed": ("not told: {reason}", "niet gemeld: {reason}"),
    "alert": ("alert {id}, {kind}: {reason}", "melding {id}, {kind}: {reason}"),
    "held": ("{channel}: told at {time}, {why}", "{channel}: wordt gemeld om {time}, {why}"),
    "done": ("{to}: sent {time}", "{to}: verstuurd {time}"),
    "pending": ("{to}: waits to be sent", "{to}: wacht op verzending"),
    "claimed": ("{to}: is being sent", "{to}: wordt verstuurd"),
    "later": (
        "{to}: attempt {attempts} failed, next try {time}: {error}",
        "{to}: poging {attempts} mislukte, volgende om {time}: {error}",
    ),
    "waits": ("{to}: waits until {time}", "{to}: wacht tot {time}"),
    "dead": (
        "{to}: given up after {attempts} attempts, the last one {time}: {error}",
        "{to}: opgegeven na {attempts} pogingen, de laatste {time}: {error}",
    ),
    "possible repeat": (" (may have arrived twice)", " (kan twee keer zijn aangekomen)"),
    # --- missed ---
    "told": ("It was told.", "Het is gemeld."),
    "not told": ("It was not told: {step}.", "Het is niet gemeld: {step}."),
    "never ingested": (
        "it never came in",
        "het is nooit binnengekomen",
    ),
    "no rule matched": ("no rule matched it", "geen regel paste"),
    "all suppressed": (
        "a rule matched, but every alert was suppressed",
        "een regel paste, maar elke melding is onderdrukt",
    ),
    "waiting": ("the alert waits", "de melding wacht"),
    "delivery dead": ("the delivery was given up", "de verzending is opgegeven"),
    "found as": (
        "found in the archive as {id}: {title}",
        "in het archief gevonden als {id}: {title}",
    ),
    "found by id": ("by its id", "aan het nummer"),
    "found by link": ("by its link", "aan de link"),
    "found by text": ("by its text", "aan de tekst"),
    "found by title": ("by its headline", "aan de kop"),
    "found by likeness": ("by its likeness", "aan de gelijkenis"),
    "perhaps": ("perhaps meant, by its words:", "misschien bedoeld, naar de woorden:"),
    "host unknown": (
        "no source reads {host}: watcher source add {url}",
        "geen bron leest {host}: watcher source add {url}",
    ),
    "host known": (
        "{name} reads {host}: {state}, last read {time}",
        "{name} leest {host}: {state}, laatst gelezen {time}",
    ),
    "source error": ("its error since {time}: {error}", "de fout sinds {time}: {error}"),
    "quarantined": (
        "in quarantine: {document} ({source}, {time}): {reason}",
        "in quarantaine: {document} ({source}, {time}): {reason}",
    ),
    "failing sources": ("sources that fail now:", "bronnen waar het nu misgaat:"),
    "would match": (
        "with the rules of now it would match {rules}",
        "met de regels van nu zou het passen bij {rules}",
    ),
    "nearest": ("what came nearest:", "wat het dichtst in de buurt kwam:"),
    "mend": (
        "mend: {file}:{line}; the whole tree: watcher explain {what} --rule {rule}",
        "verbeteren: {file}:{line}; de hele boom: watcher explain {what} --rule {rule}",
    ),
    "add route": (
        "add a [[route]] for it to the configuration, or alert: to: to the rule",
        "zet er een [[route]] voor in de configuratie, of alert: to: in de regel",
    ),
    "see alert": ("told before: {id}, {time}: {title}", "eerder gemeld: {id}, {time}: {title}"),
    "see queue": ("see watcher queue list", "zie watcher queue list"),
}

#: Why nothing, or no more, was told, by the code of the alert.
_CODES_NL = {
    **REASONS["nl"],
    "shadow": "de regel is geen actieve regel en verstuurt niets",
    "no-route": "geen enkele route leidt naar een kanaal",
    "min-severity": "het kanaal neemt alleen zwaardere meldingen aan",
    "withdrawn-untold": "trekt in wat niemand is gemeld",
    "already-corrected": "de correctie was al gemeld",
    "duplicate": "dezelfde tekst is al gemeld",
    "same-story": "dit verhaal is voor deze regel al gemeld en dit voegt er niets aan toe",
    "backfill": "van lang voordat de bron voor het eerst werd gelezen",
    "silenced": "er geldt een stilte",
    "dropped": "de regel is uitgezet voordat het gemeld werd",
    "counted": "de regel meldt een aantal, en dat is nog niet bereikt",
    "not-counted": "de regel meldt een aantal, en dit telt daarvoor niet mee",
    "volume": "het aantal van de regel is bereikt",
    "same-episode": "het aantal van de regel is al gemeld",
    "silence": "de regel vond zo lang niets",
}
#: Of these the recorded reason says what no fixed sentence can.
_OWN_WORDS = frozenset(
    (
        "silenced",
        "min-severity",
        "shadow",
        "counted",
        "not-counted",
        "volume",
        "same-episode",
        "silence",
    )
)
#: How a reason names an earlier alert.
ALERT_ID = re.compile(r"\balert ([0-9a-f]{16})\b")
HOLDS: dict[str, tuple[str, str]] = {
    "digest": ("in its digest", "in het overzicht"),
    "quiet": ("after quiet hours", "na de stille uren"),
    "wait": ("the rule gathers what comes", "de regel verzamelt eerst"),
    "max": ("more than the rule's max", "meer dan het maximum van de regel"),
    "limit": ("more than the channel's limit", "meer dan de limiet van het kanaal"),
}


class Speaker:
    """Says the phrases in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """The phrase with its values."""
        return PHRASES[key][self.language == "nl"].format(**values)

    def why_held(self, code: str) -> str:
        """Why a channel is told later."""
        return HOLDS.get(code, (code, code))[self.language == "nl"]

    def reason(self, row: AlertRow) -> str:
        """Why an alert is told or not."""
        alert = row.alert
        dutch = _CODES_NL.get(alert.code) if self.language == "nl" else None
        if dutch is None:
            return alert.reason
        if alert.code in _OWN_WORDS:
            return f"{dutch}: {alert.reason}"
        named = ALERT_ID.search(alert.reason)
        return f"{dutch} (melding {named[1]})" if named else dutch
