"""`watcher status`, `alerts` and `queue list`: the store, read beside a running daemon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

from watcher import __version__
from watcher.cli.main import Options, pass_options
from watcher.cli.output import (
    echo,
    echo_json,
    plain,
    quarantine_json,
    show_time,
    silence_json,
)
from watcher.config import Config
from watcher.listing import (
    ChannelRow,
    Overview,
    SourceRow,
)
from watcher.lock import is_running
from watcher.secrecy import public_url
from watcher.store.store import SqlStore, open_store

#: A source that was due so long ago is a problem even when nothing says why.
_LATE = timedelta(minutes=30)
#: A document in quarantine makes the status red for so long; it stays listed after that.
_RECENT = timedelta(hours=24)


@contextmanager
def reading(config: Config) -> Iterator[SqlStore]:
    """The store for reading. Raises `StoreError` where there is none yet."""
    store = open_store(config.store_url, read_only=True)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def writing(config: Config) -> Iterator[SqlStore]:
    """The store for a change by hand, beside a running daemon. Raises `StoreError` where there is
    none yet."""
    with reading(config):
        pass
    store = open_store(config.store_url)
    try:
        yield store
    finally:
        store.close()


@click.command("status")
@click.option("--json", "as_json", is_flag=True)
@pass_options
def status_command(options: Options, as_json: bool) -> int:
    """What it is doing, what is broken, since when."""
    config = options.load()
    with reading(config) as store:
        overview = store.overview()
    status = _status(config, overview)
    if as_json:
        echo_json(status)
    else:
        _tell_status(status)
    return 0


def _status(config: Config, overview: Overview) -> dict[str, Any]:
    timezone = config.watcher.timezone
    daemon = _note(overview, "daemon")
    rules = _note(overview, "rules")
    running = is_running(config.path(config.watcher.state))
    channels = {row.name: row for row in overview.channels}
    problems = list(_problems(config, overview, rules, running))
    return {
        "version": daemon.get("version", __version__),
        "running": running,
        "started": daemon.get("started") if running else None,
        "healthy": not problems,
        "problems": problems,
        "sources": [_source_json(row, timezone) for row in overview.sources],
        "channels": [
            channel_json(one.name, channels.get(one.name), timezone) for one in config.channel
        ],
        "queue": {
            "waiting": sum(row.waiting for row in overview.channels),
            "dead": sum(row.dead for row in overview.channels),
        },
        "rules": {
            "active": rules.get("active", 0),
            "files": rules.get("files", 0),
            "problems": rules.get("problems", []),
        },
        "silences": [silence_json(one, timezone) for one in overview.silences],
        "articles": overview.articles,
        "alerts": overview.alerts,
        "quarantine": [quarantine_json(one, timezone) for one in overview.quarantine],
    }


def _note(overview: Overview, name: str) -> dict[str, Any]:
    value = json.loads(overview.notes.get(name) or "{}")
    return value if isinstance(value, dict) else {}


def _problems(
    config: Config, overview: Overview, rules: dict[str, Any], running: bool
) -> Iterator[dict[str, Any]]:
    timezone = config.watcher.timezone
    for row in overview.sources:
        yield from _source_problems(row, overview, running, timezone)
    configured = {one.name for one in config.channel}
    for channel in overview.channels:
        yield from _channel_problems(channel, configured)
    if overview.unrouted:
        yield _problem("routes", f"{overview.unrouted} alerts fit no route and were not told")
    for text in rules.get("problems", []):
        yield _problem("rules", text)
    if config_note := overview.notes.get("config"):
        yield _problem("configuration", config_note)
    for one in overview.quarantine[:1]:
        if overview.now - one.at < _RECENT:
            text = f"{one.document}: {one.reason}"
            yield _problem("quarantine", text, show_time(one.at, timezone))


def _problem(what: str, text: str, since: str | None = None) -> dict[str, Any]:
    return {"what": what, "since": since, "text": text}


def _source_problems(
    row: SourceRow, overview: Overview, running: bool, timezone: str
) -> Iterator[dict[str, Any]]:
    what = f"source {row.name}"
    if row.state.moved_to:
        yield _problem(
            what, f"has moved for good to {public_url(row.state.moved_to)}: change its url"
        )
    if row.state.error:
        yield _problem(what, row.state.error, show_time(row.state.error_since, timezone))
    elif _is_late(row, overview) and running:
        since = show_time(row.state.last_success, timezone)
        yield _problem(what, "has not been polled for a long time", since)


def _channel_problems(row: ChannelRow, configured: set[str]) -> Iterator[dict[str, Any]]:
    what = f"channel {row.name}"
    if row.waiting and row.name not in configured:
        text = f"{row.waiting} deliveries wait, but no such channel is configured any more"
        yield _problem(what, text)
    elif row.dead:
        yield _problem(what, f"{row.dead} deliveries are dead: {row.last_error}")
    elif row.waiting and row.last_error:
        yield _problem(what, f"{row.waiting} deliveries wait: {row.last_error}")


def _is_late(row: SourceRow, overview: Overview) -> bool:
    return not (row.paused or row.held) and overview.now - row.state.next_due > _LATE


def _source_json(row: SourceRow, timezone: str) -> dict[str, Any]:
    return {
        "name": row.name,
        "type": row.type,
        "state": source_state(row),
        "last_success": show_time(row.state.last_success, timezone),
        "next_due": show_time(row.state.next_due, timezone),
        "error": row.state.error or None,
        "event": row.state.event or None,
        "articles": row.articles,
    }


def source_state(row: SourceRow) -> str:
    """new, ok, failing or paused."""
    if row.paused or row.held:
        return "paused"
    if row.state.error:
        return "failing"
    return "ok" if row.state.last_success else "new"


def channel_json(name: str, row: ChannelRow | None, timezone: str) -> dict[str, Any]:
    """A channel and how it does."""
    failing = row is not None and bool(row.dead or (row.waiting and row.last_error))
    return {
        "name": name,
        "state": "failing" if failing else "ok",
        "waiting": row.waiting if row else 0,
        "dead": row.dead if row else 0,
        "held": row.held if row else 0,
        "last_success": show_time(row.last_success, timezone) if row else None,
    }


def _tell_status(status: dict[str, Any]) -> None:
    running = "running" if status["running"] else "not running (this is what the store says)"
    health = "healthy" if status["healthy"] else f"{len(status['problems'])} problems"
    echo(f"news-watcher {status['version']}: {running}, {health}")
    for one in status["problems"]:
        since = f" (since {one['since']})" if one["since"] else ""
        echo(f"  ! {one['what']}: {plain(one['text'])}{since}")
    echo()
    for source in status["sources"]:
        last = source["last_success"] or "never"
        echo(
            f"  source  {source['name']:<20} {source['state']:<8} "
            f"{source['articles']:>6} articles, last success {last}"
        )
    for channel in status["channels"]:
        last = channel["last_success"] or "never"
        echo(
            f"  channel {channel['name']:<20} {channel['state']:<8} "
            f"{channel['waiting']:>6} waiting, {channel['held']} held, {channel['dead']} dead, "
            f"last success {last}"
        )
    for one in status["silences"]:
        what = next(f"{name} {one[name]}" for name in ("rule", "story", "tag") if one[name])
        echo(f"  silence {plain(what)} until {one['until']}, by {plain(one['author'])}")
    rules = status["rules"]
    echo()
    echo(
        f"  {rules['active']} rules from {rules['files']} files; {status['articles']} articles, "
        f"{status['alerts']} alerts; queue: {status['queue']['waiting']} waiting, "
        f"{status['queue']['dead']} dead; {len(status['quarantine'])} in quarantine"
    )
