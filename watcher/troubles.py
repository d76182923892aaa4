"""What an operator is told of our own state, once for each trouble. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.interfaces import Channel
from watcher.listing import Overview
from watcher.model import Alert, Candidate, Decision, Match, Outcome, RuleInfo, Severity, Verdict
from watcher.notices import SOURCE, make_notice
from watcher.releases import to_each
from watcher.text import digest

#: A source may fail for so long before it is a trouble: servers have bad minutes.
_FAILING = timedelta(hours=1)
_RULE = RuleInfo(id=SOURCE, title=SOURCE, severity=Severity.HIGH)

_TITLES = {
    "nl": {
        "dead": "Kanaal {name} bezorgt niet: {count} berichten opgegeven",
        "source": "Bron {name} is al een uur niet te lezen",
        "rules": "Een regelbestand heeft een fout",
        "configuration": "De configuratie is niet overgenomen",
        "routes": "{count} meldingen gingen naar niemand: er past geen route",
        "quarantine": "Een document van {name} was niet te lezen",
    },
    "en": {
        "dead": "Channel {name} does not deliver: {count} messages given up",
        "source": "Source {name} could not be read for an hour",
        "rules": "A rule file has a mistake",
        "configuration": "The configuration was not taken over",
        "routes": "{count} alerts went to nobody: no route fits",
        "quarantine": "A document of {name} could not be read",
    },
}
_NEXT = {
    "nl": "Meer staat in: watcher status, watcher queue list.",
    "en": "There is more in: watcher status, watcher queue list.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that an operator must know: the same ``about`` is the same trouble."""

    about: tuple[str, ...]
    title: str
    text: str


def find_troubles(overview: Overview, *, language: str, channel: str) -> list[Trouble]:
    """What is wrong, but for what the operator's own ``channel`` could not be told of anyway."""
    return [
        Trouble(about, _TITLES[language][about[0]].format(**named), f"{text}\n\n{_NEXT[language]}")
        for about, named, text in _find(overview, channel)
    ]


_Found = tuple[tuple[str, ...], dict[str, object], str]


def _find(overview: Overview, own: str) -> Iterator[_Found]:
    yield from _of_channels(overview, own)
    yield from _of_sources(overview)
    yield from _of_files(overview)


def _of_channels(overview: Overview, own: str) -> Iterator[_Found]:
    for row in overview.channels:
        if row.dead and row.name != own:
            # Told for the first, the tenth, the hundredth since anything arrived there.
            since = row.last_success.isoformat() if row.last_success else ""
            about = ("dead", row.name, since, str(len(str(row.dead))))
            yield about, {"name": row.name, "count": row.dead}, row.last_error
    if overview.unrouted:
        yield ("routes", str(len(str(overview.unrouted)))), {"count": overview.unrouted}, ""


def _of_sources(overview: Overview) -> Iterator[_Found]:
    for row in overview.sources:
        since = row.state.error_since
        if since is not None and overview.now - since > _FAILING:
            yield ("source", row.name, since.isoformat()), {"name": row.name}, row.state.error
    for one in overview.quarantine:
        about = ("quarantine", one.source, one.at.date().isoformat())
        yield about, {"name": one.source}, f"{one.document}: {one.reason}"


def _of_files(overview: Overview) -> Iterator[_Found]:
    for text in _note(overview, "rules").get("problems", []):
        yield ("rules", text), {}, text
    if overview.notes.get("config"):
        yield ("configuration", overview.notes["config"]), {}, overview.notes["config"]


def _note(overview: Overview, name: str) -> dict[str, list[str]]:
    value = json.loads(overview.notes.get(name) or "{}")
    return value if isinstance(value, dict) else {}


def tell_troubles(
    troubles: Sequence[Trouble], channel: Channel, *, now: datetime, language: str
) -> list[Decision]:
    """A notice for each, sent at once: whoever is to mend it is not kept waiting."""
    unique = {one.about: one for one in reversed(troubles)}
    return [_tell(one, channel, now, language) for one in unique.values()]


def _tell(trouble: Trouble, channel: Channel, now: datetime, language: str) -> Decision:
    article = make_notice(
        *trouble.about, title=trouble.title, text=trouble.text, now=now, language=language
    )
    match = Match(rule=_RULE, hits=())
    alert = Alert(
        id=digest(SOURCE, article.id),
        rule=SOURCE,
        severity=Severity.HIGH,
        title=article.title,
        article=article.id,
        story=article.id,
        source=SOURCE,
        created=now,
        code="trouble",
        reason=trouble.title,
        channels=(channel.name,),
    )
    message = channel.render(alert, article, match)
    return Decision(
        candidate=Candidate(article=article, keys=(), text_key="", matches=(match,)),
        verdict=Verdict(outcome=Outcome.NEW, story=article.id, reason="a notice"),
        alerts=(alert,),
        deliveries=tuple(to_each(channel, [alert.id], message)),
    )
