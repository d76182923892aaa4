"""When an alert is told: at once, or later together with others. Pure.

    digest   the rule or the channel is told at fixed times only
    wait     the rule gathers what comes about a story
    quiet    nobody is disturbed in these hours, but for high severity
    max      the rule has sent enough for now
    limit    the channel has been sent enough for now

Nothing is dropped: what is held is due at a moment that is on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.model import Alert, History, Hold, RuleInfo, Sending, Severity
from watcher.timing import Clock, Quiet, Rate, free_at, next_clock, quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When a channel is told of things."""

    digest: tuple[Clock, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    limit: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The times of all channels, and the zone in which they and those of rules are."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    channels: Mapping[str, Times] = field(default_factory=dict)

    def memory(self, rules: Iterable[RuleInfo]) -> timedelta:
        """How far back messages count under the limits of these rules and of the channels."""
        rates = [rule.most for rule in rules] + [one.limit for one in self.channels.values()]
        return max((rate.within for rate in rates if rate), default=timedelta())


class Holder:
    """Decides about alerts one after the other, each knowing the ones before it."""

    def __init__(self, timetable: Timetable, history: History) -> None:
        self._timetable = timetable
        self._now = history.now
        self._sent = list(history.sent)
        self._gathering = dict(history.gathering)

    def hold(self, alert: Alert, rule: RuleInfo, channel: str) -> Hold | None:
        """What keeps this alert from this channel by the clock; None if nothing does."""
        times = self._timetable.channels.get(channel, Times())
        due, code, group = self._now, "", ""
        clocks = rule.digest or times.digest
        if clocks:
            due, code = next_clock(clocks, self._now, self._timetable.zone), "digest"
        elif rule.wait is not None:
            code, group = "wait", group_of(alert, rule)
            due = self._gathering.get((channel, group), self._now + rule.wait)
        awake = self._awake(alert, rule, times, due)
        if awake is not None:
            due, code = awake, code or "quiet"
        if not code:
            return None
        if group:
            self._gathering[channel, group] = due
        return Hold(alert=alert.id, channel=channel, due=due, code=code, group=group)

    def bound(self, alert: Alert, rule: RuleInfo, channel: str) -> Hold | None:
        """The same for how much was sent already; None counts this alert as sent."""
        limit = self._timetable.channels.get(channel, Times()).limit
        mine = [one for one in self._sent if one.channel == channel]
        dues = {
            "max": rule.most and free_at(rule.most, _times(mine, rule.id), self._now),
            # A flood must not hide what matters most.
            "limit": limit
            and alert.severity.rank < Severity.HIGH.rank
            and free_at(limit, _times(mine), self._now),
        }
        for code, due in dues.items():
            if due:
                return Hold(alert=alert.id, channel=channel, due=due, code=code)
        self._sent.append(Sending(rule=rule.id, channel=channel, at=self._now))
        return None

    def _awake(
        self, alert: Alert, rule: RuleInfo, times: Times, moment: datetime
    ) -> datetime | None:
        """When the quiet hours end in which this moment falls for this alert."""
        if alert.severity.rank >= Severity.HIGH.rank or rule.quiet == ():
            return None
        hours = (*times.quiet, *(rule.quiet or ()))
        return quiet_until(hours, moment, self._timetable.zone)


def group_of(alert: Alert, rule: RuleInfo) -> str:
    """What an alert is gathered with: the others of its rule and story, or of its rule."""
    return alert.rule if rule.group_by == "rule" else f"{alert.rule} {alert.story}"


def _times(sent: Iterable[Sending], rule: str | None = None) -> list[datetime]:
    return [one.at for one in sent if rule is None or one.rule == rule]
