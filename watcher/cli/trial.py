"""`watcher try`: documents through the real stages, without a store and without sending."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from watcher import dedup
from watcher.articles.extract import extract
from watcher.batch import decide, match
from watcher.cli.main import Options, pass_options
from watcher.cli.output import article_json, echo, echo_json, match_json, plain
from watcher.config import Config
from watcher.delivery.message import mark_hits
from watcher.errors import ConfigError, FetchError
from watcher.model import Candidate, Decision, Document, Extraction, History, Outcome
from watcher.policies import policy_of
from watcher.project import read_document, shown_path
from watcher.rules.check import show_hits
from watcher.rules.link import link
from watcher.rules.load import find_rule_files, load_rule_file
from watcher.rules.match import RuleSet
from watcher.rules.problems import show_problem

_SOURCE = "try"
_SAME = frozenset((Outcome.KNOWN, Outcome.DUPLICATE))


@click.command("try")
@click.argument("documents", nargs=-1, required=True)
@click.option("--rules", "rules_path", type=click.Path(path_type=Path), help="Rule file or folder.")
@click.option("--encoding", help="The documents' encoding, instead of finding it out.")
@click.option("--captured-at", help="When the documents were captured (default: the file's mtime).")
@click.option("--language", help="The documents' language, like nl.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@pass_options
def try_command(
    options: Options,
    documents: tuple[str, ...],
    rules_path: Path | None,
    encoding: str | None,
    captured_at: str | None,
    language: str | None,
    as_json: bool,
) -> int:
    """Read documents, match them, and show what would be sent and why. Nothing is sent."""
    config = _config(options, rules_path)
    captured = _moment(captured_at)
    rules, broken = _rules(options, config, rules_path)
    trial = _Trial(rules, config, as_json=as_json, color=options.use_color())
    unreadable = False
    for name in documents:
        try:
            document = _read(name, config)
        except (OSError, FetchError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            echo(f"{name}: cannot be read: {reason}", err=True)
            unreadable = True
            continue
        stated = replace(
            document,
            captured=captured or document.captured,
            encoding=encoding,
            language=language,
            timezone=config.watcher.timezone,
            split=config.articles.split,
            boilerplate=config.articles.boilerplate,
        )
        unreadable |= not trial.show(extract(stated))
    return 1 if unreadable or broken else 0


def _config(options: Options, rules: Path | None) -> Config:
    """The configuration, or the defaults where there is none and --rules says what to match."""
    try:
        return options.load()
    except ConfigError:
        if options.config is not None or Path("config.toml").exists():
            raise
        if rules is None and not Path("rules").is_dir():
            raise
        return Config(folder=Path.cwd())


def _rules(options: Options, config: Config, path: Path | None) -> tuple[RuleSet, bool]:
    """The rules that would run; problems are shown, and the rules without any still match."""
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
    return RuleSet(rule for rule in rules if rule.info.status.value != "off"), bool(errors)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f'"{text}" is no time like 2025-12-12T20:20:00+01:00', param_hint="--captured-at"
        ) from None
    return moment.astimezone(UTC)


def _read(name: str, config: Config) -> Document:
    """A file, stdin ("-") or a URL as a document. Raises OSError and `FetchError`."""
    if name.startswith(("http://", "https://")):
        return asyncio.run(_fetch(name, config))
    if name == "-":
        body = sys.stdin.buffer.read()
        return Document(source=_SOURCE, name="-", body=body, seen=datetime.now(UTC))
    return read_document(Path(name), source=_SOURCE)


async def _fetch(url: str, config: Config) -> Document:
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
        source=_SOURCE,
        name=asked,
        body=answer.body,
        seen=datetime.now(UTC),
        content_type=answer.headers.get("Content-Type", ""),
        url=answer.url,
    )


class _Trial:
    """Shows documents one after the other; each is judged after the ones before it."""

    def __init__(self, rules: RuleSet, config: Config, *, as_json: bool, color: bool) -> None:
        self._rules = rules
        self._policy = policy_of(config)
        self._timezone = config.watcher.timezone
        self._as_json = as_json
        self._color = color
        self._before: list[Candidate] = []

    def show(self, extraction: Extraction) -> bool:
        """Show every article of a document; false if something in it could not be read."""
        name = extraction.document.name
        if extraction.failure is not None:
            echo(f"{name}: {extraction.failure}", err=True)
            return False
        for decision in self._decide(extraction):
            if self._as_json:
                echo_json(self._json(decision))
            else:
                self._tell(decision)
        for loss in extraction.losses:
            echo(f"{name}: {loss}", err=True)
        for line in extraction.dropped:
            echo(f"{name}: left out as page furniture: {plain(line)}", err=True)
        return not extraction.losses

    def _decide(self, extraction: Extraction) -> list[Decision]:
        fresh = [match(one, self._rules) for one in dedup.identify(extraction)]
        history = History(now=extraction.document.seen)
        decisions = list(decide([*self._before, *fresh], history, self._policy))
        decisions = decisions[len(self._before) :]
        self._before += fresh
        return decisions

    def _json(self, decision: Decision) -> dict[str, Any]:
        return {
            "article": article_json(decision.candidate.article, self._timezone),
            "duplicate_of": decision.verdict.of if decision.verdict.outcome in _SAME else None,
            "story": decision.verdict.story,
            "story_reason": decision.verdict.reason,
            "matches": [match_json(one) for one in decision.candidate.matches],
            "alert": _alert_json(decision),
        }

    def _tell(self, decision: Decision) -> None:
        article = decision.candidate.article
        place = f"{article.place} ({'/'.join(article.agencies)}) " if article.place else ""
        echo(f"{article.part}/{article.parts} {article.kind}: {plain(place + article.title)}")
        if not decision.candidate.matches:
            echo("    no rule matches")
        for one in decision.candidate.matches:
            echo(f"    {one.rule.severity.value}  {one.rule.id}: {plain(one.rule.title)}")
            hits = plain(show_hits(article.text, [one]))
            echo(f"      {mark_hits(hits) if self._color else hits}", color=self._color or None)
        alert = _alert_json(decision)
        if alert is not None:
            echo(f"    would be told to {', '.join(alert['to']) or 'nobody'}: {alert['why']}")


def _alert_json(decision: Decision) -> dict[str, Any] | None:
    """Who would be told of this article by all its matches together, and why."""
    if not decision.candidate.matches:
        return None
    told = [alert for alert in decision.alerts if not alert.suppressed]
    to = dict.fromkeys(channel for alert in told for channel in alert.channels)
    reasons = [alert.reason for alert in told or decision.alerts]
    return {"to": list(to), "why": reasons[0] if reasons else decision.verdict.reason}
