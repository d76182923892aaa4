"""Alerts that were held, and what their channel is told when their time has come. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from watcher.interfaces import Channel
from watcher.model import (
    Delivery,
    DigestEntry,
    Held,
    Match,
    Message,
    Released,
    RuleInfo,
    Status,
)
from watcher.text import digest


def release(held: Sequence[Held], channel: Channel, rules: Mapping[str, RuleInfo]) -> Released:
    """What a channel is told of what was held for it: one message for each group. Pure.

    A rule that was switched off, or is gone, tells nothing more.
    """
    dropped: dict[str, str] = {}
    groups: dict[str, list[DigestEntry]] = defaultdict(list)
    codes: dict[str, set[str]] = defaultdict(set)
    for one in held:
        rule = rules.get(one.alert.rule)
        if rule is None or rule.status is not Status.ACTIVE:
            dropped[one.alert.id] = "its rule was switched off before it was told"
            continue
        match = Match(rule=rule, hits=one.hits)
        groups[one.hold.group].append(
            DigestEntry(alert=one.alert, article=one.article, match=match)
        )
        codes[one.hold.group].add(one.hold.code)
    deliveries = [
        delivery
        for group, entries in groups.items()
        for delivery in _released(entries, codes[group], channel)
    ]
    return Released(deliveries=tuple(deliveries), dropped=dropped)


def _released(
    entries: Sequence[DigestEntry], codes: set[str], channel: Channel
) -> Iterator[Delivery]:
    """One message for one alert, a digest for several; what is told at fixed times is one."""
    if len(entries) == 1 and codes != {"digest"}:
        (one,) = entries
        message = channel.render(one.alert, one.article, one.match)
        yield from to_each(channel, [one.alert.id], message)
        return
    code = codes.pop() if len(codes) == 1 else "held"
    shown = [replace(one, alert=replace(one.alert, code=code)) for one in entries]
    for message, told in channel.render_digest(shown):
        yield from to_each(channel, [one.alert.id for one in told], message)


def to_each(channel: Channel, alerts: Sequence[str], message: Message) -> Iterator[Delivery]:
    """A delivery of the first alert to each recipient, which tells of the others too."""
    first, *others = alerts
    for recipient in channel.recipients:
        yield Delivery(
            id=digest(first, channel.name, recipient),
            alert=first,
            channel=channel.name,
            recipient=recipient,
            message=message,
            also=tuple(others),
        )
