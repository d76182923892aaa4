"""`watcher rules stats`: how rules do over the last weeks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from watcher.cli.alerts import parse_span
from watcher.cli.documents import read_rules
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_rows, plain
from watcher.cli.show import reading
from watcher.delivery.message import sparkline
from watcher.rules.stats import MatchSeen, RuleStats, rule_stats


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
