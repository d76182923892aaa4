"""`watcher try`: documents through the real stages, without a store and without sending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from watcher import dedup
from watcher.articles.extract import extract
from watcher.batch import decide, match
from watcher.cli.documents import find_config, parse_moment, read_named, read_rules
from watcher.cli.main import Options, pass_options
from watcher.cli.output import article_json, echo, echo_json, match_json, plain
from watcher.config import Config
from watcher.delivery.message import mark_hits
from watcher.model import Candidate, Decision, Extraction, History, Outcome, Status
from watcher.policies import policy_of
from watcher.rules.check import show_hits
from watcher.rules.match import RuleSet

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
    config = find_config(options, rules_path)
    captured = parse_moment(captured_at)
    read = read_rules(options, config, rules_path)
    rules = RuleSet(rule for rule in read.rules if rule.info.status is not Status.OFF)
    trial = _Trial(rules, config, as_json=as_json, color=options.use_color())
    unreadable = False
    for name in documents:
        document = read_named(
            name, config, source="try", captured=captured, encoding=encoding, language=language
        )
        unreadable |= document is None or not trial.show(extract(document))
    return 1 if unreadable or read.broken else 0


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
