"""Decisions about a batch of articles, with what each recipient will read. Pure.

What is new, who is told and who is not, and in how many messages: values in, values out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.alerts import decide as decide_alerts
from watcher.batch import LATE, RESTLESS, Policy, decide
from watcher.counts import Lull, Still
from watcher.holds import Holder
from watcher.interfaces import Channel
from watcher.model import (
    Alert,
    Article,
    Candidate,
    Decision,
    Delivery,
    DigestEntry,
    History,
    Hold,
    Match,
    Outcome,
    RuleInfo,
    Severity,
    Verdict,
)
from watcher.notices import lull_notice
from watcher.releases import to_each
from watcher.rules.match import RuleSet
from watcher.tallies import show_span
from watcher.volume import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging an article takes: the rules of this moment, the policy, the channels.

    ``oldest`` is given for a source that is read for the first time: what is older is not told,
    the rest in one digest a channel. ``away_since`` is given for a source that was not read for
    long: what was published before it was read again is told as late. ``skipped`` counts the
    document's other articles, which are known and were not read again. ``memory`` is how far back
    messages count under the limits of rules and channels. ``language`` is that of notices.
    """

    rules: RuleSet
    policy: Policy
    channels: Mapping[str, Channel]
    oldest: datetime | None = None
    away_since: datetime | None = None
    skipped: int = 0
    memory: timedelta = timedelta()
    language: str = "en"


#: More alerts than this of one source at once are a storm: a renumbered feed, a source that comes
#: back after hours, a day on which everything happens.
STORM = 20
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
            away_since=desk.away_since,
            skipped=desk.skipped,
        )
    ]
    return _in_messages(decisions, history, desk)


def judge_lulls(history: History, desk: Desk) -> list[Decision]:
    """Notices of rules that have found nothing for as long as they say. Pure.

    Where people asked for silence nothing is decided: it is told afterwards, if it is still so.
    """
    quiet = [
        (rule.info, rule.info.volume.after, history.still[rule.info.id])
        for rule in desk.rules.rules
        if isinstance(rule.info.volume, Lull) and rule.info.id in history.still
    ]
    decisions = [
        _lull(rule, after, still, history, desk)
        for rule, after, still in quiet
        if history.now - still.since >= after
    ]
    open_now = [one for one in decisions if all(each.code != "silenced" for each in one.alerts)]
    return _in_messages(open_now, history, desk)


def _lull(rule: RuleInfo, after: timedelta, still: Still, history: History, desk: Desk) -> Decision:
    zone = desk.policy.timetable.zone
    article = lull_notice(rule, after, still, now=history.now, language=desk.language, zone=zone)
    match = Match(rule=rule, hits=(), counts_as=None)
    candidate = Candidate(article=article, keys=(), text_key="", matches=(match,))
    verdict = Verdict(outcome=Outcome.NEW, story=article.id, reason="a notice")
    last = still.last.astimezone(zone).isoformat(timespec="minutes") if still.last else "none yet"
    reason = f"nothing found for {show_span(after)}; last match: {last}"
    told = decide_alerts(
        candidate,
        verdict,
        told={},
        routes=desk.policy.routes,
        floors=desk.policy.floors,
        now=history.now,
        silences=history.silences,
        volumes={rule.id: Judged(code="silence", reason=reason, tells=True)},
    )
    return Decision(candidate=candidate, verdict=verdict, alerts=tuple(told))


def _in_messages(decisions: Sequence[Decision], history: History, desk: Desk) -> list[Decision]:
    """The decisions with what is told now, and in how many messages, and what is told later."""
    holder = Holder(desk.policy.timetable, history)
    decisions = [_with_holds(decision, holder.hold) for decision in decisions]
    told = sum(bool(_told_now(each, alert)) for each in decisions for alert in each.alerts)
    if desk.oldest is not None and told > 1:
        return _in_digests(decisions, "first-sight", desk.channels)
    if told > STORM:
        return _in_digests(decisions, "storm", desk.channels)
    decisions = [_with_holds(decision, holder.bound) for decision in decisions]
    return [
        replace(decision, deliveries=tuple(_deliveries(decision, desk.channels)))
        for decision in decisions
    ]


def _with_holds(
    decision: Decision, hold: Callable[[Alert, RuleInfo, str], Hold | None]
) -> Decision:
    """The decision with what is told later; what is held already stays held."""
    rules = {match.rule.id: match.rule for match in decision.candidate.matches}
    embargo = _embargo(decision.candidate.article)
    found = [
        hold(alert, rules[alert.rule], name)
        for alert in decision.alerts
        for name in _told_now(decision, alert)
    ]
    holds = (
        replace(one, due=max(one.due, embargo)) if embargo else one
        for one in found
        if one is not None
    )
    return replace(decision, holds=(*decision.holds, *holds))


def _told_now(decision: Decision, alert: Alert) -> tuple[str, ...]:
    """The channels that an alert goes to at once."""
    held = {one.channel for one in decision.holds if one.alert == alert.id}
    return tuple(name for name in alert.channels if name not in held)


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
    if away_since is None or published is None or article.seen - published < LATE:
        return decision
    alerts = (
        replace(alert, kind="LATE") if alert.kind == "NEW" and not alert.suppressed else alert
        for alert in decision.alerts
    )
    return replace(decision, alerts=tuple(alerts))


def _deliveries(decision: Decision, channels: Mapping[str, Channel]) -> Iterator[Delivery]:
    """One message for each recipient of each channel that an alert goes to by itself."""
    article = decision.candidate.article
    embargo = _embargo(article)
    matches: dict[str, Match] = {one.rule.id: one for one in decision.candidate.matches}
    for alert in decision.alerts:
        if alert.code in _TOGETHER:
            continue
        for name in _told_now(decision, alert):
            channel = channels[name]
            message = channel.render(alert, article, matches[alert.rule])
            not_before = None if channel.takes_embargoed else embargo
            for delivery in to_each(channel, [alert.id], message):
                yield replace(delivery, not_before=not_before)


def _embargo(article: Article) -> datetime | None:
    """When the press embargo ends under which the article came, if it did."""
    is_embargoed = article.embargoed is not None and article.embargoed > article.seen
    return article.embargoed if is_embargoed else None


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
        if _embargo(decision.candidate.article)
        else replace(
            decision, alerts=tuple(_as_digest(alert, code, decision) for alert in decision.alerts)
        )
        for decision in decisions
    ]
    entries: dict[str, list[DigestEntry]] = defaultdict(list)
    for decision in gathered:
        for alert in decision.alerts:
            for match in decision.candidate.matches:
                if match.rule.id == alert.rule and alert.code == code:
                    entry = DigestEntry(
                        alert=alert, article=decision.candidate.article, match=match
                    )
                    for name in _told_now(decision, alert):
                        entries[name].append(entry)
    by_alert: dict[str, list[Delivery]] = defaultdict(list)
    for name, mine in entries.items():
        for message, told in channels[name].render_digest(mine):
            ids = [one.alert.id for one in told]
            by_alert[ids[0]] += to_each(channels[name], ids, message)
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


def _as_digest(alert: Alert, code: str, decision: Decision) -> Alert:
    urgent = code == "storm" and alert.severity.rank >= Severity.HIGH.rank
    if alert.suppressed or urgent or not _told_now(decision, alert):
        return alert
    kind = alert.kind if alert.kind == "LATE" else "DIGEST"
    return replace(alert, kind=kind, code=code, reason=f"{alert.reason}, told in a digest")
