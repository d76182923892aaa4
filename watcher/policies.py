"""A configuration as the policy that decisions follow."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from watcher import alerts
from watcher.batch import Policy
from watcher.config import Config
from watcher.holds import Times, Timetable


def policy_of(config: Config) -> Policy:
    """What decisions follow under this configuration."""
    routes = [
        alerts.Route(
            to=route.to,
            severity=frozenset(route.severity),
            tags=route.tags,
            source=route.source,
            rule=route.rule,
            go_on=route.go_on,
        )
        for route in config.route
    ]
    floors = {channel.name: channel.min_severity.rank for channel in config.channel}
    timetable = Timetable(
        zone=ZoneInfo(config.watcher.timezone),
        channels={
            one.name: Times(digest=one.digest, quiet=one.quiet, limit=one.limit)
            for one in config.channel
        },
    )
    return Policy(
        routes=routes,
        floors=floors,
        window=config.dedup.window,
        alike=config.dedup.near,
        timetable=timetable,
    )
