"""Decisions about a batch of articles, with what each recipient will read. Pure.

What is new, who is told and who is not, and in how many messages: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.batch import RESTLESS, Policy, decide
from watcher.interfaces import Channel
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Decision,
    Delivery,
    DigestEntry,
    History,
    Match,
    Severity,
)
from watcher.rules.match import RuleSet
from watcher.text import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging an article takes: the rules of this moment, the policy, the channels.

    ``oldest`` is given for a source that is read for the first time: what is older is not told,
    the rest in one digest a channel. ``away_since`` is given for a source that was not read for
    long: what was published before it was read again is told as late. ``skipped`` counts the
    document's other articles, which are known and were not read again.
    """

    rules: RuleSet
    policy: Policy
    channels: Mapping[str, Channel]
    oldest: datetime | None = None
    away_since: datetime | None = None
    skipped: int = 0


#: More alerts than this of one source at once are a storm: a renumbered feed, a source that comes
#: back after hours, a day on which everything happens.
STORM = 20
#: What was published so long before it was seen is late, if its source was away meanwhile.
_LATE = timedelta(hours=1)
#: Codes of alerts that are told together with others.
_TOGETHER = frozenset(("first-sight", "storm"))


def judge(candidates: Sequence[Candidate], history: History, desk: Desk) -> list[Decision]:
    """Decisions with what each recipient will read. Pure."""
    decisions = [
        _marked_late(decision, desk.away_since)
        for decision in decide(
            candidates,
            history,
            desk.policy,
            rules=desk.rules,
            oldest=desk.oldest,
            skipped=desk.skipped,
        )
    ]
    told = sum(not alert.suppressed for each in decisions for alert in each.alerts)
    if desk.oldest is not None and told > 1:
        return _in_digests(decisions, "first-sight", desk.channels)
    if told > STORM:
        return _in_digests(decisions, "storm", desk.channels)
    return [
        replace(decision, deliveries=tuple(_deliveries(decision, desk.channels)))
        for decision in decisions
    ]


def event_of(decisions: Sequence[Decision]) -> str:
    """What people should know about a source after these decisions about its articles; or ""."""
    renumbered = sum(one.verdict.renumbered for one in decisions)
    if renumbered:
        return f"renumbered {renumbered} items"
    restless = [one.candidate.article for one in decisions if one.verdict.edition == RESTLESS]
    if restless:
        names = ", ".join(f"“{one.title[:60]}” ({one.url or one.document})" for one in restless[:3])
        return f"changes at every fetch, so that only texts that are told are kept: {names}"
    return ""


def _marked_late(decision: Decision, away_since: datetime | None) -> Decision:
    """The decision with its new alerts called late, if their article waited while we were away."""
    article = decision.candidate.article
    published = article.published if article.published_source == "document" else None
    if away_since is None or published is None or article.seen - published < _LATE:
        return decision
    alerts = (
        replace(alert, kind="LATE") if alert.kind == "NEW" and not alert.suppressed else alert
        for alert in decision.alerts
    )
    return replace(decision, alerts=tuple(alerts))


def _deliveries(decision: Decision, channels: Mapping[str, Channel]) -> Iterator[Delivery]:
    """One message for each recipient of each channel that an alert goes to by itself."""
    article = decision.candidate.article
    embargo = article.embargoed if _is_embargoed(article) else None
    matches: dict[str, Match] = {one.rule.id: one for one in decision.candidate.matches}
    for alert in decision.alerts:
        if alert.code in _TOGETHER:
            continue
        for name in alert.channels:
            channel = channels[name]
            message = channel.render(alert, article, matches[alert.rule])
            for recipient in channel.recipients:
                yield Delivery(
                    id=digest(alert.id, name, recipient),
                    alert=alert.id,
                    channel=name,
                    recipient=recipient,
                    message=message,
                    not_before=None if channel.takes_embargoed else embargo,
                )


def _is_embargoed(article: Article) -> bool:
    return article.embargoed is not None and article.embargoed > article.seen


def _in_digests(
    decisions: Sequence[Decision], code: str, channels: Mapping[str, Channel]
) -> list[Decision]:
    """The decisions with all that is told gathered: in as few messages as each channel takes.

    A digest is a delivery of the first alert in it, which tells of the others too. In a storm
    what is of high severity is told one by one all the same.
    """
    gathered = [
        decision
        # What waits for the end of an embargo waits alone.
        if _is_embargoed(decision.candidate.article)
        else replace(decision, alerts=tuple(_as_digest(alert, code) for alert in decision.alerts))
        for decision in decisions
    ]
    entries = [
        DigestEntry(alert=alert, article=decision.candidate.article, match=match)
        for decision in gathered
        for alert in decision.alerts
        for match in decision.candidate.matches
        if match.rule.id == alert.rule and alert.code == code
    ]
    by_alert: dict[str, list[Delivery]] = {}
    for name in dict.fromkeys(name for one in entries for name in one.alert.channels):
        mine = [one for one in entries if name in one.alert.channels]
        for message, told in channels[name].render_digest(mine):
            first, *others = [one.alert.id for one in told]
            by_alert.setdefault(first, []).extend(
                Delivery(
                    id=digest(first, name, recipient),
                    alert=first,
                    channel=name,
                    recipient=recipient,
                    message=message,
                    also=tuple(others),
                )
                for recipient in channels[name].recipients
            )
    return [
        replace(
            decision,
            deliveries=(
                *_deliveries(decision, channels),
                *(each for alert in decision.alerts for each in by_alert.get(alert.id, ())),
            ),
        )
        for decision in gathered
    ]


def _as_digest(alert: Alert, code: str) -> Alert:
    urgent = code == "storm" and alert.severity.rank >= Severity.HIGH.rank
    if alert.suppressed or urgent:
        return alert
    kind = alert.kind if alert.kind == "LATE" else "DIGEST"
    return replace(alert, kind=kind, code=code, reason=f"{alert.reason}, told in a digest")
