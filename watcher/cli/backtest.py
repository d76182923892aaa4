"""`watcher backtest`: the archive under other rules, and what would be told more and less."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from watcher.cli.alerts import parse_span
from watcher.cli.chart import blocks, svg
from watcher.cli.documents import read_rules
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_json, plain
from watcher.cli.show import reading
from watcher.config import Config
from watcher.errors import NotFoundError
from watcher.model import Status
from watcher.rules.backtest import LISTED, Backtest, Found
from watcher.rules.match import RuleSet
from watcher.rules.rule import Rule
from watcher.store.store import SqlStore

#: Rules that find something when the daemon runs.
_RUNNING = frozenset((Status.ACTIVE, Status.SHADOW))


@click.command("backtest")
@click.argument("rules", nargs=-1, metavar="[RULE]…")
@click.option("--since", default="30d", show_default=True, help="How far back, like 30d.")
@click.option(
    "--against",
    metavar="FILE|DIR|git:REV",
    help="Compare with these rules; without it, with what was found when the articles came.",
)
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path),
    help="Try these rules (a file or folder) instead of those on disk.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="A chart as SVG.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_options
def backtest_command(
    options: Options,
    rules: tuple[str, ...],
    since: str,
    against: str | None,
    rules_path: Path | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """The archive under the rules on disk: what would be told more, and what less."""
    config = options.load()
    mine = _chosen(read_rules(options, config, rules_path).rules, rules)
    with contextlib.ExitStack() as stack:
        theirs: RuleSet | None = None
        if against is not None:
            folder = stack.enter_context(_rules_at(config, against))
            others = read_rules(options, config, folder).rules
            theirs = RuleSet(_runs(others, rules))
        store = stack.enter_context(reading(config))
        begin = store.now() - parse_span(since, "--since")
        names = {rule.info.id for rule in mine} | set(rules)
        if theirs is not None:
            names |= {rule.info.id for rule in theirs.rules}
        zone = ZoneInfo(config.watcher.timezone)
        test = Backtest(names, lambda article: article.seen.astimezone(zone).date())
        _run(test, store, begin, RuleSet(mine), theirs)
    versus = against or "what was found then"
    if plot is not None:
        plot.write_text(
            svg(test.days(), title="Alerts a day", before=versus, now="rules on disk"),
            encoding="utf-8",
        )
    if as_json:
        echo_json(_json(test, begin))
    else:
        _tell(test, versus)
    return 0


def _chosen(rules: Sequence[Rule], names: Collection[str]) -> list[Rule]:
    """The rules that are asked about: those named, whatever their status; or all that run."""
    missing = set(names) - {rule.info.id for rule in rules}
    if missing:
        raise NotFoundError(f"there is no rule {', '.join(sorted(missing))} in the rule files")
    return list(_runs(rules, names))


def _runs(rules: Sequence[Rule], names: Collection[str]) -> Iterator[Rule]:
    for rule in rules:
        if rule.info.id in names or (not names and rule.info.status in _RUNNING):
            yield rule


@contextlib.contextmanager
def _rules_at(config: Config, place: str) -> Iterator[Path]:
    """A folder or file with rules; of ``git:REV`` a copy of the rules folder at that revision."""
    if not place.startswith("git:"):
        path = Path(place)
        if not path.exists():
            raise NotFoundError(f"there are no rules at {place}")
        yield path
        return
    folder = config.path(config.watcher.rules)
    done = subprocess.run(
        ["git", "-C", str(folder), "archive", "--format=tar", place.removeprefix("git:"), "."],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotFoundError(f"{place}: {said[-1] if said else 'git failed'}")
    with tempfile.TemporaryDirectory(prefix="news-watcher-") as copy:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(copy, filter="data")
        yield Path(copy)


def _run(
    test: Backtest, store: SqlStore, begin: datetime, mine: RuleSet, theirs: RuleSet | None
) -> None:
    """Read the archive once; a progress bar only where somebody watches."""
    count = store.archived_since(begin)
    walk = store.walk(begin)
    with click.progressbar(
        walk, length=count, file=sys.stderr, hidden=not sys.stderr.isatty(), label="articles"
    ) as rows:
        for article, story, recorded in rows:
            before: Collection[str] = recorded
            if theirs is not None:
                before = [match.rule.id for match in theirs.match(article)]
            test.add(article, story, before, mine.match(article))


def _json(test: Backtest, begin: datetime) -> dict[str, Any]:
    days = test.days()
    return {
        "since": begin.astimezone(UTC).isoformat(timespec="seconds"),
        "articles": test.articles,
        "rules": [
            {
                "rule": rule,
                "alerts_before": len(tally.before),
                "alerts": len(tally.after),
                "more": len(tally.more),
                "fewer": len(tally.fewer),
                "matches_before": tally.matches_before,
                "matches": tally.matches,
            }
            for rule, tally in test.tallies.items()
        ],
        "days": [{"day": str(day), "before": old, "now": new} for day, old, new in days],
        "busiest": _busiest_json(days),
        "more": [_found_json(one) for one in test.more()],
        "fewer": [_found_json(one) for one in test.fewer()],
        "sample": [_found_json(one) for one in test.sample()],
    }


def _busiest(days: Sequence[tuple[date, int, int]]) -> tuple[date, int] | None:
    """The day with most alerts now, the earlier of two."""
    found = max(days, key=lambda one: (one[2], -one[0].toordinal()), default=None)
    return (found[0], found[2]) if found and found[2] else None


def _busiest_json(days: Sequence[tuple[date, int, int]]) -> dict[str, Any] | None:
    found = _busiest(days)
    return {"day": str(found[0]), "alerts": found[1]} if found else None


def _found_json(one: Found) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "day": str(one.day),
        "article": one.article,
        "story": one.story,
        "source": one.source,
        "title": one.title,
        "shown": one.shown or None,
    }


def _tell(test: Backtest, versus: str) -> None:
    days = test.days()
    span = f" from {days[0][0]} to {days[-1][0]}" if days else ""
    echo(f"{test.articles} articles{span}: the rules on disk against {versus}")
    for rule, tally in test.tallies.items():
        if tally.before or tally.after:
            change = f"+{len(tally.more)} −{len(tally.fewer)}"
            echo(
                f"  {len(tally.after):>6} alerts, were {len(tally.before):>6}  {change:<10} {rule}"
            )
    silent = [rule for rule, one in test.tallies.items() if not one.before and not one.after]
    if silent:
        echo(f"  nothing on either side: {len(silent)} rules")
    if days:
        before, now = blocks(days)
        echo(f"\nalerts a day  before |{before}|")
        echo(f"                 now |{now}|")
    if busiest := _busiest(days):
        echo(f"busiest day: {busiest[0]} with {busiest[1]} alerts")
    _tell_list("+", "more", test.more())
    _tell_list("−", "fewer", test.fewer())
    sample = [one for one in test.sample() if one.shown]
    if sample:
        echo("\nA sample of what is new:")
    for one in sample:
        echo(f"  {one.rule}: {plain(one.shown)}")


def _tell_list(sign: str, word: str, found: Sequence[Found]) -> None:
    if not found:
        return
    echo(f"\n{len(found)} {word}:")
    for one in found[:LISTED]:
        place = f"{plain(one.source)}, {one.article}"
        echo(f"  {sign} {one.day}  {one.rule}: {plain(one.title)} ({place})")
    if len(found) > LISTED:
        echo(f"  … and {len(found) - LISTED} others: --json has all of them")
