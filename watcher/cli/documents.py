"""What commands are pointed at: documents by file, URL or stdin, and the rules to judge them by."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher.cli.main import Options
from watcher.cli.output import echo
from watcher.config import Config
from watcher.errors import ConfigError, FetchError
from watcher.model import Document
from watcher.project import read_document, shown_path
from watcher.rules.link import link
from watcher.rules.load import RuleFile, find_rule_files, load_rule_file
from watcher.rules.problems import show_problem
from watcher.rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesRead:
    """The rules in a folder, linked; ``broken`` if a file or a rule was left out."""

    rules: Sequence[Rule]
    files: Sequence[RuleFile]
    broken: bool


def find_config(options: Options, rules: Path | None) -> Config:
    """The configuration, or the defaults where there is none and --rules says what to match."""
    try:
        return options.load()
    except ConfigError:
        if options.config is not None or Path("config.toml").exists():
            raise
        if rules is None and not Path("rules").is_dir():
            raise
        return Config(folder=Path.cwd())


def read_rules(options: Options, config: Config, path: Path | None) -> RulesRead:
    """All rules of the folder; problems are shown, and the rules without any are there."""
    folder = path or config.path(config.watcher.rules)
    if not folder.exists():
        raise click.UsageError(f"there are no rules at {folder}; name them with --rules")
    files = [
        load_rule_file(one, name=shown_path(one), language=options.language)
        for one in find_rule_files([folder])
    ]
    # With --rules alone the configuration around may be another project's: channels unchecked.
    channels = None if path else [channel.name for channel in config.channel]
    good = [file for file in files if not file.broken]
    rules, linking = link(good, channels=channels, language=options.language)
    problems = [*(one for file in files for one in file.problems), *linking]
    errors = [problem for problem in problems if problem.level == "error"]
    for problem in errors:
        echo(show_problem(problem), err=True)
    return RulesRead(rules=rules, files=good, broken=bool(errors))


def parse_moment(text: str | None) -> datetime | None:
    """A time stated on the command line, in UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f'"{text}" is no time like 2025-12-12T20:20:00+01:00', param_hint="--captured-at"
        ) from None
    return moment.astimezone(UTC)


def is_url(name: str) -> bool:
    """Whether this is read from the web."""
    return name.startswith(("http://", "https://"))


def read_named(name: str, config: Config, *, source: str, **stated: Any) -> Document | None:
    """A file, stdin ("-") or a URL as a document; what is ``stated`` about it replaces what was
    found out. None, with the reason on stderr, where it cannot be read."""
    try:
        document = _read(name, config, source)
    except (OSError, FetchError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        echo(f"{name}: cannot be read: {reason}", err=True)
        return None
    known = {key: value for key, value in stated.items() if value is not None}
    return replace(
        document,
        timezone=config.watcher.timezone,
        split=config.articles.split,
        boilerplate=config.articles.boilerplate,
        **known,
    )


def _read(name: str, config: Config, source: str) -> Document:
    if is_url(name):
        return asyncio.run(_fetch(name, config, source))
    if name == "-":
        body = sys.stdin.buffer.read()
        return Document(source=source, name="-", body=body, seen=datetime.now(UTC))
    return read_document(Path(name), source=source)


async def _fetch(url: str, config: Config, source: str) -> Document:
    # The way to the web takes a while to load, and most documents are files.
    from watcher.app import open_fetcher
    from watcher.sources.fetch import split_user

    asked, login = split_user(url)
    fetcher = open_fetcher(config)
    try:
        answer = await fetcher.get(asked, secret_headers=login)
    finally:
        await fetcher.close()
    if answer.status != 200:
        raise FetchError(f"HTTP {answer.status} {answer.reason}".strip())
    return Document(
        source=source,
        name=asked,
        body=answer.body,
        seen=datetime.now(UTC),
        content_type=answer.headers.get("Content-Type", ""),
        url=answer.url,
    )
