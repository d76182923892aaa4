"""`watcher rules stats` and `suggest`: how rules do, and what they might lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import click

from watcher.cli.alerts import parse_span
from watcher.cli.documents import read_rules
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_rows, plain
from watcher.cli.show import reading
from watcher.delivery.message import sparkline
from watcher.model import Article
from watcher.rules.stats import MatchSeen, RuleStats, rule_stats
from watcher.rules.suggest import Judged, Suggestion, count_words, suggest_excepts, suggest_variants
from watcher.text import fold_key


@click.command("stats")
@click.option("--since", default="28d", show_default=True, help="How far back, like 28d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
@pass_options
def rules_stats(options: Options, since: str, as_json: bool) -> int:
    """What each rule found, what of it was useful, and what looks wrong with it."""
    config = options.load()
    rules = read_rules(options, config, None).rules
    span = parse_span(since, "--since")
    days = max(2, round(span.total_seconds() / 86_400))
    with reading(config) as store:
        now = store.now()
        seen = (
            MatchSeen(
                rule=one.rule,
                story=one.story,
                days_ago=max(0, (now - one.at).days),
                terms=frozenset(hit.term for hit in one.hits),
            )
            for one in store.matched_since(now - span)
        )
        verdicts = {rule: (one.useful, one.useless) for rule, one in store.usefulness().items()}
        found = rule_stats(rules, seen, days, verdicts)
    if as_json:
        echo_rows(_json(one, days) for one in found)
        return 0
    for one in found:
        for line in _lines(one, days):
            echo(line)
    return 0


def _json(one: RuleStats, days: int) -> dict[str, Any]:
    judged = one.useful + one.useless
    return {
        "rule": one.rule,
        "days": days,
        "matches": one.matches,
        "alerts": one.stories,
        "matches_a_day": round(one.matches / days, 2),
        "alerts_a_day": round(one.stories / days, 2),
        "trend": list(one.trend),
        "useful": one.useful,
        "useless": one.useless,
        "useful_share": round(one.useful / judged, 2) if judged else None,
        "unused_terms": list(one.unused),
        "stopped": one.stopped,
        "overlaps": [{"rule": rule, "share": round(share, 2)} for rule, share in one.overlaps],
    }


def _lines(one: RuleStats, days: int) -> Iterator[str]:
    bars = sparkline(one.trend)
    yield (
        f"{one.rule}: {one.matches} matches in {one.stories} stories in {days} days"
        + (f"  {bars}" if bars else "")
    )
    judged = one.useful + one.useless
    if judged:
        yield f"    {one.useful} of {judged} alerts that readers judged were useful"
    if one.stopped:
        yield "    ! found something before, and nothing in the second half of this time"
    if one.unused:
        words = ", ".join(plain(term) for term in one.unused[:12])
        more = f" and {len(one.unused) - 12} others" if len(one.unused) > 12 else ""
        yield f"    never hit: {words}{more}"
    for rule, share in one.overlaps:
        yield f"    tells of the same as {rule} ({share:.0%})"


@click.command("suggest")
@click.option("--since", default="30d", show_default=True, help="How far back, like 30d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a suggestion.")
@pass_options
def rules_suggest(options: Options, since: str, as_json: bool) -> int:
    """Words that rules might add, and phrases they might leave out: suggestions only."""
    config = options.load()
    rules = read_rules(options, config, None).rules
    with reading(config) as store:
        begin = store.now() - parse_span(since, "--since")
        texts: dict[str, str] = {}
        words = count_words(_kept(store.walk(begin), texts))
        verdicts = store.judged()
        found: dict[str, set[str]] = {}
        judged: list[Judged] = []
        for one in store.matched_since(begin):
            found.setdefault(one.rule, set()).update(fold_key(hit.text) for hit in one.hits)
            useful = verdicts.get((one.rule, one.article), True)
            judged.append(
                Judged(rule=one.rule, text=texts[one.article], hits=one.hits, useless=not useful)
            )
    finds = {rule: frozenset(one) for rule, one in found.items()}
    suggestions = [*suggest_variants(rules, words, finds), *suggest_excepts(judged)]
    if as_json:
        echo_rows(asdict(one) for one in suggestions)
        return 0
    for each in suggestions:
        for line in _suggested(each):
            echo(line)
    if not suggestions:
        echo("nothing to suggest")
    return 0


def _kept(
    rows: Iterable[tuple[Article, str, tuple[str, ...]]], texts: dict[str, str]
) -> Iterator[str]:
    """The texts of articles; those that a rule found something in are kept."""
    for article, _, found in rows:
        if found:
            texts[article.id] = article.text
        yield article.text


def _suggested(one: Suggestion) -> Iterator[str]:
    text = plain(one.text)
    if one.kind == "variant":
        found = f"{one.articles} articles have “{text}”"
        yield f"{one.rule}: {found}, which {plain(one.term)} does not find"
    else:
        yield f"{one.rule}: {one.articles} useless alerts, and no others, say “{text}”"
        yield f"    except: [{text}]"
