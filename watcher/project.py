"""A configuration and its folders as the values that pure stages take; light to import."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher import alerts
from watcher.articles.extract import extract
from watcher.batch import Policy
from watcher.config import Config
from watcher.holds import Times, Timetable
from watcher.model import Article, Document


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


def rule_roots(config: Config) -> tuple[Path, ...]:
    """The folders that `file:` tests may name documents in, after the rule file's own."""
    return config.path(config.watcher.rules), config.folder


def read_test_document(
    path: str, rule_file: str, *, roots: Sequence[Path]
) -> Sequence[Article] | None:
    """The articles of the document that a `file:` test names, or None without such a file.

    The path belongs to the rule file's folder, or to one of the roots.
    """
    folders = [root / Path(rule_file).parent for root in roots[:1]]
    for folder in [Path(rule_file).parent, *folders, *roots]:
        file = folder / path
        if file.is_file():
            return extract(read_document(file, source="test")).articles
    return None


def read_document(path: Path, *, source: str) -> Document:
    """A file as a document, captured at its mtime. Raises OSError."""
    captured = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return Document(
        source=source,
        name=path.name,
        body=path.read_bytes(),
        seen=datetime.now(UTC),
        captured=captured,
    )


def shown_path(path: Path) -> str:
    """A path as people name it: from the working folder where it lies under that."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.path.normpath(path)
